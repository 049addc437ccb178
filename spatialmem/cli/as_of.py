"""`spatialmem as-of`: how things were, as it was known then or later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from spatialmem.cli import console, options

if TYPE_CHECKING:
    from spatialmem.queries import PastView
    from spatialmem.types import PastObject, PastRelation, Unknown

__all__ = ["as_of"]


def as_of(
    file: options.MemoryFile,
    stamp: Annotated[
        str,
        typer.Argument(metavar="TIME", help="60s, 10min, 2h or 3d before the last stamp, or a stamp in ns."),
    ],
    known_by: Annotated[
        int | None,
        typer.Option("--known-by", metavar="INPUT", help="As it was known by this input. Default: as it is known now."),
    ] = None,
    as_json: options.AsJson = False,
) -> None:
    """Say where things were at a time, what was on or in what, and how much floor was known."""
    from spatialmem.cli.interrupt import interrupt_asked
    from spatialmem.cli.opened_memory import opened_memory
    from spatialmem.errors import InputError
    from spatialmem.spans import stamp_of
    from spatialmem.types import Unknown

    if known_by is not None and known_by < 1:
        raise InputError(f"--known-by is {known_by}; give the number of an input, 1 or more.")
    memory = opened_memory(file)
    view = memory.view()
    stamp_ns = stamp_of(stamp, option="TIME", last_ns=view.stamp_ns)
    if known_by is not None and known_by > view.seq:
        raise InputError(f"--known-by is {known_by}; {file} has {view.seq} inputs.")
    past = memory.as_of(stamp_ns, known_by=known_by)
    asked = {
        "file": str(file),
        "last_stamp_ns": view.stamp_ns,
        "stamp_ns": stamp_ns,
        "known_by": view.seq if known_by is None else known_by,
    }
    document = {**asked, **_document(past)}
    with interrupt_asked():  # a whole answer, or none
        if as_json:
            console.print_json(document)
        elif isinstance(past, Unknown):
            from spatialmem.cli.belief_words import print_unknown

            print_unknown(console.answers(), str(file), past)
        else:
            _print(past, document)


def _document(past: PastView | Unknown) -> dict[str, Any]:
    """Return an answer as it stands in a JSON document. Lengths in metres, stamps in nanoseconds."""
    from spatialmem.cli.belief_words import unknown_document
    from spatialmem.types import Unknown

    if isinstance(past, Unknown):
        return {**unknown_document(past), "objects": [], "relations": None, "places": None}
    relations, places = past.relations(), past.places()
    return {
        "unknown": False,
        "objects": [_object_document(one) for one in past.objects(missing=True)],
        "relations": None if isinstance(relations, Unknown) else [_relation_document(one) for one in relations],
        "relations_unknown": relations.reason if isinstance(relations, Unknown) else None,
        "places": None if isinstance(places, Unknown) else len(places),
        "places_unknown": places.reason if isinstance(places, Unknown) else None,
    }


def _object_document(one: PastObject) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.name,
        "presence": one.presence.value,
        "p_W_m": [round(float(c), 4) for c in one.p_W],
        "place": one.place,
        "since_ns": one.since_ns,
        "seq": one.seq,
        "next_ns": one.next_ns,
        "sure_until_ns": one.sure_until_ns,
    }


def _relation_document(one: PastRelation) -> dict[str, Any]:
    return {
        "subject": one.subject.name,
        "kind": one.kind,
        "object": one.object.name,
        "since_ns": one.since_ns,
        "until_ns": one.until_ns,
    }


def _print(past: PastView, document: dict[str, Any]) -> None:
    """Print a line for each object, and what else was known."""
    from spatialmem.cli.belief_words import shown_point
    from spatialmem.spans import shown_ago, shown_span

    out, now_ns = console.answers(), past.stamp_ns
    rows = [
        [
            one.name,
            one.presence.value,
            one.place,
            shown_point(one.p_W),
            shown_ago(one.since_ns, now_ns),
            "" if one.next_ns is None else f"{shown_span((one.next_ns - now_ns) / 1e9)} later",
            "" if one.sure_until_ns is None or one.sure_until_ns >= now_ns else "or already changed",
        ]
        for one in past.objects(missing=True)
    ]
    if rows:
        columns = ["object", "was", "place", "x y z [m]", "since", "changed", "unsure"]
        console.print_table(out, columns, rows, left=("object", "was", "place", "unsure"))
        out.print()
    relations, places = document["relations"], document["places"]
    facts = [("objects", f"{len(rows)}")] if rows else [("objects", "none were known")]
    facts.append(("relations", document["relations_unknown"] if relations is None else f"{len(relations)}"))
    facts.append(("places", document["places_unknown"] if places is None else f"{places}"))
    before = (document["last_stamp_ns"] - past.stamp_ns) / 1e9
    title = f"{shown_span(before)} before the end, as known by input {past.known_by}"
    console.print_facts(out, title, facts)
