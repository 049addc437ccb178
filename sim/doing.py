"""Doing what a text asks for, as a `Planner`: in a home that is not known it looks about first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from spatialmem import Command, Planner, RgbdFrame, RobotState, View

__all__ = ["Doing"]

STILL = 0.0, 0.0, 0.0


class Doing:
    """Explores where it is to, by the planner "explore"; then does a task by the planner "do"."""

    def __init__(
        self,
        text: str,
        *,
        explore: bool,
        make: Callable[..., Planner],
        explored: Callable[[], None] | None = None,
        ended: Callable[[View, Any], None] | None = None,
    ):
        """make: returns the planner of a word, such as make("do", text). explored: called once before the task begins:
        what happens meanwhile. ended: called with every goal's result."""
        self.task: Any = make("do", text)
        self._explorer: Any = make("explore") if explore else None
        self._explored, self._ended = explored, ended
        self._told = 0

    @property
    def results(self) -> list[Any]:
        """What became of the goals so far."""
        return self.task.results

    def see(self, frame: RgbdFrame) -> None:
        """Show the newest frame to who acts."""
        (self._explorer or self.task).see(frame)

    def step(self, view: View, state: RobotState) -> Command:
        """Return the command for the next tick."""
        if self._explorer is not None:
            command = self._explorer.step(view, state)
            if not command.is_over:
                return command
            self._explorer = None
            return Command(base_velocity_B=STILL, reason=command.reason)
        if self._explored is not None:
            self._explored()
            self._explored = None
            return Command(base_velocity_B=STILL, reason="some time passes")
        command = self.task.step(view, state)
        for result in self.results[self._told :]:
            self._told += 1
            if self._ended is not None:
                self._ended(view, result)
        return command
