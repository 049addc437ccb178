"""In which order to look for something, and what may be found at each stop.

Where it may be is told by `hypotheses`. Each place has stands from which it is seen; one stand may do for several, so
stands are chosen one after the other, each the one that sees most of what no stand before it does. The ways between
them are those of the graph, and their order is `graph.visiting`'s.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int64

from spatialmem.errors import InputError
from spatialmem.graph import visiting
from spatialmem.queries.asked import Asked
from spatialmem.queries.faced import faced_for
from spatialmem.queries.hypotheses import Hypotheses, Target, hypotheses
from spatialmem.queries.sight import away_m, seen
from spatialmem.queries.standing import SEEN_SHARE, Purpose, purpose_of, stands_for
from spatialmem.queries.unseen import unseen_floor
from spatialmem.queries.ways import Ways, between, ways_from
from spatialmem.types import SearchPlan, SearchStep, Unknown

__all__ = ["WORTH_M2", "Stop", "found_p", "known_m2", "middle", "search_order", "stops_for"]

CAMERA_HEIGHT_M = 1.2
LEAST_P, LEAST_SHARE = 0.005, 0.05
"""A place where it is with a lower probability is not worth a look, nor one with less than this share of the best."""
TARGETS_MAX = 48
"""So many places are gone into, those with most probability per metre."""
STOPS_MAX = 24
"""A plan has so many stops at most."""
STANDS = 3
"""So many stands are compared for each place."""
WORTH_M2 = 0.25
"""Less floor than this is not worth a stop of its own."""
WHYS_MAX = 3


@dataclass(frozen=True, slots=True, eq=False)
class Stop:
    """Where one stands, and what one looks at from there."""

    p_W: Float64[np.ndarray, "3"]
    row: int
    """Of its place."""
    targets: list[int]
    """What is seen from there, the most probable first."""


def search_order(
    asked: Asked, label: object, *, start: object = None, camera_height_m: float = CAMERA_HEIGHT_M
) -> SearchPlan | Unknown:
    """Return in which order to look for something so that the metres to expect until it is found are fewest.

    Anything of the label will do. The stops rest on where such things are remembered, with P(still there); on what
    turned up and may be one that is gone; and for what is gone or was never remembered, on where such things were seen
    to be, on floor that nobody looked at for long, and on floor that nobody has seen, as far as each is not spoken
    against by a look since; see `hypotheses` for the weights. What is within sight from one place is one stop. Before
    something closed, `why` says what is in it: to open it is up to the robot.

    Of at most 12 stops no other order has fewer metres to expect; a plan has at most 24. `p` is that it is there, not
    that a detector reports it. start: a point, a place, a room or a stand; else where the robot is. camera_height_m:
    over the floor.

    Unknown, with the reason, where the robot holds one, nobody knows where the way begins, or nothing speaks for any
    place that can be seen from somewhere. Raises UnknownLabel for a label that no detector ever gave, QueryError or
    InputError for what cannot be asked.
    """
    if not isinstance(label, str):
        raise InputError(f"what to look for is {label!r}; a label is needed, such as 'mug'.")
    purpose = purpose_of(asked, "see", camera_height_m, 1.0)
    ways = ways_from(asked, start)
    found = hypotheses(asked, label, unseen_floor(asked, WORTH_M2, ways), floor_m2=known_m2(asked))
    if isinstance(found, Unknown):
        return found
    if isinstance(ways, Unknown):
        return ways
    stops = stops_for(asked, found, purpose, ways)
    if not stops:
        return _nowhere(asked, label, found)
    return _plan(asked, found, stops, ways)


def stops_for(asked: Asked, found: Hypotheses, purpose: Purpose, ways: Ways | None) -> list[Stop]:
    """Return stands from which what is worth a look is seen, each place from one; the best first.

    ways: from where one is; None where nobody knows: then all ways are equally long.
    """
    worth = _by_worth(asked, found, ways)
    left = set(worth)
    stops: list[Stop] = []
    for i in worth:
        if i in left:
            stop = _stop_for(asked, found, i, [j for j in worth if j in left], purpose, ways)
            left.discard(i)
            if stop is not None:
                stops.append(stop)
                left.difference_update(stop.targets)
    if len(stops) > STOPS_MAX:
        metres = _way_m(ways, np.array([one.p_W for one in stops]), np.array([one.row for one in stops]))
        gain = np.array([found_p(found, one.targets) for one in stops]) / (metres + 1.0)
        stops = [stops[i] for i in sorted(np.argsort(-gain, kind="stable")[:STOPS_MAX].tolist())]
    return stops


def _way_m(
    ways: Ways | None, points_W: Float64[np.ndarray, "n 3"], rows: Int64[np.ndarray, "n"]
) -> Float64[np.ndarray, "n"]:
    """Return how far it is to points in places [m]."""
    return np.zeros(len(rows)) if ways is None else ways.to(points_W, rows)


def _by_worth(asked: Asked, found: Hypotheses, ways: Ways | None) -> list[int]:
    """Return the places that are worth a look, those with most probability per metre first."""
    p = _any_p(found.p)
    at_W = np.array([middle(asked, target) for target in found.targets]).reshape(-1, 3)
    gaps = np.zeros((len(p), 2)) if ways is None else at_W[:, :2] - ways.p_W[:2]
    gain = p / (np.sqrt((gaps * gaps).sum(axis=1)) + 1.0)
    least_p = max(LEAST_P, LEAST_SHARE * float(p.max(initial=0.0)))
    return [i for i in np.argsort(-gain, kind="stable").tolist() if p[i] >= least_p][:TARGETS_MAX]


def _stop_for(
    asked: Asked, found: Hypotheses, i: int, left: list[int], purpose: Purpose, ways: Ways | None
) -> Stop | None:
    """Return the stand that sees a place and most of the others that are left; None where nothing sees it."""
    target = found.targets[i]
    if target.object is None:
        assert target.floor is not None
        row = target.floor.row
        p_W = asked.graph.places.p_W[row]
        feet_W, rows = p_W[None], np.array([row], np.int64)
    else:
        stands = stands_for(asked, faced_for(asked, target.object), purpose, ways, STANDS)
        if isinstance(stands, Unknown):
            return None
        feet_W = np.array([one.p_W for one in stands])
        rows = np.array([asked.graph.row_of[one.place_id] for one in stands], np.int64)
    reached = np.isfinite(_way_m(ways, feet_W, rows))
    if not reached.any():
        return None
    feet_W, rows = feet_W[reached], rows[reached]
    sees = _sees(asked, found, left, feet_W, purpose)
    seen_from = [[i, *(j for j in left if j != i and sees[j][k])] for k in range(len(feet_W))]
    best = int(np.argmax([found_p(found, targets) for targets in seen_from]))
    p = _any_p(found.p)
    return Stop(feet_W[best], int(rows[best]), sorted(seen_from[best], key=lambda j: (-p[j], j)))


def _sees(
    asked: Asked, found: Hypotheses, left: list[int], feet_W: Float64[np.ndarray, "n 3"], purpose: Purpose
) -> dict[int, list[bool]]:
    """Return which things are seen from which stands; floor is seen from its own."""
    eyes_W = feet_W + np.array([0.0, 0.0, purpose.camera_height_m])
    sees: dict[int, list[bool]] = {}
    for j in left:
        record = found.targets[j].object
        sees[j] = [False] * len(feet_W)
        if record is None:
            continue
        solid = faced_for(asked, record).solid
        away = away_m(solid, feet_W)
        near = np.flatnonzero((away >= purpose.low_m) & (away <= purpose.high_m))
        if len(near):
            shares = seen(asked.space, eyes_W[near], solid).seen
            for k, share in zip(near.tolist(), shares.tolist(), strict=True):
                sees[j][k] = share >= SEEN_SHARE
    return sees


def middle(asked: Asked, target: Target) -> Float64[np.ndarray, "3"]:
    """Return what is looked at."""
    if target.object is not None:
        return faced_for(asked, target.object).solid.center_W
    assert target.floor is not None
    return target.floor.look_at_W


def _any_p(p: Float64[np.ndarray, "things n"]) -> Float64[np.ndarray, "n"]:
    """Return P(any of the things is there) for each place: they know nothing of each other."""
    return 1.0 - (1.0 - p).prod(axis=0)


def found_p(found: Hypotheses, targets: list[int]) -> float:
    """Return P(any of the things is at one of some places): of each thing, places exclude each other."""
    return float(1.0 - (1.0 - np.minimum(found.p[:, targets].sum(axis=1), 1.0)).prod())


def _plan(asked: Asked, found: Hypotheses, stops: list[Stop], ways: Ways) -> SearchPlan:
    """Put stops in the best order."""
    points_W = np.array([one.p_W for one in stops])
    rows: Int64[np.ndarray, "n"] = np.array([one.row for one in stops], np.int64)
    metres = between(asked, ways, points_W, rows)
    p = np.stack([np.minimum(found.p[:, one.targets].sum(axis=1), 1.0) for one in stops], axis=1)
    p /= np.maximum(p.sum(axis=1, keepdims=True), 1.0)
    best = visiting.order(p, metres)
    steps: list[SearchStep] = []
    at, walked_m = 0, 0.0
    for i in best.order:
        walked_m += float(metres[at, i + 1])
        at = i + 1
        steps.append(_step(asked, found, stops[i], float(_any_p(p)[i]), walked_m))
    return SearchPlan(
        steps=tuple(steps),
        expected_m=best.expected_m,
        p_found=float(1.0 - (1.0 - np.minimum(p.sum(axis=1), 1.0)).prod()),
        exact=best.exact,
    )


def _step(asked: Asked, found: Hypotheses, stop: Stop, p: float, walked_m: float) -> SearchStep:
    p_W, look_at_W = stop.p_W.copy(), middle(asked, found.targets[stop.targets[0]]).copy()
    for point in (p_W, look_at_W):
        point.setflags(write=False)
    chance = _any_p(found.p)[stop.targets]
    whys = [found.targets[i].why for i, its_p in zip(stop.targets, chance, strict=True) if its_p >= chance[0] / 10]
    more = f"; and {len(whys) - WHYS_MAX} more" if len(whys) > WHYS_MAX else ""
    return SearchStep(p_W=p_W, look_at_W=look_at_W, p=p, walked_m=walked_m, why="; ".join(whys[:WHYS_MAX]) + more)


def known_m2(asked: Asked) -> float:
    """Return how much floor is known, with what stands on it."""
    graph = asked.graph
    known = sum(int(graph.floor(level).known.sum()) for level in range(len(graph.levels)))
    return float(known) * graph.cell_m**2


def _nowhere(asked: Asked, label: str, found: Hypotheses) -> Unknown:
    """Say why there is no stop."""
    p = _any_p(found.p)
    likely = [i for i in np.argsort(-p, kind="stable").tolist() if p[i] >= LEAST_P]
    if not likely:
        return Unknown(f"nothing speaks for any place where {label} could be: all that is known was looked at")
    x, y, z = (float(c) for c in middle(asked, found.targets[likely[0]]))
    reason = f"of {len(likely)} places where {label} may be, none is seen from floor that one can get to"
    return Unknown(f"{reason}; the most probable: {found.targets[likely[0]].why}", (x, y, z))
