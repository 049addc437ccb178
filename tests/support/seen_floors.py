"""A robot among boxes that come and go, on one floor or two: what it tells a map and the graph of its floor."""

from __future__ import annotations

import numpy as np
from box_worlds import Solid, cast

from spatialmem import DepthConfig, GraphConfig, Octree, OctreeConfig, Pinhole, RgbdFrame, RobotState
from spatialmem.geometry import look_at
from spatialmem.graph import Graph

__all__ = ["CAMERA", "SENSOR", "SeenFloor", "picture", "robot_at"]

CAMERA = Pinhole(80, 60, 45.0, 45.0, 39.5, 29.5)
"""83 by 67 degrees."""
SENSOR = DepthConfig(range_max_m=3.5)
EYE_M = 1.3
HALL_M = 3.0
"""Walls are so far from the world's origin, on each side."""
UPPER_M = 3.0
"""The height of the second floor."""


def _hall() -> list[Solid]:
    """Return four walls and the upper floor."""
    long, thick = 2 * HALL_M + 0.4, 0.2
    sides = [(HALL_M + 0.1, 0.0, thick, long), (-HALL_M - 0.1, 0.0, thick, long)]
    sides += [(0.0, HALL_M + 0.1, long, thick), (0.0, -HALL_M - 0.1, long, thick)]
    walls = [Solid("", "", (x, y, 0.0), (dx, dy, 2 * UPPER_M)) for x, y, dx, dy in sides]
    return [*walls, Solid("", "", (0.0, 0.0, UPPER_M - 0.2), (long, long, 0.2))]


HALL = _hall()
"""Walls and the upper floor."""


def picture(things: list[Solid], at_m: tuple[float, float, float], yaw_rad: float, stamp_ns: int) -> RgbdFrame:
    """Return a picture of what is ahead of a point on the floor, a little down."""
    eye = np.array([at_m[0], at_m[1], at_m[2] + EYE_M])
    X_WC = look_at(eye, eye + np.array([np.cos(yaw_rad), np.sin(yaw_rad), -0.6]))
    depth, _ = cast([*HALL, *things], X_WC, CAMERA)
    counts = np.rint(np.where(np.isfinite(depth), depth, 0) * 1000).astype(np.uint16)
    return RgbdFrame(source="camera", stamp_ns=stamp_ns, received_ns=stamp_ns, depth=counts, camera=CAMERA, X_WC=X_WC)


def robot_at(at_m: tuple[float, float, float], stamp_ns: int) -> RobotState:
    """Return where the robot is."""
    X_WB = np.eye(4)
    X_WB[:3, 3] = at_m
    return RobotState(source="base", stamp_ns=stamp_ns, received_ns=stamp_ns, X_WB=X_WB)


class SeenFloor:
    """A map and a graph, told as a memory tells them."""

    def __init__(self, voxel_size_m: float, config: GraphConfig | None = None):
        self.octree = Octree(OctreeConfig(voxel_size_m=voxel_size_m, budget_mib=128, threads=1))
        self.graph = Graph(config or GraphConfig(), voxel_size_m)
        self.things: list[Solid] = []
        self._stamp_ns = 0

    def look(self, x_m: float, y_m: float, yaw_rad: float, *, floor_m: float = 0.0, times: int = 1) -> None:
        """Take a picture of what is ahead, a little down."""
        for _ in range(times):
            frame = picture(self.things, (x_m, y_m, floor_m), yaw_rad, self._next_ns())
            self.octree.integrate_image(frame.depth, 0.001, CAMERA, frame.X_WC, SENSOR)
            self.graph.follow(self.octree)
            self.graph.look(frame, SENSOR)

    def look_around(self, x_m: float, y_m: float, *, floor_m: float = 0.0, times: int = 2) -> None:
        """Take pictures all round."""
        for yaw_rad in np.arange(8) * np.pi / 4:
            self.look(x_m, y_m, float(yaw_rad), floor_m=floor_m, times=times)

    def scan(self, x_m: float, y_m: float, rng: np.random.Generator, *, floor_m: float = 0.0) -> None:
        """Take in a few rays that end anywhere about."""
        X_WS = np.eye(4)
        X_WS[:3, 3] = x_m, y_m, floor_m + 0.8
        self.octree.integrate_scan(rng.normal(0, 1, (80, 3)) * [1.5, 1.5, 0.5], X_WS, SENSOR)
        self.graph.follow(self.octree)

    def stand(self, x_m: float, y_m: float, *, floor_m: float = 0.0) -> None:
        """Say where the robot is."""
        self.graph.stand(robot_at((x_m, y_m, floor_m), self._next_ns()), self.octree)
        self.graph.follow(self.octree)

    def put(self, x_m: float, y_m: float, *, size_m: tuple[float, float, float] = (0.4, 0.4, 0.9)) -> int:
        """Let there be a box; return its number."""
        self.things.append(Solid("", "", (x_m, y_m, 0.0), size_m))
        return len(self.things) - 1

    def _next_ns(self) -> int:
        self._stamp_ns += 10**8
        return self._stamp_ns
