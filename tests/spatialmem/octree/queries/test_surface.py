"""Surface nodes against shifted arrays of states; the mesh against what a closed hull must be."""

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from maps import random_octree, voxels_of

from spatialmem import Octree, OctreeConfig, QueryError, State
from spatialmem.kernels.ask import states_of
from spatialmem.kernels.boxes import node_states_reference
from spatialmem.kernels.surface import free_sides_reference

SEEDS = st.integers(0, 2**32 - 1)
SIZE, HALF = 0.1, 128
SIDES = np.array([[-1, 0, 0], [1, 0, 0], [0, -1, 0], [0, 1, 0], [0, 0, -1], [0, 0, 1]])


def node_states(octree, level):
    """States of all nodes in [-HALF, HALF) voxels, indexed [x, y, z]."""
    states = np.zeros((2 * HALF,) * 3, np.uint8)
    voxels = voxels_of(octree)
    keys = np.array(list(voxels), int).reshape(-1, 3) + HALF
    states[tuple(keys.T)] = states_of(np.array(list(voxels.values()), np.int8))
    return node_states_reference(states, level)


def by_place(points, normals):
    order = np.lexsort(points.T)
    return points[order], normals[order]


@settings(max_examples=12)
@given(seed=SEEDS, level=st.integers(0, 6))
def test_surface_equals_the_reference(seed, level):
    octree = random_octree(seed)
    edge_m = SIZE * 2**level
    sides = free_sides_reference(node_states(octree, level))
    nodes = np.argwhere(sides > 0)
    points = ((nodes - HALF // 2**level + 0.5) * edge_m).astype(np.float32)
    directions = ((sides[tuple(nodes.T)][:, None] >> np.arange(6)) & 1) @ SIDES
    length = np.linalg.norm(directions, axis=1, keepdims=True)
    normals = np.where(length > 0, directions / np.maximum(length, 1), 0)
    surface = octree.surface(level=level)
    found, expected = by_place(surface.points_W, surface.normals_W), by_place(points, normals)
    np.testing.assert_allclose(found[0], expected[0], atol=1e-5)
    np.testing.assert_allclose(found[1], expected[1], atol=1e-6)


@settings(max_examples=10)
@given(seed=SEEDS, cut=st.floats(-2, 2), axis=st.integers(0, 2))
def test_surfaces_of_two_halves_are_the_whole(seed, cut, axis):
    octree = random_octree(seed)
    whole = octree.surface()
    low, high, middle_low, middle_high = (np.full(3, v) for v in (-20.0, 20.0, -20.0, 20.0))
    middle_high[axis] = middle_low[axis] = cut
    parts = [octree.surface((low, middle_high)), octree.surface((middle_low, high))]
    points = np.concatenate([part.points_W for part in parts])
    assert sorted(map(tuple, points.tolist())) == sorted(map(tuple, whole.points_W.tolist()))


def directed_edges(triangles):
    return np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])


def volume_m3(mesh):
    a, b, c = (mesh.vertices_W.astype(np.float64)[mesh.triangles[:, i]] for i in range(3))
    return (np.cross(a, b) * c).sum() / 6


@settings(max_examples=10)
@given(seed=SEEDS, level=st.integers(0, 6))
def test_the_mesh_is_closed_and_faces_outwards(seed, level):
    octree = random_octree(seed)
    mesh = octree.surface_mesh(level=level)
    edges = directed_edges(mesh.triangles)
    assert len(edges)
    assert len(np.unique(edges, axis=0)) == len(edges)  # two triangles an edge, no more
    there, back = (np.unique(e, axis=0) for e in (edges, edges[:, ::-1]))
    assert (there == back).all()
    assert len(np.unique(mesh.vertices_W, axis=0)) == len(mesh.vertices_W)
    occupied_m3 = (octree.boxes(level=level).size_m ** 3).sum()
    assert 0.1 * occupied_m3 < volume_m3(mesh) < 1.2 * occupied_m3


