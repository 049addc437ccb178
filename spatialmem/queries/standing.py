"""Where the robot stands to see or to reach something."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int64

from spatialmem.errors import InputError, QueryError
from spatialmem.graph.derive import frontier
from spatialmem.graph.tiles import Window
from spatialmem.queries.asked import Asked, checked_count
from spatialmem.queries.faced import Faced, what_to_face
from spatialmem.queries.sight import Solid, away_m, in_reach, nearest_W, seen
from spatialmem.queries.ways import Ways, ways_from
from spatialmem.types import Stand, Unknown

__all__ = ["SEEN_SHARE", "SEE_M", "Purpose", "purpose_of", "stands_for", "where_to_stand"]

SEE_M = 0.6, 3.0
"""From so far away, over the floor, things are looked at: nearer, a camera overlooks what is under it; farther, small
things are a few pixels wide."""
SEEN_SHARE = 0.5
"""Something is seen where so much of what it shows to that side is."""
SEEN_FROM_M = 0.5
"""A camera that is so near to where a detector has seen a thing from sees it again."""
SQUARE_M = 0.2
"""One cell of each such square is tried: the one with most room."""
ROUTE_STEP_M = 0.25
"""Ways that differ by less are equally long: that is how well a way over places is known."""
TRIED = 16
"""So many cells are tried at a time."""
TOLERANCE_M = 1e-6


@dataclass(frozen=True, slots=True)
class Purpose:
    """What one stands there for."""

    to: Literal["see", "reach"]
    low_m: float
    high_m: float
    """From the robot's middle to the nearest point of the thing's box, over the floor."""
    camera_height_m: float

    @property
    def words(self) -> str:
        """For a reason."""
        return "be seen" if self.to == "see" else "be reached"


def where_to_stand(
    asked: Asked,
    what: object,
    to: str = "see",
    *,
    k: int = 5,
    start: object = None,
    camera_height_m: float = 1.2,
    reach_m: float = 0.8,
) -> tuple[Stand, ...] | Unknown:
    """Return at most k places on the floor from which something is seen or reached, the shortest way first.

    what: a thing by its id or name, or a point [m], (x, y, z). Of what is in something closed, it is that which one
    stands before. Each is so far from the others that robots at both would not overlap, and has room for the robot's
    disc; it faces the thing. Of ways that are equally long, to `ROUTE_STEP_M`, the one to where there is more room
    comes first.

    to: "see": its box is `SEE_M` away, and at least half of what it shows to a camera at camera_height_m over the
    robot's middle is seen; what nobody has seen is in the way. Where that is nowhere, from where a detector reported
    it lately will do. "reach": the box is at most reach_m from the robot's middle, and nothing is between them at the
    height of its middle or its top. Where the arm and the camera are on the robot, and how far they turn, is not asked.
    start: a point, a place, a room or a stand; else where the robot is, and where nobody knows that, `route_m` is 0 and
    the most room comes first.

    Unknown, with the reason, where there is no such place: the thing is missing or held, nobody can stand about it,
    something is in the way, or no way leads there. Its `look_next` is what is not known of its surroundings, if that
    is why. Raises QueryError or InputError for what cannot be asked.
    """
    purpose = purpose_of(asked, to, camera_height_m, reach_m)
    faced = what_to_face(asked, what)
    if isinstance(faced, Unknown):
        return faced
    ways = ways_from(asked, start)
    if isinstance(ways, Unknown):
        if start is not None:
            return ways
        ways = None
    return stands_for(asked, faced, purpose, ways, checked_count(k))


def purpose_of(asked: Asked, to: str, camera_height_m: float, reach_m: float) -> Purpose:
    """Return what one stands somewhere for. Raises InputError or QueryError for what nobody does."""
    radius_m = asked.graph.config.robot_radius_m
    for name, value in (("camera_height_m", camera_height_m), ("reach_m", reach_m)):
        number = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
        if not number or not 0 <= float(value) <= 10:
            raise InputError(f"{name} is {value!r}; 0 to 10 m is possible.")
    if to == "see":
        return Purpose("see", *SEE_M, float(camera_height_m))
    if to != "reach":
        raise InputError(f'to is {to!r}; "see" or "reach" is possible.')
    if reach_m <= radius_m:
        raise QueryError(
            f"reach_m is {reach_m:g}; it counts from the robot's middle, so it must be more than its radius of "
            f"{radius_m:g} m (graph.robot_radius_m)."
        )
    return Purpose("reach", radius_m, float(reach_m), float(camera_height_m))


def stands_for(asked: Asked, faced: Faced, purpose: Purpose, ways: Ways | None, k: int) -> tuple[Stand, ...] | Unknown:
    """Return where one stands before something; see `where_to_stand`. ways: from where one is; None: nobody knows."""
    cells = _cells_about(asked, faced.solid, purpose)
    if isinstance(cells, Unknown):
        return cells
    if not len(cells.rows):
        return _no_floor(cells, faced.name, purpose)
    route_m = np.zeros(len(cells.rows)) if ways is None else ways.to(cells.points_W, cells.rows)
    reached = np.isfinite(route_m)
    if not reached.any():
        return _no_way(cells.points_W[0], faced, purpose)
    steps = np.round(np.where(reached, route_m, 0.0) / ROUTE_STEP_M)
    x, y, _ = cells.points_W.T
    order = np.lexsort((x, y, cells.away_m, -np.round(cells.clearance_m, 3), steps))
    order = order[reached[order]]
    apart_m = 2.0 * asked.graph.config.robot_radius_m
    chosen, unknown = _first(order, cells.points_W, _test(asked, faced.solid, purpose), apart_m, k)
    if not chosen and purpose.to == "see" and len(faced.eyes_W):
        chosen, _ = _first(order, cells.points_W, _seen_before(faced, purpose), apart_m, k)
    if not chosen:
        beyond, _ = _first(np.flatnonzero(~reached), cells.points_W, _test(asked, faced.solid, purpose), apart_m, 1)
        if beyond:
            return _no_way(cells.points_W[beyond[0]], faced, purpose)
        return _in_the_way(faced, purpose, unknown)
    return tuple(_stand(asked, cells, i, float(route_m[i]), faced.solid) for i in chosen)


@dataclass(frozen=True, slots=True, eq=False)
class _Cells:
    """Cells of floor about a thing that a robot can stand on, one of each square."""

    points_W: Float64[np.ndarray, "n 3"]
    clearance_m: Float32[np.ndarray, "n"]
    away_m: Float64[np.ndarray, "n"]
    rows: Int64[np.ndarray, "n"]
    """Of their places."""
    unknown_W: tuple[float, float, float] | None
    """The nearest floor within the distance that nobody has seen; None without."""


def _cells_about(asked: Asked, solid: Solid, purpose: Purpose) -> _Cells | Unknown:
    """Return the cells on which one can stand at the right distance from a box."""
    graph = asked.graph
    level = graph.level_of(solid.center_W)
    if level is None:
        return Unknown("no floor is known yet: no robot said where it stands, and no frame showed much of a floor")
    around_m = float(np.hypot(*solid.size_m[:2])) / 2.0 + purpose.high_m + graph.cell_m
    floor = graph.floor(level, solid.center_W[:2] - around_m, solid.center_W[:2] + around_m)
    height, width = floor.state.shape
    y, x = (axis.ravel() for axis in np.indices((height, width)))
    points_W = floor.points_W(np.stack([x, y], axis=1).astype(np.int64))
    away = away_m(solid, points_W)
    under = float(solid.center_W[2] - solid.size_m[2] / 2.0) - floor.height_m
    low_m = 0.0 if under > graph.config.robot_height_m else purpose.low_m  # one stands under what hangs high
    right = (away >= low_m - TOLERANCE_M) & (away <= purpose.high_m + TOLERANCE_M)
    x0, y0 = floor.first_cell
    rows = graph.place_rows(level, Window(y0, x0, height, width)).ravel()
    clear = floor.clearance_m.ravel()
    stand = right & (rows >= 0) & (clear >= graph.config.robot_radius_m - TOLERANCE_M)
    chosen = _thinned(np.flatnonzero(stand), points_W, clear)
    unseen = np.flatnonzero(right & frontier(floor.state).ravel())
    unknown_W = None if not len(unseen) else _point(points_W[unseen[int(np.argmin(away[unseen]))]])
    return _Cells(points_W[chosen], clear[chosen], away[chosen], rows[chosen], unknown_W)


def _thinned(
    cells: Int64[np.ndarray, "n"], points_W: Float64[np.ndarray, "m 3"], clear: Float32[np.ndarray, "m"]
) -> Int64[np.ndarray, "k"]:
    """Return the cell with most room of each square of `SQUARE_M`."""
    squares = np.floor(points_W[cells, :2] / SQUARE_M).astype(np.int64)
    order = np.lexsort((cells, -clear[cells], squares[:, 0], squares[:, 1]))
    first = np.ones(len(order), bool)
    first[1:] = (np.diff(squares[order], axis=0) != 0).any(axis=1)
    return cells[order[first]]


Test = Callable[[Float64[np.ndarray, "n 3"]], Any]


def _test(asked: Asked, solid: Solid, purpose: Purpose) -> Test:
    """Return what says of points of floor whether they will do, and whether what is not known is why they will not."""

    def test(feet_W: Float64[np.ndarray, "n 3"]) -> tuple[Bool[np.ndarray, "n"], Bool[np.ndarray, "n"]]:
        if purpose.to == "reach":
            free = in_reach(asked.space, feet_W, solid)
            return free, np.zeros(len(feet_W), bool)
        sight = seen(asked.space, feet_W + np.array([0.0, 0.0, purpose.camera_height_m]), solid)
        does = sight.seen >= SEEN_SHARE
        return does, ~does & (sight.seen + sight.unknown >= SEEN_SHARE)

    return test


def _seen_before(faced: Faced, purpose: Purpose) -> Test:
    """Return what says of points of floor whether a camera over them is about where the thing was reported from."""

    def test(feet_W: Float64[np.ndarray, "n 3"]) -> tuple[Bool[np.ndarray, "n"], Bool[np.ndarray, "n"]]:
        gaps = feet_W[:, None] + np.array([0.0, 0.0, purpose.camera_height_m]) - faced.eyes_W[None]
        near = ((gaps * gaps).sum(axis=2) <= SEEN_FROM_M**2).any(axis=1)
        return near, np.zeros(len(feet_W), bool)

    return test


def _first(
    order: Int64[np.ndarray, "n"], points_W: Float64[np.ndarray, "m 3"], test: Test, apart_m: float, k: int
) -> tuple[list[int], bool]:
    """Return the first k that will do, each apart from those before; and whether what is not known kept any out."""
    chosen: list[int] = []
    unknown = False
    for first in range(0, len(order), TRIED):
        tried = order[first : first + TRIED]
        if chosen:
            gaps = points_W[tried, None, :2] - points_W[None, chosen, :2]
            tried = tried[((gaps * gaps).sum(axis=2) >= apart_m**2).all(axis=1)]
        if not len(tried):
            continue
        does, not_known = test(points_W[tried])
        unknown |= bool(not_known.any())
        for i in tried[does].tolist():
            gaps = points_W[i, :2] - points_W[chosen][:, :2]
            if ((gaps * gaps).sum(axis=1) >= apart_m**2).all():
                chosen.append(i)
                if len(chosen) == k:
                    return chosen, unknown
    return chosen, unknown


def _stand(asked: Asked, cells: _Cells, i: int, route_m: float, solid: Solid) -> Stand:
    p_W = cells.points_W[i].copy()
    p_W.setflags(write=False)
    dx, dy = (solid.center_W[:2] - p_W[:2]).tolist()
    if np.hypot(dx, dy) < 1e-9:
        dx, dy = (nearest_W(solid, p_W[None])[0, :2] - p_W[:2]).tolist()
    return Stand(
        p_W=p_W,
        yaw_rad=float(np.arctan2(dy, dx)),
        distance_m=float(cells.away_m[i]),
        clearance_m=float(cells.clearance_m[i]),
        route_m=route_m,
        place_id=int(asked.graph.places.ids[cells.rows[i]]),
    )


def _no_floor(cells: _Cells, name: str, purpose: Purpose) -> Unknown:
    """Say that nobody can stand where one would have to."""
    where = f"{purpose.low_m:g} to {purpose.high_m:g} m from {name}, whence it could {purpose.words}"
    if cells.unknown_W is None:
        return Unknown(f"nobody can stand {where}: there is no floor that is free and wide enough")
    return Unknown(f"nobody is known to find room {where}: not all of the floor there was seen yet", cells.unknown_W)


def _no_way(p_W: Float64[np.ndarray, "3"], faced: Faced, purpose: Purpose) -> Unknown:
    """Say that one could stand somewhere, if one got there."""
    return Unknown(f"no way is known to where {faced.name} could {purpose.words}", _point(p_W))


def _in_the_way(faced: Faced, purpose: Purpose, unknown: bool) -> Unknown:
    """Say that from where one can stand it is neither seen nor reached."""
    where = f"from wherever one can stand within {purpose.high_m:g} m of {faced.name}"
    if unknown:
        reason = f"{where}, what is between has yet to be seen: it may {purpose.words}, or not"
        return Unknown(reason, _point(faced.solid.center_W))
    return Unknown(f"{where}, something is in the way: it cannot {purpose.words}")


def _point(p_W: Float64[np.ndarray, "3"]) -> tuple[float, float, float]:
    x, y, z = (float(c) for c in p_W)
    return x, y, z
