"""Grids and voxels with problems whose shortest lengths are known: MovingAI's 2D maps and Warframe's 3D maps.

Maps are Sturtevant's (2012) and Brewer and Sturtevant's (2018). Lengths are of ways that cut no corners. A grid is
indexed [y, x], as the Navigator has it; voxels [x, y, z].
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from recordings import DATA, needs

__all__ = [
    "FLOORS",
    "SPACES",
    "Problem",
    "floor_problems",
    "needs_floors",
    "needs_spaces",
    "read_floor",
    "read_space",
    "space_problems",
    "spread",
]

FLOORS, SPACES = DATA / "movingai2d", DATA / "warframe3d"
PASSABLE = ".GS"
needs_floors, needs_spaces = needs(FLOORS), needs(SPACES)


@dataclass(frozen=True)
class Problem:
    """From where to where, and how long the shortest way is [cells], to about six digits in 2D and 1e-8 in 3D."""

    start: tuple[int, ...]
    goal: tuple[int, ...]
    length: float


def read_floor(path: Path) -> np.ndarray:
    """Return which cells of a .map file are free, indexed [y, x]: a line is a row, the first is y = 0."""
    lines = path.read_text().splitlines()
    assert lines[0] == "type octile"
    assert lines[3] == "map"
    height, width = int(lines[1].split()[1]), int(lines[2].split()[1])
    free = np.array([[sign in PASSABLE for sign in line] for line in lines[4 : 4 + height]])
    assert free.shape == (height, width)
    return free


def floor_problems(path: Path) -> list[Problem]:
    """Read a .scen file: bucket, map, width, height, start x, y, goal x, y, length."""
    lines = [line.split() for line in path.read_text().splitlines()[1:] if line.strip()]
    return [Problem((int(w[4]), int(w[5])), (int(w[6]), int(w[7])), float(w[8])) for w in lines]


def read_space(path: Path) -> np.ndarray:
    """Return which voxels of a .3dmap file are free, indexed [x, y, z]: it lists those that are not."""
    head, *lines = path.read_text().splitlines()
    assert head.split()[0] == "voxel"
    free = np.ones([int(word) for word in head.split()[1:]], bool)
    blocked = np.array([line.split() for line in lines if line.strip()], int)
    free[tuple(blocked.T)] = False
    return free


def space_problems(path: Path) -> list[Problem]:
    """Read a .3dscen file: start x, y, z, goal x, y, z, length, and how many times the heuristic that is."""
    lines = [line.split() for line in path.read_text().splitlines()[2:] if line.strip()]
    ends = [tuple(map(int, words[:6])) for words in lines]
    return [Problem(end[:3], end[3:], float(words[6])) for end, words in zip(ends, lines, strict=True)]


def spread(problems: list[Problem], count: int) -> list[Problem]:
    """Return so many problems of all lengths: evenly spaced among them by length, the longest included."""
    ordered = sorted(problems, key=lambda one: (one.length, one.start, one.goal))
    return [ordered[i] for i in np.linspace(0, len(ordered) - 1, count).round().astype(int)]
