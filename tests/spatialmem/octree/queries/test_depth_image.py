"""Depth images of the map: equal to plain rays, and to what was recorded."""

import dataclasses

import numpy as np
import pytest
from depth_agreement import Agreement, agreement
from hypothesis import example, given, settings
from hypothesis import strategies as st
from maps import random_octree
from recordings import needs_office_walk, office_walk_frames

from spatialmem import DepthConfig, Octree, OctreeConfig, Pinhole, QueryError, State
from spatialmem.geometry import look_at
from spatialmem.kernels import depth_image as kernels
from spatialmem.kernels.strides import cell_strides, cell_strides_reference
from spatialmem.octree.queries import depth_image as query

SEEDS = st.integers(0, 2**32 - 1)
AHEAD = look_at((0.0, 0.0, 0.0), (1.0, 0.0, 0.0))
CAMERA = Pinhole(27, 21, 20.0, 22.0, 13.2, 9.1)  # wide, and not a whole number of tiles


def expected(octree: Octree, X_WC, camera: Pinhole, range_max_m: float, level: int, unknown_is: State, every: int = 1):
    """(v, u, state, depth [m]) of some pixels, ray by ray."""
    size, edge = octree.voxel_size_m, 1 << level
    vector = query._camera_vector(camera, X_WC, np.zeros(3, np.int64), size)

    def states_of_nodes(nodes):
        return octree.state((nodes + 0.5) * (edge * size), level=level)

    for pixel in range(0, camera.width * camera.height, every):
        v, u = divmod(pixel, camera.width)
        yield v, u, *kernels.cast_pixels_reference(states_of_nodes, vector, level, range_max_m, unknown_is, u, v)


@settings(max_examples=40)
@given(
    seed=SEEDS,
    unknown_is=st.sampled_from(list(State)),
    level=st.sampled_from([0, 0, 0, 1, 2, 3, 4, 5, 6]),
    range_max_m=st.sampled_from([0.7, 3.0, 6.0, 40.0, np.inf]),
    few=st.sampled_from([1 << 18, 1 << 13, 1 << 8, 1]),
)
@example(132691700, State.OCCUPIED, 4, 6.0, 256)  # at the rim of the grid, outside the map
def test_every_pixel_equals_its_ray(seed, unknown_is, level, range_max_m, few):
    """Whatever grid the strides are taken in."""
    rng = np.random.default_rng(seed)
    octree = random_octree(seed, scans=int(rng.integers(1, 4)))
    place, target = rng.uniform(-3, 3, 3) * rng.choice([1, 1, 2.3, 6]), rng.uniform(-2, 2, 3)
    if seed % 4 == 0:  # on voxel faces, along an axis
        place, target = np.round(place, 1), np.round(place, 1) + [[1, 0, 0], [0, -1, 0], [0, 0, 1]][seed % 3]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(query, "_CELLS_FEW", few)
        patch.setattr(query, "_CELLS_A_PIXEL", 0)
        reach_m = range_max_m if np.isfinite(range_max_m) else 60.0
        image = octree.depth_image(
            look_at(place, target), CAMERA, range_max_m=range_max_m, level=level, unknown_is=unknown_is
        )
    for v, u, state, depth in expected(octree, look_at(place, target), CAMERA, reach_m, level, unknown_is, every=3):
        assert (image.state[v, u], image.depth_m[v, u]) == (state, depth), (v, u)


@settings(max_examples=20)
@given(
    seed=SEEDS,
    shape=st.tuples(st.integers(1, 20), st.integers(1, 20), st.sampled_from([8, 64, 72, 136])),
    density=st.sampled_from([0.0, 0.0005, 0.01, 0.3]),
    octant=st.integers(0, 7),
)
def test_cell_strides_equal_the_reference(seed, shape, density, octant):
    rng = np.random.default_rng(seed)
    parts = np.where(rng.random(shape) < density, rng.integers(1, 256, shape), 0).astype(np.uint8)
    strides = np.empty_like(parts)
    cell_strides(parts.view(np.uint64), octant, strides.view(np.uint64))
    some = rng.integers(0, parts.size, 300)
    cells, occupied = np.stack(np.unravel_index(some, shape), axis=1), np.argwhere(parts)
    assert (strides.reshape(-1)[some] == cell_strides_reference(cells, occupied, octant)).all()


