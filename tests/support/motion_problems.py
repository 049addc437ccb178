"""MotionBenchMaker's problems for the Panda (Chamzas et al. 2022): a start, a goal and solids to keep clear of."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from recordings import DATA
from scipy.spatial.transform import Rotation

__all__ = ["ARCHIVE", "KINDS", "Problem", "Solid", "motion_problems", "needs_motion_bench", "surface_points"]

ARCHIVE = DATA / "motion_bench" / "panda_problems.tar.bz2"
KINDS = (
    "bookshelf_small",
    "bookshelf_tall",
    "bookshelf_thin",
    "box",
    "cage",
    "table_pick",
    "table_under_pick",
)
needs_motion_bench = pytest.mark.skipif(not ARCHIVE.exists(), reason=f"no {ARCHIVE}")


@dataclass(frozen=True)
class Solid:
    """A box, whose size is its edges, or an upright cylinder in its own frame, whose size is radius and height [m]."""

    name: str
    kind: str
    size_m: tuple[float, ...]
    X_WK: np.ndarray


@dataclass(frozen=True)
class Problem:
    """The arm stands in the origin of W. Nothing is held in any of these problems."""

    kind: str
    number: int
    start_rad: dict[str, float]
    goal_rad: dict[str, float]
    width_m: float
    """How far the gripper is open: more than a real one can."""
    solids: tuple[Solid, ...]
    may_touch: frozenset[frozenset[str]]
    """Pairs of links that may."""


def motion_problems(kinds: tuple[str, ...] = KINDS, count: int = 20) -> Iterator[Problem]:
    """The first problems of each kind, in order."""
    with tarfile.open(ARCHIVE) as archive:
        members = {Path(member.name).parts[-2:]: member for member in archive.getmembers() if member.isfile()}
        texts, files = {}, [f"{name}{n:04d}.yaml" for name in ("request", "scene") for n in range(1, count + 1)]
        wanted = {(f"{kind}_panda", file) for kind in kinds for file in files}
        for parts, member in members.items():
            if parts in wanted:
                file = archive.extractfile(member)
                assert file is not None
                texts[parts] = yaml.load(file.read(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    for kind in kinds:
        for number in range(1, count + 1):
            folder = f"{kind}_panda"
            request, scene = (texts[folder, f"{name}{number:04d}.yaml"] for name in ("request", "scene"))
            yield _problem(kind, number, request, scene)


def surface_points(solids: tuple[Solid, ...], spacing_m: float) -> np.ndarray:
    """Points all over solids' surfaces, no farther apart than this along each edge; shape (n, 3)."""
    return np.concatenate([_on(solid, spacing_m) @ solid.X_WK[:3, :3].T + solid.X_WK[:3, 3] for solid in solids])


def _problem(kind: str, number: int, request: dict[str, Any], scene: dict[str, Any]) -> Problem:
    state = request["start_state"]["joint_state"]
    start = dict(zip(state["name"], map(float, state["position"]), strict=True))
    (constraints,) = request["goal_constraints"]
    goal = {one["joint_name"]: float(one["position"]) for one in constraints["joint_constraints"]}
    assert not scene["robot_state"].get("attached_collision_objects")
    assert not request["start_state"].get("attached_collision_objects")
    matrix = scene["allowed_collision_matrix"]
    names, rows = matrix["entry_names"], matrix["entry_values"]
    pairs = ((a, b) for a, row in zip(names, rows, strict=True) for b, may in zip(names, row, strict=True) if may)
    solids = [
        _solid(thing["id"], primitive, pose)
        for thing in scene["world"]["collision_objects"]
        for primitive, pose in zip(thing["primitives"], thing["primitive_poses"], strict=True)
    ]
    return Problem(
        kind=kind,
        number=number,
        start_rad=start,
        goal_rad=goal,
        width_m=start["panda_finger_joint1"] + start["panda_finger_joint2"],
        solids=tuple(solids),
        may_touch=frozenset(frozenset(pair) for pair in pairs),
    )


def _solid(name: str, primitive: dict[str, Any], pose: dict[str, Any]) -> Solid:
    X_WK = np.eye(4)
    X_WK[:3, :3], X_WK[:3, 3] = Rotation.from_quat(pose["orientation"]).as_matrix(), pose["position"]
    size = tuple(map(float, primitive["dimensions"]))
    if primitive["type"] == "cylinder":  # MoveIt: height, radius
        return Solid(name, "cylinder", (size[1], size[0]), X_WK)
    assert primitive["type"] == "box"
    return Solid(name, "box", size, X_WK)


def _on(solid: Solid, spacing_m: float) -> np.ndarray:
    if solid.kind == "box":
        half = np.array(solid.size_m) / 2
        faces = []
        for axis in range(3):
            u, v = (_line(-half[k], half[k], spacing_m) for k in range(3) if k != axis)
            for side in (-1.0, 1.0):
                faces.append(np.insert(_grid(u, v), axis, side * half[axis], axis=1))
        return np.concatenate(faces)
    radius, height = solid.size_m
    angle = _line(0.0, 2 * np.pi, spacing_m / radius)
    around = _grid(angle, _line(-height / 2, height / 2, spacing_m))
    mantle = np.column_stack([radius * np.cos(around[:, 0]), radius * np.sin(around[:, 0]), around[:, 1]])
    disc = _grid(_line(-radius, radius, spacing_m), _line(-radius, radius, spacing_m))
    disc = disc[np.hypot(disc[:, 0], disc[:, 1]) <= radius]
    ends = [np.insert(disc, 2, side * height / 2, axis=1) for side in (-1.0, 1.0)]
    return np.concatenate([mantle, *ends])


def _line(low: float, high: float, spacing_m: float) -> np.ndarray:
    return np.linspace(low, high, max(int(np.ceil((high - low) / spacing_m)), 1) + 1)


def _grid(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    return np.stack(np.meshgrid(u, v, indexing="ij"), axis=-1).reshape(-1, 2)
