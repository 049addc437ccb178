"""`spatialmem changed`: what changed in the world of a memory file."""

from __future__ import annotations

from typing import Annotated

import typer

from spatialmem.cli import console, options

__all__ = ["changed"]


def changed(
    file: options.MemoryFile,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="TIME", help="60s, 10min, 2h or 3d before the last stamp, or a stamp in ns."),
    ] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="TIME", help="The same. Default: the end.")] = None,
    as_json: options.AsJson = False,
) -> None:
    """List what changed and was noticed: what appeared, moved, went missing, was found, or was handled by the robot."""
    from spatialmem.cli.belief_words import changes_document, tell_changes
    from spatialmem.cli.interrupt import interrupt_asked
    from spatialmem.cli.opened_memory import opened_memory
    from spatialmem.errors import InputError
    from spatialmem.spans import stamp_of

    memory = opened_memory(file)
    last_ns = memory.view().stamp_ns
    since_ns = None if since is None else stamp_of(since, option="--since", last_ns=last_ns)
    until_ns = None if until is None else stamp_of(until, option="--until", last_ns=last_ns)
    if since_ns is not None and until_ns is not None and since_ns > until_ns:
        raise InputError(f"nothing is from --since {since} to --until {until}; --since must be the earlier one.")
    found = memory.changed(0 if since_ns is None else since_ns, until_ns)
    with interrupt_asked():  # a whole answer, or none
        if as_json:
            asked = {"file": str(file), "last_stamp_ns": last_ns, "since_ns": since_ns, "until_ns": until_ns}
            console.print_json({**asked, **changes_document(found)})
        else:
            tell_changes(str(file), found, last_ns)
