"""Rooms of drawn flats: found exactly, whichever way they lie; what is no doorway divides nothing."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import ndimage

from spatialmem.graph.rooms import segment

CELL_M, DOORWAY_M = 0.05, 1.2
WIDEST = 22
"""Cells of the widest doorway drawn: one less may be told than there are, so doorway_m would do with 23."""
TURNS = [(turn, mirrored) for turn in range(4) for mirrored in (False, True)]


@dataclass
class Flat:
    """A drawn map: walls, and which room each cell is truly in, -1 in walls and doorways."""

    wall: np.ndarray
    true: np.ndarray
    doors: list[tuple[slice, slice]] = field(default_factory=list)

    @property
    def known(self) -> np.ndarray:
        return np.ones_like(self.wall)

    def rooms(self, **settings) -> np.ndarray:
        return segment(self.wall, self.known, settings.get("cell_m", CELL_M), settings.get("doorway_m", DOORWAY_M))


def grid_flat(widths: list[int], heights: list[int], thick: int = 2) -> Flat:
    """Rooms in rows and columns, so wide and high in cells, and no doorway yet."""
    xs = np.cumsum([0, *(width + thick for width in widths)])
    ys = np.cumsum([0, *(height + thick for height in heights)])
    flat = Flat(np.ones((ys[-1] + thick, xs[-1] + thick), bool), np.full((ys[-1] + thick, xs[-1] + thick), -1))
    for j, height in enumerate(heights):
        for i, width in enumerate(widths):
            room = slice(ys[j] + thick, ys[j] + thick + height), slice(xs[i] + thick, xs[i] + thick + width)
            flat.wall[room], flat.true[room] = False, j * len(widths) + i
    return flat


def open_door(flat: Flat, a: int, b: int, at: int, cells: int, thick: int = 2) -> None:
    """Cut a doorway from room a to the next one, right of it or below, so many cells from the corner on."""
    rows, columns = (np.unique(where) for where in np.nonzero(flat.true == a))
    if np.isin(rows, np.nonzero(flat.true == b)[0]).all():
        gap = slice(rows[0] + at, rows[0] + at + cells), slice(columns[-1] + 1, columns[-1] + 1 + thick)
    else:
        gap = slice(rows[-1] + 1, rows[-1] + 1 + thick), slice(columns[0] + at, columns[0] + at + cells)
    assert flat.wall[gap].all()
    flat.wall[gap] = False
    flat.doors.append(gap)


def agrees(found: np.ndarray, true: np.ndarray) -> bool:
    """Whether the same cells are together, where the truth says where they belong."""
    pairs = np.unique(np.stack([found[true >= 0], true[true >= 0]]), axis=1)
    return len(np.unique(pairs[0])) == len(np.unique(pairs[1])) == pairs.shape[1] and (pairs[0] >= 0).all()


@st.composite
def flats(draw) -> Flat:
    """2-6 rooms of 1.5 to 4 m, walls of 5 to 20 cm, and doorways of 0.6 to 1.1 m in most of the walls between."""
    sides, thick = st.integers(32, 80), draw(st.integers(1, 4))
    widths = draw(st.lists(sides, min_size=2, max_size=3))
    heights = draw(st.lists(sides, min_size=1, max_size=2))
    flat = grid_flat(widths, heights, thick)
    for j, height in enumerate(heights):
        for i, width in enumerate(widths):
            for b, length in ((j * len(widths) + i + 1, height), ((j + 1) * len(widths) + i, width)):
                right = b == j * len(widths) + i + 1
                if (right and i + 1 == len(widths)) or (not right and j + 1 == len(heights)) or not draw(st.booleans()):
                    continue
                cells = draw(st.integers(12, min(WIDEST, length - 8)))
                at = draw(st.integers(4, length - cells - 4))
                open_door(flat, j * len(widths) + i, b, at, cells, thick)
    return flat


@settings(max_examples=60, deadline=None)
@given(flat=flats(), way=st.sampled_from(TURNS))
def test_flats_are_found_exactly_however_they_lie(flat, way):
    turn, mirrored = way
    wall, true = (np.rot90(a[:, ::-1] if mirrored else a, turn) for a in (flat.wall, flat.true))
    found = segment(wall, np.ones_like(wall), CELL_M, DOORWAY_M)
    assert agrees(found, true)
    assert found.max() == flat.true.max()


@settings(max_examples=40, deadline=None)
@given(flat=flats(), data=st.data())
def test_a_shelf_at_a_wall_makes_no_room(flat, data):
    room = data.draw(st.integers(0, int(flat.true.max())))
    rows, columns = (np.unique(where) for where in np.nonzero(flat.true == room))
    depth = data.draw(st.integers(6, 12))
    assume(min(len(rows), len(columns)) - depth >= 30)
    length = data.draw(st.integers(8, 24))
    at = data.draw(st.integers(0, len(columns) - length))
    shelf = slice(rows[0], rows[0] + depth), slice(columns[0] + at, columns[0] + at + length)
    before = slice(shelf[0].start, shelf[0].stop + 24), slice(shelf[1].start - 24, shelf[1].stop + 24)
    assume(not any(_meet(before, door) for door in flat.doors))  # a shelf before a doorway makes a way, not a room
    flat.wall[shelf], flat.true[shelf] = True, -1
    assert agrees(flat.rooms(), flat.true)


def _meet(one: tuple[slice, slice], other: tuple[slice, slice]) -> bool:
    return all(a.start - 2 <= b.stop and b.start <= a.stop + 2 for a, b in zip(one, other, strict=True))


@settings(max_examples=40, deadline=None)
@given(flat=flats(), seed=st.integers(0, 2**32 - 1), unseen=st.floats(0, 0.6), further=st.integers(0, 40))
def test_what_changes_elsewhere_changes_nothing_here(flat, seed, unseen, further):
    """Another flat beside this one, seen or not, of whatever walls."""
    rng, wide = np.random.default_rng(seed), 60 + further
    wall, known = (np.pad(a, ((further, 7), (0, wide))) for a in (flat.wall, flat.known))
    here = flat.rooms()
    apart = wall.shape[1] - wide + round(DOORWAY_M / CELL_M)
    wall[:, apart:] = rng.random(wall[:, apart:].shape) < 0.1
    known[:, apart:] = wall[:, apart:] | (rng.random(wall[:, apart:].shape) >= unseen)
    there = segment(wall, known, CELL_M, DOORWAY_M)[further : further + len(here), : here.shape[1]]
    np.testing.assert_array_equal(there >= 0, here >= 0)
    assert agrees(there, here)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), share=st.floats(0, 0.4), unknown=st.floats(0, 0.7), cell_m=st.floats(0.02, 0.2))
def test_every_known_cell_gets_a_room_that_hangs_together(seed, share, unknown, cell_m):
    rng = np.random.default_rng(seed)
    shape = int(rng.integers(1, 60)), int(rng.integers(1, 60))
    wall = rng.random(shape) < share
    known = wall | (rng.random(shape) >= unknown)
    found = segment(wall, known, cell_m, DOORWAY_M)
    np.testing.assert_array_equal(found >= 0, known & ~wall)
    firsts = [int(np.flatnonzero(found.ravel() == room)[0]) for room in range(int(found.max()) + 1)]
    assert firsts == sorted(firsts)
    labelled = ndimage.label(known)
    assert isinstance(labelled, tuple)
    for room in range(len(firsts)):
        assert len(np.unique(labelled[0][found == room])) == 1
    again = segment(np.asfortranarray(wall), np.asfortranarray(known), cell_m, DOORWAY_M)
    np.testing.assert_array_equal(again, found)


@pytest.mark.parametrize("cells", [26, 30, 40, 56])
def test_a_passage_wider_than_a_doorway_divides_nothing(cells):
    flat = grid_flat([60, 60], [60])
    open_door(flat, 0, 1, 2, cells)
    assert flat.rooms().max() == 0
    hardly_narrower = cells > 0.75 * 60
    assert flat.rooms(doorway_m=(cells + 1) * CELL_M).max() == (0 if hardly_narrower else 1)


@pytest.mark.parametrize(("corridor", "door"), [(20, 16), (22, 16), (22, 18)])
def test_a_narrow_corridor_is_one_room_with_doors_that_face_each_other_and_bumps_in_its_walls(corridor, door):
    flat = grid_flat([80, 80], [50, corridor, 50])
    middle = slice(54, 54 + corridor), slice(2, 164)
    flat.wall[middle], flat.true[middle] = False, 2
    for column in (30, 110):
        flat.wall[52:54, column : column + door] = flat.wall[
            middle[0].stop : middle[0].stop + 2, column : column + door
        ] = False
    flat.wall[54, 70:80], flat.true[54, 70:80] = True, -1
    found = flat.rooms()
    assert agrees(found, flat.true)
    assert found.max() == 4


def test_what_an_open_door_cuts_off_in_a_corner_is_no_room():
    flat = grid_flat([60, 60], [60])
    open_door(flat, 0, 1, 20, 20)
    flat.wall[21, 64:84] = True  # the leaf, away from the wall of the doorway; a metre of floor is behind it
    flat.wall[2:10, 84:86] = True
    found = flat.rooms()
    assert found.max() == 1
    assert found[10, 70] == found[40, 100]


@pytest.mark.parametrize("side", [1, 4, 8])
def test_a_post_or_a_person_amid_a_room_divides_nothing(side):
    flat = grid_flat([100], [44])
    flat.wall[24 : 24 + side, 50 : 50 + side] = True  # 1.1 m or less to the walls on both sides
    flat.true[flat.wall] = -1
    found = flat.rooms()
    assert found.max() == 0
    assert (found[flat.wall] == -1).all()


def test_a_piece_of_wall_with_the_unknown_beside_it_is_no_post():
    flat = grid_flat([60, 60], [60])
    open_door(flat, 0, 1, 0, 60)
    flat.wall[42:62, 62:64] = True
    flat.wall[16:22, 62:64] = True  # of the jamb on the other side only this is seen
    known = flat.known
    known[2:16, 62:64] = False
    assert segment(flat.wall, known, CELL_M, DOORWAY_M)[30, 10] != segment(flat.wall, known, CELL_M, DOORWAY_M)[30, 100]
    assert flat.rooms().max() == 0  # seen all round it is one


def test_the_unknown_divides_by_hiding_the_way_and_is_no_wall():
    flat = grid_flat([80], [60])
    known = flat.known
    known[2:22, 40:42] = known[44:62, 40:42] = False
    found = segment(flat.wall, known, CELL_M, DOORWAY_M)
    assert found.max() == 0
    assert (found[~known] == -1).all()
    known[2:62, 40:42] = False
    assert segment(flat.wall, known, CELL_M, DOORWAY_M).max() == 1


def test_without_walls_or_without_anything_known():
    none = np.zeros((4, 5), bool)
    assert (segment(none, ~none, CELL_M, DOORWAY_M) == 0).all()
    assert (segment(none, none, CELL_M, DOORWAY_M) == -1).all()
    assert (segment(~none, ~none, CELL_M, DOORWAY_M) == -1).all()
    assert segment(none[:0], none[:0], CELL_M, DOORWAY_M).shape == (0, 5)


@pytest.mark.parametrize("cell_m", [0.02, 0.05, 0.1])
def test_the_size_of_cells_does_not_matter(cell_m):
    fine = grid_flat([round(3 / cell_m), round(2 / cell_m)], [round(2.6 / cell_m)], max(1, round(0.1 / cell_m)))
    open_door(fine, 0, 1, round(0.5 / cell_m), round(0.9 / cell_m), max(1, round(0.1 / cell_m)))
    assert agrees(fine.rooms(cell_m=cell_m), fine.true)


@pytest.mark.parametrize("seed", range(5))
def test_the_last_bits_of_distances_do_not_matter(seed, monkeypatch):
    """They change from call to call of OpenCV 5.0, with how its threads share the rows: by 2e-5 or less."""
    rng = np.random.default_rng(seed)
    wall = np.zeros((150, 190), bool)
    for y, x, length in rng.integers((0, 0, 20), (150, 190, 60), (40, 3)).tolist():
        bar = (y, slice(x, x + length)) if rng.random() < 0.5 else (slice(y, y + length), x)
        wall[bar] = True
    first, exact = segment(wall, np.ones_like(wall), CELL_M, DOORWAY_M), cv2.distanceTransform

    def shaken(*arguments):
        away = exact(*arguments)
        return away + rng.uniform(-2e-5, 2e-5, away.shape).astype(np.float32)

    monkeypatch.setattr(cv2, "distanceTransform", shaken)
    for _ in range(5):
        np.testing.assert_array_equal(segment(wall, np.ones_like(wall), CELL_M, DOORWAY_M), first)
