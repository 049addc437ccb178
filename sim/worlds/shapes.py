"""What solid things are made of, as data: shapes, doors that turn on hinges, and surfaces to put things on.

Everything is in the frame K of what it belongs to [m]; for furniture K is on the floor, in the middle of the
footprint, with x to the front.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Color", "Leaf", "Model", "Shape", "Support", "Vector"]

Vector = tuple[float, float, float]
Color = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Shape:
    """One solid: a box, a cylinder along its z, a sphere, or a mesh from a file."""

    kind: Literal["box", "cylinder", "sphere", "mesh"]
    size_m: tuple[float, ...]
    """box: length along x, y, z. cylinder: radius, height. sphere: radius. mesh: the scale along x, y, z."""
    center_m: Vector = (0.0, 0.0, 0.0)
    rpy_rad: Vector = (0.0, 0.0, 0.0)
    color: Color = (200, 200, 200)
    mesh: str = ""
    """The file, relative to PyBullet's data folder."""
    mesh_collision: str = ""
    """The file used for contact, if another; PyBullet takes the convex hull of each object in it."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A part that turns about a vertical hinge: a door. Its shapes are in the frame of the closed leaf's hinge."""

    name: str
    hinge_m: Vector
    """Where the hinge is, in K; its axis is z, and its frame has the axes of K when the leaf is closed."""
    low_rad: float
    high_rad: float
    """How far it turns; one of the two is 0, closed."""
    shapes: tuple[Shape, ...]


@dataclass(frozen=True, slots=True)
class Support:
    """A level rectangle on which things can rest."""

    name: str
    center_m: Vector
    size_m: tuple[float, float]
    """Along x and y."""
    headroom_m: float
    """Free height above it."""
    behind: str = ""
    """The leaf that hides it while closed: what is on it is in a container."""


@dataclass(frozen=True, slots=True)
class Model:
    """What one kind of thing is made of."""

    shapes: tuple[Shape, ...]
    leaves: tuple[Leaf, ...] = ()
    supports: tuple[Support, ...] = ()
    mass_kg: float = 0.0
    """0 is fixed to the floor."""
    friction: float = 0.8
    footprint_m: tuple[float, float] = (0.0, 0.0)
    """Of a movable thing as it stands, along x and y."""
    height_m: float = 0.0
