"""The node: topics come in through it and messages go out. It imports rclpy, when it is made and not before."""

from __future__ import annotations

import array
import importlib
import os
import shlex
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from jaxtyping import Integer

from spatialmem.errors import ConfigError, SpatialMemError
from spatialmem.live.ros2.backlog import Backlog
from spatialmem.live.ros2.bridge import Bridge
from spatialmem.live.ros2.messages_out import (
    MARKERS,
    OCCUPANCY,
    PATH,
    MessageMaker,
    floor_message,
    object_markers,
    route_message,
)
from spatialmem.live.ros2.settings import TF, TF_STATIC, CameraTopicNames, Ros2Config, ros2_config
from spatialmem.types import Input, Route
from spatialmem.view import View

__all__ = ["ROS_ARGS", "Ros2Source", "ros2"]

ROS_ARGS = "SPATIALMEM_ROS_ARGS"
"""The environment variable with further arguments of ROS, as launch files set it: "-r __ns:=/robot1"."""
SENSED_MAX, QUEUED_MAX = 8, 1024
"""So many messages of a topic wait at most: of images and clouds, and of all else."""
WAIT_S = 0.05
JOIN_S = 1.0
SILENT_NS = 5_000_000_000
IMAGE, COMPRESSED, CLOUD = (f"sensor_msgs/msg/{name}" for name in ("Image", "CompressedImage", "PointCloud2"))
SENSED = IMAGE, COMPRESSED, CLOUD
DETECTIONS = {"2d": "vision_msgs/msg/Detection2DArray", "3d": "vision_msgs/msg/Detection3DArray"}


def ros2(settings: Mapping[str, Any], world: str) -> Ros2Source:
    """Open the source `ros2` of a file of settings. Raises ConfigError where rclpy, or a message, is not there."""
    return Ros2Source(ros2_config(settings), world)


