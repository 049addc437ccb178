"""A simulated robot in real time beside a memory: who moves what when, and how a plan that does not hold is told of."""

import itertools
import math
import time
from importlib.metadata import EntryPoint

import numpy as np
import pytest

pytest.importorskip("pybullet")

from homes import two_rooms

import spatialmem as sm
from sim import Simulation
from sim.live import HOUR_NS, LiveRobot, simulation
from sim.poses import yaw_pose
from spatialmem.leases import Lease
from spatialmem.live import sources

FAST = 20.0


@pytest.fixture
def home():
    with Simulation(two_rooms(), mode="fast", robot="differential") as made:
        yield made


class Forward:
    """Drives forward until it has been asked so many times; it keeps what it was shown."""

    def __init__(self, steps_max=10_000, inputs=()):
        self.frames, self.seqs, self.stamps, self._steps_max, self._inputs = [], [], [], steps_max, inputs

    def see(self, frame):
        self.frames.append(frame.stamp_ns)

    def step(self, view, state):
        self.seqs.append(view.seq)
        self.stamps.append(state.stamp_ns)
        if len(self.seqs) > self._steps_max:
            return sm.Command(base_velocity_B=(0.0, 0.0, 0.0), status="done", reason="far enough")
        inputs = self._inputs if len(self.seqs) == 2 else ()
        return sm.Command(base_velocity_B=(0.2, 0.0, 0.0), reason="forward", inputs=inputs)


def known(view, age_s=0.0):
    """Return what a control loop knows in a tick with a view."""
    return sm.Tick(view, age_s, sm.Health.OK, "", (), 0)


def memory_of(home):
    return sm.SpatialMemory(sm.Config(world=home.world.home.name))


def test_time_passes_at_its_speed_and_gives_what_is_seen(home):
    robot, began = LiveRobot(home, speed=2.0, duration_max_s=1.0), time.monotonic()
    told = list(robot)
    assert [type(x).__name__ for x in told] == ["RobotState", "RgbdFrame", "Detections"] * 5
    assert time.monotonic() - began >= 0.45
    assert home.elapsed_s == pytest.approx(1.0)
    assert robot.is_over
    assert robot.metres == 0.0  # nobody drives it


def test_a_command_is_carried_out_from_the_next_tick_on_and_held_for_a_while(home):
    robot = LiveRobot(home, speed=1.0, duration_max_s=2.0)
    moved = []
    robot._each_tick = lambda one: moved.append(one.metres)
    robot.command(base_velocity_B=(0.2, 0.0, 0.0))
    for _ in robot:
        pass
    assert moved[0] == 0.0
    assert moved[1] > 0.0
    assert 0.08 <= robot.metres <= 0.14  # told once: half a second of it
    assert moved[20] == robot.metres


def test_its_planner_is_asked_once_a_tick_of_the_home_and_sees_each_frame(home):
    view = memory_of(home).view()
    recall = sm.Recall(source="planner", stamp_ns=1, received_ns=1, world=home.world.home.name, object_ids=(1,))
    planner = Forward(12, inputs=(recall,))
    robot = LiveRobot(home, planner, speed=FAST)
    told = []
    robot._each_tick = lambda one: [one.turn(known(view)) for _ in range(3)]  # a loop that turns more often
    for x in robot:
        told.append(x)
    assert (robot.last.status, robot.doing) == ("done", "far enough")
    assert planner.stamps == [number * 50_000_000 for number in range(13)]
    assert planner.frames == [0, 200_000_000, 400_000_000, 600_000_000]
    assert told.count(recall) == 1
    assert robot.turn(known(view)) is robot.last
    assert len(planner.seqs) == 13


def test_its_planner_is_not_asked_before_the_memory_has_a_frame(home):
    planner = Forward()
    robot, view = LiveRobot(home, planner, speed=FAST), memory_of(home).view()
    robot._each_tick = lambda one: one.turn(known(view, math.inf if home.elapsed_s < 0.2 else 0.0))
    list(itertools.islice(robot, 9))
    assert planner.stamps[0] == 200_000_000


