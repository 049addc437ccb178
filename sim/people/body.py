"""The body of a person: primitives on joints, moved kinematically. It stands, walks, leans and reaches; no physics.

Frame P is on the floor between the feet, x forward. What touches is one upright cylinder; limbs are only looked at,
so that an arm over a table pushes nothing off it.

    height [m]   1.72 head   1.39 shoulders   0.93 hips (and waist)   0 floor
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from jaxtyping import Float64

from sim import bullet
from sim.poses import compose, to_bullet, yaw_pose
from sim.worlds.built.world import Body, World
from sim.worlds.shapes import Color, Shape
from spatialmem import inverse, transform

__all__ = ["CONTACT_M", "PersonBody"]

Point = Float64[np.ndarray, "3"]

CONTACT_M = 0.20
"""Radius of the cylinder that touches."""
HEIGHT_M, FEET_M = 1.72, 0.05
"""The cylinder reaches from one to the other."""
WAIST_M, SHOULDER_M = 0.93, 0.46
"""The waist above the floor; the shoulders above the waist."""
HALF_SHOULDERS_M = 0.20
UPPER_M, FORE_M = 0.29, 0.32
"""Upper arm; forearm to the middle of the hand."""
LEAN_MAX_RAD, LEAN_STEP_RAD = 0.7, 0.05
STRIDE_M = 0.62
SWING_RAD = 0.42
CELLAR_M = -50.0
"""Where somebody is who is not at home."""

SKIN: Color = (226, 184, 152)
HAIR: Color = (74, 52, 38)
SHOE: Color = (44, 42, 44)
SHIRTS: tuple[Color, ...] = ((188, 74, 66), (66, 110, 156), (92, 136, 94), (214, 170, 82), (128, 96, 148))
TROUSERS: tuple[Color, ...] = ((54, 62, 84), (82, 76, 70), (46, 48, 52))

JOINTS: tuple[str, ...] = (
    "waist",
    "right_roll",
    "right_arm",
    "right_forearm",
    "left_roll",
    "left_arm",
    "left_forearm",
    "right_leg",
    "left_leg",
)
PITCH, ROLL = (0.0, -1.0, 0.0), (1.0, 0.0, 0.0)
"""Axes: limbs swing forward, arms are lifted to their left."""


class PersonBody:
    """One person in a world, as a body of kind "person" that the world knows by name."""

    def __init__(self, world: World, *, name: str, number: int):
        """Build it, out of sight. number: chooses the colours of the clothes."""
        self.name = name
        self._world, self._p = world, bullet.api()
        self.unique_id = self._build(number)
        self._angles: dict[str, float] = dict.fromkeys(JOINTS, 0.0)
        self._phase_rad = 0.0
        self.at = (0.0, 0.0, 0.0)
        """x, y [m] and heading [rad]."""
        self.present = False
        world.adopt(Body(name=name, label="person", unique_id=self.unique_id, kind="person"))
        self.vanish()

    @property
    def X_WP(self) -> Float64[np.ndarray, "4 4"]:
        """Where it stands."""
        return yaw_pose(*self.at)

    def stand(self, x_m: float, y_m: float, yaw_rad: float) -> None:
        """Put it somewhere on the floor."""
        self.at, self.present = (x_m, y_m, yaw_rad), True
        self._place(yaw_pose(x_m, y_m, yaw_rad))

    def vanish(self) -> None:
        """Take it out of sight and out of the way."""
        self.present = False
        self._place(yaw_pose(0.0, 0.0, 0.0, CELLAR_M))

    def stride(self, way_m: float, *, carries: bool) -> None:
        """Swing legs and arms as for a way walked since the last call; for none, stand still."""
        if way_m > 0:
            self._phase_rad += math.pi * way_m / STRIDE_M
        swing = SWING_RAD * math.sin(self._phase_rad) if way_m > 0 else 0.0
        self._turn("right_leg", swing)
        self._turn("left_leg", -swing)
        self._turn("waist", 0.0)
        self._rest("left", swing)
        if not carries:
            self._rest("right", -swing)

    def reach(self, p_W: Point, *, lean: bool) -> None:
        """Bring the right hand to a point, or as near to it as the arm goes; lean: the whole body may bend for it."""
        p_P = transform(inverse(self.X_WP), p_W)
        lean_rad, t = 0.0, _in_shoulder(p_P, 0.0)
        while lean and lean_rad < LEAN_MAX_RAD and float(np.sqrt((t * t).sum())) > 0.98 * (UPPER_M + FORE_M):
            lean_rad += LEAN_STEP_RAD
            t = _in_shoulder(p_P, lean_rad)
        self._turn("waist", -lean_rad)
        self._turn("left_arm", lean_rad)
        for name, angle in zip(("right_roll", "right_arm", "right_forearm"), _arm(t), strict=True):
            self._turn(name, angle)

    def near(self, other: int, distance_m: float) -> float:
        """Return how far the cylinder is from a body with this unique id [m]; `distance_m` where it is farther."""
        found = self._p.getClosestPoints(
            self.unique_id, other, distance_m, linkIndexA=-1, physicsClientId=self._world.client
        )
        return min((float(point[8]) for point in found), default=distance_m)

    def _rest(self, side: str, swing_rad: float) -> None:
        """Let an arm hang."""
        for part, angle in (("roll", 0.0), ("arm", 0.6 * swing_rad), ("forearm", 0.25)):
            self._turn(f"{side}_{part}", angle)

    def _place(self, X_WP: Float64[np.ndarray, "4 4"]) -> None:
        p_WP, q_WP = to_bullet(X_WP)
        self._p.resetBasePositionAndOrientation(self.unique_id, p_WP, q_WP, physicsClientId=self._world.client)

    def _turn(self, joint: str, angle_rad: float) -> None:
        if self._angles[joint] != angle_rad:
            self._angles[joint] = angle_rad
            self._p.resetJointState(self.unique_id, JOINTS.index(joint), angle_rad, physicsClientId=self._world.client)

    # Building

    def _build(self, number: int) -> int:
        """Make the multibody; all of its masses are 0, so that it moves only where it is put."""
        b, client = self._p, self._world.client
        shirt, trousers = SHIRTS[number % len(SHIRTS)], TROUSERS[number % len(TROUSERS)]
        looks = _looks(shirt, trousers)
        side = HALF_SHOULDERS_M
        links = {
            "waist": (0, (0.0, 0.0, WAIST_M), PITCH),
            "right_roll": (1, (0.0, -side, SHOULDER_M), ROLL),
            "right_arm": (2, (0.0, 0.0, 0.0), PITCH),
            "right_forearm": (3, (0.0, 0.0, -UPPER_M), PITCH),
            "left_roll": (1, (0.0, side, SHOULDER_M), ROLL),
            "left_arm": (5, (0.0, 0.0, 0.0), PITCH),
            "left_forearm": (6, (0.0, 0.0, -UPPER_M), PITCH),
            "right_leg": (0, (0.0, -0.09, WAIST_M), PITCH),
            "left_leg": (0, (0.0, 0.09, WAIST_M), PITCH),
        }
        still = [(0.0, 0.0, 0.0, 1.0)] * len(links)
        contact = b.createCollisionShape(
            b.GEOM_CYLINDER,
            radius=CONTACT_M,
            height=HEIGHT_M - FEET_M,
            collisionFramePosition=(0.0, 0.0, (HEIGHT_M + FEET_M) / 2),
            physicsClientId=client,
        )
        return b.createMultiBody(
            baseMass=0.0,
            baseCollisionShapeIndex=contact,
            baseVisualShapeIndex=_visual(b, client, looks["hips"]),
            linkMasses=[0.0] * len(links),
            linkCollisionShapeIndices=[-1] * len(links),
            linkVisualShapeIndices=[_visual(b, client, looks.get(name, ())) for name in links],
            linkPositions=[position for _, position, _ in links.values()],
            linkOrientations=still,
            linkInertialFramePositions=[(0.0, 0.0, 0.0)] * len(links),
            linkInertialFrameOrientations=still,
            linkParentIndices=[parent for parent, _, _ in links.values()],
            linkJointTypes=[b.JOINT_REVOLUTE] * len(links),
            linkJointAxis=[axis for _, _, axis in links.values()],
            physicsClientId=client,
        )


def _in_shoulder(p_P: Point, lean_rad: float) -> Point:
    """Return a point in the frame of the right shoulder of somebody who leans forward."""
    waist = compose(yaw_pose(0.0, 0.0, 0.0, WAIST_M), _pitched(lean_rad))
    X_PS = compose(waist, yaw_pose(0.0, -HALF_SHOULDERS_M, 0.0, SHOULDER_M))
    return transform(inverse(X_PS), p_P)


def _pitched(lean_rad: float) -> Float64[np.ndarray, "4 4"]:
    c, s = math.cos(lean_rad), math.sin(lean_rad)
    return np.array([[c, 0.0, s, 0.0], [0.0, 1.0, 0.0, 0.0], [-s, 0.0, c, 0.0], [0.0, 0.0, 0.0, 1.0]])


def _arm(t: Point) -> tuple[float, float, float]:
    """Return roll, swing and bend [rad] of an arm whose hand is to be at t, in the frame of its shoulder.

    Two links in a plane that is turned about x until it holds the target; what is out of reach is pointed at.
    """
    x, y, z = t.tolist()
    roll = math.atan2(y, -z) if abs(y) + abs(z) > 1e-9 else 0.0
    down = math.hypot(y, z)
    far = min(max(math.hypot(x, down), abs(UPPER_M - FORE_M) + 0.05), 0.999 * (UPPER_M + FORE_M))
    inner = math.acos((UPPER_M**2 + FORE_M**2 - far**2) / (2 * UPPER_M * FORE_M))
    above = math.acos((UPPER_M**2 + far**2 - FORE_M**2) / (2 * UPPER_M * far))
    return roll, math.atan2(x, down) - above, math.pi - inner


def _looks(shirt: Color, trousers: Color) -> dict[str, tuple[Shape, ...]]:
    """Return what each link looks like, in the link's frame."""
    sleeve = tuple(round(0.92 * c) for c in shirt)
    arm = (
        Shape("cylinder", (0.045, UPPER_M + 0.04), (0.0, 0.0, -UPPER_M / 2), color=(sleeve[0], sleeve[1], sleeve[2])),
    )
    forearm = (
        Shape("cylinder", (0.036, FORE_M - 0.05), (0.0, 0.0, -FORE_M / 2 + 0.01), color=SKIN),
        Shape("sphere", (0.045,), (0.0, 0.0, -FORE_M), color=SKIN),
    )
    leg = (
        Shape("cylinder", (0.078, 0.47), (0.0, 0.0, -0.22), color=trousers),
        Shape("cylinder", (0.062, 0.44), (0.0, 0.0, -0.645), color=trousers),
        Shape("box", (0.25, 0.095, 0.07), (0.05, 0.0, -0.89), color=SHOE),
    )
    torso = (
        Shape("box", (0.21, 0.34, 0.22), (0.0, 0.0, 0.11), color=shirt),
        Shape("box", (0.23, 0.36, 0.30), (0.0, 0.0, 0.35), color=shirt),
        Shape("cylinder", (0.05, 0.10), (0.0, 0.0, 0.53), color=SKIN),
        Shape("sphere", (0.105,), (0.01, 0.0, 0.655), color=SKIN),
        Shape("sphere", (0.108,), (-0.012, 0.0, 0.682), color=HAIR),
    )
    hips = (Shape("box", (0.19, 0.32, 0.16), (0.0, 0.0, WAIST_M - 0.03), color=trousers),)
    limbs = {f"{side}_{part}": shapes for side in ("right", "left")
             for part, shapes in (("arm", arm), ("forearm", forearm), ("leg", leg))}  # fmt: skip
    return {"hips": hips, "waist": torso, **limbs}


def _visual(b: Any, client: int, shapes: tuple[Shape, ...]) -> int:
    """Return PyBullet's index of what some shapes look like; -1 for none."""
    if not shapes:
        return -1
    kinds = {"box": b.GEOM_BOX, "cylinder": b.GEOM_CYLINDER, "sphere": b.GEOM_SPHERE}
    return b.createVisualShapeArray(
        shapeTypes=[kinds[shape.kind] for shape in shapes],
        halfExtents=[
            tuple(c / 2 for c in shape.size_m) if shape.kind == "box" else (1.0, 1.0, 1.0) for shape in shapes
        ],
        radii=[shape.size_m[0] for shape in shapes],
        lengths=[shape.size_m[1] if shape.kind == "cylinder" else 1.0 for shape in shapes],
        fileNames=[""] * len(shapes),
        meshScales=[(1.0, 1.0, 1.0)] * len(shapes),
        rgbaColors=[(*(c / 255 for c in shape.color), 1.0) for shape in shapes],
        visualFramePositions=[shape.center_m for shape in shapes],
        visualFrameOrientations=[(0.0, 0.0, 0.0, 1.0)] * len(shapes),
        physicsClientId=client,
    )
