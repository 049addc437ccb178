"""Rows and spare slots against their plain forms."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from spatialmem.kernels import slots
from spatialmem.octree.storage import Storage


@given(seed=st.integers(0, 2**32 - 1), known=st.integers(0, 300))
def test_rows_are_found_as_in_a_mapping(seed, known):
    rng = np.random.default_rng(seed)
    storage = Storage(budget_mib=8)
    roots = np.unique(rng.integers(-12, 12, (known, 3)), axis=0)
    rows = np.array([storage.take_row() for _ in roots], np.int64)
    storage.children[rows, 0] = 0
    storage.adopt(roots, rows)
    asked = rng.integers(-14, 14, (100, 3))
    found, missing = storage.rows_of(asked)
    assert (found == slots.find_rows_reference(storage.table, asked)).all()
    assert missing == (found < 0).sum()


@given(seed=st.integers(0, 2**32 - 1), items=st.integers(0, 60), free=st.integers(0, 30))
def test_spares_are_given_to_tiles_only_and_once(seed, items, free):
    rng = np.random.default_rng(seed)
    children = rng.integers(-5, 5, (3, 512)).astype(np.int32)
    rows, visit = np.array([2, 0, 1]), rng.integers(0, 3, items).astype(np.int32)
    child = rng.choice(512, items, replace=False).astype(np.int16)
    free_slots = rng.permutation(100)[:free].astype(np.int32)
    spares = np.empty(items, np.int32)
    frontier = slots.assign_spares(items, rows, visit, child, children, free_slots, free, 100, spares)
    is_tile = children[rows[visit], child] < 0
    assert (spares == slots.assign_spares_reference(is_tile, free_slots, 100)).all()
    assert frontier == 100 + max(0, int(is_tile.sum()) - free)
    assert slots.count_tiles(items, rows, visit, child, children) == is_tile.sum()
