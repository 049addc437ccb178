"""`Pick`: takes one thing in the hand, tick by tick, and tells the memory."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from planners.manipulation.carried import EMPTY_M, Carried
from planners.manipulation.glances import thing_of
from planners.manipulation.grasps import Grasp, Thing, grasps_of, over_sides
from planners.manipulation.handling import Handling, seen_record
from planners.manipulation.limb import Limb
from planners.manipulation.remembered import remembered
from planners.manipulation.standing import Footing, Wanted, footings
from planners.manipulation.ways import BACK_LEAST_M, BACK_M, Taking
from planners.navigation import NavigationConfig
from spatialmem import Command, ObjectState, RobotState, Unknown, View

__all__ = ["Pick"]

STANDS_MAX, GRIPS_MAX = 5, 4
"""It stands in so many places, and closes the hand so often, before it gives up."""
GRASPS = 32
"""So many of the best are held against where it could stand."""
ALIKE, ALIKE_MAX = 0.9, 4
"""Of grasps whose directions have so large a cosine, so many are among them."""
CUBE_M = 0.32
"""Points so far from a thing are looked at."""
WIDER_M = 0.02
"""A hand that stops so much before a thing's width holds something else."""
GONE_SHARE = 0.4
"""Where no more of a thing's points are seen than that, it is not there any more."""


