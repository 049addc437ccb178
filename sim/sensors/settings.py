"""What a simulated camera and its detector are like: every setting, its unit and range; noise at 0 is switched off."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any

from spatialmem import ConfigError, Pinhole

__all__ = ["CameraSettings", "DetectorSettings"]

_CAMERA_LIMITS: dict[str, tuple[int, int] | tuple[float, float]] = {
    "width": (16, 4096),
    "height": (16, 4096),
    "fov_rad": (0.1, 2.6),
    "rate_hz": (0.1, 240.0),
    "range_max_m": (0.1, 60.0),
    "depth_unit_m": (0.0001, 0.01),
    "depth_noise": (0.0, 100.0),
    "missing_share": (0.0, 1.0),
    "grazing_cosine": (0.0, 1.0),
    "edge_missing": (0.0, 1.0),
    "pose_noise_m": (0.0, 1.0),
    "pose_noise_rad": (0.0, 1.0),
    "drift_m_per_m": (0.0, 1.0),
    "drift_rad_per_m": (0.0, 1.0),
}
_DETECTOR_LIMITS: dict[str, tuple[int, int] | tuple[float, float]] = {
    "miss_rate": (0.0, 1.0),
    "false_rate": (0.0, 10.0),
    "swap_rate": (0.0, 1.0),
    "min_pixels": (1, 1_000_000),
}
_NOISE = ("depth_noise", "missing_share", "grazing_cosine", "edge_missing", "pose_noise_m", "pose_noise_rad")
_DRIFT = ("drift_m_per_m", "drift_rad_per_m")
_KINDS = ("room", "door", "furniture", "thing", "person", "robot")


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraSettings:
    """An RGB-D camera. Its axis goes through the middle of the picture. Raises ConfigError for a bad value."""

    width: int = 320
    height: int = 240
    fov_rad: float = 1.2
    """From the left edge of the picture to the right one; pixels are square."""
    rate_hz: float = 5.0
    range_max_m: float = 8.0
    """What is farther away along the optical axis returns nothing."""
    depth_unit_m: float = 0.001
    """One count of the depth image; range_max_m is at most 65535 of them."""
    depth_noise: float = 1.0
    """Scales the axial noise; 1 is that of Nguyen, Izadi and Lovell (2012), 0 is none."""
    missing_share: float = 0.005
    """The share of pixels that return nothing for no reason."""
    grazing_cosine: float = 0.1
    """A surface returns nothing where the cosine between the ray and its normal is below this."""
    edge_missing: float = 0.5
    """How often a pixel at a jump in depth returns nothing."""
    pose_noise_m: float = 0.002
    """Standard deviation, along each axis, of what every frame's position is wrong by."""
    pose_noise_rad: float = 0.001
    """The same for its rotation, about each axis."""
    drift_m_per_m: float = 0.0
    """Standard deviation of the position's random walk, along x and along y, after the first metre driven."""
    drift_rad_per_m: float = 0.0
    """The same for the heading."""

    def __post_init__(self) -> None:
        _check(self, "camera", _CAMERA_LIMITS)
        if self.range_max_m > 65535 * self.depth_unit_m:
            raise ConfigError(
                f"camera: range_max_m is {self.range_max_m:g} with a depth_unit_m of {self.depth_unit_m:g}; a depth "
                f"image counts to 65535, so at most {65535 * self.depth_unit_m:g} m. Take a larger unit."
            )

    @property
    def pinhole(self) -> Pinhole:
        """The camera's geometry."""
        f_px = self.width / 2 / math.tan(self.fov_rad / 2)
        return Pinhole(self.width, self.height, f_px, f_px, (self.width - 1) / 2, (self.height - 1) / 2)

    @property
    def pose_noisy(self) -> bool:
        """Whether reported poses differ from the true ones."""
        return any(getattr(self, name) > 0 for name in ("pose_noise_m", "pose_noise_rad", *_DRIFT))

    def without_noise(self) -> CameraSettings:
        """Return the same camera with every noise, loss and drift at 0."""
        return dataclasses.replace(self, **dict.fromkeys((*_NOISE, *_DRIFT), 0.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorSettings:
    """How often a detector is wrong. By itself it finds every thing and piece of furniture in view, exactly."""

    miss_rate: float = 0.0
    """The share of what is in view that is not found."""
    false_rate: float = 0.0
    """How many boxes around nothing are expected for each object in view."""
    swap_rate: float = 0.0
    """The share of what is found that gets another class's label."""
    min_pixels: int = 30
    """What shows fewer pixels is not in view."""
    kinds: tuple[str, ...] = ("thing", "furniture")
    """Which kinds of bodies it knows."""

    def __post_init__(self) -> None:
        _check(self, "detector", _DETECTOR_LIMITS)
        unknown = [kind for kind in self.kinds if kind not in _KINDS]
        if unknown or not self.kinds:
            raise ConfigError(f"detector: kinds is {self.kinds!r}; give at least one of {', '.join(_KINDS)}.")


def _check(settings: Any, origin: str, limits: dict[str, tuple[int, int] | tuple[float, float]]) -> None:
    """Hold every number to its range; limits of int are for whole numbers. Raises ConfigError."""
    for name, (low, high) in limits.items():
        value = getattr(settings, name)
        whole = isinstance(low, int)
        right = isinstance(value, int if whole else (int, float)) and not isinstance(value, bool)
        if not right or not low <= value <= high:
            kind = "a whole number" if whole else "a number"
            raise ConfigError(f"{origin}: {name} is {value!r}; {kind} from {low:g} to {high:g} is needed.")
