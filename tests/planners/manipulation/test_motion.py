"""Ways of the arm: free all along, the same for the same seed, to any of several goals; reasons where there is none."""

import numpy as np
import pytest
from panda_arm import READY_RAD, panda

from planners.manipulation.checking import ArmCheck
from planners.manipulation.motion import Motion, MotionConfig, NoMotion, plan_motion, spread
from planners.manipulation.scene import ThingBox, field_of
from planners.manipulation.spheres import arm_body, panda_spheres
from spatialmem import ConfigError, InputError, Octree, OctreeConfig, State

ARM = panda()
READY = np.array(READY_RAD)
LEFT, RIGHT = READY.copy(), READY.copy()
LEFT[0], RIGHT[0] = 0.9, -0.9
BODY = arm_body(ARM, panda_spheres(), width_m=0.04)


def check_with(*things):
    octree = Octree(OctreeConfig(voxel_size_m=0.02, budget_mib=16))
    field = field_of(octree, ((-1.3, -1.3, -0.5), (1.3, 1.3, 1.5)), unknown_is=State.FREE, things=things)
    return ArmCheck(BODY, field, np.eye(4))


def box(center, size):
    return ThingBox(center_W=np.array(center), size_m=np.array(size), yaw_rad=0.0)


EMPTY = check_with()
POST = check_with(box((0.32, 0.0, 0.4), (0.06, 0.06, 1.0)))
WALL = check_with(
    box((0.71, 0.0, 0.0), (1.1, 0.04, 3.0)),
    box((-0.71, 0.0, 0.0), (1.1, 0.04, 3.0)),
    box((0.0, 0.0, 0.95), (0.6, 0.04, 0.7)),
)


def planned(check, *goals, seed=0):
    motion = plan_motion(check, LEFT, list(goals), seed=seed)
    assert isinstance(motion, Motion)
    return motion


def test_the_straight_way_is_taken_where_it_is_free():
    motion = planned(EMPTY, RIGHT)
    assert motion.path_rad.tolist() == [LEFT.tolist(), RIGHT.tolist()]
    assert motion.length_rad == pytest.approx(1.8)


@pytest.mark.parametrize("seed", range(3))
def test_a_way_round_a_post(seed):
    assert not POST.is_way_free(LEFT, RIGHT)
    motion = planned(POST, RIGHT, seed=seed)
    assert np.array_equal(motion.path_rad[0], LEFT)
    assert np.array_equal(motion.path_rad[-1], RIGHT)
    assert all(ARM.is_within(joints_rad) for joints_rad in motion.path_rad)
    dense = spread(POST, motion.path_rad)
    assert min(POST.least_room_m(joints_rad) for joints_rad in dense) >= -0.002


def test_the_same_seed_gives_the_same_way():
    first, second, other = planned(POST, RIGHT), planned(POST, RIGHT), planned(POST, RIGHT, seed=1)
    assert np.array_equal(first.path_rad, second.path_rad)
    assert not np.array_equal(first.path_rad, other.path_rad)


def test_any_of_several_goals():
    blocked = READY.copy()
    assert not POST.is_free(blocked)
    far = RIGHT.copy()
    far[0] = -2.5
    motion = planned(POST, blocked, far, RIGHT)
    assert motion.goal in (1, 2)
    assert np.array_equal(motion.path_rad[-1], [blocked, far, RIGHT][motion.goal])
    assert planned(POST, blocked, LEFT).goal == 1


def test_steps_along_a_way_are_short():
    dense = spread(EMPTY, np.array([LEFT, RIGHT]))
    placed = np.array([BODY.spheres_R(joints_rad)[:, :3] for joints_rad in dense])
    far = np.linalg.norm(np.diff(placed, axis=0), axis=2).max()
    assert 0.003 < far <= 0.01
    assert np.array_equal(dense[0], LEFT)
    assert np.allclose(dense[-1], RIGHT)


def test_reasons():
    beyond = READY.copy()
    beyond[3] = 0.5
    assert plan_motion(EMPTY, READY, [beyond]) == NoMotion(
        "where it shall be, panda_joint4 is beyond its limits", "goal"
    )
    at_start = plan_motion(POST, READY, [RIGHT])
    assert isinstance(at_start, NoMotion)
    assert at_start.at == "start"
    assert "touches what is mapped" in at_start.reason
    assert plan_motion(EMPTY, READY, np.empty((0, 7))) == NoMotion("where it shall be, there is no goal", "goal")
    config = MotionConfig(seconds_max=0.3)
    aside = np.array([1.57, 0.5, 0.0, -1.8, 0.0, 1.571, 0.785])  # no part of it reaches back over the axis
    beyond = aside * np.array([-1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0])
    assert WALL.is_free(aside)
    assert WALL.is_free(beyond)
    assert plan_motion(WALL, aside, [beyond], config=config) == NoMotion("no way was found in 0.3 s", "way")


def test_no_shortcuts_leave_a_way_that_is_free_too():
    motion = plan_motion(POST, LEFT, [RIGHT], config=MotionConfig(shortcuts=0))
    assert isinstance(motion, Motion)
    assert POST.is_path_free(motion.path_rad)
    assert motion.length_rad >= planned(POST, RIGHT).length_rad


@pytest.mark.usefixtures("unchecked_shapes")
def test_vectors_of_another_length_are_refused():
    with pytest.raises(InputError, match="this arm has 7 joints"):
        plan_motion(EMPTY, READY[:6], [RIGHT])
    with pytest.raises(InputError, match="this arm has 7 joints"):
        plan_motion(EMPTY, READY, [RIGHT[:6]])


@pytest.mark.parametrize("name", ["seconds_max", "range_rad", "shortcuts"])
@pytest.mark.parametrize("bad", [-1, 1e6, float("nan"), "long", True], ids=repr)
@pytest.mark.usefixtures("unchecked_shapes")
def test_bad_settings_are_refused(name, bad):
    with pytest.raises(ConfigError, match=f"motion: {name} is"):
        MotionConfig(**{name: bad})
