"""Where to go next for a goal: to it, or where it is not known and may be explored, to where more of it is seen."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np
from jaxtyping import Float64

from planners.navigation.config import NavigationConfig
from planners.navigation.goals import Aim, Purpose, aim_at, premises_of, rooms_meant
from planners.navigation.worth import Been, next_spot
from spatialmem import ExploreSpot, Place, Premise, QueryError, Room, Stand, Unknown, UnknownLabel, View

__all__ = ["Aiming"]

SPOTS = 4
"""So many spots are looked at for one to which a way is known."""

REACH_SLACK_M = 0.04
"""So much farther from a thing than it reaches it still stops, where it gets no nearer."""


class Aiming:
    """One goal, and the places that it was not reached or seen from."""

    def __init__(self, goal: Any, to: Purpose | None, config: NavigationConfig, *, explore: bool):
        """As for `Navigator`."""
        self.goal = goal
        self.to: Purpose | None = to
        self.spot: ExploreSpot | None = None
        """What is explored on the way to the goal; None when the goal itself is gone to."""
        self.aim: Aim | None = None
        """What was found last."""
        self.premises: tuple[Premise, ...] = ()
        """What going there rests on."""
        self.given_up_m: list[Float64[np.ndarray, "2"]] = []
        """Where it stood, or could not come, for the goal in vain [m]."""
        self._config, self._explore = config, explore
        self._been = Been()

    def find(self, view: View, start_W: Float64[np.ndarray, "3"]) -> Aim | Unknown:
        """Return where to go, or why that is not known. Raises QueryError or InputError as `aim_at`."""
        found = self._found(view, start_W)
        self.aim = found if isinstance(found, Aim) else None
        self.premises = () if self.aim is None or self.spot is not None else premises_of(self.aim)
        return found

    def is_in(self, view: View, p_W: Float64[np.ndarray, "3"]) -> bool:
        """Return whether the goal is a room, and a point is in it."""
        here = view.room_of(p_W)
        return isinstance(here, Room) and any(room.id == here.id for room in rooms_meant(view, self.goal))

    def reaches(self, aim: Aim, p_m: tuple[float, float]) -> bool:
        """Return whether a thing that is to be reached is near enough to a point; all else is."""
        if aim.purpose != "reach" or aim.object_W is None:
            return True
        return math.dist(aim.object_W[:2].tolist(), p_m) <= self._config.reach_m + REACH_SLACK_M

    def give_up(self) -> None:
        """Try another place to stand for a thing, or to look from, if there is one."""
        if self.spot is not None:
            self._been.stands_m.append(self.spot.p_W[:2])
        elif self.aim is not None:
            self.given_up_m.append(self.aim.p_m)

    def _found(self, view: View, start_W: Float64[np.ndarray, "3"]) -> Aim | Unknown:
        try:
            aim = aim_at(view, start_W, self.goal, self.to, self._config, self.given_up_m)
        except UnknownLabel as error:
            if not self._explore:
                raise
            aim = Unknown(str(error))
        if isinstance(aim, Aim) or not self._explore:
            self.spot = None
            return aim
        for _ in range(SPOTS):
            self.spot = spot = self._next_spot(view)
            if spot is None:
                break
            dx, dy = (spot.look_at_W - spot.p_W)[:2].tolist()
            stand = Stand(
                p_W=spot.p_W, yaw_rad=math.atan2(dy, dx), distance_m=0.0, clearance_m=0.0, route_m=0.0, place_id=0
            )
            found = aim_at(view, start_W, stand, None, self._config)
            if isinstance(found, Aim):
                return found
            self.give_up()
        return Unknown(f"{aim.reason}; and nothing is left to explore", aim.look_next)

    def _next_spot(self, view: View) -> ExploreSpot | None:
        """Return where to look next: towards a goal that is a point, or where a thing may be, or else anywhere."""
        goal, where = self.goal, functools.partial(next_spot, view, been=self._been, config=self._config)
        if isinstance(goal, (Place, Room, Stand)):
            return where(towards=goal.p_W)
        if isinstance(goal, str):
            try:
                return where(sought=goal) or where()
            except (UnknownLabel, QueryError):
                return where()
        return where() if isinstance(goal, (int, np.integer)) else where(towards=goal)
