"""What both simulated cameras give: one true picture, without noise, and what each of its pixels belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int32, UInt8

from spatialmem import Pinhole

__all__ = ["AMBIENT", "BACKGROUND", "DIFFUSE", "FAR_M", "NEAR_M", "SUN_W", "Camera", "Shot", "rays_C"]

NEAR_M, FAR_M = 0.05, 60.0
"""Nothing is seen nearer or farther away, along the optical axis; a sensor's own range is up to its settings."""
BACKGROUND = (255, 255, 255)
"""The colour of nothing."""
SUN_W = (0.36, 0.48, 0.80)
"""Where the light comes from: a direction of length 1, the same everywhere, without shadows."""
AMBIENT, DIFFUSE = 0.6, 0.4
"""How much of a colour shows everywhere, and how much more where the light falls on it straight."""


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """What a camera truly sees, pixel by pixel."""

    depth_m: Float32[np.ndarray, "h w"]
    """Along the optical axis; 0 = nothing there."""
    body: Int32[np.ndarray, "h w"]
    """Whose surface it is: an index into `names`, -1 = nothing."""
    link: Int32[np.ndarray, "h w"]
    """Which part of the body, by PyBullet's numbers: -1 its base, or nothing there."""
    color: UInt8[np.ndarray, "h w 3"]
    """RGB."""
    cosine: Float32[np.ndarray, "h w"]
    """Between the ray and the surface's normal, 0 to 1; 0 = nothing there."""
    names: tuple[str, ...]
    """Every body of the world, in the order of `World.bodies`."""

    def mask(self, name: str) -> Bool[np.ndarray, "h w"]:
        """Return which pixels show the body of this name. Raises ValueError if there is none."""
        return self.body == self.names.index(name)


@runtime_checkable
class Camera(Protocol):
    """Looks at a world from anywhere. The two that there are differ in how, not in what they see."""

    pinhole: Pinhole

    def look(self, X_WC: Float64[np.ndarray, "4 4"]) -> Shot:
        """Return what is seen from X_WC at this moment."""
        ...

    def close(self) -> None:
        """Let go of what it holds."""
        ...


def rays_C(camera: Pinhole) -> Float32[np.ndarray, "3 h w"]:
    """Return the direction of every pixel in C, with 1 along the optical axis: times depth it is the point."""
    v, u = np.meshgrid(np.arange(camera.height), np.arange(camera.width), indexing="ij")
    rays = [(u - camera.cx) / camera.fx, (v - camera.cy) / camera.fy, np.ones(u.shape)]
    return np.stack(rays).astype(np.float32)
