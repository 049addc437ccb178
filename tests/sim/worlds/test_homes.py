"""Homes made by chance are sound: connected, drivable, and everything in them rests where it should."""

import numpy as np
import pytest

pytest.importorskip("pybullet")

from sim.worlds.built.resting import supports_of
from sim.worlds.built.settle import overlaps
from sim.worlds.built.world import World
from sim.worlds.making.generate import generate_home
from sim.worlds.truth.truth import drivable, floor_grid, truth_of

MOVED_MAX_M = 0.01
QUICK = (0, 5, 19)


def check(seed: int) -> None:
    with World(generate_home(seed)) as world:
        assert world.trouble == []
        report = drivable(floor_grid(world))
        assert report.trouble == ()
        assert set(report.clearance_m) == {room.name for room in world.home.rooms}
        truth = truth_of(world)
        assert {name: o.support for name, o in truth.objects.items()} == {t.name: t.support for t in world.home.things}
        assert all(o.room for o in truth.objects.values())
        for name in truth.objects:
            world.wake(name)
        world.step(480)  # 2 s, nothing asleep at the start
        moved = {name: float(np.linalg.norm((world.X_WK(name) - o.X_WK)[:3, 3])) for name, o in truth.objects.items()}
        assert {name: by for name, by in moved.items() if by >= MOVED_MAX_M} == {}
        assert supports_of(world) == {thing.name: thing.support for thing in world.home.things}
        assert overlaps(world) == []


@pytest.mark.parametrize("seed", QUICK)
def test_a_home_is_sound(seed):
    check(seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [seed for seed in range(20) if seed not in QUICK])
def test_every_home_is_sound(seed):
    check(seed)
