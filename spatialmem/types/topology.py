"""What is answered about the floor: places, rooms, routes, where to stand; and how things lie to each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float, Float32, Float64, Int64, UInt8

from spatialmem.types.objects import ObjectState

__all__ = [
    "ExploreSpot",
    "Floor",
    "Grounding",
    "Mention",
    "Nearby",
    "Place",
    "Relation",
    "RelationKind",
    "Room",
    "Route",
    "SearchPlan",
    "SearchStep",
    "Stand",
]

RelationKind = Literal["on", "in", "near"]
Arrival = Literal["there", "reach", "see"]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Floor:
    """A rectangle of one floor, cell by cell, indexed [y, x]; a copy, so it outlives the map."""

    level: int
    """Which floor: 0, 1, ... as they were found."""
    height_m: float
    first_cell: tuple[int, int]
    """The number (x, y) of cell [0, 0], counted from the origin of W."""
    cell_m: float
    state: UInt8[np.ndarray, "h w"]
    """A `State`: FREE where a floor was seen, and nothing over it is in the way of the robot; else OCCUPIED or
    UNKNOWN."""
    clearance_m: Float32[np.ndarray, "h w"]
    """From each cell's middle to that of the nearest cell that is not free, up to graph.clearance_max_m."""
    wall: Bool[np.ndarray, "h w"]
    """Something is between graph.wall_low_m and wall_high_m over the floor."""
    known: Bool[np.ndarray, "h w"]
    """Anything was seen there, from the floor to the robot's height."""

    @property
    def origin_m(self) -> Float64[np.ndarray, "2"]:
        """The lower corner (x, y) of cell [0, 0] in W [m]."""
        return np.array(self.first_cell) * self.cell_m

    def cells_of(self, points_W: Float[np.ndarray, "n _"]) -> Int64[np.ndarray, "n 2"]:
        """Return the cells (x, y), from the rectangle's corner, that points are over; they may lie beside it."""
        return np.floor(points_W[:, :2] / self.cell_m).astype(np.int64) - self.first_cell

    def points_W(self, cells: Int64[np.ndarray, "n 2"]) -> Float64[np.ndarray, "n 3"]:
        """Return the middles of cells (x, y), counted from the rectangle's corner."""
        xy = (cells + self.first_cell + 0.5) * self.cell_m
        return np.column_stack([xy, np.full(len(cells), self.height_m)])


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Place:
    """A disc of floor that the robot can stand on."""

    id: int
    """Given once, in the order in which places were found; a place that is gone keeps its number."""
    p_W: Float64[np.ndarray, "3"]
    """Its middle, on the floor [m]."""
    clearance_m: float
    """From there to the nearest thing in the way, or floor that is not known; up to `graph.clearance_max_m`."""
    room_id: int


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Room:
    """Places that hang together, divided from others by narrow passages."""

    id: int
    """Of its oldest place: as the room grows it stays."""
    label: str
    """What it is for, by what is in it: "kitchen"; "room" where nothing tells."""
    label_p: float
    """How probable that is; 1 for "room"."""
    p_W: Float64[np.ndarray, "3"]
    """Its most open place [m]."""
    area_m2: float
    """Of its floor, what stands on it included, as far as it was seen."""
    low_W: Float64[np.ndarray, "3"]
    high_W: Float64[np.ndarray, "3"]
    """The corners of what it covers; both at the height of its floor."""
    place_ids: tuple[int, ...]
    neighbours: tuple[int, ...]
    """The rooms that the robot gets to from here without passing through another, by id."""

    @property
    def name(self) -> str:
        """What people call it: kitchen-12."""
        return f"{self.label}-{self.id}"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Route:
    """A way over the floor."""

    waypoints_W: Float64[np.ndarray, "n 3"]
    """From the start to the goal [m]; between two of them the way is straight."""
    length_m: float
    clearance_m: float
    """At its narrowest, from the middle of the robot; where it begins over floor that nobody has seen, after that."""
    unseen_m: float
    """So far it leads, at its start, over floor about the robot that nobody has seen, up to 2 m; mostly 0."""
    arrival: Arrival
    """What it ends for: at the point, place or room that was asked for ("there"), or where the thing that was asked for
    is reached from ("reach") or, as nobody is known to reach it, seen from ("see")."""
    place_ids: tuple[int, ...]
    """The places that it leads over."""
    rooms_passed: Callable[[], tuple[int, ...]] = field(repr=False)
    """Works out `room_ids`."""

    @property
    def room_ids(self) -> tuple[int, ...]:
        """The rooms that it leads through, in order. Of a floor that has changed rooms are worked out anew for this."""
        return self.rooms_passed()


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Stand:
    """Where the robot stands to see or to reach something."""

    p_W: Float64[np.ndarray, "3"]
    """Its middle, on the floor [m]."""
    yaw_rad: float
    """So turned it faces the thing."""
    distance_m: float
    """Over the floor, from there to the nearest point of the thing's box."""
    clearance_m: float
    route_m: float
    """The way there; 0 where nobody knows where the way begins."""
    place_id: int


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Relation:
    """How one thing lies to another: the subject is on, in or near the object."""

    kind: RelationKind
    subject: ObjectState
    object: ObjectState
    gap_m: float
    """Between their boxes; 0 where they touch or overlap."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Nearby:
    """A thing, and how far the way to it is."""

    object: ObjectState
    route_m: float
    """To where it can be reached from, over the floor."""
    stand: Stand


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SearchStep:
    """One stop of a search: where to stand, and what may be found there."""

    p_W: Float64[np.ndarray, "3"]
    """Where to stand [m]."""
    look_at_W: Float64[np.ndarray, "3"]
    """What to look at from there [m]."""
    p: float
    """How probable it is to find it there, whatever came of the stops before."""
    walked_m: float
    """From the start of the search to here."""
    why: str
    """Such as "mug-3 was seen here 2 min ago", or "mugs were seen on table-4"."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SearchPlan:
    """In which order to look for something."""

    steps: tuple[SearchStep, ...]
    expected_m: float
    """Metres to expect until it is found, or all was looked at."""
    p_found: float
    """How probable it is that one of the steps finds it."""
    exact: bool
    """No other order has fewer metres; else it is one that is nearly as good."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ExploreSpot:
    """A place from which something worth seeing would be seen."""

    p_W: Float64[np.ndarray, "3"]
    """Where to stand [m]."""
    look_at_W: Float64[np.ndarray, "3"]
    unknown_m2: float
    """Floor about it that nobody has seen yet."""
    unseen_s: float
    """For how long what is about it was not looked at."""
    p_holds: float
    """How probable it is that what is sought is there; 0 where nothing was asked for."""
    route_m: float
    value: float
    """What it is worth, higher is better; see `explore_value`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A word or two of an instruction, and what it means."""

    text: str
    kind: Literal["object", "room"]
    id: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounding:
    """What an instruction is about."""

    mentions: tuple[Mention, ...]
    """In the order of the text."""
