"""From an episode to an MCAP file under a progress bar: what `record` does."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from spatialmem.cli import console
from spatialmem.cli.interrupt import interrupt_asked
from spatialmem.cli.progress import shown_name
from spatialmem.cli.summary import shown_kinds
from spatialmem.cli.walk import REFRESH_S, SENSED
from spatialmem.episodes import open_episode, record_mcap
from spatialmem.episodes.bags import BagRecording, Recorded
from spatialmem.episodes.prefetch import prefetch
from spatialmem.episodes.recording import RgbdRecording
from spatialmem.files import refuse_unwritable
from spatialmem.protocols import Source

__all__ = ["record_episode"]


def record_episode(episode: str, out: Path, *, topics: Sequence[str] | None, limit: int | None, as_json: bool) -> int:
    """Write the episode, answer on stdout, and return the exit code. Ctrl-C ends the file early: it is whole."""
    say = console.asides()
    refuse_unwritable(out, (".mcap",))
    source = open_episode(episode, topics=topics)
    total = len(source) if limit is None else min(limit, len(source))
    started = time.perf_counter()
    with _line(say) as progress, interrupt_asked() as asked:
        bar = progress.add_task(shown_name(say, source.name), total=total, rate=0.0, unit="frames")

        def go_on() -> bool:
            return not asked.is_set()

        with closing(prefetch(source)) as ahead:  # type: ignore[type-var]
            recorded = record_mcap(
                source, out, inputs=itertools.islice(ahead, limit), after_each=_shown(progress, bar, go_on)
            )
    elapsed_s = time.perf_counter() - started
    code = _exit_code(recorded, source)
    with interrupt_asked():  # a whole answer, then
        summary = _summary(source, recorded, out, elapsed_s)
        if as_json:
            console.print_json(summary)
        elif recorded.count:
            out_console = console.answers()
            out_console.print()
            console.print_facts(out_console, source.name, _facts(summary))
        _tell(say, summary, recorded, total, code)
    return code


def _line(say: Console) -> Progress:
    bar = [BarColumn(bar_width=None)] if say.is_terminal else []
    figures = TextColumn("{task.completed}/{task.total} {task.fields[rate]:.0f} {task.fields[unit]}/s")
    return Progress(
        TextColumn("{task.description}", markup=False),
        *bar,
        figures,
        TimeRemainingColumn(compact=True),
        console=say,
        expand=say.is_terminal,
        auto_refresh=say.is_terminal,
    )


def _shown(progress: Progress, bar: Any, go_on: Callable[[], bool]) -> Callable[[Recorded], bool]:
    """Return what is done after every input: the bar is moved now and then, and Ctrl-C is heeded."""
    started = drawn = time.perf_counter()

    def after_each(recorded: Recorded) -> bool:
        nonlocal drawn
        now, done = time.perf_counter(), recorded.count + sum(recorded.left_out.values())
        if now - drawn > REFRESH_S or done == progress.tasks[bar].total:
            drawn = now
            progress.update(bar, completed=done, rate=done / max(now - started, 1e-9), unit=_unit(recorded.kinds))
        return go_on()

    return after_each


def _unit(kinds: Mapping[str, int]) -> str:
    """Return what inputs of these kinds are called together."""
    return "frames" if {kind.__name__ for kind in SENSED}.issuperset(kinds) else "inputs"


def _losses(source: Source) -> tuple[dict[str, int], list[str]]:
    """Return what the reader left out or could not read, by reason, and sentences about damage."""
    if isinstance(source, BagRecording):
        return source.left_out, list(source.damage)
    if isinstance(source, RgbdRecording):
        return {reason: count for reason, count in source.left_out.items() if count}, [
            f"{path.parent.name}/{path.name} is {problem.why}." for path, problem in source.problems.items()
        ]
    return {}, []


def _summary(source: Source, recorded: Recorded, out: Path, elapsed_s: float) -> dict[str, Any]:
    left_out, damage = _losses(source)
    return {
        "episode": source.name,
        "in_episode": len(source),
        "recorded": recorded.count,
        "unit": _unit(recorded.kinds),
        "kinds": dict(sorted(recorded.kinds.items())),
        "left_out": dict(sorted(recorded.left_out.items())),
        "left_out_by_reader": dict(sorted(left_out.items())),
        "damage": damage,
        "written": str(out) if recorded.count else None,
        "bytes": recorded.byte_count,
        "record_s": round(elapsed_s, 3),
        "frames_per_s": round(recorded.count / elapsed_s, 1) if elapsed_s > 0 else 0.0,
        "interrupted": recorded.stopped,
    }


def _facts(summary: dict[str, Any]) -> list[tuple[str, str]]:
    facts = [("recorded", f"{summary['recorded']} of {summary['in_episode']} in the episode")]
    if summary["unit"] != "frames":
        facts.append(("of these kinds", shown_kinds(summary["kinds"])))
    for name, key in (("left out", "left_out"), ("left out by reader", "left_out_by_reader")):
        if summary[key]:
            facts.append((name, ", ".join(f"{reason} {count}" for reason, count in summary[key].items())))
    facts.append(("time", f"{summary['record_s']:.2f} s, {summary['frames_per_s']:.0f} {summary['unit']}/s"))
    facts.append(("written", f"{summary['written']}, {summary['bytes'] / 2**20:.1f} MiB"))
    return facts


def _exit_code(recorded: Recorded, source: Source) -> int:
    if recorded.stopped:
        return console.INTERRUPTED
    if not recorded.count:
        return console.BAD
    return console.LOSSES if recorded.left_out or _losses(source)[1] else console.GOOD


def _tell(say: Console, summary: dict[str, Any], recorded: Recorded, total: int, code: int) -> None:
    """Say in a sentence or two why it did not go as hoped."""
    words = []
    if code == console.INTERRUPTED:
        end = f"{summary['written']} is whole and holds those." if recorded.count else "No file was written."
        words.append(f"Interrupted after {recorded.count} of {total} inputs. {end}")
    elif code == console.BAD:
        reader = ", ".join(f"{reason} {count}" for reason, count in summary["left_out_by_reader"].items())
        words.append("No input could be recorded; no file was written." + (f" Left out: {reader}." if reader else ""))
    if recorded.example:
        words.append(f"The first input that could not be recorded: {recorded.example}.")
    if summary["damage"]:
        words.append("Something was lost: " + " ".join(summary["damage"][:3]))
    if words:
        say.print(" ".join(words), markup=False, soft_wrap=True)
