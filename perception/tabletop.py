"""A detector without classes: whatever stands on a table or a floor and is of a size to be taken."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int64

from perception.open3d_library import open3d
from perception.pixels import box_of_mask, shape_of
from perception.planes import Plane, clusters, find_planes, thinned
from spatialmem import ConfigError, Detection, RgbdFrame, inverse

__all__ = ["TabletopSegmenter", "TabletopSettings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TabletopSettings:
    """Lengths that hold for every scene. Raises ConfigError for one that is not above 0."""

    range_max_m: float = 2.5
    """What is farther away along the optical axis is left out: there, depth is too coarse for small things."""
    voxel_m: float = 0.01
    """Planes and groups are found among points so far apart."""
    thickness_m: float = 0.01
    """A point so near to a plane is part of it."""
    support_min_m2: float = 0.15
    """What is smaller is a side of a thing; what is larger is a table, a floor or a wall."""
    height_max_m: float = 0.5
    """What stands on a support is looked for so high above it."""
    margin_m: float = 0.05
    """Things may stand over a support's edge by so much."""
    apart_m: float = 0.02
    """Things that are nearer to each other than this are one."""
    side_min_m: float = 0.02
    """Of its largest side; what is smaller is noise."""
    side_max_m: float = 0.6
    """What is larger is furniture."""
    pixels_min: int = 60
    level_max_rad: float | None = 0.3
    """Supports are tilted against the floor of W by no more than this. None: any plane may be one, for frames whose
    X_WC does not say where up is."""

    def __post_init__(self) -> None:
        for name in self.__dataclass_fields__:
            value = getattr(self, name)
            if value is None and name == "level_max_rad":
                continue
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < np.inf:
                raise ConfigError(f"tabletop: {name} is {value!r}; a number above 0 is needed.")


class TabletopSegmenter:
    """Finds things that no detector knows, from one frame's depth alone; a `spatialmem.Detector` of the label "thing".

    Planes are found and taken out (RANSAC), and what is left over a level one is parted into groups (DBSCAN); there is
    no training. The score is a share: how much of the thing's outline is filled with depth. It says how cleanly it was
    seen, not what it is.

    Limitation: things that touch are one thing; what is flatter than `thickness_m` is not found.
    """

    labels: tuple[str, ...] = ("thing",)

    def __init__(self, settings: TabletopSettings | None = None):
        """Raises InputError where Open3D is not installed."""
        self.settings = settings or TabletopSettings()
        open3d()

    def detect(self, frame: RgbdFrame) -> tuple[Detection, ...]:
        """Return the things in view, the one with most pixels first, each with its mask and the box around it."""
        s = self.settings
        rows, columns, points_C = _lifted(frame, s.range_max_m)
        cloud, _ = thinned(points_C, s.voxel_m)
        planes = find_planes(
            cloud, voxel_m=s.voxel_m, thickness_m=s.thickness_m, area_min_m2=s.support_min_m2, planes_max=8
        )
        standing = self._standing(points_C, planes, _up_C(frame))
        rows, columns, points_C = rows[standing], columns[standing], points_C[standing]
        group = self._groups(points_C)
        masks = []
        for number in range(int(group.max(initial=-1)) + 1):
            chosen = group == number
            if chosen.sum() >= s.pixels_min and s.side_min_m <= _side_m(points_C[chosen]) <= s.side_max_m:
                mask = np.zeros(shape_of(frame), bool)
                mask[rows[chosen], columns[chosen]] = True
                masks.append(mask)
        masks.sort(key=lambda mask: (-int(mask.sum()), int(mask.argmax())))
        return tuple(
            Detection(label="thing", score=_filled(mask), box_px=box_of_mask(mask), mask=mask) for mask in masks
        )

    def _standing(
        self, points_C: Float64[np.ndarray, "n 3"], planes: list[Plane], up_C: Float64[np.ndarray, "3"]
    ) -> Bool[np.ndarray, "n"]:
        """Return which points are on no plane, and over one that things can stand on."""
        s = self.settings
        off, over = np.ones(len(points_C), bool), np.zeros(len(points_C), bool)
        for plane in planes:
            height = plane.heights_m(points_C)
            near = plane.over(points_C, s.margin_m)
            off &= ~(near & (np.abs(height) <= s.thickness_m))
            if s.level_max_rad is None or float(plane.normal @ up_C) >= np.cos(s.level_max_rad):
                over |= near & (height > 0) & (height <= s.height_max_m)
        return off & over

    def _groups(self, points_C: Float64[np.ndarray, "n 3"]) -> Int64[np.ndarray, "n"]:
        """Return the group of each point, -1 for none."""
        if not len(points_C):
            return np.zeros(0, np.int64)
        cloud, which = thinned(points_C, self.settings.voxel_m)
        return clusters(cloud, self.settings.apart_m, 4)[which]


def _lifted(
    frame: RgbdFrame, range_max_m: float
) -> tuple[Int64[np.ndarray, "n"], Int64[np.ndarray, "n"], Float64[np.ndarray, "n 3"]]:
    """Return rows, columns and points_C [m] of the pixels with depth up to range_max_m."""
    scale = frame.depth_unit_m if frame.depth.dtype == np.uint16 else 1.0
    z_m = frame.depth.astype(np.float64) * scale
    rows, columns = np.nonzero((z_m > 0) & (z_m <= range_max_m))  # what is not a number is neither
    z, camera = z_m[rows, columns], frame.camera
    x, y = (columns - camera.cx) / camera.fx * z, (rows - camera.cy) / camera.fy * z
    return rows, columns, np.stack([x, y, z], axis=1)


def _up_C(frame: RgbdFrame) -> Float64[np.ndarray, "3"]:
    """Return the direction of W's z in C."""
    return inverse(frame.X_WC)[:3, 2]


def _side_m(points: Float64[np.ndarray, "n 3"]) -> float:
    """Return the largest side of the box around points, along C."""
    return float((points.max(axis=0) - points.min(axis=0)).max())


def _filled(mask: Bool[np.ndarray, "h w"]) -> float:
    """Return the share of a mask's convex outline that is in the mask."""
    import cv2

    outline = cv2.convexHull(np.argwhere(mask)[:, ::-1].astype(np.int32))
    hull = np.zeros(mask.shape, np.uint8)
    cv2.fillConvexPoly(hull, outline, 1)
    return float(mask.sum() / hull.sum())
