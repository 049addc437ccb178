"""Does a source for `attach` keep its promises? Such as those of the group `spatialmem.sources`."""

from __future__ import annotations

import gc
import os
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from spatialmem.clock import Pace
from spatialmem.config import Config, OctreeConfig
from spatialmem.live import Attached, Health, LiveConfig, Status, UnposedFrame, attach
from spatialmem.memory import SpatialMemory
from spatialmem.types import Reason, Receipt, Rejected

__all__ = ["check_live_source"]

START_S = STOP_S = 1.0
"""So soon a source is made, and so soon it has stopped."""
GONE_S = 1.0
"""So soon after that its threads and descriptors are gone."""
OTHERS = {Reason.NO_FRAME, Reason.NO_OBJECT, Reason.MAP_FULL}
"""Reasons that say nothing against the source: a detector's source brings no frames."""
NAME = "source"


def check_live_source(
    make: Callable[[], Any],
    *,
    world: str = "world",
    inputs_min: int = 10,
    wait_s: float = 10.0,
    unplug: Callable[[Any], object] | None = None,
) -> None:
    """Check what `attach` takes as a source; `make` opens it anew each time.

    It is an iterable of inputs or a callable that returns them, made within a second. `inputs_min` of them come within
    `wait_s` seconds, or fewer where it ends; all are inputs of this world, the gate admits them, and stamps advance by
    source and kind. It raises nothing. It stops within a second of being told, at any time and more than once, and
    leaves neither threads nor descriptors behind. What was opened again works again.
    unplug: makes a source that is at work fail, as a camera does that is pulled out; it must raise then, so that the
    health says so, and why. Raises AssertionError.
    """
    _ = _closed_at_once(make, world)  # also imports what it needs
    before = _held()
    for again in (False, True):
        source = _made(make)
        memory = _Listening(_settings(world))
        live = attach(memory, {NAME: source}, config=LiveConfig(queue_max=1024))
        try:
            _wait(lambda one=live: _came(one) >= inputs_min or one.has_ended or bool(one.status().failed), wait_s)
            status, has_ended = live.status(), live.has_ended
        finally:
            _stop(live)
        what = "opened again, " if again else ""
        assert not status.failed, f"{what}the source raised: {status.failed.get(NAME)}"
        count = sum(one.sent for one in status.tallies.values())
        assert count, f"{what}nothing came within {wait_s:g} s"
        assert count >= inputs_min or has_ended, f"{what}only {count} inputs came within {wait_s:g} s"
        memory.check(status)
        del source, live
        _check_gone(before)
    if unplug is not None:
        _check_unplugged(make, world, unplug, wait_s)
        _check_gone(before)


class _Listening(SpatialMemory):
    """Keeps what it was told, and its answer."""

    def __init__(self, config: Config):
        super().__init__(config)
        self.told: list[tuple[Any, Receipt | Rejected]] = []

    def observe(self, x: Any) -> Receipt | Rejected:
        answer = super().observe(x)
        self.told.append((x, answer))
        return answer

    def check(self, status: Status) -> None:
        """Check what came of a source."""
        lost = [name for name, one in status.tallies.items() if one.unposed and not one.acknowledged]
        assert not lost, (
            f"no {UnposedFrame.__name__} of {', '.join(lost)} found a pose; bring a RobotState on each side"
        )
        assert self.told, "nothing of what came could be told to the memory"
        newest: dict[tuple[str, type], int] = {}
        for number, (x, answer) in enumerate(self.told):
            if isinstance(answer, Rejected) and answer.reason not in OTHERS:
                hint = "; an iterable yields [] while there is nothing" if x is None else ""
                raise AssertionError(f"input {number} is rejected, {answer.reason.value}: {answer.detail}{hint}")
            before = newest.get((x.source, type(x)))
            assert before is None or x.stamp_ns > before, (
                f"input {number}, a {type(x).__name__} of {x.source!r}, has stamp_ns {x.stamp_ns}, the one before it "
                f"{before}; stamps must advance"
            )
            newest[x.source, type(x)] = x.stamp_ns


