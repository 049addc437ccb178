"""Runs a suite over seeds and arms: keeps rows as they come, shows how far it is, ends at Ctrl-C, and answers."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from sim.suites.frame import Row, Suite
from sim.suites.keeping import Kept, KeptRows
from sim.suites.reporting import Answer, answered, told, written
from sim.suites.workers import Unit, rows_here, rows_in_processes
from spatialmem import InputError, cli

__all__ = ["Order", "arms_of", "run_suite"]


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is wanted of a run, as the command line's options have it."""

    seeds: int = 30
    first: int = 0
    """The first seed."""
    arms: tuple[str, ...] | None = None
    """None for all."""
    workers: int = 1
    """Processes; with one, all runs in this one."""
    out: Path | None = None
    """A folder; None writes nothing."""
    fresh: bool = False
    """Whether rows that are in the folder are dropped."""
    as_json: bool = False


def arms_of(suite: Suite, text: str | None) -> tuple[str, ...]:
    """Return the arms that a text such as "none,both" names, in the suite's order. Raises InputError."""
    if text is None:
        return suite.arms
    words = [word.strip() for word in text.split(",") if word.strip()]
    unknown = [word for word in words if word not in suite.arms]
    if unknown or not words:
        named = f"'{unknown[0]}' is no arm" if unknown else "no arm is named"
        raise InputError(f"{named} of the suite {suite.name}; there are {', '.join(suite.arms)}.")
    return tuple(arm for arm in suite.arms if arm in words)


def run_suite(suite: Suite, order: Order) -> int:
    """Run what is missing, answer on stdout and in the folder, and return the exit code.

    Rows that the folder has are not run again. Ctrl-C ends the run after the episodes that are under way, with the
    answer for what was done; the same order goes on from there. Raises InputError for what cannot be done.
    """
    say = cli.asides()
    arms = order.arms or suite.arms
    units = [(seed, arm) for seed in range(order.first, order.first + order.seeds) for arm in arms]
    header = {"suite": suite.name, "settings": suite.settings()}
    cli.prepare_kernels(say)
    kept = Kept() if order.out is None else KeptRows(order.out, header, fresh=order.fresh)
    with kept, cli.interrupt_asked() as asked:
        missing = [unit for unit in units if unit not in kept.complete]
        if len(missing) < len(units):
            say.print(f"Kept from before: {len(units) - len(missing)} of {len(units)} seeds and arms.", markup=False)
        interrupted = _run(suite, missing, kept, order.workers, asked, say) if missing else False
    wanted = set(units)
    rows = sorted((row for key, row in kept.rows.items() if key[:2] in wanted), key=lambda row: _place(row, arms))
    answer = answered(suite, header, rows, interrupted=interrupted)
    files = {} if order.out is None else written(answer, order.out)
    _say(answer, files, order, say)
    if interrupted:
        return cli.INTERRUPTED
    return cli.GOOD if rows and not answer.errors else cli.BAD


def _place(row: Row, arms: Sequence[str]) -> tuple[int, int, int]:
    return row["seed"], arms.index(row["arm"]), row["episode"]


def _run(suite: Suite, units: Sequence[Unit], kept: Kept, workers: int, asked: threading.Event, say: Console) -> bool:
    """Run trials and keep their rows; return whether Ctrl-C ended it before they were complete."""
    rows = rows_here(suite, units) if workers == 1 else rows_in_processes(suite, units, workers)
    with contextlib.closing(rows), _bar(say) as bar:  # closing: processes end with it
        line = bar.add_task(suite.name, total=len(units) * suite.episode_count)
        done = dict.fromkeys(units, 0)
        for told_now in rows:
            if isinstance(told_now, dict):
                kept.take(told_now)
                done[told_now["seed"], told_now["arm"]] += 1
                bar.update(line, advance=1, description=f"{suite.name}, seed {told_now['seed']} {told_now['arm']}")
            else:
                kept.finish(*told_now)
                bar.update(line, advance=suite.episode_count - done[told_now])  # a home may have fewer
                if not say.is_terminal:
                    say.print(f"{suite.name}: seed {told_now[0]} {told_now[1]} is done", markup=False)
            if asked.is_set():
                return len(kept.complete & set(units)) < len(units)
    return False


@contextlib.contextmanager
def _bar(say: Console) -> Iterator[Progress]:
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=say, disable=not say.is_terminal) as bar:
        yield bar


def _say(answer: Answer, files: dict[str, Path], order: Order, say: Console) -> None:
    if order.as_json:
        cli.print_json(answer.document)
    else:
        told(answer, cli.answers())
    for error in answer.errors:
        say.print(error, markup=False)
    for what, path in files.items():
        say.print(f"{what}: {cli.shown_path(str(path.absolute()))}", markup=False)
    if answer.interrupted:
        again = "" if order.out is None else "; the same command goes on from here"
        say.print(f"Interrupted; the figures are for what was done by then{again}.", markup=False)
