"""Both robots, in both modes: they drive as told, stand still, and say truly where they are."""

import hashlib
import math
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

pytest.importorskip("pybullet")

from sim import bullet
from sim.poses import pose, yaw_of, yaw_pose
from sim.robots import ROBOTS, SimRobot
from sim.worlds.built.world import World
from sim.worlds.home import Home, Room
from spatialmem import Config, ConfigError, InputError, ManualClock, Pinhole, Receipt, RgbdFrame, Robot, SpatialMemory

HALL = Home("hall", rooms=(Room("hall", (-4.0, -4.0), (4.0, 4.0)),), doorways=())
WALL_X_M = 3.95
TICK_S = 0.05
MODES = ("physical", "fast")
both_robots = pytest.mark.parametrize("name", ROBOTS)
both_modes = pytest.mark.parametrize("mode", MODES)


@pytest.fixture
def world():
    with World(HALL) as world:
        yield world


def built(world: World, kind: str, mode: Any, X_WB=None, **options) -> SimRobot:
    at = yaw_pose(0.0, 0.0, 0.0) if X_WB is None else X_WB
    return ROBOTS[kind](world, at, mode=mode, clock=ManualClock(0), **options)


def passed(world: World, robot: SimRobot, duration_s: float) -> tuple[float, float]:
    """Let time pass, and return how far the robot drove [m] and turned [rad] by its own measured twist."""
    way = angle = 0.0
    steps, step_s = (3, World.STEP_S) if robot.mode == "physical" else (1, TICK_S)
    for _ in range(round(duration_s / (steps * step_s))):
        for _ in range(steps):
            robot.advance(step_s)
            if robot.mode == "physical":
                world.step()
        state = robot.state()
        way += state.linear_velocity_B_m_s[0] * steps * step_s
        angle += state.angular_velocity_B_rad_s[2] * steps * step_s
    return way, angle


def until(world: World, robot: SimRobot, speeds: tuple[float, float], *, way_m: float = 99.0, angle_rad: float = 99.0):
    """Drive until the measured twist adds up to a way or an angle, slow down before that, and stop."""
    way = angle = 0.0
    while (left := min(way_m - abs(way), angle_rad - abs(angle))) > 1e-3:
        forward, turn = (math.copysign(min(abs(speed), 2.0 * left + 0.02), speed) for speed in speeds)
        robot.command(base_velocity_B=(forward if speeds[0] else 0.0, 0.0, turn if speeds[1] else 0.0))
        more = passed(world, robot, TICK_S)
        way, angle = way + more[0], angle + more[1]
    robot.command(base_velocity_B=(0.0, 0.0, 0.0))
    more = passed(world, robot, 0.5)
    return way + more[0], angle + more[1]


@both_modes
@both_robots
def test_a_square_ends_where_its_integral_says(world, name, mode):
    robot = built(world, name, mode, yaw_pose(-0.5, -0.5, 0.0))
    x, y, yaw = -0.5, -0.5, 0.0
    for _ in range(4):
        way, _ = until(world, robot, (0.8, 0.0), way_m=1.0)
        x, y = x + way * math.cos(yaw), y + way * math.sin(yaw)
        _, angle = until(world, robot, (0.0, math.pi / 3), angle_rad=math.pi / 2)
        yaw += angle
    X_WB = robot.X_WB()
    allowed_m, allowed_rad = (0.02, 0.02) if mode == "physical" else (1e-9, 1e-9)
    assert np.hypot(X_WB[0, 3] - x, X_WB[1, 3] - y) <= allowed_m
    assert abs(math.remainder(yaw_of(X_WB) - yaw, math.tau)) <= allowed_rad
    assert np.hypot(X_WB[0, 3] + 0.5, X_WB[1, 3] + 0.5) <= 0.05


@pytest.mark.parametrize(
    "speeds", [(1.0, 0.0), (-0.6, 0.0), (0.1, 0.0), (0.0, 1.5), (0.0, -0.3), (0.6, 0.8), (-0.5, 0.5)], ids=str
)
@both_robots
def test_wheels_reach_the_commanded_speeds_within_half_a_second(world, name, speeds):
    robot = built(world, name, "physical")
    robot.command(base_velocity_B=(speeds[0], 0.0, speeds[1]))
    passed(world, robot, 0.5)
    way, angle = passed(world, robot, 0.5)
    assert way / 0.5 == pytest.approx(speeds[0], rel=0.1, abs=0.02)
    assert angle / 0.5 == pytest.approx(speeds[1], rel=0.1, abs=0.02)


