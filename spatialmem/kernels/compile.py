"""How kernels are declared and compiled.

Every kernel names its argument types, so that nothing is ever compiled in the middle of a control loop: after
`warm_up` an argument of another type is an error, not a pause of seconds.

Kernels are the same bytes on any CPU: of LLVM's fast-math only `nnan ninf nsz` is allowed. Contraction (fused
multiply-add) would round differently where the CPU has it, and move a point into the next voxel.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numba
from numba import types

__all__ = ["array", "compile_declared", "device", "exact_device", "kernel", "readonly"]

_OPTIONS: dict[str, Any] = {
    "nogil": True,
    "error_model": "numpy",
    "boundscheck": False,
    "fastmath": {"nnan", "ninf", "nsz"},
}
_EXACT: dict[str, Any] = {**_OPTIONS, "fastmath": False}
_log = logging.getLogger("spatialmem")


@dataclass(slots=True)
class _Kernel:
    """A declared kernel: its dispatcher and the argument types it is compiled for."""

    dispatcher: Any
    signatures: tuple[Any, ...]
    ready: bool = False


_declared: list[_Kernel] = []


def kernel(*signatures: Any, exact: bool = False) -> Callable[[Callable[..., Any]], Any]:
    """Declare a kernel for the given argument types (tuples of numba types); `warm_up` compiles it.

    exact: no fast-math at all, for kernels that are handed NaN or infinity.
    """
    options = _EXACT if exact else _OPTIONS

    def declare(function: Callable[..., Any]) -> Any:
        try:
            dispatcher = numba.njit(cache=True, **options)(function)
        except RuntimeError:  # neither the package nor the user's cache folder can be written
            dispatcher = numba.njit(**options)(function)
        _declared.append(_Kernel(dispatcher, signatures))
        return dispatcher

    return declare


def device(function: Callable[..., Any]) -> Any:
    """Declare a function that kernels call; it is compiled into each of them.

    Numba's cache looks at the kernel's own file only: after editing a function that kernels of other files call,
    delete `__pycache__`.
    """
    return numba.njit(**_OPTIONS)(function)


def exact_device(function: Callable[..., Any]) -> Any:
    """Declare a function for exact kernels: it may be handed NaN or infinity."""
    return numba.njit(**_EXACT)(function)


def readonly(dtype: Any, rank: int) -> types.Array:
    """Return the type of a C-ordered input array; writable arrays fit it too."""
    return types.Array(dtype, rank, "C", readonly=True)


def array(dtype: Any, rank: int) -> types.Array:
    """Return the type of a C-ordered array that the kernel writes."""
    return types.Array(dtype, rank, "C")


def compile_declared(progress: Callable[[str, int, int, int], None] | None) -> int:
    """Compile what is declared and not ready yet, or load it from the cache; see `warm_up`."""
    compiled = 0
    for index, entry in enumerate(_declared):
        if entry.ready:
            continue
        if progress is not None:
            progress(entry.dispatcher.__name__, index, len(_declared), compiled)
        for signature in entry.signatures:
            entry.dispatcher.compile(signature)
        entry.dispatcher.disable_compile()
        entry.ready = True
        if sum(entry.dispatcher.stats.cache_misses.values()) > 0 or not entry.dispatcher.stats.cache_path:
            compiled += 1
            if compiled == 1 and progress is None:
                _log.warning(
                    "compiling %d kernels, once on this machine, for half a minute; "
                    "`spatialmem warmup` does it ahead of time.",
                    len(_declared),
                )
    return compiled
