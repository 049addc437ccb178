"""Every robot is announced, so that others find it by its name."""

import re
from pathlib import Path

from sim.robots import ROBOTS

PROJECT = Path(__file__).resolve().parents[3] / "pyproject.toml"


def test_robots_are_announced_under_their_names():
    section = PROJECT.read_text("utf-8").split('[project.entry-points."spatialmem.robots"]')[1].split("\n[")[0]
    announced = dict(re.findall(r'^([\w-]+) = "([\w.]+:\w+)"$', section, re.MULTILINE))
    assert announced == {name: f"sim.robots:{robot.__name__}" for name, robot in ROBOTS.items()}
