"""Pieces of squares, edges between them and straight lines, each against its plain form."""

import itertools
from collections import deque

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from spatialmem.kernels import places
from spatialmem.kernels.warmup import warm_up

RADIUS = np.float32(0.3)


def clearances(seed: int, size: int) -> np.ndarray:
    """Clearances of a floor, from open halls to clutter: some exactly as large as the radius, many equal."""
    import cv2

    rng = np.random.default_rng(seed)
    warm_up()
    share = rng.choice([0.002, 0.01, 0.05, 0.3])
    free = (rng.random((size, size)) >= share).astype(np.uint8)
    if rng.random() < 0.5:
        free[rng.integers(0, size, 3)] = 0
    if rng.random() < 0.5:
        free[:, rng.integers(0, size, 3)] = 0
    gaps = rng.integers(0, size, (20, 2))
    free[gaps[:, 0], gaps[:, 1]] = 1
    away = cv2.distanceTransform(np.pad(free, 1), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[1:-1, 1:-1]
    return np.minimum(away * rng.choice([0.1, 0.3]), 1.0).astype(np.float32)


def pieces(clearance: np.ndarray):
    piece = np.full((64, 64), -9, np.int8)
    found, count = np.empty((2048, 4), np.int64), np.zeros(1, np.int64)
    places.pieces_of_tile(clearance, RADIUS, piece, found, count)
    return piece, found[: count[0]]


def pieces_reference(clearance: np.ndarray):
    """Pieces square by square, each by its own search; the middle by sorting."""
    piece, found = np.full((64, 64), -1, np.int8), []
    for square in range(64):
        y0, x0 = square // 8 * 8, square % 8 * 8
        cells = [(y, x) for y in range(y0, y0 + 8) for x in range(x0, x0 + 8) if clearance[y, x] >= RADIUS]
        number = 0
        for first in cells:
            if piece[first] >= 0:
                continue
            waiting, own = deque([first]), {first}
            while waiting:
                y, x = waiting.popleft()
                for beside in ((y + 1, x), (y - 1, x), (y, x + 1), (y, x - 1)):
                    if beside in cells and beside not in own:
                        own.add(beside)
                        waiting.append(beside)
            for cell in own:
                piece[cell] = number
            middle = min(
                own,
                key=lambda c: (
                    -min(clearance[c], 2 * RADIUS),
                    (c[0] - y0 - 3.5) ** 2 + (c[1] - x0 - 3.5) ** 2,
                    c,
                ),
            )
            found.append((square, number, 64 * middle[0] + middle[1], len(own)))
            number += 1
    return piece, np.array(found, np.int64).reshape(-1, 4)


class TestPieces:
    """What hangs together within a square."""

    @settings(max_examples=40)
    @given(seed=st.integers(0, 2**32 - 1))
    def test_equal_the_plain_form(self, seed):
        clearance = clearances(seed, 64)
        for got, wanted in zip(pieces(clearance), pieces_reference(clearance), strict=True):
            np.testing.assert_array_equal(got, wanted)

    def test_no_square_has_more_pieces_than_there_are_numbers(self):
        y, x = np.indices((64, 64))
        clearance = np.where((x + y) % 2, 0.5, 0.0).astype(np.float32)
        piece, found = pieces(clearance)
        assert piece.max() == places.PIECES_MAX - 1
        assert len(found) == 64 * places.PIECES_MAX


def edges(clearance: np.ndarray, piece: np.ndarray, middles: np.ndarray):
    ends, measures, count = np.empty((4096, 4), np.int64), np.empty((4096, 2)), np.zeros(1, np.int64)
    places.edges_of_tile(clearance, piece, middles, RADIUS, ends, measures, count)
    assert count[0] < len(ends)
    return ends[: count[0]], measures[: count[0]]


def floor_about(seed: int):
    """The clearance of a tile and a square more on each side, the pieces there, and their middles."""
    clearance = clearances(seed, 80)
    piece = np.full((80, 80), -1, np.int8)
    middles = np.full((10, 10, places.PIECES_MAX), -1, np.int32)
    for y0 in (0, 16):
        for x0 in (0, 16):  # four tiles that overlap: a square's pieces are its own
            part = slice(y0, y0 + 64), slice(x0, x0 + 64)
            own, found = pieces_reference(np.ascontiguousarray(clearance[part]))
            piece[part] = own
            for square, number, cell, _ in found.tolist():
                middle = (y0 + cell // 64) * 80 + x0 + cell % 64
                middles[y0 // 8 + square // 8, x0 // 8 + square % 8, number] = middle
    return clearance, piece, middles


def edges_reference(clearance: np.ndarray, piece: np.ndarray, middles: np.ndarray):
    """Every pair of pieces of squares side by side or cornerwise, one at a time."""
    found = []
    for square in range(64):
        here = square // 8 + 1, square % 8 + 1
        for direction, (dx, dy) in enumerate(places.DIRECTIONS.tolist()):
            there = here[0] + dy, here[1] + dx
            for a in range((middles[here] >= 0).sum()):
                for b in range((middles[there] >= 0).sum()):
                    measure = edge_reference(clearance, piece, middles, (here, a), (there, b))
                    if measure is not None:
                        found.append(((square, a, direction, b), measure))
    ends = np.array([end for end, _ in found], np.int64).reshape(-1, 4)
    return ends, np.array([measure for _, measure in found]).reshape(-1, 2)


def edge_reference(clearance, piece, middles, here, there):
    (ay, ax), (by, bx) = divmod(int(middles[here[0]][here[1]]), 80), divmod(int(middles[there[0]][there[1]]), 80)
    straight = places.line_clearance_reference(clearance, (ax, ay), (bx, by))
    apart = np.sqrt((ay - by) ** 2 + (ax - bx) ** 2)
    (sy, sx), (ty, tx) = here[0], there[0]
    if sy != ty and sx != tx:
        return (apart, straight) if straight >= RADIUS else None
    own = [(y, x) for y in range(sy * 8, sy * 8 + 8) for x in range(sx * 8, sx * 8 + 8) if piece[y, x] == here[1]]
    beside = [(y, x) for y, x in own if (y + ty - sy) // 8 == ty and (x + tx - sx) // 8 == tx]
    touching = [
        (-min(clearance[y, x], clearance[y + ty - sy, x + tx - sx]), y, x)
        for y, x in sorted(beside)
        if piece[y + ty - sy, x + tx - sx] == there[1]
    ]
    if not touching:
        return None
    if straight >= RADIUS:
        return apart, straight
    widest, y, x = min(touching)
    length = np.sqrt((y - ay) ** 2 + (x - ax) ** 2) + 1 + np.sqrt((by - y - ty + sy) ** 2 + (bx - x - tx + sx) ** 2)
    return length, min(-widest, clearance[ay, ax], clearance[by, bx])


class TestEdges:
    """Which pieces one gets to from which."""

    @settings(max_examples=25)
    @given(seed=st.integers(0, 2**32 - 1))
    def test_equal_the_plain_form(self, seed):
        floor = floor_about(seed)
        (ends, measures), (wanted_ends, wanted_measures) = edges(*floor), edges_reference(*floor)
        np.testing.assert_array_equal(ends, wanted_ends)
        np.testing.assert_allclose(measures, wanted_measures, rtol=1e-12)

    def test_these_floors_have_every_kind(self):
        """Over sides and corners, straight, and through the widest pair of cells."""
        kinds = set()
        for seed in range(12):
            clearance, piece, middles = floor_about(seed)
            ends, measures = edges(clearance, piece, middles)
            for (square, a, direction, b), (length, _) in zip(ends.tolist(), measures.tolist(), strict=True):
                dx, dy = places.DIRECTIONS[direction].tolist()
                here, there = (square // 8 + 1, square % 8 + 1), (square // 8 + 1 + dy, square % 8 + 1 + dx)
                (ay, ax), (by, bx) = divmod(int(middles[here][a]), 80), divmod(int(middles[there][b]), 80)
                kinds.add((direction, bool(length > np.sqrt((ay - by) ** 2 + (ax - bx) ** 2) + 1e-9)))
        assert kinds == {(0, False), (1, False), (2, False), (3, False), (0, True), (1, True)}


class TestLines:
    """Straight lines over cells, by way of `straighten`."""

    @settings(max_examples=60)
    @given(seed=st.integers(0, 2**32 - 1))
    def test_two_cells_see_each_other_as_the_plain_form_says(self, seed):
        clearance, rng = clearances(seed, 40), np.random.default_rng(seed)
        for _ in range(20):
            a, b = rng.integers(0, 40, (2, 2)).tolist()
            beside = [a[0] + (1 if a[0] < 39 else -1), a[1]]  # else there is nothing to leave out
            kept, count = np.empty(4, np.int64), np.zeros(1, np.int64)
            places.straighten(clearance, np.array([a, beside, b]), RADIUS, kept, count)
            sees = places.line_clearance_reference(clearance, a, b) >= RADIUS
            assert kept[: count[0]].tolist() == ([0, 2] if sees else [0, 1, 2])

    @settings(max_examples=40)
    @given(seed=st.integers(0, 2**32 - 1))
    def test_what_is_left_of_a_way_is_in_sight_each_from_the_one_before(self, seed):
        clearance = clearances(seed, 64)
        rng = np.random.default_rng(seed)
        at, cells = rng.integers(0, 64, 2), []
        for _ in range(200):  # wherever it leads: steps to neighbours only
            cells.append(at.tolist())
            at = (at + rng.integers(-1, 2, 2)).clip(0, 63)
        kept, count = np.empty(len(cells) + 1, np.int64), np.zeros(1, np.int64)
        places.straighten(clearance, np.array(cells), RADIUS, kept, count)
        left = kept[: count[0]].tolist()
        assert (left[0], left[-1]) == (0, len(cells) - 1)
        for a, b in itertools.pairwise(left):
            assert a < b
            clear = places.line_clearance_reference(clearance, cells[a], cells[b])
            assert b == a + 1 or clear >= RADIUS

    def test_a_line_between_two_cells_that_touch_at_a_corner_passes_the_cells_beside(self):
        clearance = np.ones((2, 2), np.float32)
        clearance[0, 1] = 0.2
        assert places.line_clearance_reference(clearance, (0, 0), (1, 1)) == np.float32(0.2)
