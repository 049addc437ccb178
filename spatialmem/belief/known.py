"""What the belief is told of the objects, and of a sighting; the rooms above pass it on."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool, Float32, Float64

from spatialmem.columns import Shown
from spatialmem.types import Detection, ObjectState, Unknown

__all__ = ["Objects", "Sighting", "Space"]


@runtime_checkable
class Objects(Protocol):
    """The objects at one moment."""

    @property
    def shown(self) -> Shown:
        """The columns of all of them."""
        ...

    def object(self, object_id: int) -> ObjectState | Unknown:
        """Return an object by its id."""
        ...

    def objects(
        self, label: str | None = None, *, confirmed: bool = True, missing: bool = False
    ) -> tuple[ObjectState, ...]:
        """Return the objects of a label."""
        ...


@runtime_checkable
class Sighting(Protocol):
    """What one detection showed of an object."""

    @property
    def points_W(self) -> Float32[np.ndarray, "k 3"]:
        """Of the surface that was seen."""
        ...

    @property
    def size_m(self) -> Float64[np.ndarray, "3"]:
        """Of its box."""
        ...

    @property
    def faces_m(self) -> Float64[np.ndarray, "5 2"]:
        """How far it was seen to reach along x, a diagonal, y, a diagonal, and z."""
        ...

    @property
    def sway_W(self) -> Float64[np.ndarray, "3 6"] | None:
        """How far it is moved by one standard deviation of each independent part of its frame's pose error."""
        ...

    @property
    def coarse(self) -> bool:
        """It comes from a box: what is in it may be a part of the object."""
        ...

    @property
    def pixel_m(self) -> float:
        """How fine its outline is known."""
        ...

    @property
    def score(self) -> float:
        """The detector's."""
        ...

    @property
    def seen(self) -> Bool[np.ndarray, "5 2"]:
        """Which of its faces were seen."""
        ...

    @property
    def detection(self) -> Detection | None:
        """What says so."""
        ...


@runtime_checkable
class Space(Protocol):
    """What the map knows of space."""

    def sight_m(
        self, eyes_W: Float64[np.ndarray, "n 3"], targets_W: Float64[np.ndarray, "n 3"]
    ) -> Float32[np.ndarray, "n"]:
        """Return how far one sees from each eye towards a target, no farther than that [m]."""
        ...

    def is_free(self, points_W: Float64[np.ndarray, "n 3"]) -> Bool[np.ndarray, "n"]:
        """Return which points are known to be free."""
        ...
