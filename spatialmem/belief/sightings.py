"""A sighting of an object: what it says against what was believed, and what it is believed from then on."""

from __future__ import annotations

import enum

import numpy as np

from spatialmem.belief.arrivals import confirm
from spatialmem.belief.chances import filter_of, observe, p_of, place_label, put_filter
from spatialmem.belief.glance import Instant, is_new_view, view_of
from spatialmem.belief.grasps import is_let_go
from spatialmem.belief.hiding import hide
from spatialmem.belief.known import Objects, Sighting, Space
from spatialmem.belief.looks import overtaken
from spatialmem.belief.mind import Mind
from spatialmem.belief.misses import forget_places
from spatialmem.belief.persistence import FALSE_P, doubted, fresh
from spatialmem.belief.riding import has_left, stays_in
from spatialmem.belief.settling import is_displaced, note_points, row_in, settle
from spatialmem.belief.supports import hangs, rests_on
from spatialmem.belief.table import How, Table
from spatialmem.clock import is_late
from spatialmem.types import ObjectState, RgbdFrame

__all__ = ["Sighted", "hear_state", "sight"]

RETURNED_S = 10.0
"""What is found where it was so soon after it was missed was never gone."""
RETURN_P = 0.05
"""What was missed is back so often, at least, when something like it is seen there: more than one sighting shows it."""
REPORTED_LEAST = 0.5
"""However often its kind is overlooked: what was reported just now is reported so often, from here."""
HANGING_M, HANGING_S = 0.1, 60.0
"""What came so far through the air to where nothing holds it is in somebody's hand; what hangs there longer is not."""


class Sighted(enum.Enum):
    """What a sighting says besides."""

    HERE = enum.auto()
    DISPLACED = enum.auto()
    """It is elsewhere than where the robot put it."""
    DOUBTED = enum.auto()
    """It is missing, and one sighting is not enough to say that it is back."""


def sight(
    mind: Mind,
    record: ObjectState,
    one: Sighting,
    objects: Objects,
    frame: RgbdFrame,
    at: Instant,
    space: Space,
) -> Sighted:
    """Take in a sighting, and return what follows for who keeps the objects."""
    table, fresh_one = mind.table, record.id not in mind.table.row_of
    row = table.add(record.id) if fresh_one else table.row_of[record.id]
    if _is_overtaken(mind, row, at):
        return Sighted.DOUBTED if table.missing_ns[row] else Sighted.HERE
    moved, moves = False, _is_carried(table, row, record, objects, at, space)
    if fresh_one:
        table.first_ns[row] = at.stamp_ns
    elif table.missing_ns[row] and not _is_back(mind, row, record, objects, at):
        return Sighted.DOUBTED
    elif table.how[row] == How.HELD:
        moved = is_let_go(mind, row, record, objects, at, space)
    elif table.known[row] and not moves:
        moved = _compare(mind, row, record, objects, at)
    if not moves:
        settle(table, row, record, objects, anew=moved or not table.settling[row], by_sight=moved, space=space)
    if moved or table.hidden[row]:
        table.hidden[row] = False
        hide(mind, record.id, objects, at)
    _renew(mind, row, record, frame, at)
    overtaken(mind, row, objects, at)
    table.on_its_way[row] = moves
    if not moves and table.how[row] != How.HELD:
        table.rested_ns[row], table.hung_ns[row] = table.seen_ns[row], 0
    note_points(table, row, one, record, objects, frame.X_WC)
    if record.confirmed and not table.known[row]:
        confirm(mind, row, record, objects, at, space, moves=moves)
    else:
        mind.links.refit(record, objects, mind.carried)
    if "state" in record.attributes:
        hear_state(mind, record, record.attributes["state"], objects, at)
    put = any(name in record.attributes for name in ("held", "in", "on"))
    return Sighted.DISPLACED if moved and put else Sighted.HERE


def _is_overtaken(mind: Mind, row: int, at: Instant) -> bool:
    """Return whether a sighting is of before an object was missing, or before the robot put it where it is."""
    table, frames_s = mind.table, mind.sensing.frames_s
    by_hand_ns = int(table.seen_ns[row]) if table.by_hand[row] else 0
    return any(is_late(at.stamp_ns, since_ns, frames_s) for since_ns in (int(table.missing_ns[row]), by_hand_ns))


def _is_carried(table: Table, row: int, record: ObjectState, objects: Objects, at: Instant, space: Space) -> bool:
    """Return whether somebody has an object: it moves, or it came lately to where nothing holds it."""
    if record.velocity_W_m_s.any():
        return True
    shown = objects.shown
    where = row_in(shown, record.id)
    if table.how[row] == How.HELD or not table.known[row]:
        return False
    if not table.hung_ns[row] and not is_displaced(table, row, shown, where, HANGING_M):
        return False
    if rests_on(shown, where)[0] != How.UNKNOWN or not hangs(record, space):
        return False
    table.hung_ns[row] = min(int(table.hung_ns[row]) or at.stamp_ns, at.stamp_ns)
    return bool(at.stamp_ns - table.hung_ns[row] <= HANGING_S * 1e9)


