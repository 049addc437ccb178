"""The root table and changed rows against their plain forms."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from spatialmem.kernels import slots
from spatialmem.kernels.layout import UNKNOWN_TILE


def table_of(roots: np.ndarray, rows: np.ndarray, size: int = 1024) -> np.ndarray:
    table = np.full((size, 2), -1, np.int64)
    slots.put_roots(roots, rows, table)
    return table


@given(seed=st.integers(0, 2**32 - 1), known=st.integers(0, 300))
def test_rows_are_found_as_in_a_mapping(seed, known):
    rng = np.random.default_rng(seed)
    roots = np.unique(rng.integers(-12, 12, (known, 3)), axis=0)
    table = table_of(roots, rng.permutation(len(roots)))
    asked = rng.integers(-14, 14, (100, 3))
    found = np.empty(len(asked), np.int64)
    missing = slots.find_rows(table, asked, found)
    assert (found == slots.find_rows_reference(table, asked)).all()
    assert missing == (found < 0).sum()


@given(seed=st.integers(0, 2**32 - 1))
def test_a_root_that_is_put_again_leads_to_its_new_row_only(seed):
    rng = np.random.default_rng(seed)
    roots = np.unique(rng.integers(-5, 5, (60, 3)), axis=0)
    table = table_of(roots, np.arange(len(roots)))
    again = roots[rng.random(len(roots)) < 0.5]
    slots.put_roots(again, 1000 + np.arange(len(again)), table)
    grown = np.full((2048, 2), -1, np.int64)
    slots.rehash(table, grown)
    for kept in (table, grown):
        assert (kept[:, 1] >= 0).sum() == len(roots)
        found = np.empty(len(again), np.int64)
        assert slots.find_rows(kept, again, found) == 0
        assert (found == 1000 + np.arange(len(again))).all()


@given(seed=st.integers(0, 2**32 - 1), layer=st.booleans())
def test_changed_rows_are_those_that_differ_from_what_they_were_copied_from(seed, layer):
    rng = np.random.default_rng(seed)
    children = rng.integers(-200, 50, (20, 512)).astype(np.int32)
    seen_tiles = rng.integers(0, 9, (20 if layer else 0, 512)).astype(np.uint32)
    before, after = np.array([3, -1, 7, -1, 5]), np.array([10, 11, 12, 13, 14])
    slots.copy_rows(before, after, children, seen_tiles)
    assert (children[after[before >= 0]] == children[before[before >= 0]]).all()
    assert (children[after[before < 0]] == UNKNOWN_TILE).all()
    wanted = rng.random(5) < 0.5
    for row in after[wanted]:
        if layer and rng.random() < 0.5:
            seen_tiles[row, rng.integers(512)] += 1
        else:
            children[row, rng.integers(512)] += 1000
    changed = np.empty(5, np.uint8)
    assert slots.changed_rows(before, after, children, seen_tiles, changed) == wanted.sum()
    assert ((changed == 1) == wanted).all()
