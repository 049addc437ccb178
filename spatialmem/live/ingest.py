"""The thread that tells the memory what has come in, one input after another; another takes over where it hangs."""

from __future__ import annotations

import threading
from collections.abc import Callable

from spatialmem.clock import MonotonicClock, Pace
from spatialmem.errors import StoreError, told
from spatialmem.live.inbox import Inbox, Taken, is_sensed
from spatialmem.protocols import Clock
from spatialmem.types import Input, Receipt, Rejected

__all__ = ["Ingest"]

LOOK_S = 0.02
"""So often it looks whether it is still wanted, and whether a frame has waited for long enough."""
RETRY_S = 0.5
"""So long it rests where the memory's file cannot be written."""


class _Worker:
    """One thread, and what it has in hand since when."""

    def __init__(self, ingest: Ingest, number: int):
        self.since_ns: int | None = None
        self.thread = threading.Thread(
            target=ingest.work, args=(self,), name=f"spatialmem-ingest-{number}", daemon=True
        )


class Ingest:
    """Owns the thread. `observe`: the memory's; `after`: called in the thread with every input and its answer."""

    def __init__(
        self,
        inbox: Inbox,
        observe: Callable[[Input], Receipt | Rejected],
        *,
        after: Callable[[Input, Receipt | Rejected], None] | None = None,
        clock: Clock | None = None,
    ):
        self._inbox, self._observe, self._after = inbox, observe, after
        self._clock = clock or MonotonicClock()
        self._workers: list[_Worker] = []
        self._worker: _Worker | None = None
        self.started = 0
        """How many threads there have been."""
        self.newest_ns: int | None = None
        """When the newest frame or scan had come in that the memory has admitted; None before the first."""
        self.trouble = ""
        """Why the memory's file could not be written the last time; "" where it could."""
        self.failure = ""
        """What ended a thread the last time."""
        self._retry = threading.Event()
        self._starting = threading.Lock()
        self._stopped = False

    def start(self) -> None:
        """Begin, or let another thread take over: what the one before has in hand it may still tell, nothing more.

        Nothing once it was stopped: whoever watches may find it ended just then.
        """
        with self._starting:
            if self._stopped:
                return
            self.started += 1
            worker = _Worker(self, self.started)
            self._workers = [one for one in self._workers if one.thread.is_alive()] + [worker]
            self._worker = worker
            worker.thread.start()

    def stop(self, timeout_s: float) -> bool:
        """Tell nothing more; return whether every thread has ended by then. What hangs is left to itself."""
        with self._starting:
            self._stopped = True
            self._worker = None
        self._retry.set()
        pace = Pace()
        for one in self._workers:
            one.thread.join(max(timeout_s - pace.elapsed_s, 0.0))
        return not any(one.thread.is_alive() for one in self._workers)

    @property
    def is_running(self) -> bool:
        """Whether there is a thread that takes inputs."""
        worker = self._worker  # another thread may take over, or stop it, at any time
        return worker is not None and worker.thread.is_alive()

    @property
    def hanging(self) -> int:
        """How many threads that were given up have not come back."""
        return sum(one.thread.is_alive() for one in self._workers if one is not self._worker)

    @property
    def busy_s(self) -> float:
        """How long it has had the same input in hand [s]; 0 where it has none."""
        worker = self._worker
        since_ns = None if worker is None else worker.since_ns
        return 0.0 if since_ns is None else (self._clock.now_ns() - since_ns) / 1e9

    def work(self, worker: _Worker) -> None:
        """Tell the memory inputs for as long as this worker is wanted: what its thread runs."""
        while self._worker is worker:
            taken = self._inbox.take(LOOK_S)
            if taken is None:
                continue
            worker.since_ns = self._clock.now_ns()
            answer: Receipt | Rejected | None = None
            try:
                answer = self._told(taken, worker)
            except BaseException as error:  # of whoever made a policy, or a bug: this thread ends, another takes over
                self.failure = told(error)
                return
            finally:
                worker.since_ns = None
                self._inbox.note(taken, answer)

    def _told(self, taken: Taken, worker: _Worker) -> Receipt | Rejected | None:
        """Tell the memory one input, as often as it takes until its file can be written; None where it is no longer
        wanted."""
        while self._worker is worker:
            try:
                answer = self._observe(taken.input)
            except StoreError as error:
                self.trouble = str(error)
                self._retry.wait(RETRY_S)
                worker.since_ns = self._clock.now_ns()
                continue
            self.trouble = ""
            if isinstance(answer, Receipt) and is_sensed(taken.input):
                self.newest_ns = max(self.newest_ns or 0, taken.arrived_ns)
            if self._after is not None:
                self._after(taken.input, answer)
            return answer
        return None
