"""What is true in a world at this moment: rooms, doorways, furniture, doors, and every object with what carries it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from sim.worlds.built.resting import hidden_in, supports_of, thing_bounds
from sim.worlds.built.world import World
from sim.worlds.home import WALL_THICKNESS_M, Doorway, Home
from sim.worlds.kinds.doors import wall_axes
from sim.worlds.outlines import inner, rectangle
from sim.worlds.truth.floor_grid import Drivable, FloorGrid, clearance_m, drivable, floor_grid
from sim.worlds.truth.footprints import outlines_of, polygon_of

__all__ = [
    "Drivable",
    "FloorGrid",
    "ObjectTruth",
    "Truth",
    "clearance_m",
    "drivable",
    "floor_grid",
    "room_at",
    "truth_of",
]

Polygon = Float64[np.ndarray, "_ 2"]


@dataclass(frozen=True, slots=True, eq=False)
class ObjectTruth:
    """Where one movable object truly is."""

    name: str
    label: str
    X_WK: Float64[np.ndarray, "4 4"]
    low_W: Float64[np.ndarray, "3"]
    """The lowest corner of the object's bounds along W's axes [m]."""
    high_W: Float64[np.ndarray, "3"]
    support: str
    """What carries it: NAME/SUPPORT such as table-1/top, floor, or "" where nothing does (it is held, or falls)."""
    room: str
    """"" outside all rooms."""
    hidden_in: str
    """The closed leaf that hides it, such as fridge-1/door; "" if none."""


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """A world at one moment. Polygons are corners in W [m], turning left."""

    rooms: dict[str, Polygon]
    """Each room by the inner sides of its walls."""
    doorways: dict[str, Polygon]
    """The gap in the wall."""
    furniture: dict[str, tuple[Polygon, ...]]
    """What each piece covers of the floor, seen from above: one convex polygon per part, open doors included."""
    objects: dict[str, ObjectTruth]
    hinges: dict[str, float]
    """How far each door is open [rad]."""
    absent: tuple[str, ...]
    """Objects that are out of the world: carried away, or not there yet."""


def truth_of(world: World) -> Truth:
    """Return what is true now."""
    home = world.home
    tall = home.wall_height_m
    return Truth(
        rooms={room.name: inner(room) for room in home.rooms},
        doorways={doorway.name: _gap(home, doorway) for doorway in home.doorways},
        furniture={
            piece.name: tuple(polygon_of(outline) for outline in outlines_of(world, piece.name, 0.0, tall))
            for piece in home.furniture
        },
        objects=_objects(world),
        hinges={name: world.hinge_rad(name) for name in world.hinges},
        absent=tuple(sorted(world.absent)),
    )


def room_at(home: Home, x_m: float, y_m: float) -> str:
    """Return the room that a point of W is in, by the centre lines of the walls; "" outside all."""
    for room in home.rooms:
        if room.low_m[0] <= x_m < room.high_m[0] and room.low_m[1] <= y_m < room.high_m[1]:
            return room.name
    return ""


def _objects(world: World) -> dict[str, ObjectTruth]:
    """Return the truth of every thing in the world."""
    objects = {}
    supports = supports_of(world)
    for thing in world.home.things:
        if thing.name in world.absent:
            continue
        low_W, high_W = thing_bounds(world, thing.name)
        x, y = ((low_W + high_W) / 2)[:2].tolist()
        support = supports[thing.name]
        objects[thing.name] = ObjectTruth(
            thing.name,
            thing.label,
            world.X_WK(thing.name),
            low_W,
            high_W,
            support,
            room_at(world.home, x, y),
            hidden_in(world, support),
        )
    return objects


def _gap(home: Home, doorway: Doorway) -> Polygon:
    """Return the floor in a doorway."""
    (along_x, along_y), _ = wall_axes(home, doorway)
    size_m = [doorway.width_m if along else WALL_THICKNESS_M for along in (along_x, along_y)]
    return rectangle(*doorway.center_m, 0.0, *size_m)
