"""What a robot's base is like, and how it drives: every setting, its unit and range."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

from spatialmem import ConfigError

__all__ = ["MARGIN_M", "NavigationConfig"]

MARGIN_M = 0.042
"""From the outline to the middles of the cells of what is in the way: its corners are up to 3.6 cm
from there, with cells of 5 cm, and what lies between middles is interpolated."""
_LIMITS = {
    "footprint_m": None,
    "pass_m": (0.1, 2.0),
    "unseen_m": (0.05, 2.0),
    "turn_m": (0.1, 3.0),
    "speed_max_m_s": (0.05, 3.0),
    "turn_max_rad_s": (0.1, 4.0),
    "acceleration_m_s2": (0.1, 10.0),
    "turn_acceleration_rad_s2": (0.1, 20.0),
    "arrived_m": (0.02, 1.0),
    "arrived_rad": (0.02, math.pi),
    "reach_m": (0.2, 3.0),
    "patience_s": (0.5, 600.0),
    "camera_height_m": (0.1, 3.0),
    "camera_fov_rad": (0.1, 6.3),
    "camera_range_m": (0.3, 30.0),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NavigationConfig:
    """A base that drives forward and turns on the spot, with a camera on it. Raises ConfigError for a bad value.

    The defaults are those of a Husky with an arm: 1.01 x 0.69 m.
    """

    footprint_m: tuple[float, float] = (1.01, 0.69)
    """Length and width; the middle is B."""
    pass_m: float = 0.36
    """So much room to both sides is enough to drive along: ways are routed for a disc of this radius, where there are
    such ways."""
    unseen_m: float = 0.2
    """So near to floor that nobody has seen the base's middle may come: its side reaches over it there. From what is
    known to be in the way it keeps as far as its footprint needs, `beside_m`."""
    turn_m: float = 0.65
    """So much room round B is enough to turn on the spot; ways keep so far from things where there is room."""
    speed_max_m_s: float = 0.8
    turn_max_rad_s: float = 1.2
    acceleration_m_s2: float = 1.0
    turn_acceleration_rad_s2: float = 4.0
    arrived_m: float = 0.12
    arrived_rad: float = 0.15
    reach_m: float = 0.9
    """What is to be reached is so near to B, or nearer."""
    patience_s: float = 20.0
    """So long it waits, and looks for other ways, before it gives a goal up."""
    camera_height_m: float = 1.2
    camera_fov_rad: float = 1.2
    """From the left edge of the picture to the right one; the camera looks forward."""
    camera_range_m: float = 5.0
    """So far the depth is believed."""

    @property
    def beside_m(self) -> float:
        """So near to the middle of a cell that holds something a way may lead: the base's side passes clear of it."""
        return self.footprint_m[1] / 2 + MARGIN_M

    def __post_init__(self) -> None:
        for field in fields(self):
            value, limits = getattr(self, field.name), _LIMITS[field.name]
            if limits is None:
                good = (
                    isinstance(value, tuple) and len(value) == 2 and all(_is_within(one, (0.05, 5.0)) for one in value)
                )
                wanted = "two lengths from 0.05 to 5 m"
            else:
                good, wanted = _is_within(value, limits), f"a number from {limits[0]:g} to {limits[1]:g}"
            if not good:
                raise ConfigError(f"navigation: {field.name} is {value!r}; {wanted} is needed.")


def _is_within(value: object, limits: tuple[float, float]) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and limits[0] <= value <= limits[1]
