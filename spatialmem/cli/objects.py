"""`spatialmem objects`: what a memory file remembers of things."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from spatialmem.cli import console, ends, options

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rich.console import Console

    from spatialmem.types import ObjectState, Unknown
    from spatialmem.view import View

__all__ = ["list_objects"]


def list_objects(
    file: options.MemoryFile,
    label: Annotated[str | None, typer.Option("--label", help="Only those of this label.")] = None,
    within: Annotated[
        str | None,
        typer.Option(
            "--in",
            metavar="NAME",
            help="Only those in a room (kitchen, kitchen-12), or on or in a thing (table-4), and on or in those.",
        ),
    ] = None,
    like: Annotated[
        str | None, typer.Option("--like", metavar="ID", help="The ones that look most like this one: mug-3, or 3.")
    ] = None,
    tentative: Annotated[bool, typer.Option("--tentative", help="Also those that are not confirmed yet.")] = False,
    missing: Annotated[bool, typer.Option("--missing", help="Also those that were looked for and not there.")] = False,
    as_json: options.AsJson = False,
) -> None:
    """List the objects that a memory file remembers, also while it is in use: what, where, how well known."""
    from spatialmem.cli.interrupt import interrupt_asked
    from spatialmem.cli.opened_memory import opened_view
    from spatialmem.types import Unknown

    view = opened_view(file)
    in_ = None if within is None else ends.name_meant(within, "--in")
    found = view.objects(label, in_=in_, confirmed=not tentative, missing=missing)
    if isinstance(found, Unknown):
        _answer_unknown(file, view, f"in {within}", found, as_json=as_json)
        return
    every = view.objects(label, in_=in_, confirmed=not tentative, missing=True)
    left_out = 0 if isinstance(every, Unknown) else len(every) - len(found)
    similarity = None
    if like is not None:
        similarity = _similarity(view, like, within=[one.id for one in found])
        found = sorted((one for one in found if one.id in similarity), key=lambda one: -similarity[one.id])
    with interrupt_asked():  # a whole answer, or none
        _answer(file, view, found, similarity, left_out, within=within, as_json=as_json)


def _answer_unknown(file: Path, view: View, title: str, found: Unknown, *, as_json: bool) -> None:
    """Say that what the objects are asked to be in is not known any more."""
    from spatialmem.cli.belief_words import print_unknown, unknown_document

    if as_json:
        document = {"file": str(file), "last_stamp_ns": view.stamp_ns, **unknown_document(found), "objects": []}
        console.print_json(document)
    else:
        print_unknown(console.answers(), title, found)


def _answer(
    file: Path,
    view: View,
    found: Sequence[ObjectState],
    similarity: dict[int, float] | None,
    left_out: int,
    *,
    within: str | None,
    as_json: bool,
) -> None:
    """left_out: so many of those that are asked for are missing, and not listed. within: what they are in."""
    from spatialmem.cli.object_words import object_document, object_facts, object_figures

    if as_json:
        listed = [
            {**object_document(one), **({} if similarity is None else {"similarity": round(similarity[one.id], 4)})}
            for one in found
        ]
        counts = object_figures(view)
        kept = {"file": str(file), "last_stamp_ns": view.stamp_ns, "counts": counts}
        console.print_json({**kept, "unknown": False, "objects": listed})
        return
    out = console.answers()
    if found:
        _print_table(out, found, view.stamp_ns, similarity)
        out.print()
    facts = list(object_facts(object_figures(view))) or [("objects", "none were seen")]
    if within is not None:
        facts.insert(0, (f"in {within}", f"{len(found)} listed" if found else "nothing is known to be"))
    if left_out:
        facts.insert(0, ("not listed", f"{left_out} missing: --missing shows them"))
    console.print_facts(out, str(file), facts)


def _similarity(view: View, like: str, *, within: list[int]) -> dict[int, float]:
    """Return how much each object looks like one, by id."""
    from spatialmem.cli.opened_memory import object_of
    from spatialmem.errors import InputError

    one = object_of(view, like)
    if one.embedding is None:
        raise InputError(f"{one.name} has no look to compare with: its detector gave none. Replay with --embedder.")
    similar = view.similar(one.embedding, max(len(within), 1), within=within, confirmed=False)
    return {other.object.id: other.similarity for other in similar}


def _print_table(out: Console, found: Sequence[ObjectState], now_ns: int, similarity: dict[int, float] | None) -> None:
    from spatialmem.cli.object_words import shown_attributes, shown_place, shown_size_m

    columns = ["object", "sure", "x y z [m]", "+-", "size [m]", "seen", "ago [s]", "state"]
    rows = []
    for one in found:
        sigma_m = max(float(one.covariance_W[i, i]) for i in range(3)) ** 0.5
        rows.append(
            [
                one.name,
                f"{100 * one.label_p[one.label]:.0f} %",
                shown_place(one),
                f"{sigma_m:.2f}",
                shown_size_m(one),
                str(one.sightings),
                f"{(now_ns - one.stamp_ns) / 1e9:.1f}",
                ", ".join(
                    filter(
                        None,
                        ["" if one.confirmed else "tentative", "missing" if one.missing else "", shown_attributes(one)],
                    )
                ),
            ]
        )
    if similarity is not None:
        columns.insert(1, "alike")
        for one, row in zip(found, rows, strict=True):
            row.insert(1, f"{similarity[one.id]:.2f}")
    console.print_table(out, columns, rows, left=("object", "state"))
