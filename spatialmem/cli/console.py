"""How the command line speaks: answers on stdout, everything else on stderr, and the exit codes."""

from __future__ import annotations

import codecs
import contextlib
import io
import json
import os
import sys
import textwrap
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

__all__ = [
    "BAD",
    "BAD_INPUT",
    "EXIT_CODES",
    "GOOD",
    "INTERRUPTED",
    "LOSSES",
    "UNHEARD",
    "answers",
    "asides",
    "drop_unwritten",
    "let_characters_degrade",
    "print_facts",
    "print_hanging",
    "print_json",
    "print_table",
    "shown_path",
]

GOOD, BAD, BAD_INPUT, LOSSES, INTERRUPTED, UNHEARD = 0, 1, 2, 3, 130, 141

EXIT_CODES = {
    GOOD: "good",
    BAD: "the answer is no: the check found errors, no frame was admitted, a memory file is damaged or not what its "
    "journal makes, or nothing of it could be recovered",
    BAD_INPUT: "bad usage or bad input, or the answer could not be written; stderr says which",
    LOSSES: "finished, but something was lost: unreadable frames, what a detector found or would have found, "
    "the map was full, or a part of a damaged file",
    INTERRUPTED: "interrupted; what a replay had done so far is in its answer",
    UNHEARD: "whoever read the answer left before its end, as `| head` does",
}

ENDLESS = 1 << 16
"""Width of what is no terminal: lines there are broken by whoever shows them."""
ROOM_MIN = 24
"""Narrower than this, lines are left to the terminal to break."""


def answers() -> Console:
    """Return the console of answers, standard output."""
    return _console(stderr=False)


def asides() -> Console:
    """Return the console of progress and errors, standard error."""
    return _console(stderr=True)


def _console(*, stderr: bool) -> Console:
    console = Console(stderr=stderr, highlight=False)
    if not console.is_terminal:
        console.width = ENDLESS
    return console


def let_characters_degrade() -> None:
    """Let both streams write a plain character for one that their encoding lacks: m3 for m³."""
    codecs.register_error("spatialmem.plain", _plain)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="spatialmem.plain")


def _plain(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    plain = (unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode() or "?" for letter in lacking)
    return "".join(plain), error.end


def drop_unwritten() -> None:
    """Send what the streams still hold nowhere, or the interpreter would complain of it at its exit."""
    with open(os.devnull, "wb") as nowhere:
        for stream in filter(None, (sys.stdout, sys.stderr)):
            try:
                stream.flush()
            except OSError:
                with contextlib.suppress(OSError):
                    os.dup2(nowhere.fileno(), stream.fileno())


def print_json(answer: dict[str, Any]) -> None:
    """Print the one JSON document that `--json` promises. Characters that stdout lacks are escaped."""
    document = json.dumps(answer, indent=2, ensure_ascii=False)
    try:
        document.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        document = json.dumps(answer, indent=2)
    print(document)


def print_hanging(out: Console, lead: Text, words: str) -> None:
    """Print words after a lead. Where a terminal is too narrow for them, the next lines stand below the first.

    Words, such as paths, are never cut: those longer than a line are left to the terminal to break.
    """
    room = max(out.width - lead.cell_len, ROOM_MIN)
    for line in textwrap.wrap(words, room, break_long_words=False, break_on_hyphens=False) or [""]:
        whole = Text.assemble(lead, line)
        whole.rstrip()
        out.print(whole, soft_wrap=True)
        lead = Text(" " * lead.cell_len)


def print_facts(out: Console, title: str, facts: Iterable[tuple[str, str]]) -> None:
    """Print names and values in two columns."""
    facts = list(facts)
    out.print(Text(title, style="bold"), soft_wrap=True)
    width = max((cell_len(name) for name, _ in facts), default=0) + 2
    for name, value in facts:
        print_hanging(out, Text(name + " " * (width - cell_len(name)), style="dim"), value)


def print_table(
    out: Console, columns: Sequence[str], rows: Iterable[Sequence[str]], *, left: Collection[str] = ()
) -> None:
    """Print rows under the names of their columns, numbers to the right. Nothing is ever cut.

    left: columns of words. Whatever stands in a cell is text, no markup.
    """
    rows = [tuple(columns), *(tuple(row) for row in rows)]
    widths = [max(cell_len(row[i]) for row in rows) for i in range(len(columns))]
    for number, row in enumerate(rows):
        cells = []
        for name, cell, width in zip(columns, row, widths, strict=True):
            space = " " * (width - cell_len(cell))
            cells.append(cell + space if name in left else space + cell)
        out.print(Text("  ".join(cells).rstrip(), style="dim" if number == 0 else ""), soft_wrap=True)


def shown_path(path: str) -> str:
    """Return a path below the current directory without that directory, any other as it is."""
    try:
        return str(Path(path).relative_to(Path.cwd()))
    except (ValueError, OSError):  # it lies elsewhere, or the current directory is gone
        return path
