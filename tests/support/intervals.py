"""How sure a mean over seeds is: bootstrapped intervals."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

__all__ = ["mean_interval"]


def mean_interval(values: Sequence[float], *, resamples: int = 10_000, seed: int = 0) -> tuple[float, float, float]:
    """Return the mean of one value a seed, and its 95 % interval: percentiles of resampled means (Efron 1979).

    Values that are not a number are left out; all three are not a number where none is left. For two arms that ran the
    same seeds, give the differences.
    """
    kept = np.asarray(values, float)
    kept = kept[~np.isnan(kept)]
    if not len(kept):
        return float("nan"), float("nan"), float("nan")
    drawn = np.random.default_rng((seed, len(kept))).integers(0, len(kept), (resamples, len(kept)))
    low, high = np.percentile(kept[drawn].mean(axis=1), (2.5, 97.5))
    return float(kept.mean()), float(low), float(high)
