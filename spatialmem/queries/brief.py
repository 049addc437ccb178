"""What a language model reads before it plans: what is known, the best first, in so many tokens at most.

    memory version 1695
    robot: in "living-room-3", holds nothing
    asked about:
    "cup-13": on "table-11" in "living-room-3", seen 18.2 s ago
    "zebra" names nothing here
    missing:
    "mug-1": missing for 2.0 s, was on "table-4", seen 5.0 s ago, may be "mug-5" (P 0.62)
    changed lately:
    "duck-8" moved 30.0 s ago, now in "shelf-5"
    room "living-room-3" (next to "hall-9"), seen 2.0 s ago:
    on "table-11": "bottle-12", "bowl-17" (P 0.71, seen 1.5 hours ago)
    there: "sofa-20"
    and 23 more things not told here

Facts are put in by rank until one does not fit: what the task names, and what is on or in that; what is missing, and
what changed last; the rooms; then the other things. Of these, first those that can be carried, then those
that are more surely there, to a tenth, then those that were seen last. A larger budget tells all that a smaller one
does. Things that were seen too seldom to be confirmed are told only where the task names them.

A thing is there all but surely (`facts.SURE_P`) unless a P stands behind it. Names are quoted and cut as `words` says,
and `ground` reads them. The text follows from the memory and what is asked alone.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Sequence

import numpy as np
from jaxtyping import Bool, Int64

from spatialmem.errors import InputError, QueryError
from spatialmem.queries.asked import Asked, checked_seq, is_id
from spatialmem.queries.changed import changed
from spatialmem.queries.facts import Facts
from spatialmem.queries.ground import Named, named
from spatialmem.queries.page import Page
from spatialmem.types import Change, ObjectState, Room, Unknown

__all__ = ["TOKENS_MAX", "TOKENS_MIN", "brief"]

TOKENS_MIN, TOKENS_MAX = 100, 1_000_000
CARRIED_M = 0.5
"""What is no longer than this may be carried: a tray, a bag; chairs and tables are larger."""
NAMED_TOLD, MISSING_FIRST, CHANGED_FIRST = 12, 8, 8
"""So many things of each name in the task, of what is missing and of the last changes come before the rooms."""
NOTES_READ = 64
"""The last changes are sought among so many notes."""
AT_ONCE = 96
"""So many things of those that were seen last are put in order at a time."""
TOLD_AT_ONCE = 24
TOKENS_LEAST = 5
"""No thing is told in fewer tokens."""
BESIDE_M = 1.0
"""What is in a room is not farther beside the floor that was seen of it."""


def brief(asked: Asked, token_budget: object = 800, task: object = None, since_seq: object = None) -> str:
    """Return what is known as a text for a language model; see `GraphQuestions.brief`.

    Raises InputError for a budget or a task that is none, QueryError for a version that is ahead of the memory's.
    """
    if not is_id(token_budget) or not TOKENS_MIN <= int(token_budget) <= TOKENS_MAX:  # pyright: ignore[reportArgumentType]
        raise InputError(
            f"token_budget is {token_budget!r}; a whole number from {TOKENS_MIN} to {TOKENS_MAX} is needed."
        )
    page = Page(int(token_budget), ("head", "robot", "task", "missing", "changed", "new"))  # pyright: ignore[reportArgumentType]
    seq = asked.seq
    since = None if since_seq is None else checked_seq(since_seq, "since_seq")
    if since is not None and since > seq:
        raise QueryError(f"since_seq is {since}, but this memory is at version {seq}: ask without it.")
    wanted = () if task is None else named(asked, task)
    news = () if since is None else changed(asked, None, None, since)
    if since is None or isinstance(news, Unknown):
        lost = "" if since is None else f"; what changed since version {since} is no longer kept, so this is all"
        page.title("head", f"memory version {seq}{lost}")
        tell_all(asked, page, wanted)
    else:
        page.title("head", f"memory version {seq}, what changed since version {since}")
        tell_changes(asked, page, wanted, since, news)
    return page.text()


def tell_all(asked: Asked, page: Page, wanted: Sequence[Named]) -> None:
    """Put the best of all that is known on a page."""
    facts, told = Facts(asked), set[int]()
    page.line("robot", facts.robot())
    told.update(facts.held)
    rooms = [thing for one in wanted for thing in one.things if isinstance(thing, Room)]
    near = [object_id for room in rooms for object_id in _in_room(asked, room)]
    near += _tell_wanted(facts, page, wanted, told)
    for room in rooms:
        page.title(_heading(facts, room.id), facts.room(room.id))
    columns = asked.objects.shown
    there = (columns.ids > 0) & columns.confirmed & ~columns.missing
    if near:
        _tell_best(facts, page, there & np.isin(columns.ids, sorted({*near})), told)
    missing = _missing(asked)
    lately = [one for one in reversed(_lately(asked)) if one.kind not in ("missing", "first_seen")][:CHANGED_FIRST]
    facts.told(facts.records([*missing[:MISSING_FIRST], *(one.object_id for one in lately)]))  # all at once
    _tell_missing(facts, page, missing[:MISSING_FIRST], told)
    for one in lately:
        page.line("changed", facts.change(one), "changed lately:")
    for room in _by_way(facts):
        page.title(_heading(facts, room.id), facts.room(room.id))
    _tell_best(facts, page, there, told)
    _tell_missing(facts, page, missing[MISSING_FIRST:], told)
    confirmed = sum(one.confirmed for one in facts.records(sorted({*told, *page.numbers})))
    page.left_out = int(np.count_nonzero((columns.ids > 0) & columns.confirmed)) - confirmed


def tell_changes(asked: Asked, page: Page, wanted: Sequence[Named], since: int, changes: Sequence[Change]) -> None:
    """Put what changed after an input on a page: what is missing, what changed, what was seen for the first time."""
    facts, told = Facts(asked), set[int]()
    page.line("robot", facts.robot())
    first = {thing.id for one in wanted for thing in one.things if isinstance(thing, ObjectState)}
    kinds = {one.object_id: one.kind for one in changes}
    missing = [i for i in _missing(asked) if kinds.get(i) == "missing"]
    others = [one for one in reversed(changes) if one.kind != "missing"]
    entries = asked.belief.kept.entries
    fresh = entries[bisect.bisect_right(entries, since, key=lambda one: one.seq) :]
    new = [one.object_id for one in reversed(fresh) if one.kind == "first_seen" and not one.undone_seq]
    new = [one.id for one in facts.records(dict.fromkeys(new)) if one.id not in kinds and not one.missing]
    _tell_missing(facts, page, sorted(missing, key=lambda i: i not in first), told)
    lines = 0
    for one in sorted(others, key=lambda one: one.object_id not in first):
        lines += page.line("changed", facts.change(one), "changed:")
    if new:
        page.line("new", "seen for the first time:")
    _tell_things(facts, page, sorted(new, key=lambda i: i not in first), told)
    page.left_out = len(missing) + len(others) + len(new) - lines - len(told)
    if not missing and not others and not new:
        page.line("changed", "nothing changed")


def _tell_wanted(facts: Facts, page: Page, wanted: Sequence[Named], told: set[int]) -> list[int]:
    """Tell what the task names; return the things that are on or in that."""
    near: list[int] = []
    for one in wanted:
        if not one.things:
            page.line("task", one.problem, "asked about:")
        ids = np.array([thing.id for thing in one.things if isinstance(thing, ObjectState)], np.int64)
        for record in facts.records(_by_worth(facts, ids)[:NAMED_TOLD]):
            near += facts.asked.belief.resting_on(record.id)
            if record.id not in told and page.line("task", facts.whole(record), "asked about:"):
                told.add(record.id)
    return near


def _in_room(asked: Asked, room: Room) -> list[int]:
    """Return the things in a room, by id."""
    columns = asked.objects.shown
    low, high = room.low_W[:2] - BESIDE_M, room.high_W[:2] + BESIDE_M
    about = (columns.ids > 0) & columns.confirmed & ~columns.missing
    about &= ((columns.center_W[:, :2] >= low) & (columns.center_W[:, :2] <= high)).all(axis=1)
    rows = np.flatnonzero(about)
    return sorted(columns.ids[rows[asked.graph.room_ids(columns.center_W[rows]) == room.id]].tolist())


def _missing(asked: Asked) -> list[int]:
    """Return what is missing by id, what was found so last first."""
    columns = asked.objects.shown
    ids = columns.ids[(columns.ids > 0) & columns.confirmed & columns.missing]
    rows = asked.belief.rows(ids.tolist())
    since_ns = np.where(rows >= 0, asked.belief.table.missing_ns[rows], 0)
    return ids[np.lexsort((ids, -since_ns))].tolist()


def _lately(asked: Asked) -> tuple[Change, ...]:
    """Return the last changes, as far as they are among the last notes."""
    entries = asked.belief.kept.entries
    found = changed(asked, None, None, entries[-NOTES_READ].seq if len(entries) > NOTES_READ else 0)
    return () if isinstance(found, Unknown) else found


def _tell_missing(facts: Facts, page: Page, ids: Sequence[int], told: set[int]) -> None:
    for one in facts.records(ids):
        if page.full:
            return
        if one.id not in told and page.line("missing", facts.missing(one), "missing:"):
            told.add(one.id)


def _heading(facts: Facts, room_id: int) -> str:
    return f"room {room_id}" if room_id in facts.rooms else "elsewhere"


def _by_way(facts: Facts) -> list[Room]:
    """Return the rooms: that of the robot first, then by how many doorways are between; the others by id."""
    order = [] if facts.robot_room is None else [facts.robot_room.id]
    seen = set(order)
    for room_id in order:
        others = [other for other in facts.rooms[room_id].neighbours if other in facts.rooms and other not in seen]
        order += others
        seen.update(others)
    return [facts.rooms[room_id] for room_id in (*order, *(one for one in facts.rooms if one not in seen))]


def _tell_best(facts: Facts, page: Page, which: Bool[np.ndarray, "n"], told: set[int]) -> None:
    """List things, of some rows of the columns, the best first."""
    for some in _ranked(facts, np.flatnonzero(which), page):
        _tell_things(facts, page, some, told)


def _tell_things(facts: Facts, page: Page, ids: Sequence[int], told: set[int]) -> None:
    """List things under their rooms and what they are on or in, until one does not fit."""
    records = [one for one in facts.records(ids) if one.id not in told and not one.missing]
    for start in range(0, len(records), TOLD_AT_ONCE):
        if page.full:
            return
        some = records[start : start + TOLD_AT_ONCE]
        for one, how in zip(some, facts.told(some), strict=True):
            heading = _heading(facts, how.room)
            named_so = not how.notes and page.has(heading, one.id)
            if not named_so and not page.item(heading, how.carrier, how.lead, how.text, facts.room(how.room)):
                return
            told.add(one.id)


def _by_worth(facts: Facts, ids: Int64[np.ndarray, "n"]) -> list[int]:
    """Return things by id, that are most surely there first, to a tenth, and of these that were seen last."""
    records = facts.records(ids.tolist())
    stamp_ns = np.array([one.stamp_ns for one in records], np.int64)
    gone = np.array([one.missing for one in records], bool)
    return ids[np.lexsort((ids, -stamp_ns, -np.round(facts.p(ids), 1), gone))].tolist()


def _ranked(facts: Facts, rows: Int64[np.ndarray, "n"], page: Page) -> Iterator[list[int]]:
    """Yield things by id, of some rows of the columns, the best first, until the page is full.

    Those that can be carried first; of these, `AT_ONCE` of those that were seen last at a time, by worth.
    """
    columns = facts.asked.objects.shown
    small = columns.size_m[rows].max(axis=1, initial=0.0) <= CARRIED_M
    for kind in (rows[small], rows[~small]):
        most = max(page.left, 0) // TOKENS_LEAST + AT_ONCE
        newest = _newest(columns.ids[kind], columns.stamp_ns[kind], most // AT_ONCE * AT_ONCE)
        for start in range(0, len(newest), AT_ONCE):
            if page.full:
                return
            yield _by_worth(facts, newest[start : start + AT_ONCE])


def _newest(ids: Int64[np.ndarray, "n"], stamp_ns: Int64[np.ndarray, "n"], count: int) -> Int64[np.ndarray, "k"]:
    """Return so many things of the newest sightings, the newest first, those of equal stamps by id."""
    if 0 < count < len(ids):
        least = np.partition(stamp_ns, len(ids) - count)[len(ids) - count]
        ids, stamp_ns = ids[stamp_ns >= least], stamp_ns[stamp_ns >= least]
    return ids[np.lexsort((ids, -stamp_ns))][:count]
