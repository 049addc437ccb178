"""OctoMap files: OctoMap's own library reads what we write, and we read what it writes."""

import numpy as np
import octomap
import pytest
from hypothesis import given
from hypothesis import strategies as st
from maps import random_octree, voxels_of
from recordings import DATA, needs, needs_office_walk, office_walk_frames

from spatialmem import (
    FormatError,
    InputError,
    MapFull,
    Octree,
    OctreeConfig,
    SpatialMemory,
    read_octomap,
    write_octomap,
)
from spatialmem.formats.octomap.values import RECORDS, quanta_of

GEB079 = DATA / "octomap" / "geb079.bt"
needs_geb079 = needs(GEB079)
SUFFIXES = (".bt", ".ot")


def their_tree(path):
    """Read a file with OctoMap's library."""
    name = str(path).encode()
    return octomap.OcTree(name) if path.suffix == ".bt" else octomap.OcTree.read(name)


def key_of(node):
    """A node's key. Theirs has no end, so it cannot be unpacked."""
    key = node.getKey()
    return key[0], key[1], key[2]


def their_leaves(tree):
    """All leaf nodes: key, depth, occupied."""
    return {(*key_of(node), node.getDepth(), bool(tree.isNodeOccupied(node))) for node in tree.begin_leafs()}


def their_voxels(tree):
    """All known voxels and their log-odds [nat], leaf nodes taken apart."""
    voxels = {}
    for node in tree.begin_leafs():
        edge = 1 << (16 - node.getDepth())
        first = [(k & -edge) - 32768 for k in key_of(node)]
        for offset in np.ndindex(edge, edge, edge):
            voxels[tuple(a + b for a, b in zip(first, offset, strict=True))] = node.getValue()
    return voxels


@pytest.fixture(scope="module")
def office():
    """The map of a part of the office walk at 5 cm."""
    octree = Octree(OctreeConfig(voxel_size_m=0.05))
    for depth, camera, X_WC in office_walk_frames(slice(0, 373, 20)):
        octree.integrate_image(depth, 0.001, camera, X_WC)
    return octree


@needs_geb079
def test_geb079_has_its_leaves_and_bounds(tmp_path):
    octree = read_octomap(GEB079)
    bounds = octree.bounds_m()
    assert bounds is not None
    low, high = bounds
    np.testing.assert_allclose(low, [-8, -7.52, -0.32], atol=1e-9)
    np.testing.assert_allclose(high, [30.96, 7.44, 2.8], atol=1e-9)
    theirs = their_leaves(their_tree(GEB079))
    assert len(theirs) == 428_144
    for suffix in SUFFIXES:
        path = tmp_path / f"a{suffix}"
        write_octomap(path, octree)
        tree = their_tree(path)
        assert tree.getNumLeafNodes() == 428_144
        assert their_leaves(tree) == theirs
        assert read_octomap(path).dump() == octree.dump()


@needs_geb079
def test_geb079_is_written_as_it_was(tmp_path):
    """Its nodes are the same bytes again: what we prune is what OctoMap prunes."""
    node_count = write_octomap(tmp_path / "a.bt", read_octomap(GEB079))
    assert node_count == 532_566
    original, ours = (path.read_bytes().split(b"\ndata\n", 1)[1] for path in (GEB079, tmp_path / "a.bt"))
    assert ours == original


@needs_office_walk
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_office_is_the_same_in_octomap(office, tmp_path, suffix):
    path = tmp_path / f"office{suffix}"
    node_count = write_octomap(path, office)
    tree = their_tree(path)
    assert tree.size() == node_count
    assert tree.getResolution() == 0.05
    expected = voxels_of(office)
    found = their_voxels(tree)
    assert found.keys() == expected.keys()
    assert all((found[voxel] >= tree.getOccupancyThresLog()) == (q > 0) for voxel, q in expected.items())
    if suffix == ".ot":
        assert all(found[voxel] == (q / 32 if q else -1 / 64) for voxel, q in expected.items())
        assert voxels_of(read_octomap(path)) == expected


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_what_octomap_writes_is_read(tmp_path, suffix):
    """Theirs, with rays cast by them: values between their limits, inner nodes, all states."""
    tree = octomap.OcTree(0.1)
    rng = np.random.default_rng(3)
    for _ in range(3):
        tree.insertPointCloud(rng.normal(0, 1.0, (200, 3)), rng.uniform(-0.5, 0.5, 3))
    path = tmp_path / f"theirs{suffix}"
    assert (tree.writeBinary if suffix == ".bt" else tree.write)(str(path).encode())
    expected = their_voxels(their_tree(path))
    found = voxels_of(read_octomap(path))
    assert found.keys() == expected.keys()
    assert all((found[voxel] > 0) == (nats >= 0) for voxel, nats in expected.items())
    assert {q for q in found.values() if q > 0}
    assert {q for q in found.values() if q <= 0}
    for voxel, nats in expected.items():
        assert abs(found[voxel] - np.clip(nats * 32, -64, 112)) <= 0.5


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("seed", range(3))
def test_octomap_reads_random_maps(tmp_path, suffix, seed):
    octree = random_octree(seed)
    path = tmp_path / f"a{suffix}"
    write_octomap(path, octree)
    tree = their_tree(path)
    found, expected = their_voxels(tree), voxels_of(octree)
    assert found.keys() == expected.keys()
    assert all((found[voxel] >= 0) == (q > 0) for voxel, q in expected.items())


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_an_empty_map_goes_out_and_in(tmp_path, suffix):
    path = tmp_path / f"empty{suffix}"
    assert write_octomap(path, Octree()) == 0
    assert their_tree(path).size() == 0
    again = read_octomap(path)
    assert (again.root_count, again.bounds_m()) == (0, None)


