"""What a detector found: every item judged by itself, bad ones left out and counted, good ones made canonical.

One bad item says nothing against the others: the input is admitted as long as one good item remains, or none was
given. An item needs a label, a score and a place; of box and mask one is enough, and whichever is bad is taken off.

The picture's size is that of the masks, where there are any: boxes are clipped to it. The pixel at (0, 0) reaches
from -0.5 to 0.5, as in `Pinhole`; without a mask only the sides at -0.5 are known, and the rest is clipped where a
box meets its frame.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from jaxtyping import Bool, Float32

from spatialmem.gate.sensors import PIXELS_MAX
from spatialmem.gate.values import Case, Refusal, dtype_code, fault_of, plain_array, plain_number, read, require, show
from spatialmem.types import Detection, Reason
from spatialmem.types.objects import WHERE

LEFT_OUT = ("detection_kind", "detection_label", "detection_score", "detection_place")
"""Why an item was left out, each counted once, by the first: it is no Detection, has no label, no score, no place."""
TAKEN_OFF = ("detection_box", "detection_mask", "detection_embedding", "detection_attributes")
"""Which parts of items were bad and taken off: the item stays if it has a place without them."""

DETECTIONS_MAX = 1000
"""Items in one input. Detectors give at most some hundred after suppression."""
MASK_PIXELS_MAX = 2**28
"""Pixels of all masks of one input together: 129 of 1920 x 1080."""
LABEL_MAX, LABEL_READ_MAX = 64, 4096
ATTRIBUTES_MAX = 16
BOX_REACH_PX = 100_000.0
"""No box reaches farther from the first pixel."""
EMBEDDING_MAX = 8192
SCORE_SLACK = 1e-6
"""What rounding in float32 may add to a score of 1."""
LENGTH_ERROR_KEPT = 1e-6
"""An embedding this close to length 1 is kept to the bit, so that what was admitted once passes unchanged."""

Box = tuple[float, float, float, float]


@dataclass(slots=True)
class _Found:
    """What was bad so far: how often by name, and the first in words."""

    counts: Counter[str] = field(default_factory=Counter)
    first: str = ""

    def add(self, name: str, detail: str) -> None:
        self.counts[name] += 1
        self.first = self.first or detail


@dataclass(slots=True)
class _Part:
    """An item while it is judged; its mask is not copied before all are known to fit."""

    label: str
    score: float
    box_px: Box | None
    mask: Bool[np.ndarray, "h w"] | None
    embedding: Float32[np.ndarray, "d"] | None
    attributes: dict[str, str] | None


def canonical_items(value: Any, name: str, case: Case) -> tuple[Detection, ...]:
    """Return the good items, copied and read-only; what was left out or taken off is in `case.masked`."""
    ok = type(value) is tuple or type(value) is list
    require(ok, fault_of(name), f"{name} is {show(value)}; a tuple of Detection is needed.")
    detail = f"{name} has {len(value)} entries, at most {DETECTIONS_MAX} are allowed; suppress overlapping ones first."
    require(len(value) <= DETECTIONS_MAX, Reason.DETECTIONS_TOO_MANY, detail)
    entries, found = tuple(value), _Found()
    parts = [part for entry in entries if (part := _part_of(entry, name, case, found)) is not None]
    pixels = sum(part.mask.size for part in parts if part.mask is not None)
    detail = f"the masks of {name} have {pixels} pixels together, {MASK_PIXELS_MAX} are allowed; give fewer or smaller."
    require(pixels <= MASK_PIXELS_MAX, Reason.DETECTIONS_TOO_MANY, detail)
    size = _picture_size(parts)
    items = tuple(item for part in parts if (item := _placed(part, size, found)) is not None)
    case.masked.update(found.counts)
    detail = (
        f"none of the {len(entries)} {name} is good ({dict(sorted(found.counts.items()))}); the first: {found.first}"
    )
    require(items or not entries, Reason.DETECTIONS_ALL_INVALID, detail)
    return items


def _part_of(entry: Any, name: str, case: Case, found: _Found) -> _Part | None:
    """Return an item with what is sound by itself, None where it must be left out."""
    fault = "detection_kind"
    try:
        require(type(entry) is Detection, Reason.BAD_FIELD, f"{name} has {show(entry)} in it; give Detection only.")
        given = {part: read(entry, part) for part in ("label", "score", "box_px", "mask", "embedding", "attributes")}
        fault = "detection_label"
        label = _label(given["label"])
        fault = "detection_score"
        score = _score(given["score"], case)
    except Refusal as refusal:
        found.add(fault, refusal.args[1])
        return None
    return _Part(
        label,
        score,
        _sound(_box, given["box_px"], "detection_box", case, found),
        _sound(_mask, given["mask"], "detection_mask", case, found),
        _sound(_embedding, given["embedding"], "detection_embedding", case, found),
        _sound(_attributes, given["attributes"], "detection_attributes", case, found),
    )


def _sound(check: Callable[[Any, Case], Any], value: Any, fault: str, case: Case, found: _Found) -> Any:
    """Return an optional part as its check gives it, None where it is bad."""
    try:
        return None if value is None else check(value, case)
    except Refusal as refusal:
        found.add(fault, refusal.args[1])
        return None


def _label(value: Any) -> str:
    """Return a label's printable characters, each run of white space as one space, cut to `LABEL_MAX`."""
    ok = type(value) is str or type(value) is np.str_
    require(ok, Reason.BAD_FIELD, f"a label is {show(value)}; text is needed.")
    words = ("".join(filter(str.isprintable, word)) for word in str(value)[:LABEL_READ_MAX].split())
    label = " ".join(word for word in words if word)[:LABEL_MAX].rstrip()
    require(label, Reason.BAD_FIELD, f"a label is {show(value)}; at least one printable character is needed.")
    return label


