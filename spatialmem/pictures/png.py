"""Writes an image as a PNG file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from spatialmem.errors import InputError
from spatialmem.files import refuse_unwritable, write_whole

__all__ = ["PNG", "write_png"]

PNG = (".png",)


def write_png(path: str | Path, image: UInt8[np.ndarray, "h w 3"]) -> None:
    """Write an RGB image. Raises InputError where the file cannot be written."""
    import cv2

    path = refuse_unwritable(path, PNG)
    encoded, data = cv2.imencode(".png", image[..., ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 9])
    if not encoded:
        raise InputError(f"an image of {image.shape[1]}x{image.shape[0]} pixels cannot be written as PNG.")
    write_whole({path: data.tobytes()})
