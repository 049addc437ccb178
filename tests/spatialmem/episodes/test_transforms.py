"""The tree of frames: poses at a moment, in between, along chains; and what is not there has its name."""

from types import SimpleNamespace as Some
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ros_bags import angle_between
from scipy.spatial.transform import Rotation, Slerp

from spatialmem.episodes.bags.transforms import GAP_MAX_NS, Missing, TransformTree

SECOND = 10**9


def told(stamp_ns, parent, child, X, *, quaternion=None):
    x, y, z, w = Rotation.from_matrix(X[:3, :3]).as_quat() if quaternion is None else quaternion
    stamp = Some(sec=stamp_ns // SECOND, nanosec=stamp_ns % SECOND)
    transform = Some(translation=Some(x=X[0, 3], y=X[1, 3], z=X[2, 3]), rotation=Some(x=x, y=y, z=z, w=w))
    stamped = Some(header=Some(stamp=stamp, frame_id=parent), child_frame_id=child, transform=transform)
    return Some(transforms=[stamped])


def rigid(seed):
    rng = np.random.default_rng(seed)
    X = np.eye(4)
    X[:3, :3] = Rotation.random(rng=rng).as_matrix()
    X[:3, 3] = rng.uniform(-5, 5, 3)
    return X


def tree_of(*edges) -> Any:
    tree = TransformTree()
    for parent, child, X, stamp_ns in edges:
        tree.take(told(stamp_ns or 0, parent, child, X), static=stamp_ns is None)
    return tree


@given(st.integers(0, 10**6), st.floats(0, 1))
def test_between_two_poses_it_is_the_slerp_of_scipy(seed, fraction):
    A, B = rigid(seed), rigid(seed + 1)
    tree = tree_of(("map", "base", A, SECOND), ("map", "base", B, 2 * SECOND))
    stamp_ns = SECOND + round(fraction * SECOND)
    X = tree.pose("map", "base", stamp_ns)
    share = (stamp_ns - SECOND) / SECOND
    expected = Slerp([0, 1], Rotation.from_matrix(np.stack([A[:3, :3], B[:3, :3]])))(share).as_matrix()
    assert angle_between(X, expected) < 1e-6
    assert X[:3, 3] == pytest.approx((1 - share) * A[:3, 3] + share * B[:3, 3], abs=1e-9)


@given(st.integers(0, 10**6))
def test_chains_compose_up_and_down_the_tree(seed):
    X_RA, X_AB, X_RC, X_CD = (rigid(seed + i) for i in range(4))
    tree = tree_of(("r", "a", X_RA, None), ("a", "b", X_AB, None), ("r", "c", X_RC, None), ("c", "d", X_CD, None))
    np.testing.assert_allclose(tree.pose("r", "b", 7), X_RA @ X_AB, atol=1e-12)
    np.testing.assert_allclose(tree.pose("d", "b", 7), np.linalg.inv(X_RC @ X_CD) @ X_RA @ X_AB, atol=1e-12)
    np.testing.assert_allclose(tree.pose("b", "r", 7), np.linalg.inv(X_RA @ X_AB), atol=1e-12)
    assert (tree.pose("b", "b", 7) == np.eye(4)).all()


def test_what_is_not_there_has_a_name():
    X = np.eye(4)
    tree = tree_of(
        ("map", "base", X, 10 * SECOND),
        ("map", "base", X, 11 * SECOND),
        ("map", "base", X, 11 * SECOND + 2 * GAP_MAX_NS + 2),
        ("attic", "bat", X, None),
    )
    assert tree.pose("map", "base", 10 * SECOND - 1) is Missing.EXTRAPOLATION
    assert tree.pose("map", "base", 11 * SECOND + 2 * GAP_MAX_NS + 3) is Missing.EXTRAPOLATION
    assert tree.pose("map", "base", 11 * SECOND + GAP_MAX_NS + 1) is Missing.GAP
    assert tree.pose("map", "bat", 10 * SECOND) is Missing.DISCONNECTED
    assert tree.pose("map", "door", 10 * SECOND) is Missing.UNKNOWN_FRAME
    assert isinstance(tree.pose("map", "base", 10 * SECOND + 1), np.ndarray)


def test_a_circle_of_frames_ends():
    tree = tree_of(("a", "b", np.eye(4), None), ("b", "a", np.eye(4), None), ("map", "x", np.eye(4), None))
    assert tree.pose("map", "a", 0) is Missing.DISCONNECTED


def test_transforms_that_are_none_are_counted():
    tree = TransformTree()
    X = np.eye(4)
    X[0, 3] = np.nan
    tree.take(told(0, "map", "base", X), static=False)
    tree.take(told(0, "map", "base", np.eye(4), quaternion=(0, 0, 0, 0)), static=False)
    tree.take(told(0, "base", "base", np.eye(4)), static=False)
    assert tree.rejected == 3
    assert "base" not in tree


def test_stamps_may_come_out_of_order_and_twice():
    A, B, C = rigid(1), rigid(2), rigid(3)
    tree = tree_of(("m", "b", B, 2), ("m", "b", A, 1), ("m", "b", A, 2), ("m", "b", C, 3), ("m", "b", B, 2))
    np.testing.assert_allclose(tree.pose("m", "b", 1), A, atol=1e-12)
    np.testing.assert_allclose(tree.pose("m", "b", 2), B, atol=1e-12)
    np.testing.assert_allclose(tree.pose("m", "b", 3), C, atol=1e-12)


def test_long_recordings_are_forgotten_at_their_beginning():
    tree = TransformTree()
    for index in range(10_000):
        tree.take(told(index * SECOND // 100, "map", "base", np.eye(4)), static=False)
    assert tree.pose("map", "base", SECOND) is Missing.EXTRAPOLATION
    assert isinstance(tree.pose("map", "base", 99 * SECOND), np.ndarray)
    assert len(tree._edges["base"].poses) < 9_000


@pytest.mark.parametrize(
    ("edges", "expected"),
    [
        ([("earth", "map"), ("map", "odom"), ("odom", "base")], "map"),
        ([("odom", "base")], "odom"),
        ([("room", "base")], "room"),
        ([("map", "other"), ("room", "base")], "room"),
        ([("map", "other")], None),
    ],
)
def test_the_world_is_a_frame_that_the_sensor_hangs_from(edges, expected):
    tree = tree_of(*((parent, child, np.eye(4), None) for parent, child in edges))
    assert tree.choose_fixed(["base"], ("map", "odom", "world")) == expected