def _score(value: Any, case: Case) -> float:
    score = plain_number(value, "score", case)
    ok = -SCORE_SLACK <= score <= 1 + SCORE_SLACK
    require(ok, Reason.BAD_FIELD, f"a score is {show(value)}; 0 to 1 is needed. Is it a logit or in percent?")
    return min(max(score, 0.0), 1.0) + 0.0  # -0.0 becomes 0.0


def _box(value: Any, case: Case) -> Box:
    """Return a box in order, cut at the sides of the picture that are always known."""
    what = "(u_min, v_min, u_max, v_max) in pixels"
    if type(value) is np.ndarray and value.dtype.kind in "fiu" and value.shape == (4,):
        value = value.tolist()
    ok = (type(value) is tuple or type(value) is list) and len(value) == 4
    require(ok, Reason.BAD_FIELD, f"a box is {show(value)}; {what} is needed.")
    for side in value:
        ok = abs(plain_number(side, "a side of a box", case)) <= BOX_REACH_PX
        require(ok, Reason.BAD_FIELD, f"a side of a box is {show(side)}; up to {BOX_REACH_PX:g} px are allowed.")
    u_min, v_min, u_max, v_max = (float(side) for side in value)
    detail = f"a box is {(u_min, v_min, u_max, v_max)}; {what}, rising and inside the picture, is needed."
    low = max(u_min, -0.5), max(v_min, -0.5)
    require(low[0] < u_max and low[1] < v_max, Reason.BAD_FIELD, detail)
    return (*low, u_max, v_max)


def _mask(value: Any, case: Case) -> Bool[np.ndarray, "h w"]:
    """Return the array itself, its kind and size checked."""
    array = plain_array(value, "a mask", "bool of shape (height, width)")
    ok = dtype_code(array) == "b1" and array.ndim == 2 and 0 < array.size <= PIXELS_MAX
    detail = f"a mask is {show(array)}; bool of shape (height, width), at most {PIXELS_MAX} pixels, is needed."
    require(ok, Reason.BAD_FIELD, detail)
    require(array.any(), Reason.BAD_FIELD, f"a mask is {show(array)}, with no pixel set; leave out what has none.")
    return array


