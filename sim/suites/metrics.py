"""Measures of navigation and search, each with its formula and its source. Lengths in metres, times in seconds.

Every sequence has one value an episode, and sequences that are given together belong together.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

__all__ = [
    "NEAR_STOP_M",
    "cgt_each",
    "completion",
    "csr_each",
    "geodesic_error",
    "harm",
    "isr",
    "mean_of",
    "navigation_error",
    "ndtw",
    "oracle_success_rate",
    "relative_effort",
    "spaced",
    "spl",
    "spl_each",
    "success_rate",
]

NEAR_STOP_M = 3.0
"""A stop within this counts for TC, and is what nDTW calls near."""
SPACING_M = 0.25
"""Ways are compared by points so far apart."""

Path = Float[np.ndarray, "_ 2"]


def mean_of(values: Sequence[float]) -> float:
    """Return the mean of the values that are a number; NaN where none is."""
    kept = [float(value) for value in values if not np.isnan(value)]
    return sum(kept) / len(kept) if kept else float("nan")


def success_rate(successes: Sequence[bool]) -> float:
    """Return SR, the share of episodes that succeeded; NaN without any."""
    return mean_of([float(success) for success in successes])


def spl_each(success: bool, shortest_m: float, driven_m: float) -> float:
    """Return S l / max(p, l) of one episode (Anderson et al. 2018, "On Evaluation of Embodied Navigation Agents", eq.
    1). Of a goal at which the robot stands already, l = 0, it is 1 where it did not move, else 0."""
    if not success:
        return 0.0
    longest_m = max(shortest_m, driven_m)
    return 1.0 if longest_m == 0.0 else shortest_m / longest_m


def spl(successes: Sequence[bool], shortest_m: Sequence[float], driven_m: Sequence[float]) -> float:
    """Return SPL, success weighted by path length: the mean of `spl_each`."""
    return mean_of([spl_each(*one) for one in zip(successes, shortest_m, driven_m, strict=True)])


def navigation_error(stops_m: Sequence[float]) -> float:
    """Return NE, the mean distance from where the robot stopped to the goal in a straight line (Anderson et al. 2018,
    "Vision-and-Language Navigation")."""
    return mean_of(stops_m)


def oracle_success_rate(nearest_m: Sequence[float], tolerances_m: Sequence[float]) -> float:
    """Return OSR: the share of episodes that would have succeeded had the robot stopped where it came nearest to its
    goal (Anderson et al. 2018, "Vision-and-Language Navigation"). nearest_m: the distance at that point."""
    return mean_of([float(near <= most) for near, most in zip(nearest_m, tolerances_m, strict=True)])


def completion(geodesic_m: Sequence[float]) -> float:
    """Return TC, task completion: the share of episodes that stopped within 3 m of the goal, over the floor (Chen et
    al. 2019, "TOUCHDOWN", with the distance of R2R)."""
    return mean_of([float(away_m <= NEAR_STOP_M) for away_m in geodesic_m])


def geodesic_error(geodesic_m: Sequence[float], diameters_m: Sequence[float]) -> float:
    """Return SPD, the mean length of the shortest way from the stop to the goal (Chen et al. 2019, "TOUCHDOWN"). Where
    no way leads there, it counts as the home's diameter."""
    pairs = zip(geodesic_m, diameters_m, strict=True)
    return mean_of([away_m if np.isfinite(away_m) else most_m for away_m, most_m in pairs])


def spaced(path_m: Path, spacing_m: float = SPACING_M) -> Path:
    """Return points of a way, spacing_m apart along it, with its first and last point."""
    steps_m = np.hypot(*np.diff(path_m, axis=0).T)
    along_m = np.concatenate([[0.0], np.cumsum(steps_m)])
    wanted_m = np.append(np.arange(0.0, along_m[-1], spacing_m), along_m[-1])
    return np.column_stack([np.interp(wanted_m, along_m, path_m[:, k]) for k in (0, 1)])


def ndtw(path_m: Path, reference_m: Path, near_m: float = NEAR_STOP_M) -> float:
    """Return nDTW = exp(-DTW(R, Q) / (|R| d)), with |R| the count of the reference's points and d = near_m (Ilharco et
    al. 2019, "General Evaluation for Instruction Conditioned Navigation using Dynamic Time Warping", eq. 2).

    The points are taken as they are; `spaced` gives both ways points of one spacing.
    """
    gaps_m = np.hypot(*(reference_m[:, None] - path_m[None]).transpose(2, 0, 1))
    best = np.full((len(reference_m) + 1, len(path_m) + 1), np.inf)
    best[0, 0] = 0.0
    for i in range(len(reference_m)):
        row, above = best[i + 1], best[i]
        for j in range(len(path_m)):
            row[j + 1] = gaps_m[i, j] + min(above[j], above[j + 1], row[j])
    return float(np.exp(-best[-1, -1] / (len(reference_m) * near_m)))


def relative_effort(none: Sequence[float], memory: Sequence[float]) -> float:
    """Return (E_none - E_mem) / E_none: RE for metres, RT for seconds, driven or spent in searching, on paired
    episodes (after KARMA, Wang et al. 2025). Both are sums over the episodes; NaN where E_none is 0."""
    total = sum(one for one, _ in zip(none, memory, strict=True))
    return (total - sum(memory)) / total if total > 0 else float("nan")


def harm(memory: Sequence[bool], none: Sequence[bool]) -> float:
    """Return SR_mem - SR_none on paired episodes; below 0 the memory harms."""
    return mean_of([float(a) - float(b) for a, b in zip(memory, none, strict=True)])


def isr(sub_successes: Sequence[Sequence[bool]]) -> float:
    """Return ISR, the share of all tasks' sub-tasks that succeeded: sum s / sum N (LH-VLN, Song et al. 2025)."""
    return mean_of([float(one) for task in sub_successes for one in task])


def csr_each(sub_successes: Sequence[bool]) -> float:
    """Return sum_i s_i (1 + (N - 1) s_{i-1}) / N^2 of one task of N sub-tasks, with s_{-1} = 1: a success that follows
    one counts N times as much (LH-VLN, Song et al. 2025). CSR is the mean over tasks."""
    count = len(sub_successes)
    return sum(_in_a_row(sub_successes)) / count**2 if count else float("nan")


def cgt_each(sub_successes: Sequence[bool], legs_m: Sequence[float]) -> float:
    """Return sum_i (P_i / P) s_i (1 + (N - 1) s_{i-1}) / N of one task, with P_i the true length of sub-task i and P
    their sum (LH-VLN, Song et al. 2025). CGT is the mean over tasks. Where all lengths are 0, each counts alike."""
    count, total_m = len(sub_successes), sum(legs_m)
    if not count:
        return float("nan")
    shares = [leg_m / total_m for leg_m in legs_m] if total_m > 0 else [1 / count] * count
    return sum(share * one for share, one in zip(shares, _in_a_row(sub_successes), strict=True)) / count


def _in_a_row(sub_successes: Sequence[bool]) -> list[float]:
    """Return s_i (1 + (N - 1) s_{i-1}) of each sub-task."""
    before = [True, *sub_successes[:-1]]
    more = len(sub_successes) - 1
    return [float(one) * (1 + more * float(last)) for one, last in zip(sub_successes, before, strict=True)]
