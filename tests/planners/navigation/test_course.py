"""The floor that a course is laid over: what stands on it, but nothing where the base itself stands."""

import math

import numpy as np
import pytest
from walked_flat import KITCHEN, Flat

import spatialmem as sm
from planners.navigation import NavigationConfig
from planners.navigation.course import Ground, ground_of, room_at
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
