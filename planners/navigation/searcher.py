"""Looks for a thing: first where it most likely is for the way there, until it is in view or no way is worth it."""

from __future__ import annotations

import dataclasses
import math
import re
from typing import Literal

import numpy as np
from jaxtyping import Float64

from planners.navigation.config import NavigationConfig
from planners.navigation.explorer import Explorer
from planners.navigation.glimpses import Glimpses
from planners.navigation.kernels import warm_up
from planners.navigation.looking import LookAbout, stand_at
from planners.navigation.navigator import Navigator
from planners.navigation.progress import Progress
from planners.navigation.pursuit import pose_of
from planners.navigation.sweep import Sweep
from planners.navigation.visible import Vain
from spatialmem import (
    Command,
    InputError,
    Lease,
    ObjectState,
    QueryError,
    RgbdFrame,
    RobotState,
    SearchStep,
    Unknown,
    UnknownLabel,
    View,
    ViewExpired,
)

__all__ = ["Searcher"]

AGAIN_NS = 1_000_000_000
"""So often it is asked whether where it drives is still the best place to look."""
LOOK_NS = 1_200_000_000
"""So long it looks from a stop: some frames, and what a detector says of them."""
SEEN_NS = 2_500_000_000
"""What was seen so short a time ago is turned to."""
FRESH_NS, FACED_SHARE = 600_000_000, 0.35
"""It is found when a frame shows it so short a time ago, and it is within this share of the field of view to a side."""
FACE_NS = 4_000_000_000
"""So long it turns to what it sees: where there is no room to turn to it, it is in view for all that."""
NEAR_M = 2.9
"""What is farther away is not found yet: from so near a detector is sure."""
STAND_M = 2.6, 1.8
"""It stands no farther from what it looks at; and nearer where it has seen the thing from afar and not found it."""
STANDS = 12
"""So many stands are compared for that."""
SAME_M = 0.5
"""What was looked at so near to a place was looked at there."""
ROUND_M = 1.5
"""So near to where it turned all round it does not do so again."""
SURE_P = 0.8
"""Where the best place is less sure it turns all round first, also before it explores: that takes time, but no way."""
LEAST_P = 0.01
"""A place that is less likely to hold it is not worth a stop."""
SWITCH = 2.0
"""Where it drives already is kept to unless another place is so many times more likely."""
PATIENCE_S = 5.0
"""There is mostly somewhere else to look: it waits no longer for a way to be free."""
TOURS = 2
"""It looks everywhere so often: what it did not get to, or overlooked, it may find the second time."""
STILL = 0.0, 0.0, 0.0


