"""`PastView`: what was so at a stamp, as it was known by an input; made by `as_of` only."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float64

from spatialmem.belief import Entry, How
from spatialmem.errors import QueryError, UnknownLabel
from spatialmem.graph import PastFloor, RestNote, SpotNote
from spatialmem.octree import Queryable
from spatialmem.queries.asked import Asked, id_of, is_id, split_name
from spatialmem.queries.ends import checked_radius, point_meant
from spatialmem.queries.past_objects import past_objects
from spatialmem.queries.past_route import past_route
from spatialmem.types import ObjectState, PastObject, PastRelation, Place, Presence, Route, Unknown

__all__ = ["PastRows", "PastView"]


@dataclass(frozen=True, slots=True)
class PastRows:
    """Where the past is read from, once it is asked for. Of a stamp, as it was known by an input."""

    floor: Callable[[int, int], PastFloor | Unknown]
    spots: Callable[[int, int], dict[int, SpotNote]]
    rests: Callable[[int, int], tuple[RestNote, ...] | Unknown]
    map: Callable[[int, int], Queryable | Unknown]


class PastView:
    """What was so at a stamp, as it was known by an input. Its answers agree with each other; any thread may ask.

    What is known of the past came with inputs: a thing was somewhere from the picture that first showed it there. A
    thing that was first seen later is not told of, though it may have been there.
    """

    def __init__(self, asked: Asked, entries: Iterable[Entry], rows: PastRows, stamp_ns: int, known_by: int):
        self._asked, self._entries, self._rows = asked, tuple(entries), rows
        self.stamp_ns = stamp_ns
        """What was so then [ns]."""
        self.known_by = known_by
        """The number of the last input that counts."""

    # objects

    def objects(self, label: str | None = None, *, missing: bool = False) -> tuple[PastObject, ...]:
        """Return where confirmed objects were, by id; missing: those also that were looked for and not there.

        Raises UnknownLabel for a label that nothing ever had.
        """
        if label is not None:
            self._refuse_unknown(label)
        return tuple(
            one
            for one in self._objects.values()
            if (missing or one.presence is not Presence.MISSING) and label in (None, one.label)
        )

    def where(self, what: int | str) -> tuple[PastObject, ...] | Unknown:
        """Return where something was, the missing ones, too, by id; Unknown where it was not known then.

        what: a label, an object's id, or a name that it had. Raises UnknownLabel for a label that nothing ever had,
        QueryError for what is neither.
        """
        name = split_name(what) if isinstance(what, str) else None
        if isinstance(what, str) and (name is None or what in self._labels):
            found = self.objects(what, missing=True)
            return found or Unknown(f"nothing labelled {what!r} was known then")
        if not is_id(what) and name is None:
            raise QueryError(f"what to find is {what!r}; give a label, or an object's number or name.")
        return self._one(what)

    def relations(self, what: int | str | None = None) -> tuple[PastRelation, ...] | Unknown:
        """Return what rested on or in something, by the subject's id; of one object, as the subject or the object.

        what: its id, or a name that it had; None for all. Unknown where that is not kept, or was not known then. Raises
        InputError for what is neither.
        """
        rests = self._rests
        if isinstance(rests, Unknown):
            return rests
        own = None if what is None else self._one(what)
        if isinstance(own, Unknown):
            return own
        wanted = None if own is None else own[0].id
        objects = self._objects
        return tuple(
            PastRelation(
                kind="on" if one.how == How.ON else "in",
                subject=objects[one.object_id],
                object=objects[one.support_id],
                since_ns=one.from_ns,
                until_ns=one.to_ns if one.to_seq else None,
            )
            for one in sorted(rests, key=lambda one: one.object_id)
            if {one.object_id, one.support_id} <= objects.keys() and wanted in (None, one.object_id, one.support_id)
        )

    def _one(self, what: int | str) -> tuple[PastObject] | Unknown:
        """Return the object of an id or a name; Unknown where it was not known then."""
        number = id_of(what)
        self._refuse_other_name(what, number)
        found = self._objects.get(number)
        if found is None and self.known_by >= self._asked.seq:
            record = self._asked.objects.object(number)  # by now it may go by another id
            found = None if isinstance(record, Unknown) else self._objects.get(record.id)
        if found is not None:
            return (found,)
        first = next((one for one in self._entries if one.object_id == number and one.seq <= self.known_by), None)
        if first is None:
            return Unknown(f"object {number} was not known by input {self.known_by}")
        if first.stamp_ns > self.stamp_ns:
            later_s = (first.stamp_ns - self.stamp_ns) * 1e-9
            name = f"{first.label}-{number}"
            return Unknown(f"{name} was first seen {later_s:.1f} s later; whether it was there before is not known")
        return Unknown(f"object {number} was not remembered any more, or was another one under a second name")

    def _refuse_other_name(self, what: object, number: int) -> None:
        """Raise QueryError for a name whose object never had that label."""
        name = split_name(what) if isinstance(what, str) else None
        if name is None:
            return
        labels = {one.label for one in self._entries if one.object_id == number}
        record = self._asked.objects.object(number)
        labels |= set() if isinstance(record, Unknown) else set(record.label_p)
        if labels and name.label not in labels:
            raise QueryError(f"{what!r} is no object: object {number} is {min(labels)}-{number}.")

    @functools.cached_property
    def _objects(self) -> dict[int, PastObject]:
        rests = () if isinstance(self._rests, Unknown) else self._rests
        spots = self._rows.spots(self.stamp_ns, self.known_by)
        return past_objects(self._asked, self._entries, spots, rests, self.stamp_ns, self.known_by)

    @functools.cached_property
    def _rests(self) -> tuple[RestNote, ...] | Unknown:
        return self._rows.rests(self.stamp_ns, self.known_by)

    @functools.cached_property
    def _labels(self) -> dict[str, None]:
        """All labels that anything ever had."""
        return dict.fromkeys([*self._asked.objects.kept.labels, *(one.label for one in self._entries)])

    def _refuse_unknown(self, label: str) -> None:
        if label not in self._labels:
            raise UnknownLabel(label, self._labels)

    # floor

    def places(self) -> tuple[Place, ...] | Unknown:
        """Return the places that were known then, by id. They are of no room: rooms are told of the present only.

        Places are written down once a second at most: what changed within it is told of its end. Unknown where they
        are not kept.
        """
        floor = self._floor
        if isinstance(floor, Unknown):
            return floor
        return tuple(
            Place(id=own, p_W=_point(floor.p_W[i]), clearance_m=float(floor.clearance_m[i]), room_id=0)
            for i, own in enumerate(floor.ids.tolist())
        )

    def route(self, start: Any, goal: Any, *, robot_radius_m: float | None = None) -> Route | Unknown:
        """Return the shortest way that was known then, over places only; Unknown, with the reason, for none.

        It leads from the middle of one place to that of the next, so it is longer than a way over cells, and straight
        lines between its points may cut a corner that its length goes round. It has no rooms. start, goal: a point [m],
        (x, y) or (x, y, z), a Place, or a thing as it was then, by its id or name: the way ends at the nearest place
        within 1 m of it. Raises QueryError or InputError for what is none.
        """
        radius_m = checked_radius(self._asked, robot_radius_m)
        floor = self._floor
        if isinstance(floor, Unknown):
            return floor
        ends = self._end(start, "start"), self._end(goal, "goal")
        for end in ends:
            if isinstance(end, Unknown):
                return end
        start_W, goal_W = (end for end in ends if isinstance(end, np.ndarray))
        return past_route(floor, start_W, goal_W, radius_m)

    def _end(self, what: Any, name: str) -> Float64[np.ndarray, "_"] | Unknown:
        """Return the point at which a way begins or ends."""
        if isinstance(what, (PastObject, ObjectState)):
            what = what.id
        point = point_meant(what, name)
        if point is not None:
            return point
        if not is_id(what) and not isinstance(what, str):
            raise QueryError(f"{name} is {what!r}; give a point, a place, or a thing by its id or name.")
        found = self.where(what)
        return found if isinstance(found, Unknown) else found[0].p_W

    @functools.cached_property
    def _floor(self) -> PastFloor | Unknown:
        return self._rows.floor(self.stamp_ns, self.known_by)

    # map

    def map(self) -> Any:
        """Return a `View` of all that was known by the last input of then, the map above all; Unknown for none.

        It is made of the journal, input by input, so it takes about as long as it took to drive there, at the speed at
        which a recording is replayed. Unknown where the first inputs are no longer kept, or there is no file.
        """
        return self._rows.map(self.stamp_ns, self.known_by)


def _point(p_W: Float64[np.ndarray, "3"]) -> Float64[np.ndarray, "3"]:
    point = p_W.copy()
    point.setflags(write=False)
    return point
