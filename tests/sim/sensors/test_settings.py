"""Settings are held to their ranges, by name."""

import math

import pytest

pytest.importorskip("pybullet")

from sim.sensors import CameraSettings, DetectorSettings
from spatialmem import ConfigError


@pytest.mark.usefixtures("unchecked_shapes")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("width", 8),
        ("width", 320.0),
        ("height", True),
        ("fov_rad", math.nan),
        ("fov_rad", 3.1),
        ("range_max_m", -1.0),
        ("depth_noise", math.inf),
        ("missing_share", 1.5),
        ("pose_noise_m", -0.1),
        ("drift_rad_per_m", "0.1"),
    ],
)
def test_a_camera_setting_out_of_range_is_named(name, value):
    with pytest.raises(ConfigError, match=f"camera: {name} is {value!r}; .* from .* to .* is needed"):
        CameraSettings(**{name: value})


@pytest.mark.parametrize(("name", "value"), [("miss_rate", 1.1), ("false_rate", -1.0), ("min_pixels", 0)])
def test_a_detector_setting_out_of_range_is_named(name, value):
    with pytest.raises(ConfigError, match=f"detector: {name} is {value!r}"):
        DetectorSettings(**{name: value})


def test_a_kind_that_does_not_exist_is_refused():
    with pytest.raises(ConfigError, match="give at least one of room, door, furniture"):
        DetectorSettings(kinds=("things",))


def test_a_range_that_the_depth_image_cannot_count_is_refused():
    CameraSettings(range_max_m=6.5535, depth_unit_m=0.0001)
    with pytest.raises(ConfigError, match=r"at most 6\.5535 m"):
        CameraSettings(range_max_m=6.6, depth_unit_m=0.0001)


def test_the_axis_goes_through_the_middle_and_the_edges_are_half_the_view_apart():
    camera = CameraSettings(width=320, height=240, fov_rad=1.0).pinhole
    left, right = (-0.5 - camera.cx) / camera.fx, (319.5 - camera.cx) / camera.fx  # the outer edges of the pixels
    assert (math.atan(left), math.atan(right)) == pytest.approx((-0.5, 0.5))
    assert (camera.cx, camera.cy, camera.fy) == (159.5, 119.5, camera.fx)


def test_without_noise_every_knob_is_off_and_the_geometry_stays():
    noisy = CameraSettings(width=200, drift_m_per_m=0.1, drift_rad_per_m=0.1)
    still = noisy.without_noise()
    assert noisy.pose_noisy
    assert not still.pose_noisy
    knobs = ("depth_noise", "missing_share", "grazing_cosine", "edge_missing")
    assert [getattr(still, name) for name in knobs] == [0.0] * 4
    assert still.pinhole == noisy.pinhole
