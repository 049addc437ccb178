"""Where objects settled: what counts as displaced, what their surface is held against frames by, what they rest on."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float64

from spatialmem.belief.boxes import half_of
from spatialmem.belief.known import Objects, Sighting, Space
from spatialmem.belief.looking import sample
from spatialmem.belief.supports import NEAR_M, is_enclosed, rests_on
from spatialmem.belief.table import How, Table
from spatialmem.columns import Shown
from spatialmem.types import ObjectState, Unknown
from spatialmem.types.objects import WHERE

__all__ = ["is_displaced", "note_points", "row_in", "settle", "sigma_of"]

CLEARER = 1.5
"""The points of a sighting are kept if it shows an object so many times more clearly than those that are kept."""
SAMPLED_AGAIN = 3
"""They are taken anew where so many times as many sightings say by now where the object is, if one shows it as well."""
STRAIGHT = [0, 2, 4]
"""Which faces of a sighting are those along x, y and z."""
ALIKE_M, ALIKE_SHARE = 0.015, 0.1
"""A sighting reaches as far as its object if they differ by no more than this, and this share of it."""
MOVED_SIGMAS, MOVED_SHARE = 3.0, 0.1
"""What was displaced by less than so many standard deviations, or by this share of its length, may not have been."""
BOTH_SHARE = 0.5
"""Both sides of what was displaced are so much of the way away: sizes are known to some centimetres."""
SETTLING = 5
"""So many sightings say where a thing settled; no later one does, or whatever moves slowly would never have moved."""
GROWN_M, GROWN_SHARE = 0.02, 0.1
"""But for one that shows it this much larger: until then it was seen in part."""


def row_in(shown: Shown, object_id: int) -> int:
    """Return the row of an object that is there."""
    return int(np.argmax(shown.ids == object_id))


def sigma_of(covariance_W: Float64[np.ndarray, "3 3"]) -> float:
    """Return the largest standard deviation along W's axes [m]."""
    return float(np.sqrt(max(float(np.diagonal(covariance_W).max()), 0.0)))


def is_displaced(table: Table, row: int, shown: Shown, at: int, moved_m: float) -> bool:
    """Return whether an object is elsewhere than where it settled, beyond doubt and by moved_m at least.

    What moved has both its sides where they were not; what is seen in part, and then more or less of it, has one.
    """
    if not table.settling[row]:
        return False  # nowhere yet
    apart = shown.anchor_W[at] - table.anchor[row]
    sigma_m = np.hypot(table.sigma_m[row], sigma_of(shown.covariance_W[at]))
    least_m = max(moved_m, MOVED_SIGMAS * float(sigma_m), MOVED_SHARE * 2 * float(table.half[row].max()))
    if (apart * apart).sum() <= least_m**2:
        return False
    middle_m = shown.center_W[at] - table.center[row]
    grown_m = half_of(shown.size_m[at], float(shown.yaw_rad[at])) - table.half[row]
    both_m = np.maximum(np.abs(middle_m) - np.abs(grown_m), 0.0)  # the less of the ways of the two sides
    return bool((both_m * both_m).sum() > (BOTH_SHARE * least_m) ** 2)


def settle(
    table: Table,
    row: int,
    record: ObjectState,
    objects: Objects,
    *,
    anew: bool,
    by_sight: bool,
    space: Space | None = None,
) -> None:
    """Note where an object rests, as long as it is settling; anew, where it was moved.

    by_sight: what the robot did says nothing any more of what it rests on. space: what the map knows of space, where
    it is asked.
    """
    shown = objects.shown
    at = row_in(shown, record.id)
    if anew:
        table.settling[row], table.clarity[row] = 0, 0.0
    half_m = half_of(record.size_m, record.yaw_rad)
    grown = (half_m > table.half[row] + GROWN_M + GROWN_SHARE * table.half[row]).any()
    settled = bool(table.settling[row] >= SETTLING and not grown)
    if not settled:
        table.settling[row] = min(table.settling[row] + 1, SETTLING)
        table.anchor[row], table.center[row], table.half[row] = shown.anchor_W[at], record.center_W, half_m
        table.sigma_m[row] = sigma_of(record.covariance_W)
    twice = record.sightings & (record.sightings - 1) == 0
    if anew or (table.settling[row] == SETTLING and (twice or not settled)):
        _rest(table, row, record, objects, {} if by_sight else record.attributes, space)


