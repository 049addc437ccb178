"""The floor that a course is laid over: what stands on it, but nothing where the base itself stands."""

import dataclasses
import math

import numpy as np
import pytest
from walked_flat import KITCHEN, Flat

import spatialmem as sm
from planners.navigation import NavigationConfig
from planners.navigation.course import Ground, ground_of, lay_course, reached_from, room_at, wide_enough
from planners.navigation.surroundings import Sightings

SMALL = NavigationConfig(footprint_m=(0.5, 0.4), pass_m=0.3, turn_m=0.34)
CRATE = {"crate": ((2.4, 1.9, 0.0), (2.5, 2.0, 0.5))}
MIDDLE_M = np.array([[2.45, 1.95]])


@pytest.fixture(scope="module")
def view() -> sm.View:
    config = sm.Config(octree=sm.OctreeConfig(budget_mib=64, threads=1))
    return Flat(sm.SpatialMemory(config), CRATE).walk(KITCHEN).memory.view()


def about(view: sm.View, pose: tuple[float, float, float]) -> Ground:
    return ground_of(view, Sightings(), SMALL, route=None, about_m=np.array([[1.0, 1.0], [3.0, 3.0]]), pose=pose)


def test_what_stands_beside_the_base_is_in_its_way(view: sm.View):
    ground = about(view, (1.4, 1.2, 0.0))
    assert room_at(ground, ground.solid_m, MIDDLE_M)[0] <= 0.0
    assert room_at(ground, ground.room_m, MIDDLE_M)[0] <= 0.0


@pytest.mark.parametrize("yaw_rad", [0.0, 0.6, 2.5])
def test_what_the_map_has_under_the_base_is_not_in_its_way(view: sm.View, yaw_rad: float):
    ground = about(view, (2.45, 1.95, yaw_rad))
    assert room_at(ground, ground.solid_m, MIDDLE_M)[0] > 0.15
    assert room_at(ground, ground.room_m, MIDDLE_M)[0] > 0.15


@pytest.mark.parametrize("yaw_rad", [0.0, math.pi / 2, 3.0])
def test_what_reaches_over_the_rim_of_the_base_is(view: sm.View, yaw_rad: float):
    ahead_m = SMALL.footprint_m[0] / 2
    pose = 2.45 - ahead_m * math.cos(yaw_rad), 1.95 - ahead_m * math.sin(yaw_rad), yaw_rad
    ground = about(view, pose)
    assert room_at(ground, ground.solid_m, MIDDLE_M)[0] <= 0.0


@pytest.mark.parametrize("gap", [False, True])
def test_what_is_reached_is_where_a_course_leads(view: sm.View, gap: bool):
    ground = about(view, (1.4, 1.2, 0.0))
    rows, columns = np.nonzero(wide_enough(ground.room_m, ground.solid_m, SMALL))
    wall_x = int(np.median(columns))
    room_m = ground.room_m.copy()
    room_m[int(np.median(rows)) if gap else 0 :, wall_x - 1 : wall_x + 1] = 0.0
    ground = dataclasses.replace(ground, room_m=room_m)
    free = wide_enough(ground.room_m, ground.solid_m, SMALL)
    cells = np.argwhere(free)[::23, ::-1]
    points_m = ground.floor.points_W(cells)[:, :2]
    start_m = points_m[np.argmin(cells[:, 0])]
    reached = reached_from(ground, start_m, SMALL)
    leads = [lay_course(ground, start_m, p_m, SMALL) is not None for p_m in points_m]
    assert [bool(reached[y, x]) for x, y in cells] == leads
    assert any(leads)
    assert all(leads) is gap
    assert not reached[~free].any()


def test_nothing_is_reached_from_where_no_course_begins(view: sm.View):
    ground = about(view, (1.4, 1.2, 0.0))
    assert not reached_from(ground, np.array([90.0, 90.0]), SMALL).any()
