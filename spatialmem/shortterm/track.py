"""Where things are and how they move: Kalman filters, for many objects at once.

Each object has two: one believes that it rests, the other that it moves with constant velocity under white-noise
acceleration (Bar-Shalom, Li and Kirubarajan 2001, sec. 6.2.2). What an object is believed to do is switched, as in
their static multiple-model estimator, and with hysteresis; only while it moves has it a velocity. So what rests stays
where it is, however long nobody looks.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float64

__all__ = [
    "SPEED_SIGMA_M_S",
    "correct",
    "is_manoeuvre",
    "predict",
    "rest_predict",
    "settle_motion",
    "squared_distance",
    "surprise",
]

SPEED_SIGMA_M_S = 0.5
"""Standard deviation of an unknown velocity along each axis."""
REST_SIGMA_M_S = 0.002
"""How far what rests is moved by a second, one standard deviation after a second; it grows with the root of time."""
REST_TIME_MAX_S = 60.0
"""It grows no more after that: whatever is farther away has been moved, and is another matter."""
START_EVIDENCE, STOP_EVIDENCE, EVIDENCE_MAX = 6.0, 3.0, 30.0
"""It moves when the sum of the logarithms of how much better motion explains the sightings than rest exceeds the first,
and rests when that of the contrary exceeds the second."""
GAIN_MAX = 3.5
"""No sighting counts for more, so that two at least are needed: one in 33, e^-3.5, may show something else."""
WAY_CHI2 = 7.81
"""95 % of the chi-square distribution with three degrees of freedom."""
STOP_CHI2 = 4.11
"""75 % of it: a velocity that is not larger than what rests shows every fourth time is none."""
MANOEUVRE_CHI2 = 6.25
"""90 % of the chi-square distribution with three degrees of freedom."""
START_M_S = 0.05
"""Slower things do not move."""


def predict(
    mean: Float64[np.ndarray, "n 6"],
    cov: Float64[np.ndarray, "n 6 6"],
    dt_s: Float64[np.ndarray, "n"],
    noise_m2_s3: float,
) -> tuple[Float64[np.ndarray, "n 6"], Float64[np.ndarray, "n 6 6"]]:
    """Return state (p, v) and covariance dt_s later: x = F x, P = F P F' + Q.

    F = [1 dt; 0 1], Q = [dt^3/3 dt^2/2; dt^2/2 dt] q on each axis (Bar-Shalom et al. 2001, eq. 6.2.2-12).
    """
    moved = mean.copy()
    moved[:, :3] += mean[:, 3:] * dt_s[:, None]
    pp, pv, vv = cov[:, :3, :3], cov[:, :3, 3:], cov[:, 3:, 3:]
    t, eye = dt_s[:, None, None], np.eye(3)
    later = np.empty_like(cov)
    cross = pv + t * vv
    later[:, :3, :3] = pp + t * (pv + pv.transpose(0, 2, 1)) + t * t * vv + eye * (noise_m2_s3 * t**3 / 3)
    later[:, :3, 3:] = cross + eye * (noise_m2_s3 * t**2 / 2)
    later[:, 3:, :3] = later[:, :3, 3:].transpose(0, 2, 1)
    later[:, 3:, 3:] = vv + eye * (noise_m2_s3 * t)
    return moved, later


def rest_predict(cov: Float64[np.ndarray, "n 3 3"], dt_s: Float64[np.ndarray, "n"]) -> Float64[np.ndarray, "n 3 3"]:
    """Return the covariance of the position dt_s later of things that rest."""
    grown = REST_SIGMA_M_S * REST_SIGMA_M_S * np.minimum(dt_s, REST_TIME_MAX_S)
    return cov + np.eye(3) * grown[:, None, None]


def correct(
    mean: Float64[np.ndarray, "n k"],
    cov: Float64[np.ndarray, "n k k"],
    measured: Float64[np.ndarray, "n 3"],
    noise: Float64[np.ndarray, "n 3 3"],
) -> tuple[Float64[np.ndarray, "n k"], Float64[np.ndarray, "n k k"]]:
    """Return state and covariance after a measurement of the first three, the position.

    K = P H' (H P H' + R)^-1; P = P - K H P, made symmetric (Kalman 1960).
    """
    innovation = measured - mean[:, :3]
    gain = np.linalg.solve(cov[:, :3, :3] + noise, cov[:, :3, :]).transpose(0, 2, 1)
    after = cov - gain @ cov[:, :3, :]
    return mean + (gain @ innovation[..., None])[..., 0], (after + after.transpose(0, 2, 1)) / 2


def surprise(
    mean: Float64[np.ndarray, "n k"],
    cov: Float64[np.ndarray, "n k k"],
    measured: Float64[np.ndarray, "n 3"],
    noise: Float64[np.ndarray, "n 3 3"],
) -> Float64[np.ndarray, "n"]:
    """Return -ln of how probable a measurement of the position is, less what is the same for every filter."""
    spread = cov[:, :3, :3] + noise
    apart = measured - mean[:, :3]
    return (squared_distance(apart, spread) + np.linalg.slogdet(spread)[1]) / 2


def is_manoeuvre(
    mean: Float64[np.ndarray, "n 6"],
    cov: Float64[np.ndarray, "n 6 6"],
    measured: Float64[np.ndarray, "n 3"],
    noise: Float64[np.ndarray, "n 3 3"],
) -> Bool[np.ndarray, "n"]:
    """Return which measurements no constant velocity explains: its velocity is unknown again then.

    Input-free manoeuvre detection by the innovation's chi-square (Bar-Shalom et al. 2001, sec. 11.2.2).
    """
    return squared_distance(measured - mean[:, :3], cov[:, :3, :3] + noise) > MANOEUVRE_CHI2


def settle_motion(
    moving: Bool[np.ndarray, "n"],
    evidence: Float64[np.ndarray, "n"],
    gained: Float64[np.ndarray, "n"],
    *,
    refuted: Bool[np.ndarray, "n"],
    way_chi2: Float64[np.ndarray, "n"],
    velocity_m_s: Float64[np.ndarray, "n 3"],
    velocity_cov: Float64[np.ndarray, "n 3 3"],
) -> tuple[Bool[np.ndarray, "n"], Bool[np.ndarray, "n"], Float64[np.ndarray, "n"]]:
    """Return which objects move after one more sighting, which rest elsewhere, and the evidence of the contrary.

    The evidence that they do the contrary of what they do is a cumulative sum, never below 0 (Page 1954, CUSUM), of
    terms that are cut off, so that no single sighting decides (Huber 1965, "A robust version of the probability ratio
    test"). gained: ln of how much more probable the sighting was if the object moves; for one that moves already, than
    if it had stopped at the sighting before. refuted: where one velocity does not explain it, so that what was evidence
    of motion is none. way_chi2: the square of the way since the evidence began, in parts of what two single sightings
    are wrong by: what is seen of an object changes, and many sightings of the same part are all wrong alike. What is
    not where it rested and has no velocity rests elsewhere: it was moved while nobody looked.
    """
    gained = np.clip(gained, -GAIN_MAX, GAIN_MAX)
    evidence = np.clip(evidence + np.where(moving, -gained, gained), 0.0, EVIDENCE_MAX)
    evidence = np.where(refuted & ~moving, 0.0, evidence)
    speed_m_s = np.sqrt((velocity_m_s**2).sum(axis=1))
    nothing = (speed_m_s < START_M_S / 2) | (squared_distance(velocity_m_s, velocity_cov) < STOP_CHI2)
    starts = ~moving & (evidence > START_EVIDENCE) & (speed_m_s > START_M_S) & (way_chi2 > WAY_CHI2) & ~nothing
    stops = moving & ((evidence > STOP_EVIDENCE) | nothing)
    elsewhere = ~moving & nothing & (evidence > START_EVIDENCE)
    flips = starts | stops
    return moving ^ flips, elsewhere, np.where(flips | elsewhere, 0.0, evidence)


def squared_distance(apart: Float64[np.ndarray, "n 3"], cov: Float64[np.ndarray, "n 3 3"]) -> Float64[np.ndarray, "n"]:
    """Return the squares of Mahalanobis distances."""
    return (apart * np.linalg.solve(cov, apart[..., None])[..., 0]).sum(axis=1)
