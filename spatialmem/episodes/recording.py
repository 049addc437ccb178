"""Plays a list of recorded RGB-D frames back from disk, image by image.

What every layout's reader returns. A reader says where each frame's files, stamp and pose are; nothing but
this file opens the images, and only when the frame's turn comes.

A damaged image never stops a replay. Without its depth a frame is yielded with an empty depth image (0 x 0), which the
gate rejects and counts by name; without its colour it is yielded as one of depth alone. Either way `problems` names the
file and says why. `frames(strict=True)` raises instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from jaxtyping import Float64, UInt16

from spatialmem.errors import EpisodeError
from spatialmem.types import EncodedImage, Pinhole, RgbdFrame

__all__ = ["FrameRecord", "ImageError", "Problem", "RgbdRecording", "title_of"]

GENERIC_NAMES = frozenset({"data", "dataset", "depth", "episode", "frames", "images", "recording", "rgb", "rgbd"})
"""Names of folders that say nothing about which recording is inside."""


class ImageError(EpisodeError):
    """An image file cannot be read. `why` says so in a few words that are the same for every file."""

    def __init__(self, path: Path, why: str):
        super().__init__(f"{path} is {why}.")
        self.why = why


class Problem(NamedTuple):
    """Why an image file of a recording could not be read."""

    kind: Literal["depth", "color"]
    why: str


@dataclass(frozen=True, slots=True, eq=False)
class FrameRecord:
    """Where one frame lies on disk, when it was taken [ns] and from where."""

    stamp_ns: int
    depth_path: Path
    color_path: Path | None
    X_WC: Float64[np.ndarray, "4 4"]


class RgbdRecording:
    """A Source of RgbdFrame from one camera, `source="camera"`.

    `left_out` counts, by reason, the images that the layout's reader found no partner for; `notes` says what it took
    for granted. `problems` names the files that could not be read so far; it fills as frames are read. Raises
    EpisodeError if there is no frame at all.
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
        notes: Sequence[str] = (),
    ):
        self.name = name
        self.world = world
        self.camera = camera
        self.depth_unit_m = depth_unit_m
        self.records = tuple(records)
        if not self.records:
            raise EpisodeError(f"the recording {name} holds no frame; there is nothing to replay.")
        self.left_out = dict(left_out or {})
        self.notes = tuple(notes)
        self.problems: dict[Path, Problem] = {}

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

        Raises ImageError with the file's name at the first image that cannot be read, if `strict`.
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
        depth, color = np.zeros((0, 0), np.uint16), None
        try:
            depth = read_depth(record.depth_path)
        except ImageError as error:
            if strict:
                raise
            self.problems[record.depth_path] = Problem("depth", error.why)
        if record.color_path is None:
            return depth, None
        try:
            color = read_color(record.color_path)
        except ImageError as error:
            if strict:
                raise
            self.problems[record.color_path] = Problem("color", error.why)
        return depth, color


def title_of(folder: Path) -> str:
    """Return a name that tells recordings apart: the folder's, after its parents' where that is only "data"."""
    parts = folder.resolve().parts
    first = len(parts) - 1
    while first > max(1, len(parts) - 3) and parts[first].lower() in GENERIC_NAMES:
        first -= 1
    return "/".join(parts[first:])


def read_depth(path: Path) -> UInt16[np.ndarray, "h w"]:
    """Read a depth image of one 16-bit channel (PNG or PGM). Raises ImageError."""
    import cv2

    depth = _decode(path, _read_bytes(path), cv2.IMREAD_UNCHANGED)
    if depth.dtype != np.uint16:
        raise ImageError(path, f"{8 * depth.dtype.itemsize}-bit where 16-bit is needed")
    if depth.ndim != 2:
        raise ImageError(path, f"of {depth.shape[2]} channels where one is needed")
    return depth


def read_color(path: Path) -> EncodedImage:
    """Read a colour image and leave it encoded; a decoding to an eighth shows that it is whole. Raises ImageError."""
    import cv2

    data = _read_bytes(path)
    _decode(path, data, cv2.IMREAD_REDUCED_GRAYSCALE_8)
    return EncodedImage(data)


def _decode(path: Path, data: bytes, flags: int) -> np.ndarray:
    import cv2

    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), flags) if data else None
    except cv2.error:  # OpenCV raises for some kinds of damage, and returns nothing for others
        image = None
    if image is None:
        raise ImageError(path, "not decodable" if data else "empty")
    return image


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise ImageError(path, "missing") from error
    except OSError as error:
        raise ImageError(path, f"not readable, {error.strerror}") from error
