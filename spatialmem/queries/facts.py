"""How things, rooms and changes are told in a brief: each as a few words, worked out once."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int64

from spatialmem.belief import How
from spatialmem.graph import GraphView
from spatialmem.graph.tiles import SQUARE, Window
from spatialmem.queries.asked import Asked, split_name
from spatialmem.queries.resting import HOW_WORDS, supports
from spatialmem.queries.words import cleaned, quoted, shown
from spatialmem.spans import shown_ago, shown_span
from spatialmem.types import Change, ObjectState, Room, Unknown
from spatialmem.types.objects import WHERE

__all__ = ["Facts", "Told", "looked_ns"]

SURE_P = 0.95
"""What is there so probably is told without a probability."""
OLD_S = 600.0
"""When a thing was seen is told if it was longer ago than this, and than twice the time since its room was seen."""
ATTRIBUTES_TOLD, HELD_TOLD, MAY_BE_TOLD = 4, 4, 3
STATES = (("state", "open"), ("state", "closed"))
KINDS = {
    "first_seen": "first seen", "found": "found again", "picked_up": "picked up", "placed_on": "put down",
    "placed_in": "put in",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """How a thing is told in a list."""

    room: int
    """The id of its room, 0 where it is in none that is known."""
    carrier: int
    """What it is on or in; 0 where that is not known."""
    lead: str
    """What stands before it and others of the same place: 'on "table-4": '."""
    notes: tuple[str, ...]
    """Its attributes; how probably it is there, and when it was seen, where that is not plain."""
    text: str

    @property
    def place(self) -> str:
        """What it is on or in, in words; "" where that is not known."""
        return self.lead.removesuffix(": ") if self.carrier else ""


def looked_ns(graph: GraphView) -> dict[int, int]:
    """Return when cameras had seen most of each room last; rooms of which most was never seen are left out.

    A room is as old as the middle one of its squares: a look through the door is no look at the room.
    """
    found: dict[int, int] = {}
    if not graph.levels:
        return found
    rooms = graph.rooms
    for level in range(len(rooms.floors)):
        window, number = rooms.floors[level].window, rooms.floors[level].number
        squares = Window(*(side // SQUARE for side in window))
        ids = rooms.id_of[level][number[SQUARE // 2 :: SQUARE, SQUARE // 2 :: SQUARE]]
        seen_ns = graph.seen_ns(level, squares)
        for room in np.unique(ids[ids > 0]).tolist():
            own = np.sort(seen_ns[ids == room])
            if own[len(own) // 2] > 0:
                found[room] = max(found.get(room, 0), int(own[len(own) // 2]))
    return found


class Facts:
    """What is told of the things of one moment."""

    def __init__(self, asked: Asked):
        self.asked = asked
        self.rooms = {room.id: room for room in asked.rooms}
        self._told: dict[int, Told] = {}
        self._p: dict[int, float] = {}

    def records(self, ids: Iterable[int]) -> list[ObjectState]:
        """Return the things that are remembered."""
        found = map(self.asked.objects.object, ids)
        return [one for one in found if isinstance(one, ObjectState)]

    def p(self, ids: Int64[np.ndarray, "n"]) -> Float64[np.ndarray, "n"]:
        """Return P(still there) of things; 1 where nothing is believed of them."""
        fresh = [object_id for object_id in ids.tolist() if object_id not in self._p]
        if fresh:
            rows = self.asked.belief.rows(fresh)
            p, known = np.ones(len(fresh)), rows >= 0
            p[known] = self.asked.belief.p_there(rows[known], self.asked.objects, self.asked.stamp_ns)
            self._p.update(zip(fresh, p.tolist(), strict=True))
        return np.array([self._p[object_id] for object_id in ids.tolist()])

    @functools.cached_property
    def robot_room(self) -> Room | None:
        """The room that the robot is in."""
        robot = self.asked.objects.kept.robot
        return None if robot is None else self.rooms.get(int(self.asked.graph.room_ids(robot.X_WB[None, :3, 3])[0]))

    @functools.cached_property
    def held(self) -> tuple[int, ...]:
        """What the robot holds, by id."""
        table = self.asked.belief.table
        return tuple(sorted(table.ids[(table.how == How.HELD) & (table.ids > 0)].tolist()))

    def robot(self) -> str:
        """Return where the robot is, and what it holds."""
        robot, words = self.asked.objects.kept.robot, []
        if robot is None and not self.held:
            return "robot: nothing is known of it"
        if robot is not None:
            x, y = robot.X_WB[:2, 3].tolist()
            words.append(f"at {x:.1f} {y:.1f} m" if self.robot_room is None else f"in {shown(self.robot_room)}")
        names = [shown(one) for one in self.records(self.held[:HELD_TOLD])]
        more = f" and {len(self.held) - HELD_TOLD} more" if len(self.held) > HELD_TOLD else ""
        return f"robot: {', '.join([*words, 'holds ' + (', '.join(names) or 'nothing')])}{more}"

    def room(self, room_id: int) -> str:
        """Return a room, those next to it, and when it was seen last; the line over what is in it."""
        room = self.rooms.get(room_id)
        if room is None:
            return "in no known room:" if self.rooms else "things:"
        others = ", ".join(shown(self.rooms[other]) for other in room.neighbours if other in self.rooms)
        ago = f", seen {shown_ago(self._looked_ns[room_id], self.asked.stamp_ns)}" if room_id in self._looked_ns else ""
        return f"room {shown(room)}{f' (next to {others})' if others else ''}{ago}:"

    @functools.cached_property
    def _looked_ns(self) -> dict[int, int]:
        return looked_ns(self.asked.graph)

    def told(self, records: Sequence[ObjectState]) -> list[Told]:
        """Return how things are told."""
        fresh = [one for one in records if one.id not in self._told]
        if fresh:
            ids = np.array([one.id for one in fresh], np.int64)
            how, under = (column.tolist() for column in supports(self.asked, ids))
            rooms = self.asked.graph.room_ids(np.array([one.center_W for one in fresh])).tolist()
            seen_ns = self._seen_ns(ids)
            for i, (one, p) in enumerate(zip(fresh, self.p(ids).tolist(), strict=True)):
                self._told[one.id] = self._one(one, rooms[i], how[i], under[i], p, int(seen_ns[i]))
        return [self._told[one.id] for one in records]

    def _seen_ns(self, ids: Int64[np.ndarray, "n"]) -> Int64[np.ndarray, "n"]:
        rows = self.asked.belief.rows(ids.tolist())
        return np.where(rows >= 0, self.asked.belief.table.seen_ns[rows], 0)

    def _one(self, one: ObjectState, room: int, how: int, under: int, p: float, seen_ns: int) -> Told:
        carrier = self.asked.objects.object(under) if under else None
        lead, carried_by = "there: ", 0
        if isinstance(carrier, ObjectState):
            closed = " (closed)" if carrier.attributes.get("state") == "closed" else ""
            lead, carried_by = f"{HOW_WORDS[how]} {shown(carrier)}{closed}: ", carrier.id
        notes = self._attributes(one)
        if p < SURE_P and not one.missing:
            notes.append(f"P {p:.2f}")
        passed_s, looked = self.asked.passed_s(seen_ns), self._looked_ns.get(room)
        if seen_ns and passed_s > max(OLD_S, 0.0 if looked is None else 2 * self.asked.passed_s(looked)):
            notes.append(f"seen {shown_ago(seen_ns, self.asked.stamp_ns)}")
        text = shown(one) + (f" ({', '.join(notes)})" if notes else "")
        return Told(room, carried_by, lead, tuple(notes), text)

    def _attributes(self, one: ObjectState) -> list[str]:
        """Return what detectors and the robot said of a thing, but where it is."""
        if not one.attributes:
            return []
        told = [(name, value) for name, value in one.attributes.items() if name not in WHERE][:ATTRIBUTES_TOLD]
        return [
            value if (name, value) in STATES else f"{quoted(cleaned(name))} {quoted(cleaned(value))}"
            for name, value in told
        ]

    def whole(self, one: ObjectState) -> str:
        """Return all that is to be said of one thing."""
        if one.missing:
            return self.missing(one)
        (told,) = self.told([one])
        x, y, z = one.center_W.tolist()
        where = self._where(told) or f"at {x:.1f} {y:.1f} {z:.1f} m"
        if one.id in self.held:
            where = "held"
        seen_ns = int(self._seen_ns(np.array([one.id]))[0]) or one.stamp_ns
        said = [where, *(note for note in told.notes if not note.startswith("seen "))]
        said += [] if one.confirmed else ["not confirmed"]
        return f"{shown(one)}: {', '.join(said)}, seen {shown_ago(seen_ns, self.asked.stamp_ns)}"

    def _where(self, told: Told) -> str:
        room = self.rooms.get(told.room)
        return " ".join(filter(None, (told.place, f"in {shown(room)}" if room else "")))

    def missing(self, one: ObjectState) -> str:
        """Return since when a thing is missing, where it was, and what it may be by now."""
        row, (told,) = self.asked.row(one.id), self.told([one])
        if row < 0:
            return f"{shown(one)}: missing"
        table, now_ns = self.asked.belief.table, self.asked.stamp_ns
        span = shown_span(self.asked.passed_s(int(table.missing_ns[row])))
        room = self.rooms.get(told.room)
        where = told.place or (f"in {shown(room)}" if room else "")
        was = [f"was {where}"] if where else []
        words = [f"missing for {span}", *was, f"seen {shown_ago(int(table.seen_ns[row]), now_ns)}"]
        return f"{shown(one)}: {', '.join([*words, *self._may_be(one)])}"

    @functools.cached_property
    def _links(self) -> dict[int, list[tuple[float, int]]]:
        """By what is missing: the things that it may be, and how probably, the most probable first."""
        weights = self.asked.belief.link_weights(self.asked.objects, self.asked.stamp_ns)
        found: dict[int, list[tuple[float, int]]] = {}
        for (old, new), p in sorted(weights.items(), key=lambda item: (-item[1], item[0])):
            found.setdefault(old, []).append((p, new))
        return found

    def _may_be(self, one: ObjectState) -> list[str]:
        least_p = self.asked.belief.kept.config.answer_p_min
        pairs = [(p, new) for p, new in self._links.get(one.id, ()) if p >= least_p][:MAY_BE_TOLD]
        return [f"may be {shown(other)} (P {p:.2f})" for p, new in pairs for other in self.records([new])]

    def change(self, one: Change) -> str:
        """Return what changed, when, and where the thing is now."""
        record, name = self.asked.objects.object(one.object_id), split_name(one.name)
        own = quoted(f"{cleaned(name.label if name else '')}-{one.object_id}")
        said = f"{KINDS.get(one.kind, one.kind.replace('_', ' '))} {shown_ago(one.stamp_ns, self.asked.stamp_ns)}"
        words = f"{own if isinstance(record, Unknown) else shown(record)} {said}"
        if one.p < SURE_P:
            words += f" (P {one.p:.2f})"
        if isinstance(record, Unknown) or record.missing or record.id in self.held or one.kind in ("opened", "closed"):
            return words
        (told,) = self.told([record])
        where = told.place or self._where(told)
        return f"{words}, now {where}" if where else words
