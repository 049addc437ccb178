"""What a drive's way rests on: that it is as wide still as when it was laid. A premise, for whoever asks first."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64

from planners.navigation.config import NavigationConfig
from planners.navigation.course import Course, Ground, ground_of, room_at
from planners.navigation.pursuit import Pose
from planners.navigation.surroundings import Sightings
from spatialmem import Route, View

__all__ = ["OpenWay"]

NEAR_M = 2.5
"""What only the newest frames show counts so far along the course: farther off it may be gone before one is there."""


class OpenWay:
    """A premise: what is left of a course is wide enough, by the map and, near the robot, by what frames showed since.

    The floor is looked at once for every view and every frame, whoever asks; `ground` is what was found.
    """

    def __init__(
        self,
        course: Course,
        route: Route,
        sightings: Sightings,
        config: NavigationConfig,
        pose: Pose,
        ground: Ground,
        *,
        seq: int,
    ):
        """sightings: of the newest frames, as they come in. ground: that the course was laid over, from the view after
        input `seq`."""
        self.course, self.ground = course, ground
        self.blocked_m: Float64[np.ndarray, "2"] | None = None
        """Where something is in the way [m]; None while nothing is."""
        self._route, self._sightings, self._config = route, sightings, config
        self._pose, self._passed = pose, 0
        self._known = seq, sightings.version

    @property
    def news(self) -> int:
        """Changes with every frame that is not in the map yet."""
        return self._sightings.version

    def follow(self, pose: Pose, passed: int) -> None:
        """Take down where the robot is by now, and how many of the course's cells it has passed."""
        self._pose, self._passed = pose, passed

    def broken(self, view: View) -> str:
        """Return where the course is not wide enough any more, in words; "" where it is."""
        known = view.seq, self.news
        if known != self._known:
            about_m = np.concatenate([np.array([self._pose[:2]]), self.course.points_m])
            self.ground = ground_of(
                view, self._sightings, self._config, route=self._route, about_m=about_m, pose=self._pose
            )
            self.blocked_m, self._known = self._narrow(), known
        if self.blocked_m is None:
            return ""
        return f"something is in the way at ({self.blocked_m[0]:.2f}, {self.blocked_m[1]:.2f}) m"

    def _narrow(self) -> Float64[np.ndarray, "2"] | None:
        """Return the first point of what is left of the course that is too narrow; None where none is."""
        ground, cells = self.ground, self.course.cells_m[self._passed :]
        narrow = self.course.narrow_m[self._passed :]
        enough_m = np.minimum(self._config.pass_m, narrow) - ground.floor.cell_m - 1e-6
        near = np.hypot(*(cells - self._pose[:2]).T) <= NEAR_M
        room_m = room_at(ground, ground.room_m, cells)
        room_m = np.where(near, room_m, np.maximum(room_m, room_at(ground, ground.floor.clearance_m, cells)))
        tight = np.flatnonzero(room_m < enough_m)
        return cells[tight[0]] if len(tight) else None
