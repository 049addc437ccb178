"""What a memory is told."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import Literal, Union

import numpy as np
from jaxtyping import Bool, Float, Float32, Float64, UInt8, UInt16

__all__ = [
    "Action",
    "Detection",
    "Detections",
    "EncodedImage",
    "Input",
    "Pinhole",
    "PointScan",
    "Recall",
    "RgbdFrame",
    "RobotState",
]


@dataclass(frozen=True, slots=True)
class Pinhole:
    """A rectified camera: pixel (u, v) = (fx x / z + cx, fy y / z + cy), whole numbers at pixel centres."""

    width: int
    height: int
    fx: float
    fy: float
    cx: float
    cy: float


@dataclass(frozen=True, eq=False)
class EncodedImage:
    """A JPEG or PNG as its bytes; `pixels` is the decoded form that every reader sees."""

    data: bytes

    @functools.cached_property
    def pixels(self) -> UInt8[np.ndarray, "h w 3"] | None:
        """The image as RGB, read-only; None where the bytes are not an image."""
        import cv2

        try:
            bgr = cv2.imdecode(np.frombuffer(self.data, np.uint8), cv2.IMREAD_COLOR) if self.data else None
        except cv2.error:  # OpenCV raises for some kinds of damage, and returns nothing for others
            bgr = None
        if bgr is None:
            return None
        rgb = cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)
        rgb.setflags(write=False)
        return rgb


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Stamped:
    """What every input carries."""

    source: str
    """The sensor's name: order, motion and counts are kept by it, and `Config.sensors` may have settings for it."""
    stamp_ns: int
    """When it was measured, by the sensor's clock."""
    received_ns: int
    """When it reached this process, on the same clock as `stamp_ns`; equal to it for a recording."""
    world: str = "world"
    """The name of the world frame; the same as `Config.world`, or the input is rejected."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RgbdFrame(_Stamped):
    """A posed depth image, with colour where there is some.

    depth: uint16 in units of `depth_unit_m`, or float [m] (quantised once, at the gate); shape (height, width).
    color: RGB of the same size, raw or encoded. X_WC: camera in world. X_BC: camera on the robot.
    pose_cov: covariance of X_WC, order (rotation [rad], translation [m]), in C.
    """

    depth: UInt16[np.ndarray, "h w"] | Float[np.ndarray, "h w"]
    camera: Pinhole
    X_WC: Float64[np.ndarray, "4 4"]
    depth_unit_m: float = 0.001
    color: EncodedImage | UInt8[np.ndarray, "h w 3"] | None = None
    X_BC: Float64[np.ndarray, "4 4"] | None = None
    pose_cov: Float64[np.ndarray, "6 6"] | None = None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PointScan(_Stamped):
    """A posed LiDAR or radar scan: end points in the scanner's frame [m], shape (n, 3)."""

    points_S: Float32[np.ndarray, "n 3"]
    X_WS: Float64[np.ndarray, "4 4"]
    X_BS: Float64[np.ndarray, "4 4"] | None = None
    pose_cov: Float64[np.ndarray, "6 6"] | None = None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Detection:
    """One object that a detector saw in one frame: a label, a score in [0, 1], and a box or a mask."""

    label: str
    score: float
    box_px: tuple[float, float, float, float] | None = None
    """(u_min, v_min, u_max, v_max) in pixels."""
    mask: Bool[np.ndarray, "h w"] | None = None
    embedding: Float32[np.ndarray, "d"] | None = None
    attributes: dict[str, str] | None = None
    """What else it saw of the object, such as {"state": "open"}; not "held", "in" or "on", which are for actions."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Detections(_Stamped):
    """All that one detector found in the frame of `camera_source` with the same `stamp_ns`."""

    camera_source: str
    items: tuple[Detection, ...] = ()


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RobotState(_Stamped):
    """Where the robot is and how it moves: base pose and twist, joints, gripper."""

    X_WB: Float64[np.ndarray, "4 4"]
    linear_velocity_B_m_s: tuple[float, float, float] = (0.0, 0.0, 0.0)
    angular_velocity_B_rad_s: tuple[float, float, float] = (0.0, 0.0, 0.0)
    joint_positions_rad: dict[str, float] = field(default_factory=dict)
    X_WG: Float64[np.ndarray, "4 4"] | None = None
    gripper_width_m: float | None = None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Action(_Stamped):
    """What the robot itself did to an object, so that the memory can follow."""

    verb: Literal["picked_up", "placed_on", "placed_in", "opened", "closed", "pushed"]
    object_id: int
    target_id: int | None = None
    """What it was placed on or in."""
    succeeded: bool = True


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Recall(_Stamped):
    """A planner used these memories: the one way in which asking may strengthen them."""

    object_ids: tuple[int, ...]


Input = Union[RgbdFrame, PointScan, Detections, RobotState, Action, Recall]  # noqa: UP007 - used at run time on 3.10
"""All that a memory can be told."""
