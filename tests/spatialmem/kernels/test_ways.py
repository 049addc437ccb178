"""Ways are made shorter, never longer, and stay clear."""

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from taut import lines_clear, taut_length

from spatialmem.kernels.warmup import warm_up
from spatialmem.kernels.ways import SPLITS, first_in_sight, tighten

RADIUS = np.float32(0.3)


def tightened(standable: np.ndarray, cells: list) -> np.ndarray:
    warm_up()
    room = np.zeros((len(cells) << SPLITS, 2), np.int64)
    room[: len(cells)], count = cells, np.array([len(cells)])
    tighten(standable.astype(np.float32), RADIUS, room, count)
    return room[: count[0]]


def length(cells) -> float:
    return float(np.hypot(*np.diff(np.asarray(cells), axis=0).T).sum())


def walked(rng: np.random.Generator, standable: np.ndarray) -> list[list[int]]:
    """Any way from cell to cell that does not cut corners."""
    cells = [rng.permutation(np.argwhere(standable))[0][::-1].tolist()]
    for _ in range(rng.integers(1, 150)):
        x, y = cells[-1]
        steps = [(x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)]
        open_to = [(a, b) for a, b in steps if 0 <= a < 50 and 0 <= b < 40 and standable[b, a]]
        if open_to:
            cells.append(list(open_to[rng.integers(len(open_to))]))
    return cells


@settings(max_examples=60)
@given(seed=st.integers(0, 2**32 - 1), share=st.sampled_from([0.0, 0.02, 0.1, 0.3]))
def test_it_is_clear_not_longer_and_ends_where_it_did(seed, share):
    rng = np.random.default_rng(seed)
    standable = rng.random((40, 50)) >= share
    cells = walked(rng, standable)
    found = tightened(standable, cells)
    assert found[0].tolist() == cells[0]
    assert found[-1].tolist() == cells[-1]
    assert length(found) <= length(cells) + 1e-9
    lines = np.array(list(itertools.pairwise(found.tolist()))).reshape(-1, 2, 2)
    assert lines_clear(standable, lines[:, 0], lines[:, 1]).all()
    assert (tightened(standable, cells) == found).all()


def test_in_the_open_it_is_straight():
    standable = np.ones((40, 50), bool)
    assert tightened(standable, [[3, 4], [3, 30], [45, 30], [45, 38]]).tolist() == [[3, 4], [45, 38]]


def test_round_a_wall_it_turns_at_the_corners_of_the_wall():
    standable = np.ones((40, 50), bool)
    standable[:20, 20:31] = False
    found = tightened(standable, [[5, 2], [12, 22], [38, 22], [45, 2]])
    assert length(found) <= 1.01 * taut_length(standable, (5, 2), (45, 2))


def test_the_first_cell_in_sight():
    warm_up()
    open_to = np.ones((9, 9), np.float32)
    open_to[:, 4] = 0
    eye, behind, before = np.array([1, 4]), [7, 4], [3, 8]
    assert first_in_sight(open_to, eye, np.array([behind, before, [1, 4]])) == 1
    assert first_in_sight(open_to, eye, np.array([behind, [1, 4]])) == 1
    assert first_in_sight(open_to, eye, np.array([behind])) == -1
    assert first_in_sight(open_to, eye, np.zeros((0, 2), np.int64)) == -1
