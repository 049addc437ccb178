"""The way from one place to another, and what can be reached at all."""

from __future__ import annotations

import dataclasses
import functools

import numpy as np
from jaxtyping import Bool, Float, Float64

from spatialmem.errors import QueryError
from spatialmem.graph import GraphView
from spatialmem.graph.routes import Standing, find_way
from spatialmem.queries.asked import Asked, is_id, split_name
from spatialmem.queries.ends import checked_radius, ends_at, spot_meant, starts_at, where_robot_is
from spatialmem.queries.points import FAR_M
from spatialmem.queries.rooms import room_called
from spatialmem.queries.standing import where_to_stand
from spatialmem.types import Place, Route, Unknown
from spatialmem.types.topology import Arrival

__all__ = ["places", "reachable", "route"]

REACH_M, BEYOND_M = 0.8, 0.3
"""A thing is reached from so far from the robot's middle, or from so far from its side."""


def places(asked: Asked) -> tuple[Place, ...]:
    """Return all places by id; see `GraphQuestions.places`."""
    rows, rooms = asked.graph.places, asked.graph.rooms
    found = [
        Place(id=number, p_W=rows.p_W[i], clearance_m=float(rows.clearance_m[i]), room_id=int(rooms.ids[i]))
        for i, number in enumerate(rows.ids.tolist())
    ]
    return tuple(sorted(found, key=lambda one: one.id))


def route(asked: Asked, start: object, goal: object, robot_radius_m: object) -> Route | Unknown:
    """Return the shortest way; see `GraphQuestions.route`."""
    radius_m = checked_radius(asked, robot_radius_m)
    from_W = where_robot_is(asked) if start is None else spot_meant(asked, start, "start")
    if isinstance(from_W, Unknown):
        return from_W
    goal_W = _goal(asked, goal, radius_m, from_W)
    if isinstance(goal_W, Unknown):
        return goal_W
    to_W, arrival = goal_W
    floor = asked.graph.for_robot(radius_m)
    begins, finish = starts_at(floor, from_W), ends_at(floor, to_W)
    if isinstance(begins, Unknown):
        return begins
    if isinstance(finish, Unknown):
        return finish
    lengths_m, before = floor.searched(np.array([one.row for one in begins], np.int64))
    best = int(np.argmin(lengths_m[:, finish.row] + [one.away_m for one in begins]))
    begin = begins[best]
    way = find_way(floor, begin, finish, before[best])
    if way is None:
        return _no_way(asked, to_W, radius_m)
    points_W = _between(way.points_W, from_W, to_W, begin, finish)
    steps = np.diff(points_W, axis=0)
    return Route(
        waypoints_W=points_W,
        length_m=float(np.sqrt((steps * steps).sum(axis=1)).sum()),
        clearance_m=way.clearance_m,
        unseen_m=begin.away_m,
        arrival=arrival,
        place_ids=(places := _in_turn(floor.places.ids[way.rows].tolist())),
        rooms_passed=functools.partial(_rooms_passed, asked.graph, places),
    )


def _between(
    points_W: Float64[np.ndarray, "n 3"],
    from_W: Float64[np.ndarray, "_"],
    to_W: Float64[np.ndarray, "_"],
    begin: Standing,
    finish: Standing,
) -> Float64[np.ndarray, "m 3"]:
    """Return the corners of a way from where it begins to where it ends, which lie in or beside its first and last
    cell."""
    points_W = points_W.copy()
    if begin.away_m == 0:
        points_W[0, :2] = from_W[:2]
    else:
        points_W = np.concatenate([[[*from_W[:2], points_W[0, 2]]], points_W])
    if finish.away_m == 0:
        points_W[-1, :2] = to_W[:2]
    if len(points_W) == 1:
        points_W = np.repeat(points_W, 2, axis=0)
    points_W.setflags(write=False)
    return points_W


def _goal(
    asked: Asked, what: object, radius_m: float, from_W: Float64[np.ndarray, "_"]
) -> tuple[Float64[np.ndarray, "_"], Arrival] | Unknown:
    """Return the point at which a way ends, and what for: of a thing, where it is reached from, or else seen.

    Raises QueryError or InputError for what is none.
    """
    name = split_name(what) if isinstance(what, str) else None
    of_room = name is not None and name.label not in asked.objects.kept.labels
    if not is_id(what) and (name is None or of_room or room_called(asked.rooms, str(what))):
        return spot_meant(asked, what, "goal"), "there"
    own = dataclasses.replace(asked, graph=asked.graph.for_robot(radius_m))
    reach_m = max(REACH_M, radius_m + BEYOND_M)  # a wide robot has a longer arm
    reached = where_to_stand(own, what, "reach", k=1, start=from_W, reach_m=reach_m)
    stands = reached if not isinstance(reached, Unknown) else where_to_stand(own, what, "see", k=1, start=from_W)
    if isinstance(stands, Unknown):
        return reached if isinstance(reached, Unknown) else stands
    return stands[0].p_W, "see" if isinstance(reached, Unknown) else "reach"


def reachable(asked: Asked, points_W: object, start: object, robot_radius_m: object) -> Bool[np.ndarray, "n"] | Unknown:
    """Return which points the robot can get to; see `GraphQuestions.reachable`."""
    radius_m = checked_radius(asked, robot_radius_m)
    from_W = where_robot_is(asked) if start is None else spot_meant(asked, start, "start")
    floor = asked.graph.for_robot(radius_m)
    begins = from_W if isinstance(from_W, Unknown) else starts_at(floor, from_W)
    if isinstance(begins, Unknown):
        return begins
    goals = _points(points_W)
    parts = {int(floor.component[one.row]) for one in begins}
    found = np.zeros(len(goals), bool)
    for i, goal in enumerate(goals):
        end = ends_at(floor, goal)
        found[i] = not isinstance(end, Unknown) and int(floor.component[end.row]) in parts
    return found


def _points(points_W: object) -> Float[np.ndarray, "n _"]:
    """Return points (n, 2) or (n, 3). Raises QueryError for what is none."""
    try:
        points = np.asarray(points_W, np.float64)
    except (TypeError, ValueError):
        points = np.empty(0)
    shape = np.shape(points)
    if len(shape) != 2 or shape[-1] not in (2, 3):
        raise QueryError(f"points_W has shape {shape}; (n, 2) or (n, 3) numbers [m] are needed.")
    if not (np.abs(points) <= FAR_M).all():
        raise QueryError(f"points_W holds what is no number, or beyond {FAR_M:g} m.")
    return points


def _no_way(asked: Asked, to_W: Float64[np.ndarray, "n"], radius_m: float) -> Unknown:
    """Say that no way is known."""
    x, y = (float(c) for c in to_W[:2])
    reason = f"no way for a robot of {radius_m:g} m is known to ({x:.2f}, {y:.2f}) m: what is known of it does not hang"
    return Unknown(f"{reason} together", (x, y, float(asked.graph.levels[0])))


def _rooms_passed(graph: GraphView, places: tuple[int, ...]) -> tuple[int, ...]:
    """Return the rooms of places in turn."""
    return _in_turn(graph.rooms.ids[[graph.row_of[place] for place in places]].tolist())


def _in_turn(rooms: list[int]) -> tuple[int, ...]:
    """Return rooms in turn, without those that are no room and without one twice in a row."""
    found: list[int] = []
    for room in rooms:
        if room > 0 and (not found or found[-1] != room):
            found.append(room)
    return tuple(found)
