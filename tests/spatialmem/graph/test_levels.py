"""Which heights are floors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatialmem import Octree, OctreeConfig
from spatialmem.graph.levels import APART_M, level_of, lowest_surface_m


@given(z_m=st.floats(-5, 10), levels=st.lists(st.floats(-5, 10), max_size=4, unique=True))
def test_a_height_belongs_to_the_nearest_floor_that_is_near_enough(z_m, levels):
    found = level_of(z_m, tuple(levels))
    away = [abs(level - z_m) for level in levels]
    if found is None:
        assert all(one >= APART_M for one in away)
    else:
        assert away[found] == min(away) < APART_M


def surfaces(*heights_m: tuple[float, float], noise_m: float = 0.0, wall_m2: float = 4.0, seed: int = 0) -> Octree:
    """A map of level squares (height, side) and a wall, each point of which was hit."""
    rng, octree = np.random.default_rng(seed), Octree(OctreeConfig(voxel_size_m=0.05, budget_mib=64, threads=1))
    points = []
    for height_m, side_m in heights_m:
        grid = np.stack(np.meshgrid(*[np.arange(0.025, side_m, 0.05)] * 2), axis=-1).reshape(-1, 2)
        points.append(np.column_stack([grid, height_m + noise_m * rng.normal(size=len(grid))]))
    across, up = np.meshgrid(np.arange(0.025, wall_m2 / 2, 0.05), np.arange(0.025, 2.0, 0.05))
    points.append(np.column_stack([across.ravel(), np.full(across.size, -0.5), up.ravel()]))
    X_WS = np.eye(4)
    X_WS[:3, 3] = 0.5, 0.5, 1.4
    for _ in range(3):
        octree.integrate_scan(np.concatenate(points) - X_WS[:3, 3], X_WS)
    return octree


class TestLowestSurface:
    """Without a robot, the floor is the lowest level surface that is large."""

    def test_a_floor_under_a_table(self):
        found = lowest_surface_m(surfaces((0.0, 4.0), (0.73, 1.2))._snapshot())
        assert found == pytest.approx(0.0, abs=0.05)

    def test_a_floor_that_is_as_large_as_the_shelves_over_it(self):
        found = lowest_surface_m(surfaces((0.02, 2.5), (0.6, 2.5), (1.2, 2.5))._snapshot())
        assert found == pytest.approx(0.02, abs=0.05)

    @pytest.mark.parametrize("floor_m", [-1.23, 0.0, 0.37])
    def test_a_noisy_floor_is_found_to_a_few_centimetres(self, floor_m):
        found = lowest_surface_m(surfaces((floor_m, 4.0), noise_m=0.03)._snapshot())
        assert found == pytest.approx(floor_m, abs=0.05)

    def test_specks_below_the_floor_are_none(self):
        found = lowest_surface_m(surfaces((0.0, 4.0), (-0.8, 0.6))._snapshot())
        assert found == pytest.approx(0.0, abs=0.05)

    def test_a_wall_alone_and_nothing_at_all_have_none(self):
        assert lowest_surface_m(surfaces(wall_m2=8.0)._snapshot()) is None
        assert lowest_surface_m(Octree(OctreeConfig(budget_mib=16))._snapshot()) is None
