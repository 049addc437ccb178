"""`spatialmem where`: where something is, how surely, and whether to go there."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Any

import typer

from spatialmem.cli import console, options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spatialmem.types import Unknown, Whereabouts
    from spatialmem.view import View

__all__ = ["where"]

LATER_MAX_S = 1e9


def where(
    file: options.MemoryFile,
    what: Annotated[
        list[str],
        typer.Argument(
            metavar="WHAT", help="A label (mug), an object (mug-3, or 3), attributes (state=open); or mug state=open."
        ),
    ],
    from_W: Annotated[
        tuple[float, float, float] | None,
        typer.Option("--from", metavar="X Y Z", help="Where the way begins, in metres. Default: where the robot is."),
    ] = None,
    in_s: Annotated[
        float, typer.Option("--in", metavar="SECONDS", help="As of so long after the memory's last stamp.")
    ] = 0.0,
    as_json: options.AsJson = False,
) -> None:
    """Say where something is, how surely it is still there, and whether going there is worth it; or that it is not
    known, and where to look."""
    from spatialmem.cli.interrupt import interrupt_asked
    from spatialmem.cli.opened_memory import opened_view
    from spatialmem.cli.wanted import wanted
    from spatialmem.errors import InputError
    from spatialmem.types import Unknown

    if not 0 <= in_s <= LATER_MAX_S or not math.isfinite(in_s):
        raise InputError(f"--in is {in_s:g}; give seconds after the memory's last stamp, 0 to {LATER_MAX_S:g}.")
    if from_W is not None and not all(math.isfinite(c) for c in from_W):
        raise InputError(f"--from is {' '.join(f'{c:g}' for c in from_W)}; give three finite numbers of metres.")
    view = opened_view(file)
    at_ns = view.stamp_ns + round(in_s * 1e9)
    found = view.where(wanted(view, what), from_W=from_W, at_ns=at_ns)
    with interrupt_asked():  # a whole answer, or none
        if as_json:
            asked = {"file": str(file), "what": what, "last_stamp_ns": view.stamp_ns, "at_ns": at_ns}
            console.print_json({**asked, **_document(view, found)})
        elif isinstance(found, Unknown):
            from spatialmem.cli.belief_words import print_unknown

            print_unknown(console.answers(), " ".join(what), found)
        else:
            _print(view, found, at_ns)


def _document(view: View, found: tuple[Whereabouts, ...] | Unknown) -> dict[str, Any]:
    from spatialmem.cli.belief_words import unknown_document, whereabouts_document
    from spatialmem.types import Unknown

    if isinstance(found, Unknown):
        return {**unknown_document(found), "answers": []}
    return {"unknown": False, "answers": [whereabouts_document(view, one) for one in found]}


def _print(view: View, found: Sequence[Whereabouts], now_ns: int) -> None:
    """Print a line for each answer, and what the first one rests on."""
    from spatialmem.cli.belief_words import name_of, shown_point, whereabouts_facts
    from spatialmem.spans import shown_span

    columns = ["object", "P", "is", "place", "x y z [m]", "+-", "seen ago", "looked ago", "go [m]", "else [m]"]
    rows = [
        [
            one.object.name,
            f"{one.p_there:.2f}",
            one.presence.value,
            one.place,
            shown_point(one.p_W),
            f"{one.sigma_m:.2f}",
            shown_span((now_ns - one.last_seen_ns) / 1e9),
            shown_span((now_ns - one.last_looked_ns) / 1e9) if one.last_looked_ns else "never",
            f"{one.go_m:.1f}",
            f"{one.elsewhere_m:.1f}",
        ]
        for one in found
    ]
    if any(one.candidates for one in found):
        columns.append("may be")
        for row, one in zip(rows, found, strict=True):
            row.append(", ".join(f"{name_of(view, other.object_id)} {other.p:.2f}" for other in one.candidates))
    out = console.answers()
    console.print_table(out, columns, rows, left=("object", "is", "place", "may be"))
    out.print()
    console.print_facts(out, found[0].object.name, whereabouts_facts(view, found[0], now_ns))
