"""Where a way begins or ends: a point, a place, a room, or where the robot is."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64

from spatialmem.errors import QueryError
from spatialmem.graph import GraphView
from spatialmem.graph.routes import Standing, standable_about, standable_near
from spatialmem.queries.asked import Asked
from spatialmem.queries.points import point_meant
from spatialmem.queries.rooms import room_called
from spatialmem.types import Unknown

__all__ = ["checked_radius", "ends_at", "spot_meant", "starts_at", "where_robot_is"]

START_WITHIN_M, GOAL_WITHIN_M = 2.0, 0.3
"""A way may begin so far from floor that was seen, for a camera does not see what is before its own wheels; and end so
far from floor that has room."""
NO_FLOOR = Unknown("no floor is known yet: no robot said where it stands, and no frame showed much of a floor")


def checked_radius(asked: Asked, radius_m: object) -> float:
    """Return a robot's radius [m], that of the graph where none is given. Raises QueryError for one it is not for."""
    least_m = asked.graph.config.robot_radius_m
    if radius_m is None:
        return least_m
    number = isinstance(radius_m, (int, float, np.integer, np.floating)) and not isinstance(radius_m, bool)
    most_m = asked.graph.config.clearance_max_m
    if not number or not least_m <= float(radius_m) <= most_m:  # pyright: ignore[reportArgumentType]
        raise QueryError(
            f"robot_radius_m is {radius_m!r}; this graph is for {least_m:g} m (graph.robot_radius_m) to {most_m:g} m "
            f"(graph.clearance_max_m)."
        )
    return float(radius_m)  # pyright: ignore[reportArgumentType]


def where_robot_is(asked: Asked) -> Float64[np.ndarray, "3"] | Unknown:
    """Return where the robot stands; Unknown where it never said so."""
    robot = asked.objects.kept.robot
    if robot is None:
        return Unknown("where the robot is was never told; observe a RobotState, or say where the way begins")
    return robot.X_WB[:3, 3]


def spot_meant(asked: Asked, what: object, name: str) -> Float64[np.ndarray, "n"]:
    """Return a point (x, y) or (x, y, z), also that of a place or a stand, and of a room by its name or label.

    Raises QueryError for what is none of these.
    """
    point = point_meant(what, name)
    if point is not None:
        return point
    room = room_called(asked.rooms, what) if isinstance(what, str) else None
    if room is None:
        known = ", ".join(one.name for one in asked.rooms) or "none yet"
        raise QueryError(
            f"{name} is {what!r}; give a point [m], a place, a stand, a room ({known}), or where a thing may be meant, "
            f"its id or its name, such as mug-3."
        )
    return room.p_W


def starts_at(floor: GraphView, p_W: Float64[np.ndarray, "n"]) -> tuple[Standing, ...] | Unknown:
    """Return the cells at which a way from a point begins, one for each connected part of the floor about it.

    Unknown where no robot is known to have room near it.
    """
    if not floor.levels:
        return NO_FLOOR
    found = standable_about(floor, p_W, START_WITHIN_M)
    return found or _no_room(floor, p_W, "the way begins")


def ends_at(floor: GraphView, p_W: Float64[np.ndarray, "n"]) -> Standing | Unknown:
    """Return the cell at which a way to a point ends; Unknown where no robot is known to have room near it."""
    if not floor.levels:
        return NO_FLOOR
    found = standable_near(floor, p_W, GOAL_WITHIN_M)
    return found or _no_room(floor, p_W, "the way ends")


def _no_room(floor: GraphView, p_W: Float64[np.ndarray, "n"], what: str) -> Unknown:
    """Say that the robot is not known to have room at a point, and where the nearest place is."""
    x, y = (float(c) for c in p_W[:2])
    look_next = x, y, float(floor.levels[0])
    radius_m = floor.config.robot_radius_m
    where = f"({x:.2f}, {y:.2f}) m, where {what}, is not floor that a robot of {radius_m:g} m is known to have room on"
    if not len(floor.places):
        return Unknown(f"{where}, nor is any other", look_next)
    gaps = floor.places.p_W[:, :2] - p_W[:2]
    nx, ny, _ = floor.places.p_W[int(np.argmin((gaps * gaps).sum(axis=1)))].tolist()
    return Unknown(f"{where}; the nearest place is at ({nx:.2f}, {ny:.2f}) m", look_next)
