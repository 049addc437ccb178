"""Trials run one after the other, here or in other processes, their rows handed over as they come.

An episode that raises is a row that says so, and the next one runs. A process that dies takes the rest of its trial
with it: those rows say so too, and another process goes on with the other trials.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import time
import traceback
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from sim.suites.frame import Row, Suite, Trial

__all__ = ["Unit", "rows_here", "rows_in_processes"]

Unit = tuple[int, str]
"""A seed and an arm: one trial."""
Told = Row | Unit
"""A row, or the trial that is complete with the rows before it."""


def rows_here(suite: Suite, units: Sequence[Unit]) -> Generator[Told, None, None]:
    """Yield the rows of some trials, each trial's unit after its rows."""
    for seed, arm in units:
        yield from _rows_of(suite, seed, arm)
        yield seed, arm


def _rows_of(suite: Suite, seed: int, arm: str) -> Iterator[Row]:
    try:
        trial = suite.trial(seed, arm)
    except Exception as error:
        yield from (_row(seed, arm, n, {}, {"error": _said(error)}, 0.0) for n in range(suite.episode_count))
        return
    with contextlib.closing(trial):
        for number, about in enumerate(trial.about()):
            yield _episode(trial, seed, arm, number, dict(about))


def _episode(trial: Trial, seed: int, arm: str, number: int, about: dict[str, Any]) -> Row:
    started = time.perf_counter()
    try:
        came = trial.run(number)
    except Exception as error:
        came = {"error": _said(error)}
    return _row(seed, arm, number, about, came, time.perf_counter() - started)


def _row(seed: int, arm: str, number: int, about: dict[str, Any], came: Row, wall_s: float) -> Row:
    wall = {"episode_s": round(wall_s, 3), **came.pop("wall", {})}
    return {"seed": seed, "arm": arm, "episode": number, "error": "", **about, **came, "wall": wall}


def _said(error: Exception) -> str:
    """Return what broke, and where, in a line."""
    where = traceback.extract_tb(error.__traceback__)[-1]
    words = " ".join(str(error).split())
    return f"{type(error).__name__}: {words} ({os.path.basename(where.filename)}:{where.lineno})"


def _work(suite: Suite, pipe: Connection) -> None:
    """Run the trials that are asked for, in a process of its own, until None comes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started it says when to end
    while (units := pipe.recv()) is not None:
        for told in rows_here(suite, units):
            pipe.send(told)
        pipe.send(None)


class _Worker:
    """A process and what it is at."""

    def __init__(self, suite: Suite):
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process: BaseProcess = context.Process(target=_work, args=(suite, theirs), daemon=True)
        self.process.start()
        theirs.close()
        self.units: deque[Unit] = deque()
        self.row_count = 0
        """Of the first unit."""

    def ask(self, units: Sequence[Unit]) -> None:
        self.units = deque(units)
        self.row_count = 0
        with contextlib.suppress(OSError):  # it died; that is seen when it is read
            self.pipe.send(list(units))

    def end(self) -> None:
        self.process.terminate()
        self.process.join()
        self.pipe.close()


def rows_in_processes(suite: Suite, units: Sequence[Unit], count: int) -> Generator[Told, None, None]:
    """Yield as `rows_here` does, the trials of a seed in one of `count` processes; seeds come as they are ready.

    Closing the iterator ends the processes.
    """
    waiting: deque[list[Unit]] = deque()
    for unit in units:
        if waiting and waiting[-1][0][0] == unit[0]:
            waiting[-1].append(unit)
        else:
            waiting.append([unit])
    workers = [_Worker(suite) for _ in range(min(count, len(waiting)))]
    try:
        for worker in workers:
            worker.ask(waiting.popleft())
        while workers:
            ready = wait([worker.pipe for worker in workers])
            for worker in [one for one in workers if one.pipe in ready]:
                try:
                    told = worker.pipe.recv()
                except (EOFError, OSError):
                    yield from _lost(suite, worker)
                    workers[workers.index(worker)] = successor = _Worker(suite)
                    worker.end()
                    successor.ask(list(worker.units))
                    continue
                if told is not None:
                    _count(worker, told)
                    yield told
                elif waiting:
                    worker.ask(waiting.popleft())
                else:
                    workers.remove(worker)
                    worker.end()
    finally:
        for worker in workers:
            worker.end()


def _count(worker: _Worker, told: Told) -> None:
    if isinstance(told, dict):
        worker.row_count += 1
    else:
        worker.units.popleft()
        worker.row_count = 0


def _lost(suite: Suite, worker: _Worker) -> Iterator[Told]:
    """Yield a row for every episode of the trial at which a process died."""
    worker.process.join()
    if not worker.units:
        return
    seed, arm = worker.units.popleft()
    error = f"the process that ran it died, with the exit code {worker.process.exitcode}"
    for number in range(worker.row_count, suite.episode_count):
        yield _row(seed, arm, number, {}, {"error": error}, 0.0)
    yield seed, arm
