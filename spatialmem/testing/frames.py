"""A frame as bytes, to see whether somebody changed it."""

from __future__ import annotations

from spatialmem.types import EncodedImage, RgbdFrame

__all__ = ["frame_bytes"]


def frame_bytes(frame: RgbdFrame) -> tuple[bytes | None, ...]:
    """Return the bytes of every array of a frame."""
    color = frame.color.data if isinstance(frame.color, EncodedImage) else frame.color
    arrays = (frame.depth, color, frame.X_WC, frame.X_BC, frame.pose_cov)
    return tuple(x if x is None or isinstance(x, bytes) else x.tobytes() for x in arrays)
