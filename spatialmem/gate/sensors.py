"""Depth images, colour and scans: of the right kind and size, canonical, what is no distance taken out."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from jaxtyping import Float32, UInt16

from spatialmem.config import GateConfig
from spatialmem.gate.values import (
    Case,
    Refusal,
    dtype_code,
    fault_of,
    plain_array,
    plain_integer,
    plain_number,
    read,
    require,
    show,
)
from spatialmem.types import EncodedImage, Pinhole, Reason

PIXEL_MASKS = ("depth_nan", "depth_inf", "depth_negative", "depth_overflow", "depth_saturated", "points_not_finite")
"""What is taken out of an admitted input: pixels become 0 (no return), points are dropped. Counted one by one."""
COLOR_JPEG_QUALITY = 90
"""Quality at which raw colour is encoded. Part of the format: another value gives other bytes."""
SATURATED = 65535
FOCAL_WIDEST, FOCAL_LONGEST = 20, 1000
"""A focal length lies between a 20th of the image (169 degrees of view) and a thousand times it."""
PIXELS_MAX, POINTS_MAX, COLOR_BYTES_MAX = 2**25, 2**24, 2**26


def canonical_camera(value: Any, name: str, case: Case) -> Pinhole:
    """Return a camera of finite, sensible intrinsics."""
    require(type(value) is Pinhole, fault_of(name), f"{name} is {show(value)}; a Pinhole is needed.")
    width, height = (plain_integer(read(value, side), side, case) for side in ("width", "height"))
    fx, fy, cx, cy = (plain_number(read(value, part), part, case) for part in ("fx", "fy", "cx", "cy"))
    size = f"an image of {width} x {height} pixels"
    require(width * height <= PIXELS_MAX, fault_of(name), f"{size} is too large; at most {PIXELS_MAX} are allowed.")
    ok = -width <= cx <= 2 * width and -height <= cy <= 2 * height
    require(ok, fault_of(name), f"the principal point ({cx:g}, {cy:g}) is far outside {size}; give it in its pixels.")
    ok = width / FOCAL_WIDEST <= fx <= width * FOCAL_LONGEST and height / FOCAL_WIDEST <= fy <= height * FOCAL_LONGEST
    detail = f"a focal length of ({fx:g}, {fy:g}) for {size} is no pinhole's; give it in pixels, not normalised."
    require(ok, fault_of(name), detail)
    return Pinhole(width, height, fx, fy, cx, cy)


FLOAT_UNIT_MAX_M = 0.01
"""A unit for float depth that is coarser is one by mistake: 1.0, for metres."""


def canonical_depth(value: Any, name: str, case: Case) -> UInt16[np.ndarray, "h w"]:
    """Return a copy of the depth in whole units, with everything that is no distance set to 0."""
    what = "uint16 in units of depth_unit_m or float [m]"
    array, camera, unit_m = plain_array(value, name, what), case.passed["camera"], case.passed["depth_unit_m"]
    require(
        dtype_code(array) in ("u2", "f2", "f4", "f8"), fault_of(name), f"{name} is {show(array)}; {what} is needed."
    )
    require(array.size, Reason.DEPTH_EMPTY, f"{name} is {show(array)}: it has no pixels; skip such frames.")
    detail = f"{name} is {show(array)}, its camera {camera.height} x {camera.width} (height, width); make them agree."
    require(array.shape == (camera.height, camera.width), Reason.DEPTH_SHAPE, detail)
    depth = np.array(array, np.uint16, order="C") if array.dtype.kind == "u" else _quantised(array, unit_m, case)
    if depth.max() == SATURATED:
        saturated = depth == SATURATED
        case.masked["depth_saturated"] = int(np.count_nonzero(saturated))
        depth[saturated] = 0
    hint = "does the camera look along -z?" if case.masked.get("depth_negative") else "is the lens covered?"
    detail = f"no pixel of {name} is a distance (masked: {case.masked or 'none'}); {hint}"
    require(depth.max(), Reason.DEPTH_ALL_INVALID, detail)
    _check_unit(depth, unit_m, case.config.gate)
    depth.setflags(write=False)
    return depth


def _quantised(array: Any, unit_m: float, case: Case) -> UInt16[np.ndarray, "h w"]:
    """Round depth [m] to the nearest unit in float64, halves to the even one (IEEE, the same on every CPU)."""
    detail = f"float depth is in metres and kept in steps of depth_unit_m, {unit_m:g} m are too coarse; leave it out."
    require(unit_m <= FLOAT_UNIT_MAX_M, Reason.DEPTH_UNIT, detail)
    with np.errstate(all="ignore"):
        depth_m = array.astype(np.float64, order="C")
        units = np.rint(depth_m / unit_m)
        if depth_m.min() >= 0 and units.max() < SATURATED:
            return units.astype(np.uint16)
        finite = np.isfinite(depth_m)
        faults = {
            "depth_nan": np.isnan(depth_m),
            "depth_inf": np.isinf(depth_m),
            "depth_negative": finite & (depth_m < 0),
            "depth_overflow": finite & (units >= SATURATED),
        }
    counts = {name: int(np.count_nonzero(fault)) for name, fault in faults.items()}
    valid, overflow = int(np.count_nonzero(finite & (depth_m > 0))), counts["depth_overflow"]
    detail = f"{overflow} of {valid} pixels are beyond {SATURATED - 1} x depth_unit_m = {unit_m:g} m; "
    detail += "give float depth in metres (millimetres: divide by 1000), or a larger depth_unit_m for a longer range."
    require(2 * overflow <= valid, Reason.DEPTH_UNIT, detail)
    for fault in faults.values():
        units[fault] = 0
    case.masked.update({name: count for name, count in counts.items() if count})
    return units.astype(np.uint16)


def _check_unit(depth: UInt16[np.ndarray, "h w"], unit_m: float, gate: GateConfig) -> None:
    """Refuse a median distance that no sensor sees: the unit is wrong. A few thousand pixels tell."""
    stride = max(1, math.isqrt(depth.size // 2000))
    sample = depth[::stride, ::stride]
    sample = sample[sample > 0]
    if sample.size < 100:
        sample = depth[depth > 0]
    median_m = int(np.partition(sample, sample.size // 2)[sample.size // 2]) * unit_m
    low, high = gate.depth_typical_min_m, gate.depth_typical_max_m
    detail = f"the median depth is {median_m:g} m, {low:g} to {high:g} are typical; check depth_unit_m = {unit_m:g}."
    require(low <= median_m <= high, Reason.DEPTH_UNIT, detail)


def canonical_color(value: Any, name: str, case: Case) -> EncodedImage:
    """Return colour encoded, and proven to decode to the depth's size. Raw colour is encoded here, once."""
    shape = case.passed["depth"].shape
    data = read(value, "data") if type(value) is EncodedImage else _encoded(value, name, shape)
    ok = type(data) is bytes and len(data) <= COLOR_BYTES_MAX
    require(ok, fault_of(name), f"{name}.data is {show(data)}; at most {COLOR_BYTES_MAX} bytes are needed.")
    size, image, detail = _claimed_size(data), EncodedImage(data), f"{name} ({len(data)} bytes) is no readable image"
    require(size, Reason.COLOR_UNREADABLE, f"{detail}: it does not begin as a JPEG or PNG; send one of these.")
    if sorted(size) == sorted(shape):  # its EXIF may turn it; nothing larger than the depth is ever unpacked
        size = () if image.pixels is None else image.pixels.shape[:2]
        require(size, Reason.COLOR_UNREADABLE, f"{detail}: it is cut or damaged; send it whole.")
    require(size == shape, Reason.COLOR_SIZE, f"{name} is {size}, depth {shape} (height, width); resize one of them.")
    return image


