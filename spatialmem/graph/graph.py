"""`Graph`: the floor as places and edges, kept up with the map; the room's one stateful class."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np
from jaxtyping import Float64, Int64

from spatialmem.config import DepthConfig, GraphConfig
from spatialmem.graph.derive import Deriving
from spatialmem.graph.flags import Band, blocks_of, cell_level, changed_blocks
from spatialmem.graph.graph_view import GraphView
from spatialmem.graph.history import History, PlacesNote, RestNote, SpotNote
from spatialmem.graph.levels import level_of, lowest_surface_m
from spatialmem.graph.looks import shown_by
from spatialmem.graph.state import Kept, kept_of
from spatialmem.graph.tiles import SQUARE, TILE, Tile, TileKey, Window, empty_tile
from spatialmem.kernels.floor import KNOWN, WALL
from spatialmem.kernels.places import PIECES_MAX
from spatialmem.octree import Octree, Snapshot
from spatialmem.types import RgbdFrame, RobotState

__all__ = ["Graph"]

SAME_M = 0.1
"""Heights that differ by less are those of one floor: no surface, and no robot, is known better."""
LEVELS_MAX = 16
"""More floors are not kept: whoever climbs a ramp stands at ever new heights."""
LATE_NS = 1_000_000_000
"""A stamp that is so much older is of a clock that was set back."""


class Graph:
    """Places, edges and rooms of the floor. One thread tells it; any thread may read the views that it gives.

    What follows from the map alone is not written down: whoever reads a dump gives it the map, and it is derived anew,
    to the same bytes.
    """

    def __init__(self, config: GraphConfig, voxel_size_m: float):
        self.config = config
        self._voxel_size_m = voxel_size_m
        self._deriving = Deriving(config, voxel_size_m * (1 << cell_level(voxel_size_m)))
        self._tiles: dict[TileKey, Tile] = {}
        self._levels: tuple[float, ...] = ()
        self._next_id = 1
        self._leaves_looked = 0
        """How many leaves the map had when its floor was looked for last."""
        self._guessed = False
        """The one floor that is known is that of the map, and no robot has said so."""
        self._walls_changed = False
        self._stood: tuple[float, float, float] | None = None
        self._before: Snapshot | None = None
        self._history = History()
        self._view = GraphView(self._kept(), self._deriving.cell_m)

    # what it is told

    def stand(self, state: RobotState, octree: Octree) -> None:
        """Learn where the robot stands: there is floor."""
        x, y, z = (float(c) for c in state.X_WB[:3, 3])
        level, count = level_of(z, self._levels), len(self._levels)
        if self._stood is not None and level is not None and not self._guessed:
            on_same = level == level_of(self._stood[2], self._levels)
            if on_same and np.hypot(x - self._stood[0], y - self._stood[1]) < self._deriving.cell_m / 2:
                return
        if self._guessed:
            level = self._know_better(z, octree._snapshot())
            self._guessed = False
        elif level is None and count == LEVELS_MAX:
            return
        elif level is None:
            level = self._add_level(z, octree._snapshot())
        self._stood = (x, y, z)
        changed = self._drive_over(level, x, y)
        if changed is not None:
            self._number(self._deriving.derive(self._tiles, level, changed))
        self._publish()

    def look(self, frame: RgbdFrame, sensor: DepthConfig) -> None:
        """Note which floor a frame shows."""
        level = self._level_under(frame)
        if level is None:
            return
        keys = self._near(level, frame.X_WC[:3, 3], sensor.range_max_m)
        squares = TILE // SQUARE
        offsets = (np.stack(np.meshgrid(np.arange(squares), np.arange(squares)), axis=-1).reshape(-1, 2) + 0.5) * SQUARE
        corners = np.array([(key.x * TILE, key.y * TILE) for key in keys], np.float64).reshape(-1, 1, 2)
        middles = (corners + offsets).reshape(-1, 2) * self._deriving.cell_m
        floor_W = np.column_stack([middles, np.full(len(middles), self._levels[level])])
        seen = shown_by(frame, floor_W, sensor).reshape(-1, squares, squares)
        for key, here in zip(keys, seen, strict=True):
            tile = self._tiles[key]
            if here.any():
                newer = (tile.seen_ns < frame.stamp_ns) | (tile.seen_ns > frame.stamp_ns + LATE_NS)
                newest = np.where(here & newer, frame.stamp_ns, tile.seen_ns)
                self._tiles[key] = replace(tile, seen_ns=newest)
        self._publish(same_floor=True)

    def follow(self, octree: Octree) -> None:
        """Take in what has changed in the map since it was followed last."""
        snapshot = octree._snapshot()
        if snapshot is self._before:
            return
        changed = (self._guessed or not self._levels) and self._find_floor(snapshot)
        blocks = changed_blocks(snapshot, self._before)
        self._before = snapshot
        for level in range(len(self._levels)):
            changed |= self._update(level, snapshot, blocks)
        self._publish(same_floor=not changed)

    def _find_floor(self, snapshot: Snapshot) -> bool:
        """Look for a floor in the map, whenever the map has doubled; return whether there is one that was not known.

        What was seen first may have been a table.
        """
        if snapshot.leaf_count < 2 * self._leaves_looked:
            return False
        self._leaves_looked = snapshot.leaf_count
        floor_m = lowest_surface_m(snapshot)
        if floor_m is None or (self._levels and floor_m > self._levels[0] - SAME_M):
            return False
        self._know_better(floor_m, snapshot)
        self._guessed = True
        return True

    def _know_better(self, z_m: float, snapshot: Snapshot) -> int:
        """Let the only floor be at a height, unless it is about there already; return its number."""
        if not self._levels:
            return self._add_level(z_m, snapshot)
        if abs(self._levels[0] - z_m) < SAME_M:
            return 0
        self._history = self._history.changed(self._tiles.keys())
        self._tiles, self._levels, self._walls_changed = {}, (round(z_m, 3),), True
        self._update(0, snapshot, blocks_of(snapshot))
        return 0

    def _add_level(self, z_m: float, snapshot: Snapshot) -> int:
        """Let there be a floor at a height; return its number."""
        self._levels = (*self._levels, round(z_m, 3))
        level = len(self._levels) - 1
        self._update(level, snapshot, blocks_of(snapshot))
        return level

    def _update(self, level: int, snapshot: Snapshot, blocks: Int64[np.ndarray, "n 2"]) -> bool:
        """Take in the flags of blocks, and all that follows from those that are others now; return whether any are."""
        changed = self._put_all(level, snapshot, blocks)
        if changed is not None:
            self._number(self._deriving.derive(self._tiles, level, changed))
        return changed is not None

    def _put_all(self, level: int, snapshot: Snapshot, blocks: Int64[np.ndarray, "n 2"]) -> Window | None:
        """Write the flags that the map gives to blocks into their tiles; return where they are others now."""
        if not len(blocks):
            return None
        band = Band.over(self._levels[level], self.config, self._voxel_size_m)
        return self._put(level, blocks, band.flags(snapshot, blocks))

    def _put(self, level: int, blocks: Int64[np.ndarray, "n 2"], flags: np.ndarray) -> Window | None:
        """Write the flags of blocks into their tiles; return the rectangle in which they are others now."""
        width = flags.shape[1]
        per_tile = TILE // width
        owner = blocks // per_tile
        low, high = np.full(2, np.iinfo(np.int64).max), np.full(2, np.iinfo(np.int64).min)
        order = np.lexsort((owner[:, 0], owner[:, 1]))
        starts = np.flatnonzero(np.r_[True, (np.diff(owner[order], axis=0) != 0).any(axis=1)])
        for own in np.split(order, starts[1:]):
            x, y = owner[own[0]].tolist()
            key = TileKey(level, y, x)
            tile = self._tiles.get(key)
            fresh = np.zeros((TILE, TILE), np.uint8) if tile is None else tile.flags.copy()
            grid = fresh.reshape(per_tile, width, per_tile, width)
            at = blocks[own] - owner[own] * per_tile
            grid[at[:, 1], :, at[:, 0], :] = flags[own]
            rows, columns = np.nonzero(fresh if tile is None else fresh != tile.flags)
            if not len(rows):
                continue
            before = np.zeros_like(fresh) if tile is None else tile.flags
            self._walls_changed |= bool(((fresh ^ before) & (WALL | KNOWN)).any())
            self._tiles[key] = replace(tile or empty_tile(), flags=fresh)
            corner = np.array([y, x]) * TILE
            low = np.minimum(low, corner + np.array([rows.min(), columns.min()]))
            high = np.maximum(high, corner + np.array([rows.max(), columns.max()]) + 1)
        if low[0] > high[0]:
            return None
        return Window(int(low[0]), int(low[1]), int(high[0] - low[0]), int(high[1] - low[1]))

    def _drive_over(self, level: int, x_m: float, y_m: float) -> Window | None:
        """Mark the cells under the robot; return the rectangle where one is marked that was not."""
        cell_m = self._deriving.cell_m
        radius_m = self.config.robot_radius_m + cell_m  # it stands between the middles of cells
        low = [int(np.floor((c - radius_m) / cell_m)) for c in (y_m, x_m)]
        count = int(np.ceil(2 * radius_m / cell_m)) + 1
        window = Window(low[0], low[1], count, count)
        y, x = (((first + np.arange(count) + 0.5) * cell_m - c) for first, c in zip(low, (y_m, x_m), strict=True))
        under = y[:, None] ** 2 + x[None, :] ** 2 <= radius_m**2
        changed = False
        for ty in range(window.y // TILE, (window.y + count - 1) // TILE + 1):
            for tx in range(window.x // TILE, (window.x + count - 1) // TILE + 1):
                tile = self._tiles.get(TileKey(level, ty, tx)) or empty_tile()
                driven = tile.driven.copy()
                rows, columns = np.nonzero(under)
                rows, columns = rows + window.y - ty * TILE, columns + window.x - tx * TILE
                here = (rows >= 0) & (rows < TILE) & (columns >= 0) & (columns < TILE)
                driven[rows[here], columns[here]] = True
                if not np.array_equal(driven, tile.driven):
                    self._tiles[TileKey(level, ty, tx)] = replace(tile, driven=driven)
                    changed = True
        return window if changed else None

    def write_places(self, stamp_ns: int, seq: int) -> tuple[PlacesNote, ...]:
        """Return what is to be written of the places as they were before input `seq`; call it before that is told.

        stamp_ns: of that input.
        """
        tiles = self._tiles, self._levels, self._deriving.cell_m
        history, notes = self._history.told(*tiles, stamp_ns, seq)
        self._note(history)
        return notes

    def write_spots(
        self, ids: Int64[np.ndarray, "n"], center_W: Float64[np.ndarray, "n 3"], stamp_ns: int, seq: int
    ) -> tuple[SpotNote, ...]:
        """Return what is to be written of where things are after input `seq`, of a stamp; see `History.spotted`."""
        history, notes = self._history.spotted(ids, center_W, stamp_ns, seq)
        self._note(history)
        return notes

    def write_rests(
        self, now: Int64[np.ndarray, "n 4"], moved: Collection[int], never: Collection[int], stamp_ns: int, seq: int
    ) -> tuple[RestNote, ...]:
        """Return what is to be written of how things rest after input `seq`, of a stamp; see `History.rested`."""
        history, notes = self._history.rested(now, moved, never, stamp_ns, seq)
        self._note(history)
        return notes

    def _note(self, history: History) -> None:
        """Let this be what was written; nothing else has changed."""
        if history is not self._history:
            self._history = history
            self._view = GraphView(replace(self._view.kept, history=history), self._deriving.cell_m, self._view.facts)

    def _number(self, keys: Collection[TileKey]) -> None:
        """Give every place that has none a number, in order. Of these tiles the places may be others now."""
        self._history = self._history.changed(keys)
        for key in sorted(keys):
            tile = self._tiles[key]
            codes = (tile.found[:, 0] * PIECES_MAX + tile.found[:, 1]).tolist()
            fresh = [code for code in codes if code not in tile.numbers]
            numbers = {**tile.numbers, **{code: self._next_id + i for i, code in enumerate(fresh)}}
            self._next_id += len(fresh)
            ids = np.array([numbers[code] for code in codes], np.int64)
            self._tiles[key] = replace(tile, numbers=numbers, ids=ids)

    def _level_under(self, frame: RgbdFrame) -> int | None:
        """Return the highest floor below a camera."""
        below = [(z, level) for level, z in enumerate(self._levels) if z < frame.X_WC[2, 3]]
        return max(below)[1] if below else None

    def _near(self, level: int, p_W: np.ndarray, range_m: float) -> list[TileKey]:
        """Return the tiles within a range about a point."""
        side_m = TILE * self._deriving.cell_m
        low = [int(np.floor((float(c) - range_m) / side_m)) for c in p_W[:2]]
        high = [int(np.floor((float(c) + range_m) / side_m)) for c in p_W[:2]]
        keys = (TileKey(level, y, x) for y in range(low[1], high[1] + 1) for x in range(low[0], high[0] + 1))
        return [key for key in keys if key in self._tiles]

    # what it answers

    def view(self) -> GraphView:
        """Return the floor as it is known at this moment. Never waits."""
        return self._view

    def dump(self) -> bytes:
        """Return what does not follow from the map as bytes; the same graph is the same bytes."""
        return self._view.dump()

    @classmethod
    def load(cls, data: bytes, octree: Octree, config: GraphConfig | None = None) -> Graph:
        """Make one of the bytes of `dump` and the map that it belongs to, as if it had never stopped.

        config: for another robot from now on; else as it was. Raises InputError for damaged bytes.
        """
        kept = kept_of(data)
        made = cls(config or kept.config, octree.voxel_size_m)
        made._levels, made._next_id, made._stood = kept.levels, kept.next_id, kept.stood
        made._leaves_looked, made._guessed = kept.leaves_looked, kept.guessed
        made._tiles = dict(kept.tiles)
        made._rederive(octree._snapshot())
        if made.config == kept.config:  # else every tile may be another one now
            made._history = kept.history
        else:
            made._history = replace(kept.history, waiting=kept.history.waiting | made._history.waiting)
        made._publish()
        return made

    @classmethod
    def of(cls, config: GraphConfig, octree: Octree, robot: RobotState | None = None, *, stamp_ns: int = 0) -> Graph:
        """Make one of a map alone: what nobody wrote down is unknown. stamp_ns: the newest in the map."""
        made = cls(config, octree.voxel_size_m)
        made._history = History(newest_ns=stamp_ns, places_since_ns=stamp_ns, rests_since_ns=stamp_ns)
        if robot is not None:
            made.stand(robot, octree)
        made.follow(octree)
        return made

    def _rederive(self, snapshot: Snapshot) -> None:
        """Derive all that follows from the map."""
        for level in range(len(self._levels)):
            self._put_all(level, snapshot, blocks_of(snapshot))
            own = [key for key in self._tiles if key.level == level]
            if own:  # driven cells are where the map may be empty
                low = [min(key[axis] for key in own) * TILE for axis in (1, 2)]
                high = [(max(key[axis] for key in own) + 1) * TILE for axis in (1, 2)]
                everywhere = Window(low[0], low[1], high[0] - low[0], high[1] - low[1])
                self._number(self._deriving.derive(self._tiles, level, everywhere))
        self._before = snapshot
        self._publish()

    def _kept(self) -> Kept:
        """Return all of it as it is now."""
        return Kept(
            config=self.config,
            levels=self._levels,
            next_id=self._next_id,
            leaves_looked=self._leaves_looked,
            guessed=self._guessed,
            stood=self._stood,
            tiles=self._tiles.copy(),
            history=self._history,
        )

    def _publish(self, *, same_floor: bool = False) -> None:
        """Make this the moment that is read: one assignment. same_floor: nothing has changed but when it was seen."""
        before = self._view.facts
        divided = None if self._walls_changed else before.divided
        self._walls_changed = False
        self._view = GraphView(self._kept(), self._deriving.cell_m, before if same_floor else None, divided=divided)
