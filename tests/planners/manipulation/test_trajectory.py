"""Set-points stay on the way, within speeds and accelerations, and end where the way does."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planners.manipulation.trajectory import timed
from spatialmem import InputError

SPEED = np.array([2.0, 1.0, 0.5])
ways = st.lists(st.tuples(*[st.floats(-3.0, 3.0)] * 3), min_size=1, max_size=6).map(np.array)


@given(ways, st.floats(0.5, 20.0), st.floats(0.1, 1.0))
@settings(deadline=None)
def test_speeds_and_accelerations_are_kept(path_rad, acceleration, share):
    trajectory = timed(path_rad, SPEED, acceleration_max_rad_s2=acceleration, share=share)
    step = max(trajectory.duration_s / 400, 1e-4)
    points = np.array([trajectory.at(k * step) for k in range(int(trajectory.duration_s / step) + 2)])
    speeds = np.diff(points, axis=0) / step
    assert (np.abs(speeds) <= SPEED * share * (1 + 1e-6) + 1e-9).all()
    assert (np.abs(np.diff(speeds, axis=0)) / step <= acceleration * (1 + 1e-4) + 1e-3).all()


@given(ways)
@settings(deadline=None)
def test_it_goes_along_the_pieces_from_end_to_end(path_rad):
    trajectory = timed(path_rad, SPEED)
    assert np.allclose(trajectory.at(-1.0), path_rad[0])
    assert np.array_equal(trajectory.at(trajectory.duration_s + 1), path_rad[-1])
    for vector, at_s in zip(path_rad, trajectory.ends_s.tolist(), strict=True):
        assert np.allclose(trajectory.at(at_s), vector, atol=1e-6)
    for k in range(len(path_rad) - 1):
        start, turn = path_rad[k], path_rad[k + 1] - path_rad[k]
        for share in (0.1, 0.5, 0.8):
            point = trajectory.at(
                float(trajectory.ends_s[k] + share * (trajectory.ends_s[k + 1] - trajectory.ends_s[k]))
            )
            along = (point - start) @ turn / max(turn @ turn, 1e-300)
            assert np.allclose(point, start + along * turn, atol=1e-6)


def test_ticks():
    trajectory = timed(np.array([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0]]), SPEED, acceleration_max_rad_s2=4.0)
    assert trajectory.duration_s == pytest.approx(1.0)  # half a second of speed and half a second of ramps
    points = trajectory.points(0.05)
    assert len(points) == 20
    assert points[9, 0] == pytest.approx(0.5)
    assert points[-1, 0] == 1.0
    assert np.abs(np.diff(points, axis=0)).max() <= 2.0 * 0.05 + 1e-9


def test_no_way_at_all_stays():
    trajectory = timed(np.array([[1.0, 2.0, 3.0]] * 3), SPEED)
    assert trajectory.duration_s == 0.0
    assert trajectory.points().tolist() == [[1.0, 2.0, 3.0]]


@pytest.mark.parametrize(
    ("path_rad", "speed", "acceleration"),
    [
        (np.empty((0, 3)), SPEED, 1.0),
        (np.zeros((2, 3)), np.array([1.0, 0.0, 1.0]), 1.0),
        (np.zeros((2, 3)), SPEED, 0.0),
        (np.zeros((2, 3)), np.array([1.0, np.nan, 1.0]), 1.0),
    ],
    ids=["no vectors", "no speed", "no acceleration", "nan"],
)
def test_bad_limits_are_refused(path_rad, speed, acceleration):
    with pytest.raises(InputError, match="above 0 are needed"):
        timed(path_rad, speed, acceleration_max_rad_s2=acceleration)