def walled(distance_m: float = 2.0, voxel_size_m: float = 0.05) -> Octree:
    """What a camera at the origin that looks along x saw of a wall across its view, and the free space before it."""
    octree = Octree(OctreeConfig(voxel_size_m=voxel_size_m, budget_mib=64, threads=1))
    depth = np.full((120, 160), round(distance_m * 1000), np.uint16)
    octree.integrate_image(depth, 0.001, Pinhole(160, 120, 120.0, 120.0, 79.5, 59.5), AHEAD, DepthConfig())
    return octree


def test_a_wall_is_where_it_is():
    image = walled(2.026).depth_image(AHEAD, Pinhole(32, 24, 40.0, 40.0, 15.5, 11.5))
    assert (image.state == State.OCCUPIED).all()
    assert image.depth_m == pytest.approx(2.026, abs=0.025)
    assert (image.depth_m.dtype, image.state.dtype) == (np.float32, np.uint8)


def test_what_ends_a_ray_is_said():
    octree, camera = walled(), Pinhole(16, 12, 40.0, 40.0, 7.5, 5.5)
    nothing = octree.depth_image(AHEAD, camera, range_max_m=1.5)
    assert (nothing.state == State.FREE).all()
    assert (nothing.depth_m == 0).all()
    beyond = look_at((3.0, 0.0, 0.0), (9.0, 0.0, 0.0))  # behind the wall, looking away
    assert (octree.depth_image(beyond, camera).state == State.FREE).all()
    unknown = octree.depth_image(beyond, camera, unknown_is=State.UNKNOWN)
    assert (unknown.state == State.UNKNOWN).all()
    assert (unknown.depth_m == 0).all()  # at the camera itself
    hit = octree.depth_image(beyond, camera, unknown_is=State.OCCUPIED)
    assert (hit.state == State.OCCUPIED).all()
    sideways = octree.depth_image(look_at((1.0, 0.0, 0.0), (1.0, 5.0, 0.0)), camera, unknown_is=State.UNKNOWN)
    assert (sideways.state == State.UNKNOWN).all()
    assert ((sideways.depth_m > 0.3) & (sideways.depth_m < 1.0)).all()  # where the view ended


def test_an_empty_map_expects_nothing():
    octree = Octree(OctreeConfig(budget_mib=4))
    assert (octree.depth_image(AHEAD, CAMERA).state == State.FREE).all()
    assert (octree.depth_image(AHEAD, CAMERA, unknown_is=State.UNKNOWN).state == State.UNKNOWN).all()
    hit = octree.depth_image(AHEAD, CAMERA, unknown_is=State.OCCUPIED)
    assert (hit.state == State.OCCUPIED).all()
    for v, u, _, depth in expected(octree, AHEAD, CAMERA, 5.0, 0, State.OCCUPIED, every=5):
        assert hit.depth_m[v, u] == depth


@pytest.mark.parametrize("threads", [1, 3])
def test_a_batch_is_its_images_whatever_the_threads(threads):
    octree = random_octree(5)
    octree._snapshot().threads = threads
    camera = Pinhole(160, 120, 100.0, 100.0, 80.0, 60.0)
    poses = np.stack([look_at((0.0, 0.0, 0.0), p) for p in [(1.0, 0.0, 0.0), (0.0, 1.0, 0.2), (-1.0, 0.3, -2.0)]])
    batch = octree.depth_image(poses, camera, unknown_is=State.UNKNOWN)
    octree._snapshot().threads = 1
    assert batch.depth_m.shape == (3, 120, 160)
    for i, X_WC in enumerate(poses):
        one = octree.depth_image(X_WC, camera, unknown_is=State.UNKNOWN)
        assert batch.depth_m[i].tobytes() == one.depth_m.tobytes()
        assert batch.state[i].tobytes() == one.state.tobytes()
    assert octree.depth_image(poses[:0], camera).depth_m.shape == (0, 120, 160)


