"""The pictures of the kinematic suites, and a detector that also tells colours and what is open.

The colour is named from the picture's own pixels, as a camera would do it; whether something is open is true.
"""

from __future__ import annotations

import colorsys
from dataclasses import replace
from typing import Any

import numpy as np
from jaxtyping import Bool, UInt8

from sim.sensors import SegmentationDetector
from sim.simulation import Simulation
from sim.suites.setup import Setup
from sim.worlds.built.resting import CLOSED_RAD
from sim.worlds.built.world import World
from spatialmem import Detection, RgbdFrame

__all__ = ["COLORS", "NamingDetector", "color_name", "kinematic_setup", "with_naming"]

COLORS = ("black", "blue", "brown", "gray", "green", "orange", "pink", "purple", "red", "white", "yellow")


def kinematic_setup(robot: str = "differential") -> Setup:
    """Return small pictures, twice a second: what the time of an episode goes into."""
    return Setup(robot=robot, width=200, height=150, rate_hz=2.5, min_pixels=12)


class NamingDetector(SegmentationDetector):
    """Finds what the camera saw, with its "color", and of furniture with doors its "state": open or closed."""

    def __init__(self, world: World, settings: Any, *, seed: int, name: str = "detector"):
        super().__init__(world, settings, seed=seed, name=name)
        self._home = world
        self._leaves: dict[str, list[str]] = {}
        for leaf in world.hinges:
            self._leaves.setdefault(leaf.split("/")[0], []).append(leaf)

    def detect(self, frame: RgbdFrame) -> tuple[Detection, ...]:
        """Return what is found in the frame, with what is seen of it."""
        found = super().detect(frame)
        color = frame.color
        if not isinstance(color, np.ndarray):
            return found
        shot, _ = self._shots[frame.stamp_ns]
        return tuple(
            one if one.mask is None else replace(one, attributes=self._seen(one.mask, color, shot)) for one in found
        )

    def _seen(self, mask: Bool[np.ndarray, "h w"], color: UInt8[np.ndarray, "h w 3"], shot: Any) -> dict[str, str]:
        name = shot.names[int(shot.body[mask][0])]
        told = {"color": color_name(color[mask])}
        leaves = self._leaves.get(name, ())
        if leaves:
            is_open = any(self._home.hinge_rad(leaf) >= CLOSED_RAD for leaf in leaves)
            told["state"] = "open" if is_open else "closed"
        return told


def with_naming(simulation: Simulation, setup: Setup, seed: int) -> None:
    """Let a simulation's detector name what it sees."""
    simulation.sensor.detector = NamingDetector(simulation.world, setup.detector, seed=seed)


def color_name(pixels: UInt8[np.ndarray, "n 3"]) -> str:
    """Return the name that most pixels' colour has; of as many, the first in the alphabet."""
    stride = max(1, len(pixels) // 64)
    names = [_named(*pixel) for pixel in pixels[::stride].tolist()]
    return max(sorted(set(names)), key=names.count)


def _named(red: int, green: int, blue: int) -> str:
    hue, saturation, value = colorsys.rgb_to_hsv(red / 255, green / 255, blue / 255)
    if value < 0.2:
        return "black"
    if saturation < 0.2:
        return "white" if value > 0.62 else "gray"
    degrees = hue * 360
    if degrees < 14 or degrees >= 340:
        return "pink" if saturation < 0.45 and value > 0.7 else "red"
    if degrees < 42:
        return "orange" if value > 0.62 and saturation > 0.55 else "brown"
    if degrees < 68:
        return "yellow" if saturation > 0.4 else "white" if value > 0.62 else "brown"
    if degrees < 170:
        return "green"
    return "blue" if degrees < 265 else "purple"
