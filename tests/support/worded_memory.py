"""What questions in words are asked of, made by hand: things, how they rest, rooms as rectangles; no frame, no map."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from told_objects import Told, record

import spatialmem as sm
from spatialmem.belief import Belief, BeliefView, Entry, How
from spatialmem.belief.table import COLUMNS
from spatialmem.graph import Graph, GraphView
from spatialmem.queries.asked import Asked
from spatialmem.records import Records
from spatialmem.shortterm import ObjectsView, ShortTerm

__all__ = ["S", "asked_of", "rectangle", "thing"]

S = 10**9
HOW = {"on": How.ON, "in": How.IN, "held": How.HELD}


def thing(
    object_id: int,
    label: str,
    at: Sequence[float] = (1.0, 1.0, 0.8),
    size_m: Sequence[float] = (0.1, 0.1, 0.1),
    **fields: Any,
) -> sm.ObjectState:
    """A confirmed thing, small enough to be carried unless a size is given."""
    return record(object_id, label, at, size_m, **fields)


def rectangle(
    room_id: int, label: str, low: Sequence[float], high: Sequence[float], neighbours: Sequence[int] = ()
) -> sm.Room:
    """A room that is a rectangle (x, y) [m]."""
    corners = np.array([[*low, 0.0], [*high, 0.0]])
    area_m2 = float((corners[1] - corners[0])[:2].prod())
    return sm.Room(
        id=room_id, label=label, label_p=0.9, p_W=corners.mean(axis=0), area_m2=area_m2,
        low_W=corners[0], high_W=corners[1], place_ids=(room_id,), neighbours=tuple(neighbours),
    )  # fmt: skip


def asked_of(
    things: Iterable[sm.ObjectState],
    rests: Mapping[int, tuple[str, int]] | None = None,
    *,
    seen_ns: Mapping[int, int] | None = None,
    missing_ns: Mapping[int, int] | None = None,
    entries: Iterable[Entry] = (),
    rooms: Sequence[sm.Room] = (),
    robot_at: Sequence[float] | None = None,
    now_ns: int = 100 * S,
    seq: int = 50,
) -> Asked:
    """What a question is answered from: rests is ("on", id), ("in", id) or ("held", 0) by id."""
    records = sorted(things, key=lambda one: one.id)
    asked = Asked(
        _objects(records, robot_at, now_ns),
        _belief(records, rests or {}, seen_ns or {}, missing_ns or {}, tuple(entries)),
        _Floor(rooms),
        sm.Octree(sm.OctreeConfig(budget_mib=16, threads=1)),
        now_ns,
        seq,
    )
    asked.__dict__["rooms"] = tuple(sorted(rooms, key=lambda room: room.id))
    return asked


def _objects(records: Sequence[sm.ObjectState], robot_at: Sequence[float] | None, now_ns: int) -> ObjectsView:
    empty = ShortTerm(sm.ShortTermConfig()).view()
    labels = tuple(sorted({label for one in records for label in (one.label, *one.label_p)}))
    X_WB = np.eye(4)
    if robot_at is not None:
        X_WB[:2, 3] = robot_at
    robot = sm.RobotState(source="robot", stamp_ns=now_ns, received_ns=now_ns, X_WB=X_WB)
    kept = dataclasses.replace(empty.kept, labels=labels, robot=None if robot_at is None else robot)
    counts = {
        "confirmed": sum(one.confirmed for one in records),
        "tentative": sum(not one.confirmed for one in records),
    }
    return ObjectsView(Records().changed(records, ()), {}, Told(records).shown, kept, counts=counts, held=())


def _belief(
    records: Sequence[sm.ObjectState],
    rests: Mapping[int, tuple[str, int]],
    seen_ns: Mapping[int, int],
    missing_ns: Mapping[int, int],
    entries: tuple[Entry, ...],
) -> BeliefView:
    count = max(len(records), 1)
    columns = {name: np.zeros((count, *shape), dtype) for name, (dtype, shape) in COLUMNS.items()}
    columns["there"][:] = 1.0
    for row, one in enumerate(records):
        how, under = rests.get(one.id, ("", 0))
        columns["ids"][row] = one.id
        columns["how"][row], columns["support"][row] = HOW.get(how, How.UNKNOWN), under
        columns["seen_ns"][row] = columns["last_ns"][row] = seen_ns.get(one.id, one.stamp_ns)
        columns["missing_ns"][row] = missing_ns.get(one.id, 0)
    kept = Belief(sm.BeliefConfig(), sm.ShortTermConfig()).view().kept
    number = entries[-1].number if entries else 0
    return BeliefView(dataclasses.replace(kept, columns=columns, entries=entries, last_number=number))


class _Floor(GraphView):
    """Rooms that are rectangles."""

    def __init__(self, rooms: Sequence[sm.Room]):
        empty = Graph(sm.GraphConfig(), 0.05).view()
        super().__init__(empty.kept, empty.cell_m)
        self._rectangles = rooms

    def room_ids(self, points_W: np.ndarray) -> np.ndarray:
        found = np.zeros(len(points_W), np.int64)
        for room in self._rectangles:
            low, high = room.low_W[:2], room.high_W[:2]
            found[((points_W[:, :2] >= low) & (points_W[:, :2] < high)).all(axis=1)] = room.id
        return found
