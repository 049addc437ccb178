"""One frame or scan as the ROS 2 messages that carry it, and which of our fields each of them holds.

    TOPIC (of source "camera")             type                        holds
    /tf                                    tf2_msgs/TFMessage          map -> camera_optical_frame, for viewers
    /camera/X_WC, X_BC, pose_cov           std_msgs/Float64MultiArray  the matrices to the last bit
    /camera/depth/camera_info              sensor_msgs/CameraInfo      camera
    /camera/color/image_raw[/compressed]   sensor_msgs/Image, CompressedImage
    /camera/depth/image_raw                sensor_msgs/Image           depth; it comes last
    /camera/points/X_WS, X_BS, pose_cov    std_msgs/Float64MultiArray
    /camera/points                         sensor_msgs/PointCloud2     points_S; it comes last

A quaternion loses bits of a rotation matrix, so poses are written twice. Header and publish time are `stamp_ns`, log
time is `received_ns`, and all messages of one input have its number as their sequence. A channel's metadata say which
field of which source it carries, and the unit and type of depth. Inputs of other kinds are in `payload.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float64, Shaped

from spatialmem.episodes.bags.ros_types import (
    CAMERA_INFO,
    CLOUD,
    COMPRESSED,
    FLOAT32,
    IMAGE,
    NUMBERS,
    TRANSFORMS,
    message_class,
)
from spatialmem.episodes.trajectory import quaternion_of
from spatialmem.geometry import is_rigid
from spatialmem.types import EncodedImage, Input, Pinhole, PointScan, RgbdFrame

__all__ = [
    "FIELD",
    "FIXED_FRAME",
    "FORMAT",
    "FORMAT_VERSION",
    "FORMAT_VERSION_WHOLE",
    "SOURCE",
    "Part",
    "Unrecordable",
    "check_stamps",
    "frame_word",
    "parts_of",
    "quaternion_message",
    "stamped_header",
    "topic_word",
    "transforms",
]

FORMAT, FORMAT_VERSION, FORMAT_VERSION_WHOLE = "spatialmem", "1", "2"
"""A file of frames and scans alone is of version 1. Readers of that pass over inputs of other kinds in silence, and
the same memory would not come of it: a file that has any is of version 2, which they refuse."""
FIELD, SOURCE = "spatialmem.field", "spatialmem.source"
"""Keys of a channel's metadata."""
FIXED_FRAME = "map"
SECONDS_END = 1 << 31
"""ROS 2 stamps have 31 bits for seconds."""
DEPTHS = {"u2": "16UC1", "f4": "32FC1", "f8": "64FC1", "f2": "32FC1"}
"""ROS has no name for float16: it is written as 32FC1, and its channel says what it was."""


class Unrecordable(ValueError):
    """An input cannot be written as ROS messages. `reason` is a word for counters."""

    def __init__(self, reason: str, detail: str):
        super().__init__(detail)
        self.reason = reason


class Part(NamedTuple):
    """One message of an input, and the metadata of its channel."""

    topic: str
    kind: str
    message: Any
    metadata: dict[str, str]


def topic_word(source: str) -> str:
    """Return a source's name as part of a ROS topic: letters, digits and underscores, beginning with a letter."""
    word = re.sub(r"[^0-9A-Za-z_/]+", "_", source).strip("/_")
    parts = [part if part[0].isalpha() else f"s_{part}" for part in re.split(r"/+", word) if part]
    return "/".join(parts) or "sensor"


def parts_of(x: RgbdFrame | PointScan, word: str) -> Iterator[Part]:
    """Yield the messages that carry an input, the sensor's own last; `word` names its topics. Raises Unrecordable."""
    check_stamps(x)
    header = stamped_header(int(x.stamp_ns), frame_word(word, "optical_frame"))
    if isinstance(x, RgbdFrame):
        parts = [*_poses(x, word, header, "X_WC", "X_BC"), *_frame_parts(x, word, header)]
    else:
        header = stamped_header(int(x.stamp_ns), frame_word(word, "frame"))
        parts = [*_poses(x, f"{word}/points", header, "X_WS", "X_BS"), _cloud(x, word, header)]
    for part in parts:
        yield part._replace(metadata={**part.metadata, SOURCE: x.source}) if FIELD in part.metadata else part


