"""A live session from a file of settings: a loop that ticks, a line now and then, and an account at the end."""

from __future__ import annotations

import contextlib
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from spatialmem.cli import console
from spatialmem.cli.compiling import prepare_kernels
from spatialmem.cli.detecting import open_lookouts
from spatialmem.cli.interrupt import interrupt_asked
from spatialmem.cli.map_words import map_facts, map_figures
from spatialmem.cli.memory_files import shown_bytes, size_of
from spatialmem.cli.object_words import object_facts, object_figures
from spatialmem.clock import Pace
from spatialmem.errors import StoreError
from spatialmem.live import Attached, Health, Status, Tick, attach
from spatialmem.live.setup import AttachConfig
from spatialmem.live.sources import open_source
from spatialmem.memory import SpatialMemory

__all__ = ["attach_session"]

NEWEST = 100_000
"""So many ticks are counted in how long they took: half an hour at 50 Hz."""
BROKEN_MAX = 1000
HANGS = "it does not come back from what it was told: look at its disk"


def attach_session(config: AttachConfig, *, seconds: float | None, as_json: bool) -> int:
    """Run it, answer on stdout, and return the exit code. Raises SpatialMemError for what cannot be run."""
    say = console.asides()
    lookouts = open_lookouts(config.detectors, config.embedder)
    detectors = {one.source: one.detector for one in lookouts}
    embedder = lookouts[0].embedder if lookouts else None
    sources = {name: open_source(name, given, config.settings.world) for name, given in config.sources.items()}
    prepare_kernels(say)
    path = None if config.memory is None else Path(config.memory)
    memory = SpatialMemory(config.settings) if path is None else SpatialMemory.open(path, config.settings)
    driven = {name: one for name, one in sources.items() if hasattr(one, "turn")}
    attached, stopped = attach(memory, sources, detectors=detectors, embedder=embedder, config=config.live), False
    try:
        with interrupt_asked() as asked:
            loop = _Loop(attached, config.tick_hz, tuple(driven.values()))
            for turn in loop.turns(seconds):
                if loop.is_due(config.status_s):
                    doing = {name: one.doing for name, one in driven.items()}
                    say.print(_line(turn, attached.status(), memory, path, doing), markup=False, soft_wrap=True)
                if asked.is_set():
                    break
            status, stopped = attached.status(), attached.stop()
            failure = _flush(memory) if stopped else HANGS
        answer = _document(config, loop, status, memory, path, interrupted=asked.is_set())
    finally:
        if stopped or attached.stop():  # who waits for a memory that hangs hangs, too
            with contextlib.suppress(StoreError):  # told by `_flush`
                memory.close()
    answer["failed"] |= {"memory": failure} if failure else {}
    answer["driven"] = {name: {"status": one.last.status, "doing": one.doing} for name, one in driven.items()}
    if as_json:
        console.print_json(answer)
    else:
        console.print_facts(console.answers(), config.memory or "memory", _facts(answer))
    has_failed = bool(answer["failed"]) or any(one["status"] == "failed" for one in answer["driven"].values())
    is_good = bool(answer["admitted"]) and not has_failed
    return console.INTERRUPTED if asked.is_set() else console.GOOD if is_good else console.BAD


def _flush(memory: SpatialMemory) -> str:
    """Wait until all is durable; return why it is not, "" where it is."""
    try:
        memory.flush()
    except StoreError as error:
        return str(error)
    return ""


class _Loop:
    """A control loop that asks one question a turn, and takes down how long that took; then whoever is driven by it
    has its turn.

    driven: sources with a robot that a planner drives: each is given the turn by its method `turn`, and its planner is
    followed.
    """

    def __init__(self, attached: Attached, hz: float, driven: Sequence[Any] = ()):
        self._attached, self._step_s, self._driven = attached, 1.0 / hz, driven
        for one in driven:
            attached.follow(one)
        self.count = 0
        self.took_ms: deque[float] = deque(maxlen=NEWEST)
        self.driving_ms: deque[float] = deque(maxlen=NEWEST)
        """How long whoever is driven took for its turns."""
        self.missed = 0
        """Turns that began later than the next should have."""
        self.health = dict.fromkeys(Health, 0)
        self.broken: deque[str] = deque(maxlen=BROKEN_MAX)
        """Why plans did not hold any more."""
        self._pace, self._said_s = Pace(), 0.0

    def turns(self, seconds: float | None) -> Iterator[Tick]:
        """Yield turn after turn, at the loop's rate, until time is up or every source has ended."""
        self._pace = Pace()
        while seconds is None or self._pace.elapsed_s < seconds:
            self.missed += self._pace.wait(self.count * self._step_s) > self._step_s
            started_s = time.perf_counter()
            turn = self._attached.tick()
            robot = turn.view.robot
            if robot is not None:
                turn.view.state(robot.X_WB[None, :3, 3])
            self.took_ms.append(1e3 * (time.perf_counter() - started_s))
            self.health[turn.health] += 1
            self.broken += [broken.why for _, broken in turn.broken]
            asked_s = time.perf_counter()
            for one in self._driven:
                one.turn(turn)
            self.driving_ms.append(1e3 * (time.perf_counter() - asked_s))
            self.count += 1
            yield turn
            if self._attached.has_ended:
                return

    def is_due(self, every_s: float) -> bool:
        """Return whether it is time for a line."""
        if self._pace.elapsed_s - self._said_s < every_s:
            return False
        self._said_s = self._pace.elapsed_s
        return True