class Searcher:
    """A planner that finds a thing: `step` at 20 Hz, `see` with every frame. It ends "done" with the thing in view.

    It goes by `search_order`: where such a thing is remembered, where the like were seen, where nobody has looked; each
    look tells the memory what is not there, so the order is asked for anew. Where nothing speaks for any place, and for
    a label that the memory never heard of, it explores, and then looks all round from one open place after the other.
    What is in closed furniture cannot be seen, and is not found;
    the reason says where that may be.
    """

    def __init__(self, sought: str | int, *, metres_max: float = math.inf, config: NavigationConfig | None = None):
        """sought: a label, or one thing by its name (mug-3) or id. metres_max: it gives up when it has driven so far.

        Raises InputError for what is no name.
        """
        named = isinstance(sought, str) and bool(sought.strip())
        if not named and (isinstance(sought, bool) or not isinstance(sought, int)):
            raise InputError(f"what is sought is {sought!r}; a label, a name such as mug-3, or an id is needed.")
        warm_up()
        self.sought = sought.strip() if isinstance(sought, str) else sought
        self.metres_max = metres_max
        self.config = config or NavigationConfig()
        self.found: ObjectState | None = None
        """What was found, as it was seen last."""
        self.metres = 0.0
        """How far it has driven [m]."""
        self._hasty = dataclasses.replace(self.config, patience_s=min(self.config.patience_s, PATIENCE_S))
        self._rest, self._tours = Progress(), 0
        self.step_now: SearchStep | None = None
        """Where it looks next; None where it explores."""
        self.stops: list[SearchStep] = []
        """Where it has looked, in order."""
        self._label, self._id = _meant(self.sought)
        self._drive: Navigator | None = None
        self._explorer: Explorer | None = None
        self._turn: Navigator | None = None
        self._turned_ns = 0
        self._look: LookAbout | None = None
        self._sweep: Sweep | None = None
        self._looked_at: list[Float64[np.ndarray, "3"]] = []
        one_label = self._label if self._id is None else None
        self._glimpses = None if one_label is None else Glimpses(one_label, self.config)
        self._rounds: list[Float64[np.ndarray, "2"]] = []
        self._closed = ""
        self._look_until_ns: int | None = None
        self._asked_ns: int | None = None
        self._began_ns: int | None = None
        self._at: Float64[np.ndarray, "2"] | None = None
        self._over: Command | None = None

    @property
    def lease(self) -> Lease | None:
        """What the way rests on that it drives now, see `Navigator.lease`; None where it drives none."""
        driving = (one for one in (self._turn, self._drive, self._explorer) if one is not None)
        return None if self._look is not None else next((one.lease for one in driving), None)

    def see(self, frame: RgbdFrame) -> None:
        """Hand the newest frame to what drives now."""
        for one in (self._turn, self._look, self._drive, self._sweep, self._explorer):
            if one is not None:
                one.see(frame)
                return

    def step(self, view: View, state: RobotState) -> Command:
        """Return the command for the next tick."""
        if self._over is not None:
            return self._over
        self._began_ns = state.stamp_ns if self._began_ns is None else self._began_ns
        self._measure(state)
        try:
            return self._step(view, state)
        except ViewExpired:
            return Command(base_velocity_B=STILL, status="waiting", reason="the view has expired; give a newer one")
        except (QueryError, InputError) as error:
            return self._finish("failed", str(error))

    def _step(self, view: View, state: RobotState) -> Command:
        candidate = self._in_view(view, state)
        if candidate is not None:
            return self._face(view, state, candidate)
        self._turn = None
        if self.metres >= self.metres_max:
            return self._finish("failed", f"{self.sought} was not found within {self.metres_max:.1f} m of way")
        looking = self._looking(view, state)
        if looking is not None:
            return looking
        if self._asked_ns is None or state.stamp_ns - self._asked_ns >= AGAIN_NS:
            self._asked_ns = state.stamp_ns
            self._choose(view, state)
        if self._over is not None:
            return self._over
        if self._look is not None:
            return self._looking(view, state) or Command(base_velocity_B=STILL, reason=f"looking for {self.sought}")
        return self._go(view, state) if self._drive is not None else self._explore(view, state)

    def _looking(self, view: View, state: RobotState) -> Command | None:
        """Return the command while it looks from where it stands; None where it does not."""
        if self._look_until_ns is not None:
            if state.stamp_ns < self._look_until_ns:
                return Command(base_velocity_B=STILL, reason=f"looking for {self.sought}")
            self._look_until_ns, self._asked_ns = None, None
        if self._look is None:
            return None
        command = None if self._glimpsed(view) else self._look.step(view, state)
        if command is None:
            self._look, self._look_until_ns = None, state.stamp_ns + LOOK_NS
            return Command(base_velocity_B=STILL, reason=f"looking for {self.sought}")
        return Command(base_velocity_B=command.base_velocity_B, reason=f"looking all round for {self.sought}")

    def _in_view(self, view: View, state: RobotState) -> ObjectState | None:
        """Return what is sought, if it was seen since the search began, just now, and from near by."""
        since_ns = max(state.stamp_ns - SEEN_NS, self._began_ns or 0)
        at_m = state.X_WB[:2, 3]
        seen = [one for one in self._remembered(view) if one.stamp_ns >= since_ns and not one.missing]
        seen = [one for one in seen if _away_m(one, at_m) <= NEAR_M]
        return max(seen, key=lambda one: (one.stamp_ns, -one.id), default=None)

    def _face(self, view: View, state: RobotState, one: ObjectState) -> Command:
        """Turn to what was just seen; it is found once it is seen from there."""
        dx, dy = (one.center_W[:2] - state.X_WB[:2, 3]).tolist()
        away_rad = math.remainder(math.atan2(dy, dx) - pose_of(state)[2], math.tau)
        is_faced = abs(away_rad) <= self.config.camera_fov_rad * FACED_SHARE
        if self._turn is None:
            stand = stand_at(state.X_WB[:3, 3], math.atan2(dy, dx))
            self._turn = Navigator(stand, config=self.config, manoeuvres=False)
            self._turned_ns = state.stamp_ns
        command = self._turn.step(view, state)
        no_further = command.is_over or state.stamp_ns - self._turned_ns > FACE_NS
        if (is_faced or no_further) and state.stamp_ns - one.stamp_ns <= FRESH_NS:
            self.found = one
            x, y = one.center_W[:2].tolist()
            return self._finish("done", f"{one.name} is in view, at ({x:.2f}, {y:.2f}) m")
        velocity = STILL if no_further else command.base_velocity_B
        return Command(base_velocity_B=velocity, reason=f"turning to {one.name}")

    def _remembered(self, view: View) -> list[ObjectState]:
        """Return what the memory has of what is sought."""
        if self._id is not None:
            one = view.object(self._id)
            return [] if isinstance(one, Unknown) else [one]
        assert self._label is not None
        try:
            return list(view.objects(self._label))
        except UnknownLabel:
            return []

    def _choose(self, view: View, state: RobotState) -> None:
        """Take the first place that was not looked at; keep on where that is where it drives already."""
        held = next((one for one in self._remembered(view) if one.attributes.get("held") == "yes"), None)
        if held is not None:
            self._finish("failed", f"the robot holds {held.name}: there is nothing to look for")
            return
        steps = self._steps(view)
        if self._drive is not None and self._is_kept(steps):
            return
        self._drive = None
        self.step_now = steps[0] if steps else None
        if self.step_now is None:
            if not self._rounds and self._explorer is None:
                self._begin_round(state)
            return
        if self.step_now.p < SURE_P and self._begin_round(state):
            return
        p_W = self._stand_for(view, self.step_now)
        dx, dy = (self.step_now.look_at_W - p_W)[:2].tolist()
        self._rest.start_again()
        self._drive = Navigator(stand_at(p_W, math.atan2(dy, dx)), config=self._hasty)

    def _is_kept(self, steps: list[SearchStep]) -> bool:
        """Return whether where it drives is worth it still, and nowhere else is much more likely."""
        now = self.step_now
        same = [
            one for one in steps if now and (_near(one.look_at_W, now.look_at_W) or _near(one.p_W, now.p_W))
        ]  # fmt: skip
        return bool(same) and steps[0].p < SWITCH * same[0].p

    def _stand_for(self, view: View, step: SearchStep) -> Float64[np.ndarray, "3"]:
        """Return where to stand for a step: where the memory says, but not so far off, if there is room nearer."""
        most_m = STAND_M[min(self._times(step.look_at_W), len(STAND_M) - 1)]
        if math.dist(step.p_W[:2].tolist(), step.look_at_W[:2].tolist()) <= most_m:
            return step.p_W
        x, y, z = step.look_at_W.tolist()
        height_m = self.config.camera_height_m
        stands = view.where_to_stand((x, y, z), "see", k=STANDS, camera_height_m=height_m)
        if isinstance(stands, Unknown):
            return step.p_W
        roomy = [one for one in stands if one.clearance_m >= self.config.pass_m and one.distance_m <= most_m]
        return roomy[0].p_W if roomy else step.p_W

    def _times(self, look_at_W: Float64[np.ndarray, "3"]) -> int:
        """Return how often it has looked at something."""
        return sum(_near(look_at_W, at) for at in self._looked_at)

    def _begin_round(self, state: RobotState) -> bool:
        """Begin to turn all round; return False where it has done so near here."""
        at_m = state.X_WB[:2, 3].copy()
        if any(np.hypot(*(at_m - one)) <= ROUND_M for one in self._rounds):
            return False
        self._rounds.append(at_m)
        self._look = LookAbout(self.config, Vain(), all_round=True)
        return True

    def _steps(self, view: View) -> list[SearchStep]:
        """Return where to look, in order, without what was looked at already."""
        if glimpsed := self._glimpsed(view):
            return glimpsed
        steps = self._step_to_thing(view)
        if not steps and self._label is not None:
            try:
                plan = view.search_order(self._label, camera_height_m=self.config.camera_height_m)
            except UnknownLabel:
                return []
            steps = [] if isinstance(plan, Unknown) else list(plan.steps)
        closed = next((one.why for one in steps if "closed" in one.why), "")
        self._closed = closed or self._closed
        seen = [one.center_W for one in self._remembered(view) if one.stamp_ns >= (self._began_ns or 0)]
        return [
            one
            for one in steps
            if one.p >= LEAST_P
            and self._times(one.look_at_W) < (len(STAND_M) if any(_near(one.look_at_W, at) for at in seen) else 1)
        ]

    def _glimpsed(self, view: View) -> list[SearchStep]:
        """Return where something is that looked like it on this search."""
        if self._glimpses is None:
            return []
        return self._glimpses.steps(view, self._began_ns or 0, self._looked_at)

    def _step_to_thing(self, view: View) -> list[SearchStep]:
        """Return where the one thing that is sought is seen from; none where a label is sought, or it is not there."""
        if self._id is None:
            return []
        ones = self._remembered(view)
        if not ones or ones[0].missing:
            return []
        one = ones[0]
        self._label = self._label or one.label
        stands = view.where_to_stand(one.id, "see", k=1, camera_height_m=self.config.camera_height_m)
        if isinstance(stands, Unknown):
            return []
        found = view.where(one.id, k=1)
        p_there = 0.0 if isinstance(found, Unknown) else found[0].p_there
        why = f"{one.name} was seen here"
        return [SearchStep(p_W=stands[0].p_W, look_at_W=one.center_W, p=p_there, walked_m=stands[0].route_m, why=why)]

    def _go(self, view: View, state: RobotState) -> Command:
        """Drive on to where it looks next; look there."""
        assert self._drive is not None
        assert self.step_now is not None
        command = self._drive.step(view, state)
        if not command.is_over and not self._rest.is_to_and_fro(state.stamp_ns, pose_of(state)):
            reason = f"looking for {self.sought}: {self.step_now.why}; {command.reason}"
            return Command(base_velocity_B=command.base_velocity_B, status=command.status, reason=reason)
        self._looked_at.append(self.step_now.look_at_W)
        self._drive = None
        if command.status == "done":
            self.stops.append(self.step_now)
            self._look_until_ns = state.stamp_ns + LOOK_NS
        else:
            self._asked_ns = None
        return Command(base_velocity_B=STILL, reason=f"looking for {self.sought}: {self.step_now.why}")

    def _explore(self, view: View, state: RobotState) -> Command:
        """See what nobody has seen, then look all round everywhere; give up where no place is left."""
        if self._sweep is None:
            if self._explorer is None:
                self._explorer = Explorer(config=self.config)
            command = self._explorer.step(view, state)
            if not command.is_over:
                return command
            self._sweep, self._explorer = Sweep(self._hasty), None
        swept = self._sweep.step(view, state)
        if swept is None and self._tours + 1 < TOURS:
            self._tours += 1
            self._looked_at, self._rounds, self._sweep = [], [], None
            return Command(base_velocity_B=STILL, reason=f"looking for {self.sought} everywhere once more")
        if swept is None:
            hidden = f"; it may be in something closed, which nobody opened: {self._closed}" if self._closed else ""
            return self._finish("failed", f"{self.sought} was not found, and no place is left to look at{hidden}")
        reason = f"looking for {self.sought} wherever there is room: {swept.reason}"
        return Command(base_velocity_B=swept.base_velocity_B, status=swept.status, reason=reason)

    def _measure(self, state: RobotState) -> None:
        at = state.X_WB[:2, 3].copy()
        if self._at is not None:
            self.metres += float(np.hypot(*(at - self._at)))
        self._at = at

    def _finish(self, status: Literal["done", "failed"], reason: str) -> Command:
        self._over = Command(base_velocity_B=STILL, status=status, reason=reason)
        return self._over


def _meant(sought: str | int) -> tuple[str | None, int | None]:
    """Return the label and the id that are meant, as far as they are said."""
    if isinstance(sought, int):
        return None, sought
    named = re.fullmatch(r"(.+)-(\d+)", sought)
    return (named[1], int(named[2])) if named else (sought, None)


def _away_m(one: ObjectState, at_m: Float64[np.ndarray, "2"]) -> float:
    """Return how far it is over the floor to the nearest side of a thing, by the longest of them."""
    return float(np.hypot(*(one.center_W[:2] - at_m))) - float(one.size_m[:2].min()) / 2.0


def _near(one_W: Float64[np.ndarray, "3"], other_W: Float64[np.ndarray, "3"]) -> bool:
    return float(np.hypot(*(one_W - other_W)[:2])) <= SAME_M
