"""Where to look next: what nobody has seen, what nobody looked at for long, and what may hold what is sought."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float64

from spatialmem.queries.asked import Asked, checked_count
from spatialmem.queries.hypotheses import hypotheses
from spatialmem.queries.points import corners_meant
from spatialmem.queries.search_order import CAMERA_HEIGHT_M, WORTH_M2, Stop, found_p, known_m2, middle, stops_for
from spatialmem.queries.standing import purpose_of
from spatialmem.queries.unseen import Unseen, unseen_floor
from spatialmem.queries.ways import Ways, ways_from
from spatialmem.types import ExploreSpot, Unknown

__all__ = ["LOOK_M", "explore_value"]

LOOK_M = 1.0
"""To look about costs as much as so many metres of way."""


def explore_value(
    asked: Asked,
    bounds_m: object = None,
    *,
    sought: str | None = None,
    k: int = 10,
    start: object = None,
) -> tuple[ExploreSpot, ...]:
    """Return at most k places from which something worth seeing would be seen, best first; none where nothing is.

    Without `sought`, `value` is new floor per metre [m2/m]: the floor behind frontiers that nobody has seen, and of
    floor that was seen what has changed since as far as one can expect, divided by the way there and 1 m for the look.
    What is less than a quarter of a square metre is not worth it. With `sought`, a label, `value` is the probability to
    find it per metre [1/m], with `p_holds` from the same hypotheses as `search_order`; `unknown_m2` and `unseen_s` are
    told beside it.

    bounds_m: (low, high), of two or three numbers each [m]: only what is to be looked at within. start: a point, a
    place, a room or a stand; else where the robot is, and where nobody knows that, `route_m` is 0 for all. What no way
    leads to is left out. Raises UnknownLabel for a label that no detector ever gave, QueryError or InputError for what
    cannot be asked.
    """
    count, bounds = checked_count(k), None if bounds_m is None else corners_meant(bounds_m)
    ways = ways_from(asked, start)
    if start is not None and isinstance(ways, Unknown):
        return ()
    from_here = ways if isinstance(ways, Ways) else None
    floor = unseen_floor(asked, WORTH_M2, from_here)
    if sought is not None:
        spots = _holding(asked, sought, floor, from_here)
    else:
        spots = [_spot(asked, one, 0.0, from_here) for one in floor]
    if bounds is not None:
        spots = [one for one in spots if ((one.look_at_W[:2] >= bounds[0]) & (one.look_at_W[:2] <= bounds[1])).all()]
    spots = [one for one in spots if np.isfinite(one.route_m) and one.value > 0]
    spots.sort(key=lambda one: (-one.value, one.route_m, *one.p_W.tolist()))
    return tuple(spots[:count])


def _holding(asked: Asked, sought: str, floor: list[Unseen], ways: Ways | None) -> list[ExploreSpot]:
    """Return places from which something may be seen that is sought."""
    found = hypotheses(asked, sought, floor, floor_m2=known_m2(asked))
    if isinstance(found, Unknown):
        return []
    spots: list[ExploreSpot] = []
    for stop in stops_for(asked, found, purpose_of(asked, "see", CAMERA_HEIGHT_M, 1.0), ways):
        look_at_W = middle(asked, found.targets[stop.targets[0]])
        seen = [found.targets[i].floor for i in stop.targets]
        spots.append(_spot_of_stop(asked, stop, look_at_W, seen, found_p(found, stop.targets), ways))
    return spots


def _spot(asked: Asked, one: Unseen, p_holds: float, ways: Ways | None) -> ExploreSpot:
    stop = Stop(asked.graph.places.p_W[one.row], one.row, [])
    return _spot_of_stop(asked, stop, one.look_at_W, [one], p_holds, ways)


def _spot_of_stop(
    asked: Asked,
    stop: Stop,
    look_at_W: Float64[np.ndarray, "3"],
    floor: Sequence[Unseen | None],
    p_holds: float,
    ways: Ways | None,
) -> ExploreSpot:
    """Return a spot. Without `p_holds` its worth is what is new of the floor."""
    route_m = 0.0 if ways is None else float(ways.to(stop.p_W[None], np.array([stop.row]))[0])
    seen = [one for one in floor if one is not None]
    new_m2 = sum(one.unknown_m2 + one.news_m2 for one in seen)
    points = stop.p_W.copy(), look_at_W.copy()
    for point in points:
        point.setflags(write=False)
    return ExploreSpot(
        p_W=points[0],
        look_at_W=points[1],
        unknown_m2=float(sum(one.unknown_m2 for one in seen)),
        unseen_s=max((one.unseen_s for one in seen), default=0.0),
        p_holds=p_holds,
        route_m=route_m,
        value=(p_holds if p_holds > 0 else new_m2) / (route_m + LOOK_M),
    )
