"""Frames that wait for their detections, as other frames come meanwhile; and what is late."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Int64

from spatialmem import clock
from spatialmem.config import ShortTermConfig
from spatialmem.types import Detections, EncodedImage, RgbdFrame

__all__ = ["frame_of", "is_late", "waiting"]


def waiting(frames: tuple[RgbdFrame, ...], newest: RgbdFrame, config: ShortTermConfig) -> tuple[RgbdFrame, ...]:
    """Return the frames that wait once another has come, in the order in which they came.

    Of its camera those are left out that are older by more than `frames_s`, or newer, as after a clock was set back,
    and those that came before the last `frames_max`; of all cameras those that came first, if they take more than
    `frames_mib` together. The newest one always waits.
    """
    reach_ns, count_max = int(config.frames_s * 1e9), config.frames_max
    own = [frame for frame in frames if frame.source == newest.source]
    own = [frame for frame in own if abs(frame.stamp_ns - newest.stamp_ns) <= reach_ns][-(count_max - 1) :]
    kept_ids = {id(frame) for frame in (own if count_max > 1 else ())}
    kept = [frame for frame in frames if frame.source != newest.source or id(frame) in kept_ids]
    room = (config.frames_mib << 20) - _nbytes(newest)
    for index in range(len(kept) - 1, -1, -1):
        room -= _nbytes(kept[index])
        if room < 0:
            kept = kept[index + 1 :]
            break
    return (*kept, newest)


def is_late(stamp_ns: int, newest_ns: int | Int64[np.ndarray, "n"], config: ShortTermConfig) -> Any:
    """Return whether a stamp is older than another, but not by so much that a clock was set back; also of many."""
    return clock.is_late(stamp_ns, newest_ns, config.frames_s)


def frame_of(frames: tuple[RgbdFrame, ...], found: Detections) -> RgbdFrame | None:
    """Return the frame that detections were made of, None where it does not wait: the newest of that stamp."""
    for frame in reversed(frames):
        if frame.source == found.camera_source and frame.stamp_ns == found.stamp_ns:
            return frame
    return None


def _nbytes(frame: RgbdFrame) -> int:
    color = frame.color
    return frame.depth.nbytes + (
        0 if color is None else len(color.data) if isinstance(color, EncodedImage) else color.nbytes
    )
