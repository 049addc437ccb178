"""Inputs that ROS has no one message for: robot states, detections, actions, recalls. Written and read whole.

    TOPIC (of source "robot")    type                       holds
    /tf                          tf2_msgs/TFMessage         map -> robot_base_link, for viewers
    /robot/odometry              nav_msgs/Odometry          pose and twist of a RobotState, for viewers
    /robot/joint_states          sensor_msgs/JointState     its joints, for viewers
    /robot/robot_state           std_msgs/UInt8MultiArray   the input as `spatialmem.codec` writes it; it comes last
    /robot/detections, action, recall                       likewise

Where a state holds nothing that viewers could show, such as a pose that is none, only the payload is written.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any, Union

import numpy as np

from spatialmem.codec import decode_input, encode_input
from spatialmem.episodes.bags.log import Message
from spatialmem.episodes.bags.parts import (
    FIELD,
    FIXED_FRAME,
    SOURCE,
    Part,
    Unrecordable,
    check_stamps,
    frame_word,
    quaternion_message,
    stamped_header,
    transforms,
)
from spatialmem.episodes.bags.ros_types import BYTES, JOINTS, ODOMETRY, TRANSFORMS, Undecodable, decode, message_class
from spatialmem.errors import InputError
from spatialmem.geometry import is_rigid
from spatialmem.types import Action, Detections, Input, Recall, RobotState

__all__ = ["PAYLOAD", "Whole", "payload_of", "payload_parts"]

PAYLOAD = "input"
"""The field of a channel whose messages hold inputs whole."""
KIND = "kind"
"""The key of such a channel's metadata that says which kind of input."""
Whole = Union[RobotState, Detections, Action, Recall]  # noqa: UP007 - used at run time on 3.10
TOPICS = {RobotState: "robot_state", Detections: "detections", Action: "action", Recall: "recall"}


def payload_parts(x: Whole, word: str) -> Iterator[Part]:
    """Yield the messages that carry an input, the payload last; `word` names its topics. Raises Unrecordable."""
    check_stamps(x)
    kind = next(kind for kind in TOPICS if isinstance(x, kind))
    try:
        data = encode_input(x)
        decode_input(data)  # what cannot be read again is no record
    except (InputError, TypeError, ValueError, OverflowError, RecursionError) as error:
        raise Unrecordable("bad_field", f"a {kind.__name__} has a field that cannot be kept: {error}") from error
    if isinstance(x, RobotState):
        yield from _shown(x, word)
    marks = {FIELD: PAYLOAD, KIND: kind.__name__, SOURCE: str(x.source)}
    yield Part(f"/{word}/{TOPICS[kind]}", BYTES, _bytes_message(data), marks)


def payload_of(message: Message, world: str) -> Input:
    """Return the input that a message holds, in the world `world`. Raises Undecodable where it is not the one told."""
    channel = message.channel
    data = np.asarray(decode(message).data, np.uint8).tobytes()
    try:
        x = decode_input(data)
    except InputError as error:
        raise Undecodable("undecodable", f"a message on {channel.topic} holds no input: {error}") from error
    told = (channel.metadata.get(KIND), channel.metadata.get(SOURCE, ""), message.publish_ns, message.log_ns)
    if (type(x).__name__, x.source, x.stamp_ns, x.received_ns) != told:
        raise Undecodable("undecodable", f"a message on {channel.topic} holds another input than its channel says")
    return dataclasses.replace(x, world=world)


def _bytes_message(data: bytes) -> Any:
    dimension = message_class("std_msgs/msg/MultiArrayDimension")(label="bytes", size=len(data), stride=len(data))
    layout = message_class("std_msgs/msg/MultiArrayLayout")(dim=[dimension], data_offset=0)
    return message_class(BYTES)(layout=layout, data=np.frombuffer(data, np.uint8))


def _shown(x: RobotState, word: str) -> Iterator[Part]:
    """Yield what viewers can show of a robot's state: none of it is read back."""
    try:
        twist = [[float(c) for c in of] for of in (x.linear_velocity_B_m_s, x.angular_velocity_B_rad_s)]
        joints = {str(name): float(angle) for name, angle in x.joint_positions_rad.items()}
    except (TypeError, ValueError, AttributeError):
        return
    header = stamped_header(int(x.stamp_ns), frame_word(word, "base_link"))
    X = x.X_WB
    if isinstance(X, np.ndarray) and X.shape == (4, 4) and X.dtype == np.float64 and is_rigid(X):
        yield Part("/tf", TRANSFORMS, transforms(X, header), {})
        if len(twist[0]) == len(twist[1]) == 3:
            yield Part(f"/{word}/odometry", ODOMETRY, _odometry(X, twist, header), {})
    if joints:
        nothing = np.zeros(0)
        position = np.array(list(joints.values()), np.float64)
        message = message_class(JOINTS)(
            header=header, name=list(joints), position=position, velocity=nothing, effort=nothing
        )
        yield Part(f"/{word}/joint_states", JOINTS, message, {})


def _odometry(X_WB: np.ndarray, twist: list[list[float]], header: Any) -> Any:
    """Return a pose in the world, and a twist in the base; neither says how certain it is."""
    vector, point = message_class("geometry_msgs/msg/Vector3"), message_class("geometry_msgs/msg/Point")
    x, y, z = (float(c) for c in X_WB[:3, 3])
    pose = message_class("geometry_msgs/msg/Pose")(position=point(x, y, z), orientation=quaternion_message(X_WB))
    moving = message_class("geometry_msgs/msg/Twist")(linear=vector(*twist[0]), angular=vector(*twist[1]))
    with_covariance = [message_class(f"geometry_msgs/msg/{name}WithCovariance") for name in ("Pose", "Twist")]
    return message_class(ODOMETRY)(
        header=stamped_header(header.stamp, FIXED_FRAME),
        child_frame_id=header.frame_id,
        pose=with_covariance[0](pose, np.zeros(36)),
        twist=with_covariance[1](moving, np.zeros(36)),
    )
