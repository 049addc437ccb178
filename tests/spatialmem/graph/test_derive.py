"""What follows from the map: local, so that what is derived where something changed is what all of it would give."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatialmem import GraphConfig
from spatialmem.graph.derive import BLOCKED, FREE, UNKNOWN, Deriving
from spatialmem.graph.tiles import TILE, Tile, TileKey, Window, empty_tile, gather
from spatialmem.kernels.floor import BODY, GROUND, KNOWN, OPEN
from spatialmem.kernels.warmup import warm_up

SEEN_FREE = GROUND | OPEN | KNOWN
SIDE = 3
"""Tiles on a side, about the world's origin."""
WHOLE = Window(-TILE, -TILE, SIDE * TILE, SIDE * TILE)


def tiles_of(flags: np.ndarray, driven: np.ndarray | None = None) -> dict[TileKey, Tile]:
    """Tiles with flags for the whole window; those of which nothing is known are not there."""
    made = {}
    for ty in range(SIDE):
        for tx in range(SIDE):
            part = slice(ty * TILE, (ty + 1) * TILE), slice(tx * TILE, (tx + 1) * TILE)
            under = np.zeros((TILE, TILE), bool) if driven is None else driven[part]
            if flags[part].any() or under.any():
                made[TileKey(0, ty - 1, tx - 1)] = replace(empty_tile(), flags=flags[part].copy(), driven=under.copy())
    return made


def assert_same(got: dict[TileKey, Tile], wanted: dict[TileKey, Tile]) -> None:
    assert got.keys() == wanted.keys()
    for key, tile in wanted.items():
        for name in ("state", "clearance_m", "piece", "found", "ends", "measures"):
            np.testing.assert_array_equal(getattr(got[key], name), getattr(tile, name), err_msg=f"{name} of {key}")


def drawn(rng: np.random.Generator) -> np.ndarray:
    """Flags of floor with things on it, holes in it and parts that nobody saw."""
    flags = np.full((WHOLE.height, WHOLE.width), SEEN_FREE, np.uint8)
    for value in (0, KNOWN, GROUND | BODY | KNOWN, 0):
        for _ in range(rng.integers(0, 12)):
            (y, x), (h, w) = rng.integers(0, WHOLE.width, 2), rng.integers(1, 30, 2)
            flags[y : y + h, x : x + w] = value
    flags[rng.random(flags.shape) < rng.choice([0.0, 0.01])] = 0
    if rng.random() < 0.3:
        flags[: TILE + rng.integers(0, 9)] = 0
    return flags


@settings(max_examples=30)
@given(seed=st.integers(0, 2**32 - 1), radius_m=st.sampled_from([0.1, 0.3]), gap_m=st.sampled_from([0.0, 0.1, 0.3]))
def test_deriving_about_changes_equals_deriving_all(seed, radius_m, gap_m):
    warm_up()
    rng = np.random.default_rng(seed)
    config = GraphConfig(robot_radius_m=radius_m, gap_m=gap_m, clearance_max_m=float(rng.choice([0.4, 1.0])))
    deriving = Deriving(config, 0.05)
    flags = drawn(rng)
    tiles = tiles_of(flags)
    deriving.derive(tiles, 0, WHOLE)
    for _ in range(rng.integers(1, 6)):
        (y, x), (h, w) = rng.integers(0, WHOLE.width - 30, 2).tolist(), rng.integers(1, 30, 2).tolist()
        flags[y : y + h, x : x + w] = rng.choice([SEEN_FREE, GROUND | BODY | KNOWN, KNOWN])
        for key, tile in tiles_of(flags).items():
            tiles[key] = replace(tiles.get(key, tile), flags=tile.flags)
        others = deriving.derive(tiles, 0, Window(WHOLE.y + y, WHOLE.x + x, h, w))
        assert others <= tiles.keys()
    scratch = tiles_of(flags)
    deriving.derive(scratch, 0, WHOLE)
    assert_same(tiles, scratch)


def test_an_edge_follows_a_change_in_the_tile_below_alone():
    """Nothing in the upper tile itself is other: only what its edges over the lower corners lead over."""
    warm_up()
    deriving = Deriving(GraphConfig(), 0.05)
    flags = np.full((WHOLE.height, WHOLE.width), SEEN_FREE, np.uint8)
    tiles = tiles_of(flags)
    deriving.derive(tiles, 0, WHOLE)
    above = tiles[TileKey(0, 0, 0)]
    y, x = -22, 30  # so far below the upper tile that its clearances stay
    flags[y - WHOLE.y, x - WHOLE.x] = GROUND | BODY | KNOWN
    below = TileKey(0, -1, 0)
    tiles[below] = replace(tiles[below], flags=tiles_of(flags)[below].flags)
    deriving.derive(tiles, 0, Window(y, x, 1, 1))
    now = tiles[TileKey(0, 0, 0)]
    assert now.clearance_m is above.clearance_m
    assert not np.array_equal(now.measures, above.measures)
    scratch = tiles_of(flags)
    deriving.derive(scratch, 0, WHOLE)
    assert_same(tiles, scratch)


