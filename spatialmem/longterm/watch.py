"""`Watch`: where the cameras are, and since when each recent object is far from all of them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64, Int64

from spatialmem.clock import LATE_S
from spatialmem.config import LongTermConfig

__all__ = ["BEYOND_M", "Camera", "Watch", "return_m"]

BEYOND_M = 1.0
"""A camera is concerned with what begins so far beyond what it sees: what is there may be known to begin later than it
does, and carries or holds what is seen."""
CHECK_S = 1.0
"""So often at most it is looked at what was left; for a shorter `leave_s`, that often."""


class Camera(NamedTuple):
    """Where a camera was last."""

    stamp_ns: int
    x_m: float
    y_m: float
    z_m: float
    reach_m: float
    """So far it sees."""


def return_m(config: LongTermConfig, reach_m: float) -> float:
    """Return how near an object comes to a camera to be recent: never less than what the camera is concerned with."""
    return max(config.return_m, reach_m + BEYOND_M)


@dataclass(frozen=True, slots=True, eq=False)
class Watch:
    """Of one moment; nobody changes it."""

    cameras: dict[str, Camera] = field(default_factory=dict)
    """By source; what was not heard of for `leave_s` is no camera any more."""
    checked_ns: int = -1
    """When it was looked last at what is far; -1 for never."""
    far_ids: Int64[np.ndarray, "n"] = field(default_factory=lambda: np.zeros(0, np.int64))
    """What was far from all cameras then, by id,"""
    far_since_ns: Int64[np.ndarray, "n"] = field(default_factory=lambda: np.zeros(0, np.int64))
    """and since when."""

    def noted(self, source: str, camera: Camera, config: LongTermConfig) -> Watch:
        """Return it with where a camera is now."""
        oldest_ns = camera.stamp_ns - int(max(config.leave_s, CHECK_S) * 1e9)
        newest_ns = camera.stamp_ns + int(LATE_S * 1e9)  # what is later is of a clock that was set back
        kept = {name: one for name, one in self.cameras.items() if oldest_ns <= one.stamp_ns <= newest_ns}
        before = kept.get(source)
        return self if before is not None and before.stamp_ns > camera.stamp_ns else self._with(kept, source, camera)

    def _with(self, kept: dict[str, Camera], source: str, camera: Camera) -> Watch:
        return replace(self, cameras=dict(sorted({**kept, source: camera}.items())))

    def is_due(self, stamp_ns: int, config: LongTermConfig) -> bool:
        """Return whether it is time to look at what was left."""
        passed_s = (stamp_ns - self.checked_ns) * 1e-9
        return self.checked_ns < 0 or passed_s >= min(CHECK_S, config.leave_s) or passed_s < -LATE_S

    def checked(
        self,
        ids: Int64[np.ndarray, "n"],
        center_W: Float64[np.ndarray, "n 3"],
        radius_m: Float64[np.ndarray, "n"],
        stamp_ns: int,
        config: LongTermConfig,
    ) -> tuple[Watch, list[int]]:
        """Return it as of a stamp, and which objects have been far from every camera for `leave_s`, by id.

        ids: of objects at rest. radius_m: of the spheres around their boxes.
        """
        far = np.ones(len(ids), bool)
        for camera in self.cameras.values():
            away = center_W - np.array([camera.x_m, camera.y_m, camera.z_m])
            least_m = return_m(config, camera.reach_m) + config.leave_m - config.return_m
            far &= np.sqrt((away * away).sum(axis=1)) - radius_m > least_m
        far_ids = np.sort(ids[far])
        since_ns = np.full(len(far_ids), stamp_ns)
        if len(self.far_ids) and stamp_ns >= self.checked_ns:  # else the clock was set back: it begins anew
            at = np.minimum(np.searchsorted(self.far_ids, far_ids), len(self.far_ids) - 1)
            since_ns = np.where(self.far_ids[at] == far_ids, self.far_since_ns[at], stamp_ns)
        left = far_ids[stamp_ns - since_ns >= int(config.leave_s * 1e9)]
        made = replace(self, checked_ns=stamp_ns, far_ids=far_ids, far_since_ns=since_ns)
        return made, left.tolist()

    def without(self, ids: list[int]) -> Watch:
        """Return it without objects that are not recent any more."""
        kept = ~np.isin(self.far_ids, ids)
        return replace(self, far_ids=self.far_ids[kept], far_since_ns=self.far_since_ns[kept])