def test_a_memory_and_a_view_can_be_written(tmp_path):
    octree = random_octree(1)
    write_octomap(tmp_path / "a.ot", octree)
    write_octomap(tmp_path / "b.ot", octree.view())
    assert (tmp_path / "a.ot").read_bytes() == (tmp_path / "b.ot").read_bytes()
    assert write_octomap(tmp_path / "c.ot", SpatialMemory()) == 0


def test_colored_trees_are_read_for_their_occupancy(tmp_path):
    octree = random_octree(2)
    write_octomap(tmp_path / "plain.ot", octree)
    head, nodes = (tmp_path / "plain.ot").read_bytes().split(b"\ndata\n", 1)
    plain = np.frombuffer(nodes, np.uint8).reshape(-1, 5)
    colored = np.hstack([plain[:, :4], np.full((len(plain), 3), 200, np.uint8), plain[:, 4:]])
    path = tmp_path / "colored.ot"
    path.write_bytes(head.replace(b"id OcTree", b"id ColorOcTree") + b"\ndata\n" + colored.tobytes())
    assert read_octomap(path).dump() == read_octomap(tmp_path / "plain.ot").dump()


def test_an_unpruned_file_is_the_same_map(tmp_path):
    """Eight equal voxels, each a node of its own: a leaf of one value is a tile, however it was written."""
    chain = b"".join(b"\0\0\0\0" + bytes([mask]) for mask in [1 << 7] + [1] * 12)
    leaf = b"\0\0\0\0\xff" + (b"\0\0\0\0\xff" + (b"\0\0\0\0\xff" + b"\0\0\0\x40\0" * 8) * 8) * 8
    nodes = chain + leaf
    text = f"# Octomap OcTree file\nid OcTree\nsize {len(nodes) // 5}\nres 0.1\ndata\n"
    (tmp_path / "a.ot").write_bytes(text.encode() + nodes)
    octree = read_octomap(tmp_path / "a.ot")
    assert (octree.root_count, octree.leaf_count) == (1, 0)
    assert voxels_of(octree) == dict.fromkeys(np.ndindex(8, 8, 8), 64)


@given(st.floats(-1e4, 1e4, width=32))
def test_the_state_of_log_odds_never_changes(nats):
    (quanta,) = quanta_of(np.array([nats], np.float32))
    assert (quanta > 0) == (nats >= 0)
    assert -64 <= quanta <= 112
    assert abs(quanta - np.clip(nats * 32, -64, 112)) <= (1 if 0 <= nats < 0.1 else 0.51)


def test_every_log_odds_comes_back_as_it_was():
    written = RECORDS.view("<f4")[:, 0]
    quanta = np.arange(-64, 113)
    assert np.array_equal(quanta_of(written[quanta + 128]), quanta)
    assert np.array_equal(written[quanta + 128] >= 0, quanta > 0)


def test_the_limits_are_octomaps():
    tree = octomap.OcTree(0.1)
    limits = np.array([tree.getClampingThresMinLog(), tree.getClampingThresMaxLog()], np.float32)
    assert quanta_of(limits).tolist() == [-64, 112]
    assert tree.getOccupancyThresLog() == 0


def test_the_file_decides_the_voxel_size_the_config_the_rest(tmp_path):
    octree = random_octree(1, voxel_size_m=0.123456789)
    write_octomap(tmp_path / "a.bt", octree)
    again = read_octomap(tmp_path / "a.bt", OctreeConfig(voxel_size_m=0.05, budget_mib=7, threads=1))
    assert (again.voxel_size_m, again.config.budget_mib, again.config.threads) == (0.123456789, 7, 1)


def test_a_budget_that_is_too_small_is_refused(tmp_path):
    octree = random_octree(1, voxel_size_m=0.02, scans=1)
    write_octomap(tmp_path / "a.ot", octree)
    with pytest.raises(MapFull, match="1 MiB"):
        read_octomap(tmp_path / "a.ot", OctreeConfig(budget_mib=1))


def test_a_small_file_cannot_ask_for_all_memory(tmp_path):
    """One node an eighth of the world wide would be 134 million roots."""
    (tmp_path / "a.bt").write_bytes(b"# Octomap OcTree binary file\nid OcTree\nsize 2\nres 0.1\ndata\n\x02\0")
    with pytest.raises(MapFull, match="134217728 roots"):
        read_octomap(tmp_path / "a.bt")


def test_a_map_beyond_octomaps_world_is_refused(tmp_path):
    def one_voxel(x_m):
        octree = Octree(OctreeConfig(voxel_size_m=0.1, budget_mib=16))
        X_WS = np.eye(4)
        X_WS[:3, 3] = x_m, 0, 0
        octree.integrate_scan(np.array([[0.0, 0.0, 0.35]]), X_WS)
        return octree

    write_octomap(tmp_path / "edge.bt", one_voxel(3276.75))
    assert their_tree(tmp_path / "edge.bt").getNumLeafNodes() == 4
    assert (tmp_path / "edge.bt").exists()
    with pytest.raises(InputError, match="32768 voxels"):
        write_octomap(tmp_path / "beyond.bt", one_voxel(3276.85))
    assert not (tmp_path / "beyond.bt").exists()


def test_the_first_line_decides_not_the_name(tmp_path):
    octree = random_octree(4)
    write_octomap(tmp_path / "a.ot", octree)
    (tmp_path / "renamed.bt").write_bytes((tmp_path / "a.ot").read_bytes())
    assert read_octomap(tmp_path / "renamed.bt").dump() == read_octomap(tmp_path / "a.ot").dump()


def test_another_ending_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"\.bt, \.ot"):
        write_octomap(tmp_path / "a.oct", Octree())
    with pytest.raises(FormatError, match="nothing is there"):
        read_octomap(tmp_path / "a.oct")
