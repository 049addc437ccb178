"""`attach`: a memory beside a robot's control loop. Neither ever waits for the other."""

from __future__ import annotations

import math
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from spatialmem.clock import MonotonicClock, Pace
from spatialmem.config import checked
from spatialmem.errors import InputError, told
from spatialmem.kernels.warmup import warm_up
from spatialmem.leases import Broken, Lease, Leased
from spatialmem.live.config import LiveConfig
from spatialmem.live.health import Health, Moment, Rates, SourceRates, judge
from spatialmem.live.inbox import Feed, Inbox, Tally, checked_name, source_of
from spatialmem.live.ingest import Ingest
from spatialmem.live.leasing import Leasing
from spatialmem.live.onlooker import Onlooker
from spatialmem.live.poses import PoseBuffer
from spatialmem.live.readers import Reader, polled
from spatialmem.lookout import Lookout
from spatialmem.memory import SpatialMemory
from spatialmem.protocols import Clock, Detector, Embedder, Robot
from spatialmem.types import Input, Receipt, Rejected, RgbdFrame
from spatialmem.view import View

__all__ = ["Attached", "Status", "Tick", "attach"]

WATCH_S = 0.05
"""So often the watchdog looks."""
STOP_S = 0.8
"""So long `stop` waits in all for threads that are at work."""
SWITCH_S = 0.0005
"""So soon the interpreter lets another thread run: with its own 5 ms a control loop would wait for the ingest."""
ROBOT_HZ = 50.0, 15.0

Giver = Iterable[Any] | Callable[[], Any]


@dataclass(frozen=True, slots=True, eq=False)
class Tick:
    """What a control loop is given in one turn."""

    view: View
    """What the memory knows; nothing changes it."""
    age_s: float
    """How long ago the newest frame or scan in it came in; infinite before the first."""
    health: Health
    reason: str
    """Why the health is not OK."""
    broken: tuple[tuple[Lease, Broken], ...]
    """The leases that have ended since the last turn, each with the premise that broke and why."""
    unchecked: int
    """Leases that there was no time for in this turn's budget; they come first in the next."""


@dataclass(frozen=True, slots=True)
class Status:
    """How a live memory is, for whoever watches it."""

    health: Health
    reason: str
    age_s: float
    rates: Mapping[str, SourceRates]
    tallies: Mapping[str, Tally]
    restarts: int
    """How often another thread took over from one that hung or had ended."""
    failure: str
    """What ended one of them the last time."""
    failed: Mapping[str, str]
    """The sources and detectors that have failed, and how."""


class _Seen(NamedTuple):
    """What the watchdog saw last."""

    rates: Mapping[str, SourceRates]
    failed: Mapping[str, str]
    silent: Mapping[str, float]


