"""What became known of one object, under every id that it had."""

from __future__ import annotations

from collections.abc import Iterable

from spatialmem.belief import Entry, change_of
from spatialmem.queries.asked import Asked, id_of, refuse_other_name, split_name
from spatialmem.types import Change, Unknown

__all__ = ["history"]


def history(asked: Asked, what: object, older: Iterable[Entry] = ()) -> tuple[Change, ...] | Unknown:
    """Return the changes of an object, the oldest first; see `BeliefQuestions.history`.

    older: those that are no longer kept here.
    """
    object_id = id_of(what)
    record = asked.objects.object(object_id)
    ids = (object_id,) if isinstance(record, Unknown) else asked.objects.known_as(record.id)
    entries = (*older, *asked.belief.kept.entries)
    found = [one for one in entries if one.object_id in ids and not one.undone_seq]
    name = split_name(what) if isinstance(what, str) else None
    if name is None or all(one.label != name.label for one in found):  # it was called so when something changed
        if not isinstance(record, Unknown):
            refuse_other_name(what, record)
        elif name is not None or not found:  # of what is forgotten, only the changes say what it was called
            return record
    return tuple(change_of(one) for one in found)
