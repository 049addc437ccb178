"""What nobody has seen, along rays over a floor that is drawn here."""

import math

import numpy as np
import pytest

import spatialmem as sm
from planners.navigation import NavigationConfig
from planners.navigation.visible import BEARINGS, FAR_M, Vain, best_look, unseen_m2, worth_turning

CELL_M = 0.05
CONFIG = NavigationConfig(camera_fov_rad=1.2)
MIDDLE = np.array([[5.0, 5.0]])
UNKNOWN, FREE, OCCUPIED = np.uint8(sm.State.UNKNOWN), np.uint8(sm.State.FREE), np.uint8(sm.State.OCCUPIED)
X = Y = (np.arange(200) + 0.5) * CELL_M
AWAY_M = np.hypot(X[None] - 5.0, Y[:, None] - 5.0)
"""From the middle of ten metres by ten."""


def floor_of(state: np.ndarray, first_cell: tuple[int, int] = (0, 0)) -> sm.Floor:
    known = state != UNKNOWN
    clearance_m = np.ones(state.shape, np.float32)
    return sm.Floor(
        level=0, height_m=0.0, first_cell=first_cell, cell_m=CELL_M, state=state.astype(np.uint8),
        clearance_m=clearance_m, wall=np.zeros(state.shape, bool), known=known,
    )  # fmt: skip


def island(radius_m: float = 1.0) -> np.ndarray:
    """Free floor about the middle; nobody has seen the rest."""
    return np.where(radius_m > AWAY_M, FREE, UNKNOWN)


def test_all_that_nobody_has_seen_from_1_5_m_on_and_1_5_m_deep_is_counted():
    assert unseen_m2(floor_of(island()), MIDDLE).sum() == pytest.approx(math.pi * (3.0**2 - 1.5**2), rel=0.01)
    assert unseen_m2(floor_of(island(2.0)), MIDDLE).sum() == pytest.approx(math.pi * (3.5**2 - 2.0**2), rel=0.02)
    assert unseen_m2(floor_of(island(FAR_M + 0.1)), MIDDLE).sum() == 0.0


def test_where_the_floor_lies_does_not_matter():
    moved = floor_of(island(2.0), (-300, 40))
    there = MIDDLE + np.array(moved.first_cell) * CELL_M
    np.testing.assert_allclose(unseen_m2(moved, there), unseen_m2(floor_of(island(2.0)), MIDDLE), atol=1e-6)


@pytest.mark.parametrize("column", [130, 131])
def test_no_ray_passes_a_wall_of_one_cell(column: int):
    state = np.full((200, 200), UNKNOWN)
    state[:, :column] = FREE
    assert unseen_m2(floor_of(state), MIDDLE).sum() > 1.0
    state[:, column] = OCCUPIED
    assert unseen_m2(floor_of(state), MIDDLE).sum() == 0.0


@pytest.mark.parametrize("off", [0.0, 0.013, -0.02])
def test_no_ray_passes_between_cells_that_touch_at_a_corner(off: float):
    state = np.full((200, 200), UNKNOWN)
    rows, columns = np.indices(state.shape)
    state[columns + rows < 240] = FREE
    assert unseen_m2(floor_of(state), MIDDLE + off).sum() > 1.0
    state[columns + rows == 240] = OCCUPIED
    assert unseen_m2(floor_of(state), MIDDLE + off).sum() == 0.0


def test_rays_agree_with_points_close_together():
    rng = np.random.default_rng(3)
    state = np.where(rng.random((200, 200)) < 0.02, OCCUPIED, island(1.2))
    state[AWAY_M < 0.3] = FREE
    state = np.kron(state[::4, ::4], np.ones((4, 4), np.uint8))
    ranges_m = np.arange(0.0005, FAR_M, 0.001)
    angles = np.arange(BEARINGS) * math.tau / BEARINGS
    x, y = (5.003 + ranges_m * np.cos(angles)[:, None], 5.007 + ranges_m * np.sin(angles)[:, None])
    along = state[(y / CELL_M).astype(int), (x / CELL_M).astype(int)]
    counts = (along == UNKNOWN) & np.logical_and.accumulate(along != OCCUPIED, axis=1) & (ranges_m >= 1.5)
    counts &= np.cumsum(counts, axis=1) <= 1500
    plain = (counts * ranges_m).sum(axis=1) * 0.001 * math.tau / BEARINGS
    np.testing.assert_allclose(unseen_m2(floor_of(state), np.array([[5.003, 5.007]]))[0], plain, atol=2e-3)


def test_the_best_look_is_to_where_most_is_in_one_view():
    state = np.full((200, 200), FREE)
    state[95:105, 160:] = UNKNOWN  # a little to the right, more upwards
    state[150:, 70:130] = UNKNOWN
    x, y = best_look(floor_of(state), MIDDLE[0], CONFIG)
    assert abs(math.atan2(y - 5.0, x - 5.0) - math.pi / 2) < 0.2
    assert 2.5 < y - 5.0 < FAR_M


def test_what_is_too_little_in_one_view_is_not_worth_turning():
    state = np.full((200, 200), FREE)
    state[98:102, 140:142] = UNKNOWN
    assert not worth_turning(unseen_m2(floor_of(state), MIDDLE)[0], CONFIG).any()
    state[80:120, 140:] = UNKNOWN
    wanted = worth_turning(unseen_m2(floor_of(state), MIDDLE)[0], CONFIG)
    assert wanted[0]
    assert not wanted[BEARINGS // 2]


def test_what_was_looked_at_in_vain_does_not_count_again():
    floor, vain = floor_of(island(2.0)), Vain()
    left = np.cos(np.arange(BEARINGS) * math.tau / BEARINGS) < -0.2
    vain.add(floor, MIDDLE[0], left)
    again = unseen_m2(vain.left_out(floor), MIDDLE)[0]
    assert again[left][1:-1].max() == 0.0
    assert again[~left].sum() > 0.9 * unseen_m2(floor, MIDDLE)[0, ~left].sum()
    shifted = floor_of(island(2.0)[13:, 7:], (7, 13))
    np.testing.assert_array_equal(vain.left_out(shifted).state, vain.left_out(floor).state[13:, 7:])


def room_with(gap_m: float) -> np.ndarray:
    """A free room with a gap in its wall to the right, and floor behind that nobody has seen."""
    state = np.full((200, 200), OCCUPIED)
    state[60:140, 60:140] = FREE
    half = round(gap_m / 2 / CELL_M)
    state[100 - half : 100 + half, 140:144] = UNKNOWN
    state[60:140, 144:190] = UNKNOWN
    return state


@pytest.mark.parametrize(("gap_m", "counts"), [(0.6, False), (1.0, True)])
def test_only_floor_that_a_base_gets_to_counts(gap_m: float, counts: bool):
    floor = floor_of(room_with(gap_m))
    assert unseen_m2(Vain().left_out(floor), MIDDLE).sum() > 0.3
    left = Vain(0.36).left_out(floor)
    assert bool((left.state[60:140, 150:185] == UNKNOWN).any()) == counts
    assert bool(unseen_m2(left, MIDDLE).sum() > 0.3) == counts


def test_an_empty_floor_has_nothing_unseen():
    empty = floor_of(np.empty((0, 0), np.uint8))
    assert Vain(0.4).left_out(empty).state.shape == (0, 0)
    assert unseen_m2(empty, MIDDLE).sum() == 0.0
