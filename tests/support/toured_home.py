"""A memory after a tour of two simulated rooms: made once, changed by nobody."""

from __future__ import annotations

from functools import lru_cache

from homes import two_rooms

import spatialmem as sm
from sim import CameraSettings, Simulation, TourRun

__all__ = ["toured_home"]

WORLD = "two_rooms"


@lru_cache(maxsize=1)
def toured_home() -> sm.SpatialMemory:
    """A kitchen and a hall with a door between them, and what a detector without errors finds there."""
    camera = CameraSettings(width=160, height=120)
    run = TourRun(lambda: Simulation(two_rooms(), mode="fast", seed=0, camera=camera), name=WORLD)
    memory = sm.SpatialMemory(sm.Config(world=WORLD, octree=sm.OctreeConfig(budget_mib=256)))
    for x in run:
        assert memory.observe(x)
    run.close()
    return memory
