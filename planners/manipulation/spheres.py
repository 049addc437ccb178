"""An arm as spheres: those of its links, of what it holds, and the boxes of the robot that it stands on."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from typing import Any

import numpy as np
from jaxtyping import Float, Float64, Int64

import spatialmem as sm
from planners.manipulation.arm import ArmModel, Place

__all__ = ["ArmBody", "OwnBox", "arm_body", "box_spheres", "panda_spheres"]

Spheres = Float64[np.ndarray, "_ 4"]
"""Rows of x, y, z, radius [m]."""
HELD = "what it holds"
_CLUSTER_MAX = 12


@dataclass(frozen=True, slots=True, eq=False)
class OwnBox:
    """A box of the robot itself that the arm must not touch, such as its deck or its mast."""

    name: str
    X_RK: Float64[np.ndarray, "4 4"]
    """Of the middle."""
    size_m: tuple[float, float, float]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ArmBody:
    """All of an arm that can touch something, packed for the kernels of `kernels/check.py`; see `arm_body`."""

    arm: ArmModel
    spheres: Spheres
    """In their frames."""
    clusters: Spheres
    """One about every few spheres."""
    members: Int64[np.ndarray, "c 2"]
    """Of each cluster: its first sphere and the one after its last."""
    links: tuple[str, ...]
    balls: Spheres
    """One about every link."""
    parts: Int64[np.ndarray, "l 3"]
    """Of each link: its frame, its first cluster and the one after its last."""
    pairs: Int64[np.ndarray, "p 2"]
    """Links that must not touch each other."""
    boxes: Float64[np.ndarray, "b 15"]
    box_names: tuple[str, ...]
    reach_m: Float64[np.ndarray, "n frames"]
    """How far the middles of a frame's spheres are from a joint's axis, at most."""

    @property
    def packed(self) -> tuple[np.ndarray, ...]:
        """The arrays in the order of the kernels."""
        rows = self.spheres, self.clusters, self.members, self.balls, self.parts, self.pairs, self.boxes
        return self.arm.X_PF, *rows

    def spheres_R(self, joints_rad: Float64[np.ndarray, "n"]) -> Spheres:
        """Return where the spheres are in R."""
        frames = self.arm.frames(joints_rad[None])[0]
        placed = self.spheres.copy()
        for frame, first, end in self.parts.tolist():
            some = slice(self.members[first, 0], self.members[end - 1, 1])
            placed[some, :3] = _moved(self.spheres[some, :3], frames[frame])
        return placed


@cache
def panda_spheres() -> Mapping[str, Spheres]:
    """Return the spheres of the Panda's links, by link, each in the link's frame.

    The surface of every collision mesh lies within 1.5 mm of them; out of it they reach up to 12 mm at the foot, 6 to
    8 mm along the arm, 4 mm at the wrist and 3 mm at hand and fingers.
    """
    from planners.manipulation.panda_spheres import SPHERES

    sets = {name: np.array(text.split(), np.float64).reshape(-1, 4) / 1e4 for name, text in SPHERES.items()}
    finger = sets.pop("finger")
    spheres = {f"panda_{name}": rows for name, rows in sets.items()}
    spheres["panda_leftfinger"], spheres["panda_rightfinger"] = finger, finger * (-1.0, -1.0, 1.0, 1.0)
    return spheres


def box_spheres(
    size_m: Sequence[float], X_GK: Float64[np.ndarray, "4 4"], *, spacing_m: float = 0.02, grow_m: float = 0.0
) -> Spheres:
    """Return spheres in G that cover a box whose middle is at X_GK, such as what the gripper holds.

    They reach out of its faces by at most 0.71 times the spacing (of thin boxes; of thick ones by 0.37 times), and by
    grow_m more. Boxes of more than 16 spacings have a wider one, so that they do not take too many.
    """
    size = np.asarray(size_m, float)
    if size.shape != (3,) or not (np.isfinite(size) & (size > 0)).all():
        raise sm.InputError(f"size_m is {size_m!r}; a box has three edges longer than 0.")
    count = np.maximum(np.ceil(size / max(spacing_m, size.max() / 16)), 1).astype(int)
    cell = size / count
    axes = [(np.arange(n) + 0.5) * edge - n * edge / 2 for n, edge in zip(count, cell, strict=True)]
    centers = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    radius = np.full((len(centers), 1), np.linalg.norm(cell) / 2 + grow_m)
    return np.hstack([_moved(centers, X_GK[:3]), radius])


def arm_body(
    arm: ArmModel,
    spheres: Mapping[str, Spheres],
    *,
    width_m: float = 0.0,
    held_G: Spheres | None = None,
    own: Iterable[OwnBox] = (),
    never: Iterable[tuple[str, str]] = (),
) -> ArmBody:
    """Return all of an arm that can touch something, its gripper open by width_m.

    spheres: by link, in the link's frame; links that the arm does not have are refused. held_G: what it holds. Links of
    one frame or of two that follow each other are not checked against each other, nor the pairs of links in `never`.
    own: checked against all that the second joint and those after it turn. Raises ConfigError for other links.
    """
    places = dict(arm.places) | {finger.link: finger.at(width_m) for finger in arm.fingers}
    unknown = sorted(set(spheres) - set(places))
    if unknown:
        raise sm.ConfigError(f"the arm: there are spheres of {', '.join(unknown)}; its links are {', '.join(places)}.")
    parts = [(link, places[link], rows) for link, rows in spheres.items()]
    if held_G is not None and len(held_G):
        parts.append((HELD, arm.places[arm.tip], held_G))
    packed = _packed(parts)
    boxes = tuple(own)
    return ArmBody(
        arm=arm,
        **packed,
        pairs=_pairs(packed["links"], packed["parts"][:, 0], {frozenset(pair) for pair in never}),
        boxes=np.array([_box_row(box) for box in boxes]).reshape(-1, 15),
        box_names=tuple(box.name for box in boxes),
        reach_m=_reach(arm, packed),
    )


def _packed(parts: Sequence[tuple[str, Place, np.ndarray]]) -> dict[str, Any]:
    """Return the links' spheres, farthest from the root first, in clusters; the fields of `ArmBody` by name."""
    spheres, clusters, members, links, balls, rows = [], [], [], [], [], []
    first = 0
    for link, place, given in sorted(parts, key=lambda part: -part[1].frame):
        inside = np.hstack([_moved(given[:, :3], place.X_FL[:3]), given[:, 3:]])
        links.append(link)
        balls.append(_ball_about(inside))
        bunches = _split(inside)
        rows.append((place.frame, len(clusters), len(clusters) + len(bunches)))
        for some in bunches:
            spheres.append(some)
            clusters.append(_ball_about(some))
            members.append((first, first + len(some)))
            first += len(some)
    return {
        "spheres": np.concatenate(spheres),
        "clusters": np.array(clusters),
        "members": np.array(members, np.int64),
        "links": tuple(links),
        "balls": np.array(balls),
        "parts": np.array(rows, np.int64),
    }


