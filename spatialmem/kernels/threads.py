"""The pool that runs range functions: kernel(start, stop, ...) over chunks of a range, on a few threads.

Kernels release the GIL. Chunks are taken as threads become free, and each writes only what belongs to its
chunk, so the result does not depend on how many threads there are. Runs of several callers share the pool; none waits
for a thread that is busy with another's. Numba's own parallel layers are not used:
one aborts the process when two threads enter it, another kills forked children.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

__all__ = ["run_ranges"]

_CHUNKS_PER_THREAD = 4
_Done = SimpleQueue["BaseException | None"]
_jobs: SimpleQueue[tuple[Callable[[], None], SimpleQueue[None], _Done]] = SimpleQueue()
_thread_count = 0


def run_ranges(
    kernel: Callable[..., Any], count: int, *arguments: Any, threads: int, grain: int, first: int = 0
) -> None:
    """Run kernel(start, stop, *arguments) over [first, first + count).

    grain: the fewest units worth a thread of their own; below it everything runs in the caller.
    """
    threads = min(threads, count // grain)
    if threads <= 1:
        if count > 0:
            kernel(first, first + count, *arguments)
        return
    chunk_count = threads * _CHUNKS_PER_THREAD
    bounds = [first + count * i // chunk_count for i in range(chunk_count + 1)]
    chunks = iter(range(chunk_count))

    def work() -> None:
        for i in chunks:  # `next` on a range iterator is atomic under the GIL
            kernel(bounds[i], bounds[i + 1], *arguments)

    tickets: SimpleQueue[None] = SimpleQueue()
    done: _Done = SimpleQueue()
    _ensure_threads(threads - 1)
    for _ in range(threads - 1):
        tickets.put(None)
        _jobs.put((work, tickets, done))
    try:
        work()
    finally:  # whoever is busy elsewhere has no ticket yet, finds none later, and is not waited for
        helper_count = threads - 1
        with contextlib.suppress(Empty):
            while True:
                tickets.get_nowait()
                helper_count -= 1
        errors = [done.get() for _ in range(helper_count)]
    for error in errors:
        if error is not None:
            raise error


def _serve() -> None:
    """Take jobs for ever. Queues in C wake a thread several times faster than an executor's futures do."""
    while True:
        work, tickets, done = _jobs.get()
        try:
            tickets.get_nowait()
        except Empty:  # all of it is done
            continue
        try:
            work()
            done.put(None)
        except BaseException as error:  # handed to the caller, who raises it
            done.put(error)


def _ensure_threads(count: int) -> None:
    """Have at least so many threads serving."""
    global _thread_count
    while _thread_count < count:
        _thread_count += 1
        Thread(target=_serve, name=f"spatialmem-kernel-{_thread_count}", daemon=True).start()


def _forget_threads() -> None:
    """Start anew in a forked child: the threads did not come along."""
    global _jobs, _thread_count
    _jobs, _thread_count = SimpleQueue(), 0


os.register_at_fork(after_in_child=_forget_threads)
