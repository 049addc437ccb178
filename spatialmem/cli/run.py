"""Runs the command line, and turns whatever ends it into one sentence and an exit code."""

from __future__ import annotations

import contextlib
import errno
import sys
from collections.abc import Sequence
from typing import Any

import typer
from typer.main import get_command

from spatialmem.cli import console
from spatialmem.cli.app import build_app
from spatialmem.errors import SpatialMemError

__all__ = ["run"]

UNWRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


def run(arguments: Sequence[str]) -> int:
    """Run the command line and return its exit code. Only bugs are raised."""
    console.let_characters_degrade()
    try:
        code = _answer(arguments)
        if sys.stdout is not None:
            sys.stdout.flush()  # what cannot be written shall show here, not when the interpreter leaves
        return code
    except BrokenPipeError:
        return _unheard()
    except SystemExit as leaving:
        if isinstance(leaving.__context__, BrokenPipeError):  # rich leaves with 1, which is a verdict of ours
            return _unheard()
        raise
    except OSError as error:
        if error.errno not in UNWRITABLE or error.filename is not None:
            raise
        console.drop_unwritten()
        sentence = f"the answer could not be written: {error.strerror}. Free some space, or send it elsewhere."
        with contextlib.suppress(OSError):
            print(f"spatialmem: {sentence}", file=sys.stderr)
        return console.BAD_INPUT


def _unheard() -> int:
    """Whoever read our answer has gone, as `| head` does."""
    console.drop_unwritten()
    return console.UNHEARD


def _answer(arguments: Sequence[str]) -> int:
    try:
        # Not the command's own main(): it takes Ctrl-C and closed pipes for itself.
        with get_command(build_app(arguments)).make_context("spatialmem", list(arguments)) as context:
            answer = context.command.invoke(context)
        return answer if isinstance(answer, int) else console.GOOD
    except typer.Exit as left:
        return left.exit_code
    except SpatialMemError as error:
        return _refuse(str(error), arguments, console.BAD_INPUT)
    except MemoryError as error:
        sentence = f"out of memory: {error}. Lower octree.budget_mib, or take larger voxels."
        return _refuse(sentence, arguments, console.BAD_INPUT)
    except (KeyboardInterrupt, typer.Abort):
        return _refuse("Interrupted.", arguments, console.INTERRUPTED)
    except Exception as error:
        if (sentence := _usage_error(error)) is None:
            raise
        # Where nothing was asked for, typer has printed the help, and has no more to say.
        return _refuse(sentence, arguments, console.BAD_INPUT) if sentence else console.BAD_INPUT


def _usage_error(error: Any) -> str | None:
    """Return what typer says about wrong usage. Its versions disagree on the classes, but not on the method."""
    if not hasattr(error, "format_message"):
        return None
    context = getattr(error, "ctx", None)
    asked = getattr(context, "command_path", None) or "spatialmem"
    words = error.format_message().rstrip(".")
    return words and f"{words}{'' if words.endswith('?') else '.'} `{asked} --help` shows what is allowed."


def _refuse(sentence: str, arguments: Sequence[str], code: int) -> int:
    print(f"spatialmem: {sentence}", file=sys.stderr)
    if "--json" in arguments:
        console.print_json({"error": sentence, "exit_code": code})
    return code
