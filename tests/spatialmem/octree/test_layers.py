"""Colour and last-seen numbers against a plain record of what each frame did to each voxel."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from maps import voxels_of

from spatialmem import DepthConfig, InputError, Octree, OctreeConfig, Pinhole, QueryError
from spatialmem.geometry import look_at
from spatialmem.kernels import layers

SIZE = 0.1
CAMERA = Pinhole(64, 48, 50.0, 50.0, 31.5, 23.5)


def octree_with(**options) -> Octree:
    return Octree(OctreeConfig(voxel_size_m=SIZE, budget_mib=64, threads=1, **options))


def centres(voxels) -> np.ndarray:
    return (np.array(sorted(voxels)) + 0.5) * SIZE


def wall_of(colour, distance_mm: int = 2050):
    return np.full((48, 64), distance_mm, np.uint16), np.full((48, 64, 3), colour, np.uint8)


def test_a_wall_has_the_colour_it_was_painted_and_free_space_has_none():
    octree = octree_with(color=True)
    depth, red = wall_of((200, 10, 30))
    octree.integrate_image(depth, 0.001, CAMERA, np.eye(4), color=red)
    points = np.array([[0.02, 0.02, 2.05], [0.5, -0.3, 2.05], [0.02, 0.02, 1.0], [50.0, 0.0, 0.0]])
    assert octree.colors(points).tolist() == [[200, 10, 30, 4], [200, 10, 30, 4], [0, 0, 0, 0], [0, 0, 0, 0]]


def test_the_colour_is_the_weighted_average_and_follows_a_repainting():
    octree = octree_with(color=True)
    point, rgb, weight = np.array([[0.02, 0.02, 2.05]]), (0, 0, 0), 0
    observation = layers.weight_reference(2.05)
    paints = [(200, 10, 30)] * 3 + [(20, 110, 230)] * 40
    for paint in paints:
        depth, image = wall_of(paint)
        octree.integrate_image(depth, 0.001, CAMERA, np.eye(4), color=image)
        rgb, weight = layers.blended_reference(rgb, weight, paint, observation)
        assert octree.colors(point).tolist() == [[*rgb, weight]]
    assert np.abs(np.array(rgb) - paints[-1]).max() <= layers.COLOR_WEIGHT_MAX / (2 * observation)


def test_near_looks_weigh_more():
    assert [layers.weight_reference(z) for z in (0.5, 1.0, 1.4, 2.0, 5.0)] == [16, 16, 8, 4, 4]


def test_a_pixel_of_something_nearer_does_not_paint_what_is_behind_it():
    depth, image = wall_of((10, 10, 250))
    depth[:, :32], image[:, :32] = 1050, (250, 10, 10)  # a red board covers the left half
    octree = octree_with(color=True)
    octree.integrate_image(depth, 0.001, CAMERA, np.eye(4), color=image)
    known = voxels_of(octree)
    at = centres([v for v, value in known.items() if value > 0])
    painted = octree.colors(at)
    near, far = at[:, 2] < 1.5, at[:, 2] > 1.5
    has = painted[:, 3] > 0
    assert (painted[near & has][:, 0] == 250).all()
    assert (painted[far & has][:, 2] == 250).all()
    assert has.mean() > 0.9


def test_without_a_colour_image_colours_stay():
    octree = octree_with(color=True)
    depth, red = wall_of((200, 10, 30))
    octree.integrate_image(depth, 0.001, CAMERA, np.eye(4), color=red)
    before = octree.colors(np.array([[0.02, 0.02, 2.05]])).tolist()
    octree.integrate_image(depth, 0.001, CAMERA, np.eye(4))
    octree.integrate_scan(np.array([[0.3, 0.3, 2.05]]), np.eye(4))
    assert octree.colors(np.array([[0.02, 0.02, 2.05]])).tolist() == before


@settings(max_examples=15)
@given(seed=st.integers(0, 2**32 - 1), color=st.booleans())
def test_layers_change_nothing_of_the_map(seed, color):
    plain, layered = octree_with(), octree_with(color=color, last_seen=True)
    rng = np.random.default_rng(seed)
    for _ in range(4):
        X = look_at(rng.uniform(-1, 1, 3), rng.uniform((1, -3, -3), (7, 3, 3)))
        depth = rng.integers(0, 3000, (48, 64)).astype(np.uint16)
        image = rng.integers(0, 256, (48, 64, 3), np.uint8)
        for octree in (plain, layered):
            octree.integrate_image(depth, 0.001, CAMERA, X, color=image)
    assert voxels_of(plain) == voxels_of(layered)


@settings(max_examples=15)
@given(seed=st.integers(0, 2**32 - 1))
def test_last_seen_is_exact_in_leaves_and_never_too_new(seed):
    """What one frame sees is what it changes in an empty map: every hit or miss makes a voxel known."""
    octree, rng, truth = octree_with(last_seen=True), np.random.default_rng(seed), {}
    for frame in range(5):
        X = look_at(rng.uniform(-1, 1, 3), rng.uniform((1, -3, -3), (7, 3, 3)))
        depth = np.full((48, 64), rng.integers(500, 3000), np.uint16)
        depth[:, : rng.integers(0, 64)] = 0
        octree.integrate_image(depth, 0.001, CAMERA, X, seq=10 * frame + 7)
        alone = octree_with()
        alone.integrate_image(depth, 0.001, CAMERA, X)
        truth |= dict.fromkeys(voxels_of(alone), 10 * frame + 7)
    at = sorted(truth)
    found = octree.last_seen(centres(at))
    newest = np.array([truth[v] for v in at])
    snapshot = octree._snapshot()
    assert (found <= newest).all()
    assert (found > 0).all()
    in_leaf = in_leaves(snapshot, np.array(at))
    assert (found[in_leaf] == newest[in_leaf]).all()
    assert in_leaf.any()
    assert (octree.last_seen(np.array([[90.0, 0.0, 0.0]])) == 0).all()


def in_leaves(snapshot, voxels) -> np.ndarray:
    """Whether each voxel lies in a leaf rather than in a tile."""
    from spatialmem.kernels.layout import morton_reference
    from spatialmem.kernels.slots import find_rows_reference

    rows = find_rows_reference(snapshot.table, voxels >> 6)
    return snapshot.children[rows, morton_reference(voxels >> 3)] >= 0


def test_what_was_seen_free_again_and_again_is_seen_again():
    octree = octree_with(last_seen=True)
    depth = np.full((48, 64), 3000, np.uint16)
    for seq in range(1, 12):  # long after its log-odds can fall no further
        octree.integrate_image(depth, 0.001, CAMERA, np.eye(4), DepthConfig(range_max_m=5.0), seq=seq)
    near_leaf_and_tile = np.array([[0.05, 0.05, 2.85], [0.05, 0.05, 1.2]])
    assert octree.last_seen(near_leaf_and_tile).tolist() == [11, 11]


def test_layers_that_are_off_say_so_and_take_nothing():
    octree = octree_with()
    with pytest.raises(QueryError, match=r"OctreeConfig\(color=True\)"):
        octree.colors(np.zeros((1, 3)))
    with pytest.raises(QueryError, match=r"OctreeConfig\(last_seen=True\)"):
        octree.last_seen(np.zeros((1, 3)))
    assert all(len(layer) == 0 for layer in octree._snapshot().layers)


@pytest.mark.usefixtures("unchecked_shapes")
def test_a_colour_image_of_another_size_is_refused():
    with pytest.raises(InputError, match="the colour image is uint8 of shape"):
        octree_with(color=True).integrate_image(
            np.full((48, 64), 900, np.uint16), 0.001, CAMERA, np.eye(4), color=np.zeros((64, 48, 3), np.uint8)
        )
    with pytest.raises(InputError, match="numbered from 1"):
        octree_with().integrate_image(np.full((48, 64), 900, np.uint16), 0.001, CAMERA, np.eye(4), seq=0)
