"""A small robot before a wall with a box on it, for what is live: its states, frames and detections at any stamp."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from live_inputs import CAMERA, X_BC, base_at

from spatialmem import Detection, Detections, ManualClock, RgbdFrame, RobotState
from spatialmem.live import Attached, UnposedFrame

WALL_M, BOX_M, HALF_M = 2.0, 1.5, 0.15
"""The wall and the face of the box before the camera, and half the box's edge."""


def place_at(time_s: float) -> np.ndarray:
    """Return X_WB at a time: the robot sways to the side, 0.2 m to either, in 4 s."""
    return base_at(0.0, 0.2 * float(np.sin(2 * np.pi * time_s / 4)))


def shows_box(time_s: float) -> np.ndarray:
    """Return which pixels of the picture at a time show the box, shape (24, 32)."""
    v, u = np.mgrid[: CAMERA.height, : CAMERA.width]
    y_m = place_at(time_s)[1, 3] - (u - CAMERA.cx) / CAMERA.fx * BOX_M
    z_m = -(v - CAMERA.cy) / CAMERA.fy * BOX_M
    return (np.abs(y_m) <= HALF_M) & (np.abs(z_m) <= HALF_M)


def stamps(stamp_ns: int, received_ns: int | None = None) -> dict[str, Any]:
    return {"stamp_ns": stamp_ns, "received_ns": stamp_ns if received_ns is None else received_ns}


def state_at(time_s: float, stamp_ns: int, received_ns: int | None = None, **fields: Any) -> RobotState:
    """Return where the robot is at a time, stamped as one likes."""
    return RobotState(source="robot", **stamps(stamp_ns, received_ns), **{"X_WB": place_at(time_s), **fields})


def _picture(time_s: float) -> dict[str, Any]:
    depth = np.where(shows_box(time_s), round(BOX_M * 1000), round(WALL_M * 1000)).astype(np.uint16)
    return {"source": "camera", "camera": CAMERA, "depth": depth, "X_BC": X_BC}


def unposed_at(time_s: float, stamp_ns: int, received_ns: int | None = None) -> UnposedFrame:
    """Return what the camera sees at a time, without its pose."""
    return UnposedFrame(**stamps(stamp_ns, received_ns), **_picture(time_s))


def frame_at(time_s: float, stamp_ns: int, received_ns: int | None = None) -> RgbdFrame:
    """The same, posed."""
    return RgbdFrame(**stamps(stamp_ns, received_ns), **_picture(time_s), X_WC=place_at(time_s) @ X_BC)


def found_at(time_s: float, stamp_ns: int, received_ns: int | None = None, **fields: Any) -> Detections:
    """Return what a detector finds in the picture of a time: the box."""
    items = (Detection(label="box", score=0.9, mask=shows_box(time_s)),)
    kept = {"items": items, "camera_source": "camera", **fields}
    return Detections(source="eyes", **stamps(stamp_ns, received_ns), **kept)


def settle(attached: Attached, clock: ManualClock | None = None, seconds: float = 300.0) -> None:
    """Wait until something has become of all that came in; a clock moves on meanwhile."""
    end_s = time.monotonic() + seconds
    while any(one.waiting for one in attached.status().tallies.values()):
        assert time.monotonic() < end_s, attached.status()
        time.sleep(0.002)  # whoever polls more often takes the time from the ingest
        if clock is not None:
            clock.advance(10**7)
