"""Frames that wait for their detections: a detector takes its time, and other frames come meanwhile."""

from __future__ import annotations

from spatialmem.types import Detections, RgbdFrame

__all__ = ["frame_of", "waiting"]


def waiting(
    frames: tuple[RgbdFrame, ...], newest: RgbdFrame, *, seconds: float, count_max: int
) -> tuple[RgbdFrame, ...]:
    """Return the frames that wait once another has come, in the order in which they came.

    Those of its camera that are older by more than `seconds` are left out, and of too many those that came first.
    """
    oldest_ns = newest.stamp_ns - int(seconds * 1e9)
    kept = tuple(frame for frame in frames if frame.source != newest.source or frame.stamp_ns >= oldest_ns)
    return (*kept, newest)[-count_max:]


def frame_of(frames: tuple[RgbdFrame, ...], found: Detections) -> RgbdFrame | None:
    """Return the frame that detections were made of, None where it does not wait: the newest of that stamp."""
    for frame in reversed(frames):
        if frame.source == found.camera_source and frame.stamp_ns == found.stamp_ns:
            return frame
    return None
