"""The pool that runs range functions: kernel(start, stop, ...) over chunks of a range, on a few threads.

Kernels release the GIL. Chunks are taken as threads become free, and each writes only what belongs to its
chunk, so the result does not depend on how many threads there are. Numba's own parallel layers are not used:
one aborts the process when two threads enter it, another kills forked children.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

__all__ = ["run_ranges"]

_CHUNKS_PER_THREAD = 4
_pool: ThreadPoolExecutor | None = None
_pool_threads = 0


def run_ranges(kernel: Callable[..., Any], count: int, *arguments: Any, threads: int, grain: int) -> None:
    """Run kernel(start, stop, *arguments) over [0, count).

    grain: the fewest units worth a thread of their own; below it everything runs in the caller.
    """
    threads = min(threads, count // grain)
    if threads <= 1:
        if count > 0:
            kernel(0, count, *arguments)
        return
    chunk_count = threads * _CHUNKS_PER_THREAD
    bounds = [count * i // chunk_count for i in range(chunk_count + 1)]
    chunks = iter(range(chunk_count))

    def work() -> None:
        for i in chunks:  # `next` on a range iterator is atomic under the GIL
            kernel(bounds[i], bounds[i + 1], *arguments)

    helpers = [_executor(threads - 1).submit(work) for _ in range(threads - 1)]
    try:
        work()
    finally:
        for helper in helpers:
            helper.result()


def _executor(threads: int) -> ThreadPoolExecutor:
    """Return the process's pool, with at least so many threads."""
    global _pool, _pool_threads
    if _pool is None or _pool_threads < threads:
        _pool, _pool_threads = ThreadPoolExecutor(threads, thread_name_prefix="spatialmem-kernel"), threads
    return _pool


def _forget_pool() -> None:
    """Drop the pool in a forked child: its threads did not come along."""
    global _pool, _pool_threads
    _pool, _pool_threads = None, 0


os.register_at_fork(after_in_child=_forget_pool)
