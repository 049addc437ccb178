"""A mobile manipulator: Clearpath's Husky carries Franka's Panda arm and a camera on a mast."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from collections.abc import Sequence

from sim.poses import pose
from sim.robots import urdf
from sim.robots.body import SimRobot
from sim.robots.command import ArmJoint, Gripper
from sim.robots.driving import Wheels
from sim.robots.mount import camera_mount
from sim.worlds.shapes import Shape

__all__ = ["HuskyPanda"]

HUSKY_COLORS = {
    "husky_base_link": (45, 46, 50),
    "husky_top_plate_link": (225, 178, 30),
    "husky_user_rail_link": (70, 71, 74),
    "husky_front_bumper_link": (70, 71, 74),
    "husky_rear_bumper_link": (70, 71, 74),
    "husky_front_left_wheel_link": (60, 60, 62),
    "husky_front_right_wheel_link": (60, 60, 62),
    "husky_rear_left_wheel_link": (60, 60, 62),
    "husky_rear_right_wheel_link": (60, 60, 62),
}
ROOT_HEIGHT_M = 0.14493
"""Of Husky's base_link when its wheels stand on the floor."""
PLATE_HEIGHT_M = 0.245
"""Of the top plate in base_link."""
WHEEL_RADIUS_M, WHEEL_Y_M = 0.17775, 0.2854
LEFT = ("husky_front_left_wheel", "husky_rear_left_wheel")
RIGHT = ("husky_front_right_wheel", "husky_rear_right_wheel")
ARM_X_M = 0.10
CAMERA = (0.42, 0.0, 1.25)
POLE = (0.26, 0.17)
STEEL = (120, 124, 130)
DARK = (30, 31, 34)


class HuskyPanda(SimRobot):
    """A Husky (about 1.0 x 0.7 m) with a 7-joint Panda and its gripper on the top plate.

    The real Husky scrubs over the floor when it turns. PyBullet's friction depends on how the wheels lie to the axes
    of the world, so scrubbing goes by jerks there; here its four wheels turn and carry, and the traction is that of two
    unseen wheels between them.

    The arm's joints and limits are the real Panda's (Franka Emika, data sheet of the arm, 2020). Stowed it lies folded
    over the rear, inside the footprint and behind the camera.
    """

    footprint_m = (1.01, 0.69)
    radius_m = 0.62
    pass_m, turn_m = 0.40, 0.65
    X_BC = camera_mount(CAMERA, down_rad=math.radians(22))
    X_BR = pose((0.0, 0.0, ROOT_HEIGHT_M))
    wheels = Wheels(
        left=("left_traction", *LEFT),
        right=("right_traction", *RIGHT),
        radius_m=WHEEL_RADIUS_M,
        track_m=2 * WHEEL_Y_M,
        torque_n_m=60.0,
        sliding=(*LEFT, *RIGHT),
    )
    arm = (
        ArmJoint("panda_joint1", -2.8973, 2.8973, 2.175, 87.0, stowed_rad=0.0),
        ArmJoint("panda_joint2", -1.7628, 1.7628, 2.175, 87.0, stowed_rad=-1.70),
        ArmJoint("panda_joint3", -2.8973, 2.8973, 2.175, 87.0, stowed_rad=0.0),
        ArmJoint("panda_joint4", -3.0718, -0.0698, 2.175, 87.0, stowed_rad=-3.04),
        ArmJoint("panda_joint5", -2.8973, 2.8973, 2.61, 12.0, stowed_rad=0.0),
        ArmJoint("panda_joint6", -0.0175, 3.7525, 2.61, 12.0, stowed_rad=0.3),
        ArmJoint("panda_joint7", -2.8973, 2.8973, 2.61, 12.0, stowed_rad=0.785),
    )
    gripper = Gripper(
        fingers=("panda_finger_joint1", "panda_finger_joint2"),
        link="panda_grasptarget",
        width_max_m=0.08,
        speed_max_m_s=0.1,
        force_n=40.0,
    )

    def parts(self) -> Sequence[ET.Element]:
        """Return Husky, Panda and mast, and the joints between them."""
        husky = urdf.read("husky/husky.urdf", prefix="husky_", without=("base_footprint", "imu_link"))
        urdf.paint(husky, HUSKY_COLORS)
        panda = urdf.read("franka_panda/panda.urdf")
        root = "husky_base_link"
        return (
            husky,
            panda,
            urdf.fixed(root, "panda_link0", (ARM_X_M, 0.0, PLATE_HEIGHT_M)),
            *_traction("left", WHEEL_Y_M),
            *_traction("right", -WHEEL_Y_M),
            _mast(),
            urdf.fixed(root, "mast", (0.0, 0.0, -ROOT_HEIGHT_M)),
        )


def _traction(side: str, y_m: float) -> tuple[ET.Element, ET.Element]:
    """Return an unseen wheel in the middle of one side, and its joint.

    PyBullet draws a link without looks as what can be touched of it; so it gets a hub, which is inside the chassis.
    """
    wheel = Shape("cylinder", (WHEEL_RADIUS_M, 0.05), rpy_rad=(math.pi / 2, 0.0, 0.0))
    hub = Shape("box", (0.02, 0.02, 0.02), (0.0, -y_m / 3, 0.0))
    place = (0.0, y_m, WHEEL_RADIUS_M - ROOT_HEIGHT_M)
    name = f"{side}_traction"
    return (
        urdf.link(f"{name}_link", 1.0, (wheel,), looks=(hub,)),
        urdf.turning(name, "husky_base_link", f"{name}_link", place, (0.0, 1.0, 0.0)),
    )


def _mast() -> ET.Element:
    """Return the mast, in B: a pole beside the arm, a bar from it to the middle, and the camera's housing."""
    x, y, z = CAMERA
    bottom = ROOT_HEIGHT_M + PLATE_HEIGHT_M
    pole_x, pole_y = POLE
    end = x - 0.06, y
    bar = math.hypot(end[0] - pole_x, end[1] - pole_y)
    middle = (end[0] + pole_x) / 2, (end[1] + pole_y) / 2
    yaw = math.atan2(pole_y - end[1], pole_x - end[0])
    return urdf.link(
        "mast",
        2.0,
        (
            Shape("box", (0.04, 0.04, z - bottom), (pole_x, pole_y, (z + bottom) / 2), color=STEEL),
            Shape("box", (bar + 0.04, 0.03, 0.03), (*middle, z), (0.0, 0.0, yaw), color=STEEL),
            Shape("box", (0.05, 0.12, 0.04), (x - 0.055, y, z), color=DARK),  # ends behind the lens
        ),
    )