class Ros2Source:
    """A node of ROS 2 as a source: an iterable of lists of inputs, often empty ones, that ends when rclpy shuts down.

    Callbacks do nothing but queue their messages, in a thread of the node's; whoever iterates puts inputs together.
    Where rclpy is at work already it is used and left so; else it is started, and shut down at the end.
    `bridge.account` counts what was left out, and the node's log names the first of each kind. `publish_route` may be
    called from any thread.
    """

    def __init__(self, config: Ros2Config, world: str = "world"):
        self.bridge = Bridge(config, world)
        self.config = self.bridge.config
        self._rclpy = _library("rclpy", "rclpy")
        kinds = _incoming(self.config)
        self._subscribed = {topic: _message_class(kind) for topic, kind in kinds.items()}
        self._published = {topic: _message_class(kind) for topic, kind in _outgoing(self.config).items()}
        self._make = MessageMaker(_message_class, _as_array)
        self._backlog = Backlog({topic: SENSED_MAX if kinds[topic] in SENSED else QUEUED_MAX for topic in kinds})
        self._view: Callable[[], View] | None = None
        self._publishers: dict[str, Any] = {}
        self._ended = threading.Event()
        self._silent = set(self._subscribed)
        self._said: set[str] = set()
        self._failure: Exception | None = None

    def show_memory(self, view: Callable[[], View]) -> None:
        """Have what the memory knows published, as the settings say. `attach` calls this with the memory's `view`."""
        self._view = view

    def publish_route(self, route: Route | None, stamp_ns: int) -> None:
        """Publish a way; None: that there is none. Nothing where the settings name no topic for it."""
        frame, publish = self.config.fixed_frame, self.config.publish
        if publish is not None and publish.route in self._publishers:
            message = route_message(route, self._make, frame=frame, stamp_ns=stamp_ns)
            self._publishers[publish.route].publish(message)

    # at work

    def __iter__(self) -> Iterator[list[Input]]:
        self._ended.clear()
        context, owned = self._context()
        node = self._rclpy.create_node(self.config.node, context=context)
        executor = _library("rclpy.executors", "rclpy").SingleThreadedExecutor(context=context)
        threads = [threading.Thread(target=self._spin, args=(executor, context), name="spatialmem-ros2", daemon=True)]
        try:
            self._wire(node)
            if self._publishers:
                show = threading.Thread(target=self._publish, args=(node,), name="spatialmem-ros2-out", daemon=True)
                threads.append(show)
            executor.add_node(node)
            for thread in threads:
                thread.start()
            yield from self._inputs(node, context)
        finally:
            self._ended.set()
            for thread in threads:
                if thread.is_alive():
                    thread.join(JOIN_S)
            executor.shutdown()
            node.destroy_node()
            if owned:
                context.try_shutdown()

    def _context(self) -> tuple[Any, bool]:
        """Return rclpy's context, and whether it is our own. Signals stay with whoever runs the process."""
        if self._rclpy.ok():
            return _library("rclpy.utilities", "rclpy").get_default_context(), False
        context = _library("rclpy.context", "rclpy").Context()
        args = [*self.config.ros_args, *shlex.split(os.environ.get(ROS_ARGS, ""))]
        self._rclpy.init(args=["--ros-args", *args] if args else [], context=context)
        return context, True

    def _wire(self, node: Any) -> None:
        """Make subscriptions and publishers, each with the quality of service that is usual for it."""
        qos = _library("rclpy.qos", "rclpy")
        latched = qos.QoSProfile(depth=100, durability=qos.DurabilityPolicy.TRANSIENT_LOCAL)
        kept = qos.QoSProfile(depth=1, durability=qos.DurabilityPolicy.TRANSIENT_LOCAL)
        profiles = {TF: qos.QoSProfile(depth=100), TF_STATIC: latched}
        for topic, kind in self._subscribed.items():
            profile = profiles.get(topic, qos.qos_profile_sensor_data)
            node.create_subscription(kind, topic, self._receiver(topic, node.get_clock()), profile)
        for topic, kind in self._published.items():
            self._publishers[topic] = node.create_publisher(kind, topic, kept)

    def _receiver(self, topic: str, clock: Any) -> Callable[[Any], None]:
        def receive(message: Any) -> None:
            if not self._backlog.put(topic, message, int(clock.now().nanoseconds)):
                why = f"messages come faster than they are read, the first on {topic}"
                self.bridge.account.leave_out("queue_full", why)

        return receive

    def _spin(self, executor: Any, context: Any) -> None:
        """Have callbacks called: what the node's thread runs. It stops before the executor is taken down."""
        try:
            while context.ok() and not self._ended.is_set():
                executor.spin_once(timeout_sec=WAIT_S)
        except Exception as error:
            if context.ok():  # whoever shuts rclpy down while it waits has it raise, and that is no failure
                self._failure = error
        finally:
            self._ended.set()

    def _inputs(self, node: Any, context: Any) -> Iterator[list[Input]]:
        """Yield what comes in; an empty list now and then, so that whoever iterates can stop."""
        clock, log = node.get_clock(), node.get_logger()
        began_ns = 0
        while context.ok() and not self._ended.is_set():
            waiting = self._backlog.take(WAIT_S)
            if waiting is None:
                yield self.bridge.wait(int(clock.now().nanoseconds))
            else:
                self._silent.discard(waiting.topic)
                yield self.bridge.take(*waiting)
            now_ns = int(clock.now().nanoseconds)
            began_ns = began_ns or now_ns  # a simulation's clock says 0 until it has begun
            self._say(log, now_ns - began_ns if waiting is None else 0)
        if self._failure is not None:
            raise self._failure

    def _say(self, log: Any, since_ns: int) -> None:
        """Log the first of each kind that is left out, and once on which topics nothing has come."""
        account = self.bridge.account
        words = {reason: f"{reason}, the first: {detail}" for reason, detail in list(account.details.items())}
        words.update({note: note for note in account.notes})
        if since_ns > SILENT_NS and self._silent:
            words["silent"] = f"nothing has come for {SILENT_NS // 10**9} s on {', '.join(sorted(self._silent))}"
        for key, sentence in words.items():
            if key not in self._said:
                self._said.add(key)
                log.warning(sentence)

    def _publish(self, node: Any) -> None:
        """Publish what the memory knows, as often as the settings say: what a thread runs."""
        publish = self.config.publish
        assert publish is not None
        while not self._ended.wait(1.0 / publish.rate_hz):
            if self._view is None:
                continue
            try:
                self._publish_once(self._view())
            except Exception as error:  # a memory that was closed, or a context that was shut down meanwhile
                sentence = f"nothing was published: {type(error).__name__}: {' '.join(str(error).split())}"
                if not self._ended.is_set() and sentence not in self._said:
                    self._said.add(sentence)
                    node.get_logger().warning(sentence)

    def _publish_once(self, view: View) -> None:
        publish, frame = self.config.publish, self.config.fixed_frame
        assert publish is not None
        if publish.objects is not None:
            objects = view.objects(missing=True)
            message = object_markers(objects, self._make, frame=frame, stamp_ns=view.stamp_ns)
            self._publishers[publish.objects].publish(message)
        if publish.floor is not None:
            message = floor_message(view.floor(), self._make, frame=frame, stamp_ns=view.stamp_ns)
            self._publishers[publish.floor].publish(message)


