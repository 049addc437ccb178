"""`RobotSkills`: what really acts on a robot with a base, an arm and a camera: the planners of the other packages."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from planners.navigation import NavigationConfig, Navigator, Searcher
from planners.tasks.config import TaskConfig
from planners.tasks.facts import held_id
from planners.tasks.skills import Call, needed
from spatialmem import InputError, Planner, Unknown, View

__all__ = ["RobotSkills"]


class RobotSkills:
    """Navigation finds and goes, manipulation takes, places and turns doors. A `Skills`.

    Handed over is what stands on the thing to which it was brought, where that is one to put things on, or else on
    what is nearest to the robot; then the hand is free again. What is put back goes on or in what it was on or in,
    wherever there is room.
    """

    def __init__(self, navigation: NavigationConfig | None = None, limb: Any = None, config: TaskConfig | None = None):
        """limb: a `planners.manipulation.limb.Limb`, the robot's arm; None for a robot without one, which finds and
        goes. config: whose `surfaces` are what things are put on."""
        self.navigation = navigation or NavigationConfig()
        self.config = config or TaskConfig()
        self._limb = limb
        self._picked: tuple[int, Planner] | None = None  # it knows how the thing lies in the hand

    def begin(self, call: Call, view: View) -> Planner:
        """Return what carries out a call. Raises InputError for a call without what it needs, or that needs an arm."""
        begin: dict[str, Callable[[Call, View], Planner]] = {
            "find": self._find,
            "go_to": self._go_to,
            "pick": self._pick,
            "place": self._place,
            "open": self._turn,
            "close": self._turn,
            "hand_over": self._hand_over,
        }
        return begin[call.skill](call, view)

    def _find(self, call: Call, view: View) -> Planner:
        return Searcher(needed(call, "thing", (str, int)), config=self.navigation)

    def _go_to(self, call: Call, view: View) -> Planner:
        to = needed(call, "to", (str, int, tuple))
        navigator = Navigator(to, explore=not isinstance(to, int), config=self.navigation)
        held = held_id(view)
        return navigator if held is None or self._limb is None else self._of_arm("Carrying")(navigator, held)

    def _pick(self, call: Call, view: View) -> Planner:
        thing_id = needed(call, "thing", (int,))
        planner = self._of_arm("Pick")(thing_id, self._limb, self.navigation)
        self._picked = thing_id, planner
        return planner

    def _place(self, call: Call, view: View) -> Planner:
        return self._put(call, needed(call, "to", (int,)), call.relation or "on")

    def _hand_over(self, call: Call, view: View) -> Planner:
        to = view.object(call.to) if isinstance(call.to, int) else None
        is_surface = to is not None and not isinstance(to, Unknown) and to.label in self.config.surfaces
        return self._put(call, call.to if is_surface else None, "on")

    def _put(self, call: Call, target: Any, relation: str) -> Planner:
        thing_id = needed(call, "thing", (int,))
        is_picked = self._picked is not None and self._picked[0] == thing_id
        carried = getattr(self._picked[1], "carried", None) if self._picked is not None and is_picked else None
        return self._of_arm("Place")(target, self._limb, self.navigation, relation=relation, carried=carried)

    def _turn(self, call: Call, view: View) -> Planner:
        return self._of_arm("Hinge")(needed(call, "thing", (int,)), call.skill, self._limb, self.navigation)

    def _of_arm(self, name: str) -> Callable[..., Planner]:
        """Return a planner of the arm by its name. Raises InputError where there is no arm, or no such planner."""
        if self._limb is None:
            raise InputError("the robot has no arm: give RobotSkills its Limb.")
        try:
            return getattr(importlib.import_module(f"planners.manipulation.{name.lower()}"), name)
        except (ImportError, AttributeError) as error:
            raise InputError(f"the arm cannot be planned for: {error}; pip install 'spatialmem[plan]'.") from error
