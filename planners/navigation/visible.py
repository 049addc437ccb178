"""How much floor that nobody has seen would be seen from somewhere: rays over the floor, as far as it is known."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
from jaxtyping import Bool, Float64, UInt8

from planners.navigation.config import NavigationConfig
from planners.navigation.surroundings import distance_m
from spatialmem import Floor, State

__all__ = ["ANGLES_RAD", "BEARINGS", "FAR_M", "LOOK_M2", "Vain", "best_look", "in_view", "unseen_m2", "worth_turning"]

BEARINGS = 72
"""So many directions are told apart: 5 degrees each."""
FAR_M = 4.0
"""Floor farther away is seen as well from somewhere else."""
BLIND_M = 1.5
"""Nearer to the base, a camera on a mast over its front looks over the floor: it is seen from farther away."""
BEHIND_M = 1.5
"""So much unknown floor counts along a ray: nobody knows what is behind it."""
LOOK_M2 = 0.2
"""Less than this in the camera's view is not worth turning there."""
CRACK_M = 0.1
"""What is unknown so near to something in the way is taken for a part of it."""
BLOCK_M, FINE = 0.2, 5
"""What was in vain is noted in so large squares, along so many times more rays."""
EDGE_RAD = 0.1
"""So far from the edge of a picture things count as in view."""
ANGLES_RAD: Float64[np.ndarray, "72"] = np.arange(BEARINGS) * (math.tau / BEARINGS)


def unseen_m2(floor: Floor, points_m: Float64[np.ndarray, "n 2"]) -> Float64[np.ndarray, "n 72"]:
    """Return how much floor that nobody has seen is in each direction from each point, from x to the left [m2].

    Counted along rays that end at what is occupied: what may be seen beyond the edge of what is known (Gonzalez-Banos
    and Latombe 2002, "Navigation strategies for exploring indoor environments"). floor: `FAR_M` about the points; what
    is beside it counts as seen.
    """
    return _along(floor, points_m, ANGLES_RAD, BEHIND_M)[..., 0] * (floor.cell_m**2 * math.tau / BEARINGS)


def best_look(floor: Floor, p_m: Float64[np.ndarray, "2"], config: NavigationConfig) -> Float64[np.ndarray, "2"]:
    """Return the middle of what nobody has seen in the view from a point that shows most of it [m]."""
    once, twice = _along(floor, p_m[None], ANGLES_RAD, BEHIND_M)[0].T
    shown = in_view(float(ANGLES_RAD[int(np.argmax(_in_one_view(once, config)))]), config)
    if not once[shown].any():
        return p_m
    ways = np.stack([np.cos(ANGLES_RAD), np.sin(ANGLES_RAD)], axis=1)
    return p_m + (twice[shown, None] * ways[shown]).sum(axis=0) * (floor.cell_m / once[shown].sum())


def _along(
    floor: Floor,
    points_m: Float64[np.ndarray, "n 2"],
    angles_rad: Float64[np.ndarray, "k"],
    behind_m: float,
    marked: UInt8[np.ndarray, "h w"] | None = None,
) -> Float64[np.ndarray, "n k 2"]:
    """Return the integrals of r dr and r^2 dr over what is unknown along rays [cells]; mark it, where that is asked."""
    from planners.navigation.kernels import rays

    out = np.empty((len(points_m), len(angles_rad), 2))
    points = points_m / floor.cell_m - np.array(floor.first_cell)
    near, behind, far = (one / floor.cell_m for one in (BLIND_M, behind_m, FAR_M))
    mask = np.empty((1, 1), np.uint8) if marked is None else marked
    rays.pass_unknown(floor.state, points, angles_rad, near, behind, far, marked is not None, mask, out)
    return out