def _settings(world: str) -> Config:
    return Config(world=world, octree=OctreeConfig(threads=1))  # kernels that share their work keep threads for it


def _made(make: Callable[[], Any]) -> Any:
    """Make a source that was made, and closed, before."""
    pace = Pace()
    try:
        source = make()
    except Exception as error:  # whatever a foreign source does
        raise AssertionError(
            f"opened again, it raises {type(error).__name__}: {error}; what it holds must be closed where it ends"
        ) from error
    took_s = pace.elapsed_s
    assert took_s <= START_S, (
        f"it took {took_s:.1f} s to make, {START_S:g} s are allowed; connect while it is read, in a thread of its own"
    )
    assert isinstance(source, Iterable) or callable(source), (
        f"a source is an iterable of inputs, or a callable that returns them; this is a {type(source).__name__}"
    )
    return source


def _closed_at_once(make: Callable[[], Any], world: str) -> None:
    """Make a source, and stop it before anything can have come."""
    source = make()
    if isinstance(source, Iterable) or callable(source):
        _stop(attach(SpatialMemory(_settings(world)), {NAME: source}))


def _stop(live: Attached) -> None:
    pace = Pace()
    ended = live.stop()
    while not ended and pace.elapsed_s < STOP_S:
        ended = live.stop()
    assert ended, (
        f"it has not stopped within {STOP_S:g} s of being told: an iterable must yield, [] where there is nothing, "
        f"and a callable return, None then, a few times a second"
    )


def _came(live: Attached) -> int:
    tallies = live.status().tallies.values()
    return sum(one.sent - one.waiting for one in tallies)


def _wait(holds: Callable[[], bool], seconds: float) -> bool:
    pace = Pace()
    while not (held := holds()) and pace.elapsed_s < seconds:
        time.sleep(0.005)
    return held


def _held() -> tuple[set[threading.Thread], Mapping[str, str]]:
    """Return the threads, and what each descriptor is of."""
    gc.collect()
    found = {}
    for descriptor in Path("/proc/self/fd").iterdir():
        try:
            found[descriptor.name] = os.readlink(descriptor)
        except OSError:  # that of this very listing
            continue
    return set(threading.enumerate()), found


def _check_gone(before: tuple[set[threading.Thread], Mapping[str, str]]) -> None:
    """Check that nothing is held that was not held before."""
    threads, descriptors = before
    pace = Pace()
    while True:
        now = _held()
        left = sorted(thread.name for thread in now[0] - threads)
        more = sorted(of for name, of in now[1].items() if descriptors.get(name) != of)
        if not left and not more:
            return
        if pace.elapsed_s > GONE_S:
            break
        time.sleep(0.02)
    assert not left, f"threads are left behind: {', '.join(left)}; end them where the source is closed"
    raise AssertionError(f"descriptors are left behind, of {', '.join(more)}; close them where the source is closed")


def _check_unplugged(make: Callable[[], Any], world: str, unplug: Callable[[Any], object], wait_s: float) -> None:
    """Check that a source which fails says so."""
    source = _made(make)
    live = attach(SpatialMemory(_settings(world)), {NAME: source}, config=LiveConfig(queue_max=1024))
    try:
        _wait(lambda: _came(live) > 0, wait_s)
        unplug(source)
        told = _wait(lambda: NAME in live.status().failed and NAME in live.tick().reason, wait_s)
        status = live.status()
    finally:
        _stop(live)
    assert told, f"it was unplugged, and nothing was raised within {wait_s:g} s: nobody learns that it has failed"
    why = status.failed[NAME].partition(": ")[2]
    assert why, f"it failed with a {status.failed[NAME]} that says nothing; say what happened"
    assert status.health is not Health.OK, "it failed, and the health is OK"