@both_modes
@both_robots
def test_it_turns_in_place(world, name, mode):
    robot = built(world, name, mode, yaw_pose(1.0, -1.0, 0.7))
    _, angle = until(world, robot, (0.0, 1.5), angle_rad=1.5 * math.tau)
    assert np.abs(robot.X_WB()[:2, 3] - (1.0, -1.0)).max() < 0.02
    assert math.remainder(yaw_of(robot.X_WB()) - 0.7 - angle, math.tau) == pytest.approx(0.0, abs=0.03)
    assert robot.blocked_count == 0


@both_modes
@both_robots
def test_it_stands_still_after_a_drive(world, name, mode):
    robot = built(world, name, mode)
    until(world, robot, (0.7, 0.9), way_m=1.0)
    before = robot.X_WB()
    passed(world, robot, 2.0)
    assert np.abs(robot.X_WB() - before).max() < 0.0005


@both_robots
def test_it_stays_upright_whatever_it_is_told(world, name):
    robot = built(world, name, "physical")
    for speeds in ((1.0, 1.5), (-1.0, -1.5), (1.0, -1.5), (-1.0, 0.0), (0.0, 1.5), (0.0, -1.5)):
        robot.command(base_velocity_B=(speeds[0], 0.0, speeds[1]))
        for _ in range(4):
            passed(world, robot, 0.1)
            assert robot.X_WB()[2, 2] > math.cos(math.radians(2))
            assert abs(robot.X_WB()[2, 3]) < 0.01


@both_robots
def test_a_wall_stops_the_wheels(world, name):
    robot = built(world, name, "physical", yaw_pose(2.5, 0.0, 0.0))
    robot.command(base_velocity_B=(1.0, 0.0, 0.0))
    passed(world, robot, 2.5)
    front_m = robot.X_WB()[0, 3] + robot.footprint_m[0] / 2
    assert front_m == pytest.approx(WALL_X_M, abs=0.02)
    assert abs(passed(world, robot, 0.5)[0]) < 0.005
    assert robot.X_WB()[2, 2] > math.cos(math.radians(2))
    robot.command(base_velocity_B=(-0.5, 0.0, 0.0))
    passed(world, robot, 1.0)
    assert passed(world, robot, 0.5)[0] == pytest.approx(-0.25, rel=0.1)


@both_robots
def test_a_wall_stops_a_gliding_base_in_front_of_it(world, name):
    robot = built(world, name, "fast", yaw_pose(2.5, 0.0, 0.0))
    robot.command(base_velocity_B=(1.0, 0.0, 0.0))
    passed(world, robot, 2.0)
    front_m = robot.X_WB()[0, 3] + robot.footprint_m[0] / 2
    assert WALL_X_M - 0.06 < front_m <= WALL_X_M + 0.002
    assert robot.blocked_count > 0
    assert robot.state().linear_velocity_B_m_s == (0.0, 0.0, 0.0)
    blocked = robot.blocked_count
    robot.command(base_velocity_B=(-1.0, 0.0, 0.0))
    passed(world, robot, 1.0)
    assert robot.X_WB()[0, 3] + robot.footprint_m[0] / 2 == pytest.approx(front_m - 1.0)
    assert robot.blocked_count == blocked


def test_long_ticks_do_not_carry_it_through_a_wall(world):
    robot = built(world, "differential", "fast", yaw_pose(2.5, 0.0, 0.0))
    robot.command(base_velocity_B=(1.0, 0.0, 0.0))
    for _ in range(3):
        robot.advance(2.0)
    assert robot.X_WB()[0, 3] + robot.footprint_m[0] / 2 <= WALL_X_M + 0.002
    assert robot.blocked_count == 3


@both_robots
def test_what_came_too_close_by_itself_leaves_a_way_out(world, name):
    p = bullet.api()
    robot = built(world, name, "fast")
    shape = p.createCollisionShape(p.GEOM_BOX, halfExtents=[0.1, 0.3, 0.5], physicsClientId=world.client)
    x = robot.footprint_m[0] / 2 + 0.05
    p.createMultiBody(0.0, shape, basePosition=(x, 0.0, 0.5), physicsClientId=world.client)
    robot.command(base_velocity_B=(0.5, 0.0, 0.0))
    passed(world, robot, 0.5)
    assert robot.X_WB()[0, 3] == 0.0
    assert robot.blocked_count == 10
    robot.command(base_velocity_B=(-0.5, 0.0, 0.0))
    passed(world, robot, 0.5)
    assert robot.X_WB()[0, 3] == pytest.approx(-0.25)


