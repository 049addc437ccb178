"""What a command says of belief: whereabouts, changes and honest ignorance, as mappings for `--json` and as cells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from rich.console import Console

from spatialmem.cli import console
from spatialmem.cli.object_words import object_document
from spatialmem.shortterm import ObjectQuestions
from spatialmem.spans import shown_ago
from spatialmem.types import Change, Presence, Unknown, Whereabouts

__all__ = [
    "changes_document",
    "name_of",
    "print_changes",
    "print_unknown",
    "rounded",
    "shown_point",
    "tell_changes",
    "unknown_document",
    "unknown_facts",
    "whereabouts_document",
    "whereabouts_facts",
]


def name_of(memory: ObjectQuestions, object_id: int) -> str:
    """Return what people call an object."""
    one = memory.object(object_id)
    return f"object {object_id}" if isinstance(one, Unknown) else one.name


def shown_point(p_W: Sequence[float] | np.ndarray) -> str:
    """Return "1.20 -0.35 0.80": a point [m]."""
    return " ".join(f"{float(c):.2f}" for c in p_W)


def whereabouts_document(memory: ObjectQuestions, one: Whereabouts) -> dict[str, Any]:
    """Return an answer as it stands in a JSON document. Lengths in metres, stamps in nanoseconds."""
    return {
        "object": object_document(one.object),
        "p_there": round(one.p_there, 4),
        "presence": one.presence.value,
        "p_W_m": rounded(one.p_W),
        "sigma_m": round(one.sigma_m, 4),
        "place": one.place,
        "last_seen_ns": one.last_seen_ns,
        "last_looked_ns": one.last_looked_ns or None,
        "looked_from_W_m": rounded(one.looked_from_W),
        "missing_since_ns": one.missing_since_ns,
        "candidates": [
            {
                "id": other.object_id,
                "name": name_of(memory, other.object_id),
                "p": round(other.p, 4),
                "p_W_m": rounded(other.p_W),
            }
            for other in one.candidates
        ],
        "seen_seq": one.seen_seq,
        "looked_seq": one.looked_seq,
        "go_m": round(one.go_m, 2),
        "elsewhere_m": round(one.elsewhere_m, 2),
        "worth_going": one.worth_going,
    }


def _change_document(one: Change) -> dict[str, Any]:
    """Return a change as it stands in a JSON document."""
    return {
        "object_id": one.object_id,
        "name": one.name,
        "kind": one.kind,
        "stamp_ns": one.stamp_ns,
        "since_ns": one.since_ns,
        "seq": one.seq,
        "from_W_m": rounded(one.from_W),
        "to_W_m": rounded(one.to_W),
        "looked_from_W_m": rounded(one.looked_from_W),
        "p": round(one.p, 4),
        "place": one.place,
    }


def changes_document(found: Sequence[Change] | Unknown) -> dict[str, Any]:
    """Return changes, or why they are not known, as they stand in a JSON document."""
    if isinstance(found, Unknown):
        return {**unknown_document(found), "changes": []}
    return {"unknown": False, "changes": [_change_document(one) for one in found]}


def unknown_document(answer: Unknown) -> dict[str, Any]:
    """Return why something is not known as it stands in a JSON document."""
    return {"unknown": True, "reason": answer.reason, "look_next_W_m": rounded(answer.look_next)}


def unknown_facts(answer: Unknown) -> Iterator[tuple[str, str]]:
    """Yield why something is not known, and where to look to find out, for `console.print_facts`."""
    yield "unknown", answer.reason
    if answer.look_next is not None:
        yield "look next", f"at {shown_point(answer.look_next)} m"


def print_unknown(out: Console, title: str, answer: Unknown) -> None:
    """Print why something is not known, and where to look to find out."""
    console.print_facts(out, title, unknown_facts(answer))


def whereabouts_facts(memory: ObjectQuestions, one: Whereabouts, now_ns: int) -> Iterator[tuple[str, str]]:
    """Yield what an answer about one object rests on, for `console.print_facts`."""
    was = ", was " if one.presence == Presence.MISSING else ", "
    place = was + one.place if one.place not in ("", one.presence.value) else ""
    yield "P" if one.presence == Presence.HELD else "P(still there)", f"{one.p_there:.2f}, {one.presence.value}{place}"
    yield "last seen", f"{shown_ago(one.last_seen_ns, now_ns)}, input {one.seen_seq}"
    looked = "never"
    if one.last_looked_ns:
        looked = f"{shown_ago(one.last_looked_ns, now_ns)}, input {one.looked_seq}"
        looked += "" if one.looked_from_W is None else f", from {shown_point(one.looked_from_W)} m"
    yield "last looked", looked
    if one.missing_since_ns is not None:
        yield "missing", f"found so {shown_ago(one.missing_since_ns, now_ns)}"
    for other in one.candidates:
        yield "may be", f"{name_of(memory, other.object_id)} at {shown_point(other.p_W)} m, P = {other.p:.2f}"
    worth = "worth going" if one.worth_going else "not worth going"
    yield "going there", f"{one.go_m:.1f} m expected, {one.elsewhere_m:.1f} m without this memory: {worth}"


def print_changes(out: Console, changes: Sequence[Change], now_ns: int) -> None:
    """Print changes as a table, the oldest first."""
    columns = ("ago [s]", "input", "object", "what", "from [m]", "to [m]", "place", "P")
    rows = [
        (
            f"{(now_ns - one.stamp_ns) / 1e9:.1f}",
            str(one.seq),
            one.name,
            one.kind.replace("_", " "),
            "" if one.from_W is None else shown_point(one.from_W),
            "" if one.to_W is None else shown_point(one.to_W),
            one.place,
            f"{one.p:.2f}",
        )
        for one in changes
    ]
    console.print_table(out, columns, rows, left=("object", "what", "place"))


def tell_changes(title: str, found: Sequence[Change] | Unknown, now_ns: int) -> None:
    """Print changes, that there are none, or why they are not known."""
    out = console.answers()
    if isinstance(found, Unknown):
        print_unknown(out, title, found)
    elif found:
        print_changes(out, found, now_ns)
    else:
        console.print_facts(out, title, [("changes", "none were noticed")])


def rounded(p_W: Sequence[float] | np.ndarray | None) -> list[float] | None:
    """Return a point as it stands in a JSON document [m]."""
    return None if p_W is None else [round(float(c), 4) for c in p_W]
