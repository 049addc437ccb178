"""Where the floor is, from how many occupied voxels lie at each height."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Integer

__all__ = ["find_floor"]

LAYER_THICKNESS_M = 0.1
STRONG_SHARE = 0.35


def find_floor(
    z_m: Float[np.ndarray, "k"], count: Integer[np.ndarray, "k"], *, below_m: float | None = None
) -> float | None:
    """Return the height of the lowest strong horizontal layer [m], or None where there is no layer at all.

    z_m: centre heights of the voxel layers, evenly spaced and rising; count: occupied voxels in each. Strong is a
    layer, 0.1 m thick, with at least 35 % of what the strongest has: a wall spreads over all heights, a table is
    small beside its floor. Only layers below `below_m` are looked at where it is given (no camera is under the
    floor), unless that leaves none.
    """
    if below_m is not None and (count[z_m < below_m] > 0).any():
        z_m, count = z_m[z_m < below_m], count[z_m < below_m]
    if not (count > 0).any():
        return None
    spacing = float(z_m[1] - z_m[0]) if len(z_m) > 1 else LAYER_THICKNESS_M
    window = max(1, round(LAYER_THICKNESS_M / spacing))
    layer = np.convolve(count, np.ones(window, int))[window - 1 :]  # sum of `window` layers from each one upwards
    first = int(np.flatnonzero(layer >= STRONG_SHARE * layer.max())[0])
    # The first strong window only touches the layer: its peak, one thickness further at most, is the floor.
    reach = slice(first, first + 2 * window)
    return float(z_m[reach][np.argmax(count[reach])])
