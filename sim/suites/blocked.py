"""What a robot ran into: in the fast mode it stands where something is in the way, and here is said what that was."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from sim import bullet
from sim.simulation import Simulation
from sim.suites.arms import Seen
from sim.worlds import World
from sim.worlds.built.bodies import Body
from spatialmem import State, View

__all__ = ["BlockedLog", "Bump", "place_of"]

NEAR_M = 0.06
"""A robot stands as soon as its next 5 cm are not free."""
APART_S = 1.0
"""Ticks in which it is blocked are one bump, unless so much time is between them."""
MOVED_M = 0.1
"""What has moved farther since it was in view was not seen where it is."""
MAPPED_M = 0.1
"""The map shows what is there if it has something within this."""


@dataclass(slots=True)
class Bump:
    """One time that a robot drove against something."""

    at_s: float
    body: str
    """What it was; "" where nothing is near."""
    kind: str
    """"room", "furniture", "thing", "door" or "person"."""
    seen: bool
    """Whether a camera had shown that body to the memory where it is now, or hardly moved."""
    mapped: bool
    """Whether the map had something there."""
    ticks: int = 1

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {**asdict(self), "at_s": round(self.at_s, 2)}


class BlockedLog:
    """Watches a robot's `blocked_count`, tick by tick."""

    def __init__(self, simulation: Simulation):
        self._simulation = simulation
        self._count = simulation.robot.blocked_count
        self._last_s = -np.inf
        self.bumps: list[Bump] = []

    def look(self, view: View, seen: Mapping[str, Seen]) -> None:
        """Take down whether the robot was blocked since the last look. seen: what cameras have shown, and where."""
        count, now_s = self._simulation.robot.blocked_count, self._simulation.elapsed_s
        if count == self._count:
            return
        ticks, self._count = count - self._count, count
        body, kind, p_W = self._nearest()
        if self.bumps and now_s - self._last_s <= APART_S and self.bumps[-1].body == body:
            self.bumps[-1].ticks += ticks
        else:
            self.bumps.append(Bump(now_s, body, kind, self._is_seen(body, seen), _mapped(view, p_W), ticks))
        self._last_s = now_s

    def _is_seen(self, name: str, seen: Mapping[str, Seen]) -> bool:
        if name not in seen:
            return False
        x_m, y_m = place_of(self._simulation.world, self._simulation.world.bodies[name])
        return math.hypot(x_m - seen[name].x_m, y_m - seen[name].y_m) <= MOVED_M

    def _nearest(self) -> tuple[str, str, np.ndarray]:
        """Return the body that is nearest to the robot, its kind, and where."""
        world, robot = self._simulation.world, self._simulation.robot
        best, found = NEAR_M, ("", "", np.full(3, np.nan))
        for body in world.bodies.values():
            if body.name in world.absent or body.label == "floor" or body.unique_id in robot.unique_ids:
                continue
            points = bullet.api().getClosestPoints(
                robot.unique_ids[0], body.unique_id, best, physicsClientId=world.client
            )
            for point in points or ():
                if point[8] < best:
                    best, found = float(point[8]), (body.name, body.kind, np.array(point[6]))
        return found


def place_of(world: World, body: Body) -> tuple[float, float]:
    """Return where a body is, on the floor [m]."""
    (x_m, y_m, _), _ = bullet.api().getBasePositionAndOrientation(body.unique_id, physicsClientId=world.client)
    return x_m, y_m


def _mapped(view: View, p_W: np.ndarray) -> bool:
    if not np.isfinite(p_W).all():
        return False
    steps = np.arange(-MAPPED_M, MAPPED_M + 1e-9, view.voxel_size_m)
    around = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3)
    return bool((view.state(p_W + around) == State.OCCUPIED).any())