class TestCells:
    """The state of a cell and its clearance."""

    @settings(max_examples=15)
    @given(seed=st.integers(0, 2**32 - 1))
    def test_clearance_is_the_distance_to_the_nearest_cell_that_is_not_free(self, seed):
        from scipy.spatial import KDTree

        warm_up()
        flags = drawn(np.random.default_rng(seed))
        tiles, config = tiles_of(flags), GraphConfig(clearance_max_m=0.7)
        Deriving(config, 0.05).derive(tiles, 0, WHOLE)
        state = gather(tiles, 0, WHOLE.grown(20), "state")
        clearance_m = gather(tiles, 0, WHOLE.grown(20), "clearance_m")
        free = np.argwhere(state == FREE)
        away, _ = KDTree(np.argwhere(state != FREE)).query(free)
        wanted = np.minimum(away * 0.05, 0.7)
        inner = _in_tiles(tiles, free - 20)
        np.testing.assert_allclose(clearance_m[state == FREE][inner], wanted[inner], atol=1e-6)
        assert not clearance_m[state != FREE].any()

    @pytest.mark.parametrize(("width", "closed"), [(1, True), (4, True), (5, False), (9, False)])
    def test_gaps_up_to_twice_gap_m_are_floor(self, width, closed):
        flags = np.full((WHOLE.height, WHOLE.width), SEEN_FREE, np.uint8)
        flags[:, 90 : 90 + width] = 0
        tiles = tiles_of(flags)
        Deriving(GraphConfig(gap_m=0.1), 0.05).derive(tiles, 0, WHOLE)
        state = gather(tiles, 0, WHOLE, "state")[10:-10, 10:-10]
        assert (state[:, 80 : 80 + width] == (FREE if closed else UNKNOWN)).all()
        assert (state[:, 85:] == FREE).any()

    def test_what_is_in_the_way_is_no_gap(self):
        flags = np.full((WHOLE.height, WHOLE.width), SEEN_FREE, np.uint8)
        flags[:, 90] = GROUND | BODY | KNOWN
        tiles = tiles_of(flags)
        Deriving(GraphConfig(gap_m=0.3), 0.05).derive(tiles, 0, WHOLE)
        assert (gather(tiles, 0, WHOLE, "state")[:, 90] == BLOCKED).all()

    @pytest.mark.parametrize(
        ("flag", "is_driven", "state"),
        [
            (0, False, UNKNOWN), (KNOWN, False, UNKNOWN), (KNOWN | OPEN, False, UNKNOWN),
            (KNOWN | GROUND, False, UNKNOWN),
            (SEEN_FREE, False, FREE), (SEEN_FREE | BODY, False, BLOCKED), (KNOWN | BODY, False, BLOCKED),
            (0, True, FREE), (KNOWN, True, FREE), (KNOWN | BODY, True, BLOCKED),
        ],
    )  # fmt: skip
    def test_states(self, flag, is_driven, state):
        flags = np.full((WHOLE.height, WHOLE.width), flag, np.uint8)
        tiles = tiles_of(flags, np.full(flags.shape, is_driven))
        Deriving(GraphConfig(), 0.05).derive(tiles, 0, WHOLE)
        assert (gather(tiles, 0, WHOLE, "state", 0) == state).all()

    def test_a_floor_larger_than_a_part_is_derived_alike(self, monkeypatch):
        flags = drawn(np.random.default_rng(4))
        whole, parts = tiles_of(flags), tiles_of(flags)
        Deriving(GraphConfig(), 0.05).derive(whole, 0, WHOLE)
        monkeypatch.setattr("spatialmem.graph.derive.PART", 1)
        Deriving(GraphConfig(), 0.05).derive(parts, 0, WHOLE)
        assert_same(parts, whole)


def _in_tiles(tiles: dict[TileKey, Tile], cells: np.ndarray) -> np.ndarray:
    """Return which cells, counted from the window's corner, are of a tile."""
    return np.array([TileKey(0, y // TILE - 1, x // TILE - 1) in tiles for y, x in cells.tolist()], bool)
