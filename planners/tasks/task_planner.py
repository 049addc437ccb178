"""`TaskPlanner`: a sequence of goals, reached by skills, with the memory asked before and after each of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from planners.tasks.checks import unmet, unproven
from planners.tasks.config import TaskConfig
from planners.tasks.facts import held_id
from planners.tasks.goals import Goal, checked_goals, shown
from planners.tasks.meant import Meant
from planners.tasks.premise import lease_of
from planners.tasks.pursuit import Ended, Pursuit
from planners.tasks.skills import Call, Outcome, Skills, in_words
from planners.tasks.symbolic import SymbolicPlanner
from spatialmem import (
    Action,
    Command,
    InputError,
    Lease,
    Planner,
    QueryError,
    Recall,
    RgbdFrame,
    RobotState,
    View,
    ViewExpired,
)

__all__ = ["GoalResult", "TaskPlanner"]

SOURCE = "tasks"
"""Whose `Recall`s they are."""
STILL = 0.0, 0.0, 0.0
GRIPPED_M = 0.003
"""Fingers that stay so much farther apart than they were told to have something between them."""
REFUSED_MAX = 8
"""So many calls are refused in a row, by the memory or by the skills, before the robot is given a tick again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalResult:
    """What became of one goal."""

    goal: Goal
    status: Literal["done", "failed", "skipped"]
    """"skipped": not tried, for a goal before it failed."""
    reason: str
    calls: tuple[Outcome, ...]
    """Every call that was made for it, in order."""
    began_ns: int
    ended_ns: int
    thing_id: int | None = None
    """What was meant, as it turned out."""

    @property
    def words(self) -> str:
        """The goal in a few words."""
        return shown(self.goal)


@dataclass(slots=True)
class _Running:
    """A call that is being carried out, or is over and to be checked by what the memory knows then."""

    call: Call
    words: str
    planner: Planner
    lease: Lease
    began_ns: int
    ended: Command | None = None
    dropped: str = ""
    grip_m: float | None = None
    """How far apart the fingers were to be when they were told so last."""


