"""OctoMap's nodes: the walks against plain recursion, on random trees."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatialmem.formats.octomap.codes import canonical, codes_of, roots_of
from spatialmem.formats.octomap.read import read_octomap
from spatialmem.formats.octomap.write import write_octomap
from spatialmem.kernels import octomap as kernels
from spatialmem.kernels.octomap import Found, pruned_reference, read_states_reference, read_values_reference
from spatialmem.kernels.warmup import warm_up
from spatialmem.octree import Octree

FAR = 1 << 15


@pytest.fixture(scope="module", autouse=True)
def _ready():
    warm_up()


def code_of(voxel):
    """The Morton code of a voxel in OctoMap's world, bit by bit."""
    return sum((c + FAR >> bit & 1) << 3 * bit + axis for axis, c in enumerate(voxel) for bit in range(16))


def map_of(voxels):
    """An octree of a mapping of voxel to log-odds, built without any kernel."""
    roots = sorted({tuple(c >> 6 for c in voxel) for voxel in voxels})
    dense = np.full((len(roots), 512, 512), -128, np.int8)
    for voxel, value in voxels.items():
        code = code_of(voxel) & (1 << 18) - 1
        dense[roots.index(tuple(c >> 6 for c in voxel)), code >> 9, code & 511] = value
    children = np.arange(len(roots) * 512, dtype=np.int32).reshape(-1, 512)
    coordinates = np.array(roots, np.int32).reshape(-1, 3)
    return Octree.from_blocks(canonical(coordinates, children, dense.reshape(-1, 512)))


coordinate = st.one_of(st.integers(-20, 20), st.integers(-FAR, FAR - 1))
corner = st.tuples(coordinate, coordinate, coordinate)
log_odds = st.integers(-64, 112)


@st.composite
def random_voxels(draw):
    """A few cubes of 1, 2, 4 or 8 voxels, where they fall, and single voxels."""
    voxels = {}
    for low, level, value in draw(st.lists(st.tuples(corner, st.integers(0, 3), log_odds), min_size=1, max_size=6)):
        first = [min(c >> level << level, FAR - (1 << level)) for c in low]
        for offset in np.ndindex(*(1 << level,) * 3):
            voxels[tuple(a + b for a, b in zip(first, offset, strict=True))] = value
    return voxels


def leaves_of(tree, level=16, code=0):
    """The leaf nodes of a pruned tree, (level, code, value) each, in order."""
    if isinstance(tree, list):
        return [leaf for i, kid in enumerate(tree) for leaf in leaves_of(kid, level - 1, code * 8 + i)]
    return [] if tree is None else [(level, code, tree)]


def payload(path):
    return np.frombuffer(path.read_bytes().split(b"\ndata\n", 1)[1], np.uint8)


@settings(max_examples=40)
@given(random_voxels())
def test_what_is_written_is_the_pruned_tree(tmp_path_factory, voxels):
    folder = tmp_path_factory.mktemp("tree")
    octree = map_of(voxels)
    coded = {code_of(voxel): value for voxel, value in voxels.items()}

    write_octomap(folder / "a.ot", octree)
    nodes = payload(folder / "a.ot").reshape(-1, 5)
    values = np.ascontiguousarray(nodes[:, :4]).view("<f4")[:, 0] * 32
    found, end = read_values_reference(values * 2, nodes[:, 4])  # doubled, as 0 is written as -0.5
    assert end == len(nodes)
    expected = [(level, code, 2 * q if q else -1) for level, code, q in leaves_of(pruned_reference(coded))]
    assert found == expected

    write_octomap(folder / "a.bt", octree)
    found, end = read_states_reference(payload(folder / "a.bt"))
    assert end == len(payload(folder / "a.bt"))
    certain = {code: 112 if q > 0 else -64 for code, q in coded.items()}
    assert found == leaves_of(pruned_reference(certain))


@settings(max_examples=40)
@given(random_voxels())
def test_inner_nodes_carry_the_greatest_of_their_children(tmp_path_factory, voxels):
    path = tmp_path_factory.mktemp("tree") / "a.ot"
    write_octomap(path, map_of(voxels))
    nodes = payload(path).reshape(-1, 5)
    values = np.ascontiguousarray(nodes[:, :4]).view("<f4")[:, 0]

    def greatest(at):
        """Check the node at `at`; return its value and where the next one begins."""
        mask, end = int(nodes[at, 4]), at + 1
        if not mask:
            return values[at], end
        below = []
        for _ in range(mask.bit_count()):
            value, end = greatest(end)
            below.append(value)
        assert values[at] == max(below)
        return values[at], end

    assert greatest(0)[1] == len(nodes)


@settings(max_examples=40)
@given(random_voxels())
def test_what_is_read_is_what_was_written(tmp_path_factory, voxels):
    folder = tmp_path_factory.mktemp("tree")
    octree = map_of(voxels)
    write_octomap(folder / "a.ot", octree)
    assert read_octomap(folder / "a.ot").dump() == octree.dump()
    write_octomap(folder / "a.bt", octree)
    certain = map_of({voxel: 112 if q > 0 else -64 for voxel, q in voxels.items()})
    assert read_octomap(folder / "a.bt").dump() == certain.dump()


@settings(max_examples=300)
@given(st.binary(max_size=60), st.integers(0, 200))
def test_any_bytes_are_read_to_an_end(data, limit):
    """Whatever the bytes are, reading stops within them, and counts what it then fills."""
    none = np.empty(0, np.int64), np.empty((0, 512), np.int32), np.empty((0, 512), np.int8)
    found = np.zeros(Found.SIZE, np.int64)
    kernels.read_states(np.frombuffer(data, np.uint8), limit, *none, found)
    assert 0 <= found[Found.END] <= len(data)
    if found[Found.PROBLEM] == kernels.FINE:
        leaves, end = read_states_reference(data)
        assert end == found[Found.END]
        assert sum(8 ** (level - 6) for level, _, _ in leaves if level >= 6) <= found[Found.ROOTS]

    found[:] = 0
    kernels.read_values(np.zeros(len(data), np.int8), np.frombuffer(data, np.uint8), *none, found)
    assert 0 <= found[Found.END] <= len(data)
    if found[Found.PROBLEM] == kernels.FINE:
        assert read_values_reference(np.zeros(len(data)), data)[1] == found[Found.END]


@given(st.lists(st.tuples(*[st.integers(-512, 511)] * 3), max_size=20))
def test_codes_of_roots_are_morton_codes(roots):
    coordinates = np.array(roots, np.int32).reshape(-1, 3)
    codes = codes_of(coordinates)
    assert codes.tolist() == [code_of([64 * c for c in root]) >> 18 for root in roots]
    assert np.array_equal(roots_of(codes), coordinates)
