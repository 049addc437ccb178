"""The arm and the gripper of the mobile manipulator."""

import math

import numpy as np
import pytest

pytest.importorskip("pybullet")

from sim import bullet
from sim.poses import yaw_pose
from sim.robots import HuskyPanda
from sim.worlds.built.world import World
from sim.worlds.home import Home, Room
from spatialmem import InputError, ManualClock

HALL = Home("hall", rooms=(Room("hall", (-4.0, -4.0), (4.0, 4.0)),), doorways=())
NAMES = tuple(joint.name for joint in HuskyPanda.arm)
STOWED_HEAD = {joint.name: joint.stowed_rad for joint in HuskyPanda.head}
READY = dict(zip(NAMES, (0.0, -0.3, 0.0, -2.2, 0.0, 1.9, 0.785), strict=True))
both_modes = pytest.mark.parametrize("mode", ["physical", "fast"])


@pytest.fixture
def world():
    with World(HALL) as world:
        yield world


def passed(world: World, robot: HuskyPanda, duration_s: float) -> None:
    for _ in range(round(duration_s / World.STEP_S)):
        robot.advance(World.STEP_S)
        if robot.mode == "physical":
            world.step()


@both_modes
def test_the_arm_reaches_its_targets_at_its_speeds(world, mode):
    robot = HuskyPanda(world, yaw_pose(0.0, 0.0, 0.0), mode=mode, clock=ManualClock(0))
    start = robot.state().joint_positions_rad
    assert list(start) == [*NAMES, "camera_pan", "camera_tilt"]
    for joint in (*robot.arm, *robot.head):
        assert start[joint.name] == pytest.approx(joint.stowed_rad, abs=0.01)
    robot.command(joint_positions_rad=READY)
    passed(world, robot, 0.1)
    under_way = robot.state().joint_positions_rad
    for joint in robot.arm:
        assert abs(under_way[joint.name] - start[joint.name]) <= 0.1 * joint.speed_max_rad_s + 0.01
    assert abs(under_way["panda_joint2"] - start["panda_joint2"]) > 0.1
    passed(world, robot, 1.5)
    reached = robot.state().joint_positions_rad
    assert reached == pytest.approx({**READY, **STOWED_HEAD}, abs=0.01)
    robot.command(joint_positions_rad={"panda_joint1": 1.0})
    passed(world, robot, 1.0)
    assert robot.state().joint_positions_rad == pytest.approx({**READY, **STOWED_HEAD, "panda_joint1": 1.0}, abs=0.01)
    assert np.abs(robot.X_WB()[:3, 3]).max() < 0.003, "the arm's moves do not push the base"


@both_modes
def test_the_hand_is_where_the_joints_put_it(world, mode):
    robot = HuskyPanda(world, yaw_pose(1.0, 2.0, math.pi / 2), mode=mode, clock=ManualClock(0))
    robot.command(joint_positions_rad=READY)
    passed(world, robot, 1.6)
    X_WG = robot.state().X_WG
    assert X_WG is not None
    # Panda's own geometry (Denavit-Hartenberg parameters of its data sheet), with the arm's plane along the base's x
    q2, q4, q6 = -0.3, -2.2, 1.9
    lower = np.array([math.sin(q2), math.cos(q2)])  # along the upper arm, in x and z
    across = np.array([math.cos(q2), -math.sin(q2)])
    fore = np.array([math.sin(q2 - q4), math.cos(q2 - q4)])
    fore_across = np.array([math.cos(q2 - q4), -math.sin(q2 - q4)])
    hand = np.array([math.sin(q2 - q4 - q6 + math.pi), math.cos(q2 - q4 - q6 + math.pi)])
    hand_across = np.array([hand[1], -hand[0]])
    elbow = 0.316 * lower + 0.0825 * across
    wrist = elbow - 0.0825 * fore_across + 0.384 * fore
    tip = wrist - 0.088 * hand_across + (0.107 + 0.105) * hand
    x, z = tip + np.array([0.10, 0.333 + 0.14493 + 0.245])
    np.testing.assert_allclose(X_WG[:3, 3], (1.0, 2.0 + x, z), atol=0.004)
    np.testing.assert_allclose(X_WG[:3, 2], (0.0, hand[0], hand[1]), atol=0.01)