def _incoming(config: Ros2Config) -> dict[str, str]:
    """Return the topics to listen to, each with the type of its messages. Raises ConfigError for one of two types."""
    topics = {TF: "tf2_msgs/msg/TFMessage", TF_STATIC: "tf2_msgs/msg/TFMessage"}
    for camera in config.all_cameras.values():
        _add(topics, _camera_topics(camera))
    _add(topics, dict.fromkeys(config.points.values(), CLOUD))
    _add(topics, {detector.topic: DETECTIONS[detector.kind] for detector in config.detections.values()})
    _add(topics, {config.joints: "sensor_msgs/msg/JointState", config.odometry: "nav_msgs/msg/Odometry"})
    return topics


def _camera_topics(camera: CameraTopicNames) -> dict[str | None, str]:
    images = {topic: _image_kind(topic) for topic in (camera.depth, camera.color) if topic is not None}
    return {**images, camera.info_topic: "sensor_msgs/msg/CameraInfo"}


def _image_kind(topic: str) -> str:
    return COMPRESSED if topic.endswith(("/compressed", "/compressedDepth")) else IMAGE


def _add(topics: dict[str, str], more: Mapping[Any, str]) -> None:
    for topic, kind in more.items():
        if topic is not None and topics.setdefault(topic, kind) != kind:
            raise ConfigError(f"ros2: {topic} cannot be of {topics[topic]} and of {kind} at once.")


def _outgoing(config: Ros2Config) -> dict[str, str]:
    if config.publish is None:
        return {}
    out = {config.publish.objects: MARKERS, config.publish.floor: OCCUPANCY, config.publish.route: PATH}
    return {topic: kind for topic, kind in out.items() if topic is not None}


def _message_class(kind: str) -> Any:
    """Return rclpy's class of a message type. Raises SpatialMemError that says which package is not there."""
    package, _, name = kind.partition("/msg/")
    return getattr(_library(f"{package}.msg", package), name)


def _library(module: str, package: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError as error:
        debian = package.replace("_", "-")
        raise SpatialMemError(
            f"the source ros2 needs {package}, which cannot be imported ({error}). It comes with ROS 2, not from PyPI: "
            f"install it (such as apt install ros-jazzy-{debian}), source ROS 2 (source /opt/ros/jazzy/setup.bash), "
            f"and run spatialmem with the Python of that ROS 2."
        ) from error


def _as_array(numbers: Integer[np.ndarray, "n"]) -> Any:
    """Return whole numbers of 8 bits as rclpy takes them without looking at each."""
    return array.array({"int8": "b", "uint8": "B"}[numbers.dtype.name], numbers.tobytes())