def _line(turn: Tick, status: Status, memory: SpatialMemory, path: Path | None, doing: Mapping[str, str]) -> str:
    """Return how it goes, on one line."""
    said = [f"{turn.health.value:<8} age {turn.age_s:.2f} s"]
    for name, rates in status.rates.items():
        lost = {"dropped": rates.dropped, "without a pose": rates.unposed, "lost": rates.lost, **rates.rejected}
        losses = "".join(f", {count} {what}" for what, count in lost.items() if count)
        said.append(f"{name} {rates.admitted_hz:.1f} of {rates.sent_hz:.1f}/s{losses}")
    said += [f"{name} {mib:.1f} of {budget_mib:g} MiB" for name, (mib, budget_mib) in memory.budgets.items()]
    said.append(f"objects {memory.object_counts['confirmed']} of {memory.config.shortterm.objects_max}")
    if path is not None:
        said.append(f"file {shown_bytes(size_of(path))}")
    said_besides = [turn.reason, *(f"{name}: {what}" for name, what in doing.items())]
    return "\n         ".join(["  ".join(said), *(one for one in said_besides if one)])


def _document(
    config: AttachConfig, loop: _Loop, status: Status, memory: SpatialMemory, path: Path | None, *, interrupted: bool
) -> dict[str, Any]:
    view = memory.view()
    sources = {
        name: {**asdict(tally), "rejected": dict(sorted(tally.rejected.items())), "acknowledged": tally.acknowledged}
        for name, tally in status.tallies.items()
    }
    return {
        "memory": config.memory,
        "ticks": loop.count,
        "ticks_missed": loop.missed,
        "tick_ms": _shares(loop.took_ms),
        "driving_ms": _shares(loop.driving_ms),
        "broken": list(loop.broken),
        "ticks_by_health": {health.value: count for health, count in loop.health.items()},
        "sources": sources,
        "admitted": sum(tally.admitted for tally in status.tallies.values()),
        "failed": dict(status.failed),
        "restarts": status.restarts,
        "map": map_figures(view),
        "objects": object_figures(view),
        "file_bytes": None if path is None else size_of(path),
        "budgets_mib": {
            name: {"taken": round(mib, 3), "budget": limit} for name, (mib, limit) in memory.budgets.items()
        },
        "state_hash": view.state_hash(),
        "interrupted": interrupted,
    }


def _shares(took_ms: Iterable[float]) -> dict[str, float]:
    """Return how long the newest turns took [ms], by share of them."""
    taken = list(took_ms) or [0.0]
    return {f"p{share:g}": round(float(np.quantile(taken, share / 100)), 3) for share in (50, 99, 99.9)}


def _facts(answer: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield "ticks", f"{answer['ticks']}, {answer['ticks_missed']} missed; {_times(answer['tick_ms'])}"
    yield "health", ", ".join(f"{name} {count}" for name, count in answer["ticks_by_health"].items() if count)
    for why in answer["broken"]:
        yield "broken", why
    for name, told in answer["sources"].items():
        lost = {"dropped": told["dropped"], "without a pose": told["unposed"], "lost": told["lost"], **told["rejected"]}
        losses = "".join(f", {count} {what}" for what, count in lost.items() if count)
        yield name, f"{told['admitted']} of {told['sent']} admitted{losses}"
    for name, why in answer["failed"].items():
        yield "failed", f"{name}: {why}"
    for name, one in answer["driven"].items():
        yield "driven", f"{name}: {one['status']}, {one['doing']}; its turns {_times(answer['driving_ms'])}"
    if answer["restarts"]:
        yield "taken over", f"{answer['restarts']} times by another thread"
    yield from map_facts(answer["map"])
    yield from object_facts(answer["objects"])
    budgets = answer["budgets_mib"].items()
    yield "budgets", ", ".join(f"{name} {one['taken']:.1f} of {one['budget']:g} MiB" for name, one in budgets)
    if answer["file_bytes"] is not None:
        yield "file", shown_bytes(answer["file_bytes"])
    yield "state", answer["state_hash"]


def _times(shares_ms: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {ms:.2f} ms" for name, ms in shares_ms.items())
