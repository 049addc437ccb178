"""The floor out of the octree: flags against their plain form, and columns that changed against all that is known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from maps import random_octree, voxels_of

from spatialmem import DepthConfig, GraphConfig
from spatialmem.graph.flags import Band, blocks_of, cell_level, changed_blocks
from spatialmem.kernels import floor
from spatialmem.kernels.layout import UNKNOWN
from spatialmem.octree import Octree


def flags_of(octree: Octree, bands: np.ndarray, level: int, share: float):
    """The blocks of a map, and the flags of their cells."""
    snapshot = octree._snapshot()
    blocks = blocks_of(snapshot)
    width = 8 >> level
    flags = np.full((len(blocks), width, width), 255, np.uint8)
    floor.floor_flags(*snapshot.arrays, blocks, bands, level, share, flags)
    return blocks, flags


class TestFlags:
    """What is in the columns over each cell."""

    @settings(max_examples=15)
    @given(seed=st.integers(0, 2**32 - 1), level=st.integers(0, 3))
    def test_equal_the_plain_form(self, seed, level):
        rng = np.random.default_rng(seed)
        octree = random_octree(seed % 1000, points=40)
        known = voxels_of(octree)
        z = np.sort(rng.integers(-30, 30, 4))
        bands = np.array([[z[0], z[1]], [z[1], z[3]], [z[2], z[3] + 3]])
        share = float(rng.choice([0.0, 0.1, 0.5, 1.0]))
        blocks, flags = flags_of(octree, bands, level, share)
        width = 8 >> level
        picked = rng.choice(len(blocks), 8)
        near = {}  # the columns that are looked at, and what is known there
        for (x, y, voxel_z), value in known.items():
            near.setdefault((x, y), {})[voxel_z] = value
        blank: dict[int, int] = {}
        for b in picked:
            for y in range(width):
                for x in range(width):
                    cell = blocks[b, 0] * width + x, blocks[b, 1] * width + y
                    wanted = floor.floor_flags_reference(
                        lambda x, y, z: near.get((x, y), blank).get(z, UNKNOWN), cell, bands.tolist(), level, share
                    )
                    assert flags[b, y, x] == wanted, (blocks[b], y, x)

    def test_every_flag_is_met_in_these_maps(self):
        seen = 0
        for seed in range(4):
            bands = np.array([[-10, -2], [-2, 12], [5, 12]])
            _, flags = flags_of(random_octree(seed), bands, 1, 0.2)
            seen |= np.bitwise_or.reduce(flags.ravel())
        assert seen == floor.GROUND | floor.BODY | floor.OPEN | floor.WALL | floor.KNOWN


class TestChanged:
    """In which columns anything has changed."""

    @settings(max_examples=10)
    @given(seed=st.integers(0, 1000), far=st.booleans())
    def test_whatever_has_changed_is_in_them_and_little_else(self, seed, far):
        octree = random_octree(seed, points=15, scans=1)
        before, known = octree._snapshot(), voxels_of(octree)
        X_WS = np.eye(4)
        X_WS[:3, 3] = 5.0 * far
        points = np.random.default_rng(seed).normal(0, 1, (10, 3))
        octree.integrate_scan(points, X_WS, DepthConfig(range_max_m=6.0))
        found = {tuple(block) for block in changed_blocks(octree._snapshot(), before).tolist()}
        now = voxels_of(octree)
        others = {key for key in known.keys() | now.keys() if known.get(key) != now.get(key)}
        assert {(x // 8, y // 8) for x, y, _ in others} <= found
        reached = {(x // 8, y // 8) for x, y, _ in now}
        assert found <= reached

    def test_nothing_where_nothing_was_told(self):
        octree = random_octree(3)
        assert len(changed_blocks(octree._snapshot(), octree._snapshot())) == 0

    def test_everything_where_the_former_state_is_written_over(self):
        octree = random_octree(3)
        before = octree._snapshot()
        before.expired = True
        np.testing.assert_array_equal(changed_blocks(octree._snapshot(), before), blocks_of(octree._snapshot()))

    def test_blocks_are_told_once_each_and_in_order(self):
        blocks = blocks_of(random_octree(5)._snapshot())
        rows = [(y, x) for x, y in blocks.tolist()]
        assert rows == sorted(set(rows))


class TestBands:
    """The heights that matter."""

    @pytest.mark.parametrize(
        ("voxel_size_m", "level"), [(0.01, 2), (0.02, 1), (0.03, 1), (0.05, 0), (0.1, 0), (0.005, 3), (0.002, 3)]
    )
    def test_cells_are_about_five_centimetres_wide(self, voxel_size_m, level):
        assert cell_level(voxel_size_m) == level

    @settings(max_examples=50)
    @given(
        floor_m=st.floats(-3, 3),
        voxel_size_m=st.sampled_from([0.02, 0.05, 0.1, 0.3]),
        step_m=st.floats(0, 0.5),
        robot_height_m=st.floats(0.05, 3),
    )
    def test_ground_ends_where_the_body_begins_and_neither_is_empty(
        self, floor_m, voxel_size_m, step_m, robot_height_m
    ):
        config = GraphConfig(step_m=step_m, robot_height_m=robot_height_m)
        ground, body, wall = Band.over(floor_m, config, voxel_size_m).layers.tolist()
        assert ground[0] < ground[1] == body[0] < body[1]
        assert wall[0] <= wall[1]
        assert ground[0] <= np.floor(floor_m / voxel_size_m + 1e-9) < ground[1]  # the floor's own layer is ground

    @settings(max_examples=50)
    @given(floor_m=st.floats(-3, 3), step_m=st.floats(0, 0.5), height_m=st.floats(0.7, 2))
    def test_a_layer_counts_by_where_its_middle_is(self, floor_m, step_m, height_m):
        config = GraphConfig(step_m=step_m, robot_height_m=height_m)
        _, (first, end), _ = Band.over(floor_m, config, 0.05).layers.tolist()
        middles = (np.arange(first, end) + 0.5) * 0.05 - floor_m
        assert (middles < height_m + 1e-6).all()
        assert (middles >= step_m - 1e-6).all()
        assert (end + 0.5) * 0.05 - floor_m >= height_m - 1e-6
