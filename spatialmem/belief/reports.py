"""What a detector says of the objects in view, beside where it saw them: what it overlooked, and what it saw flat.

Flat: a detection that has no place by itself, for it gave no depth, or that went to another object.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool

from spatialmem.belief.chances import kind_of
from spatialmem.belief.glance import Glance, Instant, glance
from spatialmem.belief.known import Objects, Sighting
from spatialmem.belief.looking import Outcome
from spatialmem.belief.looks import not_above_sighting, take_in
from spatialmem.belief.mind import Mind
from spatialmem.belief.misses import FARTHER, chance_of_miss, note_watch
from spatialmem.belief.table import Table
from spatialmem.config import DepthConfig
from spatialmem.types import Detection, RgbdFrame, Unknown

__all__ = ["overlooked"]

SAME_SIZE, SAME_SIZE_ALIKE = 2.5, 4.0
"""What was detected before an object's middle, at most so many times larger or smaller in the picture, may be the
object; the second under its label, for it may be remembered in part,"""
BESIDE_SHARE = 0.25
"""and it may lie beside that detection by this share of its sides: of neither the place is known better."""
FLAT_IF_GONE = 0.25
"""So much more rarely something under its label is detected there if the object is gone: for what is behind it, or
took its place, may be alike."""


def overlooked(
    mind: Mind,
    seen: Sequence[tuple[int, Sighting]],
    items: Sequence[Detection],
    frame: RgbdFrame,
    source: str,
    objects: Objects,
    sensor: DepthConfig,
    at: Instant,
) -> tuple[int, ...]:
    """Count against what is in plain view and was not reported; return what is missing by that.

    Only what this detector reported before, and at such a range; not where the depth shows that something stands there,
    nor where it detected something that may be the object, see `misses`; but for what turned up since and stands in its
    very place. What it detected under the object's label speaks for it. seen: what was reported where it is known to
    be. items: all that was detected.
    """
    table = mind.table
    found = glance(table, objects, frame, sensor, mind.sensing)
    found = found.where(found.depth_m > 0)
    known = np.isin(table.ids[found.rows], sorted({object_id for object_id, _ in seen}))
    anything, alike = _detected(found, table, items, seen, frame, objects)
    taken = _taken(found, table, seen, objects) & ~known & ~alike
    _test(table, found.where(known | alike))
    usual = taken | (found.clear & (known | np.isin(found.outcome, (Outcome.AT, Outcome.UNCLEAR))))
    usual &= (known | alike | taken | ~anything) & (known | (found.depth_m <= FARTHER * table.reach_m[found.rows]))
    usual[usual] = [_is_of(source, int(one), objects) for one in table.ids[found.rows[usual]]]
    found, known, alike, taken = found.where(usual), known[usual], alike[usual], taken[usual]
    if not len(found.rows):
        return ()
    note_watch(table, found.rows, found.depth_m, frame.X_WC[:3, 3])
    rate = np.array([mind.rates.miss_rate(kind_of(int(one), objects)) for one in table.ids[found.rows]])
    chance = chance_of_miss(table, found.rows, found.depth_m, known | alike, rate)
    missed = np.where(alike, 0.0, 1.0 - chance)  # what was to be expected says nothing of its class
    chance[(found.outcome == Outcome.AT) & ~taken] = 1.0
    flat = not_above_sighting(table, found.rows, np.tile([1.0, FLAT_IF_GONE], (len(chance), 1)))
    flat[table.missing_ns[found.rows] > 0] = 1.0  # only a sighting ends that
    q = np.where(alike[:, None], flat, np.stack([chance, np.ones(len(chance))], axis=1))
    rest = ~known
    if not rest.any():
        return ()
    rows = found.rows[rest]
    mind.note_look(rows, at, np.zeros(len(rows), bool))
    return take_in(mind, rows, q[rest], missed[rest], objects, at)


def _is_of(source: str, object_id: int, objects: Objects) -> bool:
    """Return whether an object was reported by this detector last."""
    record = objects.object(object_id)
    return not isinstance(record, Unknown) and record.source == source


def _test(table: Table, found: Glance) -> None:
    """Learn how good the points of objects are that are there, for they were just reported."""
    found = found.where(found.clear | (found.outcome == Outcome.THROUGH))
    failed = found.rows[found.outcome == Outcome.THROUGH]
    table.tested[found.rows] += 1
    table.failed[failed] += 1
    table.clarity[failed] = 0.0  # the next sighting gives better ones


def _taken(
    found: Glance, table: Table, seen: Sequence[tuple[int, Sighting]], objects: Objects
) -> Bool[np.ndarray, "n"]:
    """Return which objects have another one in their place, which turned up after they were seen last."""
    taken = np.zeros(len(found.rows), bool)
    for object_id in sorted({object_id for object_id, _ in seen}):
        row, record = table.row_of.get(object_id, -1), objects.object(object_id)
        if row < 0 or not table.known[row] or isinstance(record, Unknown):
            continue
        apart_m = np.abs(found.center_W - record.center_W)
        within = (apart_m <= record.size_m / 2).all(axis=1) | (apart_m <= found.size_m / 2).all(axis=1)
        larger = found.size_m.max(axis=1) / max(float(record.size_m.max()), 1e-3)
        within &= (larger <= SAME_SIZE_ALIKE) & (larger >= 1 / SAME_SIZE_ALIKE)
        taken |= within & (table.first_ns[row] > table.seen_ns[found.rows])
    return taken


def _detected(
    found: Glance,
    table: Table,
    items: Sequence[Detection],
    seen: Sequence[tuple[int, Sighting]],
    frame: RgbdFrame,
    objects: Objects,
) -> tuple[Bool[np.ndarray, "n"], Bool[np.ndarray, "n"]]:
    """Return before which objects' middles something of their size was detected: anything, and under their label.

    What is another object that is known is not just anything.
    """
    anything, alike = np.zeros((2, len(found.rows)), bool)
    known = {id(one.detection) for object_id, one in seen if table.known[table.row_of[object_id]]}
    outlines = [(item, outline) for item in items if (outline := _outline(item)) is not None]
    if not outlines:
        return anything, alike
    labels, boxes_px = [item.label for item, _ in outlines], np.array([box for _, box in outlines], np.float64)
    nameless = np.array([id(item) not in known for item, _ in outlines])
    sides_px = (boxes_px[:, 2:] - boxes_px[:, :2]).max(axis=1)
    x, y, z = ((found.center_W - frame.X_WC[:3, 3]) @ frame.X_WC[:3, :3]).T[:, :, None]
    u, v = frame.camera.fx * x / z + frame.camera.cx, frame.camera.fy * y / z + frame.camera.cy
    side_px = frame.camera.fx * found.size_m.max(axis=1)[:, None] / z
    reach = (boxes_px[:, 2:] - boxes_px[:, :2]) * (0.5 + BESIDE_SHARE)
    middle = (boxes_px[:, 2:] + boxes_px[:, :2]) / 2
    around = (np.abs(u - middle[:, 0]) <= reach[:, 0]) & (np.abs(v - middle[:, 1]) <= reach[:, 1])
    sides_px, side_px = np.maximum(sides_px, 1.0), np.maximum(side_px, 1.0)
    larger = np.maximum(sides_px / side_px, side_px / sides_px)
    for i in np.flatnonzero((around & (larger <= SAME_SIZE_ALIKE)).any(axis=1)).tolist():
        label = kind_of(int(table.ids[found.rows[i]]), objects)
        own = np.array([one == label for one in labels])
        alike[i] = (around[i] & own & (larger[i] <= SAME_SIZE_ALIKE)).any()
        anything[i] = alike[i] or (around[i] & nameless & (larger[i] <= SAME_SIZE)).any()
    return anything, alike


def _outline(item: Detection) -> tuple[float, float, float, float] | None:
    """Return the box of a detection, or that about its mask [px]; None where that is empty."""
    if item.mask is None:
        return item.box_px
    import cv2

    u, v, width, height = cv2.boundingRect(item.mask.view(np.uint8))
    return (float(u), float(v), float(u + width - 1), float(v + height - 1)) if width else None
