"""The ground truth agrees with the home as it was planned, and with what PyBullet says is solid."""

import dataclasses
import math

import numpy as np
import pytest

pytest.importorskip("pybullet")

from homes import FRIDGE, TABLE, two_rooms

from sim import bullet
from sim.poses import rpy_pose, yaw_pose
from sim.worlds.built.world import World
from sim.worlds.home import Furniture, Home, Room
from sim.worlds.truth.footprints import Disc, outlines_of, polygon_of
from sim.worlds.truth.truth import clearance_m, drivable, floor_grid, room_at, truth_of
from spatialmem import InputError


@pytest.fixture(scope="module")
def world():
    with World(two_rooms()) as world:
        yield world


@pytest.fixture(scope="module")
def without_meshes():
    """A world in which everything looks as it feels: the contact of a mesh is its hull, which is larger."""
    home = two_rooms()
    with World(dataclasses.replace(home, things=home.things[1:])) as world:
        yield world


def area(polygon: np.ndarray) -> float:
    x, y = polygon.T
    return float(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2


def test_rooms_are_within_their_walls(world):
    rooms = truth_of(world).rooms
    assert {name: round(area(polygon), 3) for name, polygon in rooms.items()} == {
        "kitchen": 15.21,  # 3.9 by 3.9
        "living": 19.11,
        "hall": 9.31,
    }
    assert [room_at(world.home, x, y) for x, y in ((1.0, 1.0), (5.0, 1.0), (5.0, 5.0), (1.0, 5.0))] == [
        "kitchen",
        "living",
        "hall",
        "",
    ]


def test_doorways_are_the_gaps(world):
    gaps = truth_of(world).doorways
    np.testing.assert_allclose(gaps["door-1"], [(3.95, 1.5), (4.05, 1.5), (4.05, 2.5), (3.95, 2.5)])
    np.testing.assert_allclose(gaps["door-2"], [(6.5, 3.95), (7.5, 3.95), (7.5, 4.05), (6.5, 4.05)])


def test_furniture_covers_what_its_plan_says(world):
    truth = truth_of(world)
    for piece in (TABLE, FRIDGE):
        outline = np.concatenate(truth.furniture[piece.name])
        c, s = math.cos(piece.yaw_rad), math.sin(piece.yaw_rad)
        own = (outline - (piece.x_m, piece.y_m)) @ np.array([[c, -s], [s, c]])
        np.testing.assert_allclose(own.max(axis=0) - own.min(axis=0), piece.size_m[:2], atol=0.005)
        assert all(area(polygon) > 0 for polygon in truth.furniture[piece.name])


def test_objects_are_told_with_what_carries_and_what_hides_them(world):
    objects = truth_of(world).objects
    assert list(objects) == [thing.name for thing in world.home.things]
    apple = objects["apple-1"]
    assert (apple.label, apple.support, apple.room, apple.hidden_in) == (
        "apple",
        "fridge-1/board-2",
        "kitchen",
        "fridge-1/door",
    )
    np.testing.assert_allclose(apple.high_W - apple.low_W, [0.076] * 3, atol=1e-9)
    assert objects["bottle-1"].low_W[2] == pytest.approx(0.90, abs=1e-3)
    assert {name: o.room for name, o in objects.items() if o.hidden_in == ""}["mug-1"] == "living"


def test_the_truth_is_of_this_moment():
    with World(two_rooms()) as world:
        world.set_hinge("fridge-1/door", 1.0)
        world.remove("book-1")
        world.place("mug-1", yaw_pose(6.0, 5.0, 0.0, 1.2))
        truth = truth_of(world)
        assert truth.hinges["fridge-1/door"] == pytest.approx(1.0)
        assert truth.objects["apple-1"].hidden_in == ""
        assert truth.absent == ("book-1",)
        assert "book-1" not in truth.objects
        assert (truth.objects["mug-1"].support, truth.objects["mug-1"].room) == ("", "hall")


def test_a_grid_is_aligned_to_whole_cells_and_covers_the_home(world):
    grid = floor_grid(world)
    (x0, y0), (x1, y1) = world.home.bounds_m
    assert grid.x_m[0] < x0 - 0.05 < x1 + 0.05 < grid.x_m[-1]
    assert grid.y_m[0] < y0 - 0.05 < y1 + 0.05 < grid.y_m[-1]
    for corner in grid.origin_m:
        assert corner / grid.cell_m == pytest.approx(round(corner / grid.cell_m))
    row, column = grid.cell_of(2.01, 3.02)
    assert abs(grid.x_m[column] - 2.01) <= 0.025
    assert abs(grid.y_m[row] - 3.02) <= 0.025
    assert grid.rooms[grid.room[row, column]] == "kitchen"
    assert grid.room[grid.cell_of(1.0, 5.0)] == -1


def test_walls_take_exactly_their_cells(world):
    free = floor_grid(world).free
    grid = floor_grid(world)
    assert free[grid.cell_of(2.0, 0.051)]
    assert not free[grid.cell_of(2.0, 0.049)]
    assert free[grid.cell_of(4.0, 2.2)]  # in the doorway
    assert not free[grid.cell_of(4.0, 3.0)]
    assert not free[grid.cell_of(1.0, 5.0)]  # outside


@pytest.mark.parametrize("band", [(0.05, 1.6), (0.3, 0.7), (0.745, 1.0)])
def test_cells_are_free_exactly_where_pybullet_finds_nothing(without_meshes, band):
    """A block as large as a cell is held into 300 cells; where a surface is within 3 mm of its side, none judges."""
    world = without_meshes
    api, client = bullet.api(), world.client
    grid = floor_grid(world, z_min_m=band[0], z_max_m=band[1])
    shape = api.createCollisionShape(
        api.GEOM_BOX, halfExtents=(0.025, 0.025, (band[1] - band[0]) / 2), physicsClientId=client
    )
    probe = api.createMultiBody(0.0, shape, physicsClientId=client)
    rng = np.random.default_rng((5, 4))
    edges = np.argwhere((clearance_m(grid) < 0.08) & (grid.room >= 0))
    cells = np.concatenate([rng.permutation(edges)[:220], rng.permutation(np.argwhere(grid.room >= 0))[:80]])
    judged = wrong = 0
    for row, column in cells:
        center = (grid.x_m[column], grid.y_m[row], sum(band) / 2)
        api.resetBasePositionAndOrientation(probe, center, (0, 0, 0, 1), physicsClientId=client)
        near = [
            point[8]
            for body in world.bodies.values()
            if body.name != "floor"
            for point in api.getClosestPoints(probe, body.unique_id, 0.01, physicsClientId=client)
        ]
        distance = min(near, default=0.01)
        if abs(distance) > 0.003:
            judged += 1
            wrong += (distance > 0) != grid.free[row, column]
    api.removeBody(probe, physicsClientId=client)
    assert judged > 150
    assert wrong == 0


def test_the_height_band_decides(world):
    table = TABLE.x_m, TABLE.y_m
    grid = floor_grid(world)
    assert not grid.free[grid.cell_of(*table)]
    under = floor_grid(world, z_max_m=0.5)
    assert under.free[under.cell_of(*table)]
    with pytest.raises(InputError, match="more than 0"):
        floor_grid(world, z_min_m=1.0, z_max_m=0.5)


def test_kinds_may_be_left_out(world):
    grid, bare = floor_grid(world), floor_grid(world, ignore=("furniture", "thing"))
    assert bare.free.sum() > grid.free.sum()
    assert bare.free[bare.cell_of(TABLE.x_m, TABLE.y_m)]
    assert not bare.free[bare.cell_of(4.0, 3.0)]


def test_open_doors_stand_in_the_way():
    with World(two_rooms()) as world:
        for angle, blocked in ((0.0, (4.03, 2.02)), (math.pi / 2, (4.42, 1.53)), (3.0, (4.13, 1.12))):
            world.set_hinge("door-1/leaf", angle)
            grid = floor_grid(world)
            assert not grid.free[grid.cell_of(*blocked)]
            x, y = np.array([[4.03, 4.42, 4.13], [2.02, 1.53, 1.12]])
            taken = [not grid.free[grid.cell_of(*p)] for p in zip(x, y, strict=True)]
            assert sum(taken) == 1


def test_outlines_of_tilted_and_cut_parts(world):
    with World(two_rooms()) as world:
        world.place("bottle-1", rpy_pose((2.0, 2.0, 0.5), (math.pi / 2, 0.0, 0.0)))
        lying = np.concatenate([polygon_of(o) for o in outlines_of(world, "bottle-1", 0.0, 2.0)])
        np.testing.assert_allclose(lying.max(axis=0) - lying.min(axis=0), (0.072, 0.29), atol=1e-3)
        world.place("apple-1", yaw_pose(2.0, 3.0, 0.0, 0.0))  # a ball of radius 0.038 that rests on the floor
        (whole,) = outlines_of(world, "apple-1", 0.0, 1.0)
        (cap,) = outlines_of(world, "apple-1", 0.06, 1.0)
        assert isinstance(whole, Disc)
        assert isinstance(cap, Disc)
        assert whole.radius_m == pytest.approx(0.038)
        assert cap.radius_m == pytest.approx(math.sqrt(0.038**2 - 0.022**2))
        assert outlines_of(world, "apple-1", 0.08, 1.0) == []
        slanted = rpy_pose((2.0, 3.0, 1.0), (0.0, 0.7, 0.0))
        world.place("box-1", slanted)
        whole_box = np.concatenate([polygon_of(o) for o in outlines_of(world, "box-1", 0.0, 3.0)])
        assert np.ptp(whole_box[:, 0]) == pytest.approx(0.24 * math.cos(0.7) + 0.14 * math.sin(0.7), abs=1e-6)
        cut = np.concatenate([polygon_of(o) for o in outlines_of(world, "box-1", 1.0, 1.01)])
        assert np.ptp(cut[:, 0]) < 0.7 * np.ptp(whole_box[:, 0])
        assert np.ptp(cut[:, 1]) == pytest.approx(0.18, abs=1e-6)


def test_clearance_is_the_distance_to_what_is_solid(world):
    grid = floor_grid(world)
    clearance = clearance_m(grid)
    assert (clearance[~grid.free] == 0).all()
    assert clearance[grid.cell_of(2.0, 0.3)] == pytest.approx(0.25, abs=0.03)
    assert clearance[grid.cell_of(4.0, 2.2)] == pytest.approx(0.30, abs=0.03)


def test_a_home_is_drivable_through_open_doors_only():
    with World(two_rooms()) as world:
        report = drivable(floor_grid(world))
        assert report.ok
        assert min(report.clearance_m.values()) > 0.65
        world.set_hinge("door-1/leaf", 0.0)
        report = drivable(floor_grid(world))
        assert not report.ok
        assert report.trouble == ("a robot of radius 0.42 m does not get into kitchen",)
        assert report.clearance_m["kitchen"] == 0.0


def test_a_room_that_is_too_full_to_turn_in_is_told():
    rooms = (Room("hall", (0.0, 0.0), (4.0, 1.6)),)
    beds = (Furniture("cabinet-1", 2.0, 0.3, math.pi / 2, (0.45, 2.0 * 0.8, 0.88)),)
    with World(Home("narrow", rooms, (), beds)) as world:
        report = drivable(floor_grid(world), turn_m=0.8)
        assert report.trouble == (
            f"the widest spot of hall has {report.clearance_m['hall']:.2f} m of clearance, not 0.8 m",
        )


def test_a_home_without_furniture_is_only_walls():
    home = dataclasses.replace(two_rooms(), furniture=(), things=())
    with World(home) as world:
        truth = truth_of(world)
        assert (truth.furniture, truth.objects, truth.absent) == ({}, {}, ())
        assert drivable(floor_grid(world)).ok
