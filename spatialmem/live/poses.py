"""Where the robot was when a picture was taken: poses by their stamps, and frames that wait for theirs."""

from __future__ import annotations

import bisect
import enum
import threading
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float64, UInt8, UInt16

from spatialmem.episodes.trajectory import StampedPose, interpolate, quaternion_of
from spatialmem.geometry import is_rigid
from spatialmem.types import EncodedImage, Pinhole, RgbdFrame, RobotState

__all__ = ["PoseBuffer", "Posing", "UnposedFrame"]

KEPT_NS = 10 * 10**9
"""Poses that are older than the newest by more are forgotten."""
RESET_NS = 10**9
"""A pose that is older than the newest by more is of a clock that was set back."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class UnposedFrame:
    """A depth image whose camera's place on the robot is known, but not yet where the robot was.

    As `RgbdFrame`, which it becomes with the pose of the base at its stamp: X_WC = X_WB @ X_BC.
    """

    source: str
    stamp_ns: int
    received_ns: int
    depth: UInt16[np.ndarray, "h w"] | Float[np.ndarray, "h w"]
    camera: Pinhole
    X_BC: Float64[np.ndarray, "4 4"]
    world: str = "world"
    depth_unit_m: float = 0.001
    color: EncodedImage | UInt8[np.ndarray, "h w 3"] | None = None

    def posed(self, X_WB: Float64[np.ndarray, "4 4"]) -> RgbdFrame:
        """Return the frame with its pose."""
        return RgbdFrame(
            source=self.source,
            stamp_ns=self.stamp_ns,
            received_ns=self.received_ns,
            world=self.world,
            depth=self.depth,
            camera=self.camera,
            X_WC=X_WB @ self.X_BC,
            X_BC=self.X_BC,
            depth_unit_m=self.depth_unit_m,
            color=self.color,
        )


class Posing(enum.Enum):
    """Why there is no pose."""

    NOT_YET = "not_yet"
    NEVER = "never"
    """What is known of the time before and after it is too far from it, or it is older than all that is known."""


class PoseBuffer:
    """The robot's poses of the last seconds. Any thread may call any method.

    Between two, the position goes straight and the rotation along the great arc (Shoemake 1985).
    """

    def __init__(self, gap_max_s: float):
        self._gap_max_ns = int(gap_max_s * 1e9)
        self._poses: list[StampedPose] = []
        self._lock = threading.Lock()

    def add(self, state: RobotState) -> None:
        """Take in where the base was. One that is not rigid or not finite is left out; the gate says why."""
        X_WB = np.asarray(state.X_WB)
        if X_WB.shape != (4, 4) or not is_rigid(X_WB):
            return
        p_WB = float(X_WB[0, 3]), float(X_WB[1, 3]), float(X_WB[2, 3])
        pose = StampedPose(int(state.stamp_ns), p_WB, quaternion_of(X_WB[:3, :3]))
        with self._lock:
            poses = self._poses
            if poses and poses[-1].stamp_ns - pose.stamp_ns > RESET_NS:
                poses.clear()
            at = bisect.bisect_left(poses, pose.stamp_ns, key=lambda known: known.stamp_ns)
            poses[at : at + (at < len(poses) and poses[at].stamp_ns == pose.stamp_ns)] = [pose]
            oldest_ns = poses[-1].stamp_ns - KEPT_NS
            if poses[0].stamp_ns < oldest_ns - KEPT_NS:  # seldom, and then many
                del poses[: bisect.bisect_left(poses, oldest_ns, key=lambda known: known.stamp_ns)]

    def at(self, stamp_ns: int) -> Float64[np.ndarray, "4 4"] | Posing:
        """Return X_WB at a stamp, or why it is not known."""
        with self._lock:
            if not self._poses or stamp_ns > self._poses[-1].stamp_ns:
                return Posing.NOT_YET
            X_WB = interpolate(self._poses, stamp_ns, gap_max_ns=self._gap_max_ns)
        return Posing.NEVER if X_WB is None else X_WB