def _embedding(value: Any, case: Case) -> Float32[np.ndarray, "d"]:
    """Return a copy of length 1. Sums run one by one, in one order: the same bits on every CPU."""
    array = plain_array(value, "an embedding", "float of shape (d,)")
    ok = dtype_code(array) in ("f2", "f4", "f8") and array.ndim == 1 and 0 < array.size <= EMBEDDING_MAX
    detail = f"an embedding is {show(array)}; float of shape (d,), at most {EMBEDDING_MAX} long, is needed."
    require(ok, Reason.BAD_FIELD, detail)
    values = array.astype(np.float64, order="C")
    largest = float(np.abs(values).max())
    require(math.isfinite(largest), Reason.BAD_FIELD, f"an embedding is {show(array)} with NaN or inf in it.")
    require(largest > 0, Reason.BAD_FIELD, f"an embedding is {show(array)}, all zero; it describes nothing.")
    length = math.sqrt(float(np.cumsum(values * values)[-1])) if 1e-3 < largest < 1e3 else 0.0
    if dtype_code(array) != "f4" or abs(length - 1) > LENGTH_ERROR_KEPT:
        values = values / largest
        values = values / math.sqrt(float(np.cumsum(values * values)[-1]))
    embedding = values.astype(np.float32)
    embedding.setflags(write=False)
    return embedding


def _attributes(value: Any, case: Case) -> dict[str, str] | None:
    """Return names and values cleaned as labels are, by name; None where there are none."""
    ok = type(value) is dict and len(value) <= ATTRIBUTES_MAX
    detail = f"attributes are {show(value)}; a dict of at most {ATTRIBUTES_MAX} texts by name is needed."
    require(ok, Reason.BAD_FIELD, detail)
    said = {_label(name): _label(word) for name, word in sorted(value.items(), key=lambda item: str(item[0]))}
    own = sorted(set(WHERE).intersection(said))
    words = f"attributes are {show(value)}; {', '.join(own)}: what the robot itself did, so an Action says it."
    require(not own, Reason.BAD_FIELD, words)
    return said or None


def _picture_size(parts: list[_Part]) -> tuple[int, int] | None:
    """Return the shape (height, width) that most masks have, of equals the first; None without a mask."""
    shapes = Counter(part.mask.shape for part in parts if part.mask is not None)
    return max(shapes, key=lambda shape: shapes[shape]) if shapes else None


def _placed(part: _Part, size: tuple[int, int] | None, found: _Found) -> Detection | None:
    """Return an item with its mask copied and its box clipped to the picture, None where no place is left."""
    if part.mask is not None and part.mask.shape != size:
        found.add("detection_mask", f"a mask is {show(part.mask)}, most are of shape {size}; give them in one size.")
        part = replace(part, mask=None)
    if part.box_px is not None and size is not None:
        box_px = _clipped(part.box_px, size)
        if box_px is None:
            found.add("detection_box", f"a box is {part.box_px}, outside of the picture of shape {size}.")
        part = replace(part, box_px=box_px)
    if part.mask is None and part.box_px is None:
        found.add("detection_place", f"{part.label!r} has neither a sound box nor a sound mask; give one of them.")
        return None
    mask = None if part.mask is None else np.array(part.mask.view(np.uint8) != 0, order="C")  # true is the byte 1
    if mask is not None:
        mask.setflags(write=False)
    return Detection(
        label=part.label,
        score=part.score,
        box_px=part.box_px,
        mask=mask,
        embedding=part.embedding,
        attributes=part.attributes,
    )


def _clipped(box_px: Box, size: tuple[int, int]) -> Box | None:
    u_min, v_min, u_max, v_max = box_px
    u_max, v_max = min(u_max, size[1] - 0.5), min(v_max, size[0] - 0.5)
    return (u_min, v_min, u_max, v_max) if u_min < u_max and v_min < v_max else None