class Pick(Handling):
    """Takes one thing: drives to where the arm reaches it, looks, closes the hand on it, lifts it, and carries it over
    the base. A `spatialmem.Planner`.

    Each step is checked: by the width of the hand, and by looking at where the thing was. What goes wrong is tried
    otherwise: another grasp, another place to stand. The memory is told `picked_up`, or that it did not succeed.
    """

    def __init__(self, what: int | str, limb: Limb, navigation: NavigationConfig | None = None):
        """what: the id or the name of a thing, or a label: then the surest of these."""
        super().__init__(limb, navigation)
        self.what = what
        self.taking: Taking | None = None
        """What it does, or did last."""
        self.carried: Carried | None = None
        """What is in the hand since it was lifted."""
        self._thing: Thing | None = None
        self._record: ObjectState | None = None
        self._stood: list[Footing] = []
        self._bad: list[Grasp] = []
        self._grips = 0

    def _begin(self, view: View, state: RobotState) -> Command:
        one = seen_record(view, self.what)
        if isinstance(one, Unknown):
            return self._fail(state, one.reason)
        self._record, self.what = one, one.id
        return self._stand(view, state)

    def _stand(self, view: View, state: RobotState) -> Command:
        """Choose where to stand next."""
        one = seen_record(view, self.what)
        if isinstance(one, Unknown):
            return self._failed(state, one.reason)
        self._record = one
        if len(self._stood) >= STANDS_MAX:
            return self._failed(state, f"{one.name} could not be taken from {len(self._stood)} places")
        here_W, thing = state.X_WB[:3, 3], self._thing or remembered(one)
        clear = self._workspace.remembered(view, thing.center_W, self.limb.hand.width_max_m, thing)
        for wanted in (self._wanted(one), () if self._thing is None else _wanted(one)):
            found = footings(view, here_W, wanted, self.limb, self.navigation, avoid=self._stood, k=1, clear=clear)
            if found:
                break
        if not found:
            return self._failed(state, f"there is no floor from which the arm reaches {one.name}")
        self._stood.append(found[0])
        return self._drive_to(found[0], view, state, self._look, self._stand)

    def _wanted(self, one: ObjectState) -> list[Wanted]:
        """Return what it wants to reach: grasps of what it saw, or of what is remembered."""
        grasps = () if self._thing is None else grasps_of(self._thing, self.limb.hand)
        return _as_wanted(_varied(grasps)) if grasps else _wanted(one)

    def _look(self, view: View, state: RobotState) -> Command:
        assert self._record is not None
        return self._look_at(self._record.center_W, view, state, self._consider)

    def _consider(self, view: View, state: RobotState) -> Command:
        """Choose a grasp of what is seen now."""
        one = seen_record(view, self.what)
        if isinstance(one, Unknown):
            return self._failed(state, one.reason)
        self._record = one
        points_W = self._glances.points_W(one.center_W, CUBE_M, self._looked_ns or 0)
        self._thing = thing_of(one, points_W)
        if self._thing is None:
            self.account.append(f"{one.name} is not seen from where it should be")
            return self._next(self._stand, view, state)
        grasps = [g for g in grasps_of(self._thing, self.limb.hand) if not _is_like(g, self._bad)]
        self.taking = self._ways(view, state, self.limb.hand.width_max_m, self._thing).taking(
            grasps, self._joints(state)
        )
        if self.taking is None:
            self.account.append(f"none of {len(grasps)} grasps of {one.name} can be done from here")
            return self._next(self._stow, view, state)
        return self._follow(
            self.taking.to,
            view,
            state,
            self._approach,
            why=f"reaching for {one.name}",
            width_m=self.taking.grasp.open_m,
        )

    def _approach(self, view: View, state: RobotState) -> Command:
        assert self.taking is not None
        ways = self._ways(view, state, self.limb.hand.width_max_m, self._thing)
        self.taking = ways.from_here(self.taking, self._joints(state))
        return self._follow(self.taking.into, view, state, self._close, why="the hand comes in", pace=0.4)

    def _close(self, view: View, state: RobotState) -> Command:
        self._grips += 1
        return self._grip(0.0, view, state, self._weigh, why="the hand closes")

    def _weigh(self, view: View, state: RobotState) -> Command:
        """Tell by the width whether something is in the hand."""
        assert self.taking is not None
        if not self._holds(state):
            self.account.append(f"closed to {_mm(state)} mm instead of {1000 * self.taking.grasp.width_m:.0f} mm")
            return self._let_go(view, state)
        return self._follow(self.taking.out, view, state, self._lifted, why="lifting", pace=0.4)

    def _lifted(self, view: View, state: RobotState) -> Command:
        assert self._record is not None
        assert self._thing is not None
        assert self.taking is not None
        if not self._holds(state):
            self.account.append(f"slipped out while it was lifted: {_mm(state)} mm")
            return self._let_go(view, state)
        self.carried = Carried.by(self.taking.grasp, self._thing, self._record.id, state.gripper_width_m or 0.0)
        ways = self._ways(view, state, self.carried.width_m, self._thing, self.carried.spheres_G())
        path_rad = ways.carrying(self._joints(state))
        if path_rad is None:
            self.account.append("no way to carry it")
            return self._let_go(view, state)
        return self._follow(path_rad, view, state, self._check, why="carrying", pace=0.7)

    def _check(self, view: View, state: RobotState) -> Command:
        """Look at where it was."""
        assert self._record is not None
        assert self.taking is not None
        if not self._holds(state):
            self.account.append(f"lost on the way: {_mm(state)} mm")
            self._bad.append(self.taking.grasp)
            return self._next(self._stow, view, state)
        return self._look_at(self._record.center_W, view, state, self._done)

    def _done(self, view: View, state: RobotState) -> Command:
        assert self._record is not None
        assert self._thing is not None
        one = self._record
        points_W = self._glances.points_W(one.center_W, CUBE_M, self._looked_ns or 0)
        left = _left(self._thing, points_W)
        if left > GONE_SHARE or not self._holds(state):
            self.account.append(f"{one.name} is still seen where it was ({left:.0%} of it)")
            return self._let_go(view, state)
        picked = self._action(state, "picked_up", one.id, succeeded=True)
        return self._over("done", f"holds {one.name}, {_mm(state)} mm wide", picked)

    # Otherwise

    def _let_go(self, view: View, state: RobotState) -> Command:
        """Open the hand, draw it back, and look again."""
        assert self.taking is not None
        self._bad.append(self.taking.grasp)
        return self._grip(self.taking.grasp.open_m, view, state, self._draw_back, why="letting go")

    def _draw_back(self, view: View, state: RobotState) -> Command:
        joints_rad = self._joints(state)
        X_WG = state.X_WG
        path_rad = None
        if X_WG is not None:
            back_WG = X_WG.copy()
            back_WG[:3, 3] -= BACK_M * X_WG[:3, 2]
            ways = self._ways(view, state, self.limb.hand.width_max_m, self._thing)
            path_rad = ways.line(joints_rad, back_WG)
        if path_rad is None:
            return self._next(self._stow, view, state)
        return self._follow(path_rad, view, state, self._stow, why="drawing back", pace=0.5)

    def _stow(self, view: View, state: RobotState) -> Command:
        """Fold the arm away, then try again from here, or from elsewhere."""
        ways = self._ways(view, state, state.gripper_width_m or 0.0, self._thing)
        path_rad = ways.between(self._joints(state), self.limb.stowed_rad)
        again = self._look if self.taking is not None and self._grips < GRIPS_MAX else self._stand
        if self._grips >= GRIPS_MAX:
            again = self._give_up
        if path_rad is None:
            return self._next(again, view, state)
        return self._follow(path_rad, view, state, again, why="folding the arm")

    def _give_up(self, view: View, state: RobotState) -> Command:
        assert self._record is not None
        return self._failed(state, f"{self._record.name} slipped {self._grips} times")

    def _failed(self, state: RobotState, reason: str) -> Command:
        reasons = "; ".join([reason, *self.account[-3:]])
        if self._record is None or self._grips == 0:
            return self._fail(state, reasons)
        return self._fail(state, reasons, self._action(state, "picked_up", self._record.id, succeeded=False))

    def _holds(self, state: RobotState) -> bool:
        """Tell by the width whether the thing is in the hand."""
        assert self.taking is not None
        width_m = state.gripper_width_m or 0.0
        return EMPTY_M < width_m <= self.taking.grasp.width_m + WIDER_M


