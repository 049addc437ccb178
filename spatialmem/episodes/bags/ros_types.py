"""ROS messages as Python objects and back, through the `rosbags` library, and what the common ones mean to us.

Definitions are the library's own, those of ROS 2 Humble and ROS 1 Noetic: the types that are read here have not changed
between distributions. So bags without definitions can be read, and those with definitions that cannot be parsed.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from jaxtyping import Float32, Float64, Shaped

from spatialmem.episodes.bags.log import Message, library
from spatialmem.types import Pinhole

__all__ = [
    "BYTES",
    "CAMERA_INFO",
    "CLOUD",
    "COMPRESSED",
    "IMAGE",
    "JOINTS",
    "NUMBERS",
    "ODOMETRY",
    "TRANSFORMS",
    "Undecodable",
    "camera_of",
    "decode",
    "definition_of",
    "encode",
    "message_class",
    "points_of",
    "stamp_of",
]

IMAGE, COMPRESSED = "sensor_msgs/msg/Image", "sensor_msgs/msg/CompressedImage"
CAMERA_INFO, CLOUD = "sensor_msgs/msg/CameraInfo", "sensor_msgs/msg/PointCloud2"
TRANSFORMS, NUMBERS = "tf2_msgs/msg/TFMessage", "std_msgs/msg/Float64MultiArray"
BYTES, ODOMETRY, JOINTS = "std_msgs/msg/UInt8MultiArray", "nav_msgs/msg/Odometry", "sensor_msgs/msg/JointState"
ALIASES = {"tf/msg/tfMessage": TRANSFORMS}
"""The first ROS 1 type of transforms has the same fields."""
TRANSFORMS_DEFINITION = "geometry_msgs/TransformStamped[] transforms"
ENCODINGS = ("cdr", "ros1")
FLOAT32, FLOAT64 = 7, 8
"""sensor_msgs/PointField.datatype"""


class Undecodable(ValueError):
    """One message cannot be understood. `reason` is a word for counters."""

    def __init__(self, reason: str, detail: str):
        super().__init__(detail)
        self.reason = reason


@functools.cache
def _types(encoding: str) -> Any:
    typesys = library("rosbags.typesys")
    if encoding != "ros1":
        return typesys.get_typestore(typesys.Stores.ROS2_HUMBLE)
    types = typesys.get_typestore(typesys.Stores.ROS1_NOETIC)
    if TRANSFORMS not in types.fielddefs:  # the library's Noetic comes without tf2_msgs
        types.register(typesys.get_types_from_msg(TRANSFORMS_DEFINITION, TRANSFORMS))
    return types


def decode(message: Message) -> Any:
    """Return the message as an object with the fields of its type. Raises Undecodable."""
    channel = message.channel
    kind = ALIASES.get(channel.msgtype, channel.msgtype)
    if channel.encoding not in ENCODINGS:
        raise Undecodable("unknown_encoding", f"{channel.topic} is encoded as '{channel.encoding}', not cdr or ros1")
    types = _types(channel.encoding)
    if kind not in types.fielddefs:
        raise Undecodable("unknown_type", f"{channel.topic} is of the unknown type {channel.msgtype}")
    data = memoryview(message.data)
    try:
        return types.deserialize_ros1(data, kind) if channel.encoding == "ros1" else types.deserialize_cdr(data, kind)
    except (library("rosbags.serde").SerdeError, ValueError, IndexError, AssertionError, TypeError) as error:
        raise Undecodable("undecodable", f"a message on {channel.topic} cannot be decoded: {error}") from error


def message_class(kind: str) -> Any:
    """Return the class of a ROS 2 message type."""
    return _types("cdr").types[kind]


def encode(message: Any) -> bytes:
    """Return a ROS 2 message in CDR, little-endian."""
    return bytes(_types("cdr").serialize_cdr(message, message.__msgtype__, little_endian=True))


def definition_of(kind: str) -> bytes:
    """Return the definition of a ROS 2 type with those it is made of, as `ros2msg` has it."""
    return _types("cdr").generate_msgdef(kind, ros_version=2)[0].encode()


def stamp_of(header: Any) -> int:
    """Return a header's stamp [ns]."""
    return int(header.stamp.sec) * 10**9 + int(header.stamp.nanosec)


def camera_of(info: Any, *, rectified: bool) -> Pinhole:
    """Return the camera of a CameraInfo: of its projection where images are rectified, else of the sensor itself."""
    k = info.K if hasattr(info, "K") else info.k
    p = info.P if hasattr(info, "P") else info.p
    fx, fy, cx, cy = (p[0], p[5], p[2], p[6]) if rectified and p[0] != 0 else (k[0], k[4], k[2], k[5])
    return Pinhole(int(info.width), int(info.height), float(fx), float(fy), float(cx), float(cy))


def is_distorted(info: Any) -> bool:
    """Whether a CameraInfo says that the lens bends lines."""
    return bool(np.any(np.asarray(info.D if hasattr(info, "D") else info.d)))


def points_of(cloud: Any) -> Float32[np.ndarray, "n 3"]:
    """Return the points of a PointCloud2 [m], in its frame; NaN where it has none. Raises Undecodable."""
    fields = {field.name: field for field in cloud.fields}
    if not {"x", "y", "z"} <= fields.keys():
        raise Undecodable("points_without_xyz", f"a point cloud has the fields {', '.join(fields)}, not x, y and z")
    order = ">" if cloud.is_bigendian else "<"
    formats = {FLOAT32: f"{order}f4", FLOAT64: f"{order}f8"}
    axes = [fields[axis] for axis in "xyz"]
    if cloud.row_step < cloud.width * cloud.point_step:
        raise Undecodable("points_too_short", "a point cloud's rows are shorter than its points")
    if any(axis.datatype not in formats for axis in axes):
        raise Undecodable("points_not_float", "a point cloud's x, y and z are not floats")
    try:
        kind = np.dtype(
            {
                "names": ["x", "y", "z"],
                "formats": [formats[axis.datatype] for axis in axes],
                "offsets": [axis.offset for axis in axes],
                "itemsize": cloud.point_step,
            }
        )
        shape, strides = (cloud.height, cloud.width), (cloud.row_step, cloud.point_step)
        points = np.ndarray(shape, kind, np.ascontiguousarray(cloud.data), strides=strides).reshape(-1)
    except (ValueError, TypeError) as error:
        raise Undecodable("points_too_short", f"a point cloud is smaller than it says: {error}") from error
    with np.errstate(all="ignore"):  # what float32 cannot hold becomes inf, which the gate takes out
        return np.stack([points[axis] for axis in "xyz"], axis=1).astype(np.float32)


def numbers_of(message: Any, shape: tuple[int, ...]) -> Float64[np.ndarray, "..."]:
    """Return the numbers of a Float64MultiArray. Raises Undecodable where they are not so many."""
    data: Shaped[np.ndarray, "..."] = np.asarray(message.data, np.float64)
    if data.size != np.prod(shape):
        raise Undecodable("undecodable", f"{data.size} numbers where {np.prod(shape)} are needed")
    return data.reshape(shape).copy()