@needs_office_walk
def test_the_map_of_the_walk_agrees_with_what_was_recorded():
    """Off occlusion edges, to one voxel; the benchmark has the figures of the whole walk."""
    frames = list(office_walk_frames(slice(0, 200, 10)))
    octree, total = Octree(OctreeConfig()), Agreement()
    for depth, camera, X_WC in frames:
        octree.integrate_image(depth, 0.001, camera, X_WC)
    for depth, camera, X_WC in frames[::6]:
        image = octree.depth_image(X_WC, camera, range_max_m=10.0)
        total += agreement(depth, camera, X_WC, image, 0.05, range_max_m=5.0, around_m=0.05)
    off = total.valid - total.edges
    assert off > 0.5 * total.valid
    assert total.near_off_edges >= 0.95 * off
    assert total.beside_off_edges >= 0.97 * off


def bent(X_WC: np.ndarray) -> np.ndarray:
    X_WC = X_WC.copy()
    X_WC[0, 0] += 0.1
    return X_WC


def moved(X_WC: np.ndarray, x_m: float) -> np.ndarray:
    X_WC = X_WC.copy()
    X_WC[0, 3] = x_m
    return X_WC


@pytest.mark.parametrize(
    ("X_WC", "camera", "options", "says"),
    [
        (np.eye(3), CAMERA, {}, "shape"),
        (bent(AHEAD), CAMERA, {}, "not a rotation"),
        (moved(AHEAD, np.nan), CAMERA, {}, "not a rotation"),
        (moved(AHEAD, 1e9), CAMERA, {}, "must lie within"),
        (AHEAD, (640, 480), {}, "must be a spatialmem.Pinhole"),
        (AHEAD, dataclasses.replace(CAMERA, width=0), {}, "must have pixels"),
        (AHEAD, dataclasses.replace(CAMERA, fx=0.0), {}, "focal lengths above 0"),
        (AHEAD, dataclasses.replace(CAMERA, cy=np.nan), {}, "finite"),
        (AHEAD, CAMERA, {"range_max_m": -1}, "range_max_m is -1"),
        (AHEAD, CAMERA, {"level": 9}, "level 9 does not exist"),
        (AHEAD, CAMERA, {"unknown_is": 9}, "unknown_is is 9"),
    ],
)
@pytest.mark.usefixtures("unchecked_shapes")
def test_questions_that_cannot_be_asked_are_named(X_WC, camera, options, says):
    with pytest.raises(QueryError, match=says):
        random_octree(1).depth_image(X_WC, camera, **options)


def test_a_view_of_too_many_roots_is_refused():
    octree = Octree(OctreeConfig(voxel_size_m=0.01, budget_mib=16, threads=1))
    for place in ((0.0, 0, 0), (400.0, 400.0, 400.0)):
        X_WS = np.eye(4)
        X_WS[:3, 3] = place
        octree.integrate_scan(np.array([[0.3, 0.0, 0.0]]), X_WS, DepthConfig())
    wide = Pinhole(9, 9, 2.0, 2.0, 4.0, 4.0)
    with pytest.raises(QueryError, match="lower range_max_m"):
        octree.depth_image(look_at((0.0, 0.0, 0.0), (1.0, 1.0, 1.0)), wide, range_max_m=np.inf)
    assert octree.depth_image(look_at((0.0, 0.0, 0.0), (1.0, 1.0, 1.0)), wide).state.shape == (9, 9)
