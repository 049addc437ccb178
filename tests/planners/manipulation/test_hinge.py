"""Doors of furniture: told by points, turned by the arm through the physics; and what is refused."""

import contextlib
import math

import numpy as np
import pytest

pytest.importorskip("pybullet")
pytest.importorskip("ompl")

from surveyed_halls import husky_limb, surveyed_hall

from planners.manipulation.hinge import Hinge
from planners.manipulation.leaves import Leaf, front_frames, fronts_seen, leaves_seen
from planners.manipulation.standing import Footing
from planners.manipulation.swing import free_until_rad, swings
from sim.loop import drive
from sim.poses import yaw_pose
from sim.simulation import Simulation
from sim.suites.setup import Setup
from sim.worlds.home import Furniture, Home, Room
from spatialmem import InputError, RobotState

WIDTH_M = 0.6
HOME = Home(
    "hall",
    rooms=(Room("hall", (0.0, 0.0), (5.0, 5.0)),),
    doorways=(),
    furniture=(Furniture("fridge-1", 0.39, 2.5, 0.0, (0.68, 0.62, 1.70)),),
    things=(),
)
SETUP = Setup()


@pytest.fixture(scope="module")
def limb():
    return husky_limb()


@pytest.fixture(scope="module")
def known():
    """What a survey of the hall, its fridge shut, tells a memory."""
    return surveyed_hall(HOME, SETUP)


def grid(y_low: float, y_high: float, z_low: float, z_high: float, x: float) -> np.ndarray:
    """Points of an upright face at one x, in F."""
    y, z = np.meshgrid(np.arange(y_low, y_high, 0.008), np.arange(z_low, z_high, 0.008))
    return np.column_stack([np.full(y.size, x), y.ravel(), z.ravel()])


def door(angle_rad: float, side: int, handle: bool = True) -> np.ndarray:
    """Points in F of a leaf 0.6 m wide that hangs at the end of this sign, open so far."""
    face = grid(-WIDTH_M, 0.0, 0.2, 1.4, 0.0)
    bar = grid(-0.56, -0.54, 0.7, 1.05, 0.03) if handle else np.empty((0, 3))
    shut = np.concatenate([face, bar])
    c, s = math.cos(angle_rad), math.sin(angle_rad)
    turned = np.column_stack([c * shut[:, 0] - s * shut[:, 1], s * shut[:, 0] + c * shut[:, 1], shut[:, 2]])
    turned[:, 1] = side * (turned[:, 1] + WIDTH_M / 2)
    return turned


@pytest.mark.parametrize("side", [1, -1])
@pytest.mark.parametrize("angle_rad", [0.0, 0.25, 0.7, 1.2])
def test_a_leaf_is_told_by_its_points(angle_rad, side):
    leaf = leaves_seen(door(angle_rad, side), WIDTH_M)[0]
    assert leaf.side == side
    assert leaf.angle_rad == pytest.approx(angle_rad, abs=0.03)
    assert leaf.length_m == pytest.approx(WIDTH_M, abs=0.03)
    assert leaf.handle_m == pytest.approx(0.55, abs=0.02)
    edge_F = leaf.point_F(leaf.angle_rad, leaf.length_m, 0.0, 1.0)
    true_F = np.array([math.sin(angle_rad) * WIDTH_M, side * (WIDTH_M / 2 - math.cos(angle_rad) * WIDTH_M), 1.0])
    assert edge_F == pytest.approx(true_F, abs=0.03)


def test_a_shut_front_without_a_handle_is_no_door():
    assert leaves_seen(door(0.0, 1, handle=False), WIDTH_M) == []


