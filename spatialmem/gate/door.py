"""The one door: whatever is handed in leaves as a canonical copy, or as a rejection with a name. It never raises.

    kind, source -> fields, one check each (world, stamps, poses, depth, colour, ...) -> history (order, motion)

Fields are judged alone. History is judged last, so that only inputs that are otherwise good can begin an epoch;
it is kept per stream, that is per source and kind of input: one bad source never affects another, and detections
may carry the name and the stamp of their camera. A caller's code (properties, `__eq__`) can run in `values.read` only:
every check takes values of exact, plain types.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

from spatialmem.config import Config
from spatialmem.gate.detections import canonical_items
from spatialmem.gate.history import GateState, Sighting, Stream, follow
from spatialmem.gate.poses import canonical_covariance, canonical_pose, pose_in_world
from spatialmem.gate.sensors import canonical_camera, canonical_color, canonical_depth, canonical_points
from spatialmem.gate.values import (
    KINDS,
    Case,
    Refusal,
    check_verb,
    check_world,
    kind_of,
    plain_entries,
    plain_flag,
    plain_integer,
    plain_joints,
    plain_number,
    plain_text,
    read,
    require,
)
from spatialmem.types import Input, Reason, Rejected


@dataclass(frozen=True, slots=True, eq=False)
class Admitted:
    """An input in its canonical form: copied, read-only, the same for a live run and its replay.

    masked: how many pixels, points, detections or parts of these were taken out, by name of `MASKS`; names of zero
    are left out.
    epoch: how often its stream (source and kind) jumped in place or time and was believed again.
    """

    input: Input
    masked: dict[str, int]
    epoch: int


def admit(x: object, state: GateState, config: Config) -> tuple[Admitted | Rejected, GateState]:
    """Judge one input: return it in canonical form, or the reason against it, and the state with it counted.

    Pure, and raises for nothing that is handed in as `x`. Inputs that agree with each other but not with what
    was admitted before are rejected until there are `gate.epoch_after_frames` of them in a row; that last one is
    admitted as the first of a new epoch.
    """
    stream, case = state.stream("", ""), Case(config)  # the nameless stream counts what cannot name its source
    try:
        kind = kind_of(x)
        source = plain_text(read(x, "source"), "source", case)
        stream = _open(state, source, kind.__name__)
        case.passed["source"] = source
        for name in _FIELDS[kind]:
            value = read(x, name)
            case.passed[name] = None if value is None and name in _OPTIONAL else _CHECKS[name](value, name, case)
        stream, rejected = follow(stream, _sighting(case), config.gate)
    except Refusal as refusal:
        rejected = Rejected(*refusal.args)
    if rejected is not None:
        return rejected, state.counted(stream, {rejected.reason.value: 1})
    admitted = Admitted(kind(**case.passed), case.masked, stream.epoch)
    return admitted, state.counted(stream, {"admitted": 1, **case.masked})


def _open(state: GateState, source: str, kind: str) -> Stream:
    stream = state.stream(source, kind)
    detail = f"source {source!r} is one too many: {len(state.streams)} are known; reuse their names."
    require(stream.counts or not state.is_full, Reason.BAD_FIELD, detail)
    return stream


def _sighting(case: Case) -> Sighting:
    pose = next((case.passed[name] for name in ("X_WC", "X_WS", "X_WB") if name in case.passed), None)
    flat = None if pose is None else tuple(pose[:3].ravel().tolist())
    return Sighting(case.passed["stamp_ns"], case.passed["received_ns"], flat)


_CHECKS: dict[str, Callable[[Any, str, Case], Any]] = {
    "world": check_world,
    **dict.fromkeys(("stamp_ns", "received_ns", "object_id", "target_id"), plain_integer),
    "camera": canonical_camera,
    **dict.fromkeys(("X_WC", "X_WS", "X_WB", "X_WG"), pose_in_world),
    **dict.fromkeys(("X_BC", "X_BS"), canonical_pose),
    "pose_cov": canonical_covariance,
    **dict.fromkeys(("depth_unit_m", "gripper_width_m"), plain_number),
    "depth": canonical_depth,
    "color": canonical_color,
    "points_S": canonical_points,
    **dict.fromkeys(("linear_velocity_B_m_s", "angular_velocity_B_rad_s", "object_ids"), plain_entries),
    "items": canonical_items,
    "joint_positions_rad": plain_joints,
    "camera_source": plain_text,
    "verb": check_verb,
    "succeeded": plain_flag,
}
"""How each field of an input is judged, in this order: a check may ask for what has passed before it."""
_OPTIONAL = {"X_BC", "X_BS", "X_WG", "pose_cov", "color", "target_id", "gripper_width_m"}
_FIELDS = {kind: [name for name in _CHECKS if name in {f.name for f in fields(kind)}] for kind in KINDS}
