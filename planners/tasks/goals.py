"""What a robot may be asked for: goals, typed and checked when they are made; a task is a sequence of them.

    Fetch("mug", to="kitchen")              any mug, to a room
    Put("the red mug", "table-4")           words: `View.ground` says which one is meant, or that it is not settled
    Put(Again(), Before())                  the one I meant before, back to where it was before the robot took it
    Open("fridge"), Find(12), Close("fridge")

A thing is a label (any of them will do), a name (mug-3), an id, words, or `Again`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Union

from spatialmem import InputError

__all__ = [
    "Again",
    "Before",
    "Close",
    "Fetch",
    "Find",
    "Goal",
    "Open",
    "Put",
    "Spot",
    "Thing",
    "checked_goals",
    "shown",
]

TEXT_MAX = 400
"""Words for a thing have no more characters."""
GOALS_MAX = 64
"""A task has no more goals."""


@dataclass(frozen=True, slots=True)
class Again:
    """The thing that was meant before, whether it was found or not; see `Meant`."""

    label: str | None = None
    """Only things of this label count: `Again("mug")` is the mug that was meant last."""
    back: int = 1
    """1 is the last one that was meant, 2 the one before it: another thing, however often one was meant."""

    def __post_init__(self) -> None:
        if self.label is not None and (not isinstance(self.label, str) or not self.label.strip()):
            raise InputError(f"Again: the label is {self.label!r}; a label such as 'mug' or None is needed.")
        if isinstance(self.back, bool) or not isinstance(self.back, int) or self.back < 1:
            raise InputError(f"Again: back is {self.back!r}; 1 for the last thing that was meant, or more, is needed.")


@dataclass(frozen=True, slots=True)
class Before:
    """Where a thing was before the robot took it, or else before it was moved: the memory's own history tells."""


Thing = Union[str, int, Again]  # noqa: UP007 - used at run time on 3.10
"""A label, a name, words; an id; the one that was meant before."""
Spot = Union[tuple[float, float], str, int, Again, None]  # noqa: UP007
"""A point (x, y) in W [m], a room's name or label, a thing, or None: where the robot was when it was asked."""


@dataclass(frozen=True, slots=True)
class Find:
    """See where a thing is. Done with the thing in view."""

    what: Thing

    def __post_init__(self) -> None:
        _check_thing(self.what, "Find: what")


@dataclass(frozen=True, slots=True)
class Fetch:
    """Bring a thing somewhere, and hand it over there."""

    what: Thing
    to: Spot = None

    def __post_init__(self) -> None:
        _check_thing(self.what, "Fetch: what")
        if self.to is None:
            return
        if isinstance(self.to, (tuple, list)):
            object.__setattr__(self, "to", _point(self.to, "Fetch: to", "x, y"))
        else:
            _check_thing(self.to, "Fetch: to", ", a point (x, y) [m], a room, or None")


@dataclass(frozen=True, slots=True)
class Put:
    """Put a thing on or in another, or back to where it was; what is closed is opened for that."""

    what: Thing
    target: str | int | Again | Before
    relation: Literal["on", "in"] = "on"
    at: tuple[float, float, float] | None = None
    """Where its middle is to be, (x, y, z) in W [m]; None: wherever there is room."""

    def __post_init__(self) -> None:
        _check_thing(self.what, "Put: what")
        if self.at is not None:
            object.__setattr__(self, "at", _point(self.at, "Put: at", "x, y, z"))
            if isinstance(self.target, Before):
                raise InputError("Put: at is where it is to be, and so is Before(); give one of them.")
        if not isinstance(self.target, Before):
            _check_thing(self.target, "Put: target", ", or Before()")
        if self.relation not in ("on", "in"):
            raise InputError(f"Put: the relation is {self.relation!r}; 'on' or 'in' is needed.")


@dataclass(frozen=True, slots=True)
class Open:
    """Open a thing that has a door. Nothing is done where it is open."""

    what: Thing

    def __post_init__(self) -> None:
        _check_thing(self.what, "Open: what")


@dataclass(frozen=True, slots=True)
class Close:
    """Close a thing that has a door. Nothing is done where it is closed."""

    what: Thing

    def __post_init__(self) -> None:
        _check_thing(self.what, "Close: what")


Goal = Union[Find, Fetch, Put, Open, Close]  # noqa: UP007 - used at run time on 3.10
GOALS = (Find, Fetch, Put, Open, Close)


def checked_goals(goals: Goal | Sequence[Goal]) -> tuple[Goal, ...]:
    """Return a task as its goals. Raises InputError for what is none."""
    if isinstance(goals, GOALS):
        return (goals,)
    if isinstance(goals, (str, bytes)) or not isinstance(goals, Sequence):
        raise InputError(f"the task is {goals!r}; goals are needed, such as [Fetch('mug', to='kitchen')].")
    for one in goals:
        if not isinstance(one, GOALS):
            kinds = ", ".join(kind.__name__ for kind in GOALS)
            raise InputError(f"a task has {one!r} among its goals; each is one of {kinds}.")
    if not 1 <= len(goals) <= GOALS_MAX:
        raise InputError(f"the task has {len(goals)} goals; 1 to {GOALS_MAX} are allowed.")
    return tuple(goals)


def shown(goal: Goal) -> str:
    """Return a goal in a few words: put the one meant before in fridge."""
    what = _words(goal.what)
    if isinstance(goal, Put):
        back = "back to where it was" if isinstance(goal.target, Before) else ""
        at = f" at {_words(goal.at)}" if goal.at else ""
        return f"put {what} {back or f'{goal.relation} {_words(goal.target)}'}{at}"
    if isinstance(goal, Fetch):
        return f"fetch {what}" if goal.to is None else f"fetch {what} to {_words(goal.to)}"
    return f"{type(goal).__name__.lower()} {what}"


def _words(what: object) -> str:
    if isinstance(what, Again):
        which = f"the {what.label} meant" if what.label else "the one meant"
        return f"{which} before" if what.back == 1 else f"{which} {what.back} before"
    if isinstance(what, tuple):
        return f"({', '.join(f'{one:.2f}' for one in what)}) m"
    return f"object {what}" if isinstance(what, int) else str(what)


def _check_thing(what: object, name: str, besides: str = "") -> None:
    if isinstance(what, Again) or (isinstance(what, int) and not isinstance(what, bool)):
        return
    if isinstance(what, str) and what.strip() and len(what) <= TEXT_MAX:
        return
    told = f"{len(what)} characters long" if isinstance(what, str) and what.strip() else repr(what)
    raise InputError(
        f"{name} is {told}; a label, a name such as mug-3, an id, words of up to {TEXT_MAX} characters, "
        f"Again(){besides} is needed."
    )


def _point(point: object, name: str, axes: str) -> tuple[float, ...]:
    """Return a point, checked. axes: what its numbers are: "x, y"."""
    given = point if isinstance(point, (tuple, list)) else ()
    numbers = [float(one) for one in given if isinstance(one, (int, float)) and not isinstance(one, bool)]
    count, words = (2, "two") if axes == "x, y" else (3, "three")
    if not len(given) == len(numbers) == count or not all(math.isfinite(one) for one in numbers):
        raise InputError(f"{name} is {point!r}; a point is {words} finite numbers ({axes}) in W [m].")
    return tuple(numbers)
