"""The tree of frames that tf tells of, and the pose of one frame in another at one moment.

Between two transforms the position goes straight and the rotation along the great arc, as in tf2 (Foote, "tf: the
transform library", TePRA 2013). Nothing is extrapolated: a transform that is not there has a name, `Missing`.
"""

from __future__ import annotations

import bisect
import enum
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Float64

from spatialmem.episodes.trajectory import StampedPose, between, pose_matrix
from spatialmem.geometry import inverse, transform

__all__ = ["Missing", "TransformTree"]

GAP_MAX_NS = 1_000_000_000
"""A transform is believed between two that were told, each within this of the moment asked about."""
HISTORY_NS = 30_000_000_000
"""Transforms older than this, by the newest of their frame, are forgotten."""
PRUNE_AT = 4096
DEPTH_MAX = 256
"""No chain of frames is longer; a longer one runs in a circle."""


class Missing(str, enum.Enum):
    """Why there is no transform. The value is what counters show."""

    UNKNOWN_FRAME = "tf_unknown_frame"
    DISCONNECTED = "tf_disconnected"
    EXTRAPOLATION = "tf_extrapolation"
    GAP = "tf_gap"


@dataclass(slots=True)
class _Edge:
    """How one frame lies in its parent: once and for all, or from stamp to stamp (in order)."""

    parent: str
    static: Float64[np.ndarray, "4 4"] | None = None
    poses: list[StampedPose] = field(default_factory=list)


