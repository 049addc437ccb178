"""What planning an arm's motion asks ten thousand times, compiled.

chain.py      where the frames of an arm are
check.py      whether an arm touches something, at once or on its way
voxels.py     filling the grid of a scene, and leaving the robot out of its own pictures
"""

from __future__ import annotations

__all__ = ["warm_up"]


def warm_up() -> int:
    """Compile every kernel of manipulation, or load it from the cache, so that no control tick waits for it.

    Returns how many were not in the cache; compiling takes some seconds, once on a machine.
    """
    from planners.manipulation.kernels import chain, check, voxels  # noqa: F401 - importing declares them
    from planners.navigation.kernels.compile import compile_declared

    return compile_declared()
