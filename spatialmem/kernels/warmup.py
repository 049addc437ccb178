"""All kernels ready to run: compiled, or loaded from the cache."""

from __future__ import annotations

import threading
from collections.abc import Callable

from spatialmem.kernels import (  # noqa: F401 - declares them
    ask,
    boxes,
    clearance,
    columns,
    dense,
    depth,
    depth_image,
    floor,
    free_space,
    lattice,
    layers,
    leaves,
    looking,
    octomap,
    places,
    rays,
    reach,
    scan,
    seen_through,
    slots,
    strides,
    surface,
    ways,
)
from spatialmem.kernels.compile import compile_declared

__all__ = ["warm_up"]

_warming_up = threading.Lock()


def warm_up(progress: Callable[[str, int, int, int], None] | None = None) -> int:
    """Compile every kernel, or load it from the cache. Returns how many had to be compiled.

    progress: called before each kernel with (name, index, count, how many had to be compiled so far). Without one, a
    first use that has to compile says so through the logger "spatialmem", once.
    """
    with _warming_up:
        return compile_declared(progress)
