"""Going to what a text means, as a `Planner`: grounded in what the memory knows, and else looked for first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from jaxtyping import Float

from spatialmem import Command, ObjectState, Planner, RgbdFrame, RobotState, Room, Unknown, View

__all__ = ["Going", "meant"]

Goal = tuple[float, ...] | int | str
ASK_TICKS = 20
"""So often, while it is looked for, the memory is asked whether it is known by now."""
ANY, THE = ("a", "an", "any", "some"), ("the", "my", "your")
TOLD_MAX = 12


class Going:
    """Drives to a goal by the planners "go" and "find".

    What is not known yet is refused; or, where that is wanted, searched for, and if it was not found explored for.
    """

    def __init__(self, goal: Goal, *, to: str | None, explore: bool, make: Callable[..., Planner]):
        """goal: a point [m], the id of a thing, or what to go to in words. to: "see" or "reach", of a thing. make:
        returns the planner of a word, such as make("go", (1.0, 2.0), to=None, explore=False)."""
        self.goal, self._to, self._explore, self._make = goal, to, explore, make
        self.target: tuple[float, ...] | int | str | Room | None = None
        """What the goal means, once that is known."""
        self.planned_W: Float[np.ndarray, "n 2"] = np.empty((0, 2))
        """The first way to it [m]."""
        self._used: list[Any] = []
        self._ticks = 0

    @property
    def replans(self) -> list[Any]:
        """When and why it planned anew."""
        return [one for planner in self._used for one in getattr(planner, "replans", ())]

    @property
    def object_id(self) -> int | None:
        """The thing that it drives to, where it is one."""
        return getattr(self._used[-1], "object_id", None) if self._used and self.target is not None else None

    @property
    def lease(self) -> Any:
        """What the plan of who drives rests on; None where there is none."""
        return getattr(self._used[-1], "lease", None) if self._used else None

    def see(self, frame: RgbdFrame) -> None:
        """Show the newest frame to who drives."""
        if self._used:
            self._used[-1].see(frame)

    def step(self, view: View, state: RobotState) -> Command:
        """Return the command for the next tick."""
        if self.target is None and self._ticks % ASK_TICKS == 0:
            found = meant(view, self.goal)
            if not isinstance(found, Unknown):
                self._go(found)
            elif not self._explore:
                return Command(base_velocity_B=(0.0, 0.0, 0.0), status="failed", reason=found.reason)
            elif not self._used:
                self._used.append(self._make("find", self._sought()))
        self._ticks += 1
        command = self._used[-1].step(view, state)
        if self.target is None and command.is_over:
            found = getattr(self._used[-1], "found", None)
            self._go(found.id if isinstance(found, ObjectState) else self._sought())
            return Command(base_velocity_B=(0.0, 0.0, 0.0), reason=command.reason)
        if self.target is not None and not len(self.planned_W):
            self.planned_W = self._used[-1].path_W
        return command

    def _go(self, target: tuple[float, ...] | int | str | Room) -> None:
        """Let the navigator drive from here on."""
        self.target = target
        is_thing = isinstance(target, (int, str))
        self._used.append(self._make("go", target, to=self._to if is_thing else None, explore=self._explore))

    def _sought(self) -> str:
        return bare(str(self.goal), (*ANY, *THE))


def meant(view: View, goal: Goal) -> tuple[float, ...] | int | str | Room | Unknown:
    """Return what a goal means to a navigator: a point, a thing's id, any thing of a label, or a room.

    Unknown says what is not known of it, and what is.
    """
    if isinstance(goal, tuple):
        return goal
    if isinstance(goal, int):
        found = view.object(goal)
        return found if isinstance(found, Unknown) else found.id
    rooms = {room.id: room for room in view.rooms()}
    grounding = view.ground(goal)
    if isinstance(grounding, Unknown):
        labels = {one.label for one in view.objects()}
        if bare(goal, ANY) in labels:
            return bare(goal, ANY)
        any_will_do = f'; "{bare(goal, THE)}" alone is any of them' if bare(goal, THE) in labels else ""
        return Unknown(grounding.reason + any_will_do)
    first = [one for one in grounding.mentions if one.text == grounding.mentions[0].text]
    if len(first) > 1:
        return Unknown(f"{goal!r} are {', '.join(one.name for one in first[:TOLD_MAX])}; say which")
    return rooms[first[0].id] if first[0].kind == "room" else first[0].id


def bare(words: str, articles: tuple[str, ...]) -> str:
    """Return words without the article before them."""
    first, _, rest = words.strip().partition(" ")
    return rest.strip() if rest and first.lower() in articles else words.strip()
