"""Morton order and packed keys are what the layout says."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

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
    storage = Storage(budget_mib=4)
    roots = np.array(coordinates, np.int64)
    rows = np.array([storage.take_row() for _ in coordinates])
    storage.children[rows, 5] = 0  # something is known
    storage.adopt(roots, rows)
    assert (storage.rows_of(roots)[0] == rows).all()
    found, found_rows = storage.roots()
    assert [tuple(r) for r in found.tolist()] == sorted(coordinates)
    assert (storage.rows_of(found)[0] == found_rows).all()


def test_the_table_grows_and_empty_roots_are_given_back():
    storage = Storage(budget_mib=64)
    roots = np.stack([np.arange(1500), np.zeros(1500, int), np.zeros(1500, int)], axis=1)
    rows = np.array([storage.take_row() for _ in roots])
    storage.children[rows[::2], 0] = 0
    storage.adopt(roots, rows)
    assert storage.rows.taken == 750
    assert ((storage.rows_of(roots)[0] >= 0) == (np.arange(1500) % 2 == 0)).all()