def test_a_home_that_is_late_does_not_hurry(home):
    began, stamps = time.monotonic(), []

    def stall(robot):
        stamps.append(time.monotonic() - began)
        if len(stamps) == 2:
            time.sleep(0.6)

    for _ in LiveRobot(home, speed=1.0, duration_max_s=0.5, each_tick=stall):
        pass
    assert stamps[-1] >= 0.6 + 0.3  # ten ticks of 50 ms besides


class Resting:
    """Stands, by a plan that rests on that no more than so many inputs have come in; each new plan on more."""

    def __init__(self):
        self.lease, self.plans, self.why = None, 0, []

    def step(self, view, state):
        if self.lease is not None and self.lease.broken:
            self.why.append(self.lease.broken[0].why)
            self.lease = None
        if self.lease is None:
            self.plans += 1
            self.lease = Lease([Until(view.seq + 6)])
        over = self.plans > 3
        return sm.Command(base_velocity_B=(0.0, 0.0, 0.0), status="done" if over else "going", reason="resting")


class Until:
    """A premise that holds until an input."""

    def __init__(self, seq):
        self.seq = seq

    def broken(self, view):
        return f"input {view.seq} is in" if view.seq >= self.seq else ""


def test_a_planner_is_told_by_the_tick_that_its_plan_does_not_hold_any_more(home):
    planner, told = Resting(), []
    robot = LiveRobot(home, planner, speed=5.0, duration_max_s=60.0)
    with sm.attach(memory_of(home), {"robot": robot}, config=sm.LiveConfig(queue_max=64)) as attached:
        for tick in robot.turns(attached, tick_hz=100.0):
            told += [(lease, broken.why) for lease, broken in tick.broken]
        assert robot.last.status == "done"
        assert [why for _, why in told] == planner.why
        assert len(planner.why) == 3
        assert all(lease.broken[0].why == why for lease, why in told)


def test_a_navigator_drives_by_the_ticks_view_and_hands_its_lease_to_them():
    from planners.navigation import Navigator
    from sim.suites.setup import Setup

    setup = Setup(robot="differential")
    with setup.simulation(two_rooms(), yaw_pose(2.2, 2.0, 0.0), seed=0, start_ns=0) as home:
        here_m = home.robot.X_WB()[:2, 3]
        navigator = Navigator((float(here_m[0]) + 0.6, float(here_m[1])), explore=True, config=setup.navigation)
        robot, asked = LiveRobot(home, navigator, speed=2.0, duration_max_s=60.0), []
        with sm.attach(setup.memory(two_rooms()), {"robot": robot}, config=sm.LiveConfig(queue_max=64)) as attached:
            for _ in robot.turns(attached):
                asked.append(navigator.lease is not None and navigator.lease in attached._leasing._leases)
        assert robot.last.status == "done", robot.last
        assert any(asked)
        assert abs(home.robot.X_WB()[0, 3] - here_m[0] - 0.6) < 0.3


def test_it_goes_on_after_what_a_memory_has(home):
    memory = memory_of(home)
    for x in itertools.islice(LiveRobot(home, speed=FAST), 6):
        assert memory.observe(x)
    newest_ns = memory.view().stamp_ns
    with Simulation(two_rooms(), mode="fast", robot="differential") as later:
        robot = LiveRobot(later, speed=FAST, duration_max_s=0.5)
        with sm.attach(memory, {"robot": robot}, config=sm.LiveConfig(queue_max=64)) as attached:
            while not attached.has_ended:
                time.sleep(0.01)
            tallies = attached.status().tallies
        assert {name: (one.admitted, one.sent) for name, one in tallies.items()} == {
            "robot": (3, 3), "robot/camera": (3, 3), "robot/detector": (3, 3),
        }  # fmt: skip
    assert memory.view().stamp_ns >= newest_ns + HOUR_NS


# by a file of settings

WORD = EntryPoint("simulation", "sim.live:simulation", sources.GROUP)


@pytest.fixture
def announced(monkeypatch):
    monkeypatch.setattr(sources, "entry_points", lambda group: [WORD])


