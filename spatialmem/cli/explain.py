"""`spatialmem explain`: why a memory believes what it does of one object."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from spatialmem.cli import console, options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spatialmem.memory import SpatialMemory
    from spatialmem.types import Evidence, Explanation, Unknown

__all__ = ["explain"]


def explain(
    file: options.MemoryFile,
    name: Annotated[str, typer.Argument(metavar="ID", help="The object's name, such as mug-3, or its number.")],
    sheet: Annotated[
        Path | None, typer.Option("--sheet", metavar="PNG", help="Draw the pictures of it that were kept into this.")
    ] = None,
    as_json: options.AsJson = False,
) -> None:
    """Say why the memory believes what it does of one object: when it was seen and looked for, what changed, and how
    fast things of its kind move."""
    from spatialmem.cli.interrupt import interrupt_asked
    from spatialmem.cli.opened_memory import object_of, opened_memory
    from spatialmem.files import refuse_unwritable
    from spatialmem.pictures import PNG
    from spatialmem.types import Unknown

    if sheet is not None:
        refuse_unwritable(sheet, PNG)
    with opened_memory(file) as memory:
        one = object_of(memory, name)
        found, pictures = memory.explain(one.id), memory.evidence(one.id)
    drawn = None if isinstance(found, Unknown) or not pictures else sheet
    if drawn is not None and not isinstance(found, Unknown):
        _draw(drawn, found, pictures, memory.view().stamp_ns)
    with interrupt_asked():  # a whole answer, or none
        if as_json:
            console.print_json({"file": str(file), **_document(memory, found, pictures, drawn)})
        else:
            _print(memory, one.name, found, pictures, drawn)


def _draw(path: Path, found: Explanation, pictures: tuple[Evidence, ...], now_ns: int) -> None:
    from spatialmem.pictures import write_png
    from spatialmem.pictures.evidence_sheet import draw_evidence

    write_png(path, draw_evidence(found.whereabouts, pictures, now_ns=now_ns))


def _document(
    memory: SpatialMemory, found: Explanation | Unknown, pictures: tuple[Evidence, ...], drawn: Path | None
) -> dict[str, Any]:
    from spatialmem.cli.belief_words import changes_document, unknown_document, whereabouts_document
    from spatialmem.types import Unknown

    now_ns = memory.view().stamp_ns
    kept = {
        "last_stamp_ns": now_ns,
        "pictures": [{"stamp_ns": picture.stamp_ns, "seq": picture.seq} for picture in pictures],
        "sheet": None if drawn is None else str(drawn),
    }
    if isinstance(found, Unknown):
        return {**kept, **unknown_document(found)}
    return {
        **kept,
        "unknown": False,
        "whereabouts": whereabouts_document(memory, found.whereabouts),
        "changes": changes_document(found.changes)["changes"],
        "sightings": found.sightings,
        "looks": found.looks,
        "seen_through": found.seen_through,
        "half_life_s": round(found.half_life_s, 1),
        "moves": round(found.moves, 2),
        "miss_rate": round(found.miss_rate, 4),
        "sentences": list(found.sentences),
    }


def _print(
    memory: SpatialMemory,
    name: str,
    found: Explanation | Unknown,
    pictures: tuple[Evidence, ...],
    drawn: Path | None,
) -> None:
    from rich.text import Text

    from spatialmem.cli.belief_words import print_changes, print_unknown
    from spatialmem.types import Unknown

    out, now_ns = console.answers(), memory.view().stamp_ns
    if isinstance(found, Unknown):
        print_unknown(out, name, found)
        return
    for sentence in found.sentences:
        console.print_hanging(out, Text(""), sentence)
    out.print()
    if found.changes:
        print_changes(out, found.changes, now_ns)
        out.print()
    console.print_facts(out, name, _facts(found, pictures, drawn))


def _facts(found: Explanation, pictures: tuple[Evidence, ...], drawn: Path | None) -> Iterator[tuple[str, str]]:
    from spatialmem.spans import shown_span

    label = found.whereabouts.object.label
    yield "its place", f"looked at {found.looks} times with a result, seen through {found.seen_through} of them"
    yield (
        f"a {label} stays",
        f"{shown_span(found.half_life_s)} (median), by {found.moves:.1f} moves that were seen",
    )
    yield "overlooked", f"by the detector in {100 * found.miss_rate:.0f} % of plain views of its kind"
    where = "; --sheet PNG draws them" if drawn is None else f", in {console.shown_path(str(drawn))}"
    yield "pictures", f"{len(pictures)}{where}" if pictures else "none are kept"
