"""What a memory says to what it is told, and where it does not know."""

from __future__ import annotations

import enum
from dataclasses import dataclass

__all__ = ["Reason", "Receipt", "Rejected", "Unknown"]


class Reason(str, enum.Enum):
    """Why an input was rejected. The value is what counters and `--json` show."""

    NOT_AN_INPUT = "not_an_input"
    BAD_FIELD = "bad_field"
    BAD_STAMP = "bad_stamp"
    OTHER_WORLD = "other_world"
    STAMP_BACKWARDS = "stamp_backwards"
    STAMP_FUTURE = "stamp_future"
    DUPLICATE = "duplicate"
    BAD_INTRINSICS = "bad_intrinsics"
    BAD_POSE = "bad_pose"
    POSE_NOT_RIGID = "pose_not_rigid"
    OUTSIDE_WORLD = "outside_world"
    TELEPORT = "teleport"
    DEPTH_DTYPE = "depth_dtype"
    DEPTH_SHAPE = "depth_shape"
    DEPTH_EMPTY = "depth_empty"
    DEPTH_ALL_INVALID = "depth_all_invalid"
    DEPTH_UNIT = "depth_unit"
    COLOR_DTYPE = "color_dtype"
    COLOR_SIZE = "color_size"
    COLOR_UNREADABLE = "color_unreadable"
    POINTS_SHAPE = "points_shape"
    POINTS_ALL_INVALID = "points_all_invalid"
    BAD_COVARIANCE = "bad_covariance"
    DETECTIONS_TOO_MANY = "detections_too_many"
    DETECTIONS_ALL_INVALID = "detections_all_invalid"
    NO_FRAME = "no_frame"
    NO_OBJECT = "no_object"
    MAP_FULL = "map_full"


@dataclass(frozen=True, slots=True)
class Receipt:
    """An input was admitted, as number `seq` (1, 2, ...)."""

    seq: int
    epoch: int = 0
    """How often its source jumped, in place or time, and was believed again: what came before a new epoch may lie
    elsewhere in the same map."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """An input was not admitted. `detail` says the value, what is allowed and what to do. False in a condition."""

    reason: Reason
    detail: str

    def __bool__(self) -> bool:
        return False


@dataclass(frozen=True, slots=True)
class Unknown:
    """The honest answer where the memory does not know. It is false in a condition, and never `None`."""

    reason: str
    look_next: tuple[float, float, float] | None = None
    """A point p_W [m] worth looking at to find out, where there is one."""

    def __bool__(self) -> bool:
        return False