def _split(rows: np.ndarray) -> list[np.ndarray]:
    """Split spheres across their longest extent until few are together."""
    if len(rows) <= _CLUSTER_MAX:
        return [rows]
    axis = int(np.ptp(rows[:, :3], axis=0).argmax())
    order = np.argsort(rows[:, axis], kind="stable")
    half = len(rows) // 2
    return _split(rows[order[:half]]) + _split(rows[order[half:]])


def _ball_about(rows: np.ndarray) -> np.ndarray:
    """Return a sphere about spheres, not much larger than the least one (Badoiu and Clarkson 2003)."""
    center = rows[:, :3].mean(axis=0)
    for step in range(30):
        far = np.linalg.norm(rows[:, :3] - center, axis=1) + rows[:, 3]
        away = rows[far.argmax(), :3] - center
        center = center + away / (step + 2)
    return np.append(center, (np.linalg.norm(rows[:, :3] - center, axis=1) + rows[:, 3]).max() + 1e-9)


def _pairs(links: Sequence[str], frames: np.ndarray, never: set[frozenset[str]]) -> np.ndarray:
    """Return the pairs of links to check."""
    pairs = [
        (k, m)
        for k, m in combinations(range(len(links)), 2)
        if abs(int(frames[k]) - int(frames[m])) > 1 and frozenset((links[k], links[m])) not in never
    ]
    return np.array(pairs, np.int64).reshape(-1, 2)


def _reach(arm: ArmModel, packed: dict[str, Any]) -> np.ndarray:
    """Return how far the middles of each frame's spheres, clusters and balls are from each joint's axis, at most."""
    count = len(arm.joints)
    reach = np.zeros((count, count + 1))
    offset = np.linalg.norm(arm.X_PF[:, :, 3], axis=1)
    for link, (frame, first, end) in enumerate(packed["parts"].tolist()):
        some = slice(packed["members"][first, 0], packed["members"][end - 1, 1])
        rows = packed["spheres"][some], packed["clusters"][first:end], packed["balls"][link : link + 1]
        middles = np.concatenate(rows)[:, :3]
        own = float(np.linalg.norm(middles, axis=1).max())
        for joint in range(frame):  # it turns frame joint + 1
            if joint == frame - 1:
                far = float(np.linalg.norm(middles[:, :2], axis=1).max())
            else:
                aside = math.hypot(arm.X_PF[joint + 1, 0, 3], arm.X_PF[joint + 1, 1, 3])
                far = aside + float(offset[joint + 2 : frame].sum()) + own
            reach[joint, frame] = max(reach[joint, frame], far)
    return reach


def _box_row(box: OwnBox) -> np.ndarray:
    return np.concatenate([box.X_RK[:3, :3].ravel(), box.X_RK[:3, 3], np.asarray(box.size_m, float) / 2])


def _moved(points: Float[np.ndarray, "m 3"], X: Float64[np.ndarray, "3 4"]) -> Float64[np.ndarray, "m 3"]:
    return points @ X[:, :3].T + X[:, 3]
