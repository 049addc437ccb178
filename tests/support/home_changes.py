"""What changed in a simulated home between two moments, and how true the changes are that memories tell.

A home, or a memory of it, is a list of labels and places. Its two moments are compared as such lists: things of one
label within 0.5 m of each other are matched one to one, the nearest first to none's loss (Hungarian); what is left over
at the first moment has *left* its place, what is left over at the second has *come* to its own. A thing that moved is
one of each. Things that moved less than 0.5 m, or changed places with one of their label, have not changed so.

What the robot could know of it, by the renderer's truth, and so what recall asks for:

left    the thing was known at the first moment (the detector had reported it five times or more, where it was), and the
        robot looked at its place five times or more after it had left for good
came    the detector reported the thing five times or more where it is now, and before it came the robot had looked at
        that place five times or more: otherwise it might have been there all the time

To look at a place is to take a picture in which half of 27 points, spread over the thing's bounds there, are within
the picture and the camera's range with nothing in front of them, and in which it would cover as many pixels as a
detector needs.

precision   share of the changes told that are true, one to one, label and place (0.5 m). Of those told as come, the
            ones that are there, but were not known at the first moment, count on neither side: they are finds.
recall      share of what the robot could know that is told
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from baselines import ObjectMemory, Oracle, Place
from object_answers import MOVED_M, Truth
from object_tours import MATCH_M, SEEN_LEAST

from sim import Simulation, truth_of

__all__ = ["ChangeScore", "Changed", "Changes", "DayWitness", "difference"]

EVERY_PX = 2
"""Every so-manyth row and column of a picture is kept to look at later."""
BEFORE_M = 0.05
"""What is so much nearer than a point hides it."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Changed:
    """Something that left a place or came to it."""

    label: str
    p_W: np.ndarray
    name: str = ""
    """Which thing it is, where it is known."""
    wanted: bool = True
    """Whether the robot could know it."""

    def told(self) -> str:
        """Return it in a few words."""
        return f"{self.name or self.label} at ({', '.join(f'{x:.1f}' for x in self.p_W)})"


@dataclass(frozen=True, eq=False, kw_only=True)
class Changes:
    """All that left and all that came."""

    left: tuple[Changed, ...] = ()
    came: tuple[Changed, ...] = ()


@dataclass
class ChangeScore:
    """How true the changes are that one memory told."""

    told: int = 0
    right: int = 0
    wanted: int = 0
    found: int = 0
    errors: list[str] = field(default_factory=list)
    """Every change missed or invented, its kind first."""

    @property
    def precision(self) -> float:
        return self.right / self.told if self.told else math.nan

    @property
    def recall(self) -> float:
        return self.found / self.wanted if self.wanted else math.nan

    @property
    def f1(self) -> float:
        """0 where nothing is told."""
        return 2 * self.right / (self.told + self.right + self.wanted - self.found) if self.wanted else math.nan

    def kinds(self) -> Counter[str]:
        """Return how many errors there are of each kind."""
        return Counter(error.partition(":")[0] for error in self.errors)


def difference(first: Sequence[Place], second: Sequence[Place]) -> tuple[list[int], list[int]]:
    """Return what of the first list has left, and what of the second has come, by its number."""
    pairs = _matched(first, second)
    left = [i for i in range(len(first)) if i not in pairs]
    return left, [j for j in range(len(second)) if j not in pairs.values()]


@dataclass(frozen=True, eq=False)
class _Picture:
    X_CW: np.ndarray
    depth_m: np.ndarray
    """Every so-manyth pixel; infinite where nothing is."""


@dataclass(frozen=True, eq=False)
class _Stay:
    """A thing at one place, or away, from the picture of this number on."""

    since: int
    low_W: np.ndarray | None = None
    high_W: np.ndarray | None = None

    @property
    def p_W(self) -> np.ndarray:
        """Its middle; infinitely far off while it is away."""
        return np.full(3, np.inf) if self.low_W is None or self.high_W is None else (self.low_W + self.high_W) / 2

    def is_at(self, p_W: np.ndarray) -> bool:
        return bool(np.linalg.norm(self.p_W - p_W) <= MATCH_M)


