"""What is in the hand, and how it lies in it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from planners.manipulation.grasps import Grasp, Thing
from planners.manipulation.scene import ThingBox
from planners.manipulation.spheres import box_spheres
from spatialmem import Action, ObjectState, RobotState, inverse

__all__ = ["EMPTY_M", "Carried", "dropped", "upright"]

EMPTY_M = 0.003
"""A hand that is closed farther holds nothing."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Carried:
    """A thing in the hand. K is in the middle of its box, with z up while it stands."""

    object_id: int
    X_GK: Float64[np.ndarray, "4 4"]
    size_m: Float64[np.ndarray, "3"]
    width_m: float
    """Between the fingers."""

    @classmethod
    def by(cls, grasp: Grasp, thing: Thing, object_id: int, width_m: float) -> Carried:
        """Return what a grasp holds of a thing."""
        X_WK = upright(thing.center_W, thing.yaw_rad)
        return cls(object_id=object_id, X_GK=inverse(grasp.X_WG) @ X_WK, size_m=thing.size_m, width_m=width_m)

    @classmethod
    def guessed(cls, one: ObjectState, X_WG: Float64[np.ndarray, "4 4"], width_m: float) -> Carried:
        """Return what is in the hand of a remembered thing, if nobody knows how it was taken: its middle, upright."""
        X_WK = upright(X_WG[:3, 3], math.atan2(X_WG[1, 1], X_WG[0, 1]))
        return cls(object_id=one.id, X_GK=inverse(X_WG) @ X_WK, size_m=one.size_m.copy(), width_m=width_m)

    def spheres_G(self) -> Float64[np.ndarray, "_ 4"]:
        """Return it as spheres in G."""
        return box_spheres(self.size_m.tolist(), self.X_GK)

    def X_WG(self, bottom_W: Float64[np.ndarray, "3"], yaw_rad: float) -> Float64[np.ndarray, "4 4"]:
        """Return the hand's pose when the thing stands with its bottom at a point, so turned."""
        middle_W = bottom_W + np.array([0.0, 0.0, self.size_m[2] / 2])
        return upright(middle_W, yaw_rad) @ inverse(self.X_GK)

    def thing_at(self, bottom_W: Float64[np.ndarray, "3"], yaw_rad: float) -> Thing:
        """Return the thing as it stands there; of points it has none."""
        middle_W = bottom_W + np.array([0.0, 0.0, self.size_m[2] / 2])
        return Thing(points_W=np.empty((0, 3)), center_W=middle_W, size_m=self.size_m, yaw_rad=yaw_rad)

    def box(self, X_WG: Float64[np.ndarray, "4 4"]) -> ThingBox:
        """Return the upright box that it is in while the hand is at a pose."""
        X_WK = X_WG @ self.X_GK
        size_m = np.abs(X_WK[:3, :3]) @ self.size_m
        return ThingBox(center_W=X_WK[:3, 3], size_m=size_m, yaw_rad=0.0)

    @property
    def radius_m(self) -> float:
        """Of the upright cylinder that it fits in."""
        return float(np.hypot(*self.size_m[:2]) / 2)


def dropped(state: RobotState, object_id: int) -> Action:
    """Return what the memory is told when a thing has slipped out of the hand: it is put on nobody knows what."""
    return Action(
        source=state.source,
        stamp_ns=state.stamp_ns,
        received_ns=state.received_ns,
        world=state.world,
        verb="placed_on",
        object_id=object_id,
    )


def upright(p_W: Float64[np.ndarray, "3"], yaw_rad: float) -> Float64[np.ndarray, "4 4"]:
    """Return the pose of what stands at a point, turned left by yaw."""
    c, s = math.cos(yaw_rad), math.sin(yaw_rad)
    X_WK = np.eye(4)
    X_WK[:2, :2], X_WK[:3, 3] = [[c, -s], [s, c]], p_W
    return X_WK
