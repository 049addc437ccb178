"""The Panda of PyBullet's data, as a planner is given it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from planners.manipulation.arm import ArmModel, Joint, arm_model

__all__ = ["FINGERS", "LIMITS", "READY_RAD", "TIP", "panda", "panda_folder"]

TIP = "panda_grasptarget"
FINGERS = ("panda_finger_joint1", "panda_finger_joint2")
READY_RAD = (0.0, -0.785, 0.0, -2.356, 0.0, 1.571, 0.785)
LIMITS = (
    Joint("panda_joint1", -2.8973, 2.8973, 2.175),
    Joint("panda_joint2", -1.7628, 1.7628, 2.175),
    Joint("panda_joint3", -2.8973, 2.8973, 2.175),
    Joint("panda_joint4", -3.0718, -0.0698, 2.175),
    Joint("panda_joint5", -2.8973, 2.8973, 2.61),
    Joint("panda_joint6", -0.0175, 3.7525, 2.61),
    Joint("panda_joint7", -2.8973, 2.8973, 2.61),
)
"""Of the real Panda (Franka Emika, data sheet of the arm, 2020); the URDF's are wider by some degrees."""


def panda_folder() -> Path:
    """Where its URDF and its meshes are."""
    import pybullet_data

    return Path(pybullet_data.getDataPath()) / "franka_panda"


@cache
def panda() -> ArmModel:
    """The arm from the link that it stands on to between its finger tips."""
    return arm_model((panda_folder() / "panda.urdf").read_text(), tip=TIP, limits=LIMITS, fingers=FINGERS)
