"""What is asked and answered about space."""

from __future__ import annotations

import enum
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32, Float64, Int32, UInt8

__all__ = ["Box", "Boxes", "Capsule", "ExpectedDepth", "Mesh", "RayHits", "Spheres", "State", "Surface"]


class State(enum.IntEnum):
    """What is known of a piece of space. The three are never merged; whoever asks says what UNKNOWN means."""

    UNKNOWN = 0
    FREE = 1
    OCCUPIED = 2


@dataclass(frozen=True, slots=True, eq=False)
class ExpectedDepth:
    """What a camera would see of the map, pixel by pixel; for a batch of n poses with n in front of each shape."""

    depth_m: Float32[np.ndarray, "*n h w"]
    """Along the optical axis [m]: the middle of what the ray passes of the node it hits, where it enters unknown space
    if that ends it, 0 where nothing does."""
    state: UInt8[np.ndarray, "*n h w"]
    """What ended each ray: OCCUPIED = hit, UNKNOWN = ran into unknown space, FREE = nothing within the range."""


@dataclass(frozen=True, slots=True, eq=False)
class RayHits:
    """Where n rays ended. `state`: OCCUPIED = hit, FREE = nothing up to the range, UNKNOWN = ran into unknown space."""

    state: UInt8[np.ndarray, "n"]
    distance_m: Float32[np.ndarray, "n"]
    """Along each ray to the face of the voxel that ended it; the range where the state is FREE."""


@dataclass(frozen=True, slots=True, eq=False)
class Box:
    """Boxes along the axes of W, to ask about: `is_free(Box(low_W, high_W), ...)`. n corners each [m]."""

    low_W: Float[np.ndarray, "n 3"]
    high_W: Float[np.ndarray, "n 3"]


@dataclass(frozen=True, slots=True, eq=False)
class Spheres:
    """Spheres to ask about: n centres [m], and one radius for all or one for each [m]."""

    center_W: Float[np.ndarray, "n 3"]
    radius_m: Float[np.ndarray, "n"] | float


@dataclass(frozen=True, slots=True, eq=False)
class Capsule:
    """Capsules to ask about: what a sphere sweeps on its way from start to end, such as an arm's link or a step.

    n starts and ends [m], which may be the same; one radius for all or one for each [m].
    """

    start_W: Float[np.ndarray, "n 3"]
    end_W: Float[np.ndarray, "n 3"]
    radius_m: Float[np.ndarray, "n"] | float


@dataclass(frozen=True, slots=True, eq=False)
class Boxes:
    """Cubes of space, each a node of the octree: n centres and edges [m]."""

    center_W: Float64[np.ndarray, "n 3"]
    size_m: Float64[np.ndarray, "n"]


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """Where occupied space meets free space: the centres of n occupied nodes [m], and which way is free."""

    points_W: Float32[np.ndarray, "n 3"]
    normals_W: Float32[np.ndarray, "n 3"]
    """Of length 1, to the free side; zero where free sides cancel, as on a wall one node thin."""


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """Triangles in W. Their corners run anticlockwise seen from outside."""

    vertices_W: Float32[np.ndarray, "n 3"]
    """[m], each place once."""
    triangles: Int32[np.ndarray, "m 3"]
    """Which three vertices."""
