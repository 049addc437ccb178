"""A small robot without an arm: a round base with two driven wheels and casters, and a camera on a mast."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from collections.abc import Sequence

from sim.poses import pose
from sim.robots import urdf
from sim.robots.body import SimRobot
from sim.robots.driving import Wheels
from sim.robots.mount import camera_mount
from sim.worlds.shapes import Shape

__all__ = ["DifferentialDrive"]

RADIUS_M = 0.22
WHEEL_RADIUS_M, WHEEL_Y_M = 0.08, 0.16
CASTER_RADIUS_M, CASTER_X_M = 0.04, 0.16
TOP_M = 0.24
MAST_X_M = 0.06
CAMERA = (0.12, 0.0, 1.10)
WHITE, GRAY, DARK, RUBBER = (232, 234, 236), (140, 144, 150), (30, 31, 34), (50, 50, 52)


class DifferentialDrive(SimRobot):
    """A round base of 0.22 m radius with a wheel on each side; it turns on the spot. Nothing to grip with."""

    footprint_m = (2 * RADIUS_M, 2 * RADIUS_M)
    radius_m = RADIUS_M
    pass_m, turn_m = 0.27, 0.27
    X_BC = camera_mount(CAMERA, down_rad=math.radians(22))
    X_BR = pose((0.0, 0.0, 0.0))
    wheels = Wheels(
        left=("left_wheel",),
        right=("right_wheel",),
        radius_m=WHEEL_RADIUS_M,
        track_m=2 * WHEEL_Y_M,
        torque_n_m=10.0,
        sliding=("front_caster_mount", "rear_caster_mount"),
    )

    @classmethod
    def parts(cls) -> Sequence[ET.Element]:
        """Return the base with its mast, wheels and casters, and the joints between them."""
        wheel = Shape("cylinder", (WHEEL_RADIUS_M, 0.035), rpy_rad=(math.pi / 2, 0.0, 0.0), color=RUBBER)
        caster = Shape("sphere", (CASTER_RADIUS_M,), color=GRAY)
        parts = [_base(), _mast(), urdf.fixed("base", "mast", (0.0, 0.0, 0.0))]
        for side, sign in (("left", 1), ("right", -1)):
            parts.append(urdf.link(f"{side}_wheel_link", 0.6, (wheel,)))
            place = (0.0, sign * WHEEL_Y_M, WHEEL_RADIUS_M)
            parts.append(urdf.turning(f"{side}_wheel", "base", f"{side}_wheel_link", place, (0.0, 1.0, 0.0)))
        for end, sign in (("front", 1), ("rear", -1)):
            parts.append(urdf.link(f"{end}_caster", 0.1, (caster,)))
            parts.append(urdf.fixed("base", f"{end}_caster", (sign * CASTER_X_M, 0.0, CASTER_RADIUS_M)))
        return parts


def _base() -> ET.Element:
    """Return the round body, in B."""
    return urdf.link(
        "base",
        14.0,
        (
            Shape("cylinder", (RADIUS_M, 0.13), (0.0, 0.0, 0.125), color=WHITE),
            Shape("cylinder", (0.17, TOP_M - 0.19), (0.0, 0.0, (0.19 + TOP_M) / 2), color=GRAY),
        ),
    )


def _mast() -> ET.Element:
    """Return the mast with the camera's housing, in B."""
    x, y, z = CAMERA
    return urdf.link(
        "mast",
        1.0,
        (
            Shape("box", (0.035, 0.035, z - TOP_M), (MAST_X_M, 0.0, (z + TOP_M) / 2), color=GRAY),
            Shape("box", (0.05, 0.12, 0.04), (x - 0.055, y, z), color=DARK),
        ),
    )
