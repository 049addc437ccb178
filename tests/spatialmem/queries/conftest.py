"""Memories of a table and of a flat, watched once for all questions: nobody changes them."""

import pytest
from walked_flat import BEDROOM, KITCHEN, Flat
from watched_table import BOWL, CUP, MUG, TABLE, Table, moved

import spatialmem as sm
from spatialmem.kernels.warmup import warm_up

CONFIG = sm.Config(
    octree=sm.OctreeConfig(budget_mib=64, threads=1),
    belief=sm.BeliefConfig(dwell_s={"mug": 600.0, "bowl": 3600.0}),
)


@pytest.fixture(scope="module")
def table():
    """mug-1 and bowl-2 stand there; mug-3 was taken away; the fridge-4 is open; table-5."""
    warm_up()
    things = {"mug": MUG, "bowl": BOWL, "mug two": CUP, "fridge": ((1.3, -0.75, 0.7), (1.5, -0.6, 1.1))}
    made = Table(sm.SpatialMemory(CONFIG), things)
    made.attributes["fridge"] = {"state": "open"}
    made.watch(8)
    del made.things["mug two"]
    made.watch(4)
    return made


@pytest.fixture(scope="module")
def memory(table):
    names = [one.name for one in table.memory.objects(missing=True)]
    assert names == ["mug-1", "bowl-2", "mug-3", "fridge-4", "table-5"]
    return table.memory


@pytest.fixture(scope="module")
def split():
    """mug-1 was taken away, and two mugs turned up of which each may be it, for there was another, mug-2."""
    warm_up()
    made = Table(sm.SpatialMemory(CONFIG), {"mug": MUG, "mug two": CUP})
    made.watch(8)
    made.things["mug"], made.things["mug two"] = moved(MUG, dx=0.15, dy=0.42), moved(CUP, dx=0.2, dy=0.32)
    made.watch(8)
    return made.memory


@pytest.fixture(scope="module")
def renamed():
    """can-1 was called a mug at first; table-2."""
    warm_up()
    made = Table(sm.SpatialMemory(CONFIG), {"mug": MUG})
    made.watch(3)
    made.things = {"can": MUG, "table": TABLE}
    made.watch(8)
    assert [one.name for one in made.memory.objects()] == ["can-1", "table-2"]
    return made.memory


MUGS = {
    "mug": ((0.6, 3.4, 0.7), (0.7, 3.5, 0.82)),
    "bowl": ((3.0, 3.6, 0.9), (3.2, 3.8, 0.98)),
    "mug two": ((7.5, 1.2, 0.75), (7.6, 1.3, 0.87)),
    "cup": ((4.6, 3.7, 1.0), (4.7, 3.8, 1.1)),
}


@pytest.fixture(scope="module")
def flat():
    """A flat of two rooms, walked through: a mug and a bowl in the one, a mug and a cup in the other."""
    warm_up()
    return Flat(sm.SpatialMemory(CONFIG), MUGS).walk(KITCHEN, BEDROOM)


@pytest.fixture(scope="module")
def kitchen():
    """The same, of which one room was seen, and of the other what one sees through the door."""
    warm_up()
    return Flat(sm.SpatialMemory(CONFIG), MUGS).walk(KITCHEN)


@pytest.fixture(scope="module")
def robbed():
    """The same flat; then the mug of the kitchen was taken away, and somebody looked there, and not in the bedroom."""
    warm_up()
    made = Flat(sm.SpatialMemory(CONFIG), {**MUGS, "jar": MUGS["mug two"]})
    del made.things["mug two"]
    made.walk(BEDROOM, KITCHEN)
    del made.things["mug"]
    return made.walk(KITCHEN)
