"""`spatialmem history`: what became known of one object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from spatialmem.cli import console, options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spatialmem.memory import SpatialMemory
    from spatialmem.types import Change

__all__ = ["history"]


def history(
    file: options.MemoryFile,
    name: Annotated[str, typer.Argument(metavar="ID", help="The object's name, such as mug-3, or its number.")],
    as_json: options.AsJson = False,
) -> None:
    """List what became known of one object: when it was first seen, moved, went missing, was found."""
    from spatialmem.cli.belief_words import changes_document, tell_changes
    from spatialmem.cli.interrupt import interrupt_asked
    from spatialmem.cli.opened_memory import id_of, object_of, opened_memory
    from spatialmem.types import Unknown

    memory = opened_memory(file)
    last_ns, found = memory.view().stamp_ns, memory.history(id_of(name))
    if isinstance(found, Unknown):
        object_of(memory, name)  # refused, in words about names
    else:
        _refuse_other(memory, name, found)
    with interrupt_asked():  # a whole answer, or none
        if as_json:
            console.print_json(
                {"file": str(file), "last_stamp_ns": last_ns, "id": id_of(name), **changes_document(found)}
            )
        else:
            tell_changes(name, found, last_ns)


def _refuse_other(memory: SpatialMemory, name: str, found: Sequence[Change]) -> None:
    """Raise InputError for a label that the object of a number has neither now nor had at a change."""
    from spatialmem.cli.opened_memory import id_of, refuse_other_label
    from spatialmem.types import Unknown

    one = memory.object(id_of(name))
    if not isinstance(one, Unknown) and all(
        change.name.rpartition("-")[0] != name.rpartition("-")[0] for change in found
    ):
        refuse_other_label(name, [one])
