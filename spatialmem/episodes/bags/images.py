"""ROS images as arrays: depth raw or compressed, colour raw or left encoded."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
from jaxtyping import Float, Shaped, UInt8, UInt16

from spatialmem.episodes.bags.ros_types import Undecodable
from spatialmem.types import EncodedImage

__all__ = ["color_of", "depth_of", "size_of_color"]

DEPTHS = {"16UC1": "u2", "mono16": "u2", "32FC1": "f4", "64FC1": "f8"}
COLORS = {
    "rgb8": (3, (0, 1, 2)),
    "bgr8": (3, (2, 1, 0)),
    "rgba8": (4, (0, 1, 2)),
    "bgra8": (4, (2, 1, 0)),
    "8UC3": (3, (2, 1, 0)),
    "mono8": (1, (0, 0, 0)),
    "8UC1": (1, (0, 0, 0)),
}
"""By encoding: how many channels, and where red, green and blue are. What OpenCV calls 8UC3 is BGR."""
COMPRESSED_DEPTH = struct.Struct("<iff")
"""compressed_depth_image_transport: format, depthParam[0], depthParam[1]; the image follows."""


def depth_of(image: Any) -> UInt16[np.ndarray, "h w"] | Float[np.ndarray, "h w"]:
    """Return the depth of an Image or a CompressedImage: uint16 in its unit, or float [m]. Raises Undecodable."""
    if hasattr(image, "format"):
        return _compressed_depth(image)
    if image.encoding not in DEPTHS:
        raise Undecodable("depth_encoding", f"depth is encoded as '{image.encoding}', not {', '.join(DEPTHS)}")
    return _pixels(image, np.dtype(DEPTHS[image.encoding]), 1)[..., 0]


def color_of(image: Any) -> EncodedImage | UInt8[np.ndarray, "h w 3"]:
    """Return colour: encoded as it is, or RGB. Raises Undecodable."""
    if hasattr(image, "format"):
        return EncodedImage(bytes(image.data))
    if image.encoding not in COLORS:
        raise Undecodable("color_encoding", f"colour is encoded as '{image.encoding}', not {', '.join(COLORS)}")
    channels, order = COLORS[image.encoding]
    return np.ascontiguousarray(_pixels(image, np.dtype("u1"), channels)[..., order])


def size_of_color(color: EncodedImage | UInt8[np.ndarray, "h w 3"]) -> tuple[int, int] | None:
    """Return (height, width) of a colour image to the next 8 pixels up; None where it is damaged."""
    if not isinstance(color, EncodedImage):
        return -(-color.shape[0] // 8), -(-color.shape[1] // 8)
    import cv2

    small = _decoded(color.data, cv2.IMREAD_REDUCED_GRAYSCALE_8)
    return None if small is None else (small.shape[0], small.shape[1])


def _pixels(image: Any, kind: np.dtype[Any], channels: int) -> Shaped[np.ndarray, "h w c"]:
    """Return an Image's pixels in the machine's byte order, without what pads its rows."""
    width = image.width * channels * kind.itemsize
    data = np.asarray(image.data, np.uint8)
    if image.step < width or data.size < image.step * image.height:
        what = f"{data.size} bytes of step {image.step} do not hold {image.width} x {image.height} '{image.encoding}'"
        raise Undecodable("image_too_short", f"an image is smaller than it says: {what}")
    rows = data[: image.step * image.height].reshape(image.height, image.step)[:, :width]
    pixels = np.ascontiguousarray(rows).view(kind.newbyteorder(">" if image.is_bigendian else "<"))
    return pixels.astype(kind).reshape(image.height, image.width, channels)


def _compressed_depth(image: Any) -> UInt16[np.ndarray, "h w"] | Float[np.ndarray, "h w"]:
    """Decode what compressed_depth_image_transport wrote, or a plain PNG of 16 bits."""
    import cv2

    data = bytes(image.data)
    packed = "compressedDepth" in image.format
    if packed and "rvl" in image.format.lower():
        raise Undecodable("depth_encoding", "depth is compressed as RVL; record it as PNG, or raw")
    pixels = _decoded(data[COMPRESSED_DEPTH.size :] if packed else data, cv2.IMREAD_UNCHANGED)
    if pixels is None or pixels.dtype != np.uint16 or pixels.ndim != 2:
        raise Undecodable("depth_undecodable", f"compressed depth ('{image.format}') is no image of 16 bits")
    if not packed or not image.format.startswith("32FC1"):
        return pixels
    _, scale, offset = COMPRESSED_DEPTH.unpack_from(data)
    with np.errstate(divide="ignore", invalid="ignore"):
        depth_m = np.float32(scale) / (pixels.astype(np.float32) - np.float32(offset))
    return np.where(pixels > 0, depth_m, np.float32(0)).astype(np.float32)


def _decoded(data: bytes, flags: int) -> Shaped[np.ndarray, "..."] | None:
    import cv2

    try:
        return cv2.imdecode(np.frombuffer(data, np.uint8), flags) if data else None
    except cv2.error:  # OpenCV raises for some kinds of damage, and returns nothing for others
        return None
