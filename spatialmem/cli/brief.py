"""`spatialmem brief`: what a memory file knows, as a text for a language model."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.text import Text

from spatialmem.cli import console, options

__all__ = ["brief"]


def brief(
    file: options.MemoryFile,
    tokens: Annotated[
        int, typer.Option("--tokens", metavar="N", help="So many tokens of a language model at most, 100 or more.")
    ] = 800,
    task: Annotated[
        str | None, typer.Option("--task", metavar="TEXT", help="What the robot shall do: what it names comes first.")
    ] = None,
    since: Annotated[
        int | None,
        typer.Option("--since", metavar="SEQ", help="Only what changed since this version; a brief begins with its."),
    ] = None,
    as_json: options.AsJson = False,
) -> None:
    """Tell what a language model should know before it plans: where the robot is, what is where, what is missing."""
    from spatialmem.cli.interrupt import interrupt_asked
    from spatialmem.cli.opened_memory import opened_view

    view = opened_view(file)
    text = view.brief(tokens, task, since_seq=since)
    with interrupt_asked():  # a whole answer, or none
        if as_json:
            asked = {"file": str(file), "last_stamp_ns": view.stamp_ns, "tokens": tokens, "task": task}
            console.print_json({**asked, "since_seq": since, "version": view.seq, "text": text})
        else:
            console.answers().print(Text(text.rstrip("\n")), soft_wrap=True)
