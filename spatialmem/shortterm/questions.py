"""`ObjectQuestions`: every question asked of the recent objects, as a thin method of a view or a memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float

from spatialmem.shortterm.objects_view import ObjectsView
from spatialmem.types import Box, ObjectState, Obstacle, RelativeObject, RobotState, SimilarObject, Unknown

__all__ = ["ObjectQuestions"]


class ObjectQuestions:
    """What can be asked about objects. A memory answers from its newest state, a view from its own."""

    def _objects(self) -> ObjectsView:
        """Return the objects to answer from."""
        raise NotImplementedError

    @property
    def robot(self) -> RobotState | None:
        """The robot's last state; None before the first."""
        return self._objects().robot

    @property
    def object_counts(self) -> Mapping[str, int]:
        """How many objects there are ("confirmed", "tentative"), and how many of the confirmed ones were left behind
        ("long_term"); how many were "forgotten" where these take too much room, "expired" before they were confirmed,
        or "merged" with another, and how often the policy "dropped" one from the buffer, into long-term memory; how
        many detections were "unplaced", for they had no depth, or a "misfit", of a picture of another size; and how
        many actions were "unheeded", of objects that are not kept."""
        return self._objects().counts

    def objects(
        self, label: str | None = None, *, confirmed: bool = True, missing: bool = False
    ) -> tuple[ObjectState, ...]:
        """Return the objects by id: all, or those of one label; with `confirmed=False` the tentative ones, too.

        missing: also those that were looked for and are not there; their states say so. Raises UnknownLabel for a
        label that no detector ever gave.
        """
        return self._objects().objects(label, confirmed=confirmed, missing=missing)

    def object(self, object_id: int) -> ObjectState | Unknown:
        """Return an object by its id, or by that of one that turned out to be it; Unknown where it is not kept."""
        return self._objects().object(object_id)

    def relative(self, object_id: int) -> RelativeObject | Unknown:
        """Return an object as it is before the robot, at the stamp of the robot's last state.

        Unknown where the object is not kept, or no `RobotState` was told yet.
        """
        return self._objects().relative(object_id)

    def around(self, *, confirmed: bool = True) -> tuple[RelativeObject, ...] | Unknown:
        """Return all objects as they are before the robot, the nearest first; Unknown as in `relative`."""
        return self._objects().around(confirmed=confirmed)

    def nearest_obstacles(
        self,
        k: int = 5,
        horizon_s: float = 3.0,
        *,
        robot_radius_m: float = 0.45,
        robot_height_m: float = 1.5,
        ground_m: float = 0.02,
        confirmed: bool = False,
    ) -> tuple[Obstacle, ...] | Unknown:
        """Return the k objects that the robot touches first, if all go on as they do; then those that are nearest.

        The robot is a disc round B's origin that keeps its twist for horizon_s; an object is its box, which keeps its
        velocity. What is wholly above robot_height_m or below ground_m over the floor at B is not in the way, nor what
        the robot holds. What is tentative counts unless `confirmed`. Unknown where no `RobotState` was told yet.
        Raises InputError.
        """
        return self._objects().nearest_obstacles(
            k,
            horizon_s,
            robot_radius_m=robot_radius_m,
            robot_height_m=robot_height_m,
            ground_m=ground_m,
            confirmed=confirmed,
        )

    def similar(
        self,
        embedding: Float[np.ndarray, "d"],
        k: int = 5,
        *,
        within: str | Box | Sequence[str] | Sequence[int] | None = None,
        confirmed: bool = True,
    ) -> tuple[SimilarObject, ...]:
        """Return the k objects whose embedding is most like this one (cosine), the most similar first.

        Of those that are equally similar, to three digits, recent ones come before those that were left behind. within:
        only those of a label or labels, of these ids, or whose middle lies in a region. Objects whose embedding has
        another length, or none, are left out. Raises UnknownLabel for labels never given, InputError for an embedding
        without a direction.
        """
        return self._objects().similar(embedding, k, within=within, confirmed=confirmed)
