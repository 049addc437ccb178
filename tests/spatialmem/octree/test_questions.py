"""What the octree answers against plain look-ups in a mapping of voxels."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from maps import random_octree, voxels_of

from spatialmem import Octree, OctreeConfig, QueryError, State
from spatialmem.kernels import ask, rays
from spatialmem.kernels.columns import columns_reference

SEEDS = st.integers(0, 2**32 - 1)


@settings(max_examples=10)
@given(seed=SEEDS, real=st.sampled_from([np.float32, np.float64]))
def test_log_odds_equal_the_reference(seed, real):
    octree = random_octree(seed)
    voxels = voxels_of(octree)
    points = np.random.default_rng(seed).uniform(-8, 8, (3000, 3)).astype(real)
    assert (octree.log_odds(points) == ask.log_odds_reference(voxels, points, 1 / 0.1)).all()
    assert (octree.state(points) == ask.states_of(octree.log_odds(points))).all()


@settings(max_examples=10)
@given(seed=SEEDS, level=st.integers(1, 6))
def test_states_of_nodes_equal_the_reference(seed, level):
    octree = random_octree(seed)
    voxels = voxels_of(octree)
    points = np.random.default_rng(seed).uniform(-5, 5, (40, 3))
    expected = [ask.node_state_reference(voxels, np.floor(p * (1 / 0.1)).astype(int), level) for p in points]
    assert octree.state(points, level=level).tolist() == expected


@settings(max_examples=15)
@given(seed=SEEDS, unknown_is=st.sampled_from(list(State)))
def test_rays_equal_the_reference(seed, unknown_is):
    octree = random_octree(seed)
    voxels = voxels_of(octree)
    rng = np.random.default_rng(seed)
    origins, directions = rng.uniform(-3, 3, (40, 3)), rng.normal(0, 1, (40, 3))
    directions[:6] = np.vstack([np.eye(3), -np.eye(3)])  # along the axes
    hits = octree.raycast(origins, directions * 7.0, 5.0, unknown_is=unknown_is)
    unit = directions / np.linalg.norm(directions, axis=1)[:, None]
    for i in range(40):
        state, distance = rays.cast_rays_reference(voxels, 0.1, origins[i], unit[i], 5.0, int(unknown_is))
        assert hits.state[i] == state
        assert hits.distance_m[i] == pytest.approx(distance, abs=1e-5)


def test_a_ray_says_what_ended_it():
    octree = Octree(OctreeConfig(voxel_size_m=0.1, budget_mib=4))
    octree.integrate_scan(np.array([[2.05, 0.05, 0.05]]), np.eye(4))
    origins, along = np.array([[0.05, 0.05, 0.05]] * 3), np.array([[1.0, 0, 0], [1.0, 0, 0], [0, 1.0, 0]])
    hits = octree.raycast(origins[:1], along[:1], 5.0)
    assert (hits.state[0], hits.distance_m[0]) == (State.OCCUPIED, pytest.approx(1.95))
    assert octree.raycast(origins[:1], along[:1], 1.0).state[0] == State.FREE
    assert octree.raycast(origins[2:], along[2:], 5.0).state[0] == State.UNKNOWN
    through = octree.raycast(origins[2:], along[2:], 5.0, unknown_is=State.FREE)
    assert (through.state[0], through.distance_m[0]) == (State.FREE, 5.0)
    assert octree.raycast(origins[2:], along[2:], 5.0, unknown_is=State.OCCUPIED).state[0] == State.OCCUPIED


@settings(max_examples=10)
@given(seed=SEEDS, low=st.floats(-2, 1), height=st.floats(0.1, 3))
def test_columns_bounds_and_layers_equal_the_reference(seed, low, height):
    octree = random_octree(seed)
    voxels = voxels_of(octree)
    columns = octree.columns(low, low + height)
    first = np.round(columns.origin_m / 0.1).astype(int)
    z_low, z_high = (math.ceil(z / 0.1 - 0.5) for z in (low, low + height))
    state, top = columns_reference(voxels, first, columns.state.shape, z_low, z_high)
    assert (columns.state == state).all()
    np.testing.assert_allclose(columns.top_m, (top + 1) * 0.1, rtol=1e-5)

    keys, values = np.array(list(voxels)), np.array(list(voxels.values()))
    bounds = octree.bounds_m()
    assert bounds is not None
    np.testing.assert_allclose(bounds, [keys.min(axis=0) * 0.1, (keys.max(axis=0) + 1) * 0.1])
    z_m, counts = octree.occupied_by_height()
    assert counts.sum() == (values > 0).sum()
    occupied_z = (keys[values > 0, 2] + 0.5) * 0.1
    assert counts[np.isclose(z_m, occupied_z[0])] == np.isclose(occupied_z, occupied_z[0]).sum()


def test_nowhere_is_unknown():
    octree = random_octree(1)
    far = np.array([[1e30, 0, 0], [np.nan, 0, 0], [0, np.inf, 0], [0, 0, -1e9]])
    assert (octree.log_odds(far) == -128).all()
    assert (octree.state(far) == State.UNKNOWN).all()
    assert (octree.state(far, level=4) == State.UNKNOWN).all()
    assert len(octree.log_odds(np.zeros((0, 3)))) == 0


@pytest.mark.parametrize(
    ("ask_it", "says"),
    [
        (lambda o: o.log_odds(np.zeros(3)), r"shape \(n, 3\)"),
        (lambda o: o.state(np.zeros((2, 2))), r"shape \(n, 3\)"),
        (lambda o: o.state(np.zeros((2, 3)), level=7), "level 7 does not exist"),
        (lambda o: o.log_odds(np.array([["a", "b", "c"]])), "must be numbers"),
        (lambda o: o.raycast(np.zeros((1, 3)), np.zeros((1, 3)), 5.0), "not zero"),
        (lambda o: o.raycast(np.zeros((1, 3)), np.ones((2, 3)), 5.0), "1 origins but 2 directions"),
        (lambda o: o.raycast(np.zeros((1, 3)), np.ones((1, 3)), 0.0), "above 0"),
        (lambda o: o.raycast(np.full((1, 3), np.nan), np.ones((1, 3)), 5.0), "finite"),
        (lambda o: o.raycast(np.full((1, 3), 1e12), np.ones((1, 3)), 5.0), "within"),
        (lambda o: o.columns(1.0, 1.0), "empty"),
        (lambda o: o.columns(-np.inf, 1.0), "two finite heights"),
        (lambda o: o.columns("a", 1.0), "two finite heights"),
        (lambda o: o.state(np.zeros((1, 3)), level=np.zeros(2)), "does not exist"),
        (lambda o: o.state(np.zeros((1, 3)), level="1"), "level '1' does not exist"),
        (lambda o: o.raycast(np.zeros((1, 3)), np.ones((1, 3)), "5"), "must be a number"),
        (
            lambda o: o.raycast(np.zeros((1, 3)), np.ones((1, 3)), 5.0, unknown_is=7),
            "State.UNKNOWN or State.FREE or State.OCCUPIED",
        ),
        (lambda o: o.log_odds([[1, 2, 3], [4, 5]]), "do not form an array"),
    ],
)
@pytest.mark.usefixtures("unchecked_shapes")
def test_questions_that_cannot_be_asked_are_named(ask_it, says):
    with pytest.raises(QueryError, match=says):
        ask_it(random_octree(1))
