"""Compiles the kernels before the work starts, and says so where that takes time."""

from __future__ import annotations

import time
from collections.abc import Callable

from rich.console import Console

__all__ = ["prepare_kernels"]

QUIET_S = 1.0
"""Loading all kernels from the cache takes less; whatever takes longer is compiling."""


def prepare_kernels(say: Console, each: Callable[[str, int, int], None] | None = None) -> tuple[int, float]:
    """Compile or load every kernel. Returns how many had to be compiled, and the seconds that it took.

    Without `each`, which is called before every kernel, one line announces a compilation as soon as it is known
    to be one, and one says when it is over.
    """
    from spatialmem.kernels.warmup import warm_up

    started = time.perf_counter()
    announced = False

    def announce(name: str, index: int, count: int) -> None:
        nonlocal announced
        if not announced and time.perf_counter() - started > QUIET_S:
            announced = True
            say.print(f"Compiling {count} kernels, once on this machine; this takes half a minute ...")

    compiled = warm_up(each or announce)
    seconds = time.perf_counter() - started
    if announced and compiled:
        say.print(f"Compiled {compiled} kernels in {seconds:.0f} s; the next start is immediate.")
    return compiled, seconds
