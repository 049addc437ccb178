"""Ways by the truth are as short as they can be, and places are ones where the robot fits."""

import math

import numpy as np
import pytest
from homes import two_rooms

from sim.robots import DifferentialDrive, HuskyPanda
from sim.sensors import camera_of
from sim.suites.setup import Setup
from sim.suites.sight import MARGIN_PIXELS, SEE_M, Sight, Spot, away_m
from sim.suites.true_floor import TrueFloor
from sim.worlds import World
from spatialmem import InputError

SETUP = Setup(robot="differential", width=160, height=120, rate_hz=4.0, min_pixels=8)


@pytest.fixture(scope="module")
def world():
    with World(two_rooms()) as made:
        yield made


@pytest.fixture(scope="module")
def floor(world):
    return TrueFloor(world, DifferentialDrive)


@pytest.fixture(scope="module")
def sight(world):
    return Sight(world, DifferentialDrive, camera_of(world, SETUP.camera, "fast"), min_pixels=SETUP.min_pixels)


def test_a_way_without_anything_between_is_straight(floor):
    start, goal = np.array([5.0, 5.0]), np.array([8.0, 5.0])
    assert floor.length_m(start, goal) == pytest.approx(3.0, abs=0.01)


def test_a_way_through_a_door_goes_round_its_corner(floor):
    start, goal = np.array([2.5, 1.0]), np.array([5.5, 3.3])
    way = floor.way(start, goal)
    length = float(np.hypot(*np.diff(way, axis=0).T).sum())
    door = np.array([4.0, 2.0])
    straight = math.dist(start, goal)
    assert straight < length < math.dist(start, door) + math.dist(door, goal) + 0.3


def test_cells_lengths_are_hardly_longer(floor):
    start, goal = np.array([2.5, 1.025]), np.array([5.525, 3.325])
    row, column = floor.grid.cell_of(*goal)
    assert 0.99 <= floor.lengths_from(start)[row, column] / floor.length_m(start, goal) <= 1.09


def test_the_diameter_is_the_longest_way(floor):
    rng = np.random.default_rng(0)
    lengths = [floor.length_m(floor.any_spot(rng), floor.any_spot(rng)) for _ in range(20)]
    assert max(lengths) <= 1.09 * floor.diameter_m
    assert floor.diameter_m < 25.0


def test_spots_have_room_to_turn(floor):
    places = [floor.any_spot(np.random.default_rng(seed)) for seed in range(20)]
    cells = [floor.grid.cell_of(*place) for place in places]
    assert min(floor.clearance_m[cell] for cell in cells) >= DifferentialDrive.turn_m
    assert len({tuple(place) for place in places}) > 10


def test_a_home_without_floor_is_refused(world):
    class Giant(HuskyPanda):
        pass_m, turn_m = 2.5, 2.5

    with pytest.raises(InputError, match=r"no floor for a robot of 2.5 m"):
        TrueFloor(world, Giant)


def test_how_far_a_thing_is_goes_to_its_bounds(world):
    assert away_m(world, "box-1", np.array([8.4, 3.2])) == 0.0  # it is on it
    low = away_m(world, "box-1", np.array([7.4, 3.2]))
    assert 0.7 < low < 1.0


def test_a_thing_is_first_seen_from_where_it_shows(world, floor, sight):
    start = np.array([2.5, 1.0])
    lengths = floor.lengths_from(start)
    spot = sight.first_spot(floor, lengths, "mug-1")
    assert spot is not None
    assert away_m(world, "mug-1", spot.p_m) <= SEE_M
    assert sight.pixels(spot.X_WB, "mug-1") >= MARGIN_PIXELS * SETUP.min_pixels
    back = Spot(spot.x_m, spot.y_m, spot.yaw_rad + math.pi)
    assert sight.pixels(back.X_WB, "mug-1") == 0
    length = floor.length_m(start, spot.p_m)
    nearer = [
        Spot(float(x), float(y), math.atan2(1.9 - y, 6.4 - x))
        for x, y in floor.middles_m(floor.spots)[::37]
        if floor.length_m(start, np.array([x, y])) < 0.8 * length
    ]
    assert len(nearer) > 5
    assert max(sight.pixels(one.X_WB, "mug-1") for one in nearer) < 3 * SETUP.min_pixels


def test_what_is_closed_in_is_seen_from_nowhere(floor, sight):
    assert sight.first_spot(floor, floor.lengths_from(np.array([2.5, 1.0])), "apple-1") is None
