"""What is answered about objects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from jaxtyping import Float32, Float64

__all__ = ["WHERE", "Evidence", "FrozenDict", "ObjectState", "Obstacle", "RelativeObject", "SimilarObject"]

WHERE = ("held", "in", "on")
"""The attributes that say where the robot put an object, by its actions alone; it has one of them at most."""


Value = TypeVar("Value", covariant=True)


class FrozenDict(Mapping[str, Value]):
    """A mapping that nobody changes any more; unlike `MappingProxyType` it can be copied and pickled."""

    def __init__(self, items: Mapping[str, Value]):
        self._items = dict(items)

    def __getitem__(self, name: str) -> Value:
        return self._items[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __repr__(self) -> str:
        return repr(self._items)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ObjectState:
    """What is remembered of one object, as of its last sighting."""

    id: int
    """Given once, in order; never used again."""
    label: str
    label_p: Mapping[str, float]
    """How probable each label is that it was ever given, the most probable first; what is left is for all others."""
    label_entropy_nat: float
    confirmed: bool
    center_W: Float64[np.ndarray, "3"]
    size_m: Float64[np.ndarray, "3"]
    yaw_rad: float
    """Of its box, with its size along its own x, y and z: in [-pi/4, pi/4), for a box has no front."""
    covariance_W: Float64[np.ndarray, "3 3"]
    """Of where it is [m^2], at `stamp_ns`: of the point that its faces are measured from, not of how far they reach."""
    velocity_W_m_s: Float64[np.ndarray, "3"]
    """Zero unless it moves beyond doubt."""
    first_ns: int
    stamp_ns: int
    """Of the last sighting, or of what the robot did to it since; first_ns of the first one."""
    sightings: int
    viewpoints: int
    score: float
    source: str
    """The best that a detector gave it, and who saw it last."""
    attributes: Mapping[str, str]
    """Such as {"state": "open"}, {"held": "yes"}, {"on": "12"}: the id of another object for "on" and "in"."""
    embedding: Float32[np.ndarray, "d"] | None
    """The mean of the detector's, of length 1."""
    missing: bool = False
    """It was looked for, in plain view, and was not there."""

    @property
    def name(self) -> str:
        """What people call it: mug-3."""
        return f"{self.label}-{self.id}"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RelativeObject:
    """An object as the robot has it before it: in B, at the stamp of the robot's last state."""

    object: ObjectState
    center_B: Float64[np.ndarray, "3"]
    """The middle of its box [m]; what moves is carried on from its last sighting."""
    yaw_B_rad: float
    velocity_B_m_s: Float64[np.ndarray, "3"]
    """Its velocity over the ground, along the axes of B."""
    distance_m: float
    bearing_rad: float
    """Over the floor, from B's origin to `center_B`; positive to the left."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Obstacle:
    """An object that the robot might run into."""

    object: ObjectState
    contact_s: float
    """From the robot's last state until its disc touches the object's box if both go on as they do; else infinite."""
    distance_m: float
    """From disc to box at the robot's last state; 0 where they touch."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SimilarObject:
    """An object that looks like what was asked for."""

    object: ObjectState
    similarity: float
    """The cosine between the embeddings, -1 to 1."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Evidence:
    """A picture of an object, cut out of the frame that showed it."""

    object_id: int
    """As it was called then; it may have turned out to be another since."""
    seq: int
    """The number of the input whose detections showed it."""
    stamp_ns: int
    jpeg: bytes
