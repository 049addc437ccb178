"""Free shapes against the distance of every node that blocks."""

import numpy as np
import pytest
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from maps import random_octree, voxels_of

import spatialmem as sm
from spatialmem import Box, Capsule, Octree, OctreeConfig, QueryError, Spheres, State
from spatialmem.kernels.ask import states_of
from spatialmem.kernels.boxes import node_states_reference
from spatialmem.kernels.free_space import distance2_reference

SEEDS = st.integers(0, 2**32 - 1)
ANSWERS = st.sampled_from([State.FREE, State.OCCUPIED])
SIZE, HALF = 0.1, 64
ROUNDING = 1e-6 * SIZE
"""Less overlap than this is none [m]."""


def blocking_nodes(octree, level, unknown_is):
    """Corners of all nodes in [-HALF, HALF) voxels that stand in the way [m]."""
    states = np.zeros((2 * HALF,) * 3, np.uint8)
    voxels = voxels_of(octree)
    keys = np.array(list(voxels), int).reshape(-1, 3) + HALF
    inside = ((keys >= 0) & (keys < 2 * HALF)).all(axis=1)
    states[tuple(keys[inside].T)] = states_of(np.array(list(voxels.values()), np.int8)[inside])
    nodes = node_states_reference(states, level)
    blocks = (nodes == State.OCCUPIED) | ((nodes == State.UNKNOWN) & (unknown_is == State.OCCUPIED))
    low = (np.argwhere(blocks) * 2**level - HALF) * SIZE
    return low, low + 2**level * SIZE


def near(low, high, corners):
    """The nodes within a node of a box."""
    margin = corners[1][0, 0] - corners[0][0, 0] if len(corners[0]) else 0
    chosen = ((corners[0] < high + margin) & (corners[1] > low - margin)).all(axis=1)
    return corners[0][chosen], corners[1][chosen]


@settings(max_examples=12)
@given(seed=SEEDS, unknown_is=ANSWERS, level=st.integers(0, 6))
def test_boxes_equal_the_reference(seed, unknown_is, level):
    octree = random_octree(seed)
    rng = np.random.default_rng(seed)
    low = rng.uniform(-4, 3, (60, 3))
    high = low + rng.uniform(0.001, 1.5, (60, 3)) ** 2
    corners = blocking_nodes(octree, level, unknown_is)
    expected = [
        not ((corners[0] + ROUNDING < b) & (corners[1] - ROUNDING > a)).all(axis=1).any()
        for a, b in zip(low, high, strict=True)
    ]
    assert octree.is_free(Box(low, high), unknown_is=unknown_is, level=level).tolist() == expected


@examples(15, quick=5)
@given(seed=SEEDS, unknown_is=ANSWERS, level=st.integers(0, 6), spheres=st.booleans())
def test_spheres_and_capsules_equal_the_reference(seed, unknown_is, level, spheres):
    octree = random_octree(seed)
    rng = np.random.default_rng(seed)
    start = rng.uniform(-4, 4, (40, 3))
    moved = start + rng.normal(0, 0.7, (40, 3)) * rng.integers(0, 2, (40, 3))
    end = start if spheres else moved.clip(-5, 5)  # with its radius within what the reference knows
    radius = rng.uniform(0.01, 0.8, 40)
    shape = Spheres(start, radius) if spheres else Capsule(start, end, radius)
    answers = octree.is_free(shape, unknown_is=unknown_is, level=level)
    corners = blocking_nodes(octree, level, unknown_is)
    for a, b, r, answer in zip(start, end, radius, answers, strict=True):
        low, high = near(np.minimum(a, b) - r, np.maximum(a, b) + r, corners)
        nearest = np.sqrt(distance2_reference(a, b, low, high).min(initial=np.inf))
        if abs(nearest - r) > 3 * ROUNDING:
            assert answer == (nearest >= r)


@settings(max_examples=15)
@given(seed=SEEDS)
def test_the_distance_of_one_node_decides(seed):
    """Capsules of all kinds lie around a single occupied voxel: each axis crossed, missed, or not moved along."""
    octree = single_voxel()
    rng = np.random.default_rng(seed)
    start = rng.uniform(-1, 1, (50, 3))
    end = start + rng.uniform(-1.5, 1.5, (50, 3)) * rng.integers(0, 2, (50, 3))
    low, high = np.zeros(3), np.full(3, SIZE)
    distance = np.array(
        [distance2_reference(a, b, low[None], high[None])[0] ** 0.5 for a, b in zip(start, end, strict=True)]
    )
    for factor in (0.999, 1.001):
        outside = distance > 0.01
        shape = Capsule(start[outside], end[outside], distance[outside] * factor)
        assert (octree.is_free(shape, unknown_is=State.FREE) == (factor < 1)).all()