class DayWitness:
    """Goes along on `toured(..., survey=True)`: takes down what is true, and what memories tell at both moments.

    The first moment is the end of the first lap, before anybody comes; the second is the end of the last one.
    """

    def __init__(self, arms: Sequence[ObjectMemory], *, laps: int):
        self._arms, self._laps = arms, laps
        self._pictures: list[_Picture] = []
        self._stays: dict[str, list[_Stay]] = {}
        self._middles: dict[str, np.ndarray | None] = {}
        self._before: dict[str, list[Place]] = {}
        self._known: set[str] = set()
        self._survey, self._survey_ns = 0, 0
        self.truth = Changes()
        self.scores: dict[str, ChangeScore] = {}
        self.small = 0
        """How many things moved less than 0.5 m, or to where one of their label was: not changes."""

    def saw(self, simulation: Simulation, truth: Truth) -> None:
        """Keep the picture, and where everything is."""
        shot = simulation.sensor.shot
        depth_m = shot.depth_m[::EVERY_PX, ::EVERY_PX]
        depth_m = np.where(depth_m > 0, depth_m, np.inf).astype(np.float32)
        self._camera, self._range_m = simulation.sensor.settings.pinhole, simulation.sensor.settings.range_max_m
        self._pixels_min = simulation.sensor.min_pixels
        self._pictures.append(_Picture(np.linalg.inv(simulation.sensor.X_WC), depth_m))
        self._follow(simulation, truth)

    def _follow(self, simulation: Simulation, truth: Truth) -> None:
        """Take down what has moved: `truth` has it with a new middle."""
        middles = {one.name: truth.now[one.name][1] if one.name in truth.now else None
                   for one in simulation.world.home.things}  # fmt: skip
        if self._middles and all(middle is self._middles[name] for name, middle in middles.items()):
            return
        objects, number = truth_of(simulation.world).objects, len(self._pictures) - 1
        for name, middle in middles.items():
            stays = self._stays.setdefault(name, [])
            if not stays or middle is not self._middles[name]:
                one = objects.get(name)
                stays.append(_Stay(number) if one is None else _Stay(number, one.low_W, one.high_W))
        self._middles = middles

    def lap_over(self, lap: int, simulation: Simulation, truth: Truth) -> None:
        """Ask the memories after the first lap and after the last one."""
        if lap == 0:
            self._survey, self._survey_ns = len(self._pictures), simulation.clock.now_ns()
            self._known = set(truth.knowable())
            self._places = truth.places()
            self._names = list(truth.now)
            for arm in self._arms:
                if isinstance(arm, Oracle):
                    arm.tell(self._places)
                self._before[arm.name] = list(arm.objects())
        if lap == self._laps - 1:
            self._follow(simulation, truth)
            self.truth = self._true_changes(truth)
            for arm in self._arms:
                before, after = self._before[arm.name], list(arm.objects())
                left, came = difference(before, after)
                told = Changes(left=tuple(_of(before[i]) for i in left), came=tuple(_of(after[j]) for j in came))
                self.scores[arm.name] = self._judge(told, truth, before, after)
                logged = getattr(arm, "changes", lambda since_ns: None)(self._survey_ns)
                if logged is not None:
                    told = Changes(left=tuple(map(_of, logged[0])), came=tuple(map(_of, logged[1])))
                    self.scores[f"{arm.name}, by its log"] = self._judge(told, truth, before, after)

    # what is true

    def _true_changes(self, truth: Truth) -> Changes:
        names, places = list(truth.now), truth.places()
        left, came = difference(self._places, places)
        gone, new = {self._names[i] for i in left}, {names[j] for j in came}
        moved = {
            name
            for name, place in zip(self._names, self._places, strict=True)
            if name not in truth.now or np.linalg.norm(truth.now[name][1] - place.p_W) > MOVED_M
        }
        self.small = len(moved - gone - new)
        return Changes(
            left=tuple(
                Changed(label=self._places[i].label, p_W=self._places[i].p_W, name=self._names[i],
                        wanted=self._left_known(self._names[i]))
                for i in left
            ),
            came=tuple(
                Changed(label=places[j].label, p_W=places[j].p_W, name=names[j],
                        wanted=self._came_known(names[j], truth))
                for j in came
            ),
        )  # fmt: skip

    def _left_known(self, name: str) -> bool:
        """Whether the robot knew it, and has looked at its place since it was there last."""
        stays = self._stays[name]
        place = [stay for stay in stays if stay.since < self._survey][-1]
        last = max(k for k, stay in enumerate(stays) if stay.is_at(place.p_W))
        if name not in self._known or last + 1 == len(stays):
            return False
        return self._looks(place, stays[last + 1].since, len(self._pictures)) >= SEEN_LEAST

    def _came_known(self, name: str, truth: Truth) -> bool:
        """Whether the robot saw it where it is, and had looked there before it came for the first time."""
        stays = self._stays[name]
        first = next(stay for stay in stays if stay.is_at(stays[-1].p_W))
        enough = truth.reported.get(name, 0) >= SEEN_LEAST
        return enough and self._looks(stays[-1], 0, first.since) >= SEEN_LEAST

    def _looks(self, place: _Stay, start: int, end: int) -> int:
        """Return how many of these pictures show a place."""
        return sum(self._shows(self._pictures[k], place) for k in range(start, end))

    def _shows(self, picture: _Picture, place: _Stay) -> bool:
        assert place.low_W is not None
        assert place.high_W is not None
        share = np.stack(np.meshgrid(*[[0.1, 0.5, 0.9]] * 3), axis=-1).reshape(-1, 3)
        points_W = place.low_W + share * (place.high_W - place.low_W)
        x, y, z = picture.X_CW[:3, :3] @ points_W.T + picture.X_CW[:3, 3:]
        camera, ahead = self._camera, z > 0.1
        if not ahead.all():
            return False
        u, v = camera.fx * x / z + camera.cx, camera.fy * y / z + camera.cy
        inside = (u >= 0) & (u <= camera.width - 1) & (v >= 0) & (v <= camera.height - 1) & (z <= self._range_m)
        rows = (v[inside] / EVERY_PX).astype(int), (u[inside] / EVERY_PX).astype(int)
        clear = picture.depth_m[rows] > z[inside] - BEFORE_M
        covers = np.ptp(u) * np.ptp(v) >= self._pixels_min
        return bool(covers and 2 * np.count_nonzero(clear) >= len(z))

    # how true what is told is

    def _judge(self, told: Changes, truth: Truth, before: list[Place], after: list[Place]) -> ChangeScore:
        score = ChangeScore()
        now = truth.places()
        for kind in ("left", "came"):
            true, said = getattr(self.truth, kind), getattr(told, kind)
            pairs = _matched(said, true)
            wrong = [one for i, one in enumerate(said) if i not in pairs]
            if kind == "came":
                finds = [p for p, name in zip(now, truth.now, strict=True) if name not in self._known]
                lucky = _matched(wrong, finds)
                wrong = [one for i, one in enumerate(wrong) if i not in lucky]
            score.told += len(pairs) + len(wrong)
            score.right += len(pairs)
            score.wanted += sum(one.wanted for one in true)
            score.found += sum(true[j].wanted for j in pairs.values())
            score.errors += [self._invented(kind, one, now) for one in wrong]
            score.errors += [
                self._missed(kind, one, before, after)
                for j, one in enumerate(true)
                if one.wanted and j not in pairs.values()
            ]
        return score

    def _invented(self, kind: str, one: Changed, now: list[Place]) -> str:
        """Say what a change is that was told and is none."""
        once, is_now = _near(one, self._places), _near(one, now)
        what = {
            (True, True): "it was there before and is now",
            (True, False): "it left since" if kind == "came" else "one more than there were",
            (False, True): "it came since" if kind == "left" else "one more than there are",
            (False, False): "nothing was ever there",
        }[once, is_now]
        return f"told as {kind}, but {what}: {one.told()}"

    def _missed(self, kind: str, one: Changed, before: list[Place], after: list[Place]) -> str:
        """Say how a change that the robot could know was missed."""
        held, holds = _near(one, before), _near(one, after)
        if kind == "left":
            why = "still told" if holds else "was not told at first" if not held else "another is told for it"
        else:
            why = "not told" if not holds else "was told before" if held else "told for another"
        return f"missed that it {kind}, {why}: {one.told()}"


def _matched(first: Sequence[Place] | Sequence[Changed], second: Sequence[Place] | Sequence[Changed]) -> dict[int, int]:
    """Return which of the first goes with which of the second: same label, within 0.5 m, as many as can be."""
    from scipy.optimize import linear_sum_assignment

    if not first or not second:
        return {}
    apart = np.full((len(first), len(second)), 1e3)
    for i, one in enumerate(first):
        for j, other in enumerate(second):
            if one.label == other.label:
                away = float(np.linalg.norm(one.p_W - other.p_W))
                apart[i, j] = away if away <= MATCH_M else 1e3
    rows, cols = linear_sum_assignment(apart)
    return {int(i): int(j) for i, j in zip(rows, cols, strict=True) if apart[i, j] <= MATCH_M}


def _near(one: Changed, places: Sequence[Place]) -> bool:
    return any(p.label == one.label and np.linalg.norm(p.p_W - one.p_W) <= MATCH_M for p in places)


def _of(place: Place) -> Changed:
    return Changed(label=place.label, p_W=place.p_W)
