"""What carries a call out: when it is interrupted, and what becomes of a call whose planner raises."""

import dataclasses

import pytest
from task_world import TICK_NS, FakePlanner, FakeSkills, Truth, World, drive, robot_at

import spatialmem as sm
from planners.tasks import Put, TaskPlanner

MUG, TABLE, DESK = 1, 4, 5


def home() -> World:
    """A mug on the table, a desk with nothing on it."""
    things = {MUG: Truth("mug", "on", TABLE), TABLE: Truth("table", at=(1.0, 1.0)), DESK: Truth("desk", at=(6.0, 1.0))}
    return World(things)


class _Moves:
    """A skill that moves the robot in a given way for so many ticks, then gives up."""

    def __init__(self, *ways: dict):
        self.ways, self.begun = list(ways), 0

    def begin(self, call, view):
        self.begun += 1
        return self

    def step(self, view, state):
        if not self.ways:
            return sm.Command(base_velocity_B=(0.0, 0.0, 0.0), status="failed", reason="it did not work")
        return sm.Command(**(self.ways.pop(0) if len(self.ways) > 1 else self.ways[0]))


DRIVES, STANDS = {"base_velocity_B": (0.2, 0.0, 0.0)}, {"base_velocity_B": (0.0, 0.0, 0.0)}
HEAD, ARM = {"joint_positions_rad": {"camera_pan": 0.0}}, {"joint_positions_rad": {"panda_joint1": 0.3}}
GRIPS = {**STANDS, "gripper_width_m": 0.0}


@pytest.mark.parametrize(
    ("ways", "width_m", "is_dropped"),
    [
        ([DRIVES], None, True),
        ([DRIVES | HEAD], None, True),  # a head that is turned ahead while the base drives
        ([STANDS | ARM], None, False),
        ([STANDS], None, False),  # of a robot without a head: the arm has just stopped
        ([DRIVES | {"gripper_width_m": 0.08}], 0.08, False),
        ([GRIPS, DRIVES | ARM], 0.02, False),  # what pulls at a handle, and moves the base as it does
        ([GRIPS, DRIVES | HEAD], 0.0, True),  # it closed on nothing, and drives on
    ],
    ids=range(7),
)
def test_a_call_is_dropped_while_the_base_moves_and_not_while_the_hand_is_at_work(ways, width_m, is_dropped):
    world, skills = home(), _Moves(*ways)
    planner = TaskPlanner(Put(MUG, DESK), skills)
    for tick in range(6):
        if tick == 3:
            world.things[MUG].carrier = DESK
            world.look(MUG)
        planner.step(world.view(), dataclasses.replace(robot_at(world), gripper_width_m=width_m))
        world.stamp_ns += TICK_NS
    assert (skills.begun > 1) == is_dropped


class _Raises(FakeSkills):
    """Skills of somebody else: one of them raises where it is told to."""

    def __init__(self, world: World, error: Exception, where: str, times: int):
        super().__init__(world)
        self.error, self.where, self.left = error, where, times

    def raises(self, where: str) -> None:
        if where == self.where and self.left:
            self.left -= 1
            raise self.error

    def begin(self, call, view):
        self.raises("begin")
        planner, step, see = super().begin(call, view), FakePlanner.step, FakePlanner.see

        def stepped(view, state):
            self.raises("step")
            return step(planner, view, state)

        def seen(frame):
            self.raises("see")
            see(planner, frame)

        planner.step, planner.see = stepped, seen
        return planner


ERRORS = [KeyError("camera_pan"), sm.ConfigError("no such arm."), sm.InputError("no position is given."), OSError("x")]


@pytest.mark.usefixtures("unchecked_shapes")
@pytest.mark.parametrize("where", ["begin", "step", "see"])
@pytest.mark.parametrize("error", ERRORS, ids=lambda one: type(one).__name__)
def test_what_a_skill_raises_ends_its_call_only(where, error):
    world = home()
    planner = TaskPlanner(Put("mug", "desk"), _Raises(world, error, where, 1))

    def sees(tick: int) -> None:
        planner.see(None)  # pyright: ignore[reportArgumentType]

    command = drive(planner, world, each_tick=sees)
    assert command.status == "done", command
    first = planner.results[0].calls[0]
    assert (str(first.call), first.status) == ("pick 1", "failed")
    assert str(error) in first.reason
    if where != "begin":
        assert first.reason == f"{type(error).__name__}: {error}"


class _Unsayable(Exception):
    def __str__(self) -> str:
        raise RuntimeError


@pytest.mark.parametrize("where", ["begin", "step"])
def test_what_cannot_say_what_it_is_ends_its_call_only_too(where):
    world = home()
    planner = TaskPlanner(Put("mug", "desk"), _Raises(world, _Unsayable(), where, 1))
    assert drive(planner, world).status == "done"
    assert planner.results[0].calls[0].reason.endswith("_Unsayable")


@pytest.mark.parametrize("where", ["begin", "step"])
def test_a_skill_that_raises_again_and_again_is_given_up(where):
    world = home()
    planner = TaskPlanner(Put("mug-1", "desk"), _Raises(world, KeyError("camera_pan"), where, 99))
    command = drive(planner, world)
    assert command.status == "failed"
    assert ", and nothing has changed since: KeyError: 'camera_pan'" in command.reason


@pytest.mark.parametrize("where", ["begin", "step"])
def test_a_skill_whose_view_has_expired_waits(where):
    world = home()
    planner = TaskPlanner(Put("mug-1", "desk"), _Raises(world, sm.ViewExpired(), where, 1))
    assert planner.step(world.view(), robot_at(world)).status == "waiting"
    assert drive(planner, world).status == "done"
    assert [str(one.call) for one in planner.results[0].calls] == ["pick 1", "place 1 on 5"]
