"""Recordings as robots make them, written by another library: a camera in the built-in room, posed by tf alone."""

import math
from pathlib import Path

import cv2
import numpy as np
from scipy.spatial.transform import Rotation

SECOND = 10**9
START_NS = 1_700_000_000 * SECOND
PERIOD_NS = 100_000_000
MOUNT = np.array([[0.0, 0, 1, 0.1], [-1, 0, 0, 0.02], [0, -1, 0, 0.3], [0, 0, 0, 1]])
"""X_BC: an optical frame on a base that looks along x."""
CAMERA_FRAME, DEPTH, COLOR = "camera_optical", "/camera/depth/image_raw", "/camera/color/image_raw/compressed"
INFO = "/camera/depth/camera_info"


class Recorder:
    """Gathers messages as (log time, topic, message) with the types of ROS 1 or ROS 2, and writes them to a bag."""

    def __init__(self, ros: int = 2):
        from rosbags.typesys import Stores, get_types_from_msg, get_typestore

        self.ros = ros
        self.types = get_typestore(Stores.ROS1_NOETIC if ros == 1 else Stores.ROS2_JAZZY)
        if "tf2_msgs/msg/TFMessage" not in self.types.types:
            definition = "geometry_msgs/TransformStamped[] transforms"
            self.types.register(get_types_from_msg(definition, "tf2_msgs/msg/TFMessage"))
        self.messages = []

    def make(self, kind, **fields):
        return self.types.types[kind](**fields)

    def header(self, stamp_ns, frame):
        time = self.make("builtin_interfaces/msg/Time", sec=stamp_ns // SECOND, nanosec=stamp_ns % SECOND)
        more = {"seq": 0} if self.ros == 1 else {}
        return self.make("std_msgs/msg/Header", stamp=time, frame_id=frame, **more)

    def add(self, topic, log_ns, message):
        self.messages.append((log_ns, topic, message))

    def transform(self, stamp_ns, parent, child, X, *, static=False, log_ns=None):
        x, y, z, w = (float(c) for c in Rotation.from_matrix(X[:3, :3]).as_quat())
        px, py, pz = (float(c) for c in X[:3, 3])
        rotation = self.make("geometry_msgs/msg/Quaternion", x=x, y=y, z=z, w=w)
        translation = self.make("geometry_msgs/msg/Vector3", x=px, y=py, z=pz)
        transform = self.make("geometry_msgs/msg/Transform", translation=translation, rotation=rotation)
        stamped = self.make(
            "geometry_msgs/msg/TransformStamped",
            header=self.header(stamp_ns, parent), child_frame_id=child, transform=transform,
        )  # fmt: skip
        message = self.make("tf2_msgs/msg/TFMessage", transforms=[stamped])
        self.add("/tf_static" if static else "/tf", stamp_ns if log_ns is None else log_ns, message)

    def image(self, topic, stamp_ns, frame, pixels, encoding, *, log_ns=None, pad=0):
        height, width = pixels.shape[:2]
        rows = np.ascontiguousarray(pixels).view(np.uint8).reshape(height, -1)
        rows = np.pad(rows, ((0, 0), (0, pad)))
        message = self.make(
            "sensor_msgs/msg/Image", header=self.header(stamp_ns, frame), height=height, width=width,
            encoding=encoding, is_bigendian=0, step=rows.shape[1], data=rows.reshape(-1),
        )  # fmt: skip
        self.add(topic, stamp_ns if log_ns is None else log_ns, message)

    def compressed(self, topic, stamp_ns, frame, data, form, *, log_ns=None):
        message = self.make(
            "sensor_msgs/msg/CompressedImage",
            header=self.header(stamp_ns, frame), format=form, data=np.frombuffer(data, np.uint8),
        )  # fmt: skip
        self.add(topic, stamp_ns if log_ns is None else log_ns, message)

    def camera_info(self, topic, stamp_ns, frame, camera):
        names = "DKRP" if self.ros == 1 else "dkrp"
        matrices = (
            np.zeros(5),
            np.array([camera.fx, 0, camera.cx, 0, camera.fy, camera.cy, 0, 0, 1]),
            np.eye(3).ravel(),
            np.array([camera.fx, 0, camera.cx, 0, 0, camera.fy, camera.cy, 0, 0, 0, 1, 0]),
        )
        roi = self.make("sensor_msgs/msg/RegionOfInterest", x_offset=0, y_offset=0, height=0, width=0, do_rectify=False)
        message = self.make(
            "sensor_msgs/msg/CameraInfo", header=self.header(stamp_ns, frame), height=camera.height,
            width=camera.width, distortion_model="plumb_bob", binning_x=0, binning_y=0, roi=roi,
            **dict(zip(names, matrices, strict=True)),
        )  # fmt: skip
        self.add(topic, stamp_ns, message)

    def cloud(self, topic, stamp_ns, frame, points):
        """Points with 4 bytes of intensity behind each, as scanners write them."""
        field = "sensor_msgs/msg/PointField"
        fields = [self.make(field, name=name, offset=4 * i, datatype=7, count=1) for i, name in enumerate("xyzi")]
        data = np.pad(points.astype("<f4"), ((0, 0), (0, 1))).reshape(-1).view(np.uint8)
        message = self.make(
            "sensor_msgs/msg/PointCloud2", header=self.header(stamp_ns, frame), height=1, width=len(points),
            fields=fields, is_bigendian=False, point_step=16, row_step=16 * len(points), data=data, is_dense=True,
        )  # fmt: skip
        self.add(topic, stamp_ns, message)

    def write(self, path: Path) -> Path:
        """Write a .bag, or the folder of a ROS 2 bag: of MCAP where its name says so, of SQLite elsewhere."""
        messages = sorted(self.messages, key=lambda entry: entry[0])
        if self.ros == 1:
            from rosbags.rosbag1 import Writer

            writer, encode = Writer(path), self.types.serialize_ros1
        else:
            from rosbags.rosbag2 import StoragePlugin, Writer

            plugin = StoragePlugin.MCAP if "mcap" in path.name else StoragePlugin.SQLITE3
            writer, encode = Writer(path, version=9, storage_plugin=plugin), self.types.serialize_cdr
        with writer:
            connections = {}
            for log_ns, topic, message in messages:
                kind = message.__msgtype__
                if topic not in connections:
                    connections[topic] = writer.add_connection(topic, kind, typestore=self.types)
                writer.write(connections[topic], log_ns, encode(message, kind))
        return path


def base_of(room, stamp_ns):
    """X_WB at a moment, of a base that carries the room's camera."""
    X_CB = np.eye(4)
    X_CB[:3, :3], X_CB[:3, 3] = MOUNT[:3, :3].T, -MOUNT[:3, :3].T @ MOUNT[:3, 3]
    return room.pose((stamp_ns - START_NS) / PERIOD_NS) @ X_CB


def shift(x, y, angle_rad):
    X = np.eye(4)
    X[:3, :3] = Rotation.from_euler("z", angle_rad).as_matrix()
    X[:3, 3] = x, y, 0
    return X


MAP_TO_ODOM = shift(0.4, -0.2, 0.3)


def robot_walk(room, frames, *, ros=2, tf_hz=50, with_color=True):
    """A robot in the room: map -> odom (slow) -> base (fast) -> camera (static). The first image comes 20 ms in."""
    recorder = Recorder(ros)
    recorder.transform(START_NS, "base", CAMERA_FRAME, MOUNT, static=True)
    X_OM = np.linalg.inv(MAP_TO_ODOM)
    end_ns = START_NS + len(frames) * PERIOD_NS
    for stamp_ns in range(START_NS, end_ns, SECOND // 5):
        recorder.transform(stamp_ns, "map", "odom", MAP_TO_ODOM)
    for stamp_ns in range(START_NS + 3_000_000, end_ns, SECOND // tf_hz):
        recorder.transform(stamp_ns, "odom", "base", X_OM @ base_of(room, stamp_ns), log_ns=stamp_ns + 5_000_000)
    recorder.transform(end_ns, "map", "odom", MAP_TO_ODOM)
    for index, frame in enumerate(frames):
        stamp_ns = START_NS + index * PERIOD_NS + (20_000_000 if index == 0 else 0)
        recorder.camera_info(INFO, stamp_ns, CAMERA_FRAME, frame.camera)
        recorder.image(DEPTH, stamp_ns, CAMERA_FRAME, frame.depth, "16UC1", log_ns=stamp_ns + 1_000_000)
        if with_color:
            ok, jpeg = cv2.imencode(".jpg", cv2.cvtColor(frame.color, cv2.COLOR_RGB2BGR))
            assert ok
            recorder.compressed(COLOR, stamp_ns + 8_000_000, CAMERA_FRAME, jpeg.tobytes(), "bgr8; jpeg compressed bgr8",
                                log_ns=stamp_ns + 12_000_000)  # fmt: skip
    return recorder


def angle_between(A, B):
    """The angle [rad] between two rotations."""
    return math.sqrt(float(np.sum(Rotation.from_matrix(A[:3, :3].T @ B[:3, :3]).as_rotvec() ** 2)))
