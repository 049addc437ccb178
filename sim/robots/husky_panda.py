"""A mobile manipulator: Clearpath's Husky carries Franka's Panda arm and a camera on a mast, which looks about."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from collections.abc import Sequence

from sim.poses import pose
from sim.robots import urdf
from sim.robots.body import SimRobot
from sim.robots.command import ArmJoint, Gripper
from sim.robots.driving import Wheels
from sim.robots.mount import CameraHead, HeadMount
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
HEAD = CameraHead(
    pan=ArmJoint("camera_pan", -2.8, 2.8, 2.0, 5.0, stowed_rad=0.0),
    tilt=ArmJoint("camera_tilt", -0.6, 1.5, 2.0, 5.0, stowed_rad=math.radians(22)),
    p_BH=(0.36, 0.0, 1.25),
    lens_m=0.06,
)
POLE = (0.26, 0.17)
PLATE_TOP_M = ROOT_HEIGHT_M + PLATE_HEIGHT_M
CHASSIS = Shape("box", (1.0, 0.68, PLATE_TOP_M), (0.0, 0.0, PLATE_TOP_M / 2))
HEAD_SPACE = Shape("box", (0.20, 0.16, 0.14), (*HEAD.p_BH[:2], HEAD.p_BH[2] + 0.01))
"""The camera moves in it."""
STEEL = (120, 124, 130)
DARK = (30, 31, 34)


def _pole_and_bar() -> tuple[Shape, Shape]:
    """Return the mast, in B: a pole beside the arm, and a bar from it to the camera head."""
    x, y, z = HEAD.p_BH
    pole_x, pole_y = POLE
    length = math.hypot(x - pole_x, y - pole_y)
    middle = (x + pole_x) / 2, (y + pole_y) / 2
    yaw = math.atan2(pole_y - y, pole_x - x)
    tall = z - PLATE_TOP_M
    return (
        Shape("box", (0.04, 0.04, tall), (pole_x, pole_y, (z + PLATE_TOP_M) / 2), color=STEEL),
        Shape("box", (length + 0.04, 0.03, 0.03), (*middle, z), (0.0, 0.0, yaw), color=STEEL),
    )


class HuskyPanda(SimRobot):
    """A Husky (about 1.0 x 0.7 m) with a 7-joint Panda and its gripper on the top plate.

    The real Husky scrubs over the floor when it turns. PyBullet's friction depends on how the wheels lie to the axes
    of the world, so scrubbing goes by jerks there; here its four wheels turn and carry, and the traction is that of two
    unseen wheels between them.

    The arm's joints and limits are the real Panda's (Franka Emika, data sheet of the arm, 2020). Stowed it lies folded
    over the rear, inside the footprint and behind the camera. The camera is on a pan-tilt head, and looks forward and
    22 degrees down as long as nobody turns it.
    """

    footprint_m = (1.01, 0.69)
    radius_m = 0.62
    pass_m, turn_m = 0.40, 0.65
    X_BC = HeadMount(HEAD)  # type: ignore[assignment]  # gives a pose
    head, head_p_B = HEAD.joints, HEAD.p_BH
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
        ArmJoint("panda_joint2", -1.7628, 1.7628, 2.175, 87.0, stowed_rad=-1.62),
        ArmJoint("panda_joint3", -2.8973, 2.8973, 2.175, 87.0, stowed_rad=0.0),
        ArmJoint("panda_joint4", -3.0718, -0.0698, 2.175, 87.0, stowed_rad=-2.98),
        ArmJoint("panda_joint5", -2.8973, 2.8973, 2.61, 12.0, stowed_rad=0.0),
        ArmJoint("panda_joint6", -0.0175, 3.7525, 2.61, 12.0, stowed_rad=1.35),
        ArmJoint("panda_joint7", -2.8973, 2.8973, 2.61, 12.0, stowed_rad=0.785),
    )
    gripper = Gripper(
        fingers=("panda_finger_joint1", "panda_finger_joint2"),
        link="panda_grasptarget",
        width_max_m=0.08,
        speed_max_m_s=0.1,
        force_n=40.0,
    )

    own_boxes = (
        ("chassis", CHASSIS),
        *zip(("pole", "bar"), _pole_and_bar(), strict=True),
        ("camera head", HEAD_SPACE),
    )

    @classmethod
    def parts(cls) -> Sequence[ET.Element]:
        """Return Husky, Panda, mast and camera head, and the joints between them."""
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
            urdf.link("mast", 2.0, _pole_and_bar()),
            urdf.fixed(root, "mast", (0.0, 0.0, -ROOT_HEIGHT_M)),
            *_head(),
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


def _head() -> Sequence[ET.Element]:
    """Return the camera head: a bracket that turns about the upright, and in it the housing, which nods."""
    bracket = Shape("box", (0.04, 0.04, 0.02), (0.0, 0.0, -0.03), color=STEEL)
    housing = Shape("box", (0.05, 0.12, 0.04), (-0.055, 0.0, 0.0), color=DARK)  # ends behind the lens
    return (
        urdf.link("camera_bracket", 0.2, (bracket,)),
        urdf.hinged(HEAD.pan, "mast", "camera_bracket", HEAD.p_BH, (0.0, 0.0, 1.0)),
        urdf.link("camera", 0.3, (housing,)),
        urdf.hinged(HEAD.tilt, "camera_bracket", "camera", (HEAD.lens_m, 0.0, 0.0), (0.0, 1.0, 0.0)),
    )
