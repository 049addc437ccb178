"""The Panda's spheres against its meshes, and how an arm of spheres is put together."""

import numpy as np
import pytest
from fit_spheres import EXCESS_M, collision_points, points_on
from hypothesis import given, settings
from hypothesis import strategies as st
from panda_arm import READY_RAD, TIP, panda
from scipy.spatial import ConvexHull

from planners.manipulation.spheres import OwnBox, arm_body, box_spheres, panda_spheres
from spatialmem import ConfigError, InputError

LINKS = {f"panda_{name}": name for name in EXCESS_M if name != "finger"} | {
    "panda_leftfinger": "finger",
    "panda_rightfinger": "finger",
}
ROUNDING_M = 1e-4
BODY = arm_body(panda(), panda_spheres(), width_m=0.08)


def mesh_of(link):
    """The collision mesh of a link, as the URDF has it: the right finger is the left one, turned about."""
    return collision_points(LINKS[link]) * ((-1, -1, 1) if link == "panda_rightfinger" else (1, 1, 1))


def shape_of(X):
    pose = np.eye(4)
    pose[:3, 3] = X
    return pose


@pytest.mark.parametrize("link", sorted(LINKS))
def test_the_surface_of_every_mesh_lies_within_the_spheres(link):
    """Up to 1.5 mm, at points a millimetre or two apart."""
    spheres, hull = panda_spheres()[link], ConvexHull(mesh_of(link))
    surface = points_on(hull, 0.003, np.random.default_rng(1))
    outside = np.full(len(surface), np.inf)
    for *center, radius in spheres.tolist():
        outside = np.minimum(outside, np.linalg.norm(surface - center, axis=1) - radius)
    assert outside.max() < 0.0015


@pytest.mark.parametrize("link", sorted(LINKS))
def test_no_sphere_reaches_far_out_of_its_mesh(link):
    """A sphere about a point inside, so deep below all faces, reaches out by its radius less that depth at most."""
    spheres, hull = panda_spheres()[link], ConvexHull(mesh_of(link))
    depth = (-hull.equations[:, 3] - spheres[:, :3] @ hull.equations[:, :3].T).min(axis=1)
    assert depth.min() > 0
    assert (spheres[:, 3] - depth).max() <= EXCESS_M[LINKS[link]] + 2 * ROUNDING_M


def test_spheres_move_with_their_links_and_the_gripper():
    arm, joints_rad = panda(), np.array(READY_RAD)
    for width_m in (0.0, 0.05):
        placed = arm_body(arm, panda_spheres(), width_m=width_m).spheres_R(joints_rad)
        expected = [
            rows[:, :3] @ X_RL[:3, :3].T + X_RL[:3, 3]
            for link, X_RL in arm.X_RL(joints_rad, width_m).items()
            if (rows := panda_spheres().get(link)) is not None
        ]
        assert np.allclose(_sorted(np.concatenate(expected)), _sorted(placed[:, :3]), atol=1e-9)


def _sorted(points):
    return points[np.lexsort(points.round(7).T)]


def test_clusters_and_balls_are_about_their_spheres():
    body = arm_body(panda(), panda_spheres(), held_G=box_spheres((0.05, 0.06, 0.2), np.eye(4)))
    assert body.members[0, 0] == 0
    assert body.members[-1, 1] == len(body.spheres)
    for link, (_, first, end) in enumerate(body.parts.tolist()):
        for cluster in range(first, end):
            some = body.spheres[slice(*body.members[cluster])]
            for ball in (body.clusters[cluster], body.balls[link]):
                assert (np.linalg.norm(some[:, :3] - ball[:3], axis=1) + some[:, 3] <= ball[3] + 1e-9).all()


@given(st.integers(0, 10**6), st.integers(0, 6))
@settings(max_examples=60, deadline=None)
def test_no_sphere_is_farther_from_an_axis_than_said(seed, joint):
    arm, body = panda(), BODY
    joints_rad = np.random.default_rng(seed).uniform(arm.low_rad, arm.high_rad)
    placed, frame = body.spheres_R(joints_rad), arm.frames(joints_rad[None])[0, joint + 1]
    apart = placed[:, :3] - frame[:, 3]
    aside = np.linalg.norm(apart - (apart @ frame[:, 2])[:, None] * frame[:, 2], axis=1)
    for part, first, end in body.parts.tolist():
        if part > joint:
            some = slice(body.members[first, 0], body.members[end - 1, 1])
            assert aside[some].max() <= body.reach_m[joint, part] + 1e-9


def test_which_links_must_not_touch_each_other():
    body = arm_body(panda(), panda_spheres(), held_G=box_spheres((0.02, 0.02, 0.02), np.eye(4)))
    pairs = {frozenset((body.links[a], body.links[b])) for a, b in body.pairs.tolist()}
    assert frozenset(("panda_link0", "panda_hand")) in pairs
    assert frozenset(("panda_link2", "what it holds")) in pairs
    assert frozenset(("panda_link6", "panda_hand")) not in pairs  # neighbours
    assert frozenset(("panda_leftfinger", "what it holds")) not in pairs
    fewer = arm_body(panda(), panda_spheres(), never=[("panda_hand", "panda_link0")])
    assert len(fewer.pairs) == len(arm_body(panda(), panda_spheres()).pairs) - 1


@given(st.tuples(*[st.floats(0.01, 0.3)] * 3), st.floats(0.01, 0.05), st.integers(0, 100))
@settings(max_examples=40, deadline=None)
def test_spheres_cover_a_box_and_not_much_more(size_m, spacing_m, seed):
    spheres = box_spheres(size_m, shape_of((0.1, 0.2, 0.3)), spacing_m=spacing_m)
    half = np.array(size_m) / 2
    points = np.random.default_rng(seed).uniform(-half, half, (200, 3)) + np.array((0.1, 0.2, 0.3))
    apart = np.linalg.norm(points[:, None] - spheres[:, :3], axis=2) - spheres[:, 3]
    assert (apart.min(axis=1) <= 1e-9).all()
    out = np.abs(spheres[:, :3] - (0.1, 0.2, 0.3)) + spheres[:, 3:] - half
    assert out.max() <= 0.7072 * max(spacing_m, max(size_m) / 16)


def test_other_links_and_boxes_are_refused():
    with pytest.raises(ConfigError, match="there are spheres of thumb; its links are"):
        arm_body(panda(), {"thumb": np.zeros((1, 4))})
    with pytest.raises(InputError, match="three edges longer than 0"):
        box_spheres((0.1, 0.0, 0.1), np.eye(4))


def test_boxes_of_the_robot_are_kept_by_name():
    own = OwnBox("deck", shape_of((0.0, 0.0, -0.05)), (0.6, 0.5, 0.02))
    body = arm_body(panda(), panda_spheres(), own=[own])
    assert body.box_names == ("deck",)
    assert body.boxes.shape == (1, 15)
    assert TIP in body.arm.places
