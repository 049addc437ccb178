"""Which pixel shows which point: an orthographic view of the world, from straight above or slanted."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float64

__all__ = ["Projection", "known_extent", "plan", "slanted"]

STRAIGHT_DOWN_RAD = math.pi / 2
MARGIN_M = 0.35
TRIM_SHARE = 0.003


@dataclass(frozen=True)
class Projection:
    """Looks along +y and down by `elevation_rad`; +x is right. Straight down, +y is up, as on a plan."""

    left_m: float
    """What the left edge shows: x in the world."""
    bottom_m: float
    """What the lower edge shows, measured on the image plane; y in the world when looking straight down."""
    px_per_m: float
    width_px: int
    height_px: int
    elevation_rad: float = STRAIGHT_DOWN_RAD

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height."""
        return self.width_px, self.height_px

    @property
    def gaze_W(self) -> Float64[np.ndarray, "3"]:
        """The direction in which the eye looks, of length 1."""
        return np.array([0.0, math.cos(self.elevation_rad), -math.sin(self.elevation_rad)])

    def pixels(self, points_W: Float[np.ndarray, "n 3"]) -> Float[np.ndarray, "n 2"]:
        """Return where points are seen: (x, y) pixels, y downwards, whole numbers at pixel corners."""
        rise = points_W[:, 1] * math.sin(self.elevation_rad) + points_W[:, 2] * math.cos(self.elevation_rad)
        x = (points_W[:, 0] - self.left_m) * self.px_per_m
        return np.stack([x, self.height_px - (rise - self.bottom_m) * self.px_per_m], axis=1)

    def nearness(self, points_W: Float[np.ndarray, "n 3"]) -> Float[np.ndarray, "n"]:
        """Return how near to the eye points are [m]; the greatest on a pixel hides the others."""
        return points_W[:, 2] * math.sin(self.elevation_rad) - points_W[:, 1] * math.cos(self.elevation_rad)


def known_extent(
    known: Bool[np.ndarray, "h w"],
    origin_m: Float[np.ndarray, "2"],
    voxel_size_m: float,
    path_W: Float[np.ndarray, "n 3"],
) -> tuple[Float64[np.ndarray, "2"], Float64[np.ndarray, "2"]]:
    """Return the lower and the upper corner (x, y) [m] of the known columns and the path, with a margin.

    0.3 % of the known columns are cut at each side: single rays through a far door would leave a picture that
    is mostly margin. Where nothing is known and nothing was walked, two metres around the origin are shown.
    """
    corners = [path_W[np.isfinite(path_W).all(axis=1), :2]]
    if known.any():
        ranges = []
        for across in (0, 1):
            share = np.cumsum(known.sum(axis=across)) / known.sum()
            ranges.append((np.searchsorted(share, TRIM_SHARE), np.searchsorted(share, 1.0 - TRIM_SHARE) + 1))
        corners.append(origin_m + voxel_size_m * np.array(ranges, float).T)
    points = np.concatenate(corners).astype(np.float64)
    if not len(points):
        points = np.array([[-1.0, -1.0], [1.0, 1.0]])
    return points.min(axis=0) - MARGIN_M, points.max(axis=0) + MARGIN_M


def plan(
    lower_m: Float64[np.ndarray, "2"], upper_m: Float64[np.ndarray, "2"], *, width_px: int, height_px: int
) -> Projection:
    """Return the view from straight above that shows a rectangle (x, y) [m] as large as the pixels allow."""
    size_m = upper_m - lower_m
    px_per_m = float(min(width_px / size_m[0], height_px / size_m[1]))
    return Projection(
        left_m=float(lower_m[0]),
        bottom_m=float(lower_m[1]),
        px_per_m=px_per_m,
        width_px=max(1, round(float(size_m[0]) * px_per_m)),
        height_px=max(1, round(float(size_m[1]) * px_per_m)),
    )


def slanted(above: Projection, *, elevation_rad: float, z_min_m: float, z_max_m: float) -> Projection:
    """Return the slanted view of what a plan shows between two heights, centred in an image of the same size."""
    depth_m = above.height_px / above.px_per_m
    sine, cosine = math.sin(elevation_rad), math.cos(elevation_rad)
    needed_m = depth_m * sine + (z_max_m - z_min_m) * cosine
    px_per_m = min(above.px_per_m, above.height_px / needed_m)
    spare_x_m = above.width_px * (1.0 / px_per_m - 1.0 / above.px_per_m)
    spare_y_m = above.height_px / px_per_m - needed_m
    return Projection(
        left_m=above.left_m - spare_x_m / 2,
        bottom_m=above.bottom_m * sine + z_min_m * cosine - spare_y_m / 2,
        px_per_m=px_per_m,
        width_px=above.width_px,
        height_px=above.height_px,
        elevation_rad=elevation_rad,
    )
