"""Log-odds in OctoMap's files, floats in nats, and here, int8 in 1/32 nat.

OctoMap takes a node of log-odds 0 or more for occupied, we take 0 for free. So in either direction the state decides,
and the number follows as near as the state allows:

    in    round(32 x), clipped to [-64, 112]; at least 1 where OctoMap says occupied, at most 0 where it says free
    out   q / 32, but -1/64 for 0, which OctoMap would take for occupied; that is read back as 0

A `.bt` file has no numbers: free is read as -64 and occupied as 112, the two limits, as OctoMap itself does. OctoMap's
own limits by default are -2.0 and 3.51 nats, which are -64 and 112 here.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32, Int8, UInt8

from spatialmem.kernels.layout import LOG_ODDS_MAX, LOG_ODDS_MIN, UNKNOWN

__all__ = ["CERTAIN", "RECORDS", "quanta_of"]

QUANTA_PER_NAT = 32


def quanta_of(log_odds: Float32[np.ndarray, "n"]) -> Int8[np.ndarray, "n"]:
    """Return OctoMap's log-odds [nat] as ours. The state never changes: OctoMap's >= 0 becomes > 0."""
    rounded = np.rint(np.clip(log_odds, -100, 100) * np.float32(QUANTA_PER_NAT))
    kept = np.where(log_odds >= 0, np.maximum(rounded, 1), np.minimum(rounded, 0))
    return np.clip(kept, LOG_ODDS_MIN, LOG_ODDS_MAX).astype(np.int8)


def _log_odds_written() -> UInt8[np.ndarray, "256 4"]:
    quanta = np.arange(-128, 128)
    nats = np.where(quanta == 0, -0.5, quanta) / QUANTA_PER_NAT
    return nats.astype("<f4").view(np.uint8).reshape(256, 4)


RECORDS = _log_odds_written()
"""The four bytes that are written for log-odds -128, -127, ..., 127."""

_ALL = np.arange(-128, 128)
CERTAIN = np.where(_ALL == UNKNOWN, UNKNOWN, np.where(_ALL > 0, LOG_ODDS_MAX, LOG_ODDS_MIN)).astype(np.int8)
"""For log-odds -128, -127, ..., 127: unknown, free or occupied, as a `.bt` file tells them."""
