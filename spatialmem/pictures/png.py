"""Writes an image as a PNG file, and says beforehand whether that can work."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from spatialmem.errors import InputError

__all__ = ["refuse_unwritable", "write_png"]


def refuse_unwritable(path: str | Path) -> None:
    """Raise InputError if a picture could not be written to `path`: better before a long replay than after it."""
    path = Path(path)
    if path.suffix.lower() != ".png":
        raise InputError(
            f"a picture is written as PNG; '{path}' does not end in .png. Name it {path.stem or 'map'}.png."
        )
    if path.is_dir():
        raise InputError(f"'{path}' is a folder; name a file to write the picture to.")
    if not path.parent.is_dir():
        raise InputError(f"the folder '{path.parent}' for the picture does not exist; make it first.")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise InputError(f"'{path}' cannot be written: permission denied. Name a place you may write to.")


def write_png(path: str | Path, image: UInt8[np.ndarray, "h w 3"]) -> None:
    """Write an RGB image. Raises InputError where the file cannot be written."""
    import cv2

    refuse_unwritable(path)
    encoded, data = cv2.imencode(".png", image[..., ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 9])
    if not encoded:
        raise InputError(f"an image of {image.shape[1]}x{image.shape[0]} pixels cannot be written as PNG.")
    try:
        Path(path).write_bytes(data.tobytes())
    except OSError as error:
        raise InputError(f"cannot write the picture '{path}': {error.strerror}.") from error
