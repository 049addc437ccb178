"""A home in PyBullet for a robot and its memory: worlds, robots, sensors, people.

worlds/       homes from a seed or a plan file, as bodies in PyBullet, and their ground truth
robots/       a Husky with a Panda arm, and a small differential-drive base; each is a `spatialmem.Robot`
sensors/      an RGB-D camera with noise and drift, rendered or ray-cast, and a detector with known error rates
people/       somebody who lives there, and moves things
simulation    the four together, and the clock
live          a robot in real time beside an attached memory: the source `simulation` of `spatialmem attach`
loop, run     a planner drives, also as a `spatialmem.Source`; drivers finds planners, tour is a scripted one
scoring       a map held against the truth
session, cli  `spatialmem sim`; watcher, account and plan_picture are what it says and draws
go, going     `spatialmem go`: what a goal in words means, and who drives there
bullet        the one door to PyBullet; poses: matrices and quaternions
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.live import LiveRobot
    from sim.people import Schedule, Task, load_schedule
    from sim.run import TourRun
    from sim.sensors import CameraSettings, DetectorSettings
    from sim.simulation import Simulation
    from sim.worlds import Home, Truth, clearance_m, floor_grid, generate_home, load_home, truth_of

_LAZY = {
    **dict.fromkeys(("CameraSettings", "DetectorSettings"), "sim.sensors"),
    **dict.fromkeys(
        ("Home", "Truth", "clearance_m", "floor_grid", "generate_home", "load_home", "truth_of"), "sim.worlds"
    ),
    **dict.fromkeys(("Schedule", "Task", "load_schedule"), "sim.people"),
    "LiveRobot": "sim.live",
    "Simulation": "sim.simulation",
    "TourRun": "sim.run",
}

__all__ = [
    "CameraSettings",
    "DetectorSettings",
    "Home",
    "LiveRobot",
    "Schedule",
    "Simulation",
    "Task",
    "TourRun",
    "Truth",
    "clearance_m",
    "floor_grid",
    "generate_home",
    "load_home",
    "load_schedule",
    "truth_of",
]


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(importlib.import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'sim' has no attribute '{name}'")
