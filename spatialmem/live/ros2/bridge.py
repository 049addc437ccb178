"""ROS 2 messages into inputs: what belongs together is put together, what cannot be understood is counted.

Knows messages by their fields alone: those of rclpy and those of a library that reads bags are the same to it.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float64

from spatialmem.episodes.bags.assemble import MALFORMED, Account, Assembler
from spatialmem.episodes.bags.ros_types import stamp_of
from spatialmem.episodes.bags.topics import CameraTopics, Plan
from spatialmem.episodes.bags.transforms import Missing, TransformTree
from spatialmem.live.ros2.detections import DetectionMatcher
from spatialmem.live.ros2.settings import ROBOT, TF, TF_STATIC, Ros2Config, checked_topics
from spatialmem.types import Input, RgbdFrame, RobotState

__all__ = ["Bridge"]

SET_BACK_NS = 1_000_000_000
"""A message that comes so long before the last is of a clock that was set back: a simulation begins anew."""
STATIC_KEPT = 1000
FRESH_NS = 1_000_000_000
"""Joints and velocities that are older, or newer, than the robot's pose by more are not told with it."""


@dataclass(frozen=True)
class _Camera(CameraTopics):
    told: bool | None = None

    @property
    def rectified(self) -> bool:
        """Whether the images are rectified: as the settings say, else by their name."""
        return super().rectified if self.told is None else self.told