class Attached:
    """A memory that takes in what sources bring, in a thread of its own, while a control loop asks it.

    Made by `attach`; a context manager that stops. Any thread may call any method; `tick` is for one loop.
    """

    def __init__(self, memory: SpatialMemory, config: LiveConfig, clock: Clock):
        self.memory, self.config = memory, config
        self._clock, self._rates = clock, Rates(config.window_s)
        poses = PoseBuffer(config.pose_gap_s, memory.config, memory.view()._gate)
        self._inbox = Inbox(config, clock, poses)
        self._ingest = Ingest(self._inbox, memory.observe, after=self._show, clock=clock)
        self._onlookers: list[Onlooker] = []
        self._readers: list[Reader] = []
        self._leasing = Leasing(clock)
        self._odd = ""
        """What kept the watchdog from looking the last time; "" where it could."""
        self._stopped = threading.Event()
        self._seen = _Seen({}, {}, {})
        self._restarts = 0
        self._watchdog = threading.Thread(target=self._watch, name="spatialmem-watchdog", daemon=True)

    def _start(self) -> None:
        self._ingest.start()
        for one in (*self._readers, *self._onlookers):
            one.thread.start()
        self._watchdog.start()

    def _show(self, x: Input, answer: Receipt | Rejected) -> None:
        """Show a frame that was admitted to the detectors: called by the ingest."""
        if isinstance(answer, Receipt) and isinstance(x, RgbdFrame):
            for onlooker in self._onlookers:
                onlooker.offer(x)

    # what comes in

    def put(self, x: Any) -> bool:
        """Have an `Input` or an `UnposedFrame` told to the memory; return at once.

        False where an older one of its source gave way to it.

        For whoever is called when something comes in, such as a ROS 2 subscription; the queue is that of `x.source`.
        """
        return self._inbox.feed(source_of(x)).put(x)

    def feed(self, name: str) -> Feed:
        """Return the queue of a name, to put inputs into whatever their own source is.

        Raises InputError for what is no name.
        """
        return self._inbox.feed(checked_name(name))

    # the control loop

    def tick(self, budget_ms: float = 1.0) -> Tick:
        """Return what is known now. Waits for nothing: not for a frame that is being taken in, and not for a disk.

        budget_ms: once asking the premises of leases has taken so long [ms] no further lease is asked; those that are
        left come first in the next turn.
        """
        began_ns = self._clock.now_ns()
        age_s = self.age_s
        view = self.memory.view()  # has the frame in it that the age is of
        health, reason = self._verdict(age_s)
        broken, unchecked = self._leasing.ask(view, began_ns, budget_ms)
        return Tick(view, age_s, health, reason, tuple(broken), unchecked)

    def lease(self, lease: Lease) -> Lease:
        """Have `tick` tell when a premise of a plan breaks, once; then it is over. Return the lease.

        Raises InputError for what is no `Lease`.
        """
        self._leasing.take(lease)
        return lease

    def end_lease(self, lease: Lease) -> None:
        """Have a lease told of no more: its plan is over."""
        self._leasing.drop(lease)

    def follow(self, planner: Leased) -> None:
        """Have every tick ask the lease that a planner has by then, such as a `Navigator`: who holds that one object
        finds it broken at its next step. What the planner itself finds broken first, the next tick tells, too. Call
        `tick` in the thread that steps the planner.

        Raises InputError for what has no `lease`.
        """
        self._leasing.follow(planner)

    def unfollow(self, planner: Leased) -> None:
        """Have no tick ask for a planner's lease any more: it drives no longer."""
        self._leasing.unfollow(planner)

    @property
    def age_s(self) -> float:
        """How long ago the newest frame or scan came in that the memory has admitted [s]; infinite before the first."""
        newest_ns = self._ingest.newest_ns
        return math.inf if newest_ns is None else max(self._clock.now_ns() - newest_ns, 0) / 1e9

    # how it is

    @property
    def has_ended(self) -> bool:
        """Whether there were sources, every one has ended, and nothing of theirs waits any more."""
        if not self._readers or not all(reader.ended for reader in self._readers):
            return False
        # What was taken in may be looked at by a detector still, and what that found waits then.
        return self._is_empty() and all(one.is_idle for one in self._onlookers) and self._is_empty()

    def _is_empty(self) -> bool:
        return not any(one.waiting for one in self._inbox.tallies().values())

    def status(self) -> Status:
        """Return how it is, and what became of all that came in."""
        age_s = self.age_s
        health, reason = self._verdict(age_s)
        tallies = self._inbox.tallies()
        return Status(
            health, reason, age_s, self._seen.rates, tallies, self._restarts, self._ingest.failure, self._failed()
        )

    def _verdict(self, age_s: float) -> tuple[Health, str]:
        ingest, seen = self._ingest, self._seen
        moment = Moment(
            age_s=age_s,
            busy_s=ingest.busy_s,
            hanging=ingest.hanging,
            is_running=ingest.is_running,
            trouble=ingest.trouble,
            failed=seen.failed,
            silent=seen.silent,
            rates=seen.rates,
        )
        return judge(moment, self.config)

    def _watch(self) -> None:
        """Look again and again how it is: what the watchdog runs. Nothing ends it but the end."""
        while not self._stopped.wait(WATCH_S):
            try:
                self._look()
                self._odd = ""
            except Exception as error:  # such as no thread being left to take over
                self._odd = told(error)

    def _look(self) -> None:
        """Have another thread take over where the ingest hangs or has ended."""
        now_ns = self._clock.now_ns()
        self._seen = _Seen(
            rates=self._rates.note(now_ns, self._inbox.tallies()),
            failed=self._failed(),
            silent=self._inbox.silent(now_ns),
        )
        ingest = self._ingest
        hangs = ingest.busy_s > self.config.hung_s and not ingest.trouble
        if (hangs or not ingest.is_running) and ingest.hanging < self.config.takeovers_max:
            self._restarts += 1
            ingest.start()

    def _failed(self) -> dict[str, str]:
        failed = {reader.name: reader.trouble for reader in self._readers if reader.trouble}
        looking = {f"detector {one.lookout.source}": one.trouble for one in self._onlookers if one.trouble}
        watching = {"watchdog": self._odd} if self._odd else {}
        return {**failed, **looking, **self._leasing.failed, **watching}

    # the end

    def stop(self) -> bool:
        """Take in nothing more, within a second; return whether every thread of its own has ended.

        There is nothing to save: what was admitted is in the memory, and durable within about 20 ms where it has a
        file. The memory stays open. What waits in queues is dropped, and counted.
        """
        self._stopped.set()
        for one in (*self._readers, *self._onlookers):
            one.stop()
        self._inbox.close()
        pace, ended = Pace(), self._ingest.stop(STOP_S)
        threads = [self._watchdog, *(one.thread for one in (*self._readers, *self._onlookers))]
        for thread in threads:
            thread.join(max(STOP_S - pace.elapsed_s, 0.0))
        return ended and not any(thread.is_alive() for thread in threads)

    def __enter__(self) -> Attached:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def attach(
    memory: SpatialMemory,
    sources: Mapping[str, Giver] | None = None,
    robot: Robot | None = None,
    *,
    detectors: Mapping[str, Detector] | None = None,
    embedder: Embedder | None = None,
    config: LiveConfig | None = None,
    clock: Clock | None = None,
) -> Attached:
    """Attach a memory to what brings inputs; return it at work.

    sources: by name, iterables of inputs or callables that return them (see `Reader`), each read in a thread of its
    own; one with a method `show_memory` is given the memory's `view` by it, to show others. robot: asked for its state
    and frames likewise, where its methods may be called from another thread. Whoever is called when something comes in
    uses `Attached.put`. detectors: by name; each looks at the newest frame in a thread of its own, and embedder
    describes what it finds. clock: for spans, else the computer's that nobody sets.
    Compiles what is not compiled yet first. Raises InputError for what is no source, ConfigError.
    """
    if not isinstance(memory, SpatialMemory):
        raise InputError(f"the memory is a {type(memory).__name__}; a SpatialMemory is needed.")
    if clock is not None and not isinstance(clock, Clock):
        raise InputError(f"the clock is a {type(clock).__name__}; a spatialmem.Clock has now_ns().")
    for what, given in (("sources", sources), ("detectors", detectors)):
        if given is not None and not isinstance(given, Mapping):
            raise InputError(f"{what} is a {type(given).__name__}; each has a name: {{'camera': ...}}.")
        for name in given or ():
            checked_name(name)
    config = checked(LiveConfig() if config is None else config, LiveConfig)
    warm_up()
    attached = Attached(memory, config, clock or MonotonicClock())
    sources = dict(sources or {})
    if robot is not None:
        if "robot" in sources:
            raise InputError("a source is called 'robot', and there is a robot; call the source something else.")
        wait = attached._stopped.wait
        sources["robot"] = polled(robot, state_hz=ROBOT_HZ[0], frame_hz=ROBOT_HZ[1], wait=wait)
    attached._readers = [Reader(name, source, attached._inbox.feed) for name, source in sources.items()]
    for source in sources.values():
        if hasattr(source, "show_memory"):
            source.show_memory(memory.view)  # pyright: ignore[reportAttributeAccessIssue]
    for name, detector in (detectors or {}).items():
        attached._onlookers.append(Onlooker(Lookout(name, detector, embedder), attached.feed(name)))
    sys.setswitchinterval(min(sys.getswitchinterval(), SWITCH_S))
    attached._start()
    return attached
