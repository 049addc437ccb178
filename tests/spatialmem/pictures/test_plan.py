import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from spatialmem import State
from spatialmem.octree import Columns
from spatialmem.pictures import style
from spatialmem.pictures.plan import OVERSAMPLING, coarsened, draw_heights, draw_occupancy, ramp, sampled
from spatialmem.pictures.projection import Projection


def columns_of(state, top=None, voxel_size_m=0.1, origin=(0.0, 0.0)):
    state = np.asarray(state, np.uint8)
    top = np.where(state == State.OCCUPIED, 1.0, np.nan) if top is None else np.asarray(top)
    return Columns(np.array(origin), voxel_size_m, state, top.astype(np.float32))


states = hnp.arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=st.integers(0, 2))


@given(state=states, factor=st.integers(1, 5))
def test_a_coarser_map_loses_no_occupied_column(state, factor):
    top = np.where(state == State.OCCUPIED, np.arange(state.size).reshape(state.shape), np.nan)
    coarse = coarsened(columns_of(state, top), factor)
    assert coarse.voxel_size_m == pytest.approx(0.1 * factor)
    for row, col in np.ndindex(coarse.state.shape):
        block = (slice(row * factor, (row + 1) * factor), slice(col * factor, (col + 1) * factor))
        assert coarse.state[row, col] == state[block].max()
        if np.isnan(top[block]).all():
            assert np.isnan(coarse.top_m[row, col])
        else:
            assert coarse.top_m[row, col] == np.nanmax(top[block])


@given(state=states, left=st.floats(-1, 1), bottom=st.floats(-1, 1), px_per_m=st.floats(15, 80))
def test_every_pixel_shows_the_column_under_its_centre(state, left, bottom, px_per_m):
    columns = columns_of(state, origin=(0.25, -0.5))
    view = Projection(left, bottom, px_per_m, 20, 30)
    shown, top = sampled(columns, view)
    assert shown.shape == (30 * OVERSAMPLING, 20 * OVERSAMPLING)
    for row, col in ((0, 0), (59, 39), (7, 31), (30, 20)):
        x = left + (col + 0.5) / (px_per_m * OVERSAMPLING)
        y = bottom + (60 - row - 0.5) / (px_per_m * OVERSAMPLING)
        i, j = np.floor((y + 0.5) / 0.1), np.floor((x - 0.25) / 0.1)
        inside = 0 <= i < state.shape[0] and 0 <= j < state.shape[1]
        expected = state[int(i), int(j)] if inside else State.UNKNOWN
        assert shown[row, col] == expected
        assert np.isnan(top[row, col]) == (expected != State.OCCUPIED)


def test_the_three_states_look_different_and_y_points_up():
    view = Projection(0.0, 0.0, 100.0, 30, 20)
    image = draw_occupancy(columns_of([[0, 1, 2], [2, 2, 2]]), view)
    lower = image[15, [5, 15, 25]].tolist()
    assert tuple(lower[1]) == style.FREE
    assert tuple(lower[2]) == style.OCCUPIED
    assert tuple(lower[0]) not in (style.FREE, style.OCCUPIED)
    assert (image[5] == style.OCCUPIED).all()


def test_heights_take_the_colours_of_the_ramp():
    view = Projection(0.0, 0.0, 100.0, 40, 10)
    columns = columns_of([[2, 2, 2, 1]], [[0.0, 1.0, 9.0, np.nan]])
    image = draw_heights(columns, view, z_min_m=0.0, z_max_m=2.0)
    low, middle, beyond, free = image[5, [5, 15, 25, 35]]
    assert (low == ramp()[0]).all()
    assert (middle == ramp()[128]).all()
    assert (beyond == ramp()[255]).all()
    assert tuple(free) == style.FREE


def test_the_ramp_is_readable_in_grey():
    luminance = ramp().astype(float) @ (0.2126, 0.7152, 0.0722)
    assert (np.diff(luminance) < 0).all()
