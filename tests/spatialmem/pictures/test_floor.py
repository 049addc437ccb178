import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from spatialmem.pictures.floor import find_floor


@given(
    at=st.integers(3, 25),
    wall=st.integers(0, 300),
    table=st.integers(0, 2500),
    spacing_m=st.sampled_from([0.01, 0.02, 0.05, 0.1]),
    z0_m=st.floats(-5, 5),
)
def test_the_floor_is_the_lowest_strong_layer(at, wall, table, spacing_m, z0_m):
    """Walls stand on the floor, a table and a ceiling are above it, a few stray voxels below."""
    count = np.zeros(120, np.int64)
    count[at:] = wall
    count[at + 60] += table
    count[at + 80] += 10_000
    count[at] += 9_000
    count[1] += 5
    z_m = z0_m + spacing_m * np.arange(120)
    found = find_floor(z_m, count)
    assert found is not None
    # Walls may pull the window one thickness down, never past the floor itself.
    assert found == z_m[at]


def test_nothing_has_no_floor():
    assert find_floor(np.zeros(0), np.zeros(0, np.int64)) is None
    assert find_floor(np.array([0.0, 0.05]), np.zeros(2, np.int64)) is None


def test_no_camera_is_under_the_floor():
    """A ceiling seen alone is the strongest layer, but the camera is below it."""
    z_m = 0.05 * np.arange(60)
    count = np.full(60, 10)
    count[50] = 5000
    assert find_floor(z_m, count) == z_m[50]
    found = find_floor(z_m, count, below_m=1.0)
    assert found is not None
    assert found < 1.0


def test_a_camera_below_everything_changes_nothing():
    z_m, count = np.array([1.0, 1.05]), np.array([7, 1])
    assert find_floor(z_m, count, below_m=-3.0) == 1.0
