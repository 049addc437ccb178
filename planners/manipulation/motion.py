"""Ways of an arm's joints from where it is to where it shall be, by OMPL, for a check of the room about it."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
from jaxtyping import Float64

import spatialmem as sm
from planners.manipulation.checking import ArmCheck

__all__ = ["Motion", "MotionConfig", "NoMotion", "plan_motion", "spread"]

Path = Float64[np.ndarray, "k n"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MotionConfig:
    """How ways are looked for. Raises ConfigError for a bad value."""

    seconds_max: float = 5.0
    """So long it looks; what it finds earlier is the same on any machine."""
    range_rad: float = 1.5
    """So long one step of a search tree is at most."""
    shortcuts: int = 80
    """So often it tries to cut a way short."""

    def __post_init__(self) -> None:
        for name, low, high in (("seconds_max", 0.01, 600.0), ("range_rad", 0.05, 10.0), ("shortcuts", 0, 10_000)):
            value = getattr(self, name)
            if not (isinstance(value, (int, float)) and not isinstance(value, bool) and low <= value <= high):
                raise sm.ConfigError(f"motion: {name} is {value!r}; a number from {low:g} to {high:g} is needed.")


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """A way of the joints that touches nothing."""

    path_rad: Path
    """From the start to a goal; straight between vectors."""
    goal: int
    """Which of the goals it ends at."""

    @property
    def length_rad(self) -> float:
        """How far the joints turn, as the length of the way in their space."""
        return float(np.linalg.norm(np.diff(self.path_rad, axis=0), axis=1).sum())


@dataclass(frozen=True, slots=True)
class NoMotion:
    """There is no way, or none was found."""

    reason: str
    at: str
    """"start", "goal" or "way": what is not free, or could not be found."""


def plan_motion(
    check: ArmCheck,
    start_rad: Float64[np.ndarray, "n"],
    goals_rad: Sequence[Float64[np.ndarray, "n"]] | Float64[np.ndarray, "g n"],
    *,
    seed: int = 0,
    config: MotionConfig | None = None,
) -> Motion | NoMotion:
    """Find a way from a joint vector to one of several, within the joints' limits, that touches nothing.

    The straight way to the nearest goal where that is free, else RRT-Connect (Kuffner and LaValle 2000) and then
    shortcuts, both OMPL's. Every part of the way has passed `ArmCheck.is_way_free`. The same seed gives the same way,
    except where the time ends the search. Goals that are not free are left out. Raises InputError for vectors of
    another length.
    """
    config = config or MotionConfig()
    goals = np.atleast_2d(np.asarray(goals_rad, float))
    count = len(check.arm.joints)
    if start_rad.shape != (count,) or goals.shape[1:] != (count,):
        raise sm.InputError(
            f"joint vectors have {start_rad.shape} and {goals.shape} numbers; this arm has {count} joints."
        )
    if blocked := _blocked(check, start_rad):
        return NoMotion(f"where the arm is, {blocked}", "start")
    open_goals = [k for k in range(len(goals)) if not _blocked(check, goals[k])]
    if not open_goals:
        whys = dict.fromkeys(_blocked(check, goal) for goal in goals)
        return NoMotion(f"where it shall be, {' or '.join(whys) or 'there is no goal'}", "goal")
    open_goals.sort(key=lambda k: float(np.abs(goals[k] - start_rad).max()))
    for k in open_goals:
        if check.is_way_free(start_rad, goals[k]):
            return Motion(np.array([start_rad, goals[k]]), k)
    path = _Search(check, config, seed).path(start_rad, goals[open_goals])
    if path is None:
        return NoMotion(f"no way was found in {config.seconds_max:g} s", "way")
    return Motion(path, next(k for k in open_goals if np.array_equal(goals[k], path[-1])))


def spread(check: ArmCheck, path_rad: Float64[np.ndarray, "_ n"], step_m: float = 0.01) -> Float64[np.ndarray, "_ n"]:
    """Return vectors along a way, so close that no sphere of the arm moves farther than step_m from one to the next.

    The bound is that of `ArmBody.reach_m`, so most steps are shorter.
    """
    pieces = [path_rad[:1]]
    for start, end in pairwise(path_rad):
        far_m = float((np.abs(end - start) @ check.body.reach_m).max())
        parts = max(int(np.ceil(far_m / step_m)), 1)
        pieces.append(start + (end - start) * (np.arange(1, parts + 1) / parts)[:, None])
    return np.concatenate(pieces)


def _blocked(check: ArmCheck, joints_rad: np.ndarray) -> str:
    """Return why the arm cannot be there; "" where it can."""
    if not check.arm.is_within(joints_rad):
        over = [
            joint.name
            for joint, angle in zip(check.arm.joints, joints_rad, strict=True)
            if not joint.low_rad - 1e-9 <= angle <= joint.high_rad + 1e-9
        ]
        return f"{', '.join(over)} is beyond its limits"
    return "" if check.is_free(joints_rad) else check.touching(joints_rad) or "it touches something"


class _Search:
    """One search of OMPL's; it draws its numbers anew from the seed."""

    def __init__(self, check: ArmCheck, config: MotionConfig, seed: int):
        self._ob, self._og, self._config, self._check = *_ompl(seed), config, check
        count = len(check.arm.joints)
        bounds = self._ob.RealVectorBounds(count)
        low, high = check.arm.low_rad - 1e-9, check.arm.high_rad + 1e-9
        for k in range(count):
            bounds.setLow(k, float(low[k]))
            bounds.setHigh(k, float(high[k]))
        self._space = self._ob.RealVectorStateSpace(count)
        self._space.setBounds(bounds)
        self._info = self._ob.SpaceInformation(self._space)
        self._validator = _validator(self._ob, check, self._info)
        self._info.setStateValidityChecker(lambda state: check.is_free(_vector(state, count)))
        self._info.setMotionValidator(self._validator)
        self._info.setup()

    def path(self, start_rad: np.ndarray, goals_rad: np.ndarray) -> Path | None:
        """Return a way to one of the goals, cut short; None where the time ends first."""
        ob, og, count = self._ob, self._og, len(start_rad)
        problem, goals = ob.ProblemDefinition(self._info), ob.GoalStates(self._info)
        problem.addStartState(self._state(start_rad))
        for goal in goals_rad:
            goals.addState(self._state(goal))
        problem.setGoal(goals)
        planner = og.RRTConnect(self._info)
        planner.setRange(self._config.range_rad)
        planner.setProblemDefinition(problem)
        planner.setup()
        planner.solve(ob.timedPlannerTerminationCondition(self._config.seconds_max))
        if not problem.hasExactSolution():
            return None
        path = problem.getSolutionPath()
        self._cut(og.PathSimplifier(self._info), path)
        vectors = np.array([_vector(path.getState(k), count) for k in range(path.getStateCount())])
        vectors[0] = start_rad
        vectors[-1] = goals_rad[np.abs(goals_rad - vectors[-1]).max(axis=1).argmin()]
        return vectors

    def _cut(self, simplifier: Any, path: Any) -> None:
        """Cut a way short by a number of tries, not for a time: so it is the same on any machine."""
        tries = self._config.shortcuts
        if tries:
            simplifier.reduceVertices(path, tries, tries)
            simplifier.partialShortcutPath(path, tries, tries)
            simplifier.reduceVertices(path, tries, tries)

    def _state(self, joints_rad: np.ndarray) -> Any:
        state = self._info.allocState()
        for k, angle in enumerate(joints_rad.tolist()):
            state[k] = angle
        return state


def _vector(state: Any, count: int) -> np.ndarray:
    return np.array([state[k] for k in range(count)])


@cache
def _ompl_modules() -> tuple[Any, Any, Any]:
    """Load OMPL, whose parts are known at run time only, and keep it from printing."""
    names = ("ompl.base", "ompl.geometric", "ompl.util")
    base, geometric, util = (importlib.import_module(name) for name in names)
    util.setLogLevel(util.LogLevel.LOG_NONE)
    return base, geometric, util


def _ompl(seed: int) -> tuple[Any, Any]:
    """Return OMPL's modules, its random numbers begun anew."""
    base, geometric, util = _ompl_modules()
    util.RNG.setSeed(seed % 0xFFFFFFFE + 1)
    return base, geometric


def _validator(base: Any, check: ArmCheck, info: Any) -> Any:
    """Return a motion validator that gives a whole edge to one kernel."""
    count = len(check.arm.joints)

    class Edges(base.MotionValidator):
        def checkMotion(self, first: Any, second: Any, *_: Any) -> bool:
            return check.is_way_free(_vector(first, count), _vector(second, count))

    return Edges(info)