def _encoded(value: Any, name: str, shape: tuple[int, int]) -> bytes:
    what = "an EncodedImage, or uint8 RGB of shape (height, width, 3)"
    array = plain_array(value, name, what)
    ok = dtype_code(array) == "u1" and array.ndim == 3 and array.shape[2] == 3
    require(ok, fault_of(name), f"{name} is {show(array)}; {what}, is needed.")
    detail = f"{name} is {show(array)}, depth of shape {shape}; resize one of them."
    require(array.shape[:2] == shape, Reason.COLOR_SIZE, detail)
    import cv2

    try:
        bgr = cv2.cvtColor(np.ascontiguousarray(array), cv2.COLOR_RGB2BGR)
        return cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, COLOR_JPEG_QUALITY])[1].tobytes()
    except cv2.error:
        raise Refusal(Reason.COLOR_SIZE, f"{detail} A JPEG has at most 65500 pixels a side.") from None


def _claimed_size(data: bytes) -> tuple[int, ...]:
    """Return (height, width) from the header of a JPEG or PNG, () where it is neither."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return int.from_bytes(data[20:24], "big"), int.from_bytes(data[16:20], "big")
    at = 2 if data.startswith(b"\xff\xd8") else len(data)
    for _ in range(1000):  # segments until the frame header, SOF0 to SOF15
        if data[at : at + 1] != b"\xff" or len(data) < at + 9:
            return ()
        if 0xC0 <= data[at + 1] <= 0xCF and data[at + 1] not in (0xC4, 0xC8, 0xCC):
            return int.from_bytes(data[at + 5 : at + 7], "big"), int.from_bytes(data[at + 7 : at + 9], "big")
        at += 1 if data[at + 1] == 0xFF else 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return ()


def canonical_points(value: Any, name: str, case: Case) -> Float32[np.ndarray, "n 3"]:
    """Return a copy of the finite points."""
    what = f"float of shape (n, 3), at most {POINTS_MAX} points"
    array = plain_array(value, name, what)
    ok = array.dtype.kind == "f" and array.ndim == 2 and array.shape[1] == 3 and len(array) <= POINTS_MAX
    require(ok, fault_of(name), f"{name} is {show(array)}; {what}, is needed.")
    with np.errstate(all="ignore"):  # what float32 cannot hold becomes inf
        points = np.array(array, np.float32, order="C")
    finite = np.isfinite(points)
    if not finite.all():
        finite = finite.all(axis=1)
        case.masked["points_not_finite"] = int(len(points) - np.count_nonzero(finite))
        points = points[finite]
    require(len(points), Reason.POINTS_ALL_INVALID, f"{name} is {show(array)}, none is finite; is the scanner covered?")
    gate = case.config.gate
    median_m = float(np.median(np.abs(points[:: len(points) // 1000 + 1]).max(axis=1)))
    low, high = gate.depth_typical_min_m, gate.scan_typical_max_m
    detail = f"the median of {name} is {median_m:g} m away, {low:g} to {high:g} are typical; give them in metres."
    require(low <= median_m <= high, Reason.DEPTH_UNIT, detail)
    points.setflags(write=False)
    return points