@pytest.mark.parametrize("speeds", [(0.5, 0.0), (0.4, 1.1), (-0.3, 0.7), (0.0, 1.5), (0.2, 1e-9)], ids=str)
def test_one_long_tick_is_as_many_short_ones(world, speeds):
    """So the arcs are exact, not pieced together from straight lines."""
    ends = []
    for number, ticks in enumerate((1, 7, 200)):
        robot = built(world, "differential", "fast", yaw_pose(0.0, 0.0, 0.3), name=f"robot-{number}")
        robot.command(base_velocity_B=(speeds[0], 0.0, speeds[1]))
        for _ in range(ticks):
            robot.advance(3.0 / ticks)
        assert robot.blocked_count == 0
        ends.append(robot.X_WB())
        robot.command(base_velocity_B=(1.0, 0.0, 0.0))  # out of the next one's way
        robot.advance(2.0)
    np.testing.assert_allclose(ends[1:], [ends[0]] * 2, atol=1e-12)


@both_modes
@both_robots
def test_its_states_enter_a_memory(world, name, mode):
    robot = built(world, name, mode, yaw_pose(0.5, -0.25, 1.0))
    assert isinstance(robot, Robot)
    memory = SpatialMemory(Config(world="hall"))
    state = robot.state()
    assert isinstance(memory.observe(state), Receipt)
    assert (state.source, state.stamp_ns, state.world) == ("robot", 0, "hall")
    np.testing.assert_allclose(state.X_WB, yaw_pose(0.5, -0.25, 1.0), atol=1e-9)
    other = built(world, name, mode, name="robot-2", world_name="kitchen")
    assert (other.state().source, other.state().world) == ("robot-2", "kitchen")


@both_robots
def test_faster_commands_are_clipped(world, name):
    robot = built(world, name, "fast")
    robot.command(base_velocity_B=(7.0, 0.0, -7.0))
    robot.advance(TICK_S)
    state = robot.state()
    assert state.linear_velocity_B_m_s == (robot.linear_max_m_s, 0.0, 0.0)
    assert state.angular_velocity_B_rad_s == (0.0, 0.0, -robot.angular_max_rad_s)


@both_robots
def test_a_refused_command_changes_nothing(world, name):
    robot = built(world, name, "fast")
    robot.command(base_velocity_B=(0.5, 0.0, 0.0))
    with pytest.raises(InputError, match=r"0\.3 m/s to the left.*Give 0 there"):
        robot.command(base_velocity_B=(0.2, 0.3, 0.0))
    with pytest.raises(InputError):
        robot.command(base_velocity_B=(0.1, 0.0, 0.0), gripper_width_m=9.0)
    robot.advance(TICK_S)
    assert robot.state().linear_velocity_B_m_s == (0.5, 0.0, 0.0)


def test_a_robot_without_an_arm_says_so(world):
    robot = built(world, "differential", "physical")
    state = robot.state()
    assert (state.joint_positions_rad, state.X_WG, state.gripper_width_m) == ({}, None, None)
    with pytest.raises(InputError, match="no arm"):
        robot.command(joint_positions_rad={"panda_joint1": 0.0})
    with pytest.raises(InputError, match="no gripper"):
        robot.command(gripper_width_m=0.01)


@both_robots
def test_its_camera_looks_forward_and_down_and_does_not_see_the_robot(world, name):
    robot = built(world, name, "physical", yaw_pose(0.0, 0.0, 0.4))
    passed(world, robot, 0.2)
    X_BC, X_WC = robot.X_BC, robot.X_WC()
    assert 1.0 <= X_BC[2, 3] <= 1.3
    assert 20 <= math.degrees(math.asin(-X_BC[2, 2])) <= 25
    np.testing.assert_allclose(X_BC[:3, 0], (0.0, -1.0, 0.0), atol=1e-6)
    np.testing.assert_allclose(X_WC, robot.X_WB() @ X_BC, atol=1e-12)
    p = bullet.api()
    view = p.computeViewMatrix(X_WC[:3, 3].tolist(), (X_WC[:3, 3] + X_WC[:3, 2]).tolist(), (-X_WC[:3, 1]).tolist())
    wide = p.computeProjectionMatrixFOV(70.0, 4 / 3, 0.02, 10.0)
    image = p.getCameraImage(160, 120, view, wide, renderer=p.ER_TINY_RENDERER, physicsClientId=world.client)
    seen = set(np.unique(image[4]).tolist())
    assert seen.isdisjoint(robot.unique_ids)
    assert world.bodies["floor"].unique_id in seen


