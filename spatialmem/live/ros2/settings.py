"""The topics and frames of a ROS 2 robot, as a file of settings names them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from spatialmem.config import checked, parse_settings
from spatialmem.episodes.bags.topics import info_of, source_names
from spatialmem.errors import ConfigError, did_you_mean

__all__ = ["CameraTopicNames", "DetectionsTopic", "PublishTopics", "Ros2Config", "checked_topics", "ros2_config"]

Topic = Annotated[str, Meta(pattern=r"^(~/|/)?[A-Za-z_][A-Za-z0-9_]*(/[A-Za-z_][A-Za-z0-9_]*)*$", max_length=255)]
"""One that does not begin with a slash lies in the node's namespace, and remappings apply, as everywhere in ROS 2."""
Frame = Annotated[str, Meta(pattern=r"^[^/\s]\S*$", max_length=255)]
Name = Annotated[str, Meta(min_length=1, max_length=100)]
TF, TF_STATIC = "/tf", "/tf_static"
ROBOT = "base"
"""What the robot's state is from."""


class CameraTopicNames(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One depth camera. A topic that ends in /compressed or /compressedDepth has CompressedImage, any other Image."""

    depth: Topic
    color: Topic | None = None
    """Of the same frame and size as depth: aligned depth."""
    info: Topic | None = None
    """Its CameraInfo; by default the sibling of `depth` that is called camera_info."""
    rectified: bool | None = None
    """Whether the lens distortion is undone; by default where the name of `depth` says rect."""

    @property
    def info_topic(self) -> str:
        """The topic of the CameraInfo."""
        return self.info or info_of(self.depth)


class DetectionsTopic(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One detector that publishes vision_msgs, as in ROS 2 Humble and later."""

    topic: Topic
    kind: Literal["2d", "3d"] = "2d"
    """Detection2DArray or Detection3DArray."""
    camera: Name | None = None
    """Whose frames they are of; by default the camera with their frame_id, or the only one."""
    labels: dict[str, Annotated[str, Meta(min_length=1, max_length=200)]] = {}
    """What a class_id is called, for detectors that give numbers; an id that is not here is its own label."""


class PublishTopics(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What of the memory goes out, for whoever listens; None for what does not."""

    objects: Topic | None = "~/objects"
    """visualization_msgs/MarkerArray."""
    floor: Topic | None = "~/floor"
    """nav_msgs/OccupancyGrid."""
    route: Topic | None = "~/route"
    """nav_msgs/Path, whenever `Ros2Source.publish_route` is called."""
    rate_hz: Annotated[float, Meta(ge=0.01, le=10)] = 1.0


class Ros2Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All settings of the source `ros2`."""

    depth: Topic | None = None
    """`depth`, `color`, `info`, `rectified`: of the only camera, which is called after its topic as in a recording."""
    color: Topic | None = None
    info: Topic | None = None
    rectified: bool | None = None
    cameras: dict[Name, CameraTopicNames] = {}
    """Or several, by name."""
    points: dict[Name, Topic] = {}
    """PointCloud2, by the scanner's name."""
    detections: dict[Name, DetectionsTopic] = {}
    """By the detector's name."""
    fixed_frame: Frame = "map"
    """The frame of tf that is the world; its z is up."""
    base_frame: Frame | None = "base_link"
    """The robot; None where its state is not told from tf."""
    joints: Topic | None = None
    """JointState, for the robot's state."""
    odometry: Topic | None = None
    """Odometry whose child_frame_id is the base, for the robot's velocity; without it the state says zero."""
    state_hz: Annotated[float, Meta(ge=0.1, le=50)] = 50.0
    """The robot's state is told so often at most."""
    publish: PublishTopics | None = None
    node: Annotated[str, Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=100)] = "spatialmem"
    ros_args: tuple[str, ...] = ()
    """Such as [-r, "__ns:=/robot1", -p, "use_sim_time:=true"]; those of SPATIALMEM_ROS_ARGS come after."""

    @property
    def all_cameras(self) -> Mapping[str, CameraTopicNames]:
        """The cameras by name, the one that `depth` says included."""
        if self.depth is None:
            return self.cameras
        one = CameraTopicNames(self.depth, self.color, self.info, self.rectified)
        return {source_names([self.depth])[self.depth]: one, **self.cameras}


def ros2_config(settings: Mapping[str, Any]) -> Ros2Config:
    """Read the settings of a source, {"ros2": {...}}. Raises ConfigError."""
    others = [name for name in settings if name != "ros2"]
    if others:
        raise ConfigError(f"unknown setting '{others[0]}' beside ros2; a source of ROS 2 has its settings within ros2.")
    return checked_topics(parse_settings(settings["ros2"], Ros2Config, "ros2"))


def checked_topics(config: Ros2Config) -> Ros2Config:
    """Return settings whose parts agree with each other and are in range. Raises ConfigError."""
    config = checked(config, Ros2Config)
    if config.depth is None and (config.color or config.info or config.rectified is not None):
        raise ConfigError("ros2: color, info and rectified go with depth; name the topic of depth images.")
    cameras = config.all_cameras
    if len(cameras) != len(config.cameras) + (config.depth is not None):
        raise ConfigError(f"ros2: depth and cameras have the same name, {next(iter(cameras))!r}; name all in cameras.")
    if not cameras and not config.points:
        raise ConfigError("ros2: no depth, no cameras and no points are named, there is nothing to take in.")
    robot = [] if config.base_frame is None else [ROBOT]
    _refuse_twice("name", [*robot, *cameras, *config.points, *config.detections])
    _refuse_twice("topic", [camera.depth for camera in cameras.values()] + list(config.points.values()))
    for name, detector in config.detections.items():
        if not cameras:
            raise ConfigError(f"ros2: detections.{name} need a camera whose frames they are of; there is none.")
        if detector.camera is not None and detector.camera not in cameras:
            known = ", ".join(cameras)
            hint = did_you_mean(detector.camera, cameras)
            raise ConfigError(f"ros2: detections.{name}.camera is {detector.camera!r}; the cameras are {known}.{hint}")
    return config


def _refuse_twice(what: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ConfigError(f"ros2: two sources have the {what} {name!r}; each needs its own.")
        seen.add(name)
