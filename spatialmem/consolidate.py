"""What goes from short-term into long-term memory, and comes back; what is forgotten; and both, read as one.

What goes: a confirmed object that rests, and that is neither missing, nor held, nor may be something else that turned
up; that was seen from two viewpoints; and that every camera has been far from for a while (`longterm.leave_m`,
`leave_s`). Besides, what the policy names where the buffer is full. What comes back: whatever a camera comes near to,
before what it sees is looked at, so that it is seen again under its own id; and what an input or the belief changes.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable

import numpy as np

from spatialmem.belief import Belief, BeliefView, Instant
from spatialmem.config import DepthConfig, ShortTermConfig
from spatialmem.longterm import LongTerm, LongTermView, Parked
from spatialmem.longterm.watch import Camera
from spatialmem.shortterm import Left, ObjectsView, ShortTerm, read_left
from spatialmem.types import Action, ObjectState, RgbdFrame

__all__ = ["both", "bring_back", "concerned", "forget_surplus", "gather", "keep", "leave", "load", "recall"]

VIEWPOINTS_LEAST = 2


def both(recent: ObjectsView, lasting: LongTermView, *, near_only: bool = False) -> ObjectsView:
    """Return the objects of both as if all were recent. Copies nothing.

    near_only: the columns are those of recent objects, for whoever asks only what a camera may see now.
    """
    lot = lasting.lot

    def shown():
        return recent.shown if near_only else recent.shown.above(lot.shown)

    return recent.with_lasting(lot.records, lot.aliases, shown, counts=lasting.counts, held=lot.held)


def keep(lasting: LongTerm, left: Iterable[Left]) -> None:
    """Keep what left short-term memory."""
    lasting.park([Parked.of(*one) for one in left])


def bring_back(short: ShortTerm, lasting: LongTerm, ids: Iterable[int], stamp_ns: int) -> None:
    """Let objects be recent again; what is so already, or is not kept, is left out."""
    data = lasting.give_back(ids)
    if data:
        short.take_back(data, stamp_ns)


def gather(short: ShortTerm, lasting: LongTerm, frame: RgbdFrame, sensor: DepthConfig) -> None:
    """Let what a frame's camera is near to be recent again."""
    bring_back(short, lasting, lasting.about(frame.X_WC[:3, 3], _reach_m(frame, sensor)), frame.stamp_ns)


def leave(short: ShortTerm, lasting: LongTerm, belief: BeliefView, frame: RgbdFrame, sensor: DepthConfig) -> None:
    """Note where a camera is, and park what all of them have left behind."""
    x, y, z = (float(c) for c in frame.X_WC[:3, 3])
    lasting.note(frame.source, Camera(frame.stamp_ns, x, y, z, _reach_m(frame, sensor)))
    if not lasting.is_due(frame.stamp_ns):
        return
    recent = short.view()
    shown = recent.shown
    rests = (shown.ids > 0) & shown.confirmed & ~shown.missing & ~shown.velocity_W_m_s.any(axis=1)
    rows = np.flatnonzero(rests)
    left = lasting.left(shown.ids[rows], shown.center_W[rows], shown.size_m[rows], frame.stamp_ns)
    if left:
        busy = {object_id for pair in belief.kept.fits for object_id in pair}.union(recent.held())
        gone = [one.id for one in map(recent.object, left) if isinstance(one, ObjectState) and _may_leave(one, busy)]
        if gone:
            keep(lasting, short.release(gone, frame.stamp_ns))


def _reach_m(frame: RgbdFrame, sensor: DepthConfig) -> float:
    """Return how far a camera sees: depth is believed up to a plane, whose corners in the picture are the farthest."""
    camera = frame.camera
    across = max(camera.cx + 0.5, camera.width - 0.5 - camera.cx) / camera.fx
    down = max(camera.cy + 0.5, camera.height - 0.5 - camera.cy) / camera.fy
    return sensor.range_max_m * math.sqrt(1.0 + across * across + down * down)


def _may_leave(one: ObjectState, busy: Collection[int]) -> bool:
    return one.viewpoints >= VIEWPOINTS_LEAST and one.id not in busy


def concerned(action: Action, objects: ObjectsView, lasting: LongTerm, resting: Iterable[int]) -> list[int]:
    """Return what an action may move, by id: what is acted upon, its target, what is in the gripper, and all on these.

    objects: all. resting: what is believed to be on or in it.
    """
    lot = lasting.view().lot
    if not len(lot):
        return []
    targets = () if action.target_id is None else objects.known_as(action.target_id)[:1]
    found = {*objects.known_as(action.object_id)[:1], *lot.held, *resting}
    placed, fresh = _placed(objects), found
    while fresh:
        names = {str(known) for object_id in fresh for known in objects.known_as(object_id)}
        fresh = {object_id for object_id, at in placed.items() if at in names} - found
        found |= fresh
    return sorted({*found, *targets})


def _placed(objects: ObjectsView) -> dict[int, str]:
    """Return what the robot put on or in something, and the id of that."""
    places = ((one.id, one.attributes.get("on", one.attributes.get("in"))) for one in objects.objects(confirmed=False))
    return {object_id: at for object_id, at in places if at is not None}


def recall(lasting: LongTerm, objects: ObjectsView, ids: Iterable[int]) -> None:
    """Count that objects were of use, wherever they are kept."""
    known = [names[0] for object_id in ids if (names := objects.known_as(object_id))]
    if known:
        lasting.recall(known)


def forget_surplus(short: ShortTerm, lasting: LongTerm, belief: Belief, at: Instant) -> None:
    """Forget what is worth least where there is no room for all; the belief logs that."""
    while lasting.is_full:
        objects = both(short.view(), lasting.view())
        ids = sorted(lasting.view().lot.items)
        rows = belief.view().rows(ids)
        p = np.zeros(len(ids))
        p[rows >= 0] = belief.view().p_there(rows[rows >= 0], objects, at.stamp_ns)
        p_of = dict(zip(ids, p.tolist(), strict=True))
        gone = lasting.least(p_of)
        belief.forget({object_id: p_of[object_id] for object_id in gone}, objects, at)
        lasting.forget(gone)


def load(data: bytes, sensing: ShortTermConfig) -> LongTerm:
    """Make long-term memory of the bytes of its dump. Raises InputError for damaged bytes."""
    return LongTerm.load(data, lambda one: Parked.of(*read_left(one, sensing)))
