"""A base that moves over the floor exactly as told, without physics, unless something is in the way."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float64

from sim import bullet
from sim.poses import compose, to_bullet, yaw_of, yaw_pose

if TYPE_CHECKING:
    from sim.worlds.built.world import World

__all__ = ["GlidingBase"]

Vector = tuple[float, float, float]

TOUCH_M = 0.001
"""Geometry that overlaps by no more than this only touches."""
CHECK_EVERY_M = 0.05
"""No part of the base moves farther than this between two looks at what is in the way."""


class GlidingBase:
    """Moves along exact arcs of a circle, as a unicycle does.

    A move that would push any part of the robot into something other than the floor, or deeper into it, is not made.
    The base then stands for the rest of that tick, and `blocked_count` counts the tick. B is on the floor under the
    middle of the base; M is the frame of the root link's centre of mass, which is what PyBullet takes.
    """

    def __init__(
        self,
        world: World,
        body_id: int,
        X_BM: Float64[np.ndarray, "4 4"],
        X_WB: Float64[np.ndarray, "4 4"],
        *,
        radius_m: float,
    ):
        self._world, self._body, self._X_BM, self._radius_m = world, body_id, X_BM, radius_m
        self._p = bullet.api()
        self._at = (float(X_WB[0, 3]), float(X_WB[1, 3]), yaw_of(X_WB))
        self._speeds = (0.0, 0.0)
        self._links = range(-1, self._p.getNumJoints(body_id, physicsClientId=world.client))
        self.blocked_count = 0

    def advance(self, step_s: float, forward_m_s: float, turn_rad_s: float) -> None:
        """Move for one tick."""
        self._speeds = (0.0, 0.0)
        if forward_m_s == 0 and turn_rad_s == 0:
            return
        way_m = (abs(forward_m_s) + self._radius_m * abs(turn_rad_s)) * step_s
        pieces = max(1, math.ceil(way_m / CHECK_EVERY_M))
        for _ in range(pieces):
            if not self._moved(forward_m_s * step_s / pieces, turn_rad_s * step_s / pieces):
                self.blocked_count += 1
                return
        self._speeds = (forward_m_s, turn_rad_s)

    def X_WB(self) -> Float64[np.ndarray, "4 4"]:
        """Return where the base is."""
        return yaw_pose(*self._at)

    def twist_B(self) -> tuple[Vector, Vector]:
        """Return the velocity of B's origin [m/s] and the turn rates [rad/s] of the last tick, both in B."""
        forward, turn = self._speeds
        return (forward, 0.0, 0.0), (0.0, 0.0, turn)

    def _moved(self, way_m: float, angle_rad: float) -> bool:
        """Move by a piece of an arc, and return True; or stay, because something is in the way."""
        before = x, y, yaw = self._at
        half = angle_rad / 2
        chord_m = way_m * (math.sin(half) / half if half else 1.0)
        heading = yaw + half
        after = (
            x + chord_m * math.cos(heading),
            y + chord_m * math.sin(heading),
            math.remainder(yaw + angle_rad, math.tau),
        )
        self._stand(after)
        overlaps_m = self._overlaps_m()
        if not overlaps_m:
            return True
        self._stand(before)
        already_m = self._overlaps_m()  # of what came too close by itself: there must be a way out
        if any(depth > already_m.get(body, 0.0) for body, depth in overlaps_m.items()):
            return False
        self._stand(after)
        return True

    def _stand(self, at: tuple[float, float, float]) -> None:
        self._at = at
        p_WM, q_WM = to_bullet(compose(yaw_pose(*at), self._X_BM))
        self._p.resetBasePositionAndOrientation(self._body, p_WM, q_WM, physicsClientId=self._world.client)

    def _overlaps_m(self) -> dict[int, float]:
        """Return how deep the robot is in which bodies, floors aside; empty where it only touches."""
        overlaps = {}
        for other in self._near():
            points = self._p.getClosestPoints(self._body, other, 0.0, physicsClientId=self._world.client)
            depth = max((-point[8] for point in points), default=0.0)
            if depth > TOUCH_M:
                overlaps[other] = depth
        return overlaps

    def _near(self) -> list[int]:
        """Return the bodies whose bounding boxes overlap the robot's, in order; without floors and itself."""
        client = self._world.client
        bounds = [self._p.getAABB(self._body, link, physicsClientId=client) for link in self._links]
        low = [min(b[0][i] for b in bounds) for i in range(3)]
        high = [max(b[1][i] for b in bounds) for i in range(3)]
        found = self._p.getOverlappingObjects(low, high, physicsClientId=client) or ()
        bodies = sorted({body for body, _ in found} - {self._body})
        return [body for body in bodies if (known := self._world.body_of(body)) is None or known.label != "floor"]
