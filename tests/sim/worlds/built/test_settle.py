"""A home comes to rest: what stands stays, what does not is told, and what rests on what is seen, not believed."""

import dataclasses

import numpy as np
import pytest

pytest.importorskip("pybullet")

from homes import FRIDGE, TABLE, on, two_rooms

from sim.poses import rpy_pose, yaw_pose
from sim.worlds.built.resting import hidden_in, supports_of, thing_bounds
from sim.worlds.built.settle import overlaps
from sim.worlds.built.world import World, settled
from sim.worlds.home import Home, Room, Thing
from sim.worlds.kinds.catalogue import MODELS, label_of
from spatialmem import ConfigError


@pytest.fixture(scope="module")
def still():
    with World(two_rooms()) as world:
        yield world


def with_things(*things: Thing) -> Home:
    home = two_rooms()
    return dataclasses.replace(home, things=(*home.things, *things))


def test_every_model_of_the_catalogue_stands_where_it_is_put():
    side = 0.7
    room = Room("hall", (0.0, 0.0), (10.0, 8.0))
    things = tuple(
        Thing(f"{label_of(key)}-{i}", key, "floor", (0.6 + side * (i % 13), 0.6 + side * (i // 13), 0.0))
        for i, key in enumerate(MODELS)
    )
    with World(Home("all", (room,), (), (), things)) as world:
        assert world.trouble == []
        before = {thing.name: world.X_WK(thing.name) for thing in things}
        for thing in things:
            X_WK, (low, high) = before[thing.name], thing_bounds(world, thing.name)
            assert np.linalg.norm(X_WK[:3, 3] - thing.p_WK) < 0.005, thing.model
            assert X_WK[2, 2] > 0.9995, thing.model
            assert abs(low[2]) < 0.003, thing.model
            assert high[2] == pytest.approx(MODELS[thing.model].height_m, abs=0.005), thing.model
        for thing in things:
            world.wake(thing.name)
        world.step(480)
        moved = {thing.model: np.abs(world.X_WK(thing.name) - before[thing.name]).max() for thing in things}
        assert {model: by for model, by in moved.items() if by > 1e-3} == {}


def test_a_settled_home_holds_still(still):
    with World(settled(still.home)) as again:
        for thing in still.home.things:
            np.testing.assert_allclose(again.X_WK(thing.name), still.X_WK(thing.name), atol=1e-3)


def test_a_home_is_told_as_it_is_now():
    with World(two_rooms()) as world:
        world.set_hinge("fridge-1/door", 0.7)
        world.set_hinge("door-1/leaf", 0.3)
        world.remove("mug-1")
        world.place("book-1", yaw_pose(2.0, 2.0, 0.4))
        now = world.settled
    assert next(d for d in now.doorways if d.name == "door-1").angle_rad == pytest.approx(0.3)
    assert next(f for f in now.furniture if f.name == "fridge-1").open_rad == {"door": pytest.approx(0.7)}
    assert "mug-1" not in {thing.name for thing in now.things}
    assert next(t for t in now.things if t.name == "book-1").support == "floor"
    with World(now) as again:
        assert again.trouble == []
        assert again.hinge_rad("door-1/leaf") == pytest.approx(0.3)


def test_what_sleeps_wakes_when_it_is_hit():
    with World(two_rooms()) as world:
        before = world.X_WK("bottle-1")
        world.step(240)
        np.testing.assert_allclose(world.X_WK("bottle-1"), before, atol=1e-6)
        above = before.copy()
        above[:3, 3] += (0.06, 0.0, 0.5)
        world.place("box-1", above)  # far enough not to wake it itself
        world.step(240)
        assert np.linalg.norm((world.X_WK("bottle-1") - before)[:3, 3]) > 0.001


def test_a_thing_that_falls_is_told():
    with World(with_things(Thing("can-1", "can_red", "table-1/top", (2.0, 2.0, 0.8)))) as world:
        assert len(world.trouble) == 1
        assert world.trouble[0].startswith("can-1 rests on floor, not on table-1/top (0.")


def test_a_thing_on_another_support_than_planned_is_told():
    apple = dataclasses.replace(on(TABLE, "top", "apple-2", "apple", 0.0, 0.1), support="counter-1/top")
    with World(with_things(apple)) as world:
        assert [word.split(" (")[0] for word in world.trouble] == ["apple-2 rests on table-1/top, not on counter-1/top"]


def test_a_home_with_trouble_cannot_be_settled():
    with pytest.raises(ConfigError, match="'two_rooms' does not stand: can-1 rests on floor"):
        settled(with_things(Thing("can-1", "can_red", "table-1/top", (2.0, 2.0, 0.8))))


def test_things_inside_one_another_are_found():
    with World(two_rooms()) as world:
        assert overlaps(world) == []
        world.place("apple-1", world.X_WK("bottle-1"))
        world.place("box-1", yaw_pose(4.0, 3.0, 0.3))
        found = {(a, b.split("-")[0]): depth for a, b, depth in overlaps(world)}
        assert set(found) == {("apple-1", "bottle"), ("apple-1", "counter"), ("box-1", "wall")} or set(found) == {
            ("apple-1", "bottle"),
            ("box-1", "wall"),
        }
        assert found["apple-1", "bottle"] > 0.02
        assert found["box-1", "wall"] > 0.05


def test_what_rests_on_what_is_seen_now(still):
    assert supports_of(still) == {thing.name: thing.support for thing in still.home.things}
    with World(two_rooms()) as world:
        world.place("mug-1", yaw_pose(2.0, 2.0, 0.0, 1.0))  # held in the air, or about to fall
        world.place("bottle-1", rpy_pose((2.0, 3.0, 0.036), (np.pi / 2, 0, 0)))  # lies on the floor
        X_WK = world.X_WK("book-1")
        X_WK[2, 3] += 0.0401
        world.place("apple-1", X_WK)  # on the book on the table
        found = supports_of(world)
        assert found == {
            "mug-1": "",
            "bottle-1": "floor",
            "apple-1": "table-1/top",
            "book-1": "table-1/top",
            "bowl-1": "table-1/top",
            "box-1": "floor",
        }


def test_beside_a_surface_is_not_on_it():
    with World(two_rooms()) as world:
        over_the_edge = yaw_pose(TABLE.x_m, TABLE.y_m, TABLE.yaw_rad, TABLE.size_m[2])
        over_the_edge[:2, 3] += over_the_edge[:2, 1] * (world.supports["table-1/top"].size_m[1] / 2 + 0.06)
        world.place("apple-1", over_the_edge)
        assert supports_of(world)["apple-1"] == ""


def test_a_closed_door_hides_what_is_behind_it():
    with World(two_rooms()) as world:
        assert hidden_in(world, "fridge-1/board-2") == "fridge-1/door"
        world.set_hinge("fridge-1/door", 0.2)
        assert hidden_in(world, "fridge-1/board-2") == ""
        assert hidden_in(world, "table-1/top") == hidden_in(world, "floor") == hidden_in(world, "") == ""


def test_a_door_swings_over_what_stands_inside():
    """The apple behind the fridge's door is not touched by it."""
    with World(two_rooms()) as world:
        before = world.X_WK("apple-1")
        for angle in np.linspace(0.0, world.hinges["fridge-1/door"][1], 12):
            world.set_hinge("fridge-1/door", float(angle))
            world.step(12)
        world.set_hinge("fridge-1/door", 0.0)
        world.step(120)
        np.testing.assert_allclose(world.X_WK("apple-1"), before, atol=1e-3)
        assert supports_of(world)["apple-1"] == f"{FRIDGE.name}/board-2"
