"""How probable it is that objects are still there: the filter, with the rate that applies to each object."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from jaxtyping import Float64, Int64

from spatialmem.belief.known import Objects
from spatialmem.belief.links import Links, Pair
from spatialmem.belief.persistence import FALSE_P, Filter, departure, observed, p_left, p_there, survival
from spatialmem.belief.rates import Rates
from spatialmem.belief.table import How, Table
from spatialmem.types import ObjectState, Unknown

__all__ = [
    "LET_GO_P",
    "departure_of",
    "filter_of",
    "kind_of",
    "left_before",
    "link_weights",
    "observe",
    "p_of",
    "place_label",
    "put_filter",
    "rates_of",
]

LET_GO_P = 0.5
"""So surely something was let go of that the gripper must have let go of, unsaid."""
SEEN_ON_S = 10.0
"""The odds that a thing was let go of, unsaid, double while the like of it, come since, is seen elsewhere so long."""
NEVER = (1e-6, 1e12)
"""The rate of what does not move by itself: what is in the gripper, or hidden in something that may move."""
ON_ITS_WAY = (1.0, 5.0)
"""The rate of what was moving when it was seen last: every second one is elsewhere 5 s later."""


def kind_of(object_id: int, objects: Objects) -> str:
    """Return an object's label; "" where it is not kept."""
    record = objects.object(object_id)
    return "" if isinstance(record, Unknown) else record.label


def place_label(table: Table, row: int, objects: Objects) -> str:
    """Return the label of what an object rests on or in, for rates of classes in places; "" where nothing is known."""
    if table.how[row] not in (How.ON, How.IN):
        return ""
    return kind_of(int(table.support[row]), objects)


def rates_of(
    table: Table, rows: Int64[np.ndarray, "n"], objects: Objects, rates: Rates
) -> tuple[Float64[np.ndarray, "n"], Float64[np.ndarray, "n"]]:
    """Return alpha and beta [s] of objects: of the class and place; what is hidden goes with what it is in only."""
    columns = (table.ids, table.how, table.support, table.hidden, table.on_its_way)
    carried = table.hidden[rows]
    if carried.any():
        carried = carried & np.isin(table.support[rows], table.ids)
    found: list[tuple[float, float]] = []
    places: dict[int, str] = {}
    known: dict[tuple[str, str], tuple[float, float]] = {}
    every = zip(*(column[rows].tolist() for column in columns), carried.tolist(), strict=True)
    for object_id, how, support, hidden, moves, along in every:
        if how == How.HELD or (along and support):
            found.append(NEVER)
            continue
        if moves:
            found.append(ON_ITS_WAY)
            continue
        if how == How.UNKNOWN:
            support = 0
        if support not in places:
            places[support] = kind_of(support, objects) if support else ""
        place = places[support]
        kind = (place, "") if hidden else (kind_of(object_id, objects), place)
        if kind not in known:
            known[kind] = rates.rate(*kind)
        found.append(known[kind])
    pairs = np.array(found).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


def p_of(
    table: Table, rows: Int64[np.ndarray, "n"], objects: Objects, rates: Rates, stamp_ns: int
) -> Float64[np.ndarray, "n"]:
    """Return P(still there) of objects at a stamp, or as of their last observation where that is later.

    What is hidden is where it was if what it is in still is, too. That this was never there is no news then: it was
    known when the thing was put there.
    """
    p = _own_p(table, rows, objects, rates, stamp_ns)
    chains = {i: table.carriers(int(rows[i])) for i in np.flatnonzero(table.hidden[rows]).tolist()}
    carriers = np.array(sorted({row for chain in chains.values() for row in chain}), np.int64)
    if len(carriers):
        still = np.minimum(_own_p(table, carriers, objects, rates, stamp_ns) / (1.0 - FALSE_P), 1.0)
        for i, chain in chains.items():
            p[i] *= still[np.searchsorted(carriers, chain)].prod()
    return p


def _own_p(
    table: Table, rows: Int64[np.ndarray, "n"], objects: Objects, rates: Rates, stamp_ns: int
) -> Float64[np.ndarray, "n"]:
    """Return P(still there) of objects, wherever that is by now."""
    return p_there(filter_of(table, rows), **_times(table, rows, stamp_ns), **_rates(table, rows, objects, rates))


