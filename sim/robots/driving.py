"""A base that drives by its wheels, through the physics."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from sim import bullet
from sim.poses import compose, from_bullet
from spatialmem import inverse

__all__ = ["DrivingBase", "Wheels"]

Vector = tuple[float, float, float]

TRACTION = 2.0
"""Friction of the wheels that drive: high, because the sliding ones take a part of the weight off them."""
SPRING = {"contactStiffness": 1e5, "contactDamping": 2e3}
"""[N/m], [N s/m]"""


@dataclass(frozen=True, slots=True)
class Wheels:
    """How a base drives: wheels on the left and on the right, by the names of their joints."""

    left: tuple[str, ...]
    right: tuple[str, ...]
    radius_m: float
    track_m: float
    """Between the middles of left and right wheels."""
    torque_n_m: float
    """The most that one wheel's motor gives."""
    sliding: tuple[str, ...]
    """Joints of wheels and casters that carry, on springs, and slide without friction; the others drive."""


class DrivingBase:
    """Drives by velocity motors, one step of the physics at a time.

    Wheels slip, so what is asked of them is corrected by what the body was measured to do, in the forward speed and in
    the turn rate. B is on the floor under the middle of the base; M is the frame of the root link's centre of mass,
    which is what PyBullet tells.
    """

    blocked_count = 0
    """Whatever is in the way stops the base by itself."""

    def __init__(
        self, client: int, body_id: int, X_BM: Float64[np.ndarray, "4 4"], joints: dict[str, int], wheels: Wheels
    ):
        self._client, self._body, self._wheels = client, body_id, wheels
        self._p = bullet.api()
        self._X_MB = inverse(X_BM)
        self._r_MB: Vector = tuple(self._X_MB[:3, 3].tolist())
        self._motors = [joints[name] for name in (*wheels.left, *wheels.right)]
        self._torques = [wheels.torque_n_m] * len(self._motors)
        self._forward = _Speed(acceleration=2.5, proportional=0.5, integral=6.0, correction_max=0.5)
        self._turn = _Speed(acceleration=5.0, proportional=0.8, integral=10.0, correction_max=3.0)
        for motor in self._motors:
            self._p.changeDynamics(body_id, motor, lateralFriction=TRACTION, physicsClientId=client)
        for name in wheels.sliding:  # without springs they take the weight off the wheels that drive
            self._p.changeDynamics(body_id, joints[name], lateralFriction=0.0, **SPRING, physicsClientId=client)

    def advance(self, step_s: float, forward_m_s: float, turn_rad_s: float) -> None:
        """Set the motors for one step of the physics."""
        linear, angular = self.twist_B()
        moving = any([self._forward.approach(forward_m_s, step_s), self._turn.approach(turn_rad_s, step_s)])
        forward = self._forward.corrected(linear[0], step_s) if moving else self._forward.rested()
        turn = (self._turn.corrected(angular[2], step_s) if moving else self._turn.rested()) * self._wheels.track_m / 2
        left, right = (forward - turn) / self._wheels.radius_m, (forward + turn) / self._wheels.radius_m
        half = len(self._motors) // 2
        self._p.setJointMotorControlArray(
            self._body,
            self._motors,
            self._p.VELOCITY_CONTROL,
            targetVelocities=[left] * half + [right] * half,
            forces=self._torques,
            physicsClientId=self._client,
        )

    def X_WB(self) -> Float64[np.ndarray, "4 4"]:
        """Return where the base is, as measured: it may tilt and sink by a trifle."""
        return compose(from_bullet(*self._p.getBasePositionAndOrientation(self._body, self._client)), self._X_MB)

    def twist_B(self) -> tuple[Vector, Vector]:
        """Return the velocity of B's origin [m/s] and the turn rates [rad/s], both in B, as measured.

        The axes of M must be those of B.
        """
        _, q_WM = self._p.getBasePositionAndOrientation(self._body, self._client)
        linear_W, angular_W = self._p.getBaseVelocity(self._body, self._client)
        a, b, c, d, e, f, g, h, i = self._p.getMatrixFromQuaternion(q_WM)
        (vx, vy, vz), (wx, wy, wz) = (
            (a * x + d * y + g * z, b * x + e * y + h * z, c * x + f * y + i * z) for x, y, z in (linear_W, angular_W)
        )
        x, y, z = self._r_MB
        return (vx + wy * z - wz * y, vy + wz * x - wx * z, vz + wx * y - wy * x), (wx, wy, wz)


class _Speed:
    """One speed under control: what to ask of the wheels so that the body reaches what was commanded.

    A proportional and an integral part correct it. What is wanted rises and falls with a limited acceleration, so that
    the base does not rear up.
    """

    def __init__(self, *, acceleration: float, proportional: float, integral: float, correction_max: float):
        self._acceleration, self._proportional, self._integral = acceleration, proportional, integral
        self._max = correction_max
        self._wanted = self._sum = 0.0

    def approach(self, commanded: float, step_s: float) -> float:
        """Move what is wanted towards what is commanded, and return it."""
        change = self._acceleration * step_s
        self._wanted += min(max(commanded - self._wanted, -change), change)
        return self._wanted

    def corrected(self, measured: float, step_s: float) -> float:
        """Return the speed to ask of the wheels."""
        error = self._wanted - measured
        self._sum = min(max(self._sum + self._integral * error * step_s, -self._max), self._max)
        return self._wanted + self._proportional * error + self._sum

    def rested(self) -> float:
        """Return 0, and forget all corrections, so that a base that stands does not creep."""
        self._sum = 0.0
        return 0.0