@pytest.mark.usefixtures("announced")
def test_its_word_makes_a_robot_that_drives_in_the_world_of_the_memory():
    settings = {"simulation": "flat", "planner": "tour", "robot": "differential", "speed": 50, "duration_s": 1.0}
    robot = sources.open_source("robot", settings, "kitchen")
    world = robot.simulation.world
    told = list(robot)
    assert {x.world for x in told} == {"kitchen"}
    assert len(told) == 15
    assert world.client < 0  # its end closes it


@pytest.mark.usefixtures("announced", "unchecked_shapes")
@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"simulation": -1}, "simulation is -1"),
        ({"simulation": 1.5}, "simulation"),
        ({"simulation": True}, "simulation"),
        ({"simulation": "nowhere.yaml"}, "there is no plan nowhere.yaml"),
        ({"simulation": 7, "speed": 0}, "speed is 0"),
        ({"simulation": 7, "sped": 1}, "'sped'"),
        ({"simulation": 7, "robot": "r2d2"}, "there is no robot 'r2d2'"),
        ({"simulation": 7, "mode": "slow"}, "mode"),
        ({"simulation": 7, "planner": "teleport"}, "there is no planner 'teleport'"),
        ({"simulation": 7, "camera": {"fov": 1.0}}, "camera has no setting 'fov'; it has width"),
        ({"simulation": 7, "camera": {"rate_hz": 60}}, "a simulation takes at most 20"),
        ({"simulation": 7, "detector": {"miss_rate": 2}}, "detector: miss_rate is 2"),
    ],
)
def test_bad_settings_are_refused_in_one_sentence(settings, said):
    with pytest.raises(sm.ConfigError) as refused:
        sources.open_source("robot", settings, "world")
    assert said in str(refused.value)
    assert str(refused.value).startswith("sources.robot")


def test_a_speed_that_is_none_is_refused(home):
    with pytest.raises(sm.InputError, match=r"speed is 0.0; it must be 0\.01 to 100"):
        LiveRobot(home, speed=0.0)


@pytest.mark.usefixtures("announced")
def test_attach_drives_it_and_says_what_it_does(capfd):
    from spatialmem.cli.attaching import attach_session
    from spatialmem.config import parse_settings
    from spatialmem.live.setup import AttachConfig

    source = {"simulation": "flat", "planner": "explore", "robot": "differential", "speed": 2, "duration_s": 4.0}
    settings = {"sources": {"robot": source}, "settings": {"graph": {"robot_radius_m": 0.27}}, "status_s": 0.5}
    assert attach_session(parse_settings(settings, AttachConfig, "it"), seconds=None, as_json=False) == 0
    said = capfd.readouterr()
    assert "robot/camera" in said.out
    assert "robot: looking about" in said.err or "robot: going" in said.err


def test_nobody_drives_without_a_planner():
    robot = simulation({"simulation": "flat", "planner": None, "speed": 100, "duration_s": 0.5}, "world")
    list(robot)
    assert robot.metres == pytest.approx(0.0, abs=1e-3)
    assert robot.turn(known(sm.SpatialMemory().view())).status == "going"
    assert robot.state is not None
    assert np.isfinite(robot.state.X_WB).all()


def test_a_robot_is_commanded_what_it_can_do_only(home):
    with pytest.raises(sm.InputError, match="no target 'base_velocity'; it has base_velocity_B, joint"):
        LiveRobot(home).command(base_velocity=(0.1, 0.0, 0.0))


def test_what_ends_the_home_is_told_in_the_control_loop(home):
    def broken(robot):
        raise ZeroDivisionError("in somebody's function")

    robot = LiveRobot(home, Forward(), each_tick=broken)
    with sm.attach(memory_of(home), {"robot": robot}) as live, pytest.raises(RuntimeError, match="somebody's function"):
        for _ in robot.turns(live):
            pass


def test_a_home_whose_time_is_over_says_so(home):
    robot = LiveRobot(home, Forward(), speed=FAST, duration_max_s=0.5)
    with sm.attach(memory_of(home), {"robot": robot}) as live:
        for _ in robot.turns(live):
            pass
    assert robot.doing.startswith("time is over")