def _rest(
    table: Table, row: int, record: ObjectState, objects: Objects, told: Mapping[str, str], space: Space | None
) -> None:
    """Note what an object rests on, and that others may rest on it.

    It is asked first, when it has settled, and whenever it was seen twice as often: by then sizes are known better,
    and what it rests on may have been confirmed later than itself.
    """
    if "held" in told:
        table.how[row], table.support[row] = How.HELD, 0
    elif "on" in told or "in" in told:
        table.how[row] = How.ON if "on" in told else How.IN
        support = objects.object(int(told.get("on", told.get("in", "0"))))
        table.support[row] = 0 if isinstance(support, Unknown) else support.id
    else:
        _lean(table, row, record, objects, space)
    if space is None or not record.confirmed:
        return
    near = (np.abs(table.center - record.center_W) <= half_of(record.size_m, record.yaw_rad) + NEAR_M).all(axis=1)
    own = (table.support == record.id) | (table.how == How.UNKNOWN)
    for other in np.sort(table.ids[near & own & table.known & (table.missing_ns == 0) & (table.ids > 0)]).tolist():
        one = objects.object(other)
        if not isinstance(one, Unknown) and other != record.id and not any(name in one.attributes for name in WHERE):
            _lean(table, table.row_of[other], one, objects, space)


def _lean(table: Table, row: int, record: ObjectState, objects: Objects, space: Space | None) -> None:
    """Note on or in what an object rests by what is seen of both. Without space it stays on what it was on."""
    shown = objects.shown
    how, support = rests_on(shown, row_in(shown, record.id))
    if how == How.IN:
        carrier = objects.object(support)
        if space is None:
            open_ = table.how[row] == How.ON and table.support[row] == support
        else:
            open_ = not isinstance(carrier, Unknown) and not is_enclosed(record, carrier, space)
        how = How.ON if open_ else How.IN
    table.how[row], table.support[row] = how, support


def note_points(
    table: Table, row: int, one: Sighting, record: ObjectState, objects: Objects, X_WC: Float64[np.ndarray, "4 4"]
) -> None:
    """Keep points of an object's surface, where a sighting shows it clearly better than before.

    Also where it shows it about as well, and many more sightings say by now where it is.
    """
    whole = max(float(one.seen.mean()), 0.1)
    clarity = max(one.score, 0.05) * max(float(one.size_m.max()), 1e-3) / one.pixel_m * whole
    better = clarity >= CLEARER * table.clarity[row]
    well_known = record.sightings >= SAMPLED_AGAIN * table.sampled_after[row]
    if not better and (one.coarse or not well_known or clarity * CLEARER < table.clarity[row]):
        return
    shift_W, table.points_sigma_m[row] = _shift(one, record)
    points_mm = sample(one.points_W + shift_W.astype(np.float32), record.center_W, record.size_m, X_WC)
    shown = objects.shown
    table.clarity[row], table.point_count[row] = clarity, len(points_mm)
    table.sampled_after[row], table.coarse[row] = record.sightings, one.coarse
    table.points_mm[row] = 0
    table.points_mm[row, : len(points_mm)] = points_mm
    table.offset[row] = record.center_W - shown.anchor_W[row_in(shown, record.id)]


def _shift(one: Sighting, record: ObjectState) -> tuple[Float64[np.ndarray, "3"], float]:
    """Return by how much a sighting lies beside where many say that the object is [m]: its frame's pose was wrong.

    Along each axis of W on which it reaches as far as the object does; what a box cuts out of a picture tells nothing
    of that. And the standard deviation of the pose's part that is left.
    """
    sway = one.sway_W if one.sway_W is not None else np.zeros((3, 6))
    sigma_m = np.sqrt((sway * sway).sum(axis=1))
    cos, sin = abs(np.cos(record.yaw_rad)), abs(np.sin(record.yaw_rad))
    wide, deep, high = record.size_m
    half_m = np.array([cos * wide + sin * deep, sin * wide + cos * deep, high]) / 2
    low, top = one.faces_m[STRAIGHT, 0], one.faces_m[STRAIGHT, 1]
    shift_W = record.center_W - (low + top) / 2
    alike = np.abs(2 * half_m - (top - low)) <= ALIKE_M + ALIKE_SHARE * (top - low)
    alike &= (np.abs(shift_W) <= MOVED_SIGMAS * sigma_m) & (not one.coarse)
    return np.where(alike, shift_W, 0.0), float(np.where(alike, 0.0, sigma_m).max())