def left_before(
    table: Table,
    olds: Int64[np.ndarray, "n"],
    first_ns: Int64[np.ndarray, "n"],
    objects: Objects,
    rates: Rates,
    stamp_ns: int,
) -> Float64[np.ndarray, "n"]:
    """Return P(left before the stamp `first_ns`) of objects: then what turned up there may be they.

    Of what is missing it is only asked when, for it was seen more than once. What the robot held did not leave by
    itself: there it is P(let go of).
    """
    times, kind = _times(table, olds, stamp_ns), _rates(table, olds, objects, rates)
    kept = filter_of(table, olds)
    missing = table.missing_ns[olds] > 0
    left = np.where(missing, 1.0 - p_there(kept, **times, **kind), p_left(kept, **times, **kind))
    since_s = np.maximum((first_ns - table.seen_ns[olds]) * 1e-9, 0.0)
    until_s = np.where(missing, np.maximum((table.missing_ns[olds] - table.seen_ns[olds]) * 1e-9, 0.0), times["to_s"])
    start_s = np.zeros(len(olds))
    gone_by, gone = (1.0 - survival(to_s, from_s=start_s, **kind) for to_s in (np.minimum(since_s, until_s), until_s))
    share = np.divide(gone_by, gone, out=np.ones(len(olds)), where=gone > 0)
    return np.where(table.how[olds] == How.HELD, left, left * share)


def departure_of(table: Table, row: int, objects: Objects, rates: Rates, stamp_ns: int) -> tuple[float, float, float]:
    """Return when an object left that is known to have: after and before [s since its last sighting], and misses."""
    rows = np.array([row])
    left = departure(filter_of(table, rows), **_times(table, rows, stamp_ns), **_rates(table, rows, objects, rates))
    after_s, before_s, missed = (float(column[0]) for column in left)
    return after_s, before_s, missed


def observe(
    table: Table,
    rows: Int64[np.ndarray, "n"],
    objects: Objects,
    rates: Rates,
    stamp_ns: int,
    q: Float64[np.ndarray, "n 2"],
    missed: Float64[np.ndarray, "n"],
) -> None:
    """Take a look at objects into their filters.

    q: how likely what was seen is if it is there, and if it is gone. missed: 1 where a detector overlooked it.
    """
    after = observed(
        filter_of(table, rows),
        **_times(table, rows, stamp_ns),
        **_rates(table, rows, objects, rates),
        q_there=np.ascontiguousarray(q[:, 0]),
        q_gone=np.ascontiguousarray(q[:, 1]),
        missed=missed,
    )
    put_filter(table, rows, after)
    table.last_ns[rows] = np.maximum(table.last_ns[rows], stamp_ns)


def filter_of(table: Table, rows: Int64[np.ndarray, "n"]) -> Filter:
    """Return the filters of objects."""
    return Filter(*(getattr(table, name)[rows] for name in Filter._fields))


def put_filter(table: Table, rows: Int64[np.ndarray, "n"], kept: Filter) -> None:
    """Set the filters of objects."""
    for name, column in zip(Filter._fields, kept, strict=True):
        getattr(table, name)[rows] = column


def _times(table: Table, rows: Int64[np.ndarray, "n"], stamp_ns: int) -> dict[str, Float64[np.ndarray, "n"]]:
    seen_ns = table.seen_ns[rows]
    from_s, to_s = (table.last_ns[rows] - seen_ns) * 1e-9, (stamp_ns - seen_ns) * 1e-9
    return {"from_s": np.maximum(from_s, 0.0), "to_s": np.maximum(to_s, 0.0)}


def _rates(
    table: Table, rows: Int64[np.ndarray, "n"], objects: Objects, rates: Rates
) -> dict[str, Float64[np.ndarray, "n"]]:
    alpha, beta_s = rates_of(table, rows, objects, rates)
    return {"alpha": alpha, "beta_s": beta_s}


def link_weights(
    links: Links, table: Table, objects: Objects, rates: Rates, stamp_ns: int, row_of: Callable[[int], int]
) -> dict[Pair, float]:
    """Return how probable it is, of each pair that may be one thing, that it is. row_of: -1 for what has no row."""
    pairs = [pair for pair in sorted(links.fits) if row_of(pair[0]) >= 0 and row_of(pair[1]) >= 0]
    olds, news = (np.array([row_of(pair[side]) for pair in pairs], np.int64) for side in (0, 1))
    left = left_before(table, olds, table.first_ns[news], objects, rates, stamp_ns)
    held = np.flatnonzero((table.how[olds] == How.HELD) & table.came[news])
    left[held] = [_let_go_p(float(left[i]), objects.object(pairs[i][1])) for i in held.tolist()]
    return links.weights(dict(zip(pairs, left.tolist(), strict=True)))


def _let_go_p(p: float, new: ObjectState | Unknown) -> float:
    """Return how probable it is that what is held was let go of, where it was so with p before the new one was seen.

    The old one was not seen in the gripper since: else there were no link.
    """
    if isinstance(new, Unknown) or p >= LET_GO_P:
        return p
    seen_s = max(new.stamp_ns - new.first_ns, 0) * 1e-9
    odds = p / (1.0 - p) * (1.0 + seen_s / SEEN_ON_S)
    return min(odds / (1.0 + odds), LET_GO_P)
