"""What a detector overlooks: how probable it is that it does not report what is there, and what that follows from.

From one place a detector that reports a thing mostly goes on to, and what it overlooks once it overlooks again: a view
has a rate of its own. It is Beta, with a mean that the class and the object's other views give, and counts reports and
misses from this place, the newest the most. So a thing that was reported from here and no longer is counts with every
frame, less with each; one that was never reported from here counts once. The last few places are remembered: who goes
to and fro between them looks from each again.
"""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Bool, Float64, Int64

from spatialmem.belief.table import PLACES, Table

__all__ = ["chance_of_miss", "forget_places", "never_reported_p", "note_watch"]

PLACE_M, PLACE_SHARE = 0.25, 0.3
"""From farther away than the first, and than this share of how far the object is, it is another place."""
FARTHER = 1.1
"""What was reported from so near says nothing of more than so many times farther away."""
CLASS_VIEWS = 2.0
"""What is known of a class counts as much as so many views of one object, and that of both as so many frames of one
view: some are overlooked again and again."""
MEMORY = 8.0
"""Reports and misses of a place, and reports from others, are worth as much as so many of them at most."""
HERE_LEAST, ELSEWHERE_LEAST = 0.15, 0.5
"""However well it was reported, so often it is not, from the same place and from another one: for what covers a part of
it, for the light, for a detection that went to its neighbour. Over three simulated homes (tests/benchmarks/
absence_in_sim.py, seeds 0 to 2) 0.24 to 0.33 of the first frames from another place had no report of what was there,
but a thing whose place or size is wrong is overlooked again and again. So it takes nine places."""


def note_watch(
    table: Table, rows: Int64[np.ndarray, "n"], depth_m: Float64[np.ndarray, "n"], camera_W: Float64[np.ndarray, "3"]
) -> None:
    """Note from where objects are looked at, so far away: from another place than the last few counts begin anew."""
    away = table.watched_from[rows] - camera_W
    far = np.sqrt((away * away).sum(axis=2))
    noted = table.watch_reports[rows] + table.watch_misses[rows] > 0
    far[~noted | (far > np.maximum(PLACE_M, PLACE_SHARE * depth_m)[:, None])] = np.inf
    is_known, places = np.isfinite(far).any(axis=1), np.arange(PLACES)
    at = np.where(is_known, far.argmin(axis=1), PLACES - 1)[:, None]  # for a new one, the oldest is forgotten
    order = np.where(places == 0, at, np.where(places <= at, places - 1, places))
    anew = rows[~is_known]
    for column in (table.watched_from, table.watch_reports, table.watch_misses, table.watch_reach_m):
        column[rows] = column[rows[:, None], order]
        column[anew, 0] = 0.0
    table.watched_from[anew, 0] = camera_W


def forget_places(table: Table, row: int) -> None:
    """Forget from where an object was looked at: it is elsewhere now."""
    table.watch_reports[row] = table.watch_misses[row] = table.watch_reach_m[row] = 0.0


def chance_of_miss(
    table: Table,
    rows: Int64[np.ndarray, "n"],
    depth_m: Float64[np.ndarray, "n"],
    reported: Bool[np.ndarray, "n"],
    class_rate: Float64[np.ndarray, "n"],
) -> Float64[np.ndarray, "n"]:
    """Take in which objects were reported, and return how probable it was that each is not, if it is there.

    Call it after `note_watch`. 1 where a miss says nothing any more. class_rate: how often the detector overlooks
    things of each class.
    """
    misses, reports = table.misses[rows], np.minimum(table.reports[rows], MEMORY)
    usual = (CLASS_VIEWS * class_rate + misses) / (CLASS_VIEWS + misses + reports)
    here, lost = table.watch_reports[rows, 0].astype(np.float64), table.watch_misses[rows, 0].astype(np.float64)
    going_on = (CLASS_VIEWS * usual + lost) / (CLASS_VIEWS + lost + here)
    first = (here == 0) & (lost == 0)
    chance = np.where(
        here > 0, np.maximum(going_on, HERE_LEAST), np.where(first, np.maximum(usual, ELSEWHERE_LEAST), 1)
    )
    chance[(here > 0) & (depth_m > FARTHER * table.watch_reach_m[rows, 0])] = 1.0
    fading = 1.0 - 1.0 / MEMORY
    table.watch_reports[rows, 0] = here * fading + reported
    table.watch_misses[rows, 0] = lost * fading + ~reported
    table.watch_reach_m[rows, 0] = np.maximum(table.watch_reach_m[rows, 0], np.where(reported, depth_m, 0.0))
    table.misses[rows] += first & ~reported
    return np.minimum(chance, 1.0)


def never_reported_p(class_rate: float, views: int) -> float:
    """Return how probable it is that a detector reports what is there from none of so many views."""
    rate = CLASS_VIEWS * class_rate
    return math.prod(((rate + i) / (CLASS_VIEWS + i) for i in range(views)), start=1.0)
