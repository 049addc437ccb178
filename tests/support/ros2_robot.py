"""Messages of a ROS 2 robot as they are on the wire: made with the true types, through CDR and back."""

import array
from types import SimpleNamespace
from typing import Any

import numpy as np
from ros_bags import Recorder, shift

from spatialmem import Pinhole

SECOND = 10**9
START_NS = 1_700_000_000 * SECOND
PERIOD_NS = 100_000_000
CAMERA = Pinhole(32, 24, 30.0, 30.0, 15.5, 11.5)
FRONT, REAR = "/front/depth/image_rect_raw", "/rear/depth/image_rect_raw"
FRONT_COLOR, SCAN, YOLO, BOXES = "/front/color/image_raw", "/lidar/points", "/yolo", "/boxes"
LOOKS = np.array([[0.0, 0, 1, 0.1], [-1, 0, 0, 0.0], [0, -1, 0, 0.3], [0, 0, 0, 1]])
"""X_BC: an optical frame that looks along x of the base."""
VISION = {
    "Point2D": "float64 x\nfloat64 y",
    "Pose2D": "vision_msgs/Point2D position\nfloat64 theta",
    "BoundingBox2D": "vision_msgs/Pose2D center\nfloat64 size_x\nfloat64 size_y",
    "BoundingBox3D": "geometry_msgs/Pose center\ngeometry_msgs/Vector3 size",
    "ObjectHypothesis": "string class_id\nfloat64 score",
    "ObjectHypothesisWithPose": "vision_msgs/ObjectHypothesis hypothesis\ngeometry_msgs/PoseWithCovariance pose",
    **{
        f"Detection{d}": f"std_msgs/Header header\nvision_msgs/ObjectHypothesisWithPose[] results\n"
        f"vision_msgs/BoundingBox{d} bbox\nstring id"
        for d in ("2D", "3D")
    },
    **{f"Detection{d}Array": f"std_msgs/Header header\nvision_msgs/Detection{d}[] detections" for d in ("2D", "3D")},
}
"""vision_msgs of ROS 2 Humble and Jazzy: the fields, in order."""


class Robot(Recorder):
    """Makes messages; `sent` returns those that were added, by topic and in order, as a receiver has them."""

    def __init__(self):
        from rosbags.typesys import get_types_from_msg

        super().__init__()
        for name, text in VISION.items():
            self.types.register(get_types_from_msg(text, f"vision_msgs/msg/{name}"))

    def received(self, message) -> Any:
        """The message as it is after the wire: what its type cannot carry would raise here."""
        kind = message.__msgtype__
        return self.types.deserialize_cdr(self.types.serialize_cdr(message, kind), kind)

    def sent(self):
        by_topic = {}
        for _, topic, message in self.messages:
            by_topic.setdefault(topic, []).append(self.received(message))
        return by_topic

    def in_time(self):
        """(topic, message, ns) in the order of their times."""
        return [(topic, self.received(message), ns) for ns, topic, message in sorted(self.messages, key=lambda m: m[0])]

    def pose(self, p, q=(1.0, 0.0, 0.0, 0.0)):
        w, x, y, z = q
        return self.make(
            "geometry_msgs/msg/Pose",
            position=self.make("geometry_msgs/msg/Point", x=p[0], y=p[1], z=p[2]),
            orientation=self.make("geometry_msgs/msg/Quaternion", x=x, y=y, z=z, w=w),
        )

    def results(self, scores):
        kind = "vision_msgs/msg/ObjectHypothesis"
        nowhere = self.make(
            "geometry_msgs/msg/PoseWithCovariance", pose=self.pose((0.0, 0.0, 0.0)), covariance=np.zeros(36)
        )
        guesses = [self.make(kind, class_id=label, score=score) for label, score in scores.items()]
        return [self.make(f"{kind}WithPose", hypothesis=guess, pose=nowhere) for guess in guesses]

    def detections(self, topic, stamp_ns, frame, items, *, log_ns=None):
        """items: (scores by label, a bounding box of 2D or of 3D)."""
        header = self.header(stamp_ns, frame)
        d = "3D" if items and items[0][1].__msgtype__.endswith("3D") else "2D"
        of = [
            self.make(f"vision_msgs/msg/Detection{d}", header=header, results=self.results(scores), bbox=box, id="")
            for scores, box in items
        ]
        message = self.make(f"vision_msgs/msg/Detection{d}Array", header=header, detections=of)
        self.add(topic, stamp_ns if log_ns is None else log_ns, message)

    def box_2d(self, u, v, width, height, theta=0.0):
        at = self.make("vision_msgs/msg/Point2D", x=u, y=v)
        center = self.make("vision_msgs/msg/Pose2D", position=at, theta=theta)
        return self.make("vision_msgs/msg/BoundingBox2D", center=center, size_x=width, size_y=height)

    def box_3d(self, p, size, q=(1.0, 0.0, 0.0, 0.0)):
        vector = self.make("geometry_msgs/msg/Vector3", x=size[0], y=size[1], z=size[2])
        return self.make("vision_msgs/msg/BoundingBox3D", center=self.pose(p, q), size=vector)

    def joints(self, topic, stamp_ns, positions):
        message = self.make(
            "sensor_msgs/msg/JointState", header=self.header(stamp_ns, ""), name=list(positions),
            position=np.array(list(positions.values())), velocity=np.zeros(0), effort=np.zeros(0),
        )  # fmt: skip
        self.add(topic, stamp_ns, message)

    def odometry(self, topic, stamp_ns, linear, angular):
        def vector(v):
            return self.make("geometry_msgs/msg/Vector3", x=v[0], y=v[1], z=v[2])

        twist = self.make("geometry_msgs/msg/Twist", linear=vector(linear), angular=vector(angular))
        pose = self.make(
            "geometry_msgs/msg/PoseWithCovariance", pose=self.pose((0.0, 0.0, 0.0)), covariance=np.zeros(36)
        )
        message = self.make(
            "nav_msgs/msg/Odometry", header=self.header(stamp_ns, "odom"), child_frame_id="base_link", pose=pose,
            twist=self.make("geometry_msgs/msg/TwistWithCovariance", twist=twist, covariance=np.zeros(36)),
        )  # fmt: skip
        self.add(topic, stamp_ns, message)


