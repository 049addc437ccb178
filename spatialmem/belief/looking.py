"""Looked and not there: what one frame's depth says of every remembered object, by points of its surface.

A few points of an object are kept from its best sighting. Each frame they are projected into the picture: where it saw
something beyond them by more than the errors allow, it saw through them. See kernels/looking.py for a point's rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int8, Int16, Int64

from spatialmem.config import DepthConfig
from spatialmem.kernels import looking as kernels
from spatialmem.kernels.threads import run_ranges
from spatialmem.types import RgbdFrame

__all__ = ["LIKELIHOODS", "POINTS_MAX", "Looks", "Outcome", "Remembered", "look", "sample"]

POINTS_MAX = 32
_CANDIDATES_MAX = 128
_CELL_POINTS = 2.0
"""A point is inside its outline if the cells around it, of so many points each, all hold some."""
TELLING_MIN = 3
"""So many points at least decide."""
AT_MAX_SHARE = 10
"""Of so many points that tell something at most one may be at its place, where the object is not."""


class Outcome(IntEnum):
    """What a frame says of an object, and of one of its points."""

    THROUGH = kernels.THROUGH
    """The frame saw what is behind it: it is not there."""
    AT = kernels.AT
    """There is something where it should be, or in front of that within its own box."""
    HIDDEN = kernels.HIDDEN
    """Something else is in front of it."""
    OUT = kernels.OUT
    """Beside the picture, behind the camera, or nearer than the sensor's least range."""
    FAR = kernels.FAR
    """Beyond the sensor's range."""
    NO_RETURN = kernels.NO_RETURN
    """The sensor saw nothing there, which says nothing."""
    UNCLEAR = kernels.MIXED
    """Some of it speaks for and some against, or too little of it speaks."""


