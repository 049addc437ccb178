"""Foreign objects become plain values. Even comparing or hashing a foreign type may run foreign code."""

from __future__ import annotations

import math
import typing
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Shaped

from spatialmem import types
from spatialmem.config import Config
from spatialmem.types import Reason

TEXT_MAX, ITEMS_MAX = 200, 10_000

KINDS = (types.RgbdFrame, types.PointScan, types.Detections, types.RobotState, types.Action, types.Recall)
_INTEGERS = frozenset({int, *(np.dtype(code).type for code in "bBhHiIlLqQ")})
_NUMBERS = frozenset({float, *(np.dtype(code).type for code in "efd"), *_INTEGERS})
_VERBS: tuple[str, ...] = typing.get_args(typing.get_type_hints(types.Action)["verb"])


class Refusal(Exception):
    """Ends the judgement of one input, or of one of its detections. Caught in `admit` and in detections.py only."""


@dataclass(slots=True)
class Case:
    """One input while it is judged: the fields that have passed so far, and what was masked in them."""

    config: Config
    passed: dict[str, Any] = field(default_factory=dict)
    masked: dict[str, int] = field(default_factory=dict)


def require(ok: Any, reason: Reason, detail: str) -> None:
    """Refuse the input unless `ok`."""
    if not ok:
        raise Refusal(reason, detail)


def is_a(value: object, allowed: frozenset[type]) -> bool:
    """Whether a value is exactly of one of these types; foreign metaclasses are not asked."""
    return type(type(value)) is type and type(value) in allowed


def show(value: object) -> str:
    """Name a foreign value in a sentence without running its code."""
    if type(value) is int and value.bit_length() > 64:
        return f"an integer of {value.bit_length()} bits"
    if type(value) is np.ndarray:
        return f"an array of {str(value.dtype)[:40]}, shape {value.shape}"
    if value is None or is_a(value, _NUMBERS | {str, bool}):
        return repr(value)[:60]
    return "of type " + repr(str.__getitem__(type.__dict__["__name__"].__get__(type(value)), slice(40)))


def kind_of(x: object) -> type[Any]:
    """Return which kind of input this is."""
    kinds = [kind for kind in KINDS if issubclass(type(x), kind)]
    allowed = ", ".join(kind.__name__ for kind in KINDS)
    require(kinds, Reason.NOT_AN_INPUT, f"the input is {show(x)}; a memory takes one of {allowed}.")
    return kinds[0]


def read(x: object, name: str) -> Any:
    """Return a field of a foreign object: the one place where a caller's code may run."""
    try:
        return getattr(x, name)
    except Exception as error:  # a subclass's property may raise anything; an unfinished object lacks fields
        raise Refusal(Reason.BAD_FIELD, f"{name} cannot be read, the error is {show(error)}; set it.") from None


def plain_integer(value: Any, name: str, case: Case) -> int:
    """Return a whole number from 0 on, from 1 where the field is a size."""
    low, high = 1 if name in _POSITIVE else 0, 2**63 - 1
    ok = is_a(value, _INTEGERS) and low <= int(value) <= high
    require(ok, fault_of(name), f"{name} is {show(value)}; a whole number from {low} to {high} is needed.")
    return int(value)


def plain_number(value: Any, name: str, case: Case) -> float:
    """Return a finite number, above 0 where the field is a length."""
    ok = is_a(value, _NUMBERS) and (abs(value) < 2**1000 if type(value) is int else math.isfinite(value))
    ok = ok and (value > 0 or name not in _POSITIVE)
    what = "a finite number above 0" if name in _POSITIVE else "a finite number"
    require(ok, fault_of(name), f"{name} is {show(value)}; {what} is needed.")
    return float(value)


def plain_text(value: Any, name: str, case: Case) -> str:
    """Return a short printable text."""
    text = str(value) if type(value) is str or type(value) is np.str_ else ""
    ok = 0 < len(text) <= TEXT_MAX and text.isprintable()
    require(ok, fault_of(name), f"{name} is {show(value)}; 1 to {TEXT_MAX} printable characters are needed.")
    return text


