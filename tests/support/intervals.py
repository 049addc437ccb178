"""How sure a mean over seeds is: bootstrapped intervals."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

__all__ = ["mean_interval", "ratio_interval"]


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


def ratio_interval(
    parts: Sequence[float], wholes: Sequence[float], *, resamples: int = 10_000, seed: int = 0
) -> tuple[float, float, float]:
    """Return sum(parts) / sum(wholes) over seeds, and its 95 % interval: percentiles over resampled seeds (Efron 1979).

    All three are not a number where the wholes are all 0; resamples without any are left out.
    """
    top, below = np.asarray(parts, float), np.asarray(wholes, float)
    if not below.any():
        return float("nan"), float("nan"), float("nan")
    rng, ratios = np.random.default_rng((seed, len(top))), []
    for _ in range(0, resamples, 1000):
        drawn = rng.integers(0, len(top), (1000, len(top)))
        tops, belows = top[drawn].sum(axis=1), below[drawn].sum(axis=1)
        ratios.append(tops[belows > 0] / belows[belows > 0])
    low, high = np.percentile(np.concatenate(ratios), (2.5, 97.5))
    return float(top.sum() / below.sum()), float(low), float(high)
