"""Distance fields: equal to brute force, the same from both libraries, honest outside."""

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from maps import random_octree, voxels_of

from spatialmem import ClearanceField, DepthConfig, Octree, OctreeConfig, QueryError, State
from spatialmem.kernels import clearance as kernels
from spatialmem.kernels.dense import mark_blocked_reference
from spatialmem.octree.queries import clearance as query

SEEDS = st.integers(0, 2**32 - 1)
KNOWN = st.sampled_from([State.FREE, State.OCCUPIED])


def without_edt(patch: pytest.MonkeyPatch) -> None:
    """Let `import edt` fail, as where the extra is not installed."""
    patch.setitem(sys.modules, "edt", None)


def brute_force(field: ClearanceField, voxels, level: int, unknown_blocks: bool):
    """Distances of all nodes [m], by comparing each with each obstacle."""
    first = np.round(field.origin_W / field.voxel_size_m - 0.5).astype(int)
    blocked = mark_blocked_reference(voxels, level, unknown_blocks, first, field.distance_m.shape)
    nodes, obstacles = np.argwhere(blocked >= 0), np.argwhere(blocked)
    nearest = np.full(len(nodes), np.inf)
    for some in np.array_split(obstacles, max(1, len(obstacles) // 500)):
        if len(some):
            nearest = np.minimum(nearest, ((nodes[:, None] - some) ** 2).sum(axis=2).min(axis=1))
    return (np.sqrt(nearest) * field.voxel_size_m).reshape(blocked.shape)


@settings(max_examples=25)
@given(seed=SEEDS, unknown_is=KNOWN, level=st.integers(0, 6), with_edt=st.booleans())
def test_the_field_equals_brute_force(seed, unknown_is, level, with_edt):
    octree, rng = random_octree(seed, scans=2, points=30), np.random.default_rng(seed)
    low = rng.uniform(-4, 3, 3)
    bounds = (low, low + rng.uniform(0.05, 1.4, 3) * min(1 << level, 8))
    with pytest.MonkeyPatch.context() as patch:
        if not with_edt:
            without_edt(patch)
        field = octree.clearance(bounds, level=level, unknown_is=unknown_is)
    expected = brute_force(field, voxels_of(octree), level, unknown_is == State.OCCUPIED)
    np.testing.assert_allclose(field.distance_m, expected, rtol=1e-6)
    last = field.origin_W + (np.array(field.distance_m.shape) - 1) * field.voxel_size_m
    assert (field.origin_W <= bounds[0]).all()
    assert (last >= bounds[1]).all()


@settings(max_examples=10)
@given(seed=SEEDS, unknown_is=KNOWN)
def test_both_libraries_give_the_same_bytes(seed, unknown_is):
    octree = random_octree(seed)
    bounds = (np.array([-3.0, -3.0, -2.0]), np.array([3.0, 3.0, 2.0]))
    by_edt = octree.clearance(bounds, unknown_is=unknown_is)
    with pytest.MonkeyPatch.context() as patch:
        without_edt(patch)
        by_scipy = octree.clearance(bounds, unknown_is=unknown_is)
    assert by_edt.distance_m.tobytes() == by_scipy.distance_m.tobytes()


@settings(max_examples=15)
@given(seed=SEEDS, real=st.sampled_from([np.float32, np.float64]))
def test_lookups_equal_the_reference(seed, real):
    field = random_octree(seed).clearance(([-1.0, -1.5, -0.5], [1.2, 0.4, 1.0]), unknown_is=State.FREE)
    points = np.random.default_rng(seed).uniform(-2, 2, (200, 3)).astype(real)
    last = field.origin_W + (np.array(field.distance_m.shape) - 1) * field.voxel_size_m
    points[:2] = field.origin_W + 1e-6, last - 1e-6
    distances, gradients = field.clearance_m(points), field.gradient(points)
    for point, distance, gradient in zip(points, distances, gradients, strict=True):
        expected = kernels.field_reference(field.distance_m, field.origin_W, field.voxel_size_m, point)
        np.testing.assert_allclose(distance, expected[0], rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(gradient, expected[1], atol=2e-5)
    assert 0 < np.isnan(distances).sum() < len(points)


@settings(max_examples=15)
@given(seed=SEEDS, step=st.floats(1e-3, 1e-2))
def test_the_gradient_is_how_the_clearance_grows(seed, step):
    """Within a cell the interpolant is linear along each axis."""
    field = random_octree(seed).clearance(([-2.0, -2.0, -1.0], [2.0, 2.0, 1.0]), unknown_is=State.FREE)
    rng = np.random.default_rng(seed)
    cells = rng.integers(0, np.array(field.distance_m.shape) - 1, (50, 3))
    points = field.origin_W + (cells + rng.uniform(0.2, 0.8, (50, 3))) * field.voxel_size_m
    gradient = field.gradient(points)
    for axis in range(3):
        ahead = np.eye(3)[axis] * step
        grown = (field.clearance_m(points + ahead) - field.clearance_m(points - ahead)) / (2 * step)
        np.testing.assert_allclose(gradient[:, axis], grown, atol=1e-3)


def single_obstacle(threads: int = 1) -> Octree:
    """One occupied voxel, with its centre at (1.05, 0.05, 0.05)."""
    octree = Octree(OctreeConfig(voxel_size_m=0.1, budget_mib=4, threads=threads))
    octree.integrate_scan(np.array([[1.05, 0.05, 0.05]]), np.eye(4), DepthConfig())
    return octree


def test_one_obstacle_is_as_far_as_it_is():
    field = single_obstacle().clearance(([0.0, -0.5, -0.5], [2.0, 0.5, 0.5]), unknown_is=State.FREE)
    points = np.array([[1.05, 0.05, 0.05], [0.55, 0.05, 0.05], [1.75, 0.05, 0.05]])
    np.testing.assert_allclose(field.clearance_m(points), [0.0, 0.5, 0.7], atol=1e-6)
    np.testing.assert_allclose(field.gradient(points[1:])[:, 0], [-1, 1], atol=1e-4)  # away from it
    assert field.clearance_m(np.zeros((0, 3))).shape == (0,)


def test_outside_is_nan_and_the_bounds_are_inside():
    bounds = ([0.0, -0.5, -0.5], [2.0, 0.5, 0.5])
    field = single_obstacle().clearance(bounds, unknown_is=State.FREE)
    assert np.isfinite(field.clearance_m(np.array(bounds))).all()
    outside = np.array([[-0.2, 0, 0], [0, 9, 0], [np.nan, 0, 0], [0, 0, np.inf], [1e300, 0, 0]])
    assert np.isnan(field.clearance_m(outside)).all()
    assert np.isnan(field.gradient(outside)).all()


def test_no_obstacle_at_all_is_infinitely_far():
    field = Octree(OctreeConfig(budget_mib=4)).clearance(([0, 0, 0], [0.5, 0.5, 0.5]), unknown_is=State.FREE)
    assert (field.clearance_m(np.full((3, 3), 0.2)) == np.inf).all()
    assert (field.gradient(np.full((3, 3), 0.2)) == 0).all()
    blocked = Octree(OctreeConfig(budget_mib=4)).clearance(([0, 0, 0], [0.5, 0.5, 0.5]), unknown_is=State.OCCUPIED)
    assert (blocked.distance_m == 0).all()


def test_a_field_is_a_copy_that_cannot_be_written():
    octree = single_obstacle()
    field = octree.clearance(([0.0, -0.5, -0.5], [2.0, 0.5, 0.5]), unknown_is=State.FREE)
    before = field.distance_m.copy()
    octree.integrate_scan(np.array([[0.55, 0.05, 0.05]]), np.eye(4), DepthConfig())
    assert (field.distance_m == before).all()
    with pytest.raises(ValueError, match="read-only"):
        field.distance_m[0, 0, 0] = 1


def test_any_number_of_threads_gives_the_same_bytes():
    bounds = ([0.0, -2.0, -2.0], [3.0, 2.0, 2.0])
    points = np.random.default_rng(3).uniform(0, 2, (90_000, 3))
    fields = [single_obstacle(threads).clearance(bounds, unknown_is=State.FREE) for threads in (1, 3)]
    assert len({field.distance_m.tobytes() for field in fields}) == 1
    assert len({field.clearance_m(points).tobytes() for field in fields}) == 1
    assert len({field.gradient(points).tobytes() for field in fields}) == 1


@pytest.mark.parametrize(
    ("bounds", "options", "says"),
    [
        (([0, 0, 0], [1, 1, 0]), {}, "low below high"),
        (([0, 0, 0], [1, 1, np.inf]), {}, "finite"),
        (([0, 0, 0], [1, 1, 1]), {"unknown_is": State.UNKNOWN}, "must be State.FREE or State.OCCUPIED"),
        (([0, 0, 0], [1, 1, 1]), {"level": 7}, "level 7 does not exist"),
        (([0, 0, 0], [999, 999, 999]), {}, "more than 67108864"),
        (([0, 0, 0], [1e9, 1, 1]), {}, "does not reach so far"),
    ],
)
@pytest.mark.usefixtures("unchecked_shapes")
def test_questions_that_cannot_be_asked_are_named(bounds, options, says):
    with pytest.raises(QueryError, match=says):
        single_obstacle().clearance(bounds, **{"unknown_is": State.FREE, **options})


def test_lookups_refuse_what_are_not_points(unchecked_shapes):
    field = single_obstacle().clearance(([0.0, -0.5, -0.5], [2.0, 0.5, 0.5]), unknown_is=State.FREE)
    for ask in (field.clearance_m, field.gradient):
        with pytest.raises(QueryError, match=r"shape \(n, 3\)"):
            ask(np.zeros(3))


def test_only_what_is_in_the_bounds_is_seen():
    assert query._NODES_MAX == 1 << 26
    field = single_obstacle().clearance(([-1.0, -0.5, -0.5], [0.5, 0.5, 0.5]), unknown_is=State.FREE)
    assert (field.distance_m == np.inf).all()
