"""ROS 2: what comes on topics becomes inputs, and what the memory knows goes out as messages.

settings.py      Ros2Config: the topics and frames
bridge.py        Bridge: messages into inputs
detections.py    detections, each matched to the frame that it is of
boxes.py         boxes of vision_msgs as boxes in the picture
messages_out.py  objects, floor and ways as messages
node.py          Ros2Source: the node itself; nothing else here imports rclpy
"""

from spatialmem.live.ros2.bridge import Bridge
from spatialmem.live.ros2.messages_out import MessageMaker, floor_message, object_markers, route_message
from spatialmem.live.ros2.node import Ros2Source
from spatialmem.live.ros2.settings import CameraTopicNames, DetectionsTopic, PublishTopics, Ros2Config

__all__ = [
    "Bridge",
    "CameraTopicNames",
    "DetectionsTopic",
    "MessageMaker",
    "PublishTopics",
    "Ros2Config",
    "Ros2Source",
    "floor_message",
    "object_markers",
    "route_message",
]
