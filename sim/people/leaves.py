"""A leaf on its hinge as somebody sees who opens it: where its edge is, what floor it sweeps, what stops it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64

from sim import bullet
from sim.poses import compose, yaw_pose
from sim.worlds.built.world import World
from spatialmem import transform

__all__ = ["Leaf", "leaf_of"]

GRIP_LOW_M, GRIP_HIGH_M = 0.5, 1.4
BODY_M = 0.24
"""So far from the swept floor somebody stands."""
STOP_M = 0.003
"""A leaf that comes into something deeper than this has met it."""


@dataclass(frozen=True, slots=True, eq=False)
class Leaf:
    """One leaf of a world. Angles are how far it is open [rad]."""

    name: str
    body: str
    link: int
    hinge_m: tuple[float, float]
    closed_rad: float
    """Direction from the hinge to the edge when closed."""
    sign: float
    """+1 where it opens turning left."""
    length_m: float
    high_rad: float
    grip_z_m: float

    def edge_W(self, angle_rad: float) -> Float64[np.ndarray, "3"]:
        """Return where the hand takes it when it is open so far."""
        direction = self.closed_rad + self.sign * angle_rad
        reach = 0.92 * self.length_m
        x, y = self.hinge_m
        return np.array([x + reach * math.cos(direction), y + reach * math.sin(direction), self.grip_z_m])

    def clear_of_sweep(
        self, points_m: Float64[np.ndarray, "*n 2"], low_rad: float, high_rad: float
    ) -> Bool[np.ndarray, "*n"]:
        """Return where somebody can stand without being met by it while it is open between two angles."""
        away = points_m - np.array(self.hinge_m)
        far_m = np.hypot(away[..., 0], away[..., 1])
        turned = (self.sign * (np.arctan2(away[..., 1], away[..., 0]) - self.closed_rad) - low_rad) % (2 * math.pi)
        slack = np.arcsin(np.clip(BODY_M / np.maximum(far_m, 1e-6), 0.0, 1.0))
        passed = (turned > high_rad - low_rad + slack) & (turned < 2 * math.pi - slack)
        return (far_m > self.length_m + BODY_M) | (passed & (far_m > BODY_M))

    def met(self, world: World, *, ignored: str = "") -> str:
        """Return what the leaf is in at this moment, other than walls, its own body and `ignored`; "" for nothing."""
        own = world.bodies[self.body].unique_id
        for body in world.bodies.values():
            if body.kind == "room" or body.name in (self.body, ignored) or body.name in world.absent:
                continue
            found = bullet.api().getClosestPoints(
                own, body.unique_id, 0.0, linkIndexA=self.link, physicsClientId=world.client
            )
            if any(point[8] < -STOP_M for point in found):
                return body.name
        return ""


def leaf_of(world: World, name: str) -> Leaf:
    """Return the leaf of a hinge, such as fridge-1/door."""
    body_name, leaf_name = name.rsplit("/", 1)
    body = world.bodies[body_name]
    leaf = next(leaf for leaf in world.model(body_name).leaves if leaf.name == leaf_name)
    X_WL = compose(world.X_WK(body_name), yaw_pose(leaf.hinge_m[0], leaf.hinge_m[1], 0.0, leaf.hinge_m[2]))
    panel = leaf.shapes[0]
    middle = np.array(panel.center_m)
    along = int(np.argmax(np.abs(middle[:2])))
    edge_L = np.zeros(3)
    edge_L[along] = middle[along] + math.copysign(panel.size_m[along] / 2, middle[along])
    edge_W = transform(X_WL, edge_L)
    away = edge_W[:2] - X_WL[:2, 3]
    low, high = float(X_WL[2, 3]), float(X_WL[2, 3]) + panel.size_m[2]
    return Leaf(
        name,
        body_name,
        body.links[leaf_name],
        (float(X_WL[0, 3]), float(X_WL[1, 3])),
        math.atan2(away[1], away[0]),
        -1.0 if -leaf.low_rad > leaf.high_rad else 1.0,
        float(np.hypot(*away)),
        world.hinges[name][1],
        min(max((low + high) / 2, min(GRIP_LOW_M, high)), GRIP_HIGH_M),
    )
