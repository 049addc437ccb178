"""Puts a home together: one PyBullet body for the floor, each wall, each door, each piece of furniture, each thing."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from jaxtyping import Float64

from sim.poses import pose, yaw_of, yaw_pose
from sim.worlds.built.bodies import Body, Builder, Hinge, Kind, Part
from sim.worlds.built.solids import center_of_mass
from sim.worlds.built.walls import floor_contact, floor_shapes, wall_runs
from sim.worlds.home import Doorway, Furniture, Home, Thing
from sim.worlds.kinds.catalogue import MODELS
from sim.worlds.kinds.doors import door_leaf
from sim.worlds.kinds.furniture import model_of
from sim.worlds.shapes import Model
from spatialmem import ConfigError, transform

__all__ = ["DOOR_OPEN_MAX_RAD", "Made", "PlacedSupport", "assemble"]

DOOR_OPEN_MAX_RAD = math.radians(175.0)
"""A little before it lies against the wall."""


@dataclass(frozen=True, slots=True)
class PlacedSupport:
    """A level surface of the home's furniture, where it stands."""

    name: str
    """NAME/SUPPORT, such as table-1/top."""
    center_W: tuple[float, float, float]
    size_m: tuple[float, float]
    """Along its own x and y."""
    yaw_rad: float
    headroom_m: float
    behind: str
    """The hinge that hides it while closed, such as fridge-1/door; "" if it is open to all."""


@dataclass(frozen=True, slots=True)
class Made:
    """One body as it was just made, doors still closed."""

    body: Body
    part: Part
    hinges: dict[str, Hinge] = field(default_factory=dict)
    """By BODY/LEAF, in the order of the model."""
    supports: dict[str, PlacedSupport] = field(default_factory=dict)
    open_rad: dict[str, float] = field(default_factory=dict)
    """How far to open which, by BODY/LEAF."""


def assemble(client: int, home: Home) -> Iterator[Made]:
    """Make and yield every body of a home: floor, walls, doors, furniture, things, each as the home lists them.

    Raises ConfigError for what cannot be made.
    """
    builder = Builder(client)
    unique_id, part, _ = builder.fixed(Model((floor_contact(home),)), np.eye(4), looks=floor_shapes(home))
    yield Made(Body("floor", "floor", unique_id, "room"), part)
    for number, boxes in enumerate(wall_runs(home), 1):
        unique_id, part, _ = builder.fixed(Model(boxes), np.eye(4))
        yield Made(Body(f"wall-{number}", "wall", unique_id, "room"), part)
    for doorway in home.doorways:
        if doorway.door:
            yield _door(builder, home, doorway)
    for piece in home.furniture:
        yield _furniture(builder, piece)
    for thing in home.things:
        yield _thing(builder, thing)


def _door(builder: Builder, home: Home, doorway: Doorway) -> Made:
    """Make a doorway's door; its frame K is W."""
    leaf = door_leaf(home, doorway)
    low, high = max(leaf.low_rad, -DOOR_OPEN_MAX_RAD), min(leaf.high_rad, DOOR_OPEN_MAX_RAD)
    leaf = replace(leaf, low_rad=low, high_rad=high)
    made = _fixed(builder, doorway.name, "door", Model((), leaves=(leaf,)), np.eye(4))
    made.open_rad[f"{doorway.name}/{leaf.name}"] = doorway.angle_rad
    return made


def _furniture(builder: Builder, piece: Furniture) -> Made:
    """Make a piece of furniture."""
    X_WK = yaw_pose(piece.x_m, piece.y_m, piece.yaw_rad)
    made = _fixed(builder, piece.name, "furniture", model_of(piece), X_WK)
    made.open_rad.update({f"{piece.name}/{leaf}": abs(angle) for leaf, angle in piece.open_rad.items()})
    return made


def _thing(builder: Builder, thing: Thing) -> Made:
    """Make a movable thing."""
    if thing.model not in MODELS:
        raise ConfigError(f"'{thing.name}' is of an unknown model '{thing.model}'; there are {', '.join(MODELS)}.")
    model = MODELS[thing.model]
    X_WK = pose(thing.p_WK, thing.q_WK)
    unique_id, part = builder.movable(thing.name, model, X_WK, center_of_mass(model.shapes))
    return Made(Body(thing.name, thing.label, unique_id, "thing"), part)


def _fixed(builder: Builder, name: str, kind: Kind, model: Model, X_WK: Float64[np.ndarray, "4 4"]) -> Made:
    """Make what stands still and may have leaves and supports."""
    unique_id, part, indices = builder.fixed(model, X_WK)
    links = {leaf.name: link for leaf, link in zip(model.leaves, indices, strict=True)}
    label = "door" if kind == "door" else name.rsplit("-", 1)[0]
    made = Made(Body(name, label, unique_id, kind, links), part)
    for leaf in model.leaves:
        made.hinges[f"{name}/{leaf.name}"] = Hinge(name, leaf, links[leaf.name])
    for support in model.supports:
        x, y, z = transform(X_WK, np.array(support.center_m, float)).tolist()
        behind = f"{name}/{support.behind}" if support.behind else ""
        full = f"{name}/{support.name}"
        made.supports[full] = PlacedSupport(full, (x, y, z), support.size_m, yaw_of(X_WK), support.headroom_m, behind)
    return made
