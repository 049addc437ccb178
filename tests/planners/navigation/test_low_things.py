"""Where low things that are remembered lie on the floor, which the map takes for floor."""

import dataclasses

import numpy as np
import pytest
from walked_flat import KITCHEN, Flat

import spatialmem as sm
from planners.navigation.low_things import low_things

BRICK = ((2.0, 1.9, 0.0), (2.2, 2.0, 0.07))
THINGS = {
    "brick": BRICK,
    "sheet": ((1.2, 2.2, 0.0), (1.5, 2.4, 0.012)),
    "crate": ((3.2, 1.0, 0.0), (3.6, 1.4, 0.5)),
    "mug": ((0.6, 3.4, 0.7), (0.7, 3.5, 0.82)),
}


@pytest.fixture(scope="module")
def flat():
    config = sm.Config(octree=sm.OctreeConfig(budget_mib=64, threads=1))
    return Flat(sm.SpatialMemory(config), THINGS).walk(KITCHEN)


def cells(floor: sm.Floor, box: tuple, by_m: float) -> np.ndarray:
    """The cells whose middles lie in a box, grown by so much."""
    y, x = np.mgrid[: floor.state.shape[0], : floor.state.shape[1]]
    middles = floor.points_W(np.stack([x.ravel(), y.ravel()], axis=1).astype(np.int64))[:, :2]
    (low, high) = (np.array(corner[:2]) for corner in box)
    return ((middles >= low - by_m) & (middles <= high + by_m)).all(axis=1).reshape(x.shape)


def test_a_brick_that_the_map_takes_for_floor_is_told(flat):
    view = flat.memory.view()
    assert view.objects("brick"), "it is remembered"
    floor = view.floor(((-0.5, -0.5), (4.0, 4.5)))
    there = cells(floor, BRICK, 0.0)
    assert there.sum() == 8
    assert (floor.state[there] == sm.State.FREE).all(), "it is lower than a step"
    found = low_things(view, floor)
    assert found[there].mean() >= 0.75
    assert not (found & ~cells(floor, BRICK, 0.1)).any(), "what is higher, flatter or not on the floor is not told"


def test_a_part_of_the_floor_has_its_part(flat):
    view = flat.memory.view()
    every = view.floor(((-0.5, -0.5), (4.0, 4.5)))
    part = view.floor(((2.1, 1.95), (3.0, 3.0)))
    dx, dy = np.array(part.first_cell) - every.first_cell
    height, width = part.state.shape
    np.testing.assert_array_equal(low_things(view, part), low_things(view, every)[dy : dy + height, dx : dx + width])
    beside = view.floor(((8.0, 8.0), (9.0, 9.0)))
    assert not low_things(view, beside).any()


def test_what_was_taken_away_is_not_told_any_more(flat):
    made = Flat(sm.SpatialMemory.load(flat.memory.dump()), THINGS)
    made.step = flat.step
    del made.things["brick"]
    made.walk(KITCHEN)
    view = made.memory.view()
    assert not view.objects("brick")
    assert not low_things(view, view.floor(((0.0, 0.0), (4.0, 4.0)))).any()


class Seen(sm.View):
    """A view that has these things, and can be asked for nothing else."""

    def __init__(self, *things: sm.ObjectState):
        self.things = things

    def objects(self, *_: object, **__: object) -> tuple[sm.ObjectState, ...]:
        return self.things


def test_a_turned_thing_covers_a_turned_outline():
    """Of a long thing at 45 degrees the corners of its bounding box are free."""
    floor = sm.SpatialMemory(sm.Config(octree=sm.OctreeConfig(budget_mib=16))).floor(((0, 0), (2, 2)))
    flat = Flat(sm.SpatialMemory(sm.Config(octree=sm.OctreeConfig(budget_mib=64, threads=1))), {"brick": BRICK})
    flat.walk(KITCHEN[:2])
    (seen,) = flat.memory.objects("brick", confirmed=True)
    thing = dataclasses.replace(
        seen, center_W=np.array([1.0, 1.0, 0.03]), size_m=np.array([1.0, 0.1, 0.06]), yaw_rad=np.pi / 4
    )
    found = low_things(Seen(thing), floor)
    rows, columns = np.nonzero(found)
    middles = floor.points_W(np.stack([columns, rows], axis=1))[:, :2] - 1.0
    assert np.abs(middles @ [1.0, 1.0]).max() / np.sqrt(2) < 0.56
    assert np.abs(middles @ [1.0, -1.0]).max() / np.sqrt(2) < 0.11
    assert not low_things(Seen(dataclasses.replace(thing, attributes={"held": "yes"})), floor).any()
    assert found.sum() == pytest.approx(1.05 * 0.15 / 0.05**2, rel=0.15)
