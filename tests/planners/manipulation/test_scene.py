"""The room about an arm: exact distances to voxels, what unknown counts as, things put in and taken out, own pixels."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from panda_arm import READY_RAD, panda

from planners.manipulation.scene import LocalScene, ThingBox, field_of
from planners.manipulation.spheres import OwnBox, arm_body, panda_spheres
from spatialmem import InputError, Octree, OctreeConfig, Pinhole, RgbdFrame, State, look_at

CAMERA = Pinhole(160, 120, 120.0, 120.0, 79.5, 59.5)
SMALL = ((0.0, 0.0, 0.0), (0.16, 0.12, 0.1))


def scanned(points_W, voxel_size_m=0.01):
    octree = Octree(OctreeConfig(voxel_size_m=voxel_size_m, budget_mib=16))
    X_WS = np.eye(4)
    X_WS[:3, 3] = 0.05, 0.05, 1.0
    octree.integrate_scan(np.asarray(points_W, float) - X_WS[:3, 3], X_WS)
    return octree


@given(st.lists(st.tuples(st.integers(0, 15), st.integers(0, 11), st.integers(0, 9)), min_size=1, max_size=6))
@settings(max_examples=25, deadline=None)
def test_distances_are_those_to_the_cubes(voxels):
    middles = (np.array(voxels) + 0.5) * 0.01
    field = field_of(scanned(middles), SMALL, unknown_is=State.FREE)
    assert field.distance_m.shape == (17, 13, 11)
    corners = np.stack(np.meshgrid(*map(np.arange, field.distance_m.shape), indexing="ij"), -1) * 0.01
    apart = np.maximum(np.abs(corners[..., None, :] - middles) - 0.005, 0)
    exact = np.linalg.norm(apart, axis=-1).min(axis=-1)
    assert np.allclose(field.distance_m, exact, atol=1e-6)


def test_unknown_counts_as_the_caller_says():
    octree = scanned([(0.05, 0.05, 0.005)])
    free = field_of(octree, SMALL, unknown_is=State.FREE)
    taken = field_of(octree, SMALL, unknown_is=State.OCCUPIED)
    assert free.clearance_m(np.array([[0.12, 0.1, 0.09]]))[0] > 0.05
    assert taken.clearance_m(np.array([[0.12, 0.1, 0.09]]))[0] == 0
    with pytest.raises(InputError, match="unknown_is"):
        field_of(octree, SMALL, unknown_is=State.UNKNOWN)


def test_nothing_there_is_far_from_everything():
    field = field_of(Octree(OctreeConfig(voxel_size_m=0.01, budget_mib=16)), SMALL, unknown_is=State.FREE)
    assert (field.distance_m == 1000).all()


def test_things_are_put_in_and_taken_out():
    cup = ThingBox(center_W=np.array([0.05, 0.05, 0.03]), size_m=np.array([0.03, 0.03, 0.05]), yaw_rad=0.5)
    octree = scanned([(0.05, 0.05, 0.03), (0.13, 0.05, 0.03)])
    with_all = field_of(octree, SMALL, unknown_is=State.FREE)
    without = field_of(octree, SMALL, unknown_is=State.FREE, without=[cup])
    again = field_of(octree, SMALL, unknown_is=State.FREE, without=[cup], things=[cup])
    here = np.array([[0.05, 0.05, 0.03]])
    assert with_all.clearance_m(here)[0] == 0
    assert without.clearance_m(here)[0] == pytest.approx(0.08, abs=0.011)
    assert again.clearance_m(here)[0] == 0
    c, s = 0.012 * np.cos(0.5), 0.012 * np.sin(0.5)
    corner = np.array([[0.05 + c - s, 0.05 + s + c, 0.03]])
    assert again.clearance_m(corner)[0] < 0.01
    assert np.isnan(again.clearance_m(np.array([[1.0, 0.0, 0.0]]))[0])


@pytest.mark.parametrize(
    "bounds_m", [((0.0, 0.0, 0.0), (0.0, 1.0, 1.0)), ((0.0, 0.0), (1.0, 1.0)), ((0.0, 0.0, 0.0), (np.nan, 1.0, 1.0))]
)
def test_bounds_that_are_no_box_are_refused(bounds_m):
    with pytest.raises(InputError, match="bounds_m are"):
        field_of(Octree(OctreeConfig(voxel_size_m=0.01, budget_mib=16)), bounds_m, unknown_is=State.FREE)


def test_bounds_that_are_too_large_are_refused():
    with pytest.raises(InputError, match="bounds_m span 1000 x 1000 x 1000"):
        field_of(
            Octree(OctreeConfig(voxel_size_m=0.01, budget_mib=16)),
            ((0.0, 0.0, 0.0), (10.0, 10.0, 10.0)),
            unknown_is=State.FREE,
        )


def seen(depth):
    X_WC = look_at(np.array([1.2, 0.0, 1.2]), np.array([0.3, 0.0, 0.3]))
    return RgbdFrame(
        source="head",
        stamp_ns=1,
        received_ns=1,
        world="here",
        depth=depth,
        camera=CAMERA,
        X_WC=X_WC,
        depth_unit_m=0.001,
    )


def image_of(spheres_W, floor_m):
    """The depth image of spheres over a floor."""
    X_WC = seen(np.zeros((120, 160), np.uint16)).X_WC
    v, u = np.mgrid[0:120, 0:160]
    rays_C = np.stack([(u - CAMERA.cx) / CAMERA.fx, (v - CAMERA.cy) / CAMERA.fy, np.ones(u.shape)], axis=-1)
    rays_W, eye = rays_C @ X_WC[:3, :3].T, X_WC[:3, 3]
    with np.errstate(divide="ignore"):
        nearest = np.where(rays_W[..., 2] < 0, (floor_m - eye[2]) / rays_W[..., 2], np.inf)
    squared = (rays_W**2).sum(axis=-1)
    for *center, radius in spheres_W.tolist():
        along = rays_W @ (np.array(center) - eye)
        inside = along**2 - squared * (((np.array(center) - eye) ** 2).sum() - radius**2)
        hit = (along - np.sqrt(np.maximum(inside, 0))) / squared
        nearest = np.where((inside > 0) & (hit > 0), np.minimum(nearest, hit), nearest)
    return np.where(nearest < 5, np.rint(nearest * 1000), 0).astype(np.uint16)


def test_the_arm_itself_is_left_out_of_its_pictures():
    arm, joints_rad, X_WR = panda(), np.array(READY_RAD), np.eye(4)
    deck = OwnBox("deck", np.diag([1.0, 1.0, 1.0, 1.0]), (0.5, 0.4, 0.02))
    body = arm_body(arm, panda_spheres(), width_m=0.04, own=[deck])
    spheres = body.spheres_R(joints_rad)
    thing = np.array([[0.55, 0.45, 0.2, 0.06]])
    frame = seen(image_of(np.concatenate([spheres, thing]), -0.2))
    scene, naive = LocalScene(voxel_size_m=0.02), LocalScene(voxel_size_m=0.02)
    scene.see(frame, body, joints_rad, X_WR)
    naive.see(frame)
    assert scene.frames == naive.frames == 1
    at = spheres[:, :3]
    assert (naive.octree.state(at) != State.UNKNOWN).any()
    surface = naive.octree.surface().points_W.astype(float)
    near_arm = (np.linalg.norm(surface[:, None] - at, axis=2) - spheres[:, 3]).min(axis=1) < 0.01
    assert near_arm.sum() > 50
    assert (scene.octree.state(surface[near_arm]) != State.OCCUPIED).all()
    near_thing = np.abs(np.linalg.norm(surface - thing[0, :3], axis=1) - 0.06) < 0.03
    assert near_thing.sum() > 5
    assert (scene.octree.state(surface[near_thing]) == State.OCCUPIED).all()
    bounds_m = ((0.3, 0.2, 0.0), (0.8, 0.7, 0.4))
    whole = scene.field(bounds_m, unknown_is=State.FREE)
    assert whole.clearance_m(np.array([[0.55, 0.45, 0.35]]))[0] == pytest.approx(0.09, abs=0.03)
    scene.forget()
    assert scene.octree.leaf_count == scene.frames == 0


def test_depth_in_metres_is_the_same_as_in_units():
    whole = image_of(np.array([[0.4, 0.0, 0.2, 0.1]]), 0.0)
    metres = whole.astype(np.float32) * np.float32(0.001)
    metres[0, :5] = np.nan, np.inf, -1.0, 0.0, 1e9
    whole[0, :5] = 0
    first, second = LocalScene(), LocalScene()
    first.see(seen(whole))
    second.see(seen(metres))
    assert first.octree.state_hash() == second.octree.state_hash()
