"""One robot's arm, with all that planning for it needs: its chain, inverse kinematics, and what it reaches at all."""

from __future__ import annotations

import functools

import numpy as np
from jaxtyping import Float64

from planners.manipulation.arm import ArmModel, Joint, arm_model
from planners.manipulation.config import ManipulationConfig
from planners.manipulation.grasps import Hand
from planners.manipulation.inverse import InverseKinematics
from planners.manipulation.reach import Reach
from spatialmem import inverse

__all__ = ["Limb"]

INSIDE_RAD = 0.01
"""Joints are planned for no nearer to their limits."""


class Limb:
    """The arm and hand of one robot. It keeps scratch space: one is for one thread, and may serve many planners."""

    def __init__(self, config: ManipulationConfig):
        """Raises ConfigError for a URDF that has no such arm."""
        self.config = config
        self.model: ArmModel = arm_model(
            config.urdf,
            tip=config.gripper_link,
            fingers=config.finger_joints,
            limits=[
                Joint(one.name, one.low_rad + INSIDE_RAD, one.high_rad - INSIDE_RAD, one.speed_max_rad_s)
                for one in config.arm
            ],
        )
        self.inverse = InverseKinematics(self.model)
        self.hand = Hand(width_max_m=config.width_max_m)
        self.stowed_rad = np.array(config.stowed_rad)
        self.X_BR = np.eye(4)
        self.X_BR[:3, 3] = config.root_p_B

    @functools.cached_property
    def reach(self) -> Reach:
        """What it reaches, found by trying."""
        return Reach.of(self.model)

    def X_RW(self, X_WB: Float64[np.ndarray, "4 4"]) -> Float64[np.ndarray, "4 4"]:
        """Return where W is from the root of the arm, as the base stands."""
        return inverse(X_WB @ self.X_BR)

    def looking_at(self, p_B: Float64[np.ndarray, "3"]) -> dict[str, float]:
        """Return how the camera head must be turned to look at a point, as far as it turns; {} without a head."""
        if not self.config.head:
            return {}
        dx, dy, dz = (p_B - np.array(self.config.head_p_B)).tolist()
        pan, tilt = self.config.head
        angles = np.arctan2(dy, dx), np.arctan2(-dz, np.hypot(dx, dy))
        return {
            joint.name: float(np.clip(angle, joint.low_rad, joint.high_rad))
            for joint, angle in zip((pan, tilt), angles, strict=True)
        }

    @property
    def looking_ahead(self) -> dict[str, float]:
        """How the camera head is turned while the robot drives."""
        return {joint.name: joint.stowed_rad for joint in self.config.head}