class TaskPlanner:
    """Reaches goals one after the other. A `spatialmem.Planner`: `step` at 20 Hz, `see` with every frame.

    For each goal it asks the memory what the words mean, makes a plan of what is known, and carries out its first call;
    then it looks at what is known by then, and goes on. Before a call the memory must say that it can be carried out,
    and after it that it was. What turns out to be otherwise makes another plan; the same call that has failed twice
    with the same facts is not made again, and the reason says so.
    """

    def __init__(
        self,
        goals: Goal | Sequence[Goal],
        skills: Skills,
        *,
        meant: Meant | None = None,
        config: TaskConfig | None = None,
        symbolic: SymbolicPlanner | None = None,
    ):
        """goals: one or several. skills: what really acts. meant: what earlier tasks meant, which is added to.
        symbolic: one that other tasks use, too, with the plans that it keeps.

        Raises InputError for what is no goal, and where the symbolic planner is not installed.
        """
        self.goals = checked_goals(goals)
        self.config = config or TaskConfig()
        self.meant = Meant() if meant is None else meant
        self.results: list[GoalResult] = []
        """What became of each goal, as far as it has come."""
        self._skills, self._symbolic = skills, symbolic or SymbolicPlanner()
        self._here: tuple[float, float] | None = None
        self._pursuit: Pursuit | None = None
        self._began_ns = 0
        self._running: _Running | None = None
        self._recalls: tuple[int, ...] = ()
        self._recalled: set[int] = set()
        self._recalled_ns: int | None = None
        self._over: Command | None = None

    @property
    def call(self) -> Call | None:
        """What is carried out now; None between calls."""
        return None if self._running is None else self._running.call

    @property
    def lease(self) -> Lease | None:
        """What the call that is carried out rests on; None between calls."""
        return None if self._running is None else self._running.lease

    @property
    def plan(self) -> tuple[str, ...]:
        """The steps of the newest plan, in words."""
        return () if self._pursuit is None else tuple(str(one) for one in self._pursuit.steps)

    @property
    def acting(self) -> Planner | None:
        """The planner that carries out the call."""
        return None if self._running is None else self._running.planner

    def see(self, frame: RgbdFrame) -> None:
        """Hand the newest frame to what acts now; a call whose planner raises has failed."""
        see = getattr(self.acting, "see", None)
        if see is None or self._running is None or self._running.ended is not None:
            return
        try:
            see(frame)
        except ViewExpired:
            raise
        except Exception as error:  # whatever a skill raises must not stop a robot
            self._running.ended = _broken_off(error)

    def step(self, view: View, state: RobotState) -> Command:
        """Return the command for the next tick."""
        if self._over is not None:
            return self._over
        if self._here is None:
            self._here = float(state.X_WB[0, 3]), float(state.X_WB[1, 3])
        try:
            return self._step(view, state)
        except ViewExpired:
            return Command(base_velocity_B=STILL, status="waiting", reason="the view has expired; give a newer one")
        except (QueryError, InputError) as error:
            self._running = None
            self._end_goal(view, state, Ended(status="failed", reason=str(error)))
            return self._over or Command(base_velocity_B=STILL, reason=f"a goal failed: {error}")

    def _step(self, view: View, state: RobotState) -> Command:
        if self._running is not None and self._running.ended is None and not self._running.dropped:
            return self._act(self._running, view, state)
        if self._running is not None:
            self._close_call(self._running, view, state)
        return self._decide(view, state)

    # deciding

    def _decide(self, view: View, state: RobotState) -> Command:
        """Begin the next call of this goal, or of the next one; end where no goal is left."""
        refused = 0
        while self._over is None and refused < REFUSED_MAX:
            pursuit = self._pursuit or self._begin_goal(view, state)
            if pursuit is None:
                continue
            call = pursuit.next(view)
            if isinstance(call, Ended):
                self._end_goal(view, state, call)
                continue
            self._recalls = tuple(one for one in pursuit.used if one not in self._recalled)
            why = unmet(view, call) or self._begin_call(call, view, state)
            if not why:
                assert self._running is not None
                return self._act(self._running, view, state)
            refused += 1
            outcome = _outcome(call, "failed", why, state.stamp_ns, state.stamp_ns)
            pursuit.record(dataclasses.replace(outcome, refused=True))
        return self._over or Command(base_velocity_B=STILL, reason="no call can be carried out as things are")

    def _begin_goal(self, view: View, state: RobotState) -> Pursuit | None:
        """Begin the next goal; None where it cannot be begun, or none is left."""
        assert self._here is not None
        if len(self.results) == len(self.goals):
            self._finish()
            return None
        goal = self.goals[len(self.results)]
        pursuit = Pursuit(goal, self.meant, self._symbolic, self.config)
        self._began_ns, self._recalled = state.stamp_ns, set()
        why = pursuit.begin(view, self._here)
        self._pursuit = pursuit
        if why:
            self._end_goal(view, state, Ended(status="failed", reason=why))
            return None
        return pursuit

    def _begin_call(self, call: Call, view: View, state: RobotState) -> str:
        """Let the skills begin a call; return why they do not, "" where they do."""
        try:
            planner = self._skills.begin(call, view)
        except ViewExpired:
            raise
        except (QueryError, InputError) as error:
            return str(error)
        except Exception as error:  # whatever a skill raises must not stop a robot
            return _error_words(error)
        assert self._pursuit is not None
        lease = lease_of(call, self._pursuit.facts)
        self._running = _Running(call, in_words(call, view), planner, lease, state.stamp_ns)
        return ""

    def _end_goal(self, view: View, state: RobotState, ended: Ended) -> None:
        """Take down what became of a goal; end the task where it failed and nothing else is to be tried."""
        pursuit, goal = self._pursuit, self.goals[len(self.results)]
        calls = () if pursuit is None else tuple(pursuit.calls)
        thing_id = None if pursuit is None else pursuit.thing_id
        spent = {"calls": calls, "began_ns": self._began_ns, "ended_ns": state.stamp_ns, "thing_id": thing_id}
        self.results.append(GoalResult(goal=goal, status=ended.status, reason=ended.reason, **spent))
        for meaning in () if pursuit is None else pursuit.meanings(view, self._began_ns):
            self.meant.note(meaning)
        self._pursuit = None
        if ended.status == "failed" and not self.config.goes_on:
            now = state.stamp_ns
            for left in self.goals[len(self.results) :]:
                skipped = GoalResult(
                    goal=left, status="skipped", reason="a goal before it failed", calls=(), began_ns=now, ended_ns=now
                )
                self.results.append(skipped)
        if len(self.results) == len(self.goals):
            self._finish()

    def _finish(self) -> None:
        """End the task, and say what became of it."""
        failed = [one for one in self.results if one.status == "failed"]
        done = sum(one.status == "done" for one in self.results)
        reason = f"{done} of {len(self.goals)} goals reached"
        if len(self.goals) == 1:
            reason = f"{shown(self.goals[0])}: {self.results[0].reason}"
        elif failed:
            reason += f"; {shown(failed[0].goal)}: {failed[0].reason}"
        self._over = Command(base_velocity_B=STILL, status="failed" if failed else "done", reason=reason)

    # acting

    def _act(self, running: _Running, view: View, state: RobotState) -> Command:
        """Let the skill take its next step; what it did is told to the memory, and checked in the next tick."""
        command = _stepped(running.planner, view, state)
        if command.gripper_width_m is not None:
            running.grip_m = command.gripper_width_m
        if command.is_over:
            running.ended = command
        elif _is_driving(command) and not _has_untold(running, view, state):
            running.dropped = _why_broken(running.lease, view)
        stops = command.is_over or running.dropped != ""
        told = running.dropped or command.reason
        return dataclasses.replace(
            command,
            base_velocity_B=STILL if stops else command.base_velocity_B,
            status="going" if stops else command.status,
            reason=f"{running.words}: {told}",
            inputs=(*command.inputs, *self._recall(view, state)),
        )

    def _recall(self, view: View, state: RobotState) -> tuple[Action | Recall, ...]:
        """Return that memories were used, each once for a goal."""
        if not self._recalls or (self._recalled_ns is not None and state.stamp_ns <= self._recalled_ns):
            return ()
        used, self._recalls = self._recalls, ()
        self._recalled |= set(used)
        self._recalled_ns = now = state.stamp_ns
        return (Recall(source=SOURCE, stamp_ns=now, received_ns=now, world=view.world, object_ids=used),)

    def _close_call(self, running: _Running, view: View, state: RobotState) -> None:
        """Take down what came of a call, by what its planner said and by what the memory says."""
        assert self._pursuit is not None
        call, ended = running.call, running.ended
        if ended is None:
            outcome = _outcome(call, "dropped", running.dropped, running.began_ns, state.stamp_ns)
        elif ended.status == "failed":
            outcome = _outcome(call, "failed", ended.reason, running.began_ns, state.stamp_ns)
        else:
            found = _found_id(view, running)
            why = unproven(view, call, state, since_ns=running.began_ns, found_id=found)
            status, reason = ("failed", f"{ended.reason}; but {why}") if why else ("done", ended.reason)
            outcome = _outcome(call, status, reason, running.began_ns, state.stamp_ns, found)
        self._running = None
        self._pursuit.record(outcome)


