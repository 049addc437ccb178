"""A detector that knows what the camera saw: exact masks from the segmentation, and mistakes at the rates asked for."""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool

from sim.sensors.cameras import Shot
from sim.sensors.randomness import DETECTIONS, generator
from sim.sensors.settings import DetectorSettings
from sim.worlds.built.world import World
from spatialmem import Detection, Detections, InputError, RgbdFrame

__all__ = ["SegmentationDetector"]

SHOTS_KEPT = 8
"""A frame may be asked about until so many later ones were taken."""
PIXELS_TYPICAL = 500.0
"""What shows so many pixels is found with a middling score."""
SCORE_NOISE = 0.05
FALSE_SCORES = (0.2, 0.6)
FALSE_SIDES_PX = (12.0, 80.0)
FALSE_FRAME_WIDTH_PX = 320.0
"""False boxes are so large in a picture of this width, and in proportion in others."""


@dataclass(frozen=True, slots=True, eq=False)
class _InView:
    """What one shot shows of one body."""

    label: str
    pixels: int
    mask: Bool[np.ndarray, "h w"]
    box_px: tuple[float, float, float, float]


class SegmentationDetector:
    """Finds what the camera saw, by the true segmentation; a `spatialmem.Detector`.

    Mistakes are drawn from the seed and the frame's stamp: the same in every process and in any order of asking.
    Raises nothing but InputError for a frame that is not one of the camera's last few.
    """

    def __init__(self, world: World, settings: DetectorSettings, *, seed: int, name: str = "detector"):
        """name: the `source` of its detections."""
        self.name = name
        self.labels: tuple[str, ...] = tuple(
            sorted({b.label for b in world.bodies.values() if b.kind in settings.kinds})
        )
        self._world, self._settings, self._seed = world, settings, seed
        self._shots: OrderedDict[int, tuple[Shot, str]] = OrderedDict()

    def keep(self, stamp_ns: int, shot: Shot, source: str) -> None:
        """Take in what the camera `source` truly saw for its frame of this stamp. The oldest shot kept is let go."""
        self._shots[stamp_ns] = shot, source
        while len(self._shots) > SHOTS_KEPT:
            self._shots.popitem(last=False)

    def detect(self, frame: RgbdFrame) -> tuple[Detection, ...]:
        """Return what is found in the frame: the objects in the order of the world's bodies, then what is false."""
        shot, source = self._shots.get(frame.stamp_ns, (None, ""))
        if shot is None or source != frame.source:
            last = next(reversed(self._shots.values()))[1] if self._shots else "no camera yet"
            raise InputError(
                f"the detector has no picture for the frame of {frame.source!r} at {frame.stamp_ns} ns; it keeps the "
                f"last {SHOTS_KEPT} of its own camera ({last}). Ask about a frame soon after it was taken."
            )
        rng = generator(self._seed, DETECTIONS, frame.stamp_ns)
        in_view = self._in_view(shot)
        found = [item for one in in_view if (item := self._found(one, rng)) is not None]
        count = int(rng.poisson(self._settings.false_rate * len(in_view)))
        return (*found, *(self._false(shot, rng) for _ in range(count)))

    def detections(self, frame: RgbdFrame) -> Detections:
        """Return what is found in the frame as an input to the memory."""
        return Detections(
            source=self.name,
            stamp_ns=frame.stamp_ns,
            received_ns=frame.received_ns,
            world=frame.world,
            camera_source=frame.source,
            items=self.detect(frame),
        )

    def _in_view(self, shot: Shot) -> list[_InView]:
        """Return every body of the kinds known that shows enough pixels."""
        counts = np.bincount(shot.body.ravel() + 1, minlength=len(shot.names) + 1)[1:]
        listed = []
        for index in np.flatnonzero(counts >= self._settings.min_pixels):
            body = self._world.bodies.get(shot.names[index])
            if body is not None and body.kind in self._settings.kinds:
                mask = shot.body == index
                listed.append(_InView(body.label, int(counts[index]), mask, _box_px(mask)))
        return listed

    def _found(self, one: _InView, rng: np.random.Generator) -> Detection | None:
        """Return how one body is reported, perhaps under another's label, or None where it is missed."""
        missed, swapped = rng.random(2) < (self._settings.miss_rate, self._settings.swap_rate)
        other, noise = rng.random(), rng.standard_normal()
        if missed:
            return None
        labels = [label for label in self.labels if label != one.label]
        label = labels[int(other * len(labels))] if swapped and labels else one.label
        score = 0.3 + 0.65 * (1 - math.exp(-one.pixels / PIXELS_TYPICAL)) + SCORE_NOISE * noise
        return Detection(label=label, score=min(max(score, 0.05), 0.99), box_px=one.box_px, mask=one.mask)

    def _false(self, shot: Shot, rng: np.random.Generator) -> Detection:
        """Return a box around nothing in particular, within the picture, under one of the labels."""
        height, width = shot.body.shape
        sides = rng.uniform(*FALSE_SIDES_PX, 2) * (width / FALSE_FRAME_WIDTH_PX)
        wide, high = min(sides[0], width - 1.0), min(sides[1], height - 1.0)
        u, v = rng.random() * (width - 1 - wide), rng.random() * (height - 1 - high)
        label = self.labels[int(rng.integers(len(self.labels)))]
        return Detection(label=label, score=float(rng.uniform(*FALSE_SCORES)), box_px=(u, v, u + wide, v + high))


def _box_px(mask: Bool[np.ndarray, "h w"]) -> tuple[float, float, float, float]:
    """Return the box around a mask, by the centres of its outermost pixels: (u_min, v_min, u_max, v_max)."""
    u, v = np.flatnonzero(mask.any(axis=0)), np.flatnonzero(mask.any(axis=1))
    return float(u[0]), float(v[0]), float(u[-1]), float(v[-1])
