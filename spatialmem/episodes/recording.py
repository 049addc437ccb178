"""Plays a list of recorded RGB-D frames back from disk, image by image.

What every layout's reader returns. A reader says where each frame's files, stamp and pose are; nothing but
this file opens the images, and only when the frame's turn comes.

A damaged image never stops a replay. Its frame is yielded all the same, with an empty depth image (0 x 0) or an
empty colour image (0 bytes), which the gate rejects and counts by name. `frames(strict=True)` raises instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float64, UInt16

from spatialmem.errors import EpisodeError
from spatialmem.types import EncodedImage, Pinhole, RgbdFrame

__all__ = ["FrameRecord", "RgbdRecording"]


@dataclass(frozen=True, slots=True, eq=False)
class FrameRecord:
    """Where one frame lies on disk, when it was taken [ns] and from where."""

    stamp_ns: int
    depth_path: Path
    color_path: Path | None
    X_WC: Float64[np.ndarray, "4 4"]


class RgbdRecording:
    """A Source of RgbdFrame from one camera, `source="camera"`.

    `left_out` counts, by reason, the images that the layout's reader found no partner for. Raises EpisodeError if
    there is no frame at all.
    """

    def __init__(
        self,
        records: Sequence[FrameRecord],
        *,
        name: str,
        world: str,
        camera: Pinhole,
        depth_unit_m: float,
        left_out: Mapping[str, int] | None = None,
    ):
        self.name = name
        self.world = world
        self.camera = camera
        self.depth_unit_m = depth_unit_m
        self.records = tuple(records)
        if not self.records:
            raise EpisodeError(f"the recording {name} holds no frame; there is nothing to replay.")
        self.left_out = dict(left_out or {})

    def __len__(self) -> int:
        return len(self.records)

    def __iter__(self) -> Iterator[RgbdFrame]:
        return self.frames()

    def only(self, records: Sequence[FrameRecord]) -> RgbdRecording:
        """Return the same recording with these frames alone."""
        return RgbdRecording(
            records, name=self.name, world=self.world, camera=self.camera, depth_unit_m=self.depth_unit_m
        )

    def frames(self, *, strict: bool = False) -> Iterator[RgbdFrame]:
        """Yield the frames in recorded order.

        Raises EpisodeError with the file's name at the first image that cannot be read, if `strict`.
        """
        for record in self.records:
            depth, color = self._read(record, strict)
            yield RgbdFrame(
                source="camera",
                stamp_ns=record.stamp_ns,
                received_ns=record.stamp_ns,
                world=self.world,
                depth=depth,
                camera=self.camera,
                X_WC=record.X_WC.copy(),
                depth_unit_m=self.depth_unit_m,
                color=color,
            )

    def _read(self, record: FrameRecord, strict: bool) -> tuple[UInt16[np.ndarray, "h w"], EncodedImage | None]:
        try:
            depth = read_depth(record.depth_path)
        except EpisodeError:
            if strict:
                raise
            depth = np.zeros((0, 0), np.uint16)
        if record.color_path is None:
            return depth, None
        try:
            color = EncodedImage(_read_bytes(record.color_path))
            if strict and color.pixels is None:
                raise EpisodeError(f"{record.color_path} is not an image that can be decoded; the file is damaged.")
        except EpisodeError:
            if strict:
                raise
            color = EncodedImage(b"")
        return depth, color


def read_depth(path: Path) -> UInt16[np.ndarray, "h w"]:
    """Read a depth image of one 16-bit channel (PNG or PGM). Raises EpisodeError with the file's name."""
    import cv2

    data = _read_bytes(path)
    depth = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED) if data else None
    if depth is None:
        raise EpisodeError(f"{path} ({len(data)} bytes) is not an image that can be decoded; the file is damaged.")
    if depth.dtype != np.uint16 or depth.ndim != 2:
        raise EpisodeError(
            f"{path} has {depth.ndim} dimensions of {depth.dtype}; a depth image has one channel of 16 bits."
        )
    return depth


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise EpisodeError(f"cannot read {path}: {error.strerror}.") from error