@settings(max_examples=6)
@given(seed=SEEDS, level=st.integers(0, 3))
def test_the_mesh_separates_occupied_centres_from_the_others(seed, level):
    """The centre of a node is inside, by its winding number, if and only if the node is occupied."""
    octree = random_octree(seed, scans=1, points=12)
    mesh = octree.surface_mesh(level=level)
    edge_m = SIZE * 2**level
    rng = np.random.default_rng(seed)
    boxes = octree.boxes(level=level)
    chosen = boxes.center_W[rng.integers(0, len(boxes.center_W), 15)] + rng.integers(-1, 2, (15, 3)) * edge_m
    centres = (np.floor(chosen / edge_m) + 0.5) * edge_m
    inside = np.round([winding_number(mesh, p) for p in centres]).astype(int)
    assert inside.tolist() == (octree.state(centres, level=level) == State.OCCUPIED).astype(int).tolist()


def winding_number(mesh, p):
    """How often a mesh goes around a point (van Oosterom & Strackee 1983)."""
    a, b, c = (mesh.vertices_W.astype(np.float64)[mesh.triangles[:, i]] - p for i in range(3))
    la, lb, lc = (np.linalg.norm(v, axis=1) for v in (a, b, c))
    volume = (a * np.cross(b, c)).sum(axis=1)
    rest = la * lb * lc + (a * b).sum(1) * lc + (b * c).sum(1) * la + (c * a).sum(1) * lb
    return np.arctan2(volume, rest).sum() / (2 * np.pi)


def test_the_mesh_of_one_voxel_lies_on_its_face_centres():
    octree = Octree(OctreeConfig(voxel_size_m=SIZE, budget_mib=16, threads=1))
    X_WS = np.eye(4)
    X_WS[:3, 3] = 1.05, 0.05, 0.05
    octree.integrate_scan(np.array([[-1.0, 0.0, 0.0]]), X_WS)
    mesh = octree.surface_mesh()
    expected = [(0.05 + SIDES[i] * 0.05).tolist() for i in range(6)]
    np.testing.assert_allclose(sorted(mesh.vertices_W.tolist()), sorted(expected), atol=1e-6)
    assert len(mesh.triangles) == 8
    assert volume_m3(mesh) > 0


@settings(max_examples=6)
@given(seed=SEEDS)
def test_bounds_cut_the_mesh_open(seed):
    octree = random_octree(seed)
    whole = octree.surface_mesh()
    low, high = np.array([-1.0, -1.0, -1.0]), np.array([1.0, 1.5, 0.7])
    part = octree.surface_mesh((low, high))
    every = set(map(tuple, whole.vertices_W.tolist()))
    assert set(map(tuple, part.vertices_W.tolist())) <= every
    assert (part.vertices_W >= low - SIZE - 1e-6).all()
    assert (part.vertices_W <= high + SIZE + 1e-6).all()
    inside = ((whole.vertices_W > low) & (whole.vertices_W < high)).all(axis=1)
    assert set(map(tuple, whole.vertices_W[inside].tolist())) <= set(map(tuple, part.vertices_W.tolist()))


def test_nothing_has_no_surface():
    octree = Octree(OctreeConfig(voxel_size_m=SIZE, budget_mib=16, threads=1))
    assert octree.surface().points_W.shape == (0, 3)
    assert octree.surface_mesh().vertices_W.shape == (0, 3)
    assert octree.surface_mesh().triangles.shape == (0, 3)


def test_without_scikit_image_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "skimage.measure", None)
    with pytest.raises(QueryError, match=r"pip install 'spatialmem\[mesh\]'"):
        random_octree(0).surface_mesh()


@pytest.mark.usefixtures("unchecked_shapes")
@pytest.mark.parametrize("ask", [Octree.surface, Octree.surface_mesh])
def test_what_cannot_be_asked_is_refused(ask):
    with pytest.raises(QueryError, match="low below high"):
        ask(random_octree(0), ([0, 0, 0], [0, 1, 1]))
    with pytest.raises(QueryError, match="level 9"):
        ask(random_octree(0), level=9)
    with pytest.raises(QueryError, match="the world ends"):
        ask(random_octree(0), ([0, 0, 0], [1e12, 1, 1]))
