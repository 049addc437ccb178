"""One frame held against the remembered objects: which are in view, and what its depth says of each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int8, Int64

from spatialmem.belief.known import Objects
from spatialmem.belief.looking import Outcome, Remembered, look
from spatialmem.belief.table import How, Table
from spatialmem.clock import is_late
from spatialmem.columns import Shown
from spatialmem.config import DepthConfig, ShortTermConfig
from spatialmem.types import RgbdFrame

__all__ = ["Glance", "Instant", "glance", "is_new_view", "view_of"]

VIEW_M, VIEW_RAD = 0.25, 0.3
"""From a view so much nearer to the last one that counted, a weak look says the same once more."""

HIDDEN_SHARE = 0.2
"""So many of an object's points may be hidden, beside the picture, out of range or without a return in plain view."""


@dataclass(frozen=True, slots=True, eq=False)
class Instant:
    """Of which input something is known, and where the camera was."""

    stamp_ns: int
    seq: int
    camera_W: Float64[np.ndarray, "3"] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Glance:
    """What a frame says of the objects that it might show."""

    rows: Int64[np.ndarray, "n"]
    """Of the belief's table, by id."""
    outcome: Int8[np.ndarray, "n"]
    depth_m: Float64[np.ndarray, "n"]
    """How far in front of the camera their middles are."""
    clear: Bool[np.ndarray, "n"]
    """Whether next to nothing hides them, they are wholly in the picture and in range, and depth says so."""
    center_W: Float64[np.ndarray, "n 3"]
    size_m: Float64[np.ndarray, "n 3"]

    def where(self, kept: Bool[np.ndarray, "n"]) -> Glance:
        """Return it for some of them."""
        return Glance(*(getattr(self, name)[kept] for name in self.__slots__))


def glance(table: Table, objects: Objects, frame: RgbdFrame, sensor: DepthConfig, sensing: ShortTermConfig) -> Glance:
    """Hold the confirmed objects that rest in the open against a frame's depth; those far out of view are left out.

    And those that were seen, or that the robot put somewhere, after the frame was taken: it says nothing of that.
    """
    at, depth_m = _in_view(objects.shown, frame, sensor)
    ids = objects.shown.ids[at].tolist()
    own = np.array([table.row_of.get(object_id, -1) for object_id in ids], np.int64)
    open_ = (own >= 0) & table.known[own] & (table.how[own] != How.HELD) & ~table.hidden[own]
    open_ &= ~is_late(frame.stamp_ns, table.seen_ns[own], sensing.frames_s)
    at, rows, depth_m, shown = at[open_], own[open_], depth_m[open_], objects.shown
    shift_mm = np.rint(1000 * (table.offset[rows] - (shown.center_W[at] - shown.anchor_W[at]))).astype(np.int16)
    variance = np.maximum(np.diagonal(shown.covariance_W[at], axis1=1, axis2=2).max(axis=1), 0.0)
    looks = look(
        frame,
        Remembered(
            center_W=shown.center_W[at],
            size_m=shown.size_m[at],
            yaw_rad=shown.yaw_rad[at],
            sigma_m=np.sqrt(variance + table.points_sigma_m[rows] ** 2),
            returned_to_m=table.reach_m[rows],
            points_mm=table.points_mm[rows] + shift_mm[:, None],
            point_count=table.point_count[rows],
        ),
        sensor,
        pose_sigma_m=sensing.pose_sigma_m,
        pose_sigma_rad=sensing.pose_sigma_rad,
        depth_noise=sensing.depth_noise,
    )
    lost = looks.counts[:, [Outcome.HIDDEN, Outcome.OUT, Outcome.FAR, Outcome.NO_RETURN]].sum(axis=1)
    clear = lost <= HIDDEN_SHARE * table.point_count[rows]
    return Glance(rows, looks.outcome, depth_m, clear, shown.center_W[at], shown.size_m[at])


def _in_view(
    shown: Shown, frame: RgbdFrame, sensor: DepthConfig
) -> tuple[Int64[np.ndarray, "n"], Float64[np.ndarray, "n"]]:
    """Return the rows of the confirmed objects at rest that may be in the picture, by id, and how far in front [m]."""
    R_WC, camera = frame.X_WC[:3, :3], frame.camera
    rows = np.flatnonzero((shown.ids > 0) & shown.confirmed)
    away, size_m = shown.center_W[rows] - frame.X_WC[:3, 3], shown.size_m[rows]
    depth_m = away[:, 0] * R_WC[0, 2] + away[:, 1] * R_WC[1, 2] + away[:, 2] * R_WC[2, 2]
    reach_m = (size_m[:, 0] + size_m[:, 1] + size_m[:, 2]) / 2
    near = (depth_m > -reach_m) & (depth_m < sensor.range_max_m + reach_m)
    rows, away, depth_m, reach_m = rows[near], away[near], depth_m[near], reach_m[near]
    farthest_m = depth_m + reach_m
    beside = np.zeros(len(rows), bool)
    for axis, focal, low, high in (
        (0, camera.fx, -0.5 - camera.cx, camera.width - 0.5 - camera.cx),
        (1, camera.fy, -0.5 - camera.cy, camera.height - 0.5 - camera.cy),
    ):
        along_m = away[:, 0] * R_WC[0, axis] + away[:, 1] * R_WC[1, axis] + away[:, 2] * R_WC[2, axis]
        left, right = (farthest_m * px / focal for px in (low, high))
        beside |= (along_m + reach_m < np.minimum(left, 0)) | (along_m - reach_m > np.maximum(right, 0))
    rests = ~shown.velocity_W_m_s[rows].any(axis=1) & ~beside
    rows, depth_m = rows[rests], depth_m[rests]
    order = np.argsort(shown.ids[rows])
    return rows[order], depth_m[order]


def view_of(frame: RgbdFrame) -> Float64[np.ndarray, "6"]:
    """Return where a camera stands and whither it looks."""
    return np.concatenate([frame.X_WC[:3, 3], frame.X_WC[:3, 2]])


def is_new_view(views: Float64[np.ndarray, "n 6"], frame: RgbdFrame) -> Bool[np.ndarray, "n"]:
    """Return from which of these views a frame's is far enough to count anew; from none, all zero, it is."""
    view = view_of(frame)
    moved_m = np.sqrt(((views[:, :3] - view[:3]) ** 2).sum(axis=1))
    cosine = (views[:, 3:] * view[3:]).sum(axis=1)
    return ~views[:, 3:].any(axis=1) | (moved_m >= VIEW_M) | (cosine <= np.cos(VIEW_RAD))
