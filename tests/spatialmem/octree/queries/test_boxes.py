"""Boxes against division of dense states from the top, and against the volumes they must fill."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from maps import random_octree, voxels_of
from recordings import needs_office_walk, office_walk_frames

from spatialmem import DepthConfig, Octree, OctreeConfig, QueryError, State
from spatialmem.kernels.ask import states_of
from spatialmem.kernels.boxes import boxes_reference, node_states_reference

SEEDS = st.integers(0, 2**32 - 1)
SIZE = 0.1


def expected_boxes(octree, low, high, level, state):
    """(low voxel, edge) of all boxes of a state in roots [low, high), by division."""
    voxels = voxels_of(octree)
    keys, values = np.array(list(voxels), int).reshape(-1, 3), np.array(list(voxels.values()), np.int8)
    found = []
    for root in np.ndindex(*(high - low)):
        corner = (np.array(root) + low) * 64
        inside = ((keys >= corner) & (keys < corner + 64)).all(axis=1)
        states = np.zeros((64, 64, 64), np.uint8)
        states[tuple((keys[inside] - corner).T)] = states_of(values[inside])
        for node, box in boxes_reference(node_states_reference(states, level), level, state):
            found.append((*(corner + np.array(node) * 2**level).tolist(), 2**box))
    return found


def as_voxels(boxes):
    edge = np.round(boxes.size_m / SIZE).astype(int)
    low = np.round(boxes.center_W / SIZE - edge[:, None] / 2).astype(int)
    return [(*corner, n) for corner, n in zip(low.tolist(), edge.tolist(), strict=True)]


@settings(max_examples=6)
@given(seed=SEEDS, level=st.integers(0, 6), state=st.sampled_from(list(State)))
def test_boxes_equal_division_from_the_top(seed, level, state):
    octree = random_octree(seed, scans=1, points=20)
    low, high = np.array([-1, -1, -1]), np.array([1, 1, 1])
    bounds = low * 64 * SIZE, high * 64 * SIZE
    expected = expected_boxes(octree, low, high, level, state)
    assert as_voxels(octree.boxes(bounds, level=level, state=state)) == expected


@settings(max_examples=10)
@given(seed=SEEDS)
def test_boxes_fill_the_known_volume(seed):
    octree = random_octree(seed)
    volumes = octree.volumes_m3()
    for state, name in ((State.FREE, "free"), (State.OCCUPIED, "occupied")):
        assert (octree.boxes(state=state).size_m ** 3).sum() == pytest.approx(volumes[name])


@settings(max_examples=10)
@given(seed=SEEDS, level=st.integers(0, 6))
def test_the_three_states_fill_the_bounds(seed, level):
    octree = random_octree(seed)
    bounds = np.full(3, -2.0 * 64 * SIZE), np.full(3, 1.0 * 64 * SIZE)
    volume = sum((octree.boxes(bounds, level=level, state=state).size_m ** 3).sum() for state in State)
    assert volume == pytest.approx((3 * 64 * SIZE) ** 3)


@settings(max_examples=10)
@given(seed=SEEDS, level=st.integers(0, 6), state=st.sampled_from([State.FREE, State.OCCUPIED]))
def test_bounds_choose_boxes_of_the_whole_map(seed, level, state):
    octree = random_octree(seed)
    rng = np.random.default_rng(seed)
    low = rng.uniform(-4, 2, 3)
    high = low + rng.uniform(0.01, 3, 3)
    every = octree.boxes(level=level, state=state)
    half = every.size_m[:, None] / 2
    inside = ((every.center_W - half < high) & (every.center_W + half > low)).all(axis=1)
    chosen = octree.boxes((low, high), level=level, state=state)
    assert (chosen.center_W == every.center_W[inside]).all()
    assert (chosen.size_m == every.size_m[inside]).all()


def test_bounds_on_faces_do_not_reach_over():
    octree = Octree(OctreeConfig(voxel_size_m=SIZE, budget_mib=16, threads=1))
    boxes = octree.boxes(([6.4, 6.4, 6.4], [12.8, 12.8, 12.8]), state=State.UNKNOWN)
    assert as_voxels(boxes) == [(64, 64, 64, 64)]


def test_unknown_space_is_listed_root_by_root():
    octree = Octree(OctreeConfig(voxel_size_m=SIZE, budget_mib=16, threads=1))
    boxes = octree.boxes(([-100, -100, -20], [100, 100, 20]), state=State.UNKNOWN)
    assert set(boxes.size_m) == {6.4}
    assert len(boxes.size_m) == 32 * 32 * 8
    assert not len(octree.boxes().size_m)


def test_threads_change_nothing():
    octree = random_octree(7)
    several = Octree.from_blocks(octree_blocks(octree), OctreeConfig(voxel_size_m=SIZE, budget_mib=16, threads=3))
    for state in State:
        a, b = (o.boxes(([-10] * 3, [10] * 3), state=state) for o in (octree, several))
        assert (a.center_W == b.center_W).all()
        assert (a.size_m == b.size_m).all()


def octree_blocks(octree):
    from spatialmem.octree import blocks_of

    return blocks_of(octree.view()._snapshot())


@pytest.mark.usefixtures("unchecked_shapes")
@pytest.mark.parametrize(
    ("bounds", "options", "words"),
    [
        (None, {"state": State.UNKNOWN}, "no end"),
        (([0, 0, 0], [1e5, 1e5, 1e5]), {"state": State.UNKNOWN}, "in pieces"),
        (([0, 0, 0], [1e12, 1, 1]), {}, "the world ends"),
        (([0, 0, 0], [1, 0, 1]), {}, "low below high"),
        (([0, 0], [1, 1]), {}, "low xyz"),
        (([0, 0, np.nan], [1, 1, 1]), {}, "finite"),
        ("here", {}, "low xyz"),
        (None, {"state": 7}, "state is 7"),
        (None, {"level": 7}, "level 7"),
    ],
)
def test_what_cannot_be_asked_is_refused(bounds, options, words):
    with pytest.raises(QueryError, match=words):
        random_octree(0).boxes(bounds, **options)


@needs_office_walk
def test_boxes_of_the_office_fill_its_volumes():
    octree = Octree(OctreeConfig(voxel_size_m=0.05, budget_mib=256, threads=1))
    for depth, camera, X_WC in office_walk_frames(slice(None, None, 20)):
        octree.integrate_image(depth, 0.001, camera, X_WC, DepthConfig(range_max_m=5.0))
    volumes = octree.volumes_m3()
    for state, name in ((State.FREE, "free"), (State.OCCUPIED, "occupied")):
        size_m = octree.boxes(state=state).size_m
        assert (size_m**3).sum() == pytest.approx(volumes[name])
        assert len(size_m) < volumes[name] / 0.05**3
