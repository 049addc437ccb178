"""`Hinge`: opens and closes the door of a piece of furniture, tick by tick, and tells the memory."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float64

from planners.held import held_things
from planners.manipulation.grasps import Thing
from planners.manipulation.handling import Handling, seen_record
from planners.manipulation.leaves import Leaf, front_frames, fronts_seen, leaves_seen
from planners.manipulation.limb import Limb
from planners.manipulation.standing import Footing, Wanted, footings
from planners.manipulation.swing import Swing, Turning, far_swung_rad, free_until_rad, swings, turning
from planners.navigation import NavigationConfig
from planners.navigation.pursuit import pose_of
from spatialmem import Command, InputError, ObjectState, RobotState, State, Unknown, View

__all__ = ["Hinge"]

STANDS_MAX, TURNS_MAX = 7, 5
"""It stands in so many places, and turns the leaf so often, before it gives up."""
WIDE_RAD, OPEN_RAD, SHUT_RAD = 1.35, 0.7, 0.075
"""It opens so far where it can, and so far at least; a leaf that is open no farther than the last is shut."""
GAIN_RAD = 0.06
"""A stroke that does not turn a leaf by so much did not turn it."""
LOOK_M, CUBE_M = 0.9, 1.2
"""It looks at what is so high, and at points so far about the front."""
EMPTY_M = 0.003
BACK_M = 0.10
CHOICES = 8
"""Of so many places to stand it takes the one from which the leaf is turned farthest."""


class Hinge(Handling):
    """Opens or closes a hinged door of a piece of furniture. A `spatialmem.Planner`.

    It drives before a front of the remembered box and looks. A leaf that stands out is told by its plane, one that is
    shut by its handle, and the end at which it hangs by where the handle is. It opens by gripping the handle and
    pulling along the arc, as far as the arm gets, then anew from another place; it closes by pushing at the face. After
    each stroke it looks how far the leaf is open. The memory is told `opened` or `closed`, succeeded or not. A shut
    leaf without a handle is refused, with the reason. Of two leaves it opens one, and closes all.
    """

    def __init__(
        self,
        what: int | str,
        verb: str,
        limb: Limb,
        navigation: NavigationConfig | None = None,
    ):
        """what: the id or the name of a piece of furniture, or a label: then the surest of these. Raises InputError
        for another verb than open or close."""
        super().__init__(limb, navigation)
        if verb not in ("open", "close"):
            raise InputError(f"the verb is {verb!r}; a door is to 'open' or to 'close'.")
        self.what, self.verb = what, verb
        self.leaf: Leaf | None = None
        """As it was seen last."""
        self._record: ObjectState | None = None
        self._frames: list[tuple[Float64[np.ndarray, "4 4"], float]] = []
        self._front = -1
        self._X_WF, self._width_m = np.eye(4), 0.0
        self._is_found = False
        self._refused: set[int] = set()
        self._stood: list[Footing] = []
        self._turning: Turning | None = None
        self._turns, self._stands = 0, 0
        self._is_verifying = False

    def _begin(self, view: View, state: RobotState) -> Command:
        one = seen_record(view, self.what)
        if isinstance(one, Unknown):
            return self._fail(state, one.reason)
        if (state.gripper_width_m or 0.0) > EMPTY_M and held_things(view):
            return self._fail(state, "the hand is not free: something is held")
        self._record, self.what = one, one.id
        self._frames = front_frames(one.center_W, one.size_m, one.yaw_rad)
        return self._next(self._go_before, view, state)

    # Seeing the door

    def _go_before(self, view: View, state: RobotState) -> Command:
        """Drive before the front that the arm reaches best."""
        assert self._record is not None
        here_W = state.X_WB[:3, 3]
        for front in self._order(view):
            wanted = _before(*self._frames[front], float(self._record.size_m[2]))
            found = footings(view, here_W, wanted, self.limb, self.navigation, k=1, avoid=self._stood)
            if found:
                self._front = front
                self._X_WF, self._width_m = self._frames[front]
                return self._stand_at(found[0], view, state)
            self._refused.add(front)
        return self._failed(state, f"no door is seen at {self._record.name} from where the floor is free")

    def _order(self, view: View) -> list[int]:
        """Return the fronts that were not refused, those with the more free floor before them first."""
        free = []
        for number, (X_WF, width_m) in enumerate(self._frames):
            xs, ys = np.meshgrid(np.arange(0.15, 1.5, 0.1), np.linspace(-width_m / 2, width_m / 2, 7))
            spots = np.column_stack([xs.ravel(), ys.ravel()]) @ X_WF[:2, :2].T + X_WF[:2, 3]
            floor = view.floor((spots.min(axis=0) - 0.1, spots.max(axis=0) + 0.1))
            x, y = floor.cells_of(spots).T
            h, w = floor.state.shape
            inside = (x >= 0) & (x < w) & (y >= 0) & (y < h)
            is_free = inside & (floor.state[np.where(inside, y, 0), np.where(inside, x, 0)] == State.FREE)
            free.append((-float(is_free.mean()), number))
        return [number for share, number in sorted(free) if number not in self._refused and share < -0.3]

    def _stand_at(self, footing: Footing, view: View, state: RobotState) -> Command:
        self._stood.append(footing)
        self._stands += 1
        if self._stands > STANDS_MAX:
            return self._give_up(view, state)
        return self._drive_to(footing, view, state, self._look, self._go_before)

    def _look(self, view: View, state: RobotState) -> Command:
        X_WF = self._X_WF
        height_m = min(LOOK_M, 0.55 * float(self._record.size_m[2])) if self._record is not None else LOOK_M
        p_F = np.array([0.1, 0.0, height_m, 1.0])
        self._looked_at = (X_WF @ p_F)[:3]
        return self._look_at(self._looked_at, view, state, self._consider)

    def _consider(self, view: View, state: RobotState) -> Command:
        """Tell by what is seen what is to be done."""
        assert self._record is not None
        leaves = self._leaves(state)
        X_WF = self._X_WF
        before, self.leaf = self.leaf, None
        if leaves:
            same = [one for one in leaves if before is None or not self._turns or one.side == before.side]
            some = same if self.verb == "open" else same or leaves
            self.leaf = max(some, key=lambda one: one.angle_rad, default=None)
        if self.leaf is None:
            self.account.append(f"no door is seen at {self._record.name} from here")
            if self._turns == 0:
                self._refused.add(self._front)
                return self._next(self._go_before, view, state)
            self.leaf = before
            return self._next(self._stand, view, state)
        self.account.append(f"a leaf is open by {math.degrees(self.leaf.angle_rad):.0f} degrees")
        if self._is_as_wanted(leaves):
            return self._succeeded(state)
        if self._turns >= TURNS_MAX:
            return self._give_up(view, state)
        if not swings(self.leaf, X_WF, self._end_rad):
            return self._failed(state, f"{self._record.name} has no handle that is seen, and nothing else to pull at")
        return self._next(self._reach, view, state)

    def _leaves(self, state: RobotState) -> list[Leaf]:
        """Return the leaves that are seen now, in F: of the front that was found before, or of one that is."""
        assert self._record is not None
        points_W = self._glances.points_W(self._looked_at, CUBE_M, self._looked_ns or 0)
        center_W, low_m = self._record.center_W, float(self._record.center_W[2] - self._record.size_m[2] / 2)
        fronts = [(self._X_WF, self._width_m)]
        if not self._is_found:
            fronts = fronts_seen(points_W, center_W, low_m, state.X_WB[:3, 3])
        for X_WF, width_m in fronts:
            leaves = leaves_seen((points_W - X_WF[:3, 3]) @ X_WF[:3, :3], width_m)
            if leaves:
                self._X_WF, self._width_m, self._is_found = X_WF, width_m, True
                return leaves
        return []

    @property
    def _end_rad(self) -> float:
        return WIDE_RAD if self.verb == "open" else 0.0

    def _is_as_wanted(self, leaves: list[Leaf]) -> bool:
        """Return whether it is opened wide, or all of it is shut."""
        if self.verb == "close":
            return all(one.angle_rad <= SHUT_RAD for one in leaves)
        is_sure = self.leaf is not None and (self._turns > 0 or self.leaf.handle_m is not None)
        return self.leaf is not None and is_sure and self.leaf.angle_rad >= WIDE_RAD - 0.2

    # Turning it

    def _stand(self, view: View, state: RobotState) -> Command:
        """Choose where to stand so that the leaf is turned far."""
        assert self.leaf is not None
        X_WF = self._X_WF
        some = swings(self.leaf, X_WF, self._end_rad)
        wanted = [
            Wanted(X_WG=one.X_WG(angle), before_WG=one.X_WG(angle, BACK_M), score=1.0)
            for one in some[:12]
            for angle in one.angles_rad[:: max(len(one.angles_rad) // 3, 1)].tolist()
        ]
        found = footings(view, state.X_WB[:3, 3], wanted, self.limb, self.navigation, k=CHOICES, avoid=self._stood)
        valued = []
        for footing in found:
            until_rad = self._until_rad(footing)
            if abs(until_rad - self.leaf.angle_rad) > GAIN_RAD:
                some = swings(self.leaf, X_WF, until_rad)
                far_rad = far_swung_rad(self.limb, some[:4], _X_WB(footing, float(state.X_WB[2, 3])))
                valued.append((far_rad, footing))
        valued = [one for one in valued if one[0] > GAIN_RAD]
        if not valued:
            return self._give_up(view, state)
        return self._stand_at(max(valued, key=lambda one: one[0])[1], view, state)

    def _until_rad(self, footing: Footing) -> float:
        """Return how far the leaf may be turned while the base stands there."""
        assert self.leaf is not None
        return free_until_rad(footing, self.navigation.footprint_m, self.leaf, self._X_WF, self._end_rad)

    def _reach(self, view: View, state: RobotState) -> Command:
        """Choose a swing that the arm can do from here."""
        assert self.leaf is not None
        X_WF = self._X_WF
        is_gripped = self.verb == "open"
        width_m = self.limb.hand.width_max_m if is_gripped else 0.0
        x, y, yaw_rad = pose_of(state)
        here = Footing(p_m=(x, y), yaw_rad=yaw_rad, score=0.0, length_m=0.0)
        self._turning = None
        until_rad = self._until_rad(here)
        if abs(until_rad - self.leaf.angle_rad) > GAIN_RAD:
            some = swings(self.leaf, X_WF, until_rad)
            to_leaf = self._ways(view, state, width_m, _bar(some[0]) if is_gripped else None)
            moved = _board(self.leaf, X_WF) if is_gripped else _swept(self.leaf, X_WF)
            field = self._workspace.field(view, state.X_WB, moved)
            clear = self._workspace.check(self._workspace.body(width_m), field, state.X_WB)
            joints = self._joints(state)
            self._turning = turning(to_leaf, self.limb, some[:30], joints, state.X_WB, clear.is_free)
        if self._turning is None or abs(self._turning.angle_rad - self.leaf.angle_rad) < GAIN_RAD:
            self.account.append("the arm cannot turn it from here")
            return self._next(self._stand, view, state)
        return self._follow(self._turning.to, view, state, self._come, why="reaching for the door", width_m=width_m)

    def _come(self, view: View, state: RobotState) -> Command:
        assert self._turning is not None
        then = self._close_hand if self._turning.swing.is_gripped else self._turn
        return self._follow(self._turning.into, view, state, then, why="the hand comes to the door", pace=0.3)

    def _close_hand(self, view: View, state: RobotState) -> Command:
        return self._grip(0.0, view, state, self._turn, why="the hand closes on the handle")

    def _turn(self, view: View, state: RobotState) -> Command:
        assert self._turning is not None
        self._turns += 1
        if self._turning.swing.is_gripped and (state.gripper_width_m or 0.0) <= EMPTY_M:
            self.account.append("the hand closed on nothing")
            return self._next(self._let_go, view, state)
        return self._follow(self._turning.arc, view, state, self._let_go, why=f"{self.verb[:4]}ing the door", pace=0.3)

    def _let_go(self, view: View, state: RobotState) -> Command:
        assert self._turning is not None
        if not self._turning.swing.is_gripped:
            return self._next(self._draw_back, view, state)
        self.account.append(f"the hand is {1000 * (state.gripper_width_m or 0.0):.0f} mm wide after pulling")
        return self._grip(self.limb.hand.width_max_m, view, state, self._draw_back, why="letting go")

    def _draw_back(self, view: View, state: RobotState) -> Command:
        X_WG = state.X_WG
        if X_WG is None:
            return self._next(self._fold, view, state)
        back_WG = X_WG.copy()
        back_WG[:3, 3] -= BACK_M * X_WG[:3, 2]
        path_rad = self._ways(view, state, 0.0, None).line(self._joints(state), back_WG, is_free=False)
        if path_rad is None:
            return self._next(self._fold, view, state)
        return self._follow(path_rad, view, state, self._fold, why="drawing back", pace=0.4)

    def _fold(self, view: View, state: RobotState) -> Command:
        """Fold the arm away, and look anew: the leaf is elsewhere now."""
        assert self._turning is not None
        swing = self._turning.swing
        self._workspace.forget()
        self._glances.forget()
        ways = self._ways(view, state, state.gripper_width_m or 0.0, _board(swing.leaf, swing.X_WF))
        path_rad = ways.between(self._joints(state), self.limb.stowed_rad)
        if path_rad is None:
            return self._next(self._look, view, state)
        return self._follow(path_rad, view, state, self._look, why="folding the arm", width_m=0.0)

    # How it ended

    def _succeeded(self, state: RobotState) -> Command:
        assert self._record is not None
        assert self.leaf is not None
        verb = "opened" if self.verb == "open" else "closed"
        told = self._action(state, verb, self._record.id, succeeded=True)
        degrees = math.degrees(self.leaf.angle_rad)
        return self._over("done", f"{self._record.name} is {verb}: its leaf is open by {degrees:.0f} degrees", told)

    def _give_up(self, view: View, state: RobotState) -> Command:
        """End where no more can be done: well enough, or not."""
        assert self._record is not None
        if self.verb == "open" and self._turns and self.leaf is not None and self.leaf.angle_rad >= OPEN_RAD:
            return self._succeeded(state)
        return self._failed(state, f"could not {self.verb} {self._record.name}")

    def _failed(self, state: RobotState, reason: str) -> Command:
        reasons = "; ".join([reason, *self.account[-3:]])
        if self._record is None or self._turns == 0:
            return self._fail(state, reasons)
        verb = "opened" if self.verb == "open" else "closed"
        return self._fail(state, reasons, self._action(state, verb, self._record.id, succeeded=False))


def _before(X_WF: Float64[np.ndarray, "4 4"], width_m: float, height_m: float) -> list[Wanted]:
    """Return poses of the hand before a front, by which a place to look at it is chosen."""
    found = []
    for y in (0.0, width_m / 4, -width_m / 4):
        X_FG = np.eye(4)
        X_FG[:3, :3] = np.array([[0.0, 0.0, -1.0], [0.0, -1.0, 0.0], [-1.0, 0.0, 0.0]])
        X_FG[:3, 3] = 0.12, y, min(1.0, 0.6 * height_m)
        back = X_FG.copy()
        back[0, 3] += BACK_M
        found.append(Wanted(X_WG=X_WF @ X_FG, before_WG=X_WF @ back, score=1.0))
    return found


def _X_WB(footing: Footing, z_m: float) -> Float64[np.ndarray, "4 4"]:
    X_WB = np.eye(4)
    c, s = math.cos(footing.yaw_rad), math.sin(footing.yaw_rad)
    X_WB[:2, :2], X_WB[:3, 3] = [[c, -s], [s, c]], (*footing.p_m, z_m)
    return X_WB


def _board(leaf: Leaf, X_WF: Float64[np.ndarray, "4 4"]) -> Thing:
    """Return a leaf with its handle as a thing that is not in the way."""
    middle_F = leaf.point_F(leaf.angle_rad, leaf.length_m / 2, 0.0, (leaf.low_m + leaf.high_m) / 2)
    along = X_WF[:2, :2] @ leaf.along(leaf.angle_rad)
    size_m = np.array([leaf.length_m + 0.06, 0.13, leaf.high_m - leaf.low_m + 0.3])
    return _thing((X_WF @ np.append(middle_F, 1.0))[:3], size_m, along)


def _swept(leaf: Leaf, X_WF: Float64[np.ndarray, "4 4"]) -> Thing:
    """Return all that a leaf sweeps while it is shut, where the memory may have it shut already."""
    deep_m = leaf.length_m * math.sin(min(leaf.angle_rad, math.pi / 2))
    low_m, high_m = -0.08, deep_m + 0.08
    y = leaf.hinge_m[1] - leaf.side * leaf.length_m / 2
    middle_F = np.array([leaf.hinge_m[0] + (low_m + high_m) / 2, y, (leaf.low_m + leaf.high_m) / 2, 1.0])
    size_m = np.array([high_m - low_m, leaf.length_m + 0.06, leaf.high_m - leaf.low_m + 0.3])
    return _thing((X_WF @ middle_F)[:3], size_m, X_WF[:2, 0])


def _bar(swing: Swing) -> Thing:
    """Return a handle as a thing that is not in the way."""
    leaf = swing.leaf
    low, high = leaf.handle_z_m
    middle_F = leaf.point_F(leaf.angle_rad, swing.along_m, leaf.out_m / 2, (low + high) / 2)
    along = swing.X_WF[:2, :2] @ leaf.along(leaf.angle_rad)
    size_m = np.array([leaf.wide_m + 0.02, leaf.out_m + 0.03, high - low + 0.06])
    return _thing((swing.X_WF @ np.append(middle_F, 1.0))[:3], size_m, along)


def _thing(center_W: Float64[np.ndarray, "3"], size_m: Float64[np.ndarray, "3"], along: np.ndarray) -> Thing:
    yaw_rad = math.atan2(along[1], along[0])
    return Thing(points_W=np.empty((0, 3)), center_W=center_W, size_m=size_m, yaw_rad=yaw_rad)
