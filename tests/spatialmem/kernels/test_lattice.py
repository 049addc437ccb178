"""Cells as a graph against its plain form."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from spatialmem.kernels.lattice import lattice, lattice_reference


def numbered(free: np.ndarray) -> np.ndarray:
    number = np.full(free.shape, -1, np.int32)
    number[free] = np.arange(free.sum(), dtype=np.int32)
    return number


@given(seed=st.integers(0, 2**32 - 1), height=st.integers(1, 12), width=st.integers(1, 12), share=st.floats(0, 1))
def test_equals_the_plain_form(seed, height, width, share):
    number = numbered(np.random.default_rng(seed).random((height, width)) < share)
    count = int(number.max()) + 1
    starts = np.full(count + 1, -7, np.int32)
    others, lengths = np.full(8 * count, -7, np.int32), np.full(8 * count, np.nan)
    lattice(number, starts, others, lengths)
    rows = np.repeat(np.arange(count), np.diff(starts))
    end = int(starts[-1])
    found = dict(zip(zip(rows.tolist(), others[:end].tolist(), strict=True), lengths[:end].tolist(), strict=True))
    assert len(found) == end  # each once
    assert found == lattice_reference(number)


def test_no_corner_is_cut():
    """From 0 one gets to 3 over 1 or 2 only: cornerwise where both are there."""
    assert (0, 3) in lattice_reference(numbered(np.ones((2, 2), bool)))
    assert lattice_reference(numbered(np.array([[True, False], [True, True]]))) == {
        (0, 1): 1.0, (1, 0): 1.0, (1, 2): 1.0, (2, 1): 1.0
    }  # fmt: skip
