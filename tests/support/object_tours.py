"""A tour through a simulated home with a memory of objects along, and how true that memory is at the end.

What counts, for things and furniture alike, as the detector reports both:

precision   share of the confirmed objects that are one: one to one with an object of the same label whose middle is
            within 0.5 m (EVALUATION.md, "Truth of the map")
recall      share of the objects that the detector reported five times or more, under whatever label, that are matched
switches    share of the sightings of confirmed objects whose id is not that of the sighting of the same thing before
errors      from the middle of an object's remembered box to the middle of the true one's bounds: the visible surface's
            own centroid is not where a thing is, so it is not compared
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass, field

import numpy as np

import spatialmem as sm
from sim import CameraSettings, DetectorSettings, Simulation, TourRun, generate_home, truth_of
from spatialmem.config import ShortTermConfig
from spatialmem.shortterm import ShortTerm, lift

MATCH_M = 0.5
SEEN_LEAST = 5
CAMERA = CameraSettings(pose_noise_m=0.01, pose_noise_rad=math.radians(0.5))
DETECTOR = DetectorSettings(miss_rate=0.2, false_rate=0.05, swap_rate=0.05)


@dataclass
class TourScore:
    """How one tour went."""

    confirmed: int = 0
    matched: int = 0
    wanted: int = 0
    recalled: int = 0
    sightings: int = 0
    switches: int = 0
    errors_things_m: list[float] = field(default_factory=list)
    errors_furniture_m: list[float] = field(default_factory=list)
    moving: int = 0
    """Confirmed objects with a velocity at the end; nothing moves in these tours."""
    moving_sightings: int = 0
    """Sightings of confirmed objects after which they had one."""
    twins: int = 0
    """Pairs of confirmed objects with one label within 0.5 m of which not both are matched."""

    @property
    def precision(self) -> float:
        return self.matched / max(self.confirmed, 1)

    @property
    def recall(self) -> float:
        return self.recalled / max(self.wanted, 1)


def tour(
    seed: int,
    *,
    camera: CameraSettings = CAMERA,
    detector: DetectorSettings = DETECTOR,
    duration_max_s: float = 900.0,
    config: ShortTermConfig | None = None,
) -> tuple[TourScore, ShortTerm]:
    """Drive one tour in fast mode and score the memory that it leaves."""
    home, settings = generate_home(seed), config or ShortTermConfig()
    run = TourRun(
        lambda: Simulation(home, mode="fast", seed=seed, camera=camera, detector=detector),
        name=home.name,
        duration_max_s=duration_max_s,
    )
    memory, score = ShortTerm(settings), TourScore()
    last: dict[str, int] = {}
    reported: dict[str, int] = {}
    frame = None
    for x in run:
        if isinstance(x, sm.RobotState):
            memory.move(x)
        elif isinstance(x, sm.RgbdFrame):
            frame = x
        elif isinstance(x, sm.Detections) and frame is not None:
            names = [named(run, item) for item in x.items]
            for name in names:
                reported[name] = reported.get(name, 0) + 1
            lifted = [(name, one) for name, item in zip(names, x.items, strict=True)
                      if (one := lift(item, frame, settings=settings)) is not None]  # fmt: skip
            ids = memory.see([one for _, one in lifted], stamp_ns=frame.stamp_ns, X_WC=frame.X_WC, source=x.source)
            follow_ids(score, memory, [name for name, _ in lifted], ids, last)
    assert run.simulation is not None
    judge(score, memory, true_objects(run.simulation), reported)
    run.close()
    return score, memory


def named(run: TourRun, item: sm.Detection) -> str:
    """Which body a detection truly shows; "" for one of nothing."""
    assert run.simulation is not None
    if item.mask is None:
        return ""
    shot = run.simulation.sensor.shot
    return shot.names[int(np.bincount(shot.body[item.mask] + 1).argmax()) - 1]


def follow_ids(score, memory, names, ids, last) -> None:
    """Count sightings and switches of one frame."""
    view = memory.view()
    for name, object_id in zip(names, ids, strict=True):
        known = None if object_id is None or not name else view.object(object_id)
        if known and known.confirmed:
            score.sightings += 1
            score.switches += last.get(name, object_id) != object_id
            score.moving_sightings += bool(known.velocity_W_m_s.any())
            last[name] = object_id


def true_objects(simulation: Simulation) -> dict[str, tuple[str, np.ndarray, bool]]:
    """Label, middle [m] and whether it is a thing, of everything that the detector knows."""
    truth = truth_of(simulation.world)
    found = {name: (one.label, (one.low_W + one.high_W) / 2, True) for name, one in truth.objects.items()}
    for piece in simulation.world.home.furniture:
        middle = np.array([piece.x_m, piece.y_m, piece.size_m[2] / 2])
        found[piece.name] = (simulation.world.bodies[piece.name].label, middle, False)
    return found


def judge(score: TourScore, memory: ShortTerm, truth, reported) -> None:
    """Match what is remembered with what is there."""
    from scipy.optimize import linear_sum_assignment

    objects, names = memory.view().objects(), sorted(truth)
    apart = np.full((len(objects), len(names)), 1e3)
    for i, one in enumerate(objects):
        for j, name in enumerate(names):
            label, middle, _ = truth[name]
            away = float(np.linalg.norm(one.center_W - middle))
            apart[i, j] = away if label == one.label and away <= MATCH_M else 1e3
    i, j = linear_sum_assignment(apart)
    good = apart[i, j] <= MATCH_M
    hits = {names[b]: float(apart[a, b]) for a, b in zip(i[good], j[good], strict=True)}
    right = {objects[a].id for a in i[good]}
    wanted = [name for name in names if reported.get(name, 0) >= SEEN_LEAST]
    score.confirmed, score.matched = len(objects), len(hits)
    score.wanted, score.recalled = len(wanted), sum(name in hits for name in wanted)
    for name, error in hits.items():
        (score.errors_things_m if truth[name][2] else score.errors_furniture_m).append(error)
    score.moving = sum(bool(one.velocity_W_m_s.any()) for one in objects)
    score.twins = sum(
        one.label == other.label
        and bool(np.linalg.norm(one.center_W - other.center_W) < MATCH_M)
        and not {one.id, other.id} <= right
        for k, one in enumerate(objects)
        for other in objects[:k]
    )


def moved_thing(
    seed: int,
    velocity_m_s: tuple[float, float],
    *,
    thing: str = "box-1",
    start_m: tuple[float, float, float] = (7.0, 3.2, 0.0),
    rest_s: float = 0.0,
    duration_s: float = 1.6,
    camera: CameraSettings = CAMERA,
    masks: bool = True,
) -> list[tuple[int, float]]:
    """Move one thing past a robot that stands; return the id and the error of its velocity [m/s] at each sighting.

    Sightings count from when it moves: at once, or after rest_s. Without masks the detector gives boxes only.
    """
    from homes import two_rooms

    from sim.poses import yaw_pose

    settings, told = ShortTermConfig(), []
    memory, label, frame = ShortTerm(settings), thing.rsplit("-", 1)[0], None
    at_robot = yaw_pose(5.0, 2.6, 0.0)
    with Simulation(two_rooms(), mode="fast", seed=seed, camera=camera, X_WB=at_robot) as simulation:
        for tick in range(round((rest_s + duration_s) / 0.05)):
            gone_s = max(tick * 0.05 - rest_s, 0.0)
            X_WK = yaw_pose(start_m[0] + velocity_m_s[0] * gone_s, start_m[1] + velocity_m_s[1] * gone_s, 0.0)
            X_WK[2, 3] = start_m[2]
            simulation.world.place(thing, X_WK)
            for x in simulation.inputs():
                frame = x if isinstance(x, sm.RgbdFrame) else frame
                if isinstance(x, sm.Detections) and frame is not None:
                    items = x.items if masks else [dataclasses.replace(item, mask=None) for item in x.items]
                    lifted = [one for item in items if (one := lift(item, frame, settings=settings)) is not None]
                    ids = memory.see(lifted, stamp_ns=frame.stamp_ns, X_WC=frame.X_WC, source=x.source)
                    for one, object_id in zip(lifted, ids, strict=True):
                        if one.label == label and object_id is not None and tick * 0.05 >= rest_s:
                            known = memory.view().object(object_id)
                            assert not isinstance(known, sm.Unknown)
                            error = known.velocity_W_m_s - np.array([*velocity_m_s, 0.0])
                            told.append((object_id, float(np.linalg.norm(error))))
            simulation.step()
    return told
