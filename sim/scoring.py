"""How true a map is of a simulated home: what the camera really saw, held against what the memory says of it.

Seen is what a noiseless ray hit within the range that the memory believes.

Floor: cells of a voxel's size that nothing solid reaches into; right is a column that the map calls free. Cells beside
a solid one share voxels' noise with it, so they are counted apart. Surface: voxels in which a ray met a wall, a door or
furniture; right is an occupied voxel there or beside it, face to face. A phantom is an occupied column where nothing
stands within two cells; a doorway with one in it, or a step before it, is blocked.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Bool, Float, Int64, UInt8

from sim.sensors import Shot
from sim.worlds import FloorGrid, Truth, World, clearance_m, floor_grid, truth_of
from sim.worlds.truth.floor_grid import main_floor
from spatialmem import Pinhole, State, View, transform

__all__ = ["MapScore", "Seen", "explored_share", "score_map"]

STRIDE_PX = 2
"""Every second pixel of every second row is enough to know what was seen."""
HITS_MIN = 3
"""A voxel that fewer rays met counts as not seen."""
SURFACES = ("room", "door", "furniture")
FLOOR_MAX_M = 0.02
BAND_M = (0.10, 1.60)
"""Where something is an obstacle, above the floor."""
BESIDE, TWO_AWAY = 0.95, 2.4
"""In cells: more clearance has what is not beside a solid cell (0.5, 0.91), or not within two of one (up to 2.33)."""
BEFORE_M = 0.1
"""How far a doorway is looked at before and behind its wall."""
KEY_BITS = 21
KEY_OFFSET = 1 << (KEY_BITS - 1)


@dataclass(frozen=True, slots=True)
class MapScore:
    """Shares of what was seen, and doorways that the map blocks. NaN where nothing was seen."""

    floor_free: float
    """Of the cells with nothing solid in the eight round them."""
    floor_cells: int
    floor_free_all: float
    """Of all free cells."""
    floor_cells_all: int
    surface_occupied: float
    surface_voxels: int
    phantom_columns: int
    """Anywhere in the home, seen or not."""
    blocked_doorways: tuple[str, ...]
    doorways: int
    """How many doorways were open and seen."""


@dataclass
class Seen:
    """What the camera's rays truly met, voxel by voxel.

    The home must stand still meanwhile, things and people apart.
    """

    voxel_size_m: float
    range_max_m: float
    _surface: dict[int, int] = field(default_factory=dict)
    _floor: dict[int, int] = field(default_factory=dict)

    def add(
        self, shot: Shot, camera: Pinhole, kinds: Bool[np.ndarray, "names"], X_WC: Float[np.ndarray, "4 4"]
    ) -> None:
        """Take down one shot. kinds: whether each of the shot's bodies is one whose surface is judged."""
        rows = slice(STRIDE_PX // 2, None, STRIDE_PX)
        depth_m, body = shot.depth_m[rows, rows], shot.body[rows, rows]
        v, u = np.nonzero((depth_m > 0) & (depth_m < self.range_max_m) & (body >= 0))
        z = depth_m[v, u]
        v, u, judged = v * STRIDE_PX + STRIDE_PX // 2, u * STRIDE_PX + STRIDE_PX // 2, kinds[body[v, u]]
        points_C = np.stack([(u - camera.cx) / camera.fx * z, (v - camera.cy) / camera.fy * z, z], axis=1)
        points_W = transform(X_WC, points_C.astype(np.float64))
        on_floor = judged & (points_W[:, 2] < FLOOR_MAX_M)
        _count(self._floor, points_W[on_floor] * (1, 1, 0), self.voxel_size_m)
        _count(self._surface, points_W[judged & ~on_floor], self.voxel_size_m)

    def floor_W(self) -> Float[np.ndarray, "n 3"]:
        """Return the middles of the floor's cells that were seen [m]."""
        return _middles(self._floor, self.voxel_size_m)

    def surface_W(self) -> Float[np.ndarray, "n 3"]:
        """Return the middles of the voxels in which a surface was seen [m]."""
        return _middles(self._surface, self.voxel_size_m)


def _count(counts: dict[int, int], points_W: Float[np.ndarray, "n 3"], voxel_size_m: float) -> None:
    index = np.floor(points_W / voxel_size_m).astype(np.int64) + KEY_OFFSET
    keys, hits = np.unique((index[:, 0] << 2 * KEY_BITS) | (index[:, 1] << KEY_BITS) | index[:, 2], return_counts=True)
    for key, count in zip(keys.tolist(), hits.tolist(), strict=True):
        counts[key] = counts.get(key, 0) + count


def _middles(counts: dict[int, int], voxel_size_m: float) -> Float[np.ndarray, "n 3"]:
    keys: Int64[np.ndarray, "n"] = np.array(sorted(k for k, hits in counts.items() if hits >= HITS_MIN), np.int64)
    mask = (1 << KEY_BITS) - 1
    index = np.stack([keys >> 2 * KEY_BITS, (keys >> KEY_BITS) & mask, keys & mask], axis=1) - KEY_OFFSET
    return (index + 0.5) * voxel_size_m


def score_map(view: View, seen: Seen, world: World) -> MapScore:
    """Hold the map of a view against the home as it stands now."""
    grid = floor_grid(world, cell_m=seen.voxel_size_m, z_min_m=BAND_M[0], z_max_m=BAND_M[1])
    state = _column_state(view, grid)
    clear_m = clearance_m(grid)
    inner = _floor_share(state, seen.floor_W(), grid, clear_m > BESIDE * grid.cell_m)
    every = _floor_share(state, seen.floor_W(), grid, grid.free)
    away = clear_m > TWO_AWAY * grid.cell_m
    blocked, doorways = _blocked(state, truth_of(world), grid, away)
    phantoms = int((away & (state == State.OCCUPIED)).sum())
    return MapScore(*inner, *every, *_surface_share(view, seen.surface_W()), phantoms, blocked, doorways)


def explored_share(view: View, world: World, *, radius_m: float, turn_m: float) -> float:
    """Return which share of the floor that a robot of this radius truly gets to is free or occupied in the map."""
    grid = floor_grid(world, cell_m=view.voxel_size_m, z_min_m=BAND_M[0], z_max_m=BAND_M[1])
    reached = main_floor(grid, clearance_m(grid), radius_m=radius_m, turn_m=turn_m)
    return float((_column_state(view, grid)[reached] != State.UNKNOWN).mean())


def _column_state(view: View, grid: FloorGrid) -> UInt8[np.ndarray, "h w"]:
    """Return the map's columns in the band, for every cell of the truth's grid."""
    columns = view.columns(*BAND_M)
    i = np.floor((grid.x_m - columns.origin_m[0]) / columns.voxel_size_m).astype(int)
    j = np.floor((grid.y_m - columns.origin_m[1]) / columns.voxel_size_m).astype(int)
    padded = np.pad(columns.state, 1)  # a border of UNKNOWN, where all that lies outside is looked up
    i, j = (np.clip(k + 1, 0, n - 1) for k, n in zip((i, j), padded.shape[::-1], strict=True))
    return padded[np.ix_(j, i)]


def _floor_share(
    state: UInt8[np.ndarray, "h w"],
    floor_W: Float[np.ndarray, "n 3"],
    grid: FloorGrid,
    judged: Bool[np.ndarray, "h w"],
) -> tuple[float, int]:
    """Return which share of the floor that was seen is free in the map, and how many cells were seen."""
    i, j = (np.floor((floor_W[:, k] - grid.origin_m[k]) / grid.cell_m).astype(int) for k in (0, 1))
    inside = (i >= 0) & (i < grid.free.shape[1]) & (j >= 0) & (j < grid.free.shape[0])
    i, j = i[inside], j[inside]
    here = judged[j, i]
    found = state[j[here], i[here]] == State.FREE
    return (float(found.mean()) if len(found) else float("nan")), len(found)


def _surface_share(view: View, surface_W: Float[np.ndarray, "n 3"]) -> tuple[float, int]:
    """Return which share of the surface that was seen is occupied within one voxel, and how many voxels were seen."""
    if not len(surface_W):
        return float("nan"), 0
    found = view.state(surface_W) == State.OCCUPIED
    for step in (*np.eye(3), *-np.eye(3)):
        found |= view.state(surface_W + step * view.voxel_size_m) == State.OCCUPIED
    return float(found.mean()), len(found)


def _blocked(
    state: UInt8[np.ndarray, "h w"], truth: Truth, grid: FloorGrid, away: Bool[np.ndarray, "h w"]
) -> tuple[tuple[str, ...], int]:
    """Return the doorways that the map blocks somewhere, and how many were seen."""
    blocked, seen = [], 0
    for name, corners in truth.doorways.items():
        low, high = corners.min(axis=0) - BEFORE_M, corners.max(axis=0) + BEFORE_M
        (row0, col0), (row1, col1) = (grid.cell_of(float(x), float(y)) for x, y in (low, high))
        gap = slice(max(row0, 0), row1 + 1), slice(max(col0, 0), col1 + 1)
        here = state[gap][away[gap]]
        seen += bool((here != State.UNKNOWN).any())
        if (here == State.OCCUPIED).any():
            blocked.append(name)
    return tuple(blocked), seen
