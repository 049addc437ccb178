"""Looks at the places of objects: what the depth of a frame saw through, and what is missing by that."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64, Int64

from spatialmem.belief.arrivals import link_missing
from spatialmem.belief.chances import departure_of, filter_of, kind_of, observe, p_of, place_label
from spatialmem.belief.glance import Instant, glance, is_new_view, view_of
from spatialmem.belief.known import Objects
from spatialmem.belief.looking import LIKELIHOODS, Outcome
from spatialmem.belief.mind import Mind
from spatialmem.belief.persistence import FALSE_P
from spatialmem.belief.table import Table
from spatialmem.clock import is_late
from spatialmem.config import DepthConfig
from spatialmem.types import RgbdFrame, Unknown

__all__ = ["look", "not_above_sighting", "overtaken", "take_in"]

TESTS = 10.0
"""What is assumed of how often points of what is there are seen through counts as much as so many frames."""
COARSE_TESTS, COARSE_THROUGH = 5.0, 0.12
"""The same where they come from a box: some may be of what is behind."""


def look(mind: Mind, frame: RgbdFrame, objects: Objects, sensor: DepthConfig, at: Instant) -> tuple[int, ...]:
    """Hold the objects in view against a frame's depth; return what is missing by that."""
    table = mind.table
    found = glance(table, objects, frame, sensor, mind.sensing)
    found = found.where(np.isin(found.outcome, (Outcome.THROUGH, Outcome.AT)))
    if not len(found.rows):
        return ()
    through = found.outcome == Outcome.THROUGH
    weak = ~through & is_new_view(table.depth_view[found.rows], frame)
    table.depth_view[found.rows[weak]] = view_of(frame)
    mind.note_look(found.rows, at, through)
    found, through = found.where(through | weak), through[through | weak]
    q = np.where(through[:, None], _through_q(table, found.rows), np.array(LIKELIHOODS[Outcome.AT]))
    q = np.where(through[:, None], q, not_above_sighting(table, found.rows, q))
    return take_in(mind, found.rows, q, np.zeros(len(q)), objects, at)


def _through_q(table: Table, rows: Int64[np.ndarray, "n"]) -> Float64[np.ndarray, "n 2"]:
    """Return how likely objects are to be seen through if they are there, and if they are gone.

    What was seen through while it was reported has points that are not its own, or is where it is not.
    """
    there, gone = LIKELIHOODS[Outcome.THROUGH]
    tests = np.where(table.coarse[rows], COARSE_TESTS, TESTS)
    assumed = np.where(table.coarse[rows], COARSE_THROUGH, there)
    told = (tests * assumed + table.failed[rows]) / (tests + table.tested[rows])
    return np.stack([np.clip(told, there, gone), np.full(len(rows), gone)], axis=1)


def not_above_sighting(
    table: Table, rows: Int64[np.ndarray, "n"], q: Float64[np.ndarray, "n 2"]
) -> Float64[np.ndarray, "n 2"]:
    """Return looks that speak for objects, held to what a sighting would say: many weak ones say no more than one.

    q: how likely they are if the objects are there, and if they are gone.
    """
    kept = filter_of(table, rows)
    least = q[:, 0] * FALSE_P / (1 - FALSE_P) * kept.there / np.maximum(kept.gone, 1e-300)
    return np.stack([q[:, 0], np.maximum(q[:, 1], np.minimum(least, q[:, 0]))], axis=1)


def take_in(
    mind: Mind,
    rows: Int64[np.ndarray, "n"],
    q: Float64[np.ndarray, "n 2"],
    missed: Float64[np.ndarray, "n"],
    objects: Objects,
    at: Instant,
) -> tuple[int, ...]:
    """Take looks into the filters; log and return what is missing now.

    q: how likely they are if the objects are there, and if they are gone. missed: for how many misses each counts in
    what is learned of its class, 0 to 1.
    """
    table = mind.table
    observe(table, rows, objects, mind.rates, at.stamp_ns, q, missed)
    _note_against(table, rows, q, at)
    p = p_of(table, rows, objects, mind.rates, at.stamp_ns)
    newly = (p < mind.config.missing_p) & (table.missing_ns[rows] == 0)
    for row, p_there in zip(rows[newly].tolist(), p[newly].tolist(), strict=True):
        object_id, label = int(table.ids[row]), kind_of(int(table.ids[row]), objects)
        after_s, before_s, misses = departure_of(table, row, objects, mind.rates, at.stamp_ns)
        place, within_s = place_label(table, row, objects), before_s - after_s
        if not table.on_its_way[row] and not table.by_hand[row]:
            mind.moves[object_id] = mind.rates.moved(label, place, within_s, after_s=after_s, missed=misses)
        table.missing_ns[row] = at.stamp_ns
        mind.rides.pop(object_id, None)
        record = objects.object(object_id)
        if not isinstance(record, Unknown):
            mind.write(record, "missing", at, objects, from_W=record.center_W, to_W=None, p=1 - p_there)
            link_missing(mind, row, record, objects)
    return tuple(table.ids[rows[newly]].tolist())


def _note_against(table: Table, rows: Int64[np.ndarray, "n"], q: Float64[np.ndarray, "n 2"], at: Instant) -> None:
    """Keep what looks said against objects, for a sighting in a frame from before them may come yet."""
    speaks = q[:, 0] < q[:, 1]
    rows, told = rows[speaks], (q[speaks, 0] / q[speaks, 1])
    for column in (table.against_ns, table.against):
        column[rows, 1:] = column[rows, :-1]
    table.against_ns[rows, 0], table.against[rows, 0] = at.stamp_ns, told


def overtaken(mind: Mind, row: int, objects: Objects, at: Instant) -> None:
    """Let the newer looks that spoke against an object hold beside a sighting that came late."""
    table = mind.table
    newer = is_late(at.stamp_ns, table.against_ns[row], mind.sensing.frames_s)
    if newer.any():
        q = np.array([[table.against[row, newer].prod(), 1.0]])
        last_ns = int(table.against_ns[row, newer].max())
        observe(table, np.array([row]), objects, mind.rates, last_ns, q, np.zeros(1))
