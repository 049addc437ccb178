"""What is about an arm now: a map of 1 cm of what its camera saw, with the remembered things, and the room in it.

All is in W: the base stands while its arm moves, so the arm is placed in W once, by X_WR.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Float64

import spatialmem as sm
from planners.manipulation.spheres import ArmBody

__all__ = ["Field", "LocalScene", "ThingBox", "field_of"]

Bounds = tuple[Sequence[float], Sequence[float]]
NODES_MAX = 1 << 25


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ThingBox:
    """A thing as its upright box; `ThingBox.of` takes one that is remembered."""

    center_W: Float64[np.ndarray, "3"]
    size_m: Float64[np.ndarray, "3"]
    yaw_rad: float

    @classmethod
    def of(cls, thing: sm.ObjectState, *, grow_m: float = 0.0) -> ThingBox:
        """Return the box of a remembered thing, every face moved out by grow_m."""
        return cls(center_W=thing.center_W, size_m=thing.size_m + 2 * grow_m, yaw_rad=thing.yaw_rad)


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """How far it is to the nearest obstacle, at the corners of voxels; a copy, so it outlives the map."""

    distance_m: Float32[np.ndarray, "x y z"]
    """To the nearest voxel that is an obstacle: to its cube, where `sm.ClearanceField` has its middle [m]. So nothing
    in that voxel is nearer, however it lies in it. 0 in obstacles and on their faces, 1000 where there are none."""
    origin_W: Float64[np.ndarray, "3"]
    """The first corner [m]."""
    voxel_size_m: float

    def clearance_m(self, points_W: Float64[np.ndarray, "n 3"]) -> Float32[np.ndarray, "n"]:
        """Return the distance at each point, trilinear between corners; NaN outside."""
        whole = sm.ClearanceField(self.distance_m, self.origin_W, self.voxel_size_m, 1)
        return whole.clearance_m(points_W)


class LocalScene:
    """What the camera saw about the arm while the base stood here, at 1 cm; `forget` before it looks elsewhere."""

    def __init__(self, *, voxel_size_m: float = 0.01, range_max_m: float = 2.0):
        self.voxel_size_m, self._depth = voxel_size_m, sm.DepthConfig(range_max_m=range_max_m)
        self.forget()

    def forget(self) -> None:
        """Begin anew."""
        self.octree = sm.Octree(sm.OctreeConfig(voxel_size_m=self.voxel_size_m))
        self.frames = 0

    def see(
        self,
        frame: sm.RgbdFrame,
        body: ArmBody | None = None,
        joints_rad: Float64[np.ndarray, "n"] | None = None,
        X_WR: Float64[np.ndarray, "4 4"] | None = None,
        *,
        grow_m: float = 0.03,
    ) -> None:
        """Integrate a frame, without the pixels that show the robot itself.

        body, joints_rad and X_WR: the arm as it was in that frame; what lies within its spheres and the robot's boxes,
        grown, is left out. Without them nothing is.
        """
        depth, unit_m = _as_whole_units(frame)
        if body is not None and joints_rad is not None and X_WR is not None:
            from planners.manipulation.kernels import voxels

            camera, shown = frame.camera, depth
            depth = np.empty_like(shown)
            voxels.without_arm(
                shown, unit_m, np.array([camera.fx, camera.fy, camera.cx, camera.cy]),
                np.ascontiguousarray(frame.X_WC[:3]), joints_rad, np.ascontiguousarray(X_WR[:3]), *body.packed,
                grow_m, depth,
            )  # fmt: skip
        self.octree.integrate_image(depth, unit_m, frame.camera, frame.X_WC, self._depth)
        self.frames += 1

    def field(
        self,
        bounds_m: Bounds,
        *,
        unknown_is: sm.State,
        things: Sequence[ThingBox] = (),
        without: Sequence[ThingBox] = (),
    ) -> Field:
        """Return the room in a box (low, high) [m] of W; see `field_of`."""
        return field_of(self.octree, bounds_m, unknown_is=unknown_is, things=things, without=without)


def field_of(
    octree: sm.Octree | sm.View,
    bounds_m: Bounds,
    *,
    unknown_is: sm.State,
    things: Sequence[ThingBox] = (),
    without: Sequence[ThingBox] = (),
) -> Field:
    """Return how far everything in a box (low, high) [m] of W is from obstacles in it.

    Obstacles are the occupied voxels, the unknown ones if unknown_is says OCCUPIED, and the voxels whose middles are
    in the boxes of `things`; voxels with their middles in `without` are none, whatever is seen there, unless `things`
    has them. Raises InputError for bounds that are no box, or of more than 2^25 voxels.
    """
    from planners.manipulation.kernels import voxels

    if unknown_is not in (sm.State.FREE, sm.State.OCCUPIED):
        raise sm.InputError(f"unknown_is is {unknown_is!r}; it must be State.FREE or State.OCCUPIED.")
    size = octree.voxel_size_m
    low, high = (np.asarray(corner, float) for corner in bounds_m)
    if low.shape != (3,) or high.shape != (3,) or not np.isfinite([low, high]).all() or not (low < high).all():
        raise sm.InputError(f"bounds_m are {bounds_m!r}; the lower and the upper corner of a box are needed.")
    first = np.floor(low / size + 1e-9).astype(np.int64)
    shape = np.ceil(high / size - 1e-9).astype(np.int64) - first
    if shape.prod() > NODES_MAX:
        raise sm.InputError(
            f"bounds_m span {' x '.join(map(str, shape))} voxels, more than {NODES_MAX}; make them less."
        )
    blocked = np.zeros(shape, np.bool_)
    inner = (first * size, (first + shape) * size)
    for state in (sm.State.OCCUPIED, sm.State.UNKNOWN)[: 1 + (unknown_is is sm.State.OCCUPIED)]:
        cubes = octree.boxes(inner, state=state)
        edge = np.rint(cubes.size_m / size).astype(np.int64)
        corner = np.rint((cubes.center_W - cubes.size_m[:, None] / 2) / size).astype(np.int64)
        voxels.fill_cubes(np.ascontiguousarray(corner - first), edge, True, blocked)
    middle = (first + 0.5) * size
    voxels.fill_boxes(_rows(without), middle, size, False, blocked)
    voxels.fill_boxes(_rows(things), middle, size, True, blocked)
    return Field(_from_cubes(blocked, size), first * size, size)


def _from_cubes(blocked: np.ndarray, size_m: float) -> np.ndarray:
    """Return the distance from every corner of voxels to the nearest cube of a blocked one.

    The point of a cube that is nearest to a corner of voxels is one itself, so distances between corners are exact.
    """
    import edt

    nx, ny, nz = blocked.shape
    clear = np.ones((nx + 1, ny + 1, nz + 1), np.bool_)
    if not blocked.any():
        return np.full(clear.shape, 1000.0, np.float32)
    for i in (0, 1):
        for j in (0, 1):
            for k in (0, 1):
                clear[i : i + nx, j : j + ny, k : k + nz] &= ~blocked
    distance = edt.edt(clear, black_border=False, parallel=2)
    distance *= np.float32(size_m)
    return distance


def _rows(boxes: Sequence[ThingBox]) -> np.ndarray:
    rows = [[*box.center_W, *(box.size_m / 2), box.yaw_rad] for box in boxes]
    return np.array(rows, np.float64).reshape(-1, 7)


def _as_whole_units(frame: sm.RgbdFrame) -> tuple[np.ndarray, float]:
    """Return the depth as the gate has it: whole units, 0 where there is no return."""
    depth = np.asarray(frame.depth)
    if depth.dtype == np.uint16:
        return np.ascontiguousarray(depth), frame.depth_unit_m
    units = np.nan_to_num(depth.astype(np.float64) / frame.depth_unit_m, nan=0.0, posinf=0.0, neginf=0.0)
    return np.where((units >= 0.5) & (units < 65535), np.rint(units), 0).astype(np.uint16), frame.depth_unit_m
