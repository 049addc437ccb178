"""All tasks of one seed with one arm: the robot goes from one to the next with what its arm lets it remember."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from planners.held import held_things
from planners.tasks import Goal, Meant, TaskConfig, TaskPlanner
from sim.simulation import Simulation
from sim.suites.arms import ArmMemory, Held
from sim.suites.driving import Budget, Outcome, drive
from sim.suites.frame import Row
from sim.suites.kinematic.camera import with_naming
from sim.suites.kinematic.hand import REACH_M, KinematicHand
from sim.suites.kinematic.places import KeptPlaces
from sim.suites.kinematic.playing import ACT_S, Referee, budget_of
from sim.suites.kinematic.skills import KinematicSkills
from sim.suites.kinematic.strides import STRIDE_M, StridingSimulation
from sim.suites.kinematic.telling import tell_truth
from sim.suites.kinematic.visits import Task, Visit
from sim.suites.kinematic.wishes import BACK_M, BROUGHT_M, goal_of, label_of, true_goal
from sim.suites.recording import EpisodeRecord
from sim.suites.search.moving import SHARES
from sim.suites.search.plan import HOURS
from sim.suites.setup import Setup
from sim.suites.sight import SEE_M
from sim.worlds import World
from spatialmem import Action, SpatialMemory, View

__all__ = ["TaskTrial", "task_settings"]

TICKS_A_STEP = 2
"""The planner is asked ten times a second."""
BETWEEN_NS = 120 * 10**9
"""From the end of a task to the next: the robot is carried to where that begins."""


class TaskTrial:
    """The episodes of a seed with an arm; a `sim.suites.frame.Trial`."""

    def __init__(
        self, visits: Sequence[Visit], seed: int, arm: str, setup: Setup, *, goes_on: bool, record: Path | None
    ):
        """goes_on: a wish that fails does not end the task. record: a folder for what the memories are told."""
        self._seed, self._arm, self._setup, self._goes_on, self._record = seed, arm, setup, goes_on, record
        self._memory = ArmMemory(arm, setup)
        self._episodes = [(visit, task) for visit in visits for task in visit.tasks]
        self._visit: Visit | None = None
        self._now_ns = 0
        self._meant = Meant()
        wishes = (wish for _, task in self._episodes for wish in task.wishes)
        self._kept = KeptPlaces(wish.thing for wish in wishes if wish.kind == "back")

    def about(self) -> list[Mapping[str, Any]]:
        """Return what is asked for, and when."""
        return [_about(visit, task) for visit, task in self._episodes]

    def close(self) -> None:
        """Hold nothing any more."""
        self._episodes = []

    def run(self, number: int) -> Row:
        """Do one task."""
        visit, task = self._episodes[number]
        self._home = self._kept.applied(task)
        self._task = task = self._kept.asked(task, self._home)
        self._come_to(visit, task)
        held, meant = self._memory.begin_episode(), self._what_was_meant()
        start_ns, seed = self._now_ns, self._seed * 1000 + number
        with self._setup.simulation(
            self._home, task.start.X_WB, seed=seed, start_ns=start_ns, kind=StridingSimulation
        ) as simulation:
            with_naming(simulation, self._setup, seed)
            try:
                return self._played(simulation, held, meant, visit, task, number)
            finally:
                self._now_ns = simulation.clock.now_ns() + BETWEEN_NS

    def _played(
        self, simulation: Simulation, held: tuple[Held, ...], meant: Meant, visit: Visit, task: Task, number: int
    ) -> Row:
        hand, memory = KinematicHand(simulation.world, simulation.robot), held[0].memory
        hand.report_through(simulation)
        skills = KinematicSkills(simulation.world, hand, self._setup.navigation)
        goals = self._goals(task, memory, simulation.world)
        planner = TaskPlanner(goals, skills, meant=meant, config=_task_config(simulation.world, self._goes_on))
        referee, record = Referee(simulation, hand, planner, task.wishes), self._recording(memory, number)
        came = drive(
            simulation,
            held,
            planner,
            budget_of(task.legs_m),
            visit=visit.number,
            each_frame=referee.see,
            each_tick=lambda driven: referee.look(driven, memory.view()),
            at_end=lambda: _emptied(simulation, hand, memory.view()),
            record=record and record.take,
            ticks_a_step=TICKS_A_STEP,
        )
        referee.finish(came.metres)
        row = _row(came, referee, task, memory)
        fulfilled = {wish.thing for wish, turn in zip(task.wishes, referee.turns, strict=True) if turn.fulfilled}
        self._kept.keep(task, simulation.world, fulfilled)
        if record is not None:
            record.finish({**_about(visit, task), "seed": self._seed, "arm": self._arm, "episode": number})
        return row

    def _goals(self, task: Task, memory: SpatialMemory, world: World) -> list[Goal]:
        if self._arm == "oracle":
            return [true_goal(wish, memory.view(), world) for wish in task.wishes]
        return [goal_of(wish) for wish in task.wishes]

    def _recording(self, memory: SpatialMemory, number: int) -> EpisodeRecord | None:
        if self._record is None:
            return None
        return EpisodeRecord(self._record, f"{self._seed:03d}-{self._arm}-{number:02d}", memory)

    def _come_to(self, visit: Visit, task: Task) -> None:
        """End the visit before, if there was one, and begin this one; whoever knows all looks at the home anew."""
        is_new = self._visit is not visit
        if is_new or self._arm == "oracle":
            self._memory.end_visit()
            self._now_ns = max(visit.start_ns, self._now_ns)
            last = visit is self._episodes[-1][0]
            self._memory.begin_visit(self._home, self._tell_truth, last=last)
        if is_new:
            self._visit = visit
            self._meant = Meant() if self._arm == "short" else self._meant

    def _what_was_meant(self) -> Meant:
        """Return what this arm remembers of what was meant, to be added to: as long as the memory that it is of."""
        return self._meant if self._arm in ("short", "both") else Meant()

    def _tell_truth(self, memory: SpatialMemory) -> None:
        self._now_ns = BETWEEN_NS + tell_truth(self._home, self._setup, self._task, memory, self._now_ns)


def _task_config(world: World, goes_on: bool) -> TaskConfig:
    """Return how a task is gone about: doors here are known, and closed again."""
    hinged = tuple(sorted({label_of(leaf.split("/")[0]) for leaf in world.hinges} - {"door"}))
    return TaskConfig(goes_on=goes_on, leaves_closed=True, hinged=hinged)


def task_settings(setup: Setup) -> dict[str, Any]:
    """Return what all rows of tasks depend on, beside what a suite asks for."""
    return {
        "hours_between": list(HOURS),
        "moved_share": list(SHARES),
        "reach_m": REACH_M,
        "found_within_m": SEE_M,
        "brought_within_m": BROUGHT_M,
        "put_back_within_m": BACK_M,
        "budget_shortest": Budget.PER_SHORTEST,
        "budget_least_m": Budget.LEAST_M,
        "budget_act_s": ACT_S,
        "picture_every_m": STRIDE_M,
        "ticks_a_step": TICKS_A_STEP,
        "setup": setup.as_dict(),
    }


def _emptied(simulation: Simulation, hand: KinematicHand, view: View) -> Iterator[Action]:
    """Let the robot put down what it still holds when its task is over, and yield that it has; nothing where it finds
    no place for it, and holds it still."""
    held = held_things(view)
    if hand.thing and hand.put_down():
        return
    now_ns, world = simulation.clock.now_ns(), simulation.world.home.name
    for one in held:
        yield Action(
            source="hand", stamp_ns=now_ns, received_ns=now_ns, world=world, verb="placed_on", object_id=one.id
        )  # fmt: skip


def _about(visit: Visit, task: Task) -> dict[str, Any]:
    budget = budget_of(task.legs_m)
    return {
        "visit": visit.number,
        "kind": task.kind,
        "goes_back": task.goes_back,
        "wishes": [wish.words() for wish in task.wishes],
        "start": {name: round(value, 4) for name, value in asdict(task.start).items()},
        "legs_m": [round(leg_m, 3) for leg_m in task.legs_m],
        "shortest_m": round(sum(task.legs_m), 3),
        "budget_m": round(budget.metres, 3),
        "budget_s": round(budget.seconds, 3),
        "success": False,
    }


def _row(came: Outcome, referee: Referee, task: Task, memory: SpatialMemory) -> Row:
    return {
        "success": all(turn.fulfilled for turn in referee.turns),
        "end": came.end,
        "reason": came.reason,
        "turns": referee.rows(),
        "metres": round(came.metres, 3),
        "seconds": round(came.seconds, 3),
        "recalled": referee.recalled,
        "recalled_right": referee.recalled_right,
        "bumps": [bump.as_dict() for bump in came.bumps],
        "rejected": came.rejected,
        "frames": came.frames,
        "state_hash": memory.view().state_hash(),
        "wall": came.wall(),
    }
