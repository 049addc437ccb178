"""What looked like the thing that is sought, from afar, once or twice: the memory is not sure of it, and forgets it."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float64

from planners.navigation.config import NavigationConfig
from spatialmem import SearchStep, Unknown, UnknownLabel, View

__all__ = ["Glimpses"]

SAME_M = 0.5
"""What was glimpsed so near to something is that."""
GLIMPSED_P = 0.9
"""It is there with this probability."""
LOOKS = 2
"""So often it is looked at from nearer by, from wherever one gets to, before it is taken for nothing."""


class Glimpses:
    """Keeps where things of one label were glimpsed since a search began, until they were looked at."""

    def __init__(self, label: str, config: NavigationConfig):
        self._label, self._config = label, config
        self._at_W: list[Float64[np.ndarray, "3"]] = []

    def steps(self, view: View, since_ns: int, looked_at_W: list[Float64[np.ndarray, "3"]]) -> list[SearchStep]:
        """Return where to look, the nearest first; what the memory is sure of by now is left to it."""
        try:
            ones = view.objects(self._label, confirmed=False)
        except UnknownLabel:
            return []
        for one in ones:
            if not one.confirmed and one.stamp_ns >= since_ns and not _count(one.center_W, self._at_W):
                self._at_W.append(one.center_W)
        sure = [one.center_W for one in ones if one.confirmed]
        left = [at for at in self._at_W if not _count(at, sure) and _count(at, looked_at_W) < LOOKS]
        steps = [step for at in left if (step := self._step(view, at)) is not None]
        return sorted(steps, key=lambda one: one.walked_m)

    def _step(self, view: View, at_W: Float64[np.ndarray, "3"]) -> SearchStep | None:
        """Return where to stand for it: from where it is seen, or else the place that is nearest to it."""
        x, y, z = at_W.tolist()
        stands = view.where_to_stand((x, y, z), "see", k=1, camera_height_m=self._config.camera_height_m)
        if not isinstance(stands, Unknown):
            p_W, route_m = stands[0].p_W, stands[0].route_m
        elif places := view.places():
            p_W = min(places, key=lambda one: (math.dist(one.p_W[:2].tolist(), (x, y)), one.id)).p_W
            route_m = math.dist(p_W[:2].tolist(), (x, y))
        else:
            return None
        why = f"something like {self._label} was glimpsed there"
        return SearchStep(p_W=p_W, look_at_W=at_W, p=GLIMPSED_P, walked_m=route_m, why=why)


def _count(at_W: Float64[np.ndarray, "3"], others_W: list[Float64[np.ndarray, "3"]]) -> int:
    """Return how many of some points are near one, over the floor."""
    return sum(float(np.hypot(*(at_W - one)[:2])) <= SAME_M for one in others_W)
