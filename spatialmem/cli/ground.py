"""`spatialmem ground`: which objects and rooms of a memory file an instruction names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from spatialmem.cli import console, options

if TYPE_CHECKING:
    from spatialmem.types import Grounding, Unknown

__all__ = ["ground"]


def ground(
    file: options.MemoryFile,
    text: Annotated[
        str, typer.Argument(metavar="TEXT", help="An instruction: 'bring mug-3 from the kitchen to the red table'.")
    ],
    as_json: options.AsJson = False,
) -> None:
    """Say which objects and rooms an instruction names, or what in it is not known, and what may be meant."""
    from spatialmem.cli.belief_words import print_unknown
    from spatialmem.cli.interrupt import interrupt_asked
    from spatialmem.cli.opened_memory import opened_view
    from spatialmem.types import Unknown

    view = opened_view(file)
    found = view.ground(text)
    with interrupt_asked():  # a whole answer, or none
        if as_json:
            console.print_json({"file": str(file), "text": text, "last_stamp_ns": view.stamp_ns, **_document(found)})
        elif isinstance(found, Unknown):
            print_unknown(console.answers(), text, found)
        else:
            rows = [(one.text, one.name, one.kind) for one in found.mentions]
            console.print_table(console.answers(), ("text", "name", "is"), rows, left=("text", "name", "is"))


def _document(found: Grounding | Unknown) -> dict[str, Any]:
    from spatialmem.cli.belief_words import unknown_document
    from spatialmem.types import Unknown

    if isinstance(found, Unknown):
        return {**unknown_document(found), "mentions": []}
    mentions = [{"text": one.text, "kind": one.kind, "id": one.id, "name": one.name} for one in found.mentions]
    return {"unknown": False, "mentions": mentions}