def check_verb(value: Any, name: str, case: Case) -> str:
    """Return a verb that an `Action` may have."""
    verb = plain_text(value, name, case)
    require(verb in _VERBS, Reason.BAD_FIELD, f"{name} is {verb!r}; one of {', '.join(_VERBS)} is needed.")
    return verb


def plain_flag(value: Any, name: str, case: Case) -> bool:
    """Return True or False."""
    ok = type(value) is bool or type(value) is np.bool_
    require(ok, Reason.BAD_FIELD, f"{name} is {show(value)}; True or False is needed.")
    return bool(value)


def check_world(value: Any, name: str, case: Case) -> str:
    """Return the input's world, which must be the memory's."""
    world, ours = plain_text(value, name, case), case.config.world
    detail = f"the input is in world {world!r}, the memory in {ours!r}; transform the input or correct its world."
    require(world == ours, Reason.OTHER_WORLD, detail)
    return world


def plain_entries(value: Any, name: str, case: Case) -> tuple[Any, ...]:
    """Return a tuple, every entry checked."""
    check, count = _ENTRIES[name]
    ok = (type(value) is tuple or type(value) is list) and len(value) in ([count] if count else range(ITEMS_MAX + 1))
    what = f"a tuple of {count or f'at most {ITEMS_MAX}'} entries"
    require(ok, fault_of(name), f"{name} is {show(value)}; {what} is needed.")
    return tuple(check(entry, name, case) for entry in tuple(value))


def plain_joints(value: Any, name: str, case: Case) -> dict[str, float]:
    """Return joint angles [rad], sorted by name."""
    ok = type(value) is dict and len(value) <= ITEMS_MAX
    require(ok, fault_of(name), f"{name} is {show(value)}; a dict of at most {ITEMS_MAX} angles is needed.")
    return dict(
        sorted((plain_text(key, name, case), plain_number(angle, name, case)) for key, angle in dict(value).items())
    )


def plain_array(value: Any, name: str, what: str) -> Shaped[np.ndarray, "..."]:
    """Take plain arrays only: a masked array would lose its mask, another subclass may run anything."""
    array = value.view(np.ndarray) if type(value) is np.memmap else value
    require(type(array) is np.ndarray, fault_of(name), f"{name} is {show(value)}; an array, {what}, is needed.")
    return array


def fault_of(name: str) -> Reason:
    """Return what it is called when a field has the wrong type or shape."""
    return _REASONS.get(name, Reason.BAD_FIELD)


_ENTRIES: dict[str, tuple[Callable[[Any, str, Case], Any], int | None]] = {
    **dict.fromkeys(("linear_velocity_B_m_s", "angular_velocity_B_rad_s"), (plain_number, 3)),
    "object_ids": (plain_integer, None),
}
_POSITIVE = {"width", "height", "fx", "fy", "depth_unit_m"}
_REASONS = {
    **dict.fromkeys(("stamp_ns", "received_ns"), Reason.BAD_STAMP),
    **dict.fromkeys(("camera", "width", "height", "fx", "fy", "cx", "cy"), Reason.BAD_INTRINSICS),
    **dict.fromkeys(("X_WC", "X_WS", "X_WB", "X_WG", "X_BC", "X_BS"), Reason.BAD_POSE),
    "pose_cov": Reason.BAD_COVARIANCE,
    "depth_unit_m": Reason.DEPTH_UNIT,
    "depth": Reason.DEPTH_DTYPE,
    "color": Reason.COLOR_DTYPE,
    "points_S": Reason.POINTS_SHAPE,
}
"""What a field of the wrong type or shape is called."""


def dtype_code(array: Shaped[np.ndarray, "..."]) -> str:
    """Return kind and size of an array's numbers, such as "u2", whatever the byte order."""
    return f"{array.dtype.kind}{array.dtype.itemsize}"
