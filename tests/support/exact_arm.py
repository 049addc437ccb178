"""A judge of ways that shares nothing with the planner: pinocchio places the Panda's meshes, coal says what they touch.

The collision meshes of PyBullet's data are convex, so exact tests against boxes and cylinders are quick.
"""

from __future__ import annotations

import importlib
from itertools import combinations, pairwise
from typing import Any

import numpy as np
from fit_spheres import collision_points
from motion_problems import Problem, Solid
from panda_arm import panda_folder
from scipy.spatial import ConvexHull

__all__ = ["ExactArm"]

pin: Any = importlib.import_module("pinocchio")
coal: Any = importlib.import_module("coal")
MESHES = {f"panda_link{k}": f"link{k}" for k in range(8)} | {
    "panda_hand": "hand",
    "panda_leftfinger": "finger",
    "panda_rightfinger": "finger",
}
NEIGHBOURS = frozenset(
    frozenset(pair)
    for pair in [
        *((f"panda_link{k}", f"panda_link{k + 1}") for k in range(7)),
        ("panda_link7", "panda_hand"),
        ("panda_hand", "panda_leftfinger"),
        ("panda_hand", "panda_rightfinger"),
    ]
)


class ExactArm:
    """The Panda's meshes among solids."""

    def __init__(self) -> None:
        self._model = pin.buildModelFromXML((panda_folder() / "panda.urdf").read_text())
        self._data = self._model.createData()
        self._frames = {link: self._model.getFrameId(link) for link in MESHES}
        self._names = [name for name in self._model.names if name != "universe"]
        self._shapes, self._corners = {}, {}
        for link, mesh in MESHES.items():
            corners = collision_points(mesh) * ((-1, -1, 1) if link == "panda_rightfinger" else (1, 1, 1))
            self._corners[link] = corners[ConvexHull(corners).vertices]
            self._shapes[link] = _convex(self._corners[link])

    def poses(self, joints_rad: dict[str, float], width_m: float) -> dict[str, Any]:
        """Where the links are, the arm standing in the origin."""
        fingers = {"panda_finger_joint1": width_m / 2, "panda_finger_joint2": width_m / 2}
        angles = np.array([(joints_rad | fingers)[name] for name in self._names])
        pin.framesForwardKinematics(self._model, self._data, angles)
        return {link: self._data.oMf[frame].copy() for link, frame in self._frames.items()}

    def touches(self, problem: Problem, joints_rad: dict[str, float]) -> str:
        """What touches what; "" for nothing. The foot, which does not move, may stand where it likes."""
        poses = self.poses(joints_rad, problem.width_m)
        placed = {link: coal.Transform3s(pose.rotation, pose.translation) for link, pose in poses.items()}
        for solid in problem.solids:
            shape, place = _primitive(solid), coal.Transform3s(solid.X_WK[:3, :3], solid.X_WK[:3, 3])
            for link in MESHES:
                if link != "panda_link0" and _collide(self._shapes[link], placed[link], shape, place):
                    return f"{link} and {solid.name}"
        for a, b in combinations(MESHES, 2):
            pair = frozenset((a, b))
            if pair in problem.may_touch or pair in NEIGHBOURS:
                continue
            if _collide(self._shapes[a], placed[a], self._shapes[b], placed[b]):
                return f"{a} and {b}"
        return ""

    def room_m(self, problem: Problem, joints_rad: dict[str, float]) -> float:
        """How far the arm is from the nearest solid [m]; less than 0 inside one."""
        poses, least = self.poses(joints_rad, problem.width_m), np.inf
        for solid in problem.solids:
            shape, place = _primitive(solid), coal.Transform3s(solid.X_WK[:3, :3], solid.X_WK[:3, 3])
            for link, pose in poses.items():
                if link != "panda_link0":
                    result, placed = coal.DistanceResult(), coal.Transform3s(pose.rotation, pose.translation)
                    request = coal.DistanceRequest()
                    least = min(least, coal.distance(self._shapes[link], placed, shape, place, request, result))
        return float(least)

    def first_touch(self, problem: Problem, path: list[dict[str, float]], step_m: float = 0.01) -> str:
        """What touches first on a way, looked at so often that no corner of a mesh moves farther than step_m."""
        for joints_rad in self.between(path, problem.width_m, step_m):
            if words := self.touches(problem, joints_rad):
                return words
        return ""

    def between(self, path: list[dict[str, float]], width_m: float, step_m: float) -> list[dict[str, float]]:
        """Joint vectors on straight ways, both ends included."""
        dense = [path[0]]
        for start, end in pairwise(path):
            parts = 1
            while self._farthest_step(start, end, parts, width_m) > step_m:
                parts *= 2
            dense += [_mixed(start, end, k / parts) for k in range(1, parts + 1)]
        return dense

    def _farthest_step(self, start: dict[str, float], end: dict[str, float], parts: int, width_m: float) -> float:
        if parts < 4:
            return np.inf
        places = [self._placed_corners(_mixed(start, end, k / parts), width_m) for k in range(parts + 1)]
        return float(np.linalg.norm(np.diff(places, axis=0), axis=2).max())

    def _placed_corners(self, joints_rad: dict[str, float], width_m: float) -> np.ndarray:
        poses = self.poses(joints_rad, width_m)
        return np.concatenate(
            [corners @ poses[link].rotation.T + poses[link].translation for link, corners in self._corners.items()]
        )


def _mixed(start: dict[str, float], end: dict[str, float], share: float) -> dict[str, float]:
    return {name: angle + share * (end[name] - angle) for name, angle in start.items()}


def _convex(corners: np.ndarray) -> Any:
    points = coal.StdVec_Vec3s()
    for corner in corners:
        points.append(corner)
    model = coal.BVHModelOBBRSS()
    model.beginModel(0, len(corners))
    triangles = coal.StdVec_Triangle()
    for a, b, c in ConvexHull(corners).simplices.tolist():
        triangles.append(coal.Triangle(a, b, c))
    model.addSubModel(points, triangles)
    model.endModel()
    model.buildConvexHull(True, "Qt")
    return model.convex


def _primitive(solid: Solid) -> Any:
    if solid.kind == "box":
        return coal.Box(*solid.size_m)
    return coal.Cylinder(*solid.size_m)


def _collide(a: Any, X_a: Any, b: Any, X_b: Any) -> bool:
    return coal.collide(a, X_a, b, X_b, coal.CollisionRequest(), coal.CollisionResult()) > 0
