"""The `spatialmem` command: one file per subcommand.

replay.py, picture.py      an episode into a map and a picture; mapping.py, walk.py and summary.py do the work
check.py                   is an episode any good
record.py                  an episode as an MCAP file; recording.py does the work
verify.py, recover.py      memory files: is one whole, and what is whole of a damaged one
compact.py, copy_.py       a smaller one, and a copy of one that is in use
info.py, hash_.py          what is in one; memory_files.py is what these share
replaying.py, resuming.py  a memory file made anew of its journal; an episode carried on in a memory file
export.py, import_.py      maps to and from files of others; exporting.py, importing.py and map_source.py do the work
map_figures.py             what is said of a map
warmup.py                  compiles the kernels
app.py, run.py             the command line put together; running it, and its exit code
options.py, console.py     what all commands share: options, streams, exit codes
progress.py, interrupt.py  the line that moves while a replay runs; Ctrl-C
plugins.py                 commands of other packages

Nothing else imports this room, and only this room imports typer and rich.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code. Bad usage and bad input are one sentence on stderr."""
    try:
        from spatialmem.cli.run import run  # here, so that Ctrl-C while it loads is no traceback

        return run(list(sys.argv[1:] if arguments is None else arguments))
    except KeyboardInterrupt:
        return 130
