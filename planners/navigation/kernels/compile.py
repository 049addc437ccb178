"""How kernels are declared and compiled.

Every kernel names its argument types. It is compiled for those and no others, by `compile_declared` or at its first
call: an argument of another type is an error later, not a pause of seconds in the middle of a drive. No fast-math, so
kernels give the same bytes on any CPU.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numba
from numba import types

__all__ = ["array", "compile_declared", "device", "kernel", "readonly"]

_OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "boundscheck": False}
_declared: list[_Kernel] = []


class _Kernel:
    """A declared kernel, to be called like the function that it is made of."""

    def __init__(self, dispatcher: Any, signatures: tuple[Any, ...]):
        self._dispatcher, self._signatures, self._ready = dispatcher, signatures, False
        functools.update_wrapper(self, dispatcher)

    def __call__(self, *arguments: Any) -> Any:
        if not self._ready:
            self.compile()
        return self._dispatcher(*arguments)

    def compile(self) -> bool:
        """Make it ready; return whether it had to be compiled, as the cache does not have it."""
        if self._ready:
            return False
        for signature in self._signatures:
            self._dispatcher.compile(signature)
        self._dispatcher.disable_compile()
        self._ready = True
        stats = self._dispatcher.stats
        return not stats.cache_path or sum(stats.cache_misses.values()) > 0


def kernel(*signatures: Any) -> Callable[[Callable[..., Any]], _Kernel]:
    """Declare a kernel for the given argument types (tuples of numba types)."""

    def declare(function: Callable[..., Any]) -> _Kernel:
        try:
            dispatcher = numba.njit(cache=True, **_OPTIONS)(function)
        except RuntimeError:  # neither the package nor the user's cache folder can be written
            dispatcher = numba.njit(**_OPTIONS)(function)
        _declared.append(_Kernel(dispatcher, signatures))
        return _declared[-1]

    return declare


def device(function: Callable[..., Any]) -> Any:
    """Declare a function that kernels call; it is compiled into each of them.

    Numba's cache looks at the kernel's own file only: after editing a function that kernels of other files call,
    delete `__pycache__`.
    """
    return numba.njit(**_OPTIONS)(function)


def readonly(dtype: Any, rank: int) -> types.Array:
    """Return the type of a C-ordered input array; writable arrays fit it too."""
    return types.Array(dtype, rank, "C", readonly=True)


def array(dtype: Any, rank: int) -> types.Array:
    """Return the type of a C-ordered array that the kernel writes."""
    return types.Array(dtype, rank, "C")


def compile_declared() -> int:
    """Compile what is declared and not ready yet, or load it from the cache; return how many were compiled."""
    return sum(one.compile() for one in _declared)
