"""`Place`: puts what is in the hand down, on something or into something open, tick by tick, and tells the memory."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from jaxtyping import Float64

from planners.held import held_things
from planners.manipulation.carried import EMPTY_M, Carried, dropped
from planners.manipulation.contents import BESIDE_M, seen_after
from planners.manipulation.handling import Handling
from planners.manipulation.limb import Limb
from planners.manipulation.spots import Spot, spots_in, spots_on, supports_near
from planners.manipulation.standing import Footing, Wanted, footings
from planners.manipulation.ways import Putting
from planners.navigation import NavigationConfig
from spatialmem import Action, Command, InputError, ObjectState, RobotState, Unknown, View

__all__ = ["Place"]

SUPPORTS, STANDS_EACH, STANDS_MAX = 4, 2, 5
"""So many supports are thought of where none is named, the others first once it has stood before one so often; it
stands in so many places before it gives up."""
SPOTS, YAWS = 24, 8
"""So many places on a support are held against where it could stand, each with the thing turned so often."""
OVER_M, ABOVE_M = 0.005, 0.08
"""The thing is let go so little over what it is put on; it comes down straight from so far above."""
HANDY_M = 0.7
"""So far from B is what it looks at first."""
LEVEL_M = 0.06
"""What it is put on is looked for so far above and below where it should be."""
SEEN_MIN = 8
"""Of a thing that was put down, so many points are to be seen."""
CUBE_M = 0.3
WIDER_M = 0.02
"""A hand that is so much wider than what was in it is open."""


class Place(Handling):
    """Puts down what the hand holds. A `spatialmem.Planner`.

    It looks for free room on the support that is meant, or the nearest; drives to where the arm reaches it, looks at
    how high it truly is and what stands there now, lowers the thing, opens the hand, draws it back, and looks. What was
    put on something must be seen where it was put. What was put into something is let go over its rim: it has failed
    where it is seen beside the container, by points that were not there before; it is done where it is seen inside, and
    also where it is seen nowhere, as in what is deeper than the camera looks, and then the reason says that it was not
    seen. The memory is told `placed_on` or `placed_in`; of what has left the hand otherwise, that it was dropped.
    """

    def __init__(
        self,
        target: Any,
        limb: Limb,
        navigation: NavigationConfig | None = None,
        *,
        relation: Literal["on", "in"] = "on",
        carried: Carried | None = None,
    ):
        """target: the id or name of what it is put on or in, a point (x, y, z) [m], or None for the nearest free
        support. carried: how the thing lies in the hand, from `Pick.carried`; else it is guessed. Raises InputError for
        another target or relation."""
        super().__init__(limb, navigation)
        is_point = isinstance(target, (tuple, list, np.ndarray)) and len(target) == 3
        is_name = isinstance(target, (int, str, np.integer)) and not isinstance(target, bool)
        if not (target is None or is_point or is_name) or relation not in ("on", "in"):
            raise InputError(
                f"the target is {target!r} and the relation {relation!r}; a target is an id, a name, a point (x, y, z) "
                f"[m] or None, a relation 'on' or 'in'."
            )
        self.target, self.relation, self.carried = target, relation, carried
        self.putting: Putting | None = None
        self._spots: tuple[Spot, ...] = ()
        self._container: ObjectState | None = None
        self._about: tuple[Float64[np.ndarray, "_ 3"], tuple[ObjectState, ...]] = np.empty((0, 3)), ()
        self._is_open = False
        self._stood: list[Footing] = []
        self._stood_at: Counter[int | None] = Counter()
        self._full: list[int | None] = []
        self._is_put, self._seen = False, ""

    def step(self, view: View, state: RobotState) -> Command:
        """Return the command for the next tick; it fails as soon as the hand is empty before it was opened."""
        if self._held is not None and _is_empty(state):
            object_id, self._held = self._held.object_id, None
            return self._fail(state, "it slipped out of the hand on the way", dropped(state, object_id))
        return super().step(view, state)

    def _fail(self, state: RobotState, reason: str, *actions: Action) -> Command:
        """End it; what the hand was opened for is told as dropped, for it is not in it any more."""
        if self._is_open and not actions and self.carried is not None:
            actions = (dropped(state, self.carried.object_id),)
        return super()._fail(state, reason, *actions)

    def _begin(self, view: View, state: RobotState) -> Command:
        held = held_things(view)
        if not held:
            is_empty = _is_empty(state)
            reason = "there is nothing in the hand" if is_empty else "the memory does not know of anything in the hand"
            return self._fail(state, reason)
        if self.carried is not None and not _is_same(view, self.carried.object_id, held[0].id):
            self.carried = None
        if state.gripper_width_m is None or state.X_WG is None:
            return self._fail(state, "the robot's state does not say where its hand is, or how far it is open")
        if not EMPTY_M < state.gripper_width_m < self._open_m:
            return self._fail(state, "there is nothing in the hand", dropped(state, held[0].id))
        if self.carried is None:
            self.carried = Carried.guessed(held[0], state.X_WG, state.gripper_width_m)
        self._held = self.carried
        return self._stand(view, state)

    @property
    def _open_m(self) -> float:
        """So wide the hand holds nothing: as wide as it opens, or much wider than what was taken."""
        most_m = self.limb.hand.width_max_m - EMPTY_M / 2
        return most_m if self.carried is None else min(most_m, self.carried.width_m + WIDER_M)

    def _stand(self, view: View, state: RobotState) -> Command:
        """Choose where to stand next."""
        if len(self._stood) >= STANDS_MAX:
            return self._fail(
                state, f"no way to put it down from {len(self._stood)} places; {'; '.join(self.account[-3:])}"
            )
        choices = self._choices(view, state)
        if isinstance(choices, Unknown):
            return self._fail(state, choices.reason)
        for spots in choices:
            wanted = [one for spot in _spread(spots, SPOTS) for one in self._wanted(spot)]
            found = self._footings(wanted, view, state)
            if found:
                self._spots = spots
                self._stood.append(found[0])
                self._stood_at[spots[0].support_id] += 1
                return self._drive_to(found[0], view, state, self._look, self._stand)
        return self._fail(state, "there is no free room that the arm reaches to put it down")

    def _footings(self, wanted: Sequence[Wanted], view: View, state: RobotState) -> tuple[Footing, ...]:
        """Return where it would best stand to bring the hand to one of some poses; none where that is nowhere."""
        assert self.carried is not None
        if not wanted:
            return ()
        about_W, held_G = wanted[0].X_WG[:3, 3], self.carried.spheres_G()
        clear = self._workspace.remembered(view, about_W, self.carried.width_m, held_G=held_G)
        here_W = state.X_WB[:3, 3]
        return footings(view, here_W, wanted, self.limb, self.navigation, avoid=self._stood, k=1, clear=clear)

    def _choices(self, view: View, state: RobotState) -> list[tuple[Spot, ...]] | Unknown:
        """Return the spots to choose from: of the target, or of each near support."""
        assert self.carried is not None
        if isinstance(self.target, (tuple, list, np.ndarray)):
            spot = Spot(bottom_W=np.array(self.target, float), support_id=None, relation="on")
            return [(spot,)]
        if self.target is None:
            near = [one for one in supports_near(view, state.X_WB[:3, 3]) if one.id not in self._full][:SUPPORTS]
            near.sort(key=lambda one: self._stood_at[one.id] >= STANDS_EACH)
            return [spots for one in near if (spots := spots_on(view, one, self.carried))]
        found = view.where(str(self.target) if isinstance(self.target, str) else int(self.target), k=1)
        if isinstance(found, Unknown):
            return found
        one = found[0].object
        if self.relation == "in":
            self._container = one
            return [spots_in(one, self.carried, self._grip_over_bottom_m())]
        spots = spots_on(view, one, self.carried)
        return [spots] if spots else Unknown(f"there is no free room on {one.name}")

    def _grip_over_bottom_m(self) -> float:
        """Return how far the origin of G is over the thing's bottom."""
        assert self.carried is not None
        return float(self.carried.X_WG(np.zeros(3), 0.0)[2, 3])

    def _wanted(self, spot: Spot) -> list[Wanted]:
        return [Wanted(X_WG=X_WG, before_WG=_raised(X_WG, ABOVE_M), score=1.0) for X_WG, _ in self._poses(spot, OVER_M)]

    def _poses(self, spot: Spot, over_m: float) -> list[tuple[Float64[np.ndarray, "4 4"], float]]:
        """Return the poses of the hand that put the thing down at a spot, and how the thing is turned then."""
        assert self.carried is not None
        bottom_W = spot.bottom_W + np.array([0.0, 0.0, over_m])
        yaws = [math.tau * turn / YAWS for turn in range(YAWS)]
        return [(self.carried.X_WG(bottom_W, yaw), yaw) for yaw in yaws]

    def _look(self, view: View, state: RobotState) -> Command:
        here = state.X_WB[:2, 3]
        away = [abs(float(np.hypot(*(spot.bottom_W[:2] - here))) - HANDY_M) for spot in self._spots]
        return self._look_at(self._spots[int(np.argmin(away))].bottom_W, view, state, self._consider)

    def _consider(self, view: View, state: RobotState) -> Command:
        """Choose a spot that is free as it is seen now, and a way there."""
        assert self.carried is not None
        if self._container is not None:
            one = view.object(self._container.id)
            self._container = self._container if isinstance(one, Unknown) else one
            apart = (self._container.id, self.carried.object_id)
            others = tuple(one for one in view.objects() if one.id not in apart and not one.missing)
            self._about = self._points_about(self._container), others
        now = [one for spot in self._spots if (one := self._as_seen(spot)) is not None]
        held_G = self.carried.spheres_G()
        ways = self._ways(view, state, self.carried.width_m, None, held_G)
        wanted = [
            (spot, X_WG, yaw)
            for spot in now
            for X_WG, yaw in self._poses(spot, OVER_M if spot.relation == "on" else 0.0)
        ]
        self.putting = ways.putting(wanted, self._joints(state), ABOVE_M)
        if self.putting is None:
            self.account.append(f"none of {len(now)} free places can be reached from here")
            if not now and self.target is None:
                self._full.append(self._spots[0].support_id)
            return self._next(self._stand, view, state)
        return self._follow(self.putting.to, view, state, self._lower, why="over where it goes", pace=0.7)

    def _as_seen(self, spot: Spot) -> Spot | None:
        """Return a spot at the height at which it is seen; None where something stands there."""
        assert self.carried is not None
        if spot.relation == "in":
            return spot
        points_W = self._glances.points_W(spot.bottom_W, CUBE_M, self._looked_ns or 0)
        near = np.hypot(*(points_W[:, :2] - spot.bottom_W[:2]).T) <= self.carried.radius_m + 0.015
        high = points_W[near, 2]
        level = high[np.abs(high - spot.bottom_W[2]) <= LEVEL_M]
        if len(level) < SEEN_MIN:
            return None
        level_m = float(np.median(level))
        if (high > level_m + 0.02).sum() > 2:
            return None
        return Spot(
            bottom_W=np.array([*spot.bottom_W[:2], level_m]), support_id=spot.support_id, relation=spot.relation
        )

    def _lower(self, view: View, state: RobotState) -> Command:
        assert self.putting is not None
        return self._follow(self.putting.down, view, state, self._open, why="lowering", pace=0.25)

    def _open(self, view: View, state: RobotState) -> Command:
        assert self.carried is not None
        width_m = min(self.limb.hand.width_max_m, self.carried.width_m + 0.04)
        return self._grip(width_m, view, state, self._back, why="the hand opens")

    def _back(self, view: View, state: RobotState) -> Command:
        assert self.putting is not None
        self._held, self._is_open = None, True
        return self._follow(self.putting.back, view, state, self._fold, why="drawing back", pace=0.4)

    def _fold(self, view: View, state: RobotState) -> Command:
        """Fold the arm: it would be in the camera's way."""
        assert self.putting is not None
        assert self.carried is not None
        thing = self.carried.thing_at(self.putting.spot.bottom_W, self.putting.yaw_rad)
        ways = self._ways(view, state, self.limb.hand.width_max_m, thing)
        path_rad = ways.between(self._joints(state), self.limb.stowed_rad)
        if path_rad is None:
            return self._next(self._check, view, state)
        return self._follow(path_rad, view, state, self._check, why="folding the arm")

    def _check(self, view: View, state: RobotState) -> Command:
        assert self.putting is not None
        return self._look_at(self.putting.spot.bottom_W, view, state, self._verify)

    def _verify(self, view: View, state: RobotState) -> Command:
        """Look whether it stands where it was put, or is in what it was put into."""
        assert self.putting is not None
        assert self.carried is not None
        spot = self.putting.spot
        if self._container is not None:
            before_W, others = self._about
            now_W = self._points_about(self._container)
            self._seen = seen_after(self._container, self.carried, before_W, now_W, others)
            self._is_put = self._seen != "beside"
            return self._next(self._say, view, state)
        middle_W = spot.bottom_W + np.array([0.0, 0.0, self.carried.size_m[2] / 2])
        points_W = self._glances.points_W(middle_W, CUBE_M, self._looked_ns or 0)
        near = np.hypot(*(points_W[:, :2] - middle_W[:2]).T) <= self.carried.radius_m + 0.05
        seen = int((near & (points_W[:, 2] > spot.bottom_W[2] + 0.008)).sum())
        self._is_put = seen >= SEEN_MIN
        return self._next(self._say, view, state)

    def _points_about(self, container: ObjectState) -> Float64[np.ndarray, "_ 3"]:
        """Return what is seen of a container, and of what is beside it."""
        reach_m = float(np.linalg.norm(container.size_m) / 2) + BESIDE_M
        return self._glances.points_W(container.center_W, reach_m, self._looked_ns or 0)

    def _say(self, view: View, state: RobotState) -> Command:
        assert self.putting is not None
        assert self.carried is not None
        spot = self.putting.spot
        verb = "placed_on" if spot.relation == "on" else "placed_in"
        if not self._is_put:
            is_beside = self._seen == "beside"
            return self._fail(state, f"it is {'seen beside' if is_beside else 'not seen'} where it was put")
        told = self._action(state, verb, self.carried.object_id, succeeded=True, target_id=spot.support_id)
        unseen = "; it was not seen there" if self._seen == "nowhere" else ""
        return self._over("done", f"{verb.replace('_', ' ')} {spot.support_id}{unseen}", told)


def _is_same(view: View, object_id: int, other_id: int) -> bool:
    """Return whether an id, which may be an old one, is that of an object."""
    one = view.object(object_id)
    return not isinstance(one, Unknown) and one.id == other_id


def _is_empty(state: RobotState) -> bool:
    return (state.gripper_width_m or 0.0) <= EMPTY_M


def _raised(X_WG: Float64[np.ndarray, "4 4"], up_m: float) -> Float64[np.ndarray, "4 4"]:
    raised = X_WG.copy()
    raised[2, 3] += up_m
    return raised


def _spread(spots: Sequence[Spot], count: int) -> list[Spot]:
    """Return at most so many of some spots, evenly."""
    step = max(math.ceil(len(spots) / count), 1)
    return list(spots[::step])
