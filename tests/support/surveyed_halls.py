"""A hall as a survey tells it to a memory, and the arm of the robot that is to act in it."""

from __future__ import annotations

import contextlib

from planners.manipulation import Limb, ManipulationConfig
from sim.drivers import manipulation_of
from sim.robots import HuskyPanda
from sim.sensors import camera_of
from sim.suites.setup import Setup
from sim.suites.survey import surveyed
from sim.suites.true_floor import TrueFloor
from sim.worlds import Home, World


def husky_limb() -> Limb:
    """Return the arm of the mobile manipulator."""
    return Limb(ManipulationConfig.of(manipulation_of(HuskyPanda)))


def surveyed_hall(home: Home, setup: Setup) -> bytes:
    """Return what a survey of a home, its doors as they are, tells a memory."""
    memory = setup.memory(home)
    with World(home) as world, contextlib.closing(memory):
        surveyed(world, setup, camera_of(world, setup.camera, "physical"), TrueFloor(world, setup.kind), memory, 0)
        return memory.dump()
