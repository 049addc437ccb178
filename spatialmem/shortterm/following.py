"""The detections of one frame and the objects that they show: known ones follow them, the others are new."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Int64

from spatialmem.config import ShortTermConfig
from spatialmem.shortterm.associate import assign
from spatialmem.shortterm.duplicates import distinct
from spatialmem.shortterm.fusion import Sightings, begin, follow, restart
from spatialmem.shortterm.lift import Lifted
from spatialmem.shortterm.table import Table

__all__ = ["followed", "one_each"]

Pairs = tuple[Int64[np.ndarray, "k"], Int64[np.ndarray, "k"]]


def one_each(lifted: Sequence[Lifted]) -> tuple[list[int], Sightings, dict[int, int]]:
    """Return which detections of a frame are kept, these as columns, and which of them stands for each detection."""
    wanted, seen = list(range(len(lifted))), Sightings(list(lifted))
    stand_in = dict(zip(wanted, (wanted[k] for k in distinct(seen)), strict=True))
    if any(i != j for i, j in stand_in.items()):
        wanted = [i for i in wanted if stand_in[i] == i]
        seen = Sightings([lifted[i] for i in wanted])
    return wanted, seen, stand_in


def followed(
    table: Table, seen: Sightings, stamp_ns: int, next_id: int, config: ShortTermConfig
) -> tuple[Int64[np.ndarray, "m"], Pairs]:
    """Let the objects follow what was seen of them, and every detection that fits none begin one, from next_id on.

    Returns the row of each detection's object; and of all pairs that are near, the detection and the other one's id.
    """
    noise_m2_s3, coast_s = config.acceleration_m_s2**2, config.coast_s
    rows, leaps, (which, near) = assign(table, seen, stamp_ns=stamp_ns, noise_m2_s3=noise_m2_s3, coast_s=coast_s)
    restart(table, rows[leaps])
    again = np.flatnonzero(rows >= 0)
    if len(again):
        follow(table, rows[again], seen, again, stamp_ns=stamp_ns, noise_m2_s3=noise_m2_s3, coast_s=coast_s)
    near_ids, fresh = table.ids[near], np.flatnonzero(rows < 0)
    rows = rows.copy()
    for object_id, i in enumerate(fresh.tolist(), next_id):
        rows[i] = table.add(object_id)
    table.first_ns[rows[fresh]] = table.stamp_ns[rows[fresh]] = stamp_ns
    if len(fresh):
        begin(table, rows[fresh], seen, fresh)
    return rows, (which, near_ids)