@both_modes
def test_the_gripper_opens_to_the_width_it_is_told(world, mode):
    robot = HuskyPanda(world, yaw_pose(0.0, 0.0, 0.0), mode=mode, clock=ManualClock(0))
    for width_m in (0.08, 0.03, 0.0):
        robot.command(gripper_width_m=width_m)
        passed(world, robot, 1.0)
        assert robot.state().gripper_width_m == pytest.approx(width_m, abs=0.001)


def test_the_gripper_holds_a_thing_by_friction(world):
    robot = HuskyPanda(world, yaw_pose(0.0, 0.0, 0.0), mode="physical", clock=ManualClock(0))
    robot.command(joint_positions_rad=READY, gripper_width_m=0.08)
    passed(world, robot, 1.6)
    X_WG = robot.state().X_WG
    assert X_WG is not None
    x, y, z = X_WG[:3, 3].tolist()
    p, client = bullet.api(), world.client

    def box(mass_kg: float, half_m: list[float], at: tuple[float, float, float]) -> int:
        shape = p.createCollisionShape(p.GEOM_BOX, halfExtents=half_m, physicsClientId=client)
        return p.createMultiBody(mass_kg, shape, basePosition=at, physicsClientId=client)

    brick = box(0.3, [0.025, 0.025, 0.06], (x, y, z - 0.02))
    box(0.0, [0.05, 0.05, 0.10], (x, y, z - 0.18))

    def in_hand() -> np.ndarray:
        state = robot.state()
        assert state.X_WG is not None
        p_WK = np.array(p.getBasePositionAndOrientation(brick, physicsClientId=client)[0])
        return state.X_WG[:3, :3].T @ (p_WK - state.X_WG[:3, 3])

    assert robot.holding_W() is None
    robot.command(gripper_width_m=0.0)
    passed(world, robot, 0.8)
    assert robot.state().gripper_width_m == pytest.approx(0.05, abs=0.003)
    p_W, X_WG = robot.holding_W(), robot.state().X_WG
    assert p_W is not None
    assert X_WG is not None
    np.testing.assert_allclose(p_W, X_WG[:3, 3])
    held = in_hand()
    robot.command(joint_positions_rad={"panda_joint2": -0.7})
    passed(world, robot, 0.8)
    robot.command(base_velocity_B=(-0.8, 0.0, 1.0))
    passed(world, robot, 1.0)
    robot.command(base_velocity_B=(0.0, 0.0, 0.0))
    passed(world, robot, 0.5)
    assert np.abs(in_hand() - held).max() < 0.02
    robot.command(gripper_width_m=0.08)
    passed(world, robot, 1.0)
    assert in_hand()[2] > 0.3, "it lets go"
    assert robot.holding_W() is None


@pytest.mark.parametrize(
    ("targets", "message"),
    [
        ({"panda_joint9": 0.0}, "no joint 'panda_joint9'; its joints are panda_joint1, panda_joint2"),
        ({"panda_joint4": 0.5}, r"panda_joint4 was told to go to 0\.5 rad; it reaches -3\.0718 to -0\.0698"),
        ({"panda_joint1": math.nan}, "go to nan rad"),
        ({"panda_joint1": -math.inf}, "go to -inf rad"),
    ],
)
def test_bad_joint_targets_are_refused(world, targets, message):
    robot = HuskyPanda(world, yaw_pose(0.0, 0.0, 0.0), mode="fast", clock=ManualClock(0))
    with pytest.raises(InputError, match=message):
        robot.command(joint_positions_rad={"panda_joint2": 0.0, **targets})
    passed(world, robot, 0.2)
    assert robot.state().joint_positions_rad["panda_joint2"] == robot.arm[1].stowed_rad


