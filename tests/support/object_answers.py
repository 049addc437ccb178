"""How true the answers of several memories of objects are, after the same tour through the same simulated home.

precision    share of the places told that are true: one to one with an object of the same label within 0.5 m
recall       share of the objects that can be known that are told: reported five times or more where they are now
where        "where is LABEL", for every label of which one can be known: a hit is within 0.5 m of any true object of it
error        of that answer, to the nearest true object of the label [m]
instances    share of the k places nearest to the label's word that are true, one to one; k is how many of the label
             can be known
invented     share of the other labels (never seen, or gone) for which a place is told where none of them is
stale        answers that are no hits, but were once: an object of the label was there during the tour

Objects are things and furniture, as the detector reports both; distances are between the middles of boxes.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from baselines import ObjectMemory, Oracle, Place
from object_tours import CAMERA, DETECTOR, MATCH_M, SEEN_LEAST, true_objects

import spatialmem as sm
from sim import Simulation, generate_home
from sim.people import Person, day_schedule
from sim.run import script

__all__ = ["Answers", "Truth", "Witness", "judge", "toured"]

MOVED_M = 0.1
"""What is farther from where it was has been moved: it is to be seen anew."""
DAY_MAX_S = 600.0
"""A person who has not done everything by then is not waited for."""


@dataclass
class Truth:
    """What was and is there, and how often it was reported where it is."""

    now: dict[str, tuple[str, np.ndarray]] = field(default_factory=dict)
    """Label and middle in W [m] of everything in the world, by name."""
    before: dict[str, list[np.ndarray]] = field(default_factory=dict)
    """By label, where things of it were that have been moved."""
    reported: dict[str, int] = field(default_factory=dict)
    """How often the detector showed it since then, under whatever label."""
    moved: set[str] = field(default_factory=set)
    """What was moved or taken away at least once."""
    labels: tuple[str, ...] = ()
    """What the detector can say: what memories are asked about."""

    def update(self, simulation: Simulation) -> None:
        """Take in how the world is now."""
        found = {name: (label, middle) for name, (label, middle, _) in true_objects(simulation).items()}
        for name, (label, middle) in self.now.items():
            if name not in found or np.linalg.norm(found[name][1] - middle) > MOVED_M:
                self.before.setdefault(label, []).append(middle)
                self.reported[name] = 0
                self.moved.add(name)
            else:
                found[name] = label, middle  # so that many small moves count as one
        self.now = found

    def report(self, simulation: Simulation, detections: sm.Detections) -> None:
        """Count what the detector truly shows, whatever it calls it."""
        shot = simulation.sensor.shot
        for item in detections.items:
            if item.mask is not None:
                name = shot.names[int(np.bincount(shot.body[item.mask] + 1).argmax()) - 1]
                self.reported[name] = self.reported.get(name, 0) + 1

    def knowable(self, label: str | None = None) -> list[str]:
        """Return the names of what can be known, of all labels or of one."""
        enough = [name for name in sorted(self.now) if self.reported.get(name, 0) >= SEEN_LEAST]
        return [name for name in enough if label in (None, self.now[name][0])]

    def places(self) -> list[Place]:
        """Return the truth as an oracle is told it."""
        return [Place(label=label, p_W=middle, stamp_ns=0, score=1.0) for label, middle in self.now.values()]


@dataclass
class Answers:
    """How one memory answered after one tour. Shares of nothing are not a number."""

    precision: float
    recall: float
    f1: float
    where: float
    error_m: float
    instances: float
    invented: float
    stale: float
    stale_objects: float
    """Share of the places told that are stale."""
    told: int
    asked: int
    stored_bytes: int
    frame_ms: float = math.nan
    """What a frame took with its detections, lifting included: the median."""
    question_ms: float = math.nan
    """What "where is LABEL" took: the mean over all labels, the best of three."""
    later_f1: float = math.nan
    """The same as `f1` after `rest_s`, in which nothing happened."""


class Witness(Protocol):
    """Somebody who goes along on a tour and looks at what is true."""

    def saw(self, simulation: Simulation, truth: Truth) -> None:
        """Take in a picture that was taken just now, before the memories are told of it."""
        ...

    def lap_over(self, lap: int, simulation: Simulation, truth: Truth) -> None:
        """Take in that the lap of this number is over, counted from 0."""
        ...


def toured(
    seed: int,
    arms: Sequence[ObjectMemory],
    *,
    tasks: int = 0,
    laps: int = 1,
    survey: bool = False,
    rest_s: float = 0.0,
    duration_max_s: float = 900.0,
    witness: Witness | None = None,
) -> tuple[dict[str, Answers], Truth]:
    """Drive `laps` tours through one home, with all memories along; return how each answers then, and the truth.

    tasks: how many things a person does meanwhile. Between two laps the robot drives about with its camera off until
    the person has done them all: in the last lap everything stays as it is. survey: nobody is at home during the
    first lap; the person comes when it is over. rest_s: so long after the last lap the memories are asked again; by
    then the robot has taken one more picture where it stands.
    """
    home, truth = generate_home(seed), Truth()
    took_ms: dict[str, list[float]] = {arm.name: [] for arm in arms}
    with Simulation(home, mode="fast", seed=seed, camera=CAMERA, detector=DETECTOR) as simulation:
        truth.labels = simulation.sensor.detector.labels
        lap = 0
        for number, inputs in _drive(simulation, laps, duration_max_s, seed, tasks, survey=survey):
            if number > lap and witness is not None:
                witness.lap_over(lap, simulation, truth)
            lap = number
            truth.update(simulation)
            if witness is not None:
                witness.saw(simulation, truth)
            turn = len(took_ms[arms[0].name]) % len(arms)
            for arm in (*arms[turn:], *arms[:turn]):  # the first finds the frame in no cache
                start = time.perf_counter()
                for x in inputs:
                    arm.observe(x)
                took_ms[arm.name].append(1e3 * (time.perf_counter() - start))
            for x in inputs:
                if isinstance(x, sm.Detections):
                    truth.report(simulation, x)
        truth.update(simulation)
        for arm in arms:
            if isinstance(arm, Oracle):
                arm.tell(truth.places())
        if witness is not None:
            witness.lap_over(lap, simulation, truth)
        found = {arm.name: judge(arm, truth) for arm in arms}
        simulation.clock.advance(round(rest_s * 1e9))
        inputs = list(simulation.inputs()) if rest_s else []
        for arm in arms:
            for x in inputs:
                arm.observe(x)
            found[arm.name].later_f1 = judge(arm, truth).f1 if rest_s else found[arm.name].f1
            found[arm.name].frame_ms = float(np.median(took_ms[arm.name]))
    return found, truth


def _drive(
    simulation: Simulation, laps: int, duration_max_s: float, seed: int, tasks: int, *, survey: bool
) -> Iterator[tuple[int, list[sm.Input]]]:
    """Yield what every picture brings, with the number of its lap."""
    for lap in range(laps):
        if tasks and lap == survey:
            simulation.person = Person(simulation.world, day_schedule(simulation.world, seed, tasks))
        elif simulation.person is not None:
            _let_finish(simulation, duration_max_s)
        for _ in _lap(simulation, duration_max_s):
            inputs = list(simulation.inputs())
            if inputs:
                yield lap, inputs


def _let_finish(simulation: Simulation, duration_max_s: float) -> None:
    """Drive about with the camera off until the person has done everything: a robot that stands is in the way."""
    end_s = simulation.elapsed_s + DAY_MAX_S
    while simulation.person is not None and not simulation.person.is_done and simulation.elapsed_s < end_s:
        for _ in _lap(simulation, duration_max_s):
            pass


def _lap(simulation: Simulation, duration_max_s: float) -> Iterator[None]:
    """Drive once through all rooms, tick by tick; as `TourRun` does."""
    driver, end_s = script(simulation), simulation.elapsed_s + duration_max_s
    while simulation.elapsed_s < end_s:
        yield
        velocity = driver.step(simulation.robot.true_state())
        if velocity is None:
            return
        simulation.robot.command(base_velocity_B=velocity)
        simulation.step()


def judge(arm: ObjectMemory, truth: Truth) -> Answers:
    """Ask a memory everything, and hold the answers beside the truth."""
    told, known = arm.objects(), truth.knowable()
    matched = _one_to_one(told, truth, sorted(truth.now))
    precision = len(matched) / len(told) if told else math.nan
    recall = len(matched.intersection(known)) / len(known) if known else math.nan
    sure = 0.0 if not told else precision
    can = [label for label in truth.labels if truth.knowable(label)]
    cannot = [label for label in truth.labels if label not in can]
    answers = {label: arm.where(label) for label in truth.labels}
    places = {label: place for label, place in answers.items() if isinstance(place, Place)}
    away_m = {label: _nearest_m(place, truth, label) for label, place in places.items()}
    hits = [label for label in can if away_m.get(label, math.inf) <= MATCH_M]
    stale = [label for label, place in places.items() if _is_stale(place, truth, label)]
    found = [_found(arm, truth, label) for label in can]
    errors_m = [away_m[label] for label in can if math.isfinite(away_m.get(label, math.inf))]
    return Answers(
        precision=precision,
        recall=recall,
        f1=2 * sure * recall / (sure + recall) if sure + recall > 0 else 0.0,
        where=_share(len(hits), len(can)),
        error_m=float(np.median(errors_m)) if errors_m else math.nan,
        instances=_share(sum(found), len(known)),
        invented=_share(sum(away_m.get(label, 0.0) > MATCH_M for label in cannot), len(cannot)),
        stale=_share(len(stale), len(truth.labels)),
        stale_objects=_share(sum(_is_stale(place, truth, place.label) for place in told), len(told)),
        told=len(told),
        asked=len(can),
        stored_bytes=arm.stored_bytes,
        question_ms=_question_ms(arm, truth.labels),
    )


def _share(count: int, of: int) -> float:
    return count / of if of else math.nan


def _nearest_m(place: Place, truth: Truth, label: str) -> float:
    """Return how far a place is from the nearest object of a label; infinite where none is left."""
    away = [float(np.linalg.norm(place.p_W - middle)) for other, middle in truth.now.values() if other == label]
    return min(away, default=math.inf)


def _is_stale(place: Place, truth: Truth, label: str) -> bool:
    """Return whether an object of the label was there once, and none is now."""
    once = min((float(np.linalg.norm(place.p_W - p)) for p in truth.before.get(label, ())), default=math.inf)
    return once <= MATCH_M < _nearest_m(place, truth, label)


def _one_to_one(places: Sequence[Place], truth: Truth, names: Sequence[str]) -> set[str]:
    """Return which of these objects have a place of their own: as many as can be, then as near as can be."""
    from scipy.optimize import linear_sum_assignment

    if not places or not names:
        return set()
    apart = np.full((len(places), len(names)), 1e3)
    for j, name in enumerate(names):
        label, middle = truth.now[name]
        for i, place in enumerate(places):
            if place.label == label:
                away = float(np.linalg.norm(place.p_W - middle))
                apart[i, j] = away if away <= MATCH_M else 1e3
    pairs = zip(*linear_sum_assignment(apart), strict=True)
    return {names[int(b)] for a, b in pairs if apart[a, b] <= MATCH_M}


def _found(arm: ObjectMemory, truth: Truth, label: str) -> int:
    """Return how many objects of a label are found with as many answers as can be known."""
    same = [name for name in sorted(truth.now) if truth.now[name][0] == label]
    return len(_one_to_one(arm.nearest(label, len(truth.knowable(label))), truth, same))


def _question_ms(arm: ObjectMemory, labels: Sequence[str]) -> float:
    best = math.inf
    for _ in range(3):
        start = time.perf_counter()
        for label in labels:
            arm.where(label)
        best = min(best, time.perf_counter() - start)
    return 1e3 * best / max(len(labels), 1)
