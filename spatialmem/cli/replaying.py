"""A memory file made anew of its own journal, and compared with what it holds: what `replay FILE` and `hash` do."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import Console

from spatialmem.cli import console
from spatialmem.cli.compiling import prepare_kernels
from spatialmem.cli.interrupt import interrupt_asked
from spatialmem.cli.map_words import map_facts, map_figures
from spatialmem.cli.mapping import PictureOrder, draw_picture
from spatialmem.cli.object_words import object_facts, object_figures
from spatialmem.cli.progress import progress_line, shown_name
from spatialmem.cli.walk import REFRESH_S, Walk
from spatialmem.config import Config
from spatialmem.errors import InputError
from spatialmem.memory_file import MemoryFile, Moment
from spatialmem.pictures import ColorSampler
from spatialmem.types import RgbdFrame
from spatialmem.view import View

__all__ = ["hash_of", "replay_file"]


def replay_file(path: Path, settings: Config, *, until: int | None, order: PictureOrder | None, as_json: bool) -> int:
    """Replay a file's journal, hold the state against the file's own, answer on stdout, and return the exit code."""
    say = console.asides()
    if order is not None:
        order.refuse_impossible()
    file = MemoryFile.open(path, settings, read_only=True)
    with contextlib.closing(file.store):
        total = _total(file, until)
        moments = file.replay(until)  # refused before anything is computed
        compiled, _ = prepare_kernels(say)
        own = None if until is not None else _own_hash(file, say)
        walk = Walk(path.name, total)
        sampler = None if order is None or order.kind == "map" else ColorSampler()
        moment = _played(moments, _nothing(file), walk, sampler, say)
    view = moment.view(file.config.world)
    drawn = undrawn = None
    if order is not None and view.root_count > 0:
        try:
            draw_picture(order, view, walk, sampler, range_max_m=settings.depth.range_max_m)
            drawn = str(order.path)
        except KeyboardInterrupt:  # the picture is given up for the answer
            walk.interrupted, undrawn = True, order.path
    with interrupt_asked():  # a whole answer, then
        summary = _summary(path, file, walk, view, until, own)
        code = _exit_code(summary)
        if as_json:
            console.print_json({**summary, "picture": drawn, "kernels_compiled": compiled})
        else:
            out = console.answers()
            out.print()
            console.print_facts(out, str(path), _facts(summary, drawn))
        _tell(say, summary, undrawn)
    return code


def hash_of(path: Path, settings: Config, until: int | None, say: Console) -> tuple[int, str]:
    """Return the number of the newest input and the hash of the state after it. Raises as `MemoryFile.open`."""
    file = MemoryFile.open(path, settings, read_only=True)
    with contextlib.closing(file.store):
        total = _total(file, until)
        moments = None if until is None else file.replay(until)
        prepare_kernels(say)
        if moments is None:
            return total, _own_hash(file, say)
        walk = Walk(path.name, total)
        moment = _played(moments, _nothing(file), walk, None, say)
        if walk.interrupted:
            raise KeyboardInterrupt
        return moment.seq, moment.view(file.config.world).state_hash()


def _total(file: MemoryFile, until: int | None) -> int:
    newest = file.store.durable_seq
    if until is not None and until > newest:
        raise InputError(f"--until is {until}; {file.store.path} ends at input {newest}. Take a smaller one.")
    return newest if until is None else until


def _own_hash(file: MemoryFile, say: Console) -> str:
    """Return the hash of the state as the file is opened: its checkpoint, and the journal's rows after it."""
    with say.status(f"Opening {file.store.path.name} ..."):
        return file.restore().view(file.config.world).state_hash()


def _nothing(file: MemoryFile) -> Moment:
    return Moment.first(file.config)


def _played(
    moments: Iterator[Moment], moment: Moment, walk: Walk, sampler: ColorSampler | None, say: Console
) -> Moment:
    """Go through the moments under a progress bar and return the last one. An interrupt ends it early, not badly."""
    started = drawn = time.perf_counter()
    with progress_line(say) as progress, interrupt_asked() as asked:
        bar = progress.add_task(shown_name(say, walk.episode), total=walk.input_count, rate=0.0, leaves=0, rejects="")
        for moment in moments:
            x = moment.newest
            assert x is not None
            walk.note(x, None)
            if sampler is not None and isinstance(x, RgbdFrame):
                sampler.offer(x)
            walk.interrupted = asked.is_set()
            now = time.perf_counter()
            if now - drawn > REFRESH_S or walk.interrupted or walk.read_count == walk.input_count:
                drawn, walk.elapsed_s = now, now - started
                leaves = moment.rooms.octree.leaf_count
                progress.update(bar, completed=walk.read_count, rate=walk.frames_per_s, leaves=leaves, unit=walk.unit)
            if walk.interrupted:
                break
    walk.elapsed_s = time.perf_counter() - started
    return moment


def _summary(
    path: Path, file: MemoryFile, walk: Walk, view: View, until: int | None, own: str | None
) -> dict[str, Any]:
    found = view.state_hash()
    return {
        "file": str(path),
        "inputs": {"in_file": file.store.durable_seq, "replayed": walk.read_count},
        "until": until,
        "duration_s": round(walk.duration_s, 3),
        "path_length_m": round(walk.path_length_m, 3),
        "replay_s": round(walk.elapsed_s, 3),
        "inputs_per_s": round(walk.frames_per_s, 1),
        "map": map_figures(view),
        "objects": object_figures(view),
        "state_hash": found,
        "file_state_hash": own,
        "equal": None if own is None or walk.interrupted else found == own,
        "interrupted": walk.interrupted,
    }


def _facts(summary: dict[str, Any], drawn: str | None) -> Iterator[tuple[str, str]]:
    inputs = summary["inputs"]
    yield "inputs replayed", f"{inputs['replayed']} of {inputs['in_file']} in the file"
    if inputs["replayed"]:
        yield "recording", f"{summary['duration_s']:.1f} s, {summary['path_length_m']:.1f} m walked"
    yield "replay", f"{summary['replay_s']:.2f} s, {summary['inputs_per_s']:.0f} inputs/s with decoding"
    yield from map_facts(summary["map"])
    yield from object_facts(summary["objects"])
    yield "state hash", summary["state_hash"]
    if summary["equal"] is not None:
        yield "the file's own state", "equal" if summary["equal"] else f"differs, {summary['file_state_hash']}"
    if drawn:
        yield "picture", drawn


def _exit_code(summary: dict[str, Any]) -> int:
    if summary["interrupted"]:
        return console.INTERRUPTED
    return console.BAD if summary["equal"] is False else console.GOOD


def _tell(say: Console, summary: dict[str, Any], undrawn: Path | None) -> None:
    """Say in one sentence why it did not go as hoped."""
    if summary["interrupted"]:
        replayed, count = summary["inputs"]["replayed"], summary["until"] or summary["inputs"]["in_file"]
        words = f"Interrupted after {replayed} of {count} inputs; the figures are for those."
        words += "" if undrawn is None else f" The picture {undrawn} was not drawn."
    elif summary["equal"] is False:
        words = (
            f"The journal of {summary['file']} makes the state {summary['state_hash']}, the file holds "
            f"{summary['file_state_hash']}: they are not equal."
        )
    else:
        return
    say.print(words, markup=False, soft_wrap=True)
