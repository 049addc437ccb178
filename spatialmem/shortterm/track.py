"""Where things are and how they move: Kalman filters, for many objects at once.

Each object has two: one believes that it rests, the other that it moves with constant velocity under white-noise
acceleration (Bar-Shalom, Li and Kirubarajan 2001, sec. 6.2.2). What an object is believed to do is switched, as in
their static multiple-model estimator, and with hysteresis; only while it moves has it a velocity. So what rests stays
where it is, however long nobody looks.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float64

__all__ = ["SPEED_SIGMA_M_S", "correct", "is_manoeuvre", "predict", "rest_predict", "settle_motion", "surprise"]

SPEED_SIGMA_M_S = 0.5
"""Standard deviation of an unknown velocity along each axis."""
REST_SIGMA_M_S = 0.002
"""How far what rests is moved by a second, one standard deviation after a second; it grows with the root of time."""
REST_TIME_MAX_S = 60.0
"""It grows no more after that: whatever is farther away has been moved, and is another matter."""
START_EVIDENCE, STOP_EVIDENCE, EVIDENCE_MAX = 6.0, 3.0, 30.0
"""It moves when the sum of the logarithms of how much better motion explains the sightings than rest exceeds the first,
and rests when that of the contrary exceeds the second."""
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
    chi2 = (apart * np.linalg.solve(spread, apart[..., None])[..., 0]).sum(axis=1)
    return (chi2 + np.linalg.slogdet(spread)[1]) / 2


def is_manoeuvre(
    mean: Float64[np.ndarray, "n 6"],
    cov: Float64[np.ndarray, "n 6 6"],
    measured: Float64[np.ndarray, "n 3"],
    noise: Float64[np.ndarray, "n 3 3"],
) -> Bool[np.ndarray, "n"]:
    """Return which measurements no constant velocity explains: its velocity is unknown again then.

    Input-free manoeuvre detection by the innovation's chi-square (Bar-Shalom et al. 2001, sec. 11.2.2).
    """
    apart = measured - mean[:, :3]
    chi2 = (apart * np.linalg.solve(cov[:, :3, :3] + noise, apart[..., None])[..., 0]).sum(axis=1)
    return chi2 > MANOEUVRE_CHI2


def settle_motion(
    moving: Bool[np.ndarray, "n"],
    evidence: Float64[np.ndarray, "n"],
    gained: Float64[np.ndarray, "n"],
    speed_m_s: Float64[np.ndarray, "n"],
) -> tuple[Bool[np.ndarray, "n"], Float64[np.ndarray, "n"]]:
    """Return which objects move after one more sighting, and the evidence that they do the contrary of what they do.

    That is a cumulative sum, never below 0 (Page 1954, CUSUM). gained: ln of how much more probable the sighting was if
    the object moves; for one that moves already, than if it had stopped at the sighting before.
    """
    evidence = np.clip(evidence + np.where(moving, -gained, gained), 0.0, EVIDENCE_MAX)
    starts = ~moving & (evidence > START_EVIDENCE) & (speed_m_s > START_M_S)
    stops = moving & ((evidence > STOP_EVIDENCE) | (speed_m_s < START_M_S / 2))
    flips = starts | stops
    return moving ^ flips, np.where(flips, 0.0, evidence)
