"""A small home with a person in it, and the ticks of a simulation."""

from typing import Any

import pytest

pytest.importorskip("pybullet")

from homes import two_rooms

from sim.people import Person, Schedule, Task
from sim.worlds import World

TICK_S, TICK_NS, STEPS = 0.05, 50_000_000, 12
DURATION_MAX_S = 900


class Lives:
    """A world and its person, tick by tick. `each` is called after every tick."""

    def __init__(self, world, schedule, *, physical=False):
        self.world, self.physical, self.count = world, physical, 0
        self.person = Person(world, schedule)

    def tick(self, seen=frozenset(), X_WB=None):
        self.person.advance(TICK_S, self.count * TICK_NS, frozenset(seen), X_WB)
        if self.physical:
            self.world.step(STEPS)
        self.count += 1

    def play(self, *, seen=lambda: frozenset(), X_WB=None, each=lambda: None):
        while not self.person.is_done:
            self.tick(seen(), X_WB)
            each()
            assert self.count < DURATION_MAX_S / TICK_S, self.person.doing
        return self.person.events

    def event(self, verb):
        return next(event for event in self.person.events if event.verb == verb)


@pytest.fixture
def world():
    with World(two_rooms()) as world:
        assert not world.trouble
        yield world


@pytest.fixture
def lives(world):
    """A maker of somebody who does some tasks in the home of two rooms."""

    def make(*tasks, seed=0, physical=False):
        in_seconds: list[dict[str, Any]] = [
            {k: float(v) if k.endswith("_s") else v for k, v in task.items()} for task in tasks
        ]
        return Lives(world, Schedule(tuple(Task(**task) for task in in_seconds), seed), physical=physical)

    return make


@pytest.fixture(scope="session")
def living():
    return Lives