class TransformTree:
    """What is known of the frames. Names have no leading slash."""

    def __init__(self) -> None:
        self._edges: dict[str, _Edge] = {}
        self.rejected = 0
        """How many transforms were none: not finite, a quaternion of length 0, a frame that is its own parent."""

    def take(self, message: Any, *, static: bool) -> None:
        """Take in a TFMessage."""
        for told in message.transforms:
            stamp_ns = int(told.header.stamp.sec) * 10**9 + int(told.header.stamp.nanosec)
            p, q = told.transform.translation, told.transform.rotation
            numbers = [float(x) for x in (p.x, p.y, p.z, q.w, q.x, q.y, q.z)]
            length = math.sqrt(sum(x * x for x in numbers[3:]))
            parent, child = told.header.frame_id.lstrip("/"), told.child_frame_id.lstrip("/")
            if not all(map(math.isfinite, numbers)) or not 1e-6 < length < 1e6 or parent == child:
                self.rejected += 1
                continue
            w, x, y, z = (number / length for number in numbers[3:])
            pose = StampedPose(stamp_ns, (numbers[0], numbers[1], numbers[2]), (w, x, y, z))
            self._add(parent, child, pose, static=static)

    def _add(self, parent: str, child: str, pose: StampedPose, *, static: bool) -> None:
        edge = self._edges.get(child)
        if edge is None or edge.parent != parent:  # a frame that was hung elsewhere begins anew
            edge = self._edges[child] = _Edge(parent)
        if static:
            edge.static = pose_matrix(pose.p_WC, pose.q_WC)
            return
        poses = edge.poses
        if not poses or poses[-1].stamp_ns < pose.stamp_ns:
            poses.append(pose)
        else:
            at = bisect.bisect_left(poses, pose.stamp_ns, key=lambda known: known.stamp_ns)
            poses[at : at + (poses[at].stamp_ns == pose.stamp_ns)] = [pose]
        if len(poses) > PRUNE_AT and poses[-1].stamp_ns - poses[0].stamp_ns > 2 * HISTORY_NS:
            keep_ns = poses[-1].stamp_ns - HISTORY_NS
            del poses[: bisect.bisect_left(poses, keep_ns, key=lambda known: known.stamp_ns)]

    def __contains__(self, frame: str) -> bool:
        return frame in self._edges or any(edge.parent == frame for edge in self._edges.values())

    @property
    def frames(self) -> list[str]:
        """All frames that were told of."""
        return sorted({*self._edges, *(edge.parent for edge in self._edges.values())})

    def ancestors(self, frame: str) -> list[str]:
        """Return the frame, its parent, and so on up to the root."""
        chain = [frame]
        while chain[-1] in self._edges and len(chain) <= DEPTH_MAX:
            chain.append(self._edges[chain[-1]].parent)
        return chain

    def choose_fixed(self, frames: Iterable[str], preferred: Iterable[str]) -> str | None:
        """Return the frame to call the world: the first preferred one that shares a root with a frame, or that root."""
        roots = [self.ancestors(frame)[-1] for frame in frames if frame in self]
        for name in preferred:
            if name in self and self.ancestors(name)[-1] in roots:
                return name
        return roots[0] if roots else None

    def newest_ns(self, fixed: str, frame: str) -> int | None:
        """Return the newest stamp at which `pose` can know a frame [ns], as tf2's latest common time.

        0 where nothing between the two frames moves, None where they do not hang together.
        """
        upwards, downwards = self.ancestors(frame), self.ancestors(fixed)
        shared = next((name for name in upwards if name in downwards), None)
        if shared is None or max(len(upwards), len(downwards)) > DEPTH_MAX:
            return None
        chain = upwards[: upwards.index(shared)] + downwards[: downwards.index(shared)]
        moving = [edge for name in chain if (edge := self._edges[name]).static is None]
        return min((edge.poses[-1].stamp_ns for edge in moving), default=0)

    def pose(self, fixed: str, frame: str, stamp_ns: int) -> Float64[np.ndarray, "4 4"] | Missing:
        """Return X_WF of a frame F in the fixed frame W at a moment, or why it is not known."""
        if frame == fixed:
            return np.eye(4)
        if frame not in self or fixed not in self:
            return Missing.UNKNOWN_FRAME
        upwards, downwards = self.ancestors(frame), self.ancestors(fixed)
        shared = next((name for name in upwards if name in downwards), None)
        if shared is None or max(len(upwards), len(downwards)) > DEPTH_MAX:
            return Missing.DISCONNECTED
        X_AF = self._climb(upwards[: upwards.index(shared)], stamp_ns)
        X_AW = self._climb(downwards[: downwards.index(shared)], stamp_ns)
        if isinstance(X_AF, Missing):
            return X_AF
        if isinstance(X_AW, Missing):
            return X_AW
        return X_AF if shared == fixed else _product(inverse(X_AW), X_AF)

    def _climb(self, chain: list[str], stamp_ns: int) -> Float64[np.ndarray, "4 4"] | Missing:
        """Return the pose of the first frame of a chain in the parent of its last."""
        X = np.eye(4)
        for name in chain:
            X_PF = self._at(self._edges[name], stamp_ns)
            if isinstance(X_PF, Missing):
                return X_PF
            X = _product(X_PF, X)
        return X

    def _at(self, edge: _Edge, stamp_ns: int) -> Float64[np.ndarray, "4 4"] | Missing:
        if edge.static is not None:
            return edge.static
        poses = edge.poses
        after = bisect.bisect_left(poses, stamp_ns, key=lambda known: known.stamp_ns)
        if after < len(poses) and poses[after].stamp_ns == stamp_ns:
            return pose_matrix(poses[after].p_WC, poses[after].q_WC)
        if after in (0, len(poses)):
            return Missing.EXTRAPOLATION
        a, b = poses[after - 1], poses[after]
        if stamp_ns - a.stamp_ns > GAP_MAX_NS or b.stamp_ns - stamp_ns > GAP_MAX_NS:
            return Missing.GAP
        return between(a, b, (stamp_ns - a.stamp_ns) / (b.stamp_ns - a.stamp_ns))


def _product(X_AB: Float64[np.ndarray, "4 4"], X_BC: Float64[np.ndarray, "4 4"]) -> Float64[np.ndarray, "4 4"]:
    """Return X_AC, by elementwise sums."""
    X_AC = np.eye(4)
    X_AC[:3, :3] = sum(X_AB[:3, k, None] * X_BC[None, k, :3] for k in range(3))
    X_AC[:3, 3] = transform(X_AB, X_BC[:3, 3])
    return X_AC