def _mm(state: RobotState) -> str:
    return f"{1000 * (state.gripper_width_m or 0.0):.0f}"


def _wanted(one: ObjectState) -> list[Wanted]:
    """Return the poses of the hand by which a place to stand is chosen: grasps of the remembered box, and the hand over
    its sides: it may be hollow, or thinner than its box."""
    thing = remembered(one)
    grasps = _varied(grasps_of(thing))
    return _as_wanted((*grasps, *over_sides(thing)))


def _varied(grasps: Sequence[Grasp]) -> list[Grasp]:
    """Return some of the best grasps, and of each direction that the hand may come from only a few."""
    kept: list[Grasp] = []
    for grasp in grasps:
        alike = sum(float(grasp.X_WG[:3, 2] @ one.X_WG[:3, 2]) > ALIKE for one in kept)
        if alike < ALIKE_MAX:
            kept.append(grasp)
        if len(kept) == GRASPS:
            break
    return kept


def _as_wanted(grasps: Sequence[Grasp]) -> list[Wanted]:
    return [Wanted(X_WG=g.X_WG, before_WG=g.backed(BACK_LEAST_M), score=g.score) for g in grasps]


def _is_like(grasp: Grasp, others: list[Grasp]) -> bool:
    """Return whether a grasp is about the same as one of some others."""
    return any(
        np.linalg.norm(grasp.X_WG[:3, 3] - one.X_WG[:3, 3]) < 0.02
        and float(grasp.X_WG[:3, 2] @ one.X_WG[:3, 2]) > 0.9
        and abs(float(grasp.X_WG[:3, 1] @ one.X_WG[:3, 1])) > 0.9
        for one in others
    )


def _left(thing: Thing, points_W: np.ndarray) -> float:
    """Return which share of a thing's points is still seen where it was."""
    from scipy.spatial import KDTree

    if not len(points_W):
        return 0.0
    far, _ = KDTree(points_W).query(thing.points_W, distance_upper_bound=0.012)
    return float(np.isfinite(far).mean())
