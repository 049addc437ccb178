"""When what turned up is what is gone: the links that are nearly certain, and what follows from one."""

from __future__ import annotations

from spatialmem.belief.chances import place_label
from spatialmem.belief.deeds import move_contents
from spatialmem.belief.glance import Instant
from spatialmem.belief.known import Objects
from spatialmem.belief.links import Pair
from spatialmem.belief.mind import Mind
from spatialmem.belief.settling import settle
from spatialmem.types import Unknown

__all__ = ["identify", "settled_links"]


def settled_links(mind: Mind, objects: Objects, at: Instant) -> tuple[Pair, ...]:
    """Return the links that are nearly certain, each object in one at most."""
    if not mind.links.fits:
        return ()
    taken: set[int] = set()
    pairs: list[Pair] = []
    for pair, weight in sorted(mind.link_weights(objects, at).items(), key=lambda item: (-item[1], item[0])):
        if weight >= mind.config.same_p and not taken.intersection(pair):
            pairs.append(pair)
            taken.update(pair)
    return tuple(pairs)


def identify(mind: Mind, pair: Pair, objects: Objects, at: Instant) -> None:
    """Let an old object be where a new one was seen, and log that it was moved. objects: as they are after it."""
    table, (old, new) = mind.table, pair
    row, other = table.row_of[old], table.row_of[new]
    record = objects.object(old)
    if isinstance(record, Unknown):
        return
    mind.alight(old)
    since_ns, from_W = int(table.seen_ns[row]), table.center[row].copy()
    within_s = (at.stamp_ns - since_ns) * 1e-9
    if old not in mind.moves and within_s > 0 and not table.on_its_way[row] and not table.by_hand[row]:
        mind.rates.moved(record.label, place_label(table, row, objects), within_s)
    mind.moves.pop(old, None)
    mind.log.undo(old, ("missing",), at.seq)
    mind.log.undo(new, ("first_seen", "appeared"), at.seq, past=None)
    for name in table.KEPT:
        column = getattr(table, name)
        if name in ("looks", "through"):
            column[row] += column[other]
        elif name not in ("ids", "first_ns"):
            column[row] = column[other]
    table.support[table.support == new] = old
    mind.forget(new, 0, at.seq, objects)
    mind.links.forget(old)
    settle(table, row, record, objects, anew=True, by_sight=True)
    move_contents(mind, old, objects, at)
    mind.write(record, "moved", at, objects, from_W=from_W, to_W=record.center_W, since_ns=since_ns)
