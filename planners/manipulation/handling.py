"""What all that an arm does has in common: drive there, look, move, and say how it ended."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from jaxtyping import Float64

from planners.manipulation.carried import Carried
from planners.manipulation.glances import Glances
from planners.manipulation.grasps import Thing
from planners.manipulation.limb import Limb
from planners.manipulation.standing import Footing
from planners.manipulation.stroke import Stroke
from planners.manipulation.ways import Ways
from planners.manipulation.workspace import Workspace
from planners.navigation import NavigationConfig, Navigator
from planners.navigation.pursuit import pose_of
from spatialmem import (
    Action,
    Command,
    InputError,
    ObjectState,
    Presence,
    QueryError,
    RgbdFrame,
    RobotState,
    Unknown,
    View,
    ViewExpired,
)

__all__ = ["Handling", "seen_record"]

ARRIVED_M, ARRIVED_RAD = 0.07, 0.08
"""A base that is to reach something ends so near to where it was sent."""
OFF_M, OFF_RAD = 0.15, 0.25
"""Who ends farther off than that, or turned otherwise, is not where it was to stand."""
STILL_M_S, STILL_RAD_S = 0.01, 0.02
LOOK_S = 1.2
"""So long the camera looks, from where it is turned to."""
HEAD_RAD = 0.04
TURNING_S = 4.0
"""A head that is not turned by then looks from where it is."""

Doing = Callable[[View, RobotState], Command]


class Handling:
    """A planner of base, arm and hand, step by step: `_doing` is what it does now.

    Call `step` at 20 Hz with the newest view and state, and `see` with every frame. It never raises for what the view
    does not know: the command says so.
    """

    def __init__(self, limb: Limb, navigation: NavigationConfig | None = None):
        self.limb, self.navigation = limb, navigation or NavigationConfig()
        self.account: list[str] = []
        """What it did, and what went wrong, in words."""
        self._glances, self._workspace = Glances(), Workspace(limb)
        self._state: RobotState | None = None
        self._navigator: Navigator | None = None
        self._stroke: Stroke | None = None
        self._end: Command | None = None
        self._doing: Doing = self._begin
        self._since_ns: int | None = None
        self._looked_ns: int | None = None
        self._head: dict[str, float] = {}
        self._is_looking = False
        self._held: Carried | None = None
        """What the hand holds while it looks about: the camera sees that, too, and it is in nobody's way."""

    def see(self, frame: RgbdFrame) -> None:
        """Take in the newest frame."""
        self._glances.see(frame)
        if self._is_looking and self._state is not None:
            self._workspace.see(frame, self._state, self._held)
        if self._navigator is not None:
            self._navigator.see(frame)

    def step(self, view: View, state: RobotState) -> Command:
        """Return the command for the next tick."""
        if self._end is not None:
            return self._end
        self._state = state
        try:
            return self._doing(view, state)
        except ViewExpired:
            return _still("waiting", "the view has expired; give a newer one")
        except (QueryError, InputError) as error:
            return self._fail(state, str(error))

    def _begin(self, view: View, state: RobotState) -> Command:
        raise NotImplementedError

    # Saying how it ended

    def _fail(self, state: RobotState, reason: str, *actions: Action) -> Command:
        return self._over("failed", reason, *actions)

    def _over(self, status: Literal["done", "failed"], reason: str, *actions: Action) -> Command:
        self.account.append(f"{status}: {reason}")
        self._end = Command(
            base_velocity_B=(0.0, 0.0, 0.0),
            joint_positions_rad=self.limb.looking_ahead or None,
            status=status,
            reason=reason,
        )
        return dataclasses.replace(self._end, inputs=actions)

    def _action(self, state: RobotState, verb: Any, object_id: int, *, succeeded: bool, target_id: int | None = None):
        return Action(
            source=state.source,
            stamp_ns=state.stamp_ns,
            received_ns=state.received_ns,
            world=state.world,
            verb=verb,
            object_id=object_id,
            target_id=target_id,
            succeeded=succeeded,
        )

    def _next(self, doing: Doing, view: View, state: RobotState) -> Command:
        """Go on with something else, at once."""
        self._doing, self._since_ns = doing, None
        return doing(view, state)

    def _passed_s(self, state: RobotState) -> float:
        """Return for how long it has done what it does now."""
        self._since_ns = state.stamp_ns if self._since_ns is None else self._since_ns
        return (state.stamp_ns - self._since_ns) / 1e9

    # Driving

    def _drive_to(self, footing: Footing, view: View, state: RobotState, then: Doing, otherwise: Doing) -> Command:
        """Drive to where it is to stand, the head turned ahead; where it ends elsewhere, once more by the entry."""
        self._glances.forget()
        self._workspace.forget()
        self._looked_ns = None
        entry, end = footing.entry, (*footing.p_m, footing.yaw_rad)

        def at(view: View, state: RobotState) -> Command:
            nonlocal entry
            off_m, off_rad = _off(state, end)
            if off_m <= OFF_M and off_rad <= OFF_RAD:
                return self._next(self._stop(then), view, state)
            self.account.append(f"ended {off_m:.2f} m and {off_rad:.2f} rad off {footing.p_m}")
            if entry is None:
                return self._next(self._stop(then), view, state)
            by, entry = entry, None
            return self._navigate(by, view, state, into, into)

        def into(view: View, state: RobotState) -> Command:
            return self._navigate(end, view, state, at, otherwise)

        return self._navigate(end, view, state, at, otherwise)

    def _navigate(
        self, end: tuple[float, float, float], view: View, state: RobotState, then: Doing, otherwise: Doing
    ) -> Command:
        """Drive to x [m], y [m], and turn to a yaw [rad]."""
        config = dataclasses.replace(self.navigation, arrived_m=ARRIVED_M, arrived_rad=ARRIVED_RAD)
        self._navigator = Navigator(end[:2], yaw_rad=end[2], config=config)

        def drive(view: View, state: RobotState) -> Command:
            assert self._navigator is not None
            command = self._navigator.step(view, state)
            if not command.is_over:
                return dataclasses.replace(command, joint_positions_rad=self.limb.looking_ahead or None)
            self._navigator = None
            if command.status == "failed":
                self.account.append(f"did not get to {end[:2]}: {command.reason}")
                return self._next(otherwise, view, state)
            return self._next(then, view, state)

        return self._next(drive, view, state)

    def _stop(self, then: Doing) -> Doing:
        """Stand until the base is still."""

        def stop(view: View, state: RobotState) -> Command:
            speeds = np.linalg.norm(state.linear_velocity_B_m_s), np.linalg.norm(state.angular_velocity_B_rad_s)
            is_still = speeds[0] <= STILL_M_S and speeds[1] <= STILL_RAD_S
            if (is_still and self._passed_s(state) >= 0.2) or self._passed_s(state) > 2.0:
                return self._next(then, view, state)
            return _still("going", "standing still")

        return stop

    # Looking

    def _look_at(self, p_W: Float64[np.ndarray, "3"], view: View, state: RobotState, then: Doing) -> Command:
        """Turn the head to a point, and look for a while; `self._looked_ns` is since when it did. It fails where the
        robot's state does not say how the head is turned."""
        p_B = (np.linalg.inv(state.X_WB) @ np.append(p_W, 1.0))[:3]
        self._head = self.limb.looking_at(p_B)
        self._looked_ns = None

        def look(view: View, state: RobotState) -> Command:
            lacking = [name for name in self._head if name not in state.joint_positions_rad]
            if lacking:
                return self._fail(
                    state, f"the robot's state does not say how {', '.join(lacking)} of its head is turned"
                )
            off_rad = max((abs(state.joint_positions_rad[name] - a) for name, a in self._head.items()), default=0.0)
            if self._looked_ns is None and (off_rad <= HEAD_RAD or self._passed_s(state) > TURNING_S):
                self._looked_ns, self._is_looking = state.stamp_ns, True
            if self._looked_ns is not None and state.stamp_ns - self._looked_ns >= LOOK_S * 1e9:
                self._is_looking = False
                return self._next(then, view, state)
            return _still("going", "looking", joints=self._head)

        return self._next(look, view, state)

    # Moving the arm

    def _joints(self, state: RobotState) -> Float64[np.ndarray, "n"]:
        return self.limb.model.vector(state.joint_positions_rad)

    def _ways(
        self,
        view: View,
        state: RobotState,
        width_m: float,
        thing: Thing | None,
        held_G: Float64[np.ndarray, "_ 4"] | None = None,
    ) -> Ways:
        """Return what finds ways of the arm now. thing: what is not in the way; held_G: what is in the hand."""
        body = self._workspace.body(width_m, held_G)
        held = None if self._held is None or state.X_WG is None else self._held.box(state.X_WG)
        field = self._workspace.field(view, state.X_WB, thing, held)
        return Ways(self.limb, state.X_WB, self._workspace.check(body, field, state.X_WB))

    def _follow(
        self,
        path_rad: Float64[np.ndarray, "_ n"],
        view: View,
        state: RobotState,
        then: Doing,
        *,
        why: str,
        pace: float = 1.0,
        width_m: float | None = None,
    ) -> Command:
        """Move the arm along joint vectors, and the fingers to a width."""
        model = self.limb.model
        self._stroke = Stroke(path_rad, model.names, model.speed_max_rad_s, pace=pace)

        def follow(view: View, state: RobotState) -> Command:
            assert self._stroke is not None
            is_there = self._stroke.is_over(state.stamp_ns) and self._stroke.is_there(self._joints(state))
            if is_there or self._stroke.is_late(state.stamp_ns):
                return self._next(then, view, state)
            return _still("going", why, joints=self._stroke.joints(state.stamp_ns), width_m=width_m)

        return self._next(follow, view, state)

    def _grip(self, width_m: float, view: View, state: RobotState, then: Doing, *, why: str) -> Command:
        """Move the fingers until they come to rest."""
        widths: list[float] = []

        def grip(view: View, state: RobotState) -> Command:
            widths.append(state.gripper_width_m or 0.0)
            rested = len(widths) > 12 and max(widths[-6:]) - min(widths[-6:]) < 0.0007
            if rested or self._passed_s(state) > 2.0:
                return self._next(then, view, state)
            return _still("going", why, width_m=width_m)

        return self._next(grip, view, state)


def _off(state: RobotState, end: tuple[float, float, float]) -> tuple[float, float]:
    """Return how far a base is from a pose [m], and turned from it [rad]."""
    x, y, yaw_rad = pose_of(state)
    return math.dist((x, y), end[:2]), abs(math.remainder(yaw_rad - end[2], math.tau))


def _still(
    status: Literal["going", "waiting"],
    reason: str,
    *,
    joints: dict[str, float] | None = None,
    width_m: float | None = None,
) -> Command:
    return Command(
        base_velocity_B=(0.0, 0.0, 0.0),
        joint_positions_rad=joints or None,
        gripper_width_m=width_m,
        status=status,
        reason=reason,
    )


def seen_record(view: View, what: int | str) -> ObjectState | Unknown:
    """Return the one thing that is meant; Unknown where nobody knows it, it is missing or held."""
    found = view.where(what, k=1)
    if isinstance(found, Unknown):
        return found
    if found[0].presence is Presence.HELD:
        return Unknown(f"{found[0].object.name} is in the gripper already")
    if found[0].presence is Presence.MISSING:
        return Unknown(f"{found[0].object.name} is missing: it was looked for and is not there")
    return found[0].object
