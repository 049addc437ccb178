"""What a depth sensor measures of a true picture: exact with all knobs off, and as noisy as it says."""

import dataclasses
import math
from typing import Any

import numpy as np
import pytest

pytest.importorskip("pybullet")

from sim.sensors import CameraSettings, Shot
from sim.sensors.cameras import rays_C
from sim.sensors.noise import axial_sigma_m, jumps, measured
from sim.sensors.randomness import generator

QUIET = CameraSettings().without_noise()
SHAPE = (240, 320)


def shot_of(depth_m, *, cosine: Any = 1.0, body=None) -> Shot:
    depth_m = np.broadcast_to(np.asarray(depth_m, np.float32), SHAPE).copy()
    return Shot(
        depth_m=depth_m,
        body=np.zeros(SHAPE, np.int32) if body is None else body,
        link=np.full(SHAPE, -1, np.int32),
        color=np.zeros((*SHAPE, 3), np.uint8),
        cosine=np.broadcast_to(np.asarray(cosine, np.float32), SHAPE).copy(),
        names=("wall-1", "robot", "mug-1"),
    )


def measure(shot, settings, number=0, **keywords):
    return measured(shot, settings, generator(7, 301, number), **keywords)


@pytest.mark.parametrize("unit_m", [0.001, 0.0002, 0.005])
def test_with_all_knobs_off_it_is_exact_to_half_a_count(unit_m):
    settings = dataclasses.replace(QUIET, depth_unit_m=unit_m)
    depth_m = np.linspace(0.06, 7.99, SHAPE[0] * SHAPE[1]).reshape(SHAPE)
    counts = measure(shot_of(depth_m, cosine=0.0), settings)
    assert counts.dtype == np.uint16
    assert np.abs(counts * unit_m - depth_m).max() <= unit_m / 2 + 1e-6


@pytest.mark.parametrize("z_m", [0.5, 1.0, 3.0, 6.0])
@pytest.mark.parametrize("scale", [1.0, 0.3])
def test_noise_grows_with_range_as_measured_by_nguyen(z_m, scale):
    settings = dataclasses.replace(QUIET, depth_noise=scale, depth_unit_m=1e-4, range_max_m=6.5)
    error = measure(shot_of(z_m), settings) * 1e-4 - z_m
    expected = scale * (0.0012 + 0.0019 * (z_m - 0.4) ** 2)
    count = error.size
    assert abs(error.mean()) < 5 * expected / math.sqrt(count)
    # the deviation of n samples is known to 1 / sqrt(2 n); rounding to 0.1 mm adds up to 0.3 % to the least of them
    assert error.std() == pytest.approx(expected, rel=5 / math.sqrt(2 * count) + 0.005)


def test_sigma_is_the_paper_s():
    z = np.array([[0.4, 1.4, 4.4]], np.float32)
    np.testing.assert_allclose(axial_sigma_m(z), [[0.0012, 0.0031, 0.0316]], rtol=1e-5)


def test_nothing_and_what_is_too_far_return_nothing():
    depth_m = np.full(SHAPE, 2.0)
    depth_m[:10], depth_m[10:20] = 0.0, 8.1
    counts = measure(shot_of(depth_m), QUIET)
    assert not counts[:20].any()
    assert (counts[20:] == 2000).all()


def test_grazing_surfaces_return_nothing():
    cosine = np.linspace(0, 1, SHAPE[1])[None]
    counts = measure(shot_of(2.0, cosine=cosine), dataclasses.replace(QUIET, grazing_cosine=0.1))
    expected = np.broadcast_to(cosine >= np.float32(0.1), SHAPE)
    np.testing.assert_array_equal(counts > 0, expected)


def test_the_missing_share_is_missing():
    share, count = 0.03, SHAPE[0] * SHAPE[1]
    counts = measure(shot_of(2.0), dataclasses.replace(QUIET, missing_share=share))
    assert abs((counts == 0).mean() - share) < 5 * math.sqrt(share * (1 - share) / count)
    assert set(np.unique(counts)) == {0, 2000}


@pytest.mark.parametrize("missing", [0.0, 0.3])
def test_jumps_return_nothing_at_their_rate_on_top_of_the_rest(missing):
    depth_m = np.where(np.arange(SHAPE[1]) % 8 < 4, 2.0, 3.0)[None]
    shot, rate = shot_of(depth_m), 0.5
    edge = jumps(shot.depth_m)
    counts = measure(shot, dataclasses.replace(QUIET, edge_missing=rate, missing_share=missing))
    for where, share in ((edge, missing + rate * (1 - missing)), (~edge, missing)):
        lost = (counts[where] == 0).mean()
        assert abs(lost - share) <= 5 * math.sqrt(share * (1 - share) / where.sum())


def test_jumps_are_the_pixels_on_both_sides_of_one():
    depth_m = np.full(SHAPE, 3.0, np.float32)
    depth_m[100:140, 50:90] = 2.0
    depth_m[:, 200:] = 0.0  # nothing there, such as the sky
    found = jumps(depth_m)
    expected = np.zeros(SHAPE, bool)
    expected[99:141, 49:91] = True
    expected[101:139, 51:89] = False
    expected[[99, 99, 140, 140], [49, 90, 49, 90]] = False  # corners touch diagonally only
    expected[:, 199] = True
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("angle", [0.0, 1.0, 1.45])
def test_a_steep_plane_is_no_jump(angle):
    """A floor seen from 1.2 m: its last rows are far apart in depth, yet it is one surface."""
    rays = rays_C(QUIET.pinhole).astype(float)
    slope = math.cos(angle) * rays[1] + math.sin(angle) * rays[0]
    depth_m = np.where(slope > 0.15, 1.2 / np.maximum(slope, 0.15), 0.0).astype(np.float32)
    found = jumps(depth_m)
    rim = np.zeros(SHAPE, bool)  # where the plane ends, and one pixel around
    there = np.pad(depth_m > 0, 1, mode="edge")
    for dv in (0, 1, 2):
        for du in (0, 1, 2):
            rim |= there[dv : dv + SHAPE[0], du : du + SHAPE[1]] != there[1:-1, 1:-1]
    assert not (found & ~rim).any()


def test_the_robot_s_own_body_returns_nothing():
    body = np.zeros(SHAPE, np.int32)
    body[200:], body[:10] = 1, -1
    shot = shot_of(2.0, body=body)
    counts = measure(shot, QUIET, own=("robot", "another"))
    assert not counts[200:].any()
    assert (counts[:200] == 2000).all()
    assert (measure(shot, QUIET) == 2000).all()


def test_a_frame_s_noise_is_its_own_and_the_same_again():
    shot, settings = shot_of(2.0), CameraSettings()
    first, second = measure(shot, settings, 1), measure(shot, settings, 2)
    np.testing.assert_array_equal(first, measure(shot, settings, 1))
    assert (first != second).mean() > 0.5


def test_one_knob_leaves_the_draws_of_the_others():
    """The same pixels go missing whatever the noise, so that runs can be compared knob by knob."""
    shot = shot_of(2.0)
    some = dataclasses.replace(QUIET, missing_share=0.1)
    noisy = dataclasses.replace(some, depth_noise=1.0)
    np.testing.assert_array_equal(measure(shot, some) == 0, measure(shot, noisy) == 0)
