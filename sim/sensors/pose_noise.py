"""Where a robot believes it is: drift that grows with the way driven, and what every frame is wrong by besides."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float64

from sim.poses import compose, yaw_pose
from sim.sensors.randomness import DRIFT, POSE, generator
from sim.sensors.settings import CameraSettings

__all__ = ["PoseNoise"]

Pose = Float64[np.ndarray, "4 4"]
STEP_M = 0.05
"""The drift takes a step of its random walk each time this much has been driven."""


class PoseNoise:
    """The error of a robot's pose along its way.

    Drift is one transform of the world, the same for the base and the camera: `drift @ X_WB` and `drift @ X_WC`. Each
    step turns and shifts it where the robot is. The step number n is drawn from (seed, n), so that the drift depends
    on the way driven, not on how often it was asked for.
    """

    def __init__(self, settings: CameraSettings, seed: int):
        self._settings, self._seed = settings, seed
        self._drift = np.eye(4)
        self._spread = np.zeros((3, 3))  # covariance of the base's (x, y, heading) in W [m, m, rad]
        self._p_WB: Float64[np.ndarray, "3"] | None = None
        self._driven_m, self._steps = 0.0, 0

    @property
    def driven_m(self) -> float:
        """How far the base has moved."""
        return self._driven_m

    def follow(self, X_WB: Pose) -> None:
        """Learn where the base truly is by now; between two calls it is taken to have moved straight."""
        now = X_WB[:3, 3].copy()
        last = now if self._p_WB is None else self._p_WB
        self._p_WB = now
        way = math.dist(last[:2], now[:2])
        drifting = self._settings.drift_m_per_m > 0 or self._settings.drift_rad_per_m > 0
        before, self._driven_m = self._driven_m, self._driven_m + way
        place = last
        while drifting and (self._steps + 1) * STEP_M <= self._driven_m:
            self._steps += 1
            here = last + (now - last) * ((self._steps * STEP_M - before) / way)
            self._carry(here - place)
            self._wander(here)
            place = here
        self._carry(now - place)

    def base(self, X_WB: Pose) -> Pose:
        """Return the base's pose as the robot believes it, from the true one."""
        return compose(self._drift, X_WB)

    def camera(self, X_WC: Pose, frame: int) -> Pose:
        """Return the camera's pose as it is reported with the frame of this number, from the true one."""
        X_WC = compose(self._drift, X_WC)
        turn_rad, shift_m = self._settings.pose_noise_rad, self._settings.pose_noise_m
        if turn_rad == 0 and shift_m == 0:
            return X_WC
        draw = generator(self._seed, POSE, frame).standard_normal(6)
        X_CN = np.eye(4)
        X_CN[:3, :3], X_CN[:3, 3] = _rotation(turn_rad * draw[:3]), shift_m * draw[3:]
        return compose(X_WC, X_CN)

    def covariance(self, X_WC: Pose) -> Float64[np.ndarray, "6 6"] | None:
        """Return how uncertain a camera at X_WC is: order (rotation [rad], translation [m]), in C; None without noise.

        To first order: an error of the heading turns the camera about the base's z axis and so moves it, too.
        """
        if not self._settings.pose_noisy:
            return None
        R_CW = X_WC[:3, :3].T
        arm = X_WC[:3, 3] - (X_WC[:3, 3] if self._p_WB is None else self._p_WB)
        jacobian = np.zeros((6, 3))
        jacobian[:3, 2] = R_CW[:, 2]
        jacobian[3:, :2] = R_CW[:, :2]
        jacobian[3:, 2] = R_CW[:, 1] * arm[0] - R_CW[:, 0] * arm[1]
        cov = np.einsum("ia,ab,jb->ij", jacobian, self._spread, jacobian)
        white = [self._settings.pose_noise_rad] * 3 + [self._settings.pose_noise_m] * 3
        return (cov + cov.T) / 2 + np.diag(np.square(white))

    def _wander(self, p_W: Float64[np.ndarray, "3"]) -> None:
        """Turn and shift the drift at p_W by one step of the random walk."""
        sigma = np.array([self._settings.drift_m_per_m] * 2 + [self._settings.drift_rad_per_m]) * math.sqrt(STEP_M)
        dx, dy, turn = sigma * generator(self._seed, DRIFT, self._steps).standard_normal(3)
        there, back = yaw_pose(p_W[0] + dx, p_W[1] + dy, turn), yaw_pose(-p_W[0], -p_W[1], 0.0)
        self._drift = compose(self._drift, compose(there, back))
        self._spread += np.diag(sigma**2)

    def _carry(self, move_W: Float64[np.ndarray, "3"]) -> None:
        """Carry the covariance along with the base: where the heading is wrong, every move goes astray."""
        step = np.eye(3)
        step[0, 2], step[1, 2] = -move_W[1], move_W[0]
        self._spread = np.einsum("ia,ab,jb->ij", step, self._spread, step)


def _rotation(vector_rad: Float64[np.ndarray, "3"]) -> Float64[np.ndarray, "3 3"]:
    """Return the rotation about a vector by its length (Rodrigues 1840)."""
    angle = math.sqrt(float((vector_rad**2).sum()))
    if angle == 0:
        return np.eye(3)
    x, y, z = vector_rad / angle
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    return np.eye(3) + math.sin(angle) * cross + (1 - math.cos(angle)) * np.einsum("ij,jk->ik", cross, cross)
