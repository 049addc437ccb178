"""What a task planner calls in the suites: navigation drives, and a hand acts at once where the robot stands."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Literal

import numpy as np
from jaxtyping import Float64

from planners.navigation import NavigationConfig, Navigator, Searcher
from planners.tasks import Call
from planners.tasks.skills import needed
from sim.suites.kinematic.hand import KinematicHand
from sim.suites.kinematic.matching import true_body
from sim.worlds import World
from sim.worlds.built.resting import supports_of, thing_bounds
from spatialmem import Action, Command, InputError, ObjectState, Planner, RgbdFrame, RobotState, Unknown, View

__all__ = ["KinematicSkills"]

STOP_M = 0.75
"""So near to the box of what it reaches for it stops: the hand gets a little farther."""
CLOSE_M = 0.5
"""So near it comes to what has a door: what is inside stands farther back."""
STRETCH_NS = 700_000_000
"""So long the hand is held where it acts: a state of the robot tells the memory where that is."""
OTHERS = 3
"""From so many other places it is tried."""
NEARER_M, ARRIVED_M, NEAR_M = (0.3, 0.5), 0.06, 2.0
"""What is out of reach, but no farther than the last, it comes so much nearer to first, to a few centimetres: the box
of what has an open door begins before it."""
INSIDE_M = 0.05
"""What is in a box so much larger is in there."""
STILL = 0.0, 0.0, 0.0

Verb = Literal["picked_up", "placed_on", "placed_in", "opened", "closed"]

Deed = Callable[[View, RobotState], str]
"""What is done where the robot stands; returns why not, "" where it was done."""
Elsewhere = Callable[[View, RobotState], list[Planner]]
"""Returns drives to where else it may be tried."""


class KinematicSkills:
    """Skills of a robot that takes what truly is where its memory has it. A `planners.tasks.Skills`."""

    def __init__(self, world: World, hand: KinematicHand, config: NavigationConfig):
        self._world, self._hand = world, hand
        self._config = dataclasses.replace(config, reach_m=STOP_M)

    def begin(self, call: Call, view: View) -> Planner:
        """Return what carries out a call. Raises InputError for one without what it needs."""
        if call.skill == "find":
            return Searcher(needed(call, "thing", (str, int)), config=self._config)
        if call.skill == "go_to":
            to = needed(call, "to", (str, int, tuple))
            return Navigator(to, explore=True, config=self._config)
        if call.skill == "pick":
            return self._pick(needed(call, "thing", int), view)
        if call.skill in ("open", "close"):
            return self._turn(needed(call, "thing", int), to_open=call.skill == "open")
        if call.skill == "place":
            return self._place(call, view)
        if call.skill == "hand_over":
            return self._hand_over(needed(call, "thing", int))
        raise InputError(f"there is no skill {call.skill!r} here.")

    def _reach(self, thing_id: int) -> Navigator:
        return Navigator(thing_id, to="reach", explore=True, config=self._config)

    def _elsewhere(self, thing_id: int, others: Callable[[View], list[Planner]]) -> Elsewhere:
        """Return what says from where else something is tried: from nearer, then from other places."""
        return lambda view, state: [*self._nearer(view, state, thing_id), *others(view)]

    def _nearer(self, view: View, state: RobotState, thing_id: int) -> list[Planner]:
        """Return drives straight on towards something."""
        one = view.object(thing_id)
        if isinstance(one, Unknown):
            return []
        config, here_m = dataclasses.replace(self._config, arrived_m=ARRIVED_M), state.X_WB[:2, 3]
        to_m = one.center_W[:2] - here_m
        far_m = float(np.hypot(*to_m))
        ends = [here_m + to_m * (step_m / far_m) for step_m in NEARER_M if step_m < far_m <= NEAR_M]
        return [Navigator((float(x), float(y)), config=config) for x, y in ends]

    def _stands(self, view: View, what: int | tuple[float, float, float], count: int, reach_m: float) -> list[Planner]:
        """Return drives to where something is in reach, the best first."""
        stands = view.where_to_stand(what, "reach", k=count, reach_m=reach_m)
        return [] if isinstance(stands, Unknown) else [Navigator(one, config=self._config) for one in stands]

    def _pick(self, thing_id: int, view: View) -> Planner:
        def take(view: View, state: RobotState) -> str:
            one = view.object(thing_id)
            if isinstance(one, Unknown):
                return one.reason
            body = true_body(self._world, one) or self._inside(view, one)
            return self._hand.take(body) if body else f"nothing there: no {one.label} is where {one.name} should be"

        def at(view: View) -> Float64[np.ndarray, "3"] | None:
            one = view.object(thing_id)
            return None if isinstance(one, Unknown) else one.center_W

        def before_holder(view: View) -> list[Planner]:
            one = view.object(thing_id)
            holder = None if isinstance(one, Unknown) else _holder(view, one)
            return [] if holder is None else self._stands(view, holder.id, OTHERS, CLOSE_M)

        inside = before_holder(view)
        drive = inside[0] if inside else self._reach(thing_id)  # behind a door the map shows no way for a hand
        action: tuple[Verb, int, None] = ("picked_up", thing_id, None)

        elsewhere = self._elsewhere(thing_id, lambda now: inside[1:] or self._stands(now, thing_id, OTHERS, STOP_M))
        return _Acting(self._hand, drive, take, action, before=at, elsewhere=elsewhere)

    def _inside(self, view: View, one: ObjectState) -> str:
        """Return the thing of a label that is truly in what a remembered one is in, on whichever board; "" for none."""
        known = _holder(view, one)
        piece = "" if known is None else true_body(self._world, known)
        on = supports_of(self._world) if piece else {}
        same = [name for name, support in on.items() if support.split("/")[0] == piece]
        return next((name for name in same if self._world.bodies[name].label == one.label), "")

    def _place(self, call: Call, view: View) -> Planner:
        thing_id, target_id = needed(call, "thing", int), needed(call, "to", int)
        inside = call.relation == "in"

        def put(view: View, state: RobotState) -> str:
            target = view.object(target_id)
            if isinstance(target, Unknown):
                return target.reason
            body = true_body(self._world, target)
            if not body:
                return f"no {target.label} is where {target.name} should be"
            if self._world.bodies[body].kind == "thing" or (inside and call.p_W is None):
                return self._hand.put_in(body)
            return self._hand.put_on(body, call.p_W)

        near_m = CLOSE_M if inside else STOP_M
        elsewhere = self._elsewhere(target_id, lambda now: self._stands(now, target_id, OTHERS + 1, near_m)[1:])
        verb: Verb = "placed_in" if inside else "placed_on"
        near = self._stands(view, target_id, 1, CLOSE_M) if inside else []
        if call.p_W is not None:
            near = self._stands(view, call.p_W, 1, STOP_M)
        drive = near[0] if near else self._reach(target_id)
        after = self._where(self._hand.thing)
        return _Acting(self._hand, drive, put, (verb, thing_id, target_id), after=after, elsewhere=elsewhere)

    def _hand_over(self, thing_id: int) -> Planner:
        held = self._hand.thing

        def put(view: View, state: RobotState) -> str:
            return self._hand.put_down()

        def target(view: View) -> int | None:
            piece = supports_of(self._world).get(held, "").split("/")[0]
            label = self._world.bodies[piece].label if piece in self._world.bodies else ""
            known = [one for one in view.objects() if one.label == label and not one.missing]
            return next((one.id for one in known if true_body(self._world, one) == piece), None)

        return _Acting(
            self._hand, None, put, ("placed_on", thing_id, None), after=self._where(held), target=target
        )  # fmt: skip

    def _turn(self, thing_id: int, *, to_open: bool) -> Planner:
        def turn(view: View, state: RobotState) -> str:
            one = view.object(thing_id)
            if isinstance(one, Unknown):
                return one.reason
            body = true_body(self._world, one)
            return self._hand.turn(body, to_open=to_open) if body else f"no {one.label} is where {one.name} should be"

        elsewhere = self._elsewhere(thing_id, lambda now: self._stands(now, thing_id, OTHERS, STOP_M))
        verb: Verb = "opened" if to_open else "closed"
        return _Acting(self._hand, self._reach(thing_id), turn, (verb, thing_id, None), elsewhere=elsewhere)

    def _where(self, name: str) -> Callable[[View], Float64[np.ndarray, "3"] | None]:
        """Return what says where a thing truly is: where the hand let go of it."""

        def at(_: View) -> Float64[np.ndarray, "3"] | None:
            if name not in self._world.bodies or name in self._world.absent:
                return None
            low_W, high_W = thing_bounds(self._world, name)
            return (low_W + high_W) / 2

        return at


def _holder(view: View, one: ObjectState) -> ObjectState | None:
    """Return what a thing was put into, or what stands open and has it in its box; None where it is in nothing."""
    told = one.attributes.get("in", "")
    if told.isdigit():
        known = view.object(int(told))
        return None if isinstance(known, Unknown) else known
    opened = (other for other in view.objects() if other.attributes.get("state") == "open")
    return next((other for other in opened if _has(other, one)), None)


def _has(holder: ObjectState, one: ObjectState) -> bool:
    """Return whether the middle of a thing is in the box of another."""
    c, s = math.cos(holder.yaw_rad), math.sin(holder.yaw_rad)
    dx, dy, dz = (one.center_W - holder.center_W).tolist()
    away_m = np.abs([c * dx + s * dy, c * dy - s * dx, dz])
    return bool((away_m <= holder.size_m / 2 + INSIDE_M).all())


class _Acting:
    """Drives to where something is in reach, acts, and tells what was done.

    before, after: where the hand is held before it acts, and afterwards until it is told. target: what it was done to,
    as it turns out. elsewhere: drives to where else it may be tried.
    """

    def __init__(
        self,
        hand: KinematicHand,
        drive: Planner | None,
        deed: Deed,
        action: tuple[Verb, int, int | None],
        *,
        before: Callable[[View], Float64[np.ndarray, "3"] | None] | None = None,
        after: Callable[[View], Float64[np.ndarray, "3"] | None] | None = None,
        target: Callable[[View], int | None] | None = None,
        elsewhere: Elsewhere | None = None,
    ):
        self._elsewhere = elsewhere
        self._others: list[Planner] | None = None
        self._hand, self._drive, self._deed = hand, drive, deed
        self._action, self._before, self._after, self._target = action, before, after, target
        self._until_ns: int | None = None
        self._acted: str | None = None
        self._over: Command | None = None

    def see(self, frame: RgbdFrame) -> None:
        """Hand the newest frame to what drives."""
        see = getattr(self._drive, "see", None)
        if see is not None:
            see(frame)

    def step(self, view: View, state: RobotState) -> Command:
        """Return the command for the next tick."""
        if self._over is not None:
            return self._over
        if self._drive is not None:
            command = self._drive.step(view, state)
            if command.status == "failed":
                if self._goes_elsewhere(view, state):
                    return dataclasses.replace(command, status="going")
                self._over = command
            if command.status != "done":
                return command
            self._drive = None
        if self._until_ns is None and self._before is not None:
            self._hold(self._before(view), state)
        if self._until_ns is not None and state.stamp_ns < self._until_ns:
            return Command(base_velocity_B=STILL, reason="reaching out")
        if self._acted is None:
            self._acted = self._deed(view, state)
            if self._acted and self._goes_elsewhere(view, state):
                return Command(base_velocity_B=STILL, reason=f"tries from elsewhere: {self._acted}")
            if not self._acted and self._after is not None:
                self._hold(self._after(view), state)
                return Command(base_velocity_B=STILL, reason="letting go")
        return self._told(view, state)

    def _goes_elsewhere(self, view: View, state: RobotState) -> bool:
        """Go on to another place from where it may succeed; return False where there is none left."""
        if self._elsewhere is None:
            return False
        self._others = self._elsewhere(view, state) if self._others is None else self._others
        if not self._others:
            return False
        self._drive, self._acted, self._until_ns = self._others.pop(0), None, None
        return True

    def _hold(self, p_W: Float64[np.ndarray, "3"] | None, state: RobotState) -> None:
        self._hand.stretch(p_W)
        self._until_ns = state.stamp_ns + STRETCH_NS

    def _told(self, view: View, state: RobotState) -> Command:
        self._hand.stretch(None)
        verb, thing_id, target_id = self._action
        if self._target is not None and not self._acted:
            target_id = self._target(view)
        told = Action(
            source="hand", stamp_ns=state.stamp_ns, received_ns=state.stamp_ns, world=state.world,
            verb=verb, object_id=thing_id, target_id=target_id, succeeded=not self._acted,
        )  # fmt: skip
        status = "failed" if self._acted else "done"
        reason = self._acted or f"{verb.replace('_', ' ')} {thing_id}"
        command = Command(base_velocity_B=STILL, status=status, reason=reason, inputs=(told,))
        self._over = dataclasses.replace(command, inputs=())
        return command