@both_robots
def test_without_eyes_a_frame_is_an_error(world, name):
    robot = built(world, name, "fast")
    with pytest.raises(InputError, match=r"set robot\.camera"):
        robot.frame()
    frame = RgbdFrame(
        source="camera",
        stamp_ns=0,
        received_ns=0,
        depth=np.ones((2, 3), np.uint16),
        camera=Pinhole(3, 2, 3.0, 3.0, 1.0, 0.5),
        X_WC=robot.X_WC(),
    )
    robot.camera = lambda: frame
    assert robot.frame() is frame


@both_modes
@both_robots
def test_it_stands_on_the_floor_inside_its_footprint(world, name, mode):
    robot = built(world, name, mode)
    passed(world, robot, 0.3)
    p = bullet.api()
    links = range(-1, p.getNumJoints(robot.unique_ids[0], physicsClientId=world.client))
    bounds = np.array([p.getAABB(robot.unique_ids[0], link, physicsClientId=world.client) for link in links])
    low, high = bounds[:, 0].min(axis=0), bounds[:, 1].max(axis=0)
    half = np.array(robot.footprint_m) / 2 + 0.03  # PyBullet's boxes are larger than what is in them
    assert abs(low[2]) < 0.03
    assert (-half <= low[:2]).all()
    assert (high[:2] <= half).all()
    assert np.hypot(*robot.footprint_m) / 2 <= robot.radius_m or name == "differential"  # which is round
    assert world.body_of(robot.unique_ids[0]) is world.bodies["robot"]
    assert world.bodies["robot"].kind == "robot"


@pytest.mark.parametrize(
    "X_WB",
    [pose((0.0, 0.0, 0.2)), pose((0.0, 0.0, 0.0), (1.0, 0.3, 0.0, 0.0)), np.full((4, 4), np.nan)],
    ids=["lifted", "tilted", "nan"],
)
def test_it_starts_upright_on_the_floor_only(world, X_WB):
    with pytest.raises(InputError, match="upright on the floor"):
        built(world, "differential", "fast", X_WB)
    assert "robot" not in world.bodies


@pytest.mark.usefixtures("unchecked_shapes")
def test_an_unknown_mode_is_refused(world):
    with pytest.raises(ConfigError, match="'slow'; it is physical or fast"):
        built(world, "differential", "slow")


def test_loading_is_silent_and_leaves_no_files(world, capfd, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    for name in ROBOTS:
        built(world, name, "fast", name=name)
    assert capfd.readouterr() == ("", "")
    assert list(tmp_path.iterdir()) == []


def history(name: str, mode: str) -> str:
    """Return a digest of the states of a drive with all that the robot has."""
    digest = hashlib.blake2b(digest_size=16)
    with World(HALL) as world:
        robot = built(world, name, mode)
        robot.command(base_velocity_B=(0.6, 0.0, 0.7))
        if robot.arm:
            robot.command(joint_positions_rad={robot.arm[1].name: 0.2}, gripper_width_m=0.05)
        for _ in range(20):
            passed(world, robot, TICK_S)
            state = robot.state()
            digest.update(state.X_WB.tobytes() + repr(state.joint_positions_rad).encode())
            digest.update(repr((state.linear_velocity_B_m_s, state.angular_velocity_B_rad_s)).encode())
    return digest.hexdigest()


def test_another_process_has_equal_states():
    code = (
        "import importlib.util, sys; spec = importlib.util.spec_from_file_location('robots', sys.argv[1]); "
        "module = importlib.util.module_from_spec(spec); spec.loader.exec_module(module); "
        "print(*[module.history(name, mode) for name in module.ROBOTS for mode in module.MODES])"
    )
    other = subprocess.run([sys.executable, "-c", code, __file__], capture_output=True, text=True, timeout=120)
    assert other.returncode == 0, other.stderr
    here = [history(name, mode) for name in ROBOTS for mode in MODES]
    assert other.stdout.split() == here
    assert len(set(here)) == 4