def _is_back(mind: Mind, row: int, record: ObjectState, objects: Objects, at: Instant) -> bool:
    """Return whether something missing is there again: one detection where it was may be of something else."""
    rows, table = np.array([row]), mind.table
    kept = filter_of(table, rows)
    put_filter(table, rows, kept._replace(there=np.maximum(kept.there, kept.gone * RETURN_P / (1.0 - RETURN_P))))
    q = np.array([[max(1.0 - mind.rates.miss_rate(record.label), REPORTED_LEAST), FALSE_P]])
    observe(table, rows, objects, mind.rates, at.stamp_ns, q, np.zeros(1))
    return float(p_of(table, rows, objects, mind.rates, at.stamp_ns)[0]) > 1.0 - mind.config.missing_p


def _compare(mind: Mind, row: int, record: ObjectState, objects: Objects, at: Instant) -> bool:
    """Learn and log what a sighting of a known object says against where it was; return whether it was moved."""
    table, shown = mind.table, objects.shown
    rested_ns = int(table.rested_ns[row] if table.on_its_way[row] else table.seen_ns[row])
    within_s = (at.stamp_ns - rested_ns) * 1e-9 if rested_ns else 0.0
    place = place_label(table, row, objects)
    moved = is_displaced(table, row, shown, row_in(shown, record.id), mind.config.moved_m)
    if moved and stays_in(mind, row, record, objects):
        moved, table.settling[row] = False, 0  # it slid in it, and is measured anew
    moved |= has_left(mind, record, objects)
    missed_ns, from_W = int(table.missing_ns[row]), table.center[row].copy()
    since_ns = rested_ns or int(table.seen_ns[row])
    if missed_ns and not moved:
        if (at.stamp_ns - missed_ns) * 1e-9 <= RETURNED_S and record.id in mind.moves:
            mind.rates.take_back(mind.moves[record.id])
        mind.write(record, "found", at, objects, from_W=None, to_W=record.center_W, since_ns=missed_ns)
    elif moved:
        if not missed_ns and within_s > 0 and not table.by_hand[row]:
            mind.rates.moved(record.label, place, within_s)
        mind.log.undo(record.id, ("missing",), at.seq)
        mind.rides.pop(record.id, None)
        table.how[row], table.support[row] = How.UNKNOWN, 0
        forget_places(table, row)
        mind.write(record, "moved", at, objects, from_W=from_W, to_W=record.center_W, since_ns=since_ns)
    elif within_s > 0:
        mind.rates.stayed(record.label, place, within_s)
    return moved


def _renew(mind: Mind, row: int, record: ObjectState, frame: RgbdFrame, at: Instant) -> None:
    """Let an object be there: it was just seen. That it is held is no surer by that than by the robot's word."""
    table, held = mind.table, bool(mind.table.how[row] == How.HELD)
    mind.rates.missed(record.label, float(table.missed[row]))
    put_filter(table, np.array([row]), doubted(1, mind.config.action_p) if held else fresh(1))
    if not is_late(at.stamp_ns, int(table.seen_ns[row]), mind.sensing.frames_s):
        table.seen_ns[row], table.seen_seq[row] = at.stamp_ns, at.seq
    table.last_ns[row], table.missing_ns[row], table.by_hand[row] = table.seen_ns[row], 0, held
    mind.note_look(np.array([row]), at, np.zeros(1, bool))
    depth_m = float(frame.X_WC[:3, 2] @ (record.center_W - frame.X_WC[:3, 3]))
    table.reach_m[row] = max(float(table.reach_m[row]), depth_m)
    if is_new_view(table.report_view[[row]], frame)[0]:
        table.report_view[row] = view_of(frame)
        table.reports[row] += 1
    mind.rates.reported(record.label)
    mind.moves.pop(record.id, None)
    mind.links.forget(record.id, as_old_only=True)


def hear_state(mind: Mind, record: ObjectState, word: str, objects: Objects, at: Instant) -> None:
    """Learn that something is open or closed, and with it what is in it."""
    before = mind.words.get(record.id)
    if word == before or record.id not in mind.table.row_of:
        return
    mind.words[record.id] = word
    if word in ("open", "closed"):
        hide(mind, record.id, objects, at)
        if before is not None or at.camera_W is None:
            kind = "opened" if word == "open" else "closed"
            mind.write(record, kind, at, objects, from_W=record.center_W, to_W=record.center_W)
