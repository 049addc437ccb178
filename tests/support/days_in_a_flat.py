"""A robot that goes round a flat of two rooms all day, a picture in two seconds; at times things are put elsewhere.

The pictures of a round are cast once for each arrangement of the things, and shown again with new stamps and new noise.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from cast_boxes import CAMERA as CAST
from cast_boxes import frame_of
from walked_flat import BEDROOM, FURNITURE, KITCHEN, WALLS, Box

from spatialmem import Detection, Detections, Pinhole, RobotState, look_at
from spatialmem.live import UnposedFrame

PICTURE_NS, START_NS = 2 * 10**9, 10**12
CAMERA = Pinhole(CAST.width // 2, CAST.height // 2, CAST.fx / 2, CAST.fy / 2, CAST.cx / 2, CAST.cy / 2)
"""Every second pixel of what is cast."""
STEP_NS = 10**8
"""From a picture to the states about it; those on the way to the next are four times as far from each other."""
REARRANGED_ROUNDS = 10
"""So many rounds somebody leaves things as they are."""
DIRECTIONS, PITCHES, EYE_M = 6, (0.15, 0.75), 1.2
SPOTS: tuple[Box, ...] = (
    ((0.5, 3.4, 0.7), (0.6, 3.5, 0.82)), ((1.1, 3.5, 0.7), (1.2, 3.6, 0.82)), ((2.8, 3.6, 0.9), (2.9, 3.7, 1.02)),
    ((3.4, 3.6, 0.9), (3.5, 3.7, 1.02)), ((7.4, 0.8, 0.75), (7.5, 0.9, 0.87)), ((7.5, 1.6, 0.75), (7.6, 1.7, 0.87)),
    ((4.5, 3.6, 1.0), (4.6, 3.7, 1.12)),
)  # fmt: skip
THINGS = ("mug", "bottle", "clock", "can")


class DaysInAFlat:
    """What comes in, picture by picture: states, a frame that waits for its pose, what is found in it."""

    def __init__(self, arrangements: int = 4):
        places = [*KITCHEN, *BEDROOM]
        yaws = [2 * math.pi * k / DIRECTIONS for k in range(DIRECTIONS)]
        self._views = list(itertools.product(places, yaws, PITCHES))
        self._rounds = [self._shown(number) for number in range(arrangements)]
        self._rng = np.random.default_rng(4)

    @property
    def views(self) -> int:
        """Pictures in a round."""
        return len(self._views)

    def _shown(self, number: int) -> list[tuple[np.ndarray, np.ndarray, tuple[Detection, ...]]]:
        """Return for each view of a round its depth, its camera's pose, and what is found in it."""
        things = {name: SPOTS[(2 * k + number * (k % 2 + 1)) % len(SPOTS)] for k, name in enumerate(THINGS)}
        named, made = {**things, **FURNITURE}, []
        for (x, y), yaw, pitch in self._views:
            eye = np.array([x, y, EYE_M])
            away = np.array([math.cos(yaw) * math.cos(pitch), math.sin(yaw) * math.cos(pitch), -math.sin(pitch)])
            X_WC = look_at(eye, eye + away)
            frame, shows = frame_of(*named.values(), *WALLS.values(), X_WC=X_WC)
            depth, shows = np.asarray(frame.depth)[::2, ::2], shows[::2, ::2]
            seen = [(name, shows == k) for k, name in enumerate(named) if np.count_nonzero(shows == k) >= 5]
            items = tuple(Detection(label=name, score=0.9, mask=np.ascontiguousarray(mask)) for name, mask in seen)
            made.append((depth, X_WC, items))
        return made

    def inputs(self, pictures: int) -> Iterator[tuple[Any, ...]]:
        """Yield what comes in with each picture, in the order in which it comes."""
        for number in range(pictures):
            round_, at = divmod(number, self.views)
            depth, X_WC, items = self._rounds[round_ // REARRANGED_ROUNDS % len(self._rounds)][at]
            here, there = (np.array(self._views[(at + k) % self.views][0]) for k in (0, 1))
            t_ns = START_NS + number * PICTURE_NS
            base = self._state(t_ns - STEP_NS, here)
            X_BC = X_WC.copy()
            X_BC[:2, 3] = 0.0  # the base does not turn; its camera pans, tilts and stands over its middle
            noise = self._rng.integers(-2, 3, depth.shape)
            noisy = np.where(depth > 0, depth + noise, 0).astype(np.uint16)
            frame = UnposedFrame(source="camera", **_stamps(t_ns), depth=noisy, camera=CAMERA, X_BC=X_BC)
            found = Detections(source="eyes", camera_source="camera", **_stamps(t_ns), items=items)
            ways = [self._state(t_ns + k * STEP_NS, here + (there - here) * (k - 1) / 16) for k in (1, 5, 9, 13, 17)]
            yield base, frame, ways[0], found, *ways[1:]

    def _state(self, stamp_ns: int, place: np.ndarray) -> RobotState:
        X_WB = np.eye(4)
        X_WB[:2, 3] = place
        return RobotState(source="robot", **_stamps(stamp_ns), X_WB=X_WB)


def _stamps(stamp_ns: int) -> dict[str, Any]:
    return {"stamp_ns": stamp_ns, "received_ns": stamp_ns}
