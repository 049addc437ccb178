"""Whether the world's z points up, from how cameras are usually held and from which way surfaces face."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Float32, Float64

from spatialmem.episodes.report import Finding
from spatialmem.episodes.reprojection import DepthView

__all__ = ["judge_up", "sample_normals"]

NAMES = ("+x", "-x", "+y", "-y", "+z", "-z")
DIRECTIONS_W = np.array([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]], float)
FACING_COS = 0.966
"""A surface faces a direction within 15 degrees."""
FLOOR_COS = 0.77
"""The floor is looked for within 40 degrees of where the cameras' up points."""
FLOOR_MIN = 0.03
"""A floor has at least this share of the surfaces."""
UP_COS = 0.8
TILT_MAX_DEG = 10.0

# What turns a world with this direction up into one with z up.
TURNS = {
    "+y": "(x, y, z) -> (x, -z, y)",
    "-y": "(x, y, z) -> (x, z, -y)",
    "-z": "(x, y, z) -> (x, -y, -z)",
    "+x": "(x, y, z) -> (-z, y, x)",
    "-x": "(x, y, z) -> (z, y, -x)",
}


def sample_normals(view: DepthView, *, step: int = 8) -> Float32[np.ndarray, "n 3"]:
    """Return unit normals in C of smooth surfaces, towards the camera, on a grid of every `step` pixels."""
    camera = view.camera
    z = view.depth_m[::step, ::step]
    v, u = np.indices(z.shape)
    x = (u * step - camera.cx) / camera.fx * z
    y = (v * step - camera.cy) / camera.fy * z
    points_C = np.stack([x, y, z], axis=-1)
    here, right, below = points_C[:-1, :-1], points_C[:-1, 1:], points_C[1:, :-1]
    smooth = (here[..., 2] > 0) & (right[..., 2] > 0) & (below[..., 2] > 0)
    smooth &= np.abs(right[..., 2] - here[..., 2]) + np.abs(below[..., 2] - here[..., 2]) < 0.15 * here[..., 2]
    normals = np.cross(below - here, right - here)[smooth]  # y down x x right = -z, towards the camera
    length = np.sqrt(np.square(normals).sum(axis=1, keepdims=True))
    return (normals / np.maximum(length, 1e-30)).astype(np.float32)


def judge_up(
    X_WC: Sequence[Float64[np.ndarray, "4 4"]], normals_W: Float[np.ndarray, "n 3"]
) -> tuple[list[Finding], dict[str, float | int | str]]:
    """Return findings and facts about the up direction.

    The cameras' mean up (-y of C) proposes a direction; surfaces that face it, a floor, confirm it.
    """
    if not len(X_WC):
        return [], {}
    up_W = -np.mean([X[:3, 1] for X in X_WC], axis=0)
    length = math.sqrt(float(np.square(up_W).sum()))
    if length < 0.3:
        return [], {"camera_up": "no common direction"}
    up_W /= length
    facing = _facing(normals_W)
    guess = int(np.argmax((DIRECTIONS_W * up_W).sum(axis=1)))
    facts: dict[str, float | int | str] = {"camera_up": NAMES[guess]}
    if guess != 4:
        return _not_z(up_W, guess, facing), facts
    return _tilt(up_W, normals_W, facts), facts


def _facing(normals_W: Float[np.ndarray, "n 3"]) -> Float64[np.ndarray, "6"]:
    """Return the share of surfaces that face each of the six directions."""
    if not len(normals_W):
        return np.zeros(6)
    cosines = (normals_W[:, None, :] * DIRECTIONS_W[None, :, :]).sum(axis=2)
    return (cosines > FACING_COS).mean(axis=0)


def _not_z(up_W: Float64[np.ndarray, "3"], guess: int, facing: Float64[np.ndarray, "6"]) -> list[Finding]:
    """Return what to say when the cameras' up is not z: a camera may look down or hang upside down, a floor may not."""
    name = NAMES[guess]
    cosine = float((DIRECTIONS_W[guess] * up_W).sum())
    floor = facing[guess] >= FLOOR_MIN and facing[guess] > 0.5 * facing[4]
    fix = f"turn the world so that z is up: {TURNS[name]}, for positions and rotations alike."
    if cosine > UP_COS and floor:
        message = f"the world's up is {name}, not +z: the cameras' up is, and {facing[guess]:.0%} of surfaces face it."
        return [Finding("up_axis", "error", message, fix)]
    message = f"the cameras' up is on average {name}, not +z; surfaces facing {name}: {facing[guess]:.0%}."
    return [Finding("up_axis", "warning", message, f"if the camera does not hang or look down: {fix}")]


def _tilt(
    up_W: Float64[np.ndarray, "3"], normals_W: Float[np.ndarray, "n 3"], facts: dict[str, float | int | str]
) -> list[Finding]:
    """Look for the floor near the cameras' up and say by how much it leans from z."""
    near = normals_W[(normals_W * up_W).sum(axis=1) > FLOOR_COS]
    if len(near) < max(30, FLOOR_MIN * len(normals_W)):
        return []
    floor_W = _mode(near.astype(float))
    tilt_deg = math.degrees(math.acos(min(1.0, float(floor_W[2]))))
    facts["floor_tilt_deg"] = round(tilt_deg, 1)
    if tilt_deg <= TILT_MAX_DEG:
        return []
    message = f"the largest surface under the camera leans {tilt_deg:.0f} degrees from z; a floor is level."
    fix = "turn the world so that gravity points along -z (it is often only the first camera's frame)."
    return [Finding("world_tilted", "warning", message, fix)]


def _mode(normals_W: Float64[np.ndarray, "n 3"]) -> Float64[np.ndarray, "3"]:
    """Return the direction around which most of the normals lie: the best of some of them, then their mean."""
    candidates = normals_W[:: max(1, len(normals_W) // 200)]
    best = max(candidates, key=lambda n: int(np.count_nonzero((normals_W * n).sum(axis=1) > FACING_COS)))
    mean = normals_W[(normals_W * best).sum(axis=1) > FACING_COS].mean(axis=0)
    return mean / math.sqrt(float(np.square(mean).sum()))
