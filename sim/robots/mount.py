"""Where a camera sits on a robot: fixed, or on a head that pans and tilts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float64

from sim.poses import compose, pose, yaw_pose
from sim.robots.command import ArmJoint

__all__ = ["CameraHead", "HeadMount", "camera_mount"]

Pose = Float64[np.ndarray, "4 4"]


def camera_mount(p_BC: tuple[float, float, float], *, down_rad: float) -> Pose:
    """Return X_BC of a camera at p_BC [m] that looks forward and down by an angle.

    C is the optical frame: z forward, x right, y down.
    """
    c, s = math.cos(down_rad), math.sin(down_rad)
    X_BC = pose(p_BC)
    X_BC[:3, 0], X_BC[:3, 1], X_BC[:3, 2] = (0.0, -1.0, 0.0), (-s, 0.0, -c), (c, 0.0, -s)
    X_BC.setflags(write=False)  # one for all robots of a kind
    return X_BC


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraHead:
    """A camera that pans about an upright axis, to the left, and tilts about its own lens, down."""

    pan: ArmJoint
    tilt: ArmJoint
    p_BH: tuple[float, float, float]
    """Where the pan's axis is, at the height of the lens [m]."""
    lens_m: float
    """So far before that axis the lens is."""

    @property
    def joints(self) -> tuple[ArmJoint, ArmJoint]:
        """Both joints, pan first."""
        return self.pan, self.tilt

    def X_BC(self, pan_rad: float, tilt_rad: float) -> Pose:
        """Return where the camera is when the head is so turned."""
        x, y, z = self.p_BH
        return compose(yaw_pose(x, y, pan_rad, z), camera_mount((self.lens_m, 0.0, 0.0), down_rad=tilt_rad))


class HeadMount:
    """The X_BC of a kind of robot with a camera head: of the class as it is stowed, of a robot as it is now."""

    def __init__(self, head: CameraHead):
        self._head = head
        self._stowed = head.X_BC(head.pan.stowed_rad, head.tilt.stowed_rad)
        self._stowed.setflags(write=False)

    def __get__(self, robot: Any, kind: Any = None) -> Pose:
        if robot is None:
            return self._stowed
        return self._head.X_BC(*robot.head_rad())
