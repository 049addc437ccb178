"""What a goal means at this moment: a spot on the floor, which way to face there, and what must stay true for it."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from jaxtyping import Float64

from planners.navigation.config import NavigationConfig
from planners.navigation.course import TOLERANCE_M, route_to
from spatialmem import InputError, ObjectState, Place, Premise, Presence, Room, Route, Stand, StaysAt, Unknown, View

__all__ = ["Aim", "Purpose", "aim_at", "check_goal", "premises_of", "rooms_meant"]

Purpose = Literal["see", "reach"]

STANDS = 24
"""So many places to stand for a thing are looked at."""
FRONT_M = 0.08
"""So much room before its front a robot likes that faces something."""
AVOIDED_M = 0.25
"""Places so near to one that it did not get to are not tried again."""
CLEAR_M, NEAREST, INSIDE_M = 0.55, 8, 0.7
"""In a room the robot goes to where so much is clear about it: to that of so many such places, the nearest as the crow
flies, that has the shortest way. Who is in the room and has no farther to go stays."""
TRIED = 5
"""So many things of a label are looked at."""
AS_SURE = 0.7
"""A nearer thing is gone to instead of the surest, if it is so much as probable."""
MOVED_M = 0.25
"""A thing that is believed to be so far from where it was is gone to anew."""
DOUBT_P = 0.3
"""What is less probably still there is not gone to any further."""


@dataclass(frozen=True, slots=True, eq=False)
class Aim:
    """Where to go for a goal."""

    name: str
    """What it is, such as mug-3 or (1.20, 3.40) m."""
    p_m: Float64[np.ndarray, "2"]
    yaw_rad: float | None
    """None where it does not matter."""
    route: Route
    object_id: int | None = None
    object_W: Float64[np.ndarray, "3"] | None = None
    """Where the thing is believed to be."""
    purpose: Purpose | None = None
    """Of a thing, what it is gone to for."""


def check_goal(goal: object) -> None:
    """Raise InputError for what can be no goal."""
    point = _is_point(goal)
    number = isinstance(goal, (int, np.integer)) and not isinstance(goal, bool)
    name = isinstance(goal, str) and goal.strip() != ""
    if not (point or number or name or isinstance(goal, (Place, Room, Stand))):
        raise InputError(
            f"the goal is {goal!r}; give a point (x, y) [m], a Place, Room or Stand, the id, name or label of a thing, "
            f"or the name or label of a room."
        )


def _is_point(goal: object) -> bool:
    return isinstance(goal, (tuple, list, np.ndarray)) and len(goal) in (2, 3)


def aim_at(
    view: View,
    start_W: Float64[np.ndarray, "3"],
    goal: Any,
    to: Purpose | None,
    config: NavigationConfig,
    avoid_m: Sequence[Float64[np.ndarray, "2"]] = (),
) -> Aim | Unknown:
    """Return where to go for a goal; Unknown, with the reason, where that is not known.

    avoid_m: places at which it did not get through to a thing.

    Raises QueryError or InputError for what the view cannot be asked.
    """
    rooms = rooms_meant(view, goal)
    if rooms:
        return _at_room(view, start_W, rooms, config)
    if isinstance(goal, str):
        if re.fullmatch(r".+-\d+", goal):
            return _at_thing(view, start_W, goal, to, config, avoid_m)
        return _at_label(view, start_W, goal, to, config, avoid_m)
    if isinstance(goal, (int, np.integer)):
        return _at_thing(view, start_W, int(goal), to, config, avoid_m)
    route = _stay_at(start_W, goal, config) or route_to(view, start_W, goal, config)
    if isinstance(route, Unknown):
        return route
    yaw_rad = goal.yaw_rad if isinstance(goal, Stand) else None
    return Aim(_named(goal), route.waypoints_W[-1, :2].copy(), yaw_rad, route)


def _stay_at(start_W: Float64[np.ndarray, "3"], goal: Any, config: NavigationConfig) -> Route | None:
    """Return the way to a spot that the robot is at, which takes no floor that is known; None for another goal."""
    p_W = np.asarray(goal.p_W if isinstance(goal, (Place, Room, Stand)) else goal if _is_point(goal) else np.inf, float)
    if not np.isfinite(p_W).all() or np.hypot(*(p_W[:2] - start_W[:2])) > config.arrived_m:
        return None
    points_W = np.array([start_W, [*p_W[:2], start_W[2]]])
    return Route(
        waypoints_W=points_W,
        length_m=float(np.hypot(*(points_W[1] - points_W[0])[:2])),
        clearance_m=0.0,
        unseen_m=0.0,
        arrival="there",
        place_ids=(),
        rooms_passed=tuple,
    )


def rooms_meant(view: View, goal: Any) -> list[Room]:
    """Return the rooms that a goal names; none where it is no room."""
    if isinstance(goal, Room):
        return [room for room in view.rooms() if room.id == goal.id] or [goal]
    return [room for room in view.rooms() if goal in (room.name, room.label)] if isinstance(goal, str) else []


def _at_room(
    view: View, start_W: Float64[np.ndarray, "3"], rooms: Sequence[Room], config: NavigationConfig
) -> Aim | Unknown:
    """Return the nearest place in any of some rooms where the robot can turn, clear of the doorway."""
    inside = [place for place in view.places() if any(place.room_id == room.id for room in rooms)]
    most_m = max((place.clearance_m for place in inside), default=0.0)
    like_m = min(max(config.turn_m, CLEAR_M), most_m)
    roomy = [place for place in inside if place.clearance_m >= like_m - TOLERANCE_M]
    roomy.sort(key=lambda place: math.dist(place.p_W[:2].tolist(), start_W[:2].tolist()))
    routes = [route_to(view, start_W, place, config) for place in roomy[:NEAREST]]
    found = [route for route in routes if isinstance(route, Route)]
    route = min(found, key=lambda one: one.length_m) if found else route_to(view, start_W, rooms[0], config)
    here = view.room_of(start_W)
    is_inside = isinstance(here, Room) and any(here.id == room.id for room in rooms)
    if is_inside and isinstance(route, Route) and route.length_m <= INSIDE_M:
        route = _stay_at(start_W, start_W, config) or route
    if isinstance(route, Unknown):
        return route
    return Aim(rooms[0].name if len(rooms) == 1 else rooms[0].label, route.waypoints_W[-1, :2].copy(), None, route)


def _named(goal: Any) -> str:
    x, y = (goal.p_W if isinstance(goal, (Place, Stand)) else goal)[:2]
    return f"({x:.2f}, {y:.2f}) m"


def _at_label(
    view: View,
    start_W: Float64[np.ndarray, "3"],
    label: str,
    to: Purpose | None,
    config: NavigationConfig,
    avoid_m: Sequence[Float64[np.ndarray, "2"]],
) -> Aim | Unknown:
    """Return where to go for the nearest thing of a label, of those that are about as surely there as the surest."""
    found = view.where(label, k=TRIED, from_W=start_W)
    if isinstance(found, Unknown):
        return found
    surest_p = found[0].p_there
    aims = [
        _at_thing(view, start_W, one.object.id, to, config, avoid_m)
        for one in found
        if one.p_there >= AS_SURE * surest_p
    ]
    good = [aim for aim in aims if isinstance(aim, Aim)]
    if not good:
        return next(aim for aim in aims if isinstance(aim, Unknown))
    return min(good, key=lambda aim: aim.route.length_m)


def _at_thing(
    view: View,
    start_W: Float64[np.ndarray, "3"],
    what: int | str,
    to: Purpose | None,
    config: NavigationConfig,
    avoid_m: Sequence[Float64[np.ndarray, "2"]],
) -> Aim | Unknown:
    """Return where to go for one thing."""
    found = view.where(what, k=1, from_W=start_W)
    if isinstance(found, Unknown):
        return found
    whereabouts = found[0]
    if whereabouts.presence is Presence.HELD:
        return Unknown(f"the robot holds {whereabouts.object.name} already")
    one, center_W = whereabouts.object, whereabouts.p_W
    purposes: tuple[Purpose, ...] = ("reach", "see") if to is None else (to,)
    aims = [_facing_at(view, start_W, one, center_W, purpose, config, avoid_m) for purpose in purposes]
    return next((aim for aim in aims if isinstance(aim, Aim)), aims[0])


def _facing_at(
    view: View, start_W: Float64[np.ndarray, "3"], one: ObjectState, center_W: Float64[np.ndarray, "3"],
    purpose: Purpose, config: NavigationConfig, avoid_m: Sequence[Float64[np.ndarray, "2"]],
) -> Aim | Unknown:  # fmt: skip
    """Return where to stand for a thing: with room to turn to it, if there is such a place, by the shortest way."""
    stands = view.where_to_stand(
        one.id, purpose, k=STANDS, start=start_W, camera_height_m=config.camera_height_m, reach_m=config.reach_m
    )
    if isinstance(stands, Unknown):
        return stands
    words = "seen from" if purpose == "see" else "reached from"
    why = Unknown(f"where {one.name} could be {words}, there is no room for a robot of {config.pass_m:g} m")
    front_m = config.footprint_m[0] / 2 + FRONT_M
    for room_m in sorted({config.turn_m, min(front_m, config.turn_m), config.pass_m}, reverse=True):
        for stand in stands:
            if stand.clearance_m < room_m - TOLERANCE_M or _is_near(stand, avoid_m):
                continue
            route = route_to(view, start_W, stand, config)
            if isinstance(route, Route):
                return _facing(one, center_W, route, purpose)
            why = route
    return why


def _is_near(stand: Stand, avoid_m: Sequence[Float64[np.ndarray, "2"]]) -> bool:
    return any(np.hypot(*(stand.p_W[:2] - p_m)) < AVOIDED_M for p_m in avoid_m)


def _facing(one: ObjectState, center_W: Float64[np.ndarray, "3"], route: Route, purpose: Purpose) -> Aim:
    p_m = route.waypoints_W[-1, :2].copy()
    dx, dy = (center_W[:2] - p_m).tolist()
    return Aim(one.name, p_m, math.atan2(dy, dx), route, one.id, center_W.copy(), purpose)


def premises_of(aim: Aim) -> tuple[Premise, ...]:
    """Return what must stay so for a goal to be gone to as planned: a thing is where it was believed to be."""
    if aim.object_id is None or aim.object_W is None:
        return ()
    return (StaysAt(object_id=aim.object_id, p_W=aim.object_W, within_m=MOVED_M, p_min=DOUBT_P),)
