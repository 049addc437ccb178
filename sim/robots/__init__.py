"""Robots that drive through a simulated home; each is a `spatialmem.Robot`."""

from __future__ import annotations

from sim.robots.body import SimRobot
from sim.robots.differential import DifferentialDrive
from sim.robots.husky_panda import HuskyPanda

__all__ = ["ROBOTS", "DifferentialDrive", "HuskyPanda", "SimRobot"]

ROBOTS: dict[str, type[SimRobot]] = {"husky-panda": HuskyPanda, "differential": DifferentialDrive}
"""Every robot by its name."""
