"""Inverse kinematics: it ends at the pose, within the limits, distinct and in order; what cannot be reached is said."""

import numpy as np
import pytest
from panda_arm import READY_RAD, panda

from planners.manipulation.arm import arm_model
from planners.manipulation.inverse import InverseKinematics
from spatialmem import ConfigError, InputError

ARM = panda()
INVERSE = InverseKinematics(ARM)
READY = np.array(READY_RAD)


def somewhere(seed):
    return np.random.default_rng(seed).uniform(ARM.low_rad, ARM.high_rad)


@pytest.mark.parametrize("seed", range(8))
def test_solutions_are_at_the_pose_within_limits_and_distinct(seed):
    X_RG = ARM.X_RG(somewhere(seed))
    found = INVERSE.solve(X_RG, READY, count=4, seed=seed)
    assert len(found) >= 1
    for joints_rad in found:
        assert ARM.is_within(joints_rad)
        assert np.allclose(ARM.X_RG(joints_rad), X_RG, atol=3e-4)
    far = np.abs(found - READY).max(axis=1)
    assert (np.diff(far) >= 0).all()
    for n, one in enumerate(found):
        assert all(np.abs(one - other).max() >= 0.3 for other in found[:n])


def test_almost_every_reachable_pose_is_found():
    found = [len(INVERSE.solve(ARM.X_RG(somewhere(seed)), READY, count=1)) for seed in range(100, 160)]
    assert sum(found) >= 58


def test_the_present_vector_comes_first():
    joints_rad = somewhere(3)
    assert np.allclose(INVERSE.solve(ARM.X_RG(joints_rad), joints_rad, count=2)[0], joints_rad)


def test_the_same_seed_gives_the_same_answer():
    X_RG = ARM.X_RG(somewhere(5))
    assert np.array_equal(INVERSE.solve(X_RG, READY, seed=3), InverseKinematics(ARM).solve(X_RG, READY, seed=3))


def test_out_of_reach_is_none():
    X_RG = np.eye(4)
    X_RG[0, 3] = 2.0
    assert INVERSE.solve(X_RG, READY, tries=4).shape == (0, 7)


def test_following_a_line_keeps_to_it():
    joints_rad = READY
    X_RG = ARM.X_RG(READY)
    for _ in range(20):
        X_RG = X_RG.copy()
        X_RG[2, 3] -= 0.01
        after = INVERSE.follow(X_RG, joints_rad)
        assert after is not None
        assert np.abs(after - joints_rad).max() < 0.1
        joints_rad = after


def test_the_jacobian_is_how_the_hand_moves():
    joints_rad, change = somewhere(7), 1e-6
    J = INVERSE.jacobian(joints_rad)
    X_RG = ARM.X_RG(joints_rad)
    for k in range(7):
        moved = ARM.X_RG(joints_rad + change * np.eye(7)[k])
        assert np.allclose(X_RG[:3, :3].T @ (moved[:3, 3] - X_RG[:3, 3]) / change, J[:3, k], atol=1e-5)


@pytest.mark.usefixtures("unchecked_shapes")
def test_what_is_no_pose_is_refused():
    with pytest.raises(InputError, match="X_RG is"):
        INVERSE.solve(np.full((4, 4), np.nan), READY)


def test_a_urdf_that_pinocchio_does_not_read_is_refused():
    text = ARM.urdf.replace('effort="87"', "")
    with pytest.raises(ConfigError, match="pinocchio cannot read"):
        InverseKinematics(arm_model(text, tip=ARM.tip))


def test_a_descent_in_which_every_joint_is_held_ends():
    """Of these poses the eighteenth, from one of its seeds, comes to where no joint can go on."""
    rng = np.random.default_rng(5)
    poses = [ARM.X_RG(rng.uniform(ARM.low_rad, ARM.high_rad)) for _ in range(18)]
    assert len(INVERSE.solve(poses[17], READY, seed=17)) >= 1  # warnings are errors