def depth_at(index, far_mm=2000):
    depth = np.full((CAMERA.height, CAMERA.width), far_mm + index, np.uint16)
    depth[0, 0] = 0
    return depth


def base_at(stamp_ns):
    """X_WB: half a metre a second along x, and a slow turn."""
    seconds = (stamp_ns - START_NS) / SECOND
    return shift(0.5 * seconds, 0.0, 0.2 * seconds)


def drive(count=4, *, tf_ns=20_000_000, rear=True, scan=True, detections=True):
    """A robot that drives: two cameras, the front one with colour, a scanner, and two detectors of the front one."""
    robot = Robot()
    robot.transform(START_NS, "base_link", "front_optical", LOOKS, static=True)
    robot.transform(START_NS, "base_link", "rear_optical", shift(-0.2, 0.0, np.pi) @ LOOKS, static=True)
    robot.transform(START_NS, "base_link", "lidar", shift(0.0, 0.0, 0.0), static=True)
    for stamp_ns in range(START_NS - PERIOD_NS, START_NS + (count + 1) * PERIOD_NS, PERIOD_NS):
        robot.transform(stamp_ns, "map", "odom", shift(1.0, 0.0, 0.0))
    X_OM = np.linalg.inv(shift(1.0, 0.0, 0.0))
    for stamp_ns in range(START_NS - PERIOD_NS, START_NS + (count + 1) * PERIOD_NS, tf_ns):
        robot.transform(stamp_ns, "odom", "base_link", X_OM @ base_at(stamp_ns))
    for index in range(count):
        stamp_ns = START_NS + index * PERIOD_NS + 7_000_000
        color = np.full((CAMERA.height, CAMERA.width, 3), 10 * index, np.uint8)
        robot.camera_info("/front/depth/camera_info", stamp_ns, "front_optical", CAMERA)
        robot.image(FRONT, stamp_ns, "front_optical", depth_at(index), "16UC1")
        robot.image(FRONT_COLOR, stamp_ns + 6_000_000, "front_optical", color, "rgb8")
        if rear:
            robot.camera_info("/rear/depth/camera_info", stamp_ns, "rear_optical", CAMERA)
            robot.image(REAR, stamp_ns + 11_000_000, "rear_optical", depth_at(index, 900), "16UC1")
        if scan:
            points = np.array([[1.0, 0, 0.1 * index], [0, 2.0, 0.5]], np.float32)
            robot.cloud(SCAN, stamp_ns + 3_000_000, "lidar", points)
        if detections:
            mug = {"41": 0.8, "39": 0.1}, robot.box_2d(16.0, 12.0, 8.0, 6.0)
            robot.detections(YOLO, stamp_ns + 6_000_000, "front_optical", [mug])
            box = {"crate": 0.9}, robot.box_3d((2.0, 0.0, 0.3), (0.4, 0.4, 0.4))
            robot.detections(BOXES, stamp_ns, "base_link", [box])
    return robot


def settings(**more):
    """What drives of `drive` are taken in with."""
    cameras = {"front": {"depth": FRONT, "color": FRONT_COLOR}, "rear": {"depth": REAR}}
    yolo = {"topic": YOLO, "labels": {"41": "cup"}}
    boxes = {"topic": BOXES, "kind": "3d", "camera": "front"}
    given = {"cameras": cameras, "points": {"lidar": SCAN}, "detections": {"yolo": yolo, "boxes": boxes}}
    return {"ros2": {**given, **more}}


def as_rclpy(message):
    """The message as rclpy has it: arrays of whole numbers are array.array."""
    if isinstance(message, np.ndarray):
        return array.array("B", message.tobytes()) if message.dtype == np.uint8 else message
    if isinstance(message, list):
        return [as_rclpy(one) for one in message]
    if hasattr(message, "__dataclass_fields__"):
        return SimpleNamespace(**{name: as_rclpy(getattr(message, name)) for name in message.__dataclass_fields__
                                  if name != "__msgtype__"})  # fmt: skip
    return message