def check_stamps(x: Input) -> None:
    """Raise Unrecordable for times that ROS cannot hold."""
    for name in ("stamp_ns", "received_ns"):
        value = getattr(x, name)
        if not isinstance(value, (int, np.integer)) or not 0 <= int(value) < SECONDS_END * 10**9:
            raise Unrecordable("bad_stamp", f"{name} is {value!r}; ROS holds 0 to {SECONDS_END} seconds")


def frame_word(word: str, frame: str) -> str:
    """Return the name of a frame of the source whose topics are named by `word`."""
    return f"{word.replace('/', '_')}_{frame}"


def stamped_header(stamp: Any, frame: str) -> Any:
    """Return a header; `stamp` is in nanoseconds, or as another header has it."""
    if isinstance(stamp, int):
        stamp = message_class("builtin_interfaces/msg/Time")(sec=stamp // 10**9, nanosec=stamp % 10**9)
    return message_class("std_msgs/msg/Header")(stamp=stamp, frame_id=frame)


def _poses(x: RgbdFrame | PointScan, prefix: str, header: Any, in_world: str, on_robot: str) -> Iterator[Part]:
    X = _matrix(getattr(x, in_world), in_world, 4)
    if is_rigid(X):
        yield Part("/tf", TRANSFORMS, transforms(X, header), {})
    for name, size in ((in_world, 4), (on_robot, 4), ("pose_cov", 6)):
        value = getattr(x, name)
        if value is not None:
            yield Part(f"/{prefix}/{name}", NUMBERS, _numbers(_matrix(value, name, size)), {FIELD: name})


def _matrix(value: Any, name: str, size: int) -> Float64[np.ndarray, "n n"]:
    if not isinstance(value, np.ndarray) or value.dtype != np.float64 or value.shape != (size, size):
        raise Unrecordable("bad_field", f"{name} is not float64 of shape ({size}, {size})")
    return value


def _numbers(matrix: Float64[np.ndarray, "n n"]) -> Any:
    dimension = message_class("std_msgs/msg/MultiArrayDimension")
    rows, columns = matrix.shape
    row = dimension(label="row", size=rows, stride=matrix.size)
    column = dimension(label="column", size=columns, stride=columns)
    layout = message_class("std_msgs/msg/MultiArrayLayout")(dim=[row, column], data_offset=0)
    return message_class(NUMBERS)(layout=layout, data=np.ascontiguousarray(matrix).ravel())


def transforms(X_WF: Float64[np.ndarray, "4 4"], header: Any) -> Any:
    """Return the pose in the world of the frame that a header names, as a message of /tf."""
    x, y, z = (float(c) for c in X_WF[:3, 3])
    transform = message_class("geometry_msgs/msg/Transform")(
        translation=message_class("geometry_msgs/msg/Vector3")(x=x, y=y, z=z),
        rotation=quaternion_message(X_WF),
    )
    fixed = stamped_header(header.stamp, FIXED_FRAME)
    stamped = message_class("geometry_msgs/msg/TransformStamped")(
        header=fixed, child_frame_id=header.frame_id, transform=transform
    )
    return message_class(TRANSFORMS)(transforms=[stamped])


def quaternion_message(X_WF: Float64[np.ndarray, "4 4"]) -> Any:
    """Return the rotation of a pose."""
    w, x, y, z = quaternion_of(X_WF[:3, :3])
    return message_class("geometry_msgs/msg/Quaternion")(x=x, y=y, z=z, w=w)


def _frame_parts(x: RgbdFrame, word: str, header: Any) -> Iterator[Part]:
    yield Part(f"/{word}/depth/camera_info", CAMERA_INFO, _camera_info(x.camera, header), {FIELD: "camera"})
    color = x.color
    if isinstance(color, EncodedImage):
        starts = {b"\xff\xd8": "jpeg", b"\x89P": "png"}
        data = np.frombuffer(color.data, np.uint8)
        image = message_class(COMPRESSED)(header=header, format=starts.get(color.data[:2], ""), data=data)
        yield Part(f"/{word}/color/image_raw/compressed", COMPRESSED, image, {FIELD: "color"})
    elif color is not None:
        if not isinstance(color, np.ndarray) or color.dtype != np.uint8 or color.ndim != 3 or color.shape[2] != 3:
            raise Unrecordable("color_dtype", "colour is neither encoded nor uint8 RGB")
        yield Part(f"/{word}/color/image_raw", IMAGE, _image(color, "rgb8", header), {FIELD: "color"})
    yield _depth(x, word, header)


def _depth(x: RgbdFrame, word: str, header: Any) -> Part:
    depth = x.depth
    code = f"{depth.dtype.kind}{depth.dtype.itemsize}" if isinstance(depth, np.ndarray) and depth.ndim == 2 else ""
    if code not in DEPTHS:
        raise Unrecordable("depth_dtype", "depth is neither uint16 nor float of two dimensions")
    if not isinstance(x.depth_unit_m, (int, float, np.number)):
        raise Unrecordable("depth_unit", "depth_unit_m is no number")
    written = depth.astype("<f4" if code == "f2" else f"<{code}", copy=False)
    marks = {FIELD: "depth", "depth_unit_m": float(x.depth_unit_m).hex(), "dtype": code}
    return Part(f"/{word}/depth/image_raw", IMAGE, _image(written, DEPTHS[code], header), marks)


def _image(pixels: Shaped[np.ndarray, "h w *c"], encoding: str, header: Any) -> Any:
    height, width = pixels.shape[:2]
    data = np.ascontiguousarray(pixels).reshape(-1).view(np.uint8)
    step = data.size // height if height else 0
    return message_class(IMAGE)(
        header=header, height=height, width=width, encoding=encoding, is_bigendian=0, step=step, data=data
    )


def _camera_info(camera: Pinhole, header: Any) -> Any:
    try:
        fx, fy, cx, cy = (float(c) for c in (camera.fx, camera.fy, camera.cx, camera.cy))
        width, height = int(camera.width), int(camera.height)
    except (TypeError, ValueError, AttributeError):
        raise Unrecordable("bad_intrinsics", "the camera has fields that are no numbers") from None
    if not (0 <= width < 1 << 32 and 0 <= height < 1 << 32):
        raise Unrecordable("bad_intrinsics", f"the camera is of {width} x {height} pixels")
    roi = message_class("sensor_msgs/msg/RegionOfInterest")(x_offset=0, y_offset=0, height=0, width=0, do_rectify=False)
    return message_class(CAMERA_INFO)(
        header=header,
        height=height,
        width=width,
        distortion_model="plumb_bob",
        d=np.zeros(5),
        k=np.array([fx, 0, cx, 0, fy, cy, 0, 0, 1], np.float64),
        r=np.eye(3).ravel(),
        p=np.array([fx, 0, cx, 0, 0, fy, cy, 0, 0, 0, 1, 0], np.float64),
        binning_x=0,
        binning_y=0,
        roi=roi,
    )


def _cloud(x: PointScan, word: str, header: Any) -> Part:
    points = x.points_S
    if not isinstance(points, np.ndarray) or points.dtype != np.float32 or points.ndim != 2 or points.shape[1] != 3:
        raise Unrecordable("points_shape", "points_S is not float32 of shape (n, 3)")
    field = message_class("sensor_msgs/msg/PointField")
    cloud = message_class(CLOUD)(
        header=header,
        height=1,
        width=len(points),
        fields=[field(name=axis, offset=4 * i, datatype=FLOAT32, count=1) for i, axis in enumerate("xyz")],
        is_bigendian=False,
        point_step=12,
        row_step=12 * len(points),
        data=np.ascontiguousarray(points, "<f4").reshape(-1).view(np.uint8),
        is_dense=bool(np.isfinite(points).all()),
    )
    return Part(f"/{word}/points", CLOUD, cloud, {FIELD: "points_S"})