def _why_broken(lease: Lease, view: View) -> str:
    """Return why a call is not to be gone on with; "" as long as it is, and where the view cannot tell any more."""
    try:
        return lease.why_broken(view)
    except ViewExpired:
        return ""


def _is_driving(command: Command) -> bool:
    """Return whether a skill moves the base and not the hand: who opens or closes it is not interrupted. Joints say
    nothing: a head is turned while the robot drives, and whose base stands may be moving its arm."""
    return command.gripper_width_m is None and any(command.base_velocity_B or ())


def _has_untold(running: _Running, view: View, state: RobotState) -> bool:
    """Return whether a call has something between the fingers of which the memory has not been told: a handle, or a
    thing that is not lifted yet. It is not interrupted."""
    if running.grip_m is None or (state.gripper_width_m or 0.0) <= running.grip_m + GRIPPED_M:
        return False
    try:
        return held_id(view) is None
    except ViewExpired:
        return True


def _stepped(planner: Planner, view: View, state: RobotState) -> Command:
    """Return a skill's command; that the call has failed where its planner raises anything but ViewExpired."""
    try:
        return planner.step(view, state)
    except ViewExpired:
        raise
    except Exception as error:  # whatever a skill raises must not stop a robot
        return _broken_off(error)


def _broken_off(error: Exception) -> Command:
    return Command(base_velocity_B=STILL, status="failed", reason=_error_words(error))


def _error_words(error: Exception) -> str:
    try:
        return f"{type(error).__name__}: {error}"
    except Exception:  # its own text raises
        return type(error).__name__


def _found_id(view: View, running: _Running) -> int | None:
    """Return what a find found: what its planner says, else what was seen last since it began."""
    call = running.call
    if call.skill != "find":
        return None
    found = getattr(running.planner, "found", None)
    if found is not None:
        return int(found.id)
    if isinstance(call.thing, int):
        return call.thing
    try:
        seen = [one for one in view.objects(call.thing) if one.stamp_ns >= running.began_ns]
    except QueryError:
        return None
    return max(seen, key=lambda one: (one.stamp_ns, -one.id)).id if seen else None


def _outcome(
    call: Call,
    status: Literal["done", "failed", "dropped"],
    reason: str,
    began_ns: int,
    ended_ns: int,
    found_id: int | None = None,
) -> Outcome:
    return Outcome(call=call, status=status, reason=reason, began_ns=began_ns, ended_ns=ended_ns, found_id=found_id)
