"""How the command line speaks: answers on stdout, everything else on stderr, and the exit codes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.table import Table

__all__ = ["BAD", "BAD_INPUT", "GOOD", "INTERRUPTED", "LOSSES", "answers", "asides", "facts_table", "print_json"]

GOOD, BAD, BAD_INPUT, LOSSES, INTERRUPTED = 0, 1, 2, 3, 130

EXIT_CODES = {
    GOOD: "good",
    BAD: "the answer is no: the check found errors, or no frame was admitted",
    BAD_INPUT: "bad usage or bad input; one sentence on stderr says which",
    LOSSES: "finished, but something was lost: unreadable frames, or the map was full",
    INTERRUPTED: "interrupted; what was done so far is in the answer",
}


def answers() -> Console:
    """Return the console of answers, standard output."""
    return Console(highlight=False)


def asides() -> Console:
    """Return the console of progress and errors, standard error."""
    return Console(stderr=True, highlight=False)


def print_json(answer: dict[str, Any]) -> None:
    """Print the one JSON document that `--json` promises."""
    print(json.dumps(answer, indent=2, ensure_ascii=False))


def facts_table(title: str, facts: Iterable[tuple[str, str]]) -> Table:
    """Return a table of names and values."""
    table = Table(
        title=title, title_justify="left", title_style="bold", show_header=False, box=None, padding=(0, 2, 0, 0)
    )
    table.add_column(style="dim", no_wrap=True)
    table.add_column()
    for name, value in facts:
        table.add_row(name, value)
    return table
