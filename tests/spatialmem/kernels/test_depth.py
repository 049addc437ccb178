"""Reach, pyramid and classified cubes against their plain forms."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from spatialmem import DepthConfig, OctreeConfig, Pinhole
from spatialmem.geometry import look_at
from spatialmem.kernels import depth as depth_kernels
from spatialmem.kernels import leaves, reach
from spatialmem.kernels.layout import MORTON_X, MORTON_Y, MORTON_Z, UNKNOWN
from spatialmem.kernels.warmup import warm_up
from spatialmem.octree import image
from spatialmem.octree.batch import Scratch
from spatialmem.octree.storage import Storage

SIZE = 0.05
CONFIG = OctreeConfig(voxel_size_m=SIZE, budget_mib=64, threads=1)


def view_of(seed: int, width: int, height: int):
    """A view of random surfaces with holes, as `integrate_image` sees it, and its pyramid's shape."""
    warm_up()
    rng = np.random.default_rng(seed)
    camera = Pinhole(width, height, 0.8 * width, 0.9 * width, width / 2, height / 2)
    depth = rng.uniform(600, 2500) + rng.normal(0, 300, (1, width)).cumsum(axis=1) + rng.normal(0, 30, (height, width))
    depth[rng.random(depth.shape) < rng.choice([0.0, 0.05, 0.5])] = 0
    depth[: int(rng.integers(0, height)), : int(rng.integers(0, width // 2 + 1))] = 0  # a large hole
    X_WC = look_at(rng.uniform(-3, 3, 3), rng.uniform(-3, 3, 3))
    scratch, sensor = Scratch(), DepthConfig(range_max_m=3.0)
    seen = image.DepthImage(depth.clip(0, 60000).astype(np.uint16), 0.001, camera, np.empty((0, 3), np.uint8))
    return image.view_image(scratch, CONFIG, seen, X_WC, sensor), scratch, camera, X_WC


@settings(max_examples=30)
@given(seed=st.integers(0, 2**32 - 1), width=st.integers(5, 70), height=st.integers(5, 50))
def test_the_closed_reach_and_its_pyramid(seed, width, height):
    view, scratch, _, _ = view_of(seed, width, height)
    if view is None:
        return
    plain = reach.reach_rows_reference(view.depth, view.limits)
    closed = reach.closed_reach_reference(plain, view.limits)
    pixels = width * height
    assert (view.reach[:pixels].reshape(height, width) == closed).all()
    assert view.reach[pixels] == np.float32(reach.INVALID_REACH)
    shape = image.Pyramid.of(width, height)
    for level in range(1, len(shape.starts)):
        low, high = reach.pyramid_reference(closed, level)
        assert (shape.level(scratch.array("lowest", np.float32, shape.size), level) == low).all()
        assert (shape.level(scratch.array("highest", np.float32, shape.size), level) == high).all()


@settings(max_examples=15)
@given(seed=st.integers(0, 2**32 - 1), width=st.integers(16, 70), height=st.integers(16, 50))
def test_free_leaves_are_wholly_missed_and_skipped_ones_not_at_all(seed, width, height):
    view, scratch, camera, X_WC = view_of(seed, width, height)
    if view is None:
        return
    cubes = image._classify(Storage(CONFIG), scratch, CONFIG, view)
    kind = np.zeros((cubes.visit_count, 512), np.int8)
    for octant in range(cubes.octant_count):
        kind[octant >> 3, cubes.free[octant, : cubes.free_count[octant]]] = 1
        kind[octant >> 3, cubes.mixed[octant, : cubes.mixed_count[octant]]] = 2
    in_leaf = np.stack([MORTON_X, MORTON_Y, MORTON_Z], axis=1)
    offsets = image.leaf_offsets(camera, X_WC, SIZE)
    seen = view.reach[:-1].reshape(height, width)
    rng = np.random.default_rng(seed)
    for wanted in (0, 1):
        leaves_of_kind = np.argwhere(kind == wanted)
        for visit, child in leaves_of_kind[rng.permutation(len(leaves_of_kind))[:20]]:
            voxels = cubes.visits[visit].astype(np.int64) * 64 + in_leaf[child] * 8 + in_leaf
            unknown, nothing = np.full(512, UNKNOWN, np.int8), np.zeros(512, bool)
            new = leaves.update_by_image_reference(unknown, voxels, nothing, view.vector, seen, SIZE, offsets)
            assert (new == (leaves.MISS if wanted else UNKNOWN)).all()


def test_hits_of_a_frame_are_the_reference_s():
    view, scratch, _, _ = view_of(11, 64, 48)
    assert view is not None
    cubes = image._classify(Storage(CONFIG), scratch, CONFIG, view)
    items = image._mark_hits(scratch, CONFIG, view, cubes)
    marked = np.argwhere(items.marks[: items.count] == 1)
    in_leaf = np.stack([MORTON_X, MORTON_Y, MORTON_Z], axis=1)
    leaf = cubes.visits[items.visit[marked[:, 0]]].astype(np.int64) * 64 + in_leaf[items.child[marked[:, 0]]] * 8
    found = np.unique(leaf + in_leaf[marked[:, 1]], axis=0)
    scaled = view.vector[:12] * np.float32(1 / SIZE)
    assert (found == depth_kernels.mark_hits_reference(view.depth, view.limits, view.vector, scaled)).all()