class Vain:
    """Floor that is not worth a look: it was looked at from where it should be seen, and is not known for all that."""

    def __init__(self, fits_m: float | None = None) -> None:
        """fits_m: floor that the middle of a base does not get to is not worth a look, either; it keeps so far from
        what is in the way [m]."""
        self._fits_m = fits_m
        self._blocks: set[tuple[int, int]] = set()

    def add(self, floor: Floor, p_m: Float64[np.ndarray, "2"], looked: Bool[np.ndarray, "72"]) -> None:
        """Take in what is unknown in some directions from a point, as far as rays get to it."""
        angles = np.linspace(0.0, math.tau, FINE * BEARINGS, endpoint=False)
        angles = angles[looked[np.rint(angles / (math.tau / BEARINGS)).astype(int) % BEARINGS]]
        marked = np.zeros(floor.state.shape, np.uint8)
        _along(floor, p_m[None], angles, math.inf, marked)
        points_m = (np.argwhere(marked)[:, ::-1] + floor.first_cell + 0.5) * floor.cell_m
        self._blocks.update(map(tuple, np.unique(np.floor(points_m / BLOCK_M).astype(np.int64), axis=0).tolist()))

    def left_out(self, floor: Floor) -> Floor:
        """Return the floor with what is in here as if it were free, and without cracks between what is in the way."""
        state = _sealed(floor)
        if self._fits_m is not None:
            state[(state == State.UNKNOWN) & ~_fitting(floor, self._fits_m)] = State.FREE
        if self._blocks:
            height, width = state.shape
            per = BLOCK_M / floor.cell_m
            x, y = (
                np.floor((k + np.arange(n) + 0.5) / per) for k, n in zip(floor.first_cell, (width, height), strict=True)
            )
            blocks = np.array(list(self._blocks)) - [x[0], y[0]] if len(x) and len(y) else np.empty((0, 2))
            rows, columns = (int(one[-1] - one[0]) + 1 if len(one) else 0 for one in (y, x))
            inside = ((blocks >= 0) & (blocks < [columns, rows])).all(axis=1)
            vain = np.zeros((rows, columns), bool)
            i, j = blocks[inside].astype(int).T
            vain[j, i] = True
            cells = vain[np.ix_((y - y[0]).astype(int), (x - x[0]).astype(int))]
            state[cells & (state == State.UNKNOWN)] = State.FREE
        return dataclasses.replace(floor, state=state)


def _sealed(floor: Floor) -> UInt8[np.ndarray, "h w"]:
    """Return the states of a floor; what is unknown beside something is that, too: nobody looks through cracks."""
    import cv2

    if not floor.state.size:
        return floor.state.copy()
    wide = 2 * round(CRACK_M / floor.cell_m) + 1
    solid = cv2.dilate((floor.state == State.OCCUPIED).astype(np.uint8), np.ones((wide, wide), np.uint8))
    return np.where((floor.state == State.UNKNOWN) & (solid > 0), np.uint8(State.OCCUPIED), floor.state)


def _fitting(floor: Floor, fits_m: float) -> Bool[np.ndarray, "h w"]:
    """Return the cells that the middle of a base would get to from what is free, if all that is unknown were free."""
    import cv2

    if not floor.state.size:
        return floor.state == State.UNKNOWN
    fits = distance_m(floor.state == State.OCCUPIED, floor.cell_m) >= fits_m
    _, piece = cv2.connectedComponents(fits.astype(np.uint8), connectivity=4)
    return fits & np.isin(piece, np.unique(piece[fits & (floor.state == State.FREE)]))


def worth_turning(unseen: Float64[np.ndarray, "*n 72"], config: NavigationConfig) -> Bool[np.ndarray, "*n 72"]:
    """Return in which directions there is enough to see, with what is beside it in the camera's view."""
    return (_in_one_view(unseen, config) >= LOOK_M2) & (unseen > 0)


def _in_one_view(unseen: Float64[np.ndarray, "*n 72"], config: NavigationConfig) -> Float64[np.ndarray, "*n 72"]:
    """Return how much there is in the view of a camera that looks in each direction."""
    half = max(int((config.camera_fov_rad / 2 - EDGE_RAD) / (math.tau / BEARINGS)), 1)
    summed = np.cumsum(np.concatenate([unseen[..., -half - 1 :], unseen, unseen[..., :half]], axis=-1), axis=-1)
    return summed[..., 2 * half + 1 :] - summed[..., : -2 * half - 1]


def in_view(yaw_rad: float, config: NavigationConfig) -> Bool[np.ndarray, "72"]:
    """Return which directions a camera shows that looks forward."""
    away_rad = np.abs((ANGLES_RAD - yaw_rad + math.pi) % math.tau - math.pi)
    return away_rad <= config.camera_fov_rad / 2 - EDGE_RAD
