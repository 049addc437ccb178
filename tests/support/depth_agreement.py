"""How well an expected depth image agrees with a recorded one, and which pixels are occlusion edges."""

from dataclasses import dataclass

import numpy as np

from spatialmem import ExpectedDepth, Pinhole, State
from spatialmem.geometry import lift

JUMP_M = 0.1
"""Neighbours in depth that differ by more are on an occlusion edge."""


@dataclass(frozen=True)
class Agreement:
    """Counts of pixels. `near`: within one voxel of the recorded depth; `beside`: in its voxel or in one beside it."""

    valid: int = 0
    edges: int = 0
    near: int = 0
    near_off_edges: int = 0
    beside_off_edges: int = 0
    before_off_edges: int = 0
    """Expected more than a voxel before what was recorded."""

    def __add__(self, other: "Agreement") -> "Agreement":
        return Agreement(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))


def jumps(z_m: np.ndarray, valid: np.ndarray) -> np.ndarray:
    """Return the valid pixels of a row that differ by more than a jump from the valid one before or after them.

    Pixels without a return are skipped: sensors have a band of them just where one thing occludes another.
    """
    v, u = np.nonzero(valid)
    apart = (np.diff(v) == 0) & (np.abs(np.diff(z_m[v, u])) > JUMP_M)
    at = np.concatenate([[False], apart]) | np.concatenate([apart, [False]])
    found = np.zeros(valid.shape, bool)
    found[v[at], u[at]] = True
    return found


def occlusion_edges(z_m: np.ndarray, valid: np.ndarray, camera: Pinhole, around_m: float) -> np.ndarray:
    """Return the pixels at a jump of the recorded depth in their row or column, and those within `around_m` of one."""
    from scipy.ndimage import distance_transform_edt

    edges = jumps(z_m, valid) | jumps(z_m.T, valid.T).T
    radius_px = np.zeros(z_m.shape, int)
    radius_px[edges] = np.ceil(camera.fx * around_m / z_m[edges])
    for radius in np.unique(radius_px[radius_px > 0]):
        edges = edges | (np.asarray(distance_transform_edt(radius_px != radius)) <= radius)
    return edges & valid


def agreement(
    depth: np.ndarray, camera: Pinhole, X_WC: np.ndarray, image: ExpectedDepth, voxel_size_m: float,
    *, range_max_m: float, around_m: float,
) -> Agreement:  # fmt: skip
    """Compare one image with a recording of 1 mm a unit, where that is within the range."""
    z_m = depth * np.float32(0.001)
    valid = (depth > 0) & (z_m <= range_max_m)
    edges = occlusion_edges(z_m, valid, camera, around_m)
    error_m = np.where(image.state == State.OCCUPIED, image.depth_m - z_m, np.inf)
    near, off = valid & (np.abs(error_m) <= voxel_size_m), valid & ~edges
    v, u = np.nonzero(off & (image.state == State.OCCUPIED))
    ends = [lift(u, v, d[v, u], camera) @ X_WC[:3, :3].T + X_WC[:3, 3] for d in (z_m, image.depth_m)]
    recorded, expected = (np.floor(points / voxel_size_m) for points in ends)
    return Agreement(
        int(valid.sum()),
        int(edges.sum()),
        int(near.sum()),
        int((near & off).sum()),
        int((np.abs(recorded - expected).max(axis=1) <= 1).sum()),
        int((off & (error_m < -voxel_size_m)).sum()),
    )
