"""Which objects are worth least: how probably they are of use where they are kept, for what they take.

An object is of use if it is still there and is asked for. How often it was recalled says most of that; how often it
was seen says that it is about where the robot is, and says less with every sighting: so

    worth = P(still there) (1 + recalls + ln sightings) / bytes
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64, Int64

__all__ = ["least_worth", "worth"]


def worth(
    p: Float64[np.ndarray, "n"],
    recalls: Int64[np.ndarray, "n"],
    sightings: Int64[np.ndarray, "n"],
    size: Int64[np.ndarray, "n"],
) -> Float64[np.ndarray, "n"]:
    """Return what objects are worth, per byte. p: that they are still there. size [bytes]."""
    return p * (1.0 + recalls + np.log(np.maximum(sightings, 1))) / size


def least_worth(
    ids: Int64[np.ndarray, "n"], value: Float64[np.ndarray, "n"], size: Int64[np.ndarray, "n"], wanted: int
) -> Int64[np.ndarray, "m"]:
    """Return the objects that go, by id, to get so many bytes: those of the least value, of equals the lowest ids.

    The best one stays.
    """
    order = np.lexsort((ids, value))
    count = int(np.searchsorted(np.cumsum(size[order]), wanted)) + 1
    return np.sort(ids[order[: min(count, len(ids) - 1)]])
