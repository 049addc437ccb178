"""Morton order and packed keys are what the layout says."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from spatialmem import OctreeConfig
from spatialmem.kernels import layout
from spatialmem.octree.storage import Storage

CELL = st.integers(0, 7)
ROOT = st.integers(-(2**20), 2**20 - 1)


@given(x=CELL, y=CELL, z=CELL)
def test_morton_and_its_inverse(x, y, z):
    code = layout.morton(x, y, z)
    assert (layout.MORTON_X[code], layout.MORTON_Y[code], layout.MORTON_Z[code]) == (x, y, z)
    assert layout.morton_reference(np.array([[x, y, z]]))[0] == code


@given(x=CELL, y=CELL, z=CELL, level=st.integers(0, 3))
def test_a_morton_prefix_is_a_node(x, y, z, level):
    prefix = layout.morton(x, y, z) >> (3 * level)
    inside = range(prefix << (3 * level), (prefix + 1) << (3 * level))
    cells = {(layout.MORTON_X[c] >> level, layout.MORTON_Y[c] >> level, layout.MORTON_Z[c] >> level) for c in inside}
    assert cells == {(x >> level, y >> level, z >> level)}


@given(st.integers(-128, 112))
def test_a_tile_keeps_its_value(value):
    tile = layout.tile_of(value)
    assert tile < 0
    assert layout.tile_value(tile) == value
    assert (tile == layout.UNKNOWN_TILE) == (value == layout.UNKNOWN)


@given(st.lists(st.tuples(ROOT, ROOT, ROOT), unique=True, min_size=1, max_size=60))
def test_roots_are_found_again_in_the_order_of_their_place(coordinates):
    storage = Storage(OctreeConfig(budget_mib=4))
    publish(storage, np.array(coordinates, np.int64))
    found, rows = storage.published.roots()
    assert [tuple(r) for r in found.tolist()] == sorted(coordinates)
    assert (storage.rows_of(found) == rows).all()


def test_the_table_grows():
    storage = Storage(OctreeConfig(budget_mib=64))
    roots = np.stack([np.arange(1500), np.zeros(1500, int), np.zeros(1500, int)], axis=1)
    publish(storage, roots[:700])
    first = storage.published
    publish(storage, roots[700:])
    assert storage.published.root_count == 1500
    assert (storage.rows_of(roots) >= 0).all()
    assert len(first.table) < len(storage.published.table)
    assert len(first.roots()[0]) == 700


def publish(storage: Storage, roots: np.ndarray) -> None:
    """Give these roots a row each."""
    rows, none = storage.take(len(roots), 0)
    storage.children[rows] = 0
    storage.publish(roots, rows.astype(np.int64), none, retired_rows=none, retired_slots=none, seq=1)
