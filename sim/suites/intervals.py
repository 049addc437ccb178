"""How sure a figure over seeds is: bootstrapped 95 % intervals of means, of paired differences and of ratios of sums.

What is resampled is seeds, not episodes: episodes of one home know of each other. Draws are seeded, so the same values
give the same interval.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np

__all__ = ["Interval", "clustered", "clustered_mean", "clustered_ratio", "mean_interval", "ratio_interval"]

Interval = tuple[float, float, float]
"""A figure, and the ends of its 95 % interval."""


def mean_interval(values: Sequence[float], *, resamples: int = 10_000, seed: int = 0) -> Interval:
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
) -> Interval:
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


def clustered(values: Sequence[float], clusters: Sequence[Hashable]) -> list[float]:
    """Return the sums of the values of each cluster, clusters in the order in which they come first."""
    sums: dict[Hashable, float] = {}
    for value, cluster in zip(values, clusters, strict=True):
        sums[cluster] = sums.get(cluster, 0.0) + float(value)
    return list(sums.values())


def clustered_mean(values: Sequence[float], clusters: Sequence[Hashable]) -> Interval:
    """Return the mean of values of episodes, and its 95 % interval over their clusters, such as seeds.

    Of two arms that ran the same episodes, give the differences. Values that are not a number are left out.
    """
    return clustered_ratio(values, [1.0] * len(values), clusters)


def clustered_ratio(parts: Sequence[float], wholes: Sequence[float], clusters: Sequence[Hashable]) -> Interval:
    """Return sum(parts) / sum(wholes) of episodes, and its 95 % interval over their clusters (Efron 1979).

    Episodes of which either is not a number are left out.
    """
    kept = [
        (float(part), float(whole), cluster)
        for part, whole, cluster in zip(parts, wholes, clusters, strict=True)
        if not (np.isnan(part) or np.isnan(whole))
    ]
    names = [cluster for _, _, cluster in kept]
    return ratio_interval(
        clustered([part for part, _, _ in kept], names), clustered([whole for _, whole, _ in kept], names)
    )
