"""A kitchen and a bedroom with a doorway between them, seen by a robot that goes from one to the other."""

from pathlib import Path
from typing import Any

import numpy as np
from cast_boxes import frame_of, masked

import spatialmem as sm

__all__ = ["DOORWAY_M", "THINGS", "two_rooms"]

DOORWAY_M = (1.5, 2.4)
"""From y to y, in the wall at x = 4."""
THINGS = {
    "table": ((0.4, 0.3, 0.66), (1.6, 1.1, 0.70)),
    "mug": ((0.9, 0.6, 0.70), (1.0, 0.7, 0.82)),
    "fridge": ((0.1, 3.1, 0.0), (0.8, 3.9, 1.7)),
    "oven": ((1.0, 3.3, 0.0), (1.6, 3.9, 0.85)),
    "bed": ((6.2, 1.8, 0.0), (7.9, 3.9, 0.5)),
    "wardrobe": ((6.9, 0.1, 0.0), (7.9, 0.7, 1.9)),
}
SHELL = {
    "floor": ((-0.1, -0.1, -0.1), (8.1, 4.1, 0.0)),
    "south": ((-0.1, -0.1, 0.0), (8.1, 0.0, 2.4)),
    "north": ((-0.1, 4.0, 0.0), (8.1, 4.1, 2.4)),
    "west": ((-0.1, 0.0, 0.0), (0.0, 4.0, 2.4)),
    "east": ((8.0, 0.0, 0.0), (8.1, 4.0, 2.4)),
    "wall": ((3.95, 0.0, 0.0), (4.05, DOORWAY_M[0], 2.4)),
    "other wall": ((3.95, DOORWAY_M[1], 0.0), (4.05, 4.0, 2.4)),
}
STOPS_M = ((1.6, 2.0), (2.9, 1.2), (2.9, 2.6), (4.0, 1.95), (5.2, 1.0), (5.4, 2.9))
TURNS = 12
EYE_M, AHEAD_DOWN = 1.4, 0.4
STEP_NS = 200_000_000


def two_rooms(path: Path) -> None:
    """Write a memory file: at each stop the robot looks all round; it ends in the bedroom."""
    boxes = {**THINGS, **SHELL}
    with sm.SpatialMemory.open(path) as memory:
        stamp_ns = 10**9
        for x, y in STOPS_M:
            X_WB = np.eye(4)
            X_WB[:2, 3] = x, y
            _tell(memory, sm.RobotState(source="base", stamp_ns=stamp_ns, received_ns=stamp_ns, X_WB=X_WB))
            for yaw_rad in 2 * np.pi * np.arange(TURNS) / TURNS:
                stamp_ns += STEP_NS
                eye = np.array([x, y, EYE_M])
                X_WC = sm.look_at(eye, eye + np.array([np.cos(yaw_rad), np.sin(yaw_rad), -AHEAD_DOWN]))
                cast, shows = frame_of(*boxes.values(), X_WC=X_WC)
                stamps: dict[str, Any] = {"stamp_ns": stamp_ns, "received_ns": stamp_ns}
                frame = sm.RgbdFrame(source="camera", depth=cast.depth, camera=cast.camera, X_WC=X_WC, **stamps)
                items = tuple(
                    masked(shows, number, name) for number, name in enumerate(THINGS) if (shows == number).sum() > 20
                )
                _tell(memory, frame)
                _tell(memory, sm.Detections(source="detector", camera_source="camera", items=items, **stamps))
        memory.flush()


def _tell(memory: sm.SpatialMemory, x: sm.Input) -> None:
    receipt = memory.observe(x)
    assert receipt, receipt
