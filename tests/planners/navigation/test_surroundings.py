"""What the newest frames show in the way, until a later one looks through it."""

import numpy as np
import pytest

import spatialmem as sm
from planners.navigation.kernels.behind import not_looked_through
from planners.navigation.surroundings import distance_m, signed_distance_m

CAMERA = sm.Pinhole(width=64, height=48, fx=50.0, fy=50.0, cx=31.5, cy=23.5)
PINHOLE = np.array([CAMERA.fx, CAMERA.fy, CAMERA.cx, CAMERA.cy])
BEHIND_M = 0.15


def plain(points_W, X_CW, depth_m):
    """The points that are kept, said with whole arrays."""
    points_C = sm.transform(X_CW, points_W)
    z = points_C[:, 2]
    ahead = z > 0.05
    safe_z = np.where(ahead, z, 1.0)
    u = np.rint(points_C[:, 0] / safe_z * CAMERA.fx + CAMERA.cx).astype(int)
    v = np.rint(points_C[:, 1] / safe_z * CAMERA.fy + CAMERA.cy).astype(int)
    shown = ahead & (u >= 0) & (u < CAMERA.width) & (v >= 0) & (v < CAMERA.height)
    measured = depth_m[np.where(shown, v, 0), np.where(shown, u, 0)]
    return points_W[~(shown & (measured > z + BEHIND_M))]


@pytest.mark.parametrize("seed", range(4))
def test_points_are_kept_as_whole_arrays_say_it(seed):
    rng = np.random.default_rng(seed)
    points_W = rng.uniform(-3.0, 3.0, (2000, 3))
    depth_m = np.where(rng.random((48, 64)) < 0.2, 0.0, rng.uniform(0.5, 4.0, (48, 64)))
    X_CW = sm.inverse(sm.look_at(tuple(rng.uniform(-1.0, 1.0, 3)), (2.5, 0.3, 0.2)))
    kept = not_looked_through(points_W, X_CW, PINHOLE, depth_m, BEHIND_M)
    assert 0 < len(kept) < len(points_W)
    np.testing.assert_array_equal(kept, plain(points_W, X_CW, depth_m))


def test_what_nothing_is_seen_behind_is_kept():
    ahead, beside, back = (0.0, 0.0, 2.0), (9.0, 0.0, 2.0), (0.0, 0.0, -2.0)
    points_W, X_CW = np.array([ahead, beside, back]), np.eye(4)
    for depth, count in ((0.0, 3), (2.1, 3), (2.2, 2)):
        depth_m = np.full((48, 64), depth)
        assert len(not_looked_through(points_W, X_CW, PINHOLE, depth_m, BEHIND_M)) == count


def test_the_deeper_in_an_obstacle_the_less_room_there_is():
    """Else a base that touches could not tell the way out from the way in."""
    solid = np.zeros((9, 20), bool)
    solid[:, 10:] = True
    away_m = signed_distance_m(solid, 0.05)
    assert (away_m[~solid] == distance_m(solid, 0.05)[~solid]).all()
    assert np.allclose(away_m[4], 0.05 * (10 - np.arange(20)), atol=1e-6)
