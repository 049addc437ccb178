"""What a robot is told to do, call by call, and what came of it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, runtime_checkable

from spatialmem import InputError, Planner, Unknown, View

__all__ = ["Call", "Outcome", "SkillName", "Skills", "in_words", "needed"]

SkillName = Literal["find", "go_to", "pick", "place", "open", "close", "hand_over"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One skill with its parameters.

    find       `thing`, an id or a label: see it. Its planner may have `found`, the ObjectState that it saw
    go_to      `to`: drive there
    pick       `thing`, an id: go to it and take it
    place      `thing`, the id of what is held; `to`, the id of what it goes on or in; `relation`; `p_W` where it stood
    open       `thing`, an id: go to it and open it; so close
    hand_over  `thing`, the id of what is held; `to`: where the robot stands by now
    """

    skill: SkillName
    thing: int | str | None = None
    to: int | str | tuple[float, float] | None = None
    """An id, a room's name, or a point (x, y) in W [m]."""
    relation: Literal["on", "in"] | None = None
    p_W: tuple[float, float, float] | None = field(default=None, compare=False)
    """Of `place`: where in W the middle of the thing was before [m], where it goes back; None for anywhere on it."""

    def __str__(self) -> str:
        words = [self.skill.replace("_", " "), "" if self.thing is None else str(self.thing)]
        if self.to is not None:
            to = f"({self.to[0]:.2f}, {self.to[1]:.2f}) m" if isinstance(self.to, tuple) else str(self.to)
            words.append(f"{self.relation or ('' if self.skill == 'go_to' else 'at')} {to}".strip())
        return " ".join(word for word in words if word)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a call."""

    call: Call
    status: Literal["done", "failed", "dropped"]
    """"done": its planner said so, and the memory says so, too. "dropped": before it ended, for the facts changed."""
    reason: str
    began_ns: int
    ended_ns: int
    found_id: int | None = None
    """Of `find`: what was found."""
    refused: bool = False
    """It was not begun: the memory says that it cannot be carried out, or the skills cannot."""


def in_words(call: Call, view: View) -> str:
    """Return a call with the names of things instead of their ids: pick mug-3."""
    return str(dataclasses.replace(call, thing=_named(call.thing, view), to=_named(call.to, view)))


def needed(call: Call, name: str, kinds: type | tuple[type, ...]) -> Any:
    """Return what a call has under a name. Raises InputError where that is of no kind that its skill needs."""
    value = getattr(call, name)
    if not isinstance(value, kinds) or isinstance(value, bool):
        raise InputError(f"the call '{call}' has {value!r} as {name}; it needs another.")
    return value


def _named(what: Any, view: View) -> Any:
    one = view.object(what) if isinstance(what, int) else None
    return what if one is None or isinstance(one, Unknown) else one.name


@runtime_checkable
class Skills(Protocol):
    """What really acts. Each call is made into a planner, which is stepped until it is over.

    A skill brings the robot to where it can act: nobody calls `go_to` for that. Its planner tells what it did by
    `Action`s among its command's inputs, for it is by them that the memory says afterwards that a thing is held, lies
    on another or is open; without them the call counts as failed.
    """

    def begin(self, call: Call, view: View) -> Planner:
        """Return what carries out a call from now on. Raises InputError for a call that it cannot carry out."""
        ...
