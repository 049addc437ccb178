"""The `spatialmem` command: one file per subcommand.

replay.py, picture.py      an episode into a map and a picture; mapping.py, walk.py and summary.py do the work
objects.py, track.py       what a memory file remembers of things, and of one of them; tracking.py does the work
rooms.py, route.py         the rooms, and the way from one place to another
search.py                  in which order to look for something
ends.py, floor_words.py    places as they are given, and what is said of rooms and ways; way_picture.py draws them
check.py                   is an episode any good
record.py                  an episode as an MCAP file; recording.py does the work
verify.py, recover.py      memory files: is one whole, and what is whole of a damaged one
compact.py, copy_.py       a smaller one, and a copy of one that is in use
info.py, hash_.py          what is in one; memory_files.py is what these share
replaying.py, resuming.py  a memory file made anew of its journal; an episode carried on in a memory file
export.py, import_.py      maps to and from files of others; exporting.py, importing.py and map_source.py do the work
map_words.py               what is said of a map
object_words.py            what is said of objects; opened_memory.py opens a file to be asked
detecting.py               detectors that look at an episode's frames; detectors.py finds them
warmup.py                  compiles the kernels
app.py, run.py             the command line put together; running it, and its exit code
options.py, console.py     what all commands share: options, streams, exit codes
progress.py, interrupt.py  the line that moves while a replay runs; Ctrl-C
plugins.py                 commands of other packages

Nothing else of ours imports this room, and only this room imports typer and rich. A package that announces a command
of its own, by the entry point `spatialmem.commands`, imports what is in `__all__`: so its command has the same streams,
options and exit codes as ours.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spatialmem.cli.compiling import prepare_kernels
    from spatialmem.cli.console import (
        BAD,
        BAD_INPUT,
        GOOD,
        INTERRUPTED,
        answers,
        asides,
        print_facts,
        print_json,
        print_table,
        shown_path,
    )
    from spatialmem.cli.ends import goal_meant, shown_end, takes_points
    from spatialmem.cli.interrupt import interrupt_asked
    from spatialmem.cli.map_words import map_facts, map_figures
    from spatialmem.cli.object_words import object_facts, object_figures
    from spatialmem.cli.options import AsJson, ConfigFile, Threads, VoxelSize, settings
    from spatialmem.files import refuse_unwritable

_LAZY = {
    **dict.fromkeys(("AsJson", "ConfigFile", "Threads", "VoxelSize", "settings"), "spatialmem.cli.options"),
    **dict.fromkeys(
        (
            "BAD",
            "BAD_INPUT",
            "GOOD",
            "INTERRUPTED",
            "answers",
            "asides",
            "print_facts",
            "print_json",
            "print_table",
            "shown_path",
        ),
        "spatialmem.cli.console",
    ),
    **dict.fromkeys(("goal_meant", "shown_end", "takes_points"), "spatialmem.cli.ends"),
    "interrupt_asked": "spatialmem.cli.interrupt",
    **dict.fromkeys(("map_facts", "map_figures"), "spatialmem.cli.map_words"),
    **dict.fromkeys(("object_facts", "object_figures"), "spatialmem.cli.object_words"),
    "prepare_kernels": "spatialmem.cli.compiling",
    "refuse_unwritable": "spatialmem.files",
}

__all__ = [
    "BAD",
    "BAD_INPUT",
    "GOOD",
    "INTERRUPTED",
    "AsJson",
    "ConfigFile",
    "Threads",
    "VoxelSize",
    "answers",
    "asides",
    "goal_meant",
    "interrupt_asked",
    "main",
    "map_facts",
    "map_figures",
    "object_facts",
    "object_figures",
    "prepare_kernels",
    "print_facts",
    "print_json",
    "print_table",
    "refuse_unwritable",
    "settings",
    "shown_end",
    "shown_path",
    "takes_points",
]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code. Bad usage and bad input are one sentence on stderr."""
    try:
        from spatialmem.cli.run import run  # here, so that Ctrl-C while it loads is no traceback

        return run(list(sys.argv[1:] if arguments is None else arguments))
    except KeyboardInterrupt:
        return 130


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(importlib.import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'spatialmem.cli' has no attribute '{name}'")