def test_a_wall_that_goes_on_is_no_leaf():
    """Square to the front, from its end on, as a wall behind a piece is when its side is looked at."""
    wall = grid(-2.0, 0.2, 0.2, 1.4, 0.0) @ np.array([[0.0, 1.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    wall[:, 1] += WIDTH_M / 2
    assert wall[:, 0].max() > 1.5
    assert leaves_seen(wall, WIDTH_M) == []


def test_two_leaves_hang_at_the_ends_of_their_front():
    both = np.concatenate([grid(-0.5, 0.5, 0.1, 0.8, 0.0), grid(0.035, 0.055, 0.3, 0.6, 0.03),
                           grid(-0.055, -0.035, 0.3, 0.6, 0.03)])  # fmt: skip
    assert sorted(leaf.side for leaf in leaves_seen(both, 1.0)) == [-1, 1]


def test_a_wrong_yaw_of_the_remembered_box_is_put_right():
    """A box that is remembered turned by 42 degrees: the front is where its points are."""
    case = np.concatenate([door(0.0, 1), grid(-3.0, 3.0, 0.2, 1.4, -0.7)])
    (X_WF, width_m), *_ = fronts_seen(case, np.array([-0.33, 0.0, 0.8]), 0.0, np.array([1.2, 0.3, 0.0]))
    assert math.atan2(X_WF[1, 0], X_WF[0, 0]) == pytest.approx(0.0, abs=0.01)
    assert X_WF[:2, 3] == pytest.approx([0.0, 0.0], abs=0.02)
    assert width_m == pytest.approx(WIDTH_M, abs=0.03)


def test_a_box_has_four_fronts():
    frames = front_frames(np.array([1.0, 2.0, 0.5]), np.array([0.4, 0.8, 1.0]), 0.0)
    assert [round(width_m, 6) for _, width_m in frames] == [0.8, 0.4, 0.8, 0.4]
    assert frames[1][0][:3, 3] == pytest.approx([1.0, 2.4, 0.0])


def test_the_hand_goes_round_the_hinge():
    leaf = leaves_seen(door(0.0, -1), WIDTH_M)[0]
    swing = swings(leaf, np.eye(4), 1.2)[0]
    hinge = np.array(leaf.hinge_m)
    for angle_rad in swing.angles_rad.tolist():
        X_WG = swing.X_WG(angle_rad)
        away = X_WG[:2, 3] - hinge
        assert away @ leaf.along(angle_rad) == pytest.approx(leaf.handle_m)
        assert X_WG[:2, 2] == pytest.approx(-leaf.out(angle_rad))
        assert np.linalg.det(X_WG[:3, :3]) == pytest.approx(1.0)


def test_a_leaf_is_not_turned_into_the_base():
    leaf = Leaf(hinge_m=(0.0, 0.3), side=1, angle_rad=0.0, length_m=0.6, low_m=0.1, high_m=1.6)
    far, near = (Footing(p_m=(x, 0.0), yaw_rad=math.pi / 2, score=1.0, length_m=0.0) for x in (1.3, 0.8))
    assert free_until_rad(far, (1.0, 0.7), leaf, np.eye(4), 1.35) == 1.35
    assert 0.3 < free_until_rad(near, (1.0, 0.7), leaf, np.eye(4), 1.35) < 1.2


def test_a_door_is_opened_or_closed(limb):
    with pytest.raises(InputError, match="open"):
        Hinge("fridge", "slam", limb)  # pyright: ignore[reportArgumentType]


def test_what_nobody_knows_is_not_opened(limb, known):
    state = RobotState(source="robot", stamp_ns=1, received_ns=1, world="hall", X_WB=np.eye(4))
    with contextlib.closing(SETUP.loaded(known, HOME)) as memory:
        command = Hinge("fridge-999", "open", limb, SETUP.navigation).step(memory.view(), state)
    assert command.status == "failed"
    assert command.inputs == ()


@pytest.mark.slow
@pytest.mark.parametrize(("verb", "angle_rad"), [("open", 0.0), ("close", 1.0)])
def test_the_door_of_a_fridge_is_turned(limb, known, verb, angle_rad):
    memory = SETUP.loaded(known, HOME)
    start_ns = memory.view().stamp_ns + 10**9
    simulation = Simulation(
        HOME, camera=SETUP.camera, detector=SETUP.detector, X_WB=yaw_pose(2.6, 2.0, 0.5), start_ns=start_ns
    )
    with contextlib.closing(memory), simulation:
        simulation.world.set_hinge("fridge-1/door", angle_rad)
        (fridge,) = memory.view().objects("fridge")
        hinge = Hinge(fridge.id, verb, limb, SETUP.navigation)
        done = drive(simulation, memory, hinge, duration_max_s=150.0)
        assert done.command.status == "done", (done.command.reason, hinge.account)
        now_rad = simulation.world.hinge_rad("fridge-1/door")
        assert now_rad > 0.65 if verb == "open" else now_rad < math.radians(5.0)
        told = memory.view().object(fridge.id).attributes  # pyright: ignore[reportAttributeAccessIssue]
        assert told["state"] == ("open" if verb == "open" else "closed")
