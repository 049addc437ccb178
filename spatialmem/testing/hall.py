"""A hall of boxes, and the memory of a robot that looked round in it: where planners are held to their promises."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float64, UInt16

from spatialmem.config import Config, GraphConfig, OctreeConfig
from spatialmem.geometry import look_at
from spatialmem.memory import SpatialMemory
from spatialmem.types import Input, Pinhole, RgbdFrame, RobotState, State
from spatialmem.view import View

__all__ = ["BEHIND_M", "PILLAR", "START_M", "TICK_NS", "Box", "Hall", "state_at"]

Box = tuple[tuple[float, float, float], tuple[float, float, float]]
"""The lower and the upper corner [m]."""
Pose = tuple[float, float, float]
"""x [m], y [m], yaw [rad]."""

TICK_NS = 50_000_000
FRAME_TICKS = 4
CAMERA = Pinhole(80, 60, 40.0, 40.0, 39.5, 29.5)
"""90 by 74 degrees."""
EYE_M, DOWN, RANGE_M = 1.2, 0.6, 20.0
"""The camera is so high over the floor, and looks so many metres down on each metre ahead; farther off is nothing."""

PILLAR: Box = ((2.6, 1.2, 0.0), (3.6, 3.0, 1.6))
SHELL: tuple[Box, ...] = (
    ((-0.2, -0.2, -0.2), (6.2, 5.2, 0.0)),
    ((-0.2, -0.2, 0.0), (0.0, 5.2, 2.4)),
    ((6.0, -0.2, 0.0), (6.2, 5.2, 2.4)),
    ((-0.2, -0.2, 0.0), (6.2, 0.0, 2.4)),
    ((-0.2, 5.0, 0.0), (6.2, 5.2, 2.4)),
)
"""A floor of 6 x 5 m, and four walls."""
START_M, BEHIND_M = (1.2, 2.0), (4.9, 2.0)
"""On either side of the pillar."""
STOPS_M = (BEHIND_M, (3.1, 4.1), START_M)
TURNS, TIMES = 8, 2


class Hall:
    """What is in it, and the memory that is told. Time goes on by ticks of 0.05 s."""

    def __init__(self, memory: SpatialMemory):
        self.memory = memory
        self.boxes: list[Box] = [*SHELL, PILLAR]
        self.tick = max(memory.view().stamp_ns // TICK_NS + 1, 20)

    @classmethod
    def empty(cls, radius_m: float) -> Hall:
        """Return one of which nothing was seen, for a robot of a radius."""
        config = Config(
            octree=OctreeConfig(budget_mib=64, threads=1), graph=GraphConfig(robot_radius_m=min(radius_m, 0.3))
        )
        return cls(SpatialMemory(config))

    @classmethod
    def seen(cls, radius_m: float) -> Hall:
        """Return one in which the robot looked round on both sides of the pillar; it stands at START_M."""
        hall = cls.empty(radius_m)
        for x, y in STOPS_M:
            hall.tell(state_at((x, y, 0.0), hall.stamp_ns))
            for turn in range(TURNS * TIMES):
                hall.tick += FRAME_TICKS
                hall.tell(hall.frame((x, y, turn * 2 * math.pi / TURNS)))
            hall.tick += 200
        return hall

    @property
    def stamp_ns(self) -> int:
        """Of this tick."""
        return self.tick * TICK_NS

    def tell(self, x: Input) -> None:
        """Tell the memory, which must admit it."""
        receipt = self.memory.observe(x)
        assert receipt, f"the checker's own input was rejected: {receipt}"

    def frame(self, pose: Pose) -> RgbdFrame:
        """Return what the camera of a robot at a pose sees."""
        eye = np.array([pose[0], pose[1], EYE_M])
        X_WC = look_at(eye, eye + np.array([math.cos(pose[2]), math.sin(pose[2]), -DOWN]))
        depth = _depth_mm(self.boxes, X_WC)
        return RgbdFrame(
            source="camera", stamp_ns=self.stamp_ns, received_ns=self.stamp_ns, depth=depth, camera=CAMERA, X_WC=X_WC
        )


def state_at(pose: Pose, stamp_ns: int, *, z_m: float = 0.0, pitch_rad: float = 0.0) -> RobotState:
    """Return the state of a robot that stands at a pose."""
    cos, sin = math.cos(pose[2]), math.sin(pose[2])
    X_WB = np.eye(4)
    lean = np.array(
        [[math.cos(pitch_rad), 0, math.sin(pitch_rad)], [0, 1, 0], [-math.sin(pitch_rad), 0, math.cos(pitch_rad)]]
    )
    X_WB[:3, :3] = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]]) @ lean
    X_WB[:3, 3] = pose[0], pose[1], z_m
    return RobotState(source="base", stamp_ns=stamp_ns, received_ns=stamp_ns, X_WB=X_WB)


def occupied_m(view: View, pose: Pose, reach_m: float) -> Float64[np.ndarray, "n 2"]:
    """Return the middles of the cells about a pose that a view shows occupied [m]."""
    x, y, _ = pose
    floor = view.floor(((x - reach_m, y - reach_m), (x + reach_m, y + reach_m)), z_m=0.0)
    rows, columns = np.nonzero(floor.state == State.OCCUPIED)
    return floor.points_W(np.stack([columns, rows], axis=1).astype(np.int64))[:, :2]


def _depth_mm(boxes: list[Box], X_WC: Float64[np.ndarray, "4 4"]) -> UInt16[np.ndarray, "h w"]:
    """Return the depth along the optical axis [mm], 0 where nothing is: rays against boxes, slab by slab (Kay & Kajiya
    1986)."""
    v, u = np.mgrid[: CAMERA.height, : CAMERA.width]
    rays = np.stack([(u - CAMERA.cx) / CAMERA.fx, (v - CAMERA.cy) / CAMERA.fy, np.ones(u.shape)], axis=-1)
    rays = rays @ X_WC[:3, :3].T
    depth = np.full(u.shape, np.inf)
    with np.errstate(divide="ignore", invalid="ignore"):
        for low, high in boxes:
            a, b = ((np.array(corner) - X_WC[:3, 3]) / rays for corner in (low, high))
            enter, leave = np.minimum(a, b).max(axis=-1), np.maximum(a, b).min(axis=-1)
            depth = np.where((enter < leave) & (enter > 0.0) & (enter < depth), enter, depth)
    return np.rint(np.where(depth < RANGE_M, depth, 0.0) * 1000.0).astype(np.uint16)