LIKELIHOODS: Mapping[Outcome, tuple[float, float]] = MappingProxyType(
    {
        Outcome.THROUGH: (0.04, 0.6),
        Outcome.AT: (0.9, 0.45),
        Outcome.HIDDEN: (1.0, 1.0),
        Outcome.OUT: (1.0, 1.0),
        Outcome.FAR: (1.0, 1.0),
        Outcome.NO_RETURN: (1.0, 1.0),
        Outcome.UNCLEAR: (1.0, 1.0),
    }
)
"""How probable an outcome is if the object is there, and if it is gone: (q_there, q_gone).

What hides an object, and where the camera looks, do not depend on whether it is there: 1 and 1. Frame by frame THROUGH
is far rarer than 0.04 where a thing is there (tests: below 0.001), but what makes it wrong, a pose that is off or a box
that moved with its object unseen, stays for many frames, which must not count as if they were independent. So one
frame counts 15 to 1: 0.98 goes to 0.77, 0.18 and 0.014, and it takes three in a row to call a thing missing.
AT is weak: what stands in its place now may be another thing, and the next frame will say the same again.
"""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Remembered:
    """What is looked for: one row an object."""

    center_W: Float64[np.ndarray, "n 3"]
    """Of its yaw-aligned box [m]."""
    size_m: Float64[np.ndarray, "n 3"]
    yaw_rad: Float64[np.ndarray, "n"]
    sigma_m: Float64[np.ndarray, "n"]
    """Standard deviation of where it is, along its most uncertain axis."""
    returned_to_m: Float64[np.ndarray, "n"]
    """The farthest depth at which it has ever returned something; 0 where it never has."""
    points_mm: Int16[np.ndarray, "n m 3"]
    """Of its surface, from `center_W` along the axes of W, as `sample` gives them."""
    point_count: Int64[np.ndarray, "n"]
    """How many of the m hold."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Looks:
    """What one frame says of each object."""

    outcome: Int8[np.ndarray, "n"]
    """An `Outcome`."""
    counts: Int16[np.ndarray, "n 7"]
    """How many of its points are of each `Outcome`. The others say nothing: with the object gone the picture would be
    the same there, for they are close above what it stands on."""


def look(
    frame: RgbdFrame,
    objects: Remembered,
    sensor: DepthConfig,
    *,
    pose_sigma_m: float,
    pose_sigma_rad: float,
    depth_noise: float = 1.0,
    threads: int = 1,
) -> Looks:
    """Return what a frame says of every remembered object.

    frame: its depth as the gate leaves it, uint16. pose_sigma_m, pose_sigma_rad: standard deviations along and about
    each axis where it has no `pose_cov`. depth_noise scales the noise of Nguyen et al. (2012).

    An object is THROUGH if at least 3 of its points are seen through, and these are at least half of all that tell
    something (through, at, unclear) while at most a tenth is at its place; AT if at least 3 and at least half of them
    are at its place. Where fewer than 3 tell something, it is what most of the others are, UNCLEAR if those are
    points that say nothing; else UNCLEAR. Without points it is OUT.
    """
    kinds = np.empty((len(objects.yaw_rad), kernels.KIND_COUNT), np.int16)
    pose_cov = np.diag([pose_sigma_rad**2] * 3 + [pose_sigma_m**2] * 3) if frame.pose_cov is None else frame.pose_cov
    camera, X_WC = frame.camera, frame.X_WC
    run_ranges(
        kernels.look_through, len(kinds), np.ascontiguousarray(frame.depth),
        np.array([*X_WC[:3, :3].flat, *X_WC[:3, 3], camera.fx, camera.fy, camera.cx, camera.cy]),
        np.ascontiguousarray(pose_cov), _limits(frame, sensor, depth_noise), _boxes(objects),
        np.ascontiguousarray(objects.points_mm), objects.point_count, kinds, threads=threads, grain=500,
    )  # fmt: skip
    return Looks(outcome=_outcomes(kinds), counts=kinds[:, : len(Outcome)])


def _limits(frame: RgbdFrame, sensor: DepthConfig, depth_noise: float) -> Float64[np.ndarray, "5"]:
    """Return the sensor as the kernel takes it."""
    free_to_m = sensor.no_return_is_free_to_m or 0.0
    return np.array([frame.depth_unit_m, sensor.range_min_m, sensor.range_max_m, free_to_m, depth_noise])


def _boxes(objects: Remembered) -> Float64[np.ndarray, "n 9"]:
    """Return the boxes as the kernel takes them."""
    columns = objects.yaw_rad, objects.sigma_m, objects.returned_to_m
    return np.concatenate([objects.center_W, objects.size_m, np.stack(columns, axis=1)], axis=1)


def _outcomes(kinds: Int16[np.ndarray, "n k"]) -> Int8[np.ndarray, "n"]:
    """Return what the points of each object say together; see `look`."""
    outcome = np.full(len(kinds), Outcome.OUT, np.int8)
    shown = np.flatnonzero(kinds.sum(axis=1) != kinds[:, Outcome.OUT])  # few of many
    through, at, mixed = (kinds[shown, k].astype(np.int64) for k in (Outcome.THROUGH, Outcome.AT, Outcome.UNCLEAR))
    telling = through + at + mixed
    others = kinds[shown]
    others[:, Outcome.UNCLEAR] += others[:, kernels.SILENT]
    others[:, [Outcome.THROUGH, Outcome.AT, kernels.SILENT]] = 0
    found = np.where(telling < TELLING_MIN, others.argmax(axis=1), Outcome.UNCLEAR)
    found[(telling < TELLING_MIN) & ~others.any(axis=1)] = Outcome.UNCLEAR
    found[(at >= TELLING_MIN) & (2 * at >= telling)] = Outcome.AT
    found[(through >= TELLING_MIN) & (2 * through >= telling) & (AT_MAX_SHARE * at <= telling)] = Outcome.THROUGH
    outcome[shown] = found
    return outcome


def sample(
    points_W: Float32[np.ndarray, "n 3"],
    center_W: Float64[np.ndarray, "3"],
    size_m: Float64[np.ndarray, "3"],
    X_WC: Float64[np.ndarray, "4 4"],
) -> Int16[np.ndarray, "m 3"]:
    """Return at most 32 points of a sighting as offsets from the object's centre [mm], along the axes of W.

    points_W: as `shortterm.lift` gives them, seen from X_WC. They are as far from each other as they can be, and not
    on the outline where enough are not: pixels there are as often of what is behind. What lies outside the ball
    around the box is left out. The same points give the same sample.
    """
    offset = points_W.astype(np.float64) - center_W
    near = (offset**2).sum(axis=1) <= (size_m**2).sum() / 4 + 1e-12
    offset, points = offset[near], points_W[near]
    if not len(offset):
        return np.empty((0, 3), np.int16)
    inner = _inside_outline(points.astype(np.float64) - X_WC[:3, 3], X_WC[:3, :3])
    if np.count_nonzero(inner) >= max(min(POINTS_MAX, len(offset)) // 2, 1):
        offset = offset[inner]
    offset = offset[:: -(-len(offset) // _CANDIDATES_MAX)]
    chosen = offset[_far_apart(offset)]
    return np.rint(1000 * chosen).clip(-32768, 32767).astype(np.int16)


def _inside_outline(ways_W: Float64[np.ndarray, "n 3"], R_WC: Float64[np.ndarray, "3 3"]) -> Bool[np.ndarray, "n"]:
    """Return which points have others on all sides, as the camera saw them; by the cells of a grid on the picture."""
    x, y, z = (ways_W[:, 0] * R_WC[0, k] + ways_W[:, 1] * R_WC[1, k] + ways_W[:, 2] * R_WC[2, k] for k in range(3))
    z = np.maximum(z, 1e-3)
    seen = np.stack([x / z, y / z], axis=1)
    seen -= seen.min(axis=0)
    width, height = (float(m) for m in seen.max(axis=0) + 1e-9)
    cell = max(np.sqrt(_CELL_POINTS * width * height / len(seen)), max(width, height) / 64)
    column, row = (seen / cell).astype(np.int64).T
    held = np.zeros((int(row.max()) + 3, int(column.max()) + 3), bool)
    held[row + 1, column + 1] = True
    rows, columns = (n - 2 for n in held.shape)
    inner = np.logical_and.reduce([held[j : j + rows, i : i + columns] for j in range(3) for i in range(3)])
    return inner[row, column]


def _far_apart(offset: Float64[np.ndarray, "n 3"]) -> Int64[np.ndarray, "m"]:
    """Return which points to keep: each the farthest from those before it (Gonzalez 1985), in the order of rows."""
    count = min(POINTS_MAX, len(offset))
    kept = np.empty(count, np.int64)
    middle = offset - offset.mean(axis=0)
    kept[0] = (middle**2).sum(axis=1).argmin()
    apart = np.full(len(offset), np.inf)
    for k in range(1, count):
        apart = np.minimum(apart, ((offset - offset[kept[k - 1]]) ** 2).sum(axis=1))
        kept[k] = apart.argmax()
    return np.sort(kept)