class Bridge:
    """Takes messages of topics as they come, and returns the inputs that are complete. One thread at a time.

    Every camera and every scanner waits for its own transforms, colour and CameraInfo, a second at most; none waits
    for another. `account.left_out` counts by reason what was left out. Raises ConfigError for settings that do not
    agree.
    """

    def __init__(self, config: Ros2Config, world: str = "world"):
        self.config, self.world = checked_topics(config), world
        self.account = Account()
        self._state_ns = int(1e9 / config.state_hz)
        self._cameras = config.all_cameras
        self._depths = {camera.depth: name for name, camera in self._cameras.items()}
        self._detectors: dict[str, list[str]] = {}
        for name, detector in config.detections.items():
            self._detectors.setdefault(detector.topic, []).append(name)
        self._static: deque[Any] = deque(maxlen=STATIC_KEPT)
        self._begin()

    def _begin(self) -> None:
        """Know nothing yet but what holds for ever."""
        self._tree = TransformTree()
        self._assemblers = [self._assembler(plan) for plan in self._plans()]
        self._matcher = DetectionMatcher(
            self.config.detections, tuple(self._cameras), self._tree, self.config.fixed_frame, self.world, self.account
        )
        self._joints: _Joints | None = None
        self._odometry: _Twist | None = None
        self._told_ns: int | None = None
        self._newest_ns: int | None = None
        for message in self._static:
            self._tree.take(message, static=True)

    def _plans(self) -> list[Plan]:
        """Return what belongs together, one for each camera and scanner."""
        plans = []
        for name, camera in self._cameras.items():
            topics = _Camera(camera.depth, camera.info_topic, camera.color, told=camera.rectified)
            plans.append(_plan(cameras=(topics,), infos=frozenset({camera.info_topic}), sources={camera.depth: name}))
        for name, topic in self.config.points.items():
            plans.append(_plan(clouds=(topic,), sources={topic: name}))
        return plans

    def _assembler(self, plan: Plan) -> Assembler:
        return Assembler(plan, self._tree, self.config.fixed_frame, self.world, self.account, live=True)

    # what comes in

    def take(self, topic: str, message: Any, received_ns: int) -> list[Input]:
        """Take one message of a topic as the settings call it, and return the inputs that are complete now.

        received_ns: when it came, by the clock of its stamps. Never raises for what is in the message.
        """
        if self._newest_ns is not None and received_ns < self._newest_ns - SET_BACK_NS:
            self._begin()
        self._newest_ns = received_ns
        inputs: list[Input] = []
        try:
            self._sort_in(topic, message, received_ns)
        except MALFORMED as error:
            self.account.leave_out("undecodable", f"a message on {topic} cannot be understood: {error}")
        for assembler in self._assemblers:
            inputs += assembler.tell(topic, message, received_ns)
        return self._with_rest(inputs, received_ns)

    def wait(self, now_ns: int) -> list[Input]:
        """Return what has waited for too long by now [ns], as far as it can be told without what never came."""
        inputs = [made for assembler in self._assemblers for made in assembler.release(now_ns)]
        return self._with_rest(inputs, now_ns)

    def finish(self) -> list[Input]:
        """Return what still waits and can be told: nothing more will come."""
        inputs = [made for assembler in self._assemblers for made in assembler.finish()]
        return self._with_rest(inputs, None)

    def _with_rest(self, inputs: list[Input], now_ns: int | None) -> list[Input]:
        """Return inputs with the robot's state before them, and behind them the detections that were of them."""
        for frame in inputs:
            if isinstance(frame, RgbdFrame):
                self._matcher.note(frame)
        state = None if now_ns is None else self._state(now_ns)
        return [*([] if state is None else [state]), *inputs, *self._matcher.release(now_ns)]

    def _sort_in(self, topic: str, message: Any, received_ns: int) -> None:
        if topic in (TF, TF_STATIC):
            rejected = self._tree.rejected
            self._tree.take(message, static=topic == TF_STATIC)
            if self._tree.rejected > rejected:
                self.account.leave_out("bad_transform", f"a transform on {topic} is none")
            if topic == TF_STATIC:
                self._static.append(message)
        elif topic == self.config.joints:
            self._joints = _Joints(stamp_of(message.header), _positions(message))
        elif topic == self.config.odometry:
            self._odometry = _Twist(stamp_of(message.header), *_twist(message.twist.twist))
        elif topic in self._depths:
            self._matcher.learn_frame(self._depths[topic], message)
        for detector in self._detectors.get(topic, ()):
            self._matcher.hold(detector, message, received_ns)

    # the robot

    def _state(self, now_ns: int) -> RobotState | None:
        """Return the robot's newest state, None where it is no newer than the last by enough."""
        base, fixed = self.config.base_frame, self.config.fixed_frame
        stamp_ns = None if base is None else self._tree.newest_ns(fixed, base)
        if base is None or stamp_ns is None:
            return None
        stamp_ns = stamp_ns or now_ns  # what does not move is there now
        if self._told_ns is not None and stamp_ns < self._told_ns + self._state_ns:
            return None
        X_WB = self._tree.pose(fixed, base, stamp_ns)
        if isinstance(X_WB, Missing):
            return None
        self._told_ns = stamp_ns
        return self._state_at(stamp_ns, now_ns, X_WB)

    def _state_at(self, stamp_ns: int, now_ns: int, X_WB: Float64[np.ndarray, "4 4"]) -> RobotState:
        joints, twist = self._joints, self._odometry
        if joints is None or abs(joints.stamp_ns - stamp_ns) > FRESH_NS:
            joints = _Joints(stamp_ns, {})
        if twist is None or abs(twist.stamp_ns - stamp_ns) > FRESH_NS:
            twist = _Twist(stamp_ns, (0.0, 0.0, 0.0), (0.0, 0.0, 0.0))
        return RobotState(
            source=ROBOT,
            stamp_ns=stamp_ns,
            received_ns=now_ns,
            world=self.world,
            X_WB=X_WB,
            linear_velocity_B_m_s=twist.linear_B_m_s,
            angular_velocity_B_rad_s=twist.angular_B_rad_s,
            joint_positions_rad=joints.positions_rad,
        )


@dataclass(frozen=True)
class _Joints:
    stamp_ns: int
    positions_rad: dict[str, float]


@dataclass(frozen=True)
class _Twist:
    stamp_ns: int
    linear_B_m_s: tuple[float, float, float]
    angular_B_rad_s: tuple[float, float, float]


def _positions(message: Any) -> dict[str, float]:
    """Return the joints of a JointState; none where it tells of velocities or efforts alone."""
    positions = [float(position) for position in message.position]
    return dict(zip(map(str, message.name), positions, strict=True)) if positions else {}


def _twist(told: Any) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    linear, angular = told.linear, told.angular
    moves = float(linear.x), float(linear.y), float(linear.z)
    return moves, (float(angular.x), float(angular.y), float(angular.z))


def _plan(
    *,
    sources: dict[str, str],
    cameras: tuple[CameraTopics, ...] = (),
    clouds: tuple[str, ...] = (),
    infos: frozenset[str] = frozenset(),
) -> Plan:
    """Return the plan of one sensor; transforms are told to the tree that all share."""
    return Plan(cameras, clouds, infos, frozenset(), frozenset(), sources, ())
