"""A home as data: rooms, doorways, furniture and movable things. Where everything is at the start; no physics here.

W has z up and its origin on the floor. Rooms tile the home: their sides are the centre lines of the walls, so two
rooms that share a side share a wall. What stands on the floor has its frame K at the floor, in the middle of its
footprint, with x to its front. Lengths are in metres, angles in radians, turning left.
"""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["ROBOT_RADIUS_M", "TURN_RADIUS_M", "WALL_THICKNESS_M", "Doorway", "Furniture", "Home", "Room", "Thing"]

Vector = tuple[float, float, float]

WALL_THICKNESS_M = 0.10
ROBOT_RADIUS_M = 0.42
"""A disc of this radius gets everywhere in a home that was made: half the width of a Husky, and what it needs to turn a
little on its way."""
TURN_RADIUS_M = 0.65
"""In every room there is a place that is so clear: a Husky can turn on the spot."""


@dataclass(frozen=True, slots=True)
class Room:
    """One rectangular room, by the centre lines of its walls."""

    name: str
    """Such as kitchen, or bedroom-2."""
    low_m: tuple[float, float]
    high_m: tuple[float, float]

    @property
    def kind(self) -> str:
        """What the room is for: bedroom of bedroom-2."""
        return self.name.split("-")[0]

    @property
    def center_m(self) -> tuple[float, float]:
        """The middle of the room."""
        return (self.low_m[0] + self.high_m[0]) / 2, (self.low_m[1] + self.high_m[1]) / 2


@dataclass(frozen=True, slots=True)
class Doorway:
    """A gap in the wall between two rooms, with a hinged door or without."""

    name: str
    rooms: tuple[str, str]
    center_m: tuple[float, float]
    """On the centre line of the wall."""
    width_m: float = 1.0
    height_m: float = 2.05
    door: bool = False
    """Whether a door hangs in it; it opens into the second room, and its hinge is on the side `hinge`."""
    hinge: int = 1
    """+1 or -1: the end of the gap, along the wall's positive axis or against it, at which the door hangs."""
    angle_rad: float = 0.0
    """How far the door is open at the start; 0 is closed."""


@dataclass(frozen=True, slots=True)
class Furniture:
    """A piece of furniture that stands on the floor; what it is made of is in `kinds`."""

    name: str
    """Its kind and number: table-1."""
    x_m: float
    y_m: float
    yaw_rad: float
    size_m: Vector
    """Along x (front to back), y (width) and z."""
    open_rad: dict[str, float] = field(default_factory=dict)
    """How far each of its doors is open at the start, by the door's name; closed where it is not named."""

    @property
    def kind(self) -> str:
        """What it is: table of table-1."""
        return self.name.rsplit("-", 1)[0]


@dataclass(frozen=True, slots=True)
class Thing:
    """A movable object at rest."""

    name: str
    """Its label and number: mug-2."""
    model: str
    """A key of the catalogue: what it is made of."""
    support: str
    """What it rests on: NAME/SUPPORT of a piece of furniture, or floor."""
    p_WK: Vector
    q_WK: tuple[float, float, float, float] = (1.0, 0.0, 0.0, 0.0)
    """Rotation as a quaternion, wxyz."""

    @property
    def label(self) -> str:
        """Its class: mug of mug-2."""
        return self.name.rsplit("-", 1)[0]


@dataclass(frozen=True, slots=True)
class Home:
    """A whole home. `name` is also the name of its world frame."""

    name: str
    rooms: tuple[Room, ...]
    doorways: tuple[Doorway, ...]
    furniture: tuple[Furniture, ...] = ()
    things: tuple[Thing, ...] = ()
    wall_height_m: float = 2.5

    def room(self, name: str) -> Room:
        """Return a room by its name. Raises KeyError."""
        return {room.name: room for room in self.rooms}[name]

    @property
    def bounds_m(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """The lowest and highest corner of all rooms."""
        low = min(r.low_m[0] for r in self.rooms), min(r.low_m[1] for r in self.rooms)
        high = max(r.high_m[0] for r in self.rooms), max(r.high_m[1] for r in self.rooms)
        return low, high
