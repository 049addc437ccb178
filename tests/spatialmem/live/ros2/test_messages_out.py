"""What the memory knows as messages: as they are after the wire, and as rclpy's classes want them."""

import math

import numpy as np
import pytest
from ros2_robot import Robot

from spatialmem import Floor, ObjectState, Route
from spatialmem.live.ros2 import MessageMaker, floor_message, object_markers, route_message
from spatialmem.types import FrozenDict, State

STAMP_NS = 1_700_000_000_123_456_789
ROBOT = Robot()
MAKE = MessageMaker(lambda kind: ROBOT.types.types[kind], lambda numbers: numbers)
WHERE = {"frame": "map", "stamp_ns": STAMP_NS}


def thing(number, label, center, size, *, yaw=0.0, missing=False):
    return ObjectState(
        id=number, label=label, label_p=FrozenDict({label: 1.0}), label_entropy_nat=0.0, confirmed=True,
        center_W=np.array(center), size_m=np.array(size), yaw_rad=yaw, covariance_W=np.eye(3),
        velocity_W_m_s=np.zeros(3), first_ns=0, stamp_ns=0, sightings=3, viewpoints=2, score=0.9, source="yolo",
        attributes=FrozenDict({}), embedding=None, missing=missing,
    )  # fmt: skip


def test_objects_are_boxes_with_their_names():
    mug = thing(3, "mug", (1.0, 2.0, 0.8), (0.1, 0.12, 0.2), yaw=0.5)
    gone = thing(4, "cup", (2.0, 2.0, 0.8), (0.1, 0.1, 0.0), missing=True)
    message = ROBOT.received(object_markers([mug, gone], MAKE, **WHERE))
    clear, box, name, grey, gone_name = message.markers
    assert clear.action == 3  # all that was shown before goes
    assert {m.header.frame_id for m in message.markers} == {"map"}
    assert (box.header.stamp.sec, box.header.stamp.nanosec) == (1_700_000_000, 123_456_789)
    assert (box.type, box.action, box.ns, box.id) == (1, 0, "objects", 3)
    assert (box.pose.position.x, box.pose.position.y, box.pose.position.z) == (1.0, 2.0, 0.8)
    assert 2 * math.atan2(box.pose.orientation.z, box.pose.orientation.w) == pytest.approx(0.5)
    assert (box.scale.x, box.scale.y, box.scale.z) == (0.1, 0.12, 0.2)
    assert (name.type, name.text, name.id) == (9, "mug-3", 3)
    assert name.pose.position.z > 0.9
    assert grey.color.r == grey.color.g == grey.color.b
    assert box.color.r != box.color.g
    assert min(grey.scale.x, grey.scale.y, grey.scale.z) > 0
    assert gone_name.text == "cup-4 (missing)"
    assert len({(m.ns, m.id) for m in message.markers}) == 5


def test_no_object_takes_away_what_was_shown():
    assert [m.action for m in ROBOT.received(object_markers([], MAKE, **WHERE)).markers] == [3]


def test_the_floor_is_a_map():
    state = np.array([[State.FREE, State.OCCUPIED, State.UNKNOWN], [State.UNKNOWN, State.FREE, State.FREE]], np.uint8)
    no = np.zeros((2, 3), bool)
    floor = Floor(
        level=0, height_m=0.5, first_cell=(-10, 4), cell_m=0.1, state=state,
        clearance_m=np.zeros((2, 3), np.float32), wall=no, known=no,
    )  # fmt: skip
    grid = ROBOT.received(floor_message(floor, MAKE, **WHERE))
    assert (grid.info.width, grid.info.height) == (3, 2)
    assert grid.info.resolution == pytest.approx(0.1)
    assert grid.data.tolist() == [0, 100, -1, -1, 0, 0]  # row by row, x first
    origin = grid.info.origin.position
    assert (origin.x, origin.y, origin.z) == pytest.approx((-1.0, 0.4, 0.5))
    empty = Floor(
        level=0, height_m=0.0, first_cell=(0, 0), cell_m=0.1, state=state[:0, :0],
        clearance_m=np.zeros((0, 0), np.float32), wall=no[:0, :0], known=no[:0, :0],
    )  # fmt: skip
    assert len(ROBOT.received(floor_message(empty, MAKE, **WHERE)).data) == 0


def test_a_way_is_a_path_that_looks_ahead():
    points_W = np.array([[0.0, 0.0, 0.1], [1.0, 0.0, 0.1], [1.0, 2.0, 0.1]])
    route = Route(
        waypoints_W=points_W, length_m=3.0, clearance_m=0.4, unseen_m=0.0, arrival="there", place_ids=(),
        rooms_passed=tuple,
    )  # fmt: skip
    path = ROBOT.received(route_message(route, MAKE, **WHERE))
    at = [(p.pose.position.x, p.pose.position.y, p.pose.position.z) for p in path.poses]
    assert at == [tuple(point) for point in points_W.tolist()]
    turns = [2 * math.atan2(p.pose.orientation.z, p.pose.orientation.w) for p in path.poses]
    assert turns == pytest.approx([0.0, math.pi / 2, math.pi / 2])
    assert ROBOT.received(route_message(None, MAKE, **WHERE)).poses == []
