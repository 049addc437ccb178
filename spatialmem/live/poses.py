"""Where the robot was when a picture was taken: poses by their stamps, and frames that wait for theirs."""

from __future__ import annotations

import bisect
import enum
import threading
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float64, UInt8, UInt16

from spatialmem.config import Config
from spatialmem.episodes.trajectory import StampedPose, interpolate, quaternion_of
from spatialmem.gate import Admitted, GateState, admit
from spatialmem.types import EncodedImage, Pinhole, RgbdFrame, RobotState

__all__ = ["PoseBuffer", "Posing", "UnposedFrame"]

POSES_MAX = 4096
"""So many poses are kept at least, and twice as many at most. Their number bounds them, not their age: one stamp from
far ahead would make all others old."""


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
        """Return the frame with its pose. One whose X_BC is no matrix keeps it for a pose: the gate says what it is."""
        try:
            X_WC = X_WB @ self.X_BC
        except Exception:  # whatever a foreign object makes of it
            X_WC = self.X_BC
        return RgbdFrame(
            source=self.source,
            stamp_ns=self.stamp_ns,
            received_ns=self.received_ns,
            world=self.world,
            depth=self.depth,
            camera=self.camera,
            X_WC=X_WC,
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
    """The robot's newest poses, as far as a gate lets their states in. Any thread may call any method.

    Between two, the position goes straight and the rotation along the great arc (Shoemake 1985). The gate is one of its
    own, which goes by the memory's settings and from the memory's state: what the memory rejects poses no frame, and a
    clock or a place that jumped is believed when the memory believes it, after `gate.epoch_after_frames` states.
    """

    def __init__(self, gap_max_s: float, config: Config | None = None, gate: GateState | None = None):
        """config: the memory's. gate: what its gate remembers."""
        self._gap_max_ns = int(gap_max_s * 1e9)
        self._config = Config() if config is None else config
        streams = () if gate is None else gate.streams
        self._gate = GateState(tuple(stream for stream in streams if stream.kind == RobotState.__name__))
        self._epochs = {stream.source: stream.epoch for stream in self._gate.streams}
        self._poses: list[StampedPose] = []
        self._lock = threading.Lock()

    def add(self, state: RobotState) -> None:
        """Take in where the base was. What the gate rejects is left out; the memory's own says and counts why."""
        with self._lock:
            verdict, self._gate = admit(state, self._gate, self._config)
            if not isinstance(verdict, Admitted) or not isinstance(verdict.input, RobotState):
                return
            known, poses = verdict.input, self._poses
            if self._epochs.setdefault(known.source, verdict.epoch) != verdict.epoch:
                self._epochs[known.source] = verdict.epoch
                poses.clear()  # those are of another clock, or lead elsewhere
            x, y, z = known.X_WB[:3, 3].tolist()
            pose = StampedPose(known.stamp_ns, (x, y, z), quaternion_of(known.X_WB[:3, :3]))
            at = bisect.bisect_left(poses, pose.stamp_ns, key=lambda one: one.stamp_ns)
            poses[at : at + (at < len(poses) and poses[at].stamp_ns == pose.stamp_ns)] = [pose]
            if len(poses) > 2 * POSES_MAX:  # seldom, and then many
                del poses[:POSES_MAX]

    def pose(self, x: UnposedFrame) -> RgbdFrame | UnposedFrame | Posing:
        """Return a frame with the robot's pose at its stamp, or why that is not known.

        One without a stamp is given any pose, and one that cannot be read is returned as it is: the gate rejects them.
        """
        try:
            stamp_ns = x.stamp_ns
            ok = (type(stamp_ns) is int or issubclass(type(stamp_ns), np.integer)) and 0 <= stamp_ns < 2**63
            X_WB = self.at(int(stamp_ns)) if ok else np.eye(4)
            return X_WB if isinstance(X_WB, Posing) else x.posed(X_WB)
        except Exception:  # of somebody else's properties
            return x

    def at(self, stamp_ns: int) -> Float64[np.ndarray, "4 4"] | Posing:
        """Return X_WB at a stamp, or why it is not known."""
        with self._lock:
            if not self._poses or stamp_ns > self._poses[-1].stamp_ns:
                return Posing.NOT_YET
            X_WB = interpolate(self._poses, stamp_ns, gap_max_ns=self._gap_max_ns)
        return Posing.NEVER if X_WB is None else X_WB
