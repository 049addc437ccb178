"""How much floor that nobody has seen would be seen from somewhere: rays over the floor, as far as it is known."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
from jaxtyping import Bool, Float64, UInt8

from planners.navigation.config import NavigationConfig
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
STEP_M = 0.1
"""Rays are looked at so often."""
LOOK_M2 = 0.2
"""Less than this in the camera's view is not worth turning there."""
CRACK_M = 0.1
"""What is unknown so near to something in the way is taken for a part of it."""
BLOCK_M, FINE = 0.2, 5
"""What was in vain is noted in so large squares, along so many times more rays."""
EDGE_RAD = 0.1
"""So far from the edge of a picture things count as in view."""
RANGES_M: Float64[np.ndarray, "k"] = np.arange(STEP_M, FAR_M, STEP_M)
ANGLES_RAD: Float64[np.ndarray, "72"] = np.arange(BEARINGS) * (math.tau / BEARINGS)


def unseen_m2(floor: Floor, points_m: Float64[np.ndarray, "n 2"]) -> Float64[np.ndarray, "n 72"]:
    """Return how much floor that nobody has seen is in each direction from each point, from x to the left [m2].

    Counted along rays that end at what is occupied: what may be seen beyond the edge of what is known (Gonzalez-Banos
    and Latombe 2002, "Navigation strategies for exploring indoor environments"). floor: `FAR_M` about the points; what
    is beside it counts as seen.
    """
    return _unseen(floor, points_m) @ RANGES_M * (STEP_M * math.tau / BEARINGS)


def best_look(floor: Floor, p_m: Float64[np.ndarray, "2"], config: NavigationConfig) -> Float64[np.ndarray, "2"]:
    """Return the middle of what nobody has seen in the view from a point that shows most of it [m]."""
    weight = _unseen(floor, p_m[None])[0] * RANGES_M
    sums = _in_one_view(weight.sum(axis=1), config)
    shown = weight * in_view(float(ANGLES_RAD[int(np.argmax(sums))]), config)[:, None]
    if not shown.any():
        return p_m
    ways_m = RANGES_M[:, None] * np.stack([np.cos(ANGLES_RAD), np.sin(ANGLES_RAD)], axis=1)[:, None]
    return p_m + (shown[..., None] * ways_m).sum(axis=(0, 1)) / shown.sum()


def _unseen(floor: Floor, points_m: Float64[np.ndarray, "n 2"]) -> Bool[np.ndarray, "n 72 k"]:
    """Return where along rays there is floor that nobody has seen."""
    rays_m = RANGES_M[:, None] * np.stack([np.cos(ANGLES_RAD), np.sin(ANGLES_RAD)], axis=1)[:, None]
    low = np.array(floor.first_cell) * floor.cell_m
    cells = np.floor((points_m[:, None, None] + rays_m - low) / floor.cell_m).astype(np.int32)
    state = np.pad(floor.state, 1, constant_values=State.OCCUPIED)
    height, width = state.shape
    flat = np.clip(cells[..., 1] + 1, 0, height - 1) * width + np.clip(cells[..., 0] + 1, 0, width - 1)
    along = state.ravel()[flat]
    unknown = (along == State.UNKNOWN) & np.logical_and.accumulate(along != State.OCCUPIED, axis=2)
    unknown &= RANGES_M >= BLIND_M
    return unknown & (np.cumsum(unknown, axis=2, dtype=np.int16) <= BEHIND_M / STEP_M)


class Vain:
    """Floor that was looked at from where it should be seen, and is not known for all that: it does not count again."""

    def __init__(self) -> None:
        self._blocks: set[tuple[int, int]] = set()

    def add(self, floor: Floor, p_m: Float64[np.ndarray, "2"], looked: Bool[np.ndarray, "72"]) -> None:
        """Take in what is unknown in some directions from a point, as far as rays get to it."""
        angles = np.linspace(0.0, math.tau, FINE * BEARINGS, endpoint=False)
        angles = angles[looked[np.rint(angles / (math.tau / BEARINGS)).astype(int) % BEARINGS]]
        ranges_m = np.arange(floor.cell_m, FAR_M, floor.cell_m)
        points_m = p_m + ranges_m[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)[:, None]
        x, y = floor.cells_of(points_m.reshape(-1, 2)).T.reshape(2, *points_m.shape[:2])
        height, width = floor.state.shape
        inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
        along = np.where(inside, floor.state[np.where(inside, y, 0), np.where(inside, x, 0)], State.OCCUPIED)
        hit = (along == State.UNKNOWN) & np.logical_and.accumulate(along != State.OCCUPIED, axis=1)
        hit &= ranges_m >= BLIND_M
        blocks = np.floor(points_m[hit] / BLOCK_M).astype(np.int64)
        self._blocks.update(map(tuple, np.unique(blocks, axis=0).tolist()))

    def left_out(self, floor: Floor) -> Floor:
        """Return the floor with what is in here as if it were free, and without cracks between what is in the way."""
        state = _sealed(floor)
        per = BLOCK_M / floor.cell_m
        x0, y0 = floor.first_cell
        for i, j in self._blocks:
            x, y = (slice(max(round(k * per) - c, 0), max(round((k + 1) * per) - c, 0)) for k, c in ((i, x0), (j, y0)))
            part = state[y, x]
            part[part == State.UNKNOWN] = State.FREE
        return dataclasses.replace(floor, state=state)


def _sealed(floor: Floor) -> UInt8[np.ndarray, "h w"]:
    """Return the states of a floor; what is unknown beside something is that, too: nobody looks through cracks."""
    import cv2

    wide = 2 * round(CRACK_M / floor.cell_m) + 1
    solid = cv2.dilate((floor.state == State.OCCUPIED).astype(np.uint8), np.ones((wide, wide), np.uint8))
    return np.where((floor.state == State.UNKNOWN) & (solid > 0), np.uint8(State.OCCUPIED), floor.state)


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
