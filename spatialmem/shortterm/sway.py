"""How the pose's error moved all that one frame shows, told by what rests, and where things are without it.

A frame's pose is wrong by d, the same for all of its detections: to first order each is moved by its own sway L times
d, in parts of one standard deviation each, so d ~ N(0, 1). What is known and rests tells d: r = L d + e. Nothing tells
it of itself: each detection is corrected by what the others say. One that moves is an outlier and counts for little.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float64

__all__ = ["FrameError", "corrected", "frame_error"]

OUTLIER_CHI2 = 6.63
"""99 % of the chi-square distribution with one degree of freedom: one so far off counts a quarter."""
IMPROBABLE_CHI2 = 22.46
"""99.9 % of the chi-square distribution with six degrees of freedom: no pose is so wrong. It is they that move."""
ROUNDS = 3
"""The weights follow the estimate so often: in 99 of 100 simulated frames nine more rounds moved it by less than 3 % of
its standard deviation."""
WITNESSES = 3
"""Fewer say nothing: of two things that move apart, nobody knows which one it was."""


class FrameError:
    """What a frame's detections say of d: information A and vector b of all, d = A^-1 b, and each one's share of it."""

    __slots__ = ("information", "of_each", "vector", "vector_of_each")

    def __init__(self, of_each: Float64[np.ndarray, "n 6 6"], vector_of_each: Float64[np.ndarray, "n 6"]):
        self.of_each, self.vector_of_each = of_each, vector_of_each
        self.information = np.eye(6) + of_each.sum(axis=0)
        self.vector = vector_of_each.sum(axis=0)


def frame_error(
    apart_W: Float64[np.ndarray, "n 3"],
    own_var: Float64[np.ndarray, "n 3"],
    sway_W: Float64[np.ndarray, "n 3 6"],
    witness: Bool[np.ndarray, "n 3"],
) -> FrameError:
    """Return what the witnesses say of the frame's error, from how far off they are seen [m].

    own_var: of all that they are wrong by besides, along each axis of W [m^2]. witness: along which axes one says where
    it is. Iteratively reweighted least squares with the weights of Geman and McClure (1987) and the prior of d; the
    first weights are those without any d.
    """
    precision = witness / own_var
    weight = _weight(apart_W**2 / (own_var + (sway_W**2).sum(axis=2))) * precision
    d = np.zeros(6)
    for _ in range(ROUNDS):
        told = sway_W * weight[..., None]
        d = np.linalg.solve(np.eye(6) + np.einsum("nka,nkb->ab", told, sway_W), np.einsum("nka,nk->a", told, apart_W))
        weight = _weight((apart_W - sway_W @ d) ** 2 / own_var) * precision
    if np.count_nonzero(witness.any(axis=1)) < WITNESSES or (d * d).sum() > IMPROBABLE_CHI2:
        weight = np.zeros_like(weight)
    told = (sway_W * weight[..., None]).transpose(0, 2, 1)
    return FrameError(told @ sway_W, (told @ apart_W[..., None])[..., 0])


def corrected(
    error: FrameError, sway_W: Float64[np.ndarray, "n 3 6"], *, leave_out: bool
) -> tuple[Float64[np.ndarray, "n 3"], Float64[np.ndarray, "n 3 3"]]:
    """Return by how much the frame's error moved detections [m], and the covariance of what is left of it [m^2].

    leave_out: they are those that `error` was made of, in that order, and each is told by the others.
    """
    count = len(sway_W)
    if leave_out:
        information, vector = error.information - error.of_each, error.vector - error.vector_of_each
    else:
        information = np.broadcast_to(error.information, (count, 6, 6))
        vector = np.broadcast_to(error.vector, (count, 6))
    cov = np.linalg.inv(information)
    moved = (sway_W @ (cov @ vector[..., None]))[..., 0]
    return moved, sway_W @ cov @ sway_W.transpose(0, 2, 1)


def _weight(chi2: Float64[np.ndarray, "n 3"]) -> Float64[np.ndarray, "n 3"]:
    """Return 1 for what agrees and less, down to nothing, for what does not."""
    return 1 / (1 + chi2 / OUTLIER_CHI2) ** 2
