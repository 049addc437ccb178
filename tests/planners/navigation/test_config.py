"""The settings of navigation: defaults that are sound, every value checked by name, none changed later."""

import dataclasses
import math

import pytest

from planners.navigation.config import NavigationConfig
from spatialmem import ConfigError

NUMBERS = sorted({field.name for field in dataclasses.fields(NavigationConfig)} - {"footprint_m"})


def test_the_defaults_hang_together():
    """The base fits along the ways that it plans, and turns where it is told that there is room to."""
    config = NavigationConfig()
    length_m, width_m = config.footprint_m
    assert width_m / 2 < config.pass_m < config.turn_m
    assert math.hypot(length_m, width_m) / 2 < config.turn_m
    brake_m = config.speed_max_m_s**2 / (2 * config.acceleration_m_s2)
    assert brake_m + length_m / 2 < config.camera_range_m


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("bad", [0.0, -1.0, 1e3, math.nan, math.inf, "wide", True, None, (1.0,)], ids=repr)
@pytest.mark.usefixtures("unchecked_shapes")
def test_a_bad_number_is_refused_by_name(name, bad):
    with pytest.raises(ConfigError, match=rf"navigation: {name} is .*; a number from [\d.]+ to [\d.]+ is needed"):
        NavigationConfig(**{name: bad})


@pytest.mark.parametrize(
    "bad", [(1.0,), (1.0, 0.6, 0.5), (1.0, 0.0), (math.nan, 0.6), (6.0, 0.6), [1.0, 0.6], 1.0, ("1", "2")], ids=repr
)
@pytest.mark.usefixtures("unchecked_shapes")
def test_a_bad_footprint_is_refused(bad):
    with pytest.raises(ConfigError, match=r"navigation: footprint_m is .*; two lengths from 0\.05 to 5 m"):
        NavigationConfig(footprint_m=bad)


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.usefixtures("unchecked_shapes")
def test_a_whole_number_is_a_number(name):
    default = getattr(NavigationConfig(), name)
    assert getattr(NavigationConfig(**{name: max(round(default), 1)}), name) == max(round(default), 1)


def test_a_misspelt_setting_is_refused_and_none_changes_later():
    with pytest.raises(TypeError, match="footprint"):
        NavigationConfig(footprint=(0.5, 0.5))  # pyright: ignore[reportCallIssue]
    with pytest.raises(dataclasses.FrozenInstanceError):
        NavigationConfig().pass_m = 0.5  # pyright: ignore[reportAttributeAccessIssue]
