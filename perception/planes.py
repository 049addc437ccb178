"""The large planes of a point cloud: floors, walls and table tops, found one after the other with Open3D."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int64

from perception.open3d_library import open3d

__all__ = ["Plane", "find_planes", "thinned"]

RANSAC_ROUNDS = 500
SEED = 1
"""Of Open3D's own generator, set before each plane: the same cloud gives the same planes."""
CONNECTED_CELLS = 3.0
"""Points of a plane belong together if they are no farther apart than so many voxels."""


@dataclass(frozen=True, slots=True, eq=False)
class Plane:
    """A flat patch of a cloud."""

    normal: Float64[np.ndarray, "3"]
    """Of length 1, to the side of the frame's origin: where the camera is."""
    offset_m: float
    """normal . p + offset_m is the height of p above the plane."""
    outline: Float32[np.ndarray, "k 1 2"]
    """Its convex hull, in the plane's own two axes [m]."""

    def heights_m(self, points: Float64[np.ndarray, "n 3"]) -> Float64[np.ndarray, "n"]:
        """Return how far each point is above the plane; below is negative."""
        n = self.normal
        return points[:, 0] * n[0] + points[:, 1] * n[1] + points[:, 2] * n[2] + self.offset_m

    def over(self, points: Float64[np.ndarray, "n 3"], margin_m: float) -> Bool[np.ndarray, "n"]:
        """Return which points are above or below the patch, or beside it by no more than margin_m."""
        flat = _flat(points, self.normal).astype(np.float32)
        a, b = self.outline[:, 0], np.roll(self.outline[:, 0], -1, axis=0)
        edge = b - a
        length = np.maximum(np.hypot(edge[:, 0], edge[:, 1]), 1e-9)
        inside = np.ones(len(flat), bool)
        for (ax, ay), (ex, ey), size in zip(a, edge, length, strict=True):  # the hull runs anticlockwise: left is in
            inside &= (ex * (flat[:, 1] - ay) - ey * (flat[:, 0] - ax)) / size >= -margin_m
        return inside


def thinned(
    points: Float64[np.ndarray, "n 3"], voxel_m: float
) -> tuple[Float64[np.ndarray, "m 3"], Int64[np.ndarray, "n"]]:
    """Return one point a voxel, the mean of those in it, and for each point which one that is."""
    cell = np.floor(points / voxel_m).astype(np.int64)
    cell -= cell.min(axis=0, initial=0)
    spans = cell.max(axis=0, initial=0) + 1
    key = (cell[:, 0] * spans[1] + cell[:, 1]) * spans[2] + cell[:, 2]
    kept, which = np.unique(key, return_inverse=True)
    counts = np.bincount(which, minlength=len(kept))
    sums = [np.bincount(which, points[:, axis], minlength=len(kept)) for axis in range(3)]
    return np.stack(sums, axis=1) / np.maximum(counts, 1)[:, None], which.ravel()


def find_planes(
    cloud: Float64[np.ndarray, "n 3"], *, voxel_m: float, thickness_m: float, area_min_m2: float, planes_max: int
) -> list[Plane]:
    """Return the planes of a cloud that was thinned to voxel_m, the one with most points first.

    Of each plane by RANSAC (Fischler and Bolles 1981; Open3D's segment_plane), its largest connected patch counts; the
    search ends with the first whose patch is smaller than area_min_m2.
    """
    planes = []
    while len(planes) < planes_max and len(cloud) * voxel_m**2 >= area_min_m2:
        found, on = _best_plane(cloud, thickness_m)
        patch = on[_largest_part(cloud[on], CONNECTED_CELLS * voxel_m)]
        if len(patch) * voxel_m**2 < area_min_m2:
            break
        planes.append(_plane(found, cloud[patch]))
        cloud = np.delete(cloud, patch, axis=0)
    return planes


def _best_plane(
    cloud: Float64[np.ndarray, "n 3"], thickness_m: float
) -> tuple[Float64[np.ndarray, "4"], Int64[np.ndarray, "m"]]:
    """Return a, b, c, d of the plane with most points within thickness_m, and which points these are."""
    library = open3d()
    library.utility.random.seed(SEED)
    points = library.geometry.PointCloud(library.utility.Vector3dVector(np.ascontiguousarray(cloud)))
    # probability 1: it never stops early, which would depend on how its threads run
    model, on = points.segment_plane(thickness_m, 3, RANSAC_ROUNDS, probability=1.0)
    return np.asarray(model), np.sort(np.asarray(on, np.int64))


def _largest_part(points: Float64[np.ndarray, "n 3"], apart_m: float) -> Int64[np.ndarray, "m"]:
    """Return which points are the largest connected group."""
    labels = clusters(points, apart_m, 1)
    counts = np.bincount(labels[labels >= 0], minlength=1)
    return np.flatnonzero(labels == counts.argmax())


def clusters(points: Float64[np.ndarray, "n 3"], apart_m: float, neighbours_min: int) -> Int64[np.ndarray, "n"]:
    """Return the group of each point, -1 for none: DBSCAN (Ester et al. 1996; Open3D's cluster_dbscan)."""
    library = open3d()
    cloud = library.geometry.PointCloud(library.utility.Vector3dVector(np.ascontiguousarray(points)))
    return np.asarray(cloud.cluster_dbscan(apart_m, neighbours_min), np.int64)


def _plane(model: Float64[np.ndarray, "4"], patch: Float64[np.ndarray, "n 3"]) -> Plane:
    import cv2

    model = model / np.sqrt((model[:3] ** 2).sum())
    if model[3] < 0:
        model = -model
    flat = _flat(patch, model[:3]).astype(np.float32)
    return Plane(model[:3], float(model[3]), cv2.convexHull(flat, clockwise=False))


def _flat(points: Float64[np.ndarray, "n 3"], normal: Float64[np.ndarray, "3"]) -> Float64[np.ndarray, "n 2"]:
    """Return points in two axes across a normal."""
    across = np.zeros(3)
    across[np.abs(normal).argmin()] = 1
    first = np.cross(normal, across)
    first /= np.sqrt((first**2).sum())
    second = np.cross(normal, first)
    return np.stack([points @ first, points @ second], axis=1)