@pytest.mark.parametrize("width_m", [-0.01, 0.09, math.nan])
def test_bad_widths_are_refused(world, width_m):
    robot = HuskyPanda(world, yaw_pose(0.0, 0.0, 0.0), mode="fast", clock=ManualClock(0))
    with pytest.raises(InputError, match=r"opens from 0 to 0\.08 m"):
        robot.command(gripper_width_m=width_m)


def test_the_stowed_arm_is_on_the_plate_and_below_the_camera(world):
    robot = HuskyPanda(world, yaw_pose(0.0, 0.0, 0.0), mode="physical", clock=ManualClock(0))
    passed(world, robot, 0.2)
    p, body, client = bullet.api(), robot.unique_ids[0], world.client
    plate_z = p.rayTest((-0.15, 0.1, 2.0), (-0.15, 0.1, 0.0), physicsClientId=client)[0][3][2]
    tops = []
    for index in range(p.getNumJoints(body, physicsClientId=client)):
        name = p.getJointInfo(body, index, physicsClientId=client)[12].decode()
        if name.startswith("panda_link"):
            tops.append(p.getAABB(body, index, physicsClientId=client)[1][2])
        if name == "panda_link0":
            assert p.getLinkState(body, index, physicsClientId=client)[4][2] == pytest.approx(plate_z, abs=0.03)
    assert max(tops) < robot.X_WC()[2, 3] - 0.15


@both_modes
def test_the_camera_looks_where_its_head_is_turned(world, mode):
    robot = HuskyPanda(world, yaw_pose(1.0, 2.0, math.pi / 2), mode=mode, clock=ManualClock(0))
    np.testing.assert_allclose(robot.X_BC, HuskyPanda.X_BC, atol=0.002)
    robot.command(joint_positions_rad={"camera_pan": -math.pi / 2, "camera_tilt": 0.6})
    passed(world, robot, 0.2)
    turned_rad = math.atan2(robot.X_BC[1, 2], robot.X_BC[0, 2])
    assert -0.41 <= turned_rad <= -0.3, "at its speed"
    passed(world, robot, 1.5)
    np.testing.assert_allclose(robot.X_BC[:3, 2], (0.0, -math.cos(0.6), -math.sin(0.6)), atol=0.01)
    np.testing.assert_allclose(robot.X_BC[:3, 3], (0.36, -0.06, 1.25), atol=0.002)
    np.testing.assert_allclose(robot.X_WC(), robot.X_WB() @ robot.X_BC, atol=1e-12)


def test_the_camera_head_of_the_urdf_is_where_the_robot_says(world):
    robot = HuskyPanda(world, yaw_pose(0.0, 0.0, 0.0), mode="fast", clock=ManualClock(0))
    robot.command(joint_positions_rad={"camera_pan": 1.2, "camera_tilt": -0.4})
    passed(world, robot, 2.0)
    p, (body,) = bullet.api(), robot.unique_ids
    names = [p.getJointInfo(body, k, world.client)[12].decode() for k in range(p.getNumJoints(body, world.client))]
    link = p.getLinkState(body, names.index("camera"), computeForwardKinematics=True, physicsClientId=world.client)
    np.testing.assert_allclose(link[4], robot.X_BC[:3, 3], atol=1e-6)
    x_W = np.array(p.getMatrixFromQuaternion(link[5])).reshape(3, 3)[:, 0]
    np.testing.assert_allclose(x_W, robot.X_BC[:3, 2], atol=1e-6)


@pytest.mark.parametrize("joint", ["camera_pan", "camera_tilt"])
def test_the_camera_head_keeps_to_its_limits(world, joint):
    robot = HuskyPanda(world, yaw_pose(0.0, 0.0, 0.0), mode="fast", clock=ManualClock(0))
    with pytest.raises(InputError, match=joint):
        robot.command(joint_positions_rad={joint: 3.0})


def test_a_robot_is_told_as_one_urdf(world):
    text = HuskyPanda.urdf_text()
    for name in ("husky_base_link", "panda_grasptarget", *NAMES, "camera_pan", "camera_tilt"):
        assert f'name="{name}"' in text