def single_voxel():
    octree = Octree(OctreeConfig(voxel_size_m=SIZE, budget_mib=16, threads=1))
    X_WS = np.eye(4)
    X_WS[:3, 3] = 1.05, 0.05, 0.05
    octree.integrate_scan(np.array([[-1.0, 0.0, 0.0]]), X_WS)
    return octree


@settings(max_examples=10)
@given(seed=SEEDS)
def test_free_boxes_are_free_and_occupied_boxes_are_not(seed):
    octree = random_octree(seed, voxel_size_m=0.07)
    for state in (State.FREE, State.OCCUPIED):
        boxes = octree.boxes(state=state)
        half = boxes.size_m[:, None] / 2
        shape = Box(boxes.center_W - half, boxes.center_W + half)
        assert (octree.is_free(shape, unknown_is=State.OCCUPIED) == (state == State.FREE)).all()


def test_what_is_laid_against_a_face_does_not_touch():
    octree = single_voxel()
    beside = Box(np.array([[0.1, 0.0, 0.0], [-0.1, 0.0, 0.0]]), np.array([[0.2, 0.1, 0.1], [0.0, 0.1, 0.1]]))
    assert octree.is_free(beside, unknown_is=State.FREE).all()
    on_top = Spheres(np.array([[0.05, 0.05, 0.1 + 0.3], [0.05, 0.05, 0.1 + 0.29]]), 0.3)
    assert octree.is_free(on_top, unknown_is=State.FREE).tolist() == [True, False]
    thin = Box(np.array([[0.05, 0.05, 0.05]]), np.array([[0.05 + 1e-12, 0.06, 0.06]]))
    assert not octree.is_free(thin, unknown_is=State.FREE).any()
    tiny = Spheres(np.array([[0.05, 0.05, 0.05]]), 1e-12)
    assert not octree.is_free(tiny, unknown_is=State.FREE).any()


def test_an_empty_map_is_what_one_takes_unknown_for():
    octree = Octree(OctreeConfig(voxel_size_m=SIZE, budget_mib=16, threads=1))
    shape = Spheres(np.zeros((3, 3)), 5.0)
    assert octree.is_free(shape, unknown_is=State.FREE).tolist() == [True] * 3
    assert octree.is_free(shape, unknown_is=State.OCCUPIED).tolist() == [False] * 3
    assert octree.is_free(Spheres(np.zeros((0, 3)), 5.0), unknown_is=State.FREE).shape == (0,)


def test_threads_change_nothing():
    from spatialmem.octree import blocks_of

    octree = random_octree(5)
    blocks = blocks_of(octree.view()._snapshot())
    several = Octree.from_blocks(blocks, OctreeConfig(voxel_size_m=SIZE, budget_mib=16, threads=3))
    shape = Spheres(np.random.default_rng(0).uniform(-4, 4, (3000, 3)), 0.2)
    a, b = (o.is_free(shape, unknown_is=State.FREE) for o in (octree, several))
    assert (a == b).all()
    assert 0 < a.sum() < len(a)


ONE = np.zeros((1, 3))


@pytest.mark.usefixtures("unchecked_shapes")
@pytest.mark.parametrize(
    ("make", "unknown_is", "words"),
    [
        (lambda: Spheres(ONE, 0.3), State.UNKNOWN, "must be State.FREE or State.OCCUPIED"),
        (lambda: Spheres(ONE, 0.3), 5, "unknown_is is 5"),
        (lambda: Spheres(ONE, 0.0), State.FREE, "above 0"),
        (lambda: Spheres(ONE, np.nan), State.FREE, "finite"),
        (lambda: Spheres(ONE, np.array([1.0, 2.0])), State.FREE, "one for each of 1"),
        (lambda: Spheres(np.array([[0.0, np.inf, 0.0]]), 0.3), State.FREE, "finite"),
        (lambda: Spheres(np.array([[1e8, 0.0, 0.0]]), 0.3), State.FREE, "within"),
        (lambda: Spheres(ONE, 5000.0), State.FREE, "in pieces"),
        (lambda: Box(ONE, ONE), State.FREE, "below high_W"),
        (lambda: Box(ONE, np.array([[1.0, 1.0, -1.0]])), State.FREE, "below high_W"),
        (lambda: Capsule(ONE, np.zeros((2, 3)), 0.3), State.FREE, "one of each"),
        (lambda: ONE, State.FREE, "takes a Box"),
    ],
)
def test_what_cannot_be_asked_is_refused(make, unknown_is, words):
    with pytest.raises(QueryError, match=words):
        random_octree(0).is_free(make(), unknown_is=unknown_is)


def test_unknown_must_be_said():
    with pytest.raises(TypeError, match="unknown_is"):
        random_octree(0).is_free(sm.Spheres(ONE, 0.3))  # pyright: ignore[reportCallIssue]
