"""The office walk with the shared detector: what a memory of objects makes of real pictures."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from recordings import DATA, OFFICE_WALK, needs

import spatialmem as sm
from spatialmem.episodes import open_episode

DETECTOR = DATA / "models" / "FastestDet.onnx"
needs_detector = needs(DETECTOR)
DUPLICATE_M = 0.5
WANTED = ("pottedplant", "diningtable", "chair", "cup", "bottle")
"""What the recording shows that the detector has a right name for."""


@dataclass
class Account:
    """How one walk went."""

    frames: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    """Detections "found", and those of them that were "placed"."""
    seconds: Counter[str] = field(default_factory=Counter)
    """By part: "detect", "map", "objects"."""


def walk(frames: Iterable[sm.RgbdFrame], **options: Any) -> tuple[sm.SpatialMemory, Account]:
    """Play frames of the walk to a memory, and what the detector, made with these options, finds in them."""
    from perception import OnnxDetector

    detector, memory, account = OnnxDetector(DETECTOR, **options), sm.SpatialMemory(), Account()
    for frame in frames:
        times = [time.perf_counter()]
        items = detector.detect(frame)
        times.append(time.perf_counter())
        assert memory.observe(frame)
        times.append(time.perf_counter())
        stamps: dict[str, Any] = {"stamp_ns": frame.stamp_ns, "received_ns": frame.received_ns}
        assert memory.observe(sm.Detections(source="detector", camera_source=frame.source, items=items, **stamps))
        times.append(time.perf_counter())
        account.frames += 1
        account.counts["found"] += len(items)
        account.seconds.update(dict(zip(("detect", "map", "objects"), np.diff(times).tolist(), strict=True)))
    account.counts["placed"] = account.counts["found"] - memory.object_counts["unplaced"]
    return memory, account


def office_frames(first: int = 0, last: int | None = None) -> Iterator[sm.RgbdFrame]:
    """Yield frames of the walk, from first up to but not last."""
    for number, frame in enumerate(open_episode(OFFICE_WALK)):
        if last is not None and number >= last:
            return
        if number >= first and isinstance(frame, sm.RgbdFrame):
            yield frame


def near_pairs(objects: Iterable[sm.ObjectState]) -> list[tuple[sm.ObjectState, sm.ObjectState, float, float]]:
    """Return pairs of one label whose middles are less than 0.5 m apart, with that distance and their boxes' gap [m].

    The gap is that of the boxes along W's axes; 0 where they touch.
    """
    found, listed = [], sorted(objects, key=lambda one: one.id)
    for k, one in enumerate(listed):
        for other in listed[:k]:
            away = float(np.linalg.norm(one.center_W - other.center_W))
            if one.label == other.label and away < DUPLICATE_M:
                beyond = np.abs(one.center_W - other.center_W) - (_half(one) + _half(other))
                found.append((other, one, away, float(np.linalg.norm(np.maximum(beyond, 0.0)))))
    return found


def _half(one: sm.ObjectState) -> np.ndarray:
    """Return half the extent of a box along W's axes [m]."""
    cos, sin = abs(np.cos(one.yaw_rad)), abs(np.sin(one.yaw_rad))
    x, y, z = one.size_m / 2
    return np.array([cos * x + sin * y, sin * x + cos * y, z])
