"""From where a detector has looked so far: whether a thing that turns up would have been reported, had it been there.

Of every place and direction that a camera had, a view is noted each `VISIT_S` at most, and the newest two are kept.
What is held against them later is where the thing is now, and what hides it now: whatever hid it then and is gone
counts as if it had not.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from jaxtyping import Bool, Float64, Int64

from spatialmem.belief.known import Space
from spatialmem.errors import InputError
from spatialmem.types import RgbdFrame

__all__ = ["VIEW", "Views", "refuse_unsound_views"]

CELL_M, TURN = 0.25, 0.3
"""Views from one cube, with optical axes in one cube of directions, count as one."""
VISIT_S = 30.0
"""A view of the same kind that is no older than this is not noted again."""
COUNT_MAX = 4096
"""So many views of each detector are kept, the newest; 80 bytes each."""
HELD_MAX = 64
"""So many of the views that might show a place are held against it, the newest."""
CLEAR_SHARE = 0.5
"""A view shows a thing if it shows so many of its points."""
NEARLY = 1.01
"""A camera that stands still is as far away as before, but for the noise of its poses."""
INSET = 0.8
"""The points lie on a box of so many times its size: corners are mostly air."""
POINTS = INSET / 2 * np.array([[0, 0, 0], *np.stack(np.meshgrid(*[(-1, 1)] * 3), axis=-1).reshape(-1, 3)])

VIEW = np.dtype([("stamp_ns", "<i8"), ("X_WC", "<f4", (3, 4)), ("lens", "<f4", (6,))])
"""lens: fx, fy, cx, cy, width, height [px]."""


class Views:
    """The views of each detector, the oldest first. Nobody changes an array that is here."""

    def __init__(self, rows: Mapping[str, np.ndarray] | None = None):
        self.rows: dict[str, np.ndarray] = dict(rows or {})

    def note(self, source: str, frame: RgbdFrame) -> None:
        """Note that a detector looked at a frame."""
        rows, made, camera = self.rows.get(source, np.zeros(0, VIEW)), np.zeros(1, VIEW), frame.camera
        made["stamp_ns"], made["X_WC"] = frame.stamp_ns, frame.X_WC[:3]
        made["lens"] = camera.fx, camera.fy, camera.cx, camera.cy, camera.width, camera.height
        same = np.flatnonzero((_kinds(rows) == _kinds(made)).all(axis=1))
        if len(same) and abs(frame.stamp_ns - int(rows["stamp_ns"][same[-1]])) <= VISIT_S * 1e9:
            return  # one from long before is of a clock that was set back
        rows = np.concatenate([np.delete(rows, same[:-1]), made])[-COUNT_MAX:]
        rows.setflags(write=False)
        self.rows = {**self.rows, source: rows}

    def looks_at(
        self,
        center_W: Float64[np.ndarray, "3"],
        size_m: Float64[np.ndarray, "3"],
        yaw_rad: float,
        *,
        source: str,
        before_ns: int,
        reach_m: float,
        space: Space,
    ) -> Int64[np.ndarray, "k"]:
        """Return when a detector had looked at the place of a thing, hardly farther away than reach_m; oldest first.

        space: what the map hides, the thing itself among it.
        """
        rows = self.rows.get(source, np.zeros(0, VIEW))
        rows = rows[rows["stamp_ns"] < before_ns]
        c, s = np.cos(yaw_rad), np.sin(yaw_rad)
        x, y, z = (POINTS * size_m).T
        points_W = center_W + np.stack([c * x - s * y, s * x + c * y, z], axis=1)
        inside = _shown(rows, points_W, NEARLY * reach_m)
        kept = np.flatnonzero(inside.sum(axis=1) >= CLEAR_SHARE * len(points_W))[-HELD_MAX:]
        if not len(kept):
            return np.zeros(0, np.int64)
        eyes_W = np.repeat(rows["X_WC"][kept, :, 3].astype(np.float64), len(points_W), axis=0)
        targets_W = np.tile(points_W, (len(kept), 1))
        away_m = np.sqrt(((targets_W - eyes_W) ** 2).sum(axis=1))
        own_m = float(np.sqrt((size_m**2).sum()))
        clear = (space.sight_m(eyes_W, targets_W) >= away_m - own_m).reshape(len(kept), -1) & inside[kept]
        return rows["stamp_ns"][kept[clear.sum(axis=1) >= CLEAR_SHARE * len(points_W)]]


def _kinds(rows: np.ndarray) -> Int64[np.ndarray, "n 6"]:
    """Return the cubes that views are from and look into."""
    X_WC = rows["X_WC"].astype(np.float64)
    return np.concatenate([np.floor(X_WC[:, :, 3] / CELL_M), np.rint(X_WC[:, :, 2] / TURN)], axis=1).astype(np.int64)


def _shown(rows: np.ndarray, points_W: Float64[np.ndarray, "p 3"], reach_m: float) -> Bool[np.ndarray, "n p"]:
    """Return which points are in the picture of each view, and no farther than reach_m."""
    X_WC, lens = rows["X_WC"].astype(np.float64), rows["lens"].astype(np.float64)
    away_W = points_W[None] - X_WC[:, None, :, 3]
    points_C = (away_W[..., None] * X_WC[:, None, :, :3]).sum(axis=2)
    depth_m = np.maximum(points_C[..., 2], 1e-6)
    fx, fy, cx, cy, width, height = lens.T[..., None]
    u, v = fx * points_C[..., 0] / depth_m + cx, fy * points_C[..., 1] / depth_m + cy
    inside = (u >= 0) & (u <= width - 1) & (v >= 0) & (v <= height - 1)
    return inside & (points_C[..., 2] > 0) & (points_C[..., 2] <= reach_m)


def refuse_unsound_views(rows: np.ndarray) -> None:
    """Raise InputError for views that no camera had."""
    near = all((np.abs(rows[name]) <= 1e9).all() for name in ("X_WC", "lens"))  # what is not a number is not
    if not (near and (rows["lens"][:, :2] > 0).all() and (rows["stamp_ns"] >= 0).all() and len(rows) <= COUNT_MAX):
        raise InputError("the views of a detector in this belief are none that a camera had: it is damaged.")
