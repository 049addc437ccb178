"""Whether an arm is clear where it stands now: of the map, of itself, of its robot; at a joint vector and on a way."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
from jaxtyping import Float64

from planners.manipulation.scene import Field
from planners.manipulation.spheres import ArmBody

__all__ = ["KEEP_M", "SLIP_M", "ArmCheck"]

KEEP_M = 0.002
"""From obstacles the spheres keep so far: the meshes reach out of them by up to 1.5 mm, and trilinear values are up to
half a millimetre too much."""
SLIP_M = 0.002
"""Between two looks on a way, spheres may come closer by so much than at either."""


class ArmCheck:
    """One arm at one place, in one field of room. Not changed by asking."""

    def __init__(
        self,
        body: ArmBody,
        field: Field,
        X_WR: Float64[np.ndarray, "4 4"],
        *,
        keep_m: float = KEEP_M,
        slip_m: float = SLIP_M,
    ):
        from planners.manipulation.kernels import check

        self.body, self.field, self.arm = body, field, body.arm
        self._kernels, self._slip = check, float(slip_m)
        self._X_WR = np.ascontiguousarray(X_WR[:3], np.float64)
        self._grid = np.array([*field.origin_W, 1 / field.voxel_size_m, keep_m])
        self._rest = (self._X_WR, *body.packed, body.reach_m, field.distance_m, self._grid)

    def is_free(self, joints_rad: Float64[np.ndarray, "n"]) -> bool:
        """Whether nothing touches at a joint vector, limits aside."""
        return self._kernels.first_hit(joints_rad, joints_rad, self._slip, *self._rest) > 1

    def is_way_free(self, start_rad: Float64[np.ndarray, "n"], end_rad: Float64[np.ndarray, "n"]) -> bool:
        """Whether nothing touches on the straight way between two joint vectors, both included."""
        return self._kernels.first_hit(start_rad, end_rad, self._slip, *self._rest) > 1

    def is_path_free(self, path_rad: Float64[np.ndarray, "k n"]) -> bool:
        """Whether nothing touches on straight ways from vector to vector."""
        if len(path_rad) == 1:
            return self.is_free(path_rad[0])
        return all(self.is_way_free(a, b) for a, b in pairwise(path_rad))

    def least_room_m(self, joints_rad: Float64[np.ndarray, "n"]) -> float:
        """Return how much room the tightest sphere has [m], less than 0 where it touches: see `touching`."""
        return min((room for room, _ in self._rooms(joints_rad)), default=math.inf)

    def touching(self, joints_rad: Float64[np.ndarray, "n"]) -> str:
        """Return what touches most there, in words such as "panda_hand touches what is mapped"; "" for nothing."""
        room, words = min(self._rooms(joints_rad), default=(math.inf, ""))
        return words if room < 0 else ""

    def _rooms(self, joints_rad: np.ndarray) -> list[tuple[float, str]]:
        body = self.body
        of_link, of_pair = np.empty((len(body.links), 2)), np.empty(len(body.pairs))
        self._kernels.rooms(joints_rad, self._X_WR, *body.packed, self.field.distance_m, self._grid, of_link, of_pair)
        found = []
        for link, (of_map, of_own) in zip(body.links, of_link.tolist(), strict=True):
            found += [(of_map, f"{link} touches what is mapped"), (of_own, f"{link} touches the robot")]
        for room, (k, m) in zip(of_pair.tolist(), body.pairs.tolist(), strict=True):
            found.append((room, f"{body.links[k]} touches {body.links[m]}"))
        return found
