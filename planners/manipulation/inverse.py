"""Joint vectors that bring the gripper to a pose: closed-loop inverse kinematics over pinocchio, from many seeds."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
from jaxtyping import Float64

import spatialmem as sm
from planners.manipulation.arm import ArmModel

__all__ = ["InverseKinematics"]

_STEPS_MAX = 30
_STEP_MAX_RAD = 0.5
_DAMPING, _DAMPING_FAR = 1e-6, 1e-2
"""Damping of the least squares, at the goal and, times the squared error, on the way."""


class InverseKinematics:
    """Finds joint vectors within the limits of an arm for poses of its gripper.

    It keeps pinocchio's model and scratch space, so one is for one thread. From random seeds about every second try
    of a Panda ends at the pose; a try takes two milliseconds, where bounded `scipy.optimize.least_squares` over the
    same Jacobian ends there as often and takes over ten times as long. Raises ConfigError for a URDF that pinocchio
    does not read, such as one whose joints have no effort.
    """

    def __init__(self, arm: ArmModel):
        pin: Any = importlib.import_module("pinocchio")  # its types are known at run time only
        try:
            whole = pin.buildModelFromXML(arm.urdf)
        except ValueError as error:
            raise sm.ConfigError(f"the arm: pinocchio cannot read its URDF ({error}).") from None
        others = [number for number, name in enumerate(whole.names) if number > 0 and name not in arm.names]
        self.arm, self._pin = arm, pin
        self._model = pin.buildReducedModel(whole, others, pin.neutral(whole))
        self._data = self._model.createData()
        self._tip = self._model.getFrameId(arm.tip)
        self._low, self._high = arm.low_rad, arm.high_rad
        pin.framesForwardKinematics(self._model, self._data, pin.neutral(self._model))
        self._X_UR = self._data.oMf[self._model.getFrameId(arm.root)].copy()  # U: the root of the URDF

    def solve(
        self,
        X_RG: Float64[np.ndarray, "4 4"],
        near_rad: Float64[np.ndarray, "n"],
        *,
        count: int = 8,
        tries: int = 40,
        apart_rad: float = 0.3,
        seed: int = 0,
    ) -> Float64[np.ndarray, "k n"]:
        """Return up to `count` joint vectors that bring G to X_RG, the one closest to near_rad first; none: (0, n).

        The first try begins at near_rad, the others anywhere within the limits; two vectors are two solutions where
        some joint is `apart_rad` apart. Closest is by the joint that must turn farthest. Within 0.1 mm and 1e-4 rad.
        The same seed gives the same answer. Raises InputError for what is no pose of this arm.
        """
        if X_RG.shape != (4, 4) or not np.isfinite(X_RG).all():
            raise sm.InputError(f"X_RG is {X_RG!r}; the gripper's pose is a finite 4x4 matrix.")
        goal = self._X_UR * self._pin.SE3(X_RG[:3, :3], X_RG[:3, 3])
        rng, found = np.random.default_rng(seed), []
        for n in range(tries):
            start = np.clip(near_rad, self._low, self._high) if n == 0 else rng.uniform(self._low, self._high)
            end = self._descend(goal, start)
            if end is not None and all(np.abs(end - other).max() >= apart_rad for other in found):
                found.append(end)
            if len(found) == count:
                break
        found.sort(key=lambda joints_rad: float(np.abs(joints_rad - near_rad).max()))
        return np.array(found).reshape(-1, len(self._low))

    def follow(
        self, X_RG: Float64[np.ndarray, "4 4"], near_rad: Float64[np.ndarray, "n"]
    ) -> Float64[np.ndarray, "n"] | None:
        """Return the joint vector for X_RG that one descent from near_rad ends at; None where it ends elsewhere.

        For poses along a line, each from the vector of the one before.
        """
        goal = self._X_UR * self._pin.SE3(X_RG[:3, :3], X_RG[:3, 3])
        return self._descend(goal, np.clip(near_rad, self._low, self._high))

    def jacobian(self, joints_rad: Float64[np.ndarray, "n"]) -> Float64[np.ndarray, "6 n"]:
        """Return how G moves with the joints, in G's own axes: three rows of m/rad, three of rad/rad."""
        self._pin.computeJointJacobians(self._model, self._data, joints_rad)
        return self._pin.getFrameJacobian(self._model, self._data, self._tip, self._pin.LOCAL)

    def _descend(self, goal, joints_rad: np.ndarray) -> np.ndarray | None:
        """Follow pinocchio's loop (its example "inverse kinematics (clik)") with damping that grows with the error.

        Joints that would leave their limits are held there, and the others take the step.
        """
        pin, model, data = self._pin, self._model, self._data
        for _ in range(_STEPS_MAX):
            pin.computeJointJacobians(model, data, joints_rad)
            pin.updateFramePlacement(model, data, self._tip)
            apart = data.oMf[self._tip].actInv(goal)
            error = pin.log6(apart).vector
            if np.abs(error).max() < 1e-4:
                return joints_rad
            J = -pin.Jlog6(apart.inverse()) @ pin.getFrameJacobian(model, data, self._tip, pin.LOCAL)
            damping = (_DAMPING + _DAMPING_FAR * (error @ error)) * np.eye(6)
            step = -J.T @ np.linalg.solve(J @ J.T + damping, error)
            stuck = ((joints_rad <= self._low) & (step < 0)) | ((joints_rad >= self._high) & (step > 0))
            if stuck.any():
                J = J * ~stuck
                step = -J.T @ np.linalg.solve(J @ J.T + damping, error)
            longest = np.abs(step).max()
            if not longest > 0:  # every joint that would help is held
                return None
            joints_rad = np.clip(joints_rad + step * min(1.0, _STEP_MAX_RAD / longest), self._low, self._high)
        return None
