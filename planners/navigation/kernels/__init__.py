"""What a control loop cannot wait for, compiled: searches over cells and voxels, and looking ahead.

compile.py    how a kernel is declared and compiled
heap.py       the queue of a search
grid.py       ways over the cells of a floor
lines.py      straight lines instead of their corners
voxels.py     ways through free voxels
arcs.py       how far a base can go on along arcs
poses.py      ways of an outline, forward, back and on the spot
behind.py     what a later picture sees something behind
rays.py       what is unknown along rays over a floor
field.py      how far all cells are from one
"""

from __future__ import annotations

__all__ = ["warm_up"]


def warm_up() -> int:
    """Compile every kernel of navigation, or load it from the cache, so that no control tick waits for it.

    Returns how many were not in the cache; compiling takes some seconds, once on a machine.
    """
    # importing declares them
    from planners.navigation.kernels import arcs, behind, field, grid, lines, poses, rays, voxels  # noqa: F401
    from planners.navigation.kernels.compile import compile_declared

    return compile_declared()
