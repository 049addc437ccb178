"""Compiles the kernels before the work starts, and says so where that takes time."""

from __future__ import annotations

import time
from collections.abc import Callable

from rich.console import Console

__all__ = ["prepare_kernels"]


def prepare_kernels(say: Console, each: Callable[[str, int, int, int], None] | None = None) -> tuple[int, float]:
    """Compile or load every kernel. Returns how many had to be compiled, and the seconds that it took.

    Without `each`, see `warm_up`, one line announces a compilation once the first kernel was not in the cache, and one
    says when it is over.
    """
    from spatialmem.kernels.warmup import warm_up

    started = time.perf_counter()
    announced = False

    def announce(name: str, index: int, count: int, compiled: int) -> None:
        nonlocal announced
        if compiled and not announced:
            announced = True
            say.print(f"Compiling {count} kernels, once on this machine; this takes half a minute ...")

    compiled = warm_up(each or announce)
    seconds = time.perf_counter() - started
    if announced:
        say.print(f"Compiled {compiled} kernels in {seconds:.0f} s; the next start is immediate.")
    return compiled, seconds
