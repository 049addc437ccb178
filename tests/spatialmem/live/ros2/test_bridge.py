"""Messages on topics become inputs: what belongs together, in whatever order it comes; what is broken is counted."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as tried
from hypothesis import strategies as st
from ros2_robot import (
    CAMERA,
    FRONT,
    FRONT_COLOR,
    LOOKS,
    PERIOD_NS,
    REAR,
    SCAN,
    SECOND,
    START_NS,
    YOLO,
    Robot,
    as_rclpy,
    base_at,
    depth_at,
    drive,
    settings,
)

from spatialmem import Detections, PointScan, RgbdFrame, RobotState, SpatialMemory
from spatialmem.live.ros2 import Bridge
from spatialmem.live.ros2.settings import ros2_config

LATE_NS = 2_000_000


def bridge(**more):
    return Bridge(ros2_config(settings(**more)), "home")


def told(messages, to=None):
    """What comes of messages, each with a time; and of nothing more for two seconds."""
    to = to or bridge()
    made = [x for topic, message, ns in messages for x in to.take(topic, message, ns + LATE_NS)]
    return to, made + to.wait(messages[-1][2] + 2 * SECOND)


def of(kind, inputs, source=None):
    return [x for x in inputs if isinstance(x, kind) and source in (None, x.source)]


@pytest.fixture(scope="module")
def driven():
    return drive().in_time()


@pytest.mark.parametrize("form", [lambda message: message, as_rclpy])
def test_frames_have_their_colour_camera_and_pose(driven, form):
    to, made = told([(topic, form(message), ns) for topic, message, ns in driven])
    front = of(RgbdFrame, made, "front")
    assert len(front) == 4
    for index, frame in enumerate(front):
        stamp_ns = START_NS + index * PERIOD_NS + 7_000_000
        assert (frame.stamp_ns, frame.received_ns, frame.world) == (stamp_ns, stamp_ns + LATE_NS, "home")
        assert (frame.depth == depth_at(index)).all()
        assert frame.camera == CAMERA
        assert isinstance(frame.color, np.ndarray)
        assert (frame.color == 10 * index).all()
        assert np.abs(frame.X_WC - base_at(stamp_ns) @ LOOKS).max() < 1e-4
    assert [frame.color is None for frame in of(RgbdFrame, made, "rear")] == [True] * 4
    scans = of(PointScan, made, "lidar")
    assert [float(scan.points_S[0, 2]) for scan in scans] == pytest.approx([0.0, 0.1, 0.2, 0.3])
    assert np.abs(scans[1].X_WS - base_at(scans[1].stamp_ns)).max() < 1e-4
    assert not to.account.left_out


def test_detections_go_on_with_the_stamp_of_their_frame(driven):
    _, made = told(driven)
    frames = [frame.stamp_ns for frame in of(RgbdFrame, made, "front")]
    for source, label in (("yolo", "cup"), ("boxes", "crate")):
        found = of(Detections, made, source)
        assert [one.stamp_ns for one in found] == frames
        assert {one.camera_source for one in found} == {"front"}
        assert [[item.label for item in one.items] for one in found] == [[label]] * 4
    cup = of(Detections, made, "yolo")[0].items[0]
    assert (cup.score, cup.box_px) == (0.8, (12.0, 9.0, 20.0, 15.0))
    # 1.7 m to 2.1 m before the camera, at its height: 0.2 m to each side, at its front face
    edge = 30.0 * 0.2 / 1.7
    crate = of(Detections, made, "boxes")[0].items[0]
    assert crate.box_px == pytest.approx((15.5 - edge, 11.5 - edge, 15.5 + edge, 11.5 + edge), abs=1e-3)
    for one in of(Detections, made):
        assert made.index(one) > made.index(next(x for x in of(RgbdFrame, made, "front") if x.stamp_ns == one.stamp_ns))


def test_the_robot_is_told_of_at_most_fifty_times_a_second():
    messages = drive(tf_ns=5_000_000, rear=False, scan=False, detections=False).in_time()
    _, made = told(messages, bridge(joints="/joint_states"))
    states = of(RobotState, made)
    stamps = np.array([state.stamp_ns for state in states])
    assert len(states) >= 4
    assert np.diff(stamps).min() >= SECOND // 50
    for state in states:
        assert np.abs(state.X_WB - base_at(state.stamp_ns)).max() < 1e-3
        assert state.received_ns >= state.stamp_ns


def test_joints_and_velocity_are_told_while_they_are_fresh():
    robot = drive(rear=False, scan=False, detections=False)
    robot.joints("/joint_states", START_NS, {"shoulder": 0.5, "elbow": -1.0})
    robot.odometry("/odom", START_NS, (0.5, 0.0, 0.0), (0.0, 0.0, 0.2))
    for stamp_ns in (START_NS + 2 * SECOND, START_NS + 2 * SECOND + PERIOD_NS):
        robot.transform(stamp_ns, "map", "odom", np.eye(4))
        robot.transform(stamp_ns, "odom", "base_link", np.eye(4))
    _, made = told(robot.in_time(), bridge(joints="/joint_states", odometry="/odom"))
    near = next(state for state in of(RobotState, made) if state.stamp_ns >= START_NS + PERIOD_NS)
    assert near.joint_positions_rad == {"shoulder": 0.5, "elbow": -1.0}
    assert near.linear_velocity_B_m_s == (0.5, 0.0, 0.0)
    assert near.angular_velocity_B_rad_s == (0.0, 0.0, 0.2)
    late = of(RobotState, made)[-1]
    assert late.stamp_ns >= START_NS + 2 * SECOND
    assert (late.joint_positions_rad, late.linear_velocity_B_m_s) == ({}, (0.0, 0.0, 0.0))


def same(a, b):
    """Whether two inputs are, but for when they came."""
    if isinstance(a, Detections):
        return a.camera_source == b.camera_source and repr(a.items) == repr(b.items)
    if isinstance(a, PointScan):
        return (a.points_S == b.points_S).all() and (a.X_WS == b.X_WS).all()
    if (a.color is None) != (b.color is None) or (a.color is not None and (a.color != b.color).any()):
        return False
    return (a.depth == b.depth).all() and (a.X_WC == b.X_WC).all() and a.camera == b.camera


def but_states(inputs):
    return {(type(x).__name__, x.source, x.stamp_ns): x for x in inputs if not isinstance(x, RobotState)}


STREAMS = drive(3).sent()
"""By topic."""
EXPECTED = but_states(told(drive(3).in_time())[1])


@tried(max_examples=40)
@given(st.permutations([topic for topic, messages in STREAMS.items() for _ in messages]), st.integers(0, 900_000_000))
def test_the_order_in_which_topics_come_is_the_same_to_it(order, spread_ns):
    """Each topic keeps its own order, all come within the wait, and what comes out is the same."""
    streams = {topic: iter(messages) for topic, messages in STREAMS.items()}
    messages = [
        (topic, next(streams[topic]), START_NS + SECOND + index * spread_ns // len(order))
        for index, topic in enumerate(order)
    ]
    to, made = told(messages)
    found = but_states(made)
    assert found.keys() == EXPECTED.keys()
    assert all(same(found[key], EXPECTED[key]) for key in found)
    assert len(but_states(made)) == len([x for x in made if not isinstance(x, RobotState)])  # none of them twice
    assert not to.account.left_out
    for state in of(RobotState, made):
        assert np.abs(state.X_WB - base_at(state.stamp_ns)).max() < 1e-3


def test_one_camera_does_not_wait_for_another():
    robot = drive(scan=False, detections=False)
    messages = [m for m in robot.in_time() if not m[0].startswith("/rear/depth/camera_info")]
    to = bridge()
    made = [x for topic, message, ns in messages for x in to.take(topic, message, ns)]
    assert len(of(RgbdFrame, made, "front")) == 4
    assert not of(RgbdFrame, made, "rear")
    to.wait(messages[-1][2] + 2 * SECOND)
    assert to.account.left_out == {"no_camera_info": 4}


def test_nothing_waits_longer_than_a_second(driven):
    to, made = bridge(), []
    for topic, message, ns in driven:
        if topic not in ("/tf", "/tf_static"):
            made += to.take(topic, message, ns)
    assert not to.wait(driven[-1][2] + SECOND // 2)
    assert not made + to.wait(driven[-1][2] + 2 * SECOND)
    assert to.account.left_out == {"tf_unknown_frame": 12, "detections_without_frame": 8}


def test_detections_without_a_frame_in_time_are_counted():
    robot = drive(rear=False, scan=False, detections=False)
    cup = {"cup": 0.8}, robot.box_2d(16.0, 12.0, 8.0, 6.0)
    robot.detections(
        YOLO, START_NS + 7_000_000 + PERIOD_NS - 49_000_000, "front_optical", [cup]
    )  # 49 ms: of the second
    robot.detections(YOLO, START_NS + 7_000_000 + 10 * PERIOD_NS, "front_optical", [cup])
    to, made = told(robot.in_time())
    assert [one.stamp_ns for one in of(Detections, made)] == [START_NS + 7_000_000 + PERIOD_NS]
    assert to.account.left_out == {"detections_without_frame": 1}


def test_the_camera_of_detections_is_known_by_its_frame_or_by_the_settings():
    robot = drive(scan=False, detections=False)
    cup = {"cup": 0.8}, robot.box_2d(16.0, 12.0, 8.0, 6.0)
    for frame in ("rear_optical", "front_optical", "elsewhere"):
        robot.detections(YOLO, START_NS + 7_000_000 + PERIOD_NS, frame, [cup])
    to, made = told(robot.in_time())
    assert sorted(one.camera_source for one in of(Detections, made)) == ["front", "rear"]
    assert to.account.left_out == {"detections_of_no_camera": 1}
    _, made = told(robot.in_time(), bridge(detections={"yolo": {"topic": YOLO, "camera": "rear"}}))
    assert {one.camera_source for one in of(Detections, made)} == {"rear"}
    only = {"cameras": {"front": {"depth": FRONT}}, "points": {}, "detections": {"yolo": {"topic": YOLO}}}
    _, made = told(robot.in_time(), bridge(**only))
    assert [one.camera_source for one in of(Detections, made)] == ["front"] * 3


def test_detections_that_say_nothing_are_told_and_those_that_cannot_be_read_are_not():
    robot = drive(rear=False, scan=False, detections=False)
    stamps = [START_NS + 7_000_000 + index * PERIOD_NS for index in range(3)]
    robot.detections(YOLO, stamps[0], "front_optical", [])
    bad = {
        "no_results": ({}, robot.box_2d(16.0, 12.0, 8.0, 6.0)),
        "score": ({"cup": 1.5}, robot.box_2d(16.0, 12.0, 8.0, 6.0)),
        "not_a_number": ({"cup": float("nan")}, robot.box_2d(16.0, 12.0, 8.0, 6.0)),
        "label": ({"": 0.5}, robot.box_2d(16.0, 12.0, 8.0, 6.0)),
        "box": ({"cup": 0.5}, robot.box_2d(16.0, 12.0, 0.0, 6.0)),
        "nowhere": ({"cup": 0.5}, robot.box_2d(float("inf"), 12.0, 1.0, 6.0)),
        "outside": ({"cup": 0.5}, robot.box_2d(100.0, 12.0, 8.0, 6.0)),
    }
    robot.detections(YOLO, stamps[1], "front_optical", list(bad.values()))
    good = {"cup": 0.5}, robot.box_2d(0.0, 12.0, 8.0, 6.0)
    robot.detections(YOLO, stamps[2], "front_optical", [*bad.values(), good])
    to, made = told(robot.in_time())
    assert [(one.stamp_ns, len(one.items)) for one in of(Detections, made)] == [(stamps[0], 0), (stamps[2], 1)]
    assert of(Detections, made)[1].items[0].box_px == (-0.5, 9.0, 4.0, 15.0)
    assert to.account.left_out == {
        "detection_without_label": 4,
        "detection_score": 4,
        "detection_box": 4,
        "box_outside": 2,
    }


def break_message(name):
    """Messages that are none, each of its true type but one, and the reasons that they are counted by."""
    stamp_ns = START_NS + 7_000_000 + 10 * PERIOD_NS
    robot = Robot()
    robot.image(FRONT, stamp_ns, "front_optical", depth_at(0), "16UC1")
    image = robot.received(robot.messages[-1][2])
    robot.cloud(SCAN, stamp_ns, "lidar", np.zeros((2, 3), np.float32))
    cloud = robot.received(robot.messages[-1][2])
    return {
        "short": (FRONT, replace(image, data=image.data[:50]), "image_too_short"),
        "encoding": (FRONT, replace(image, encoding="yuv422"), "depth_encoding"),
        "no_pixels": (FRONT, replace(image, data=None), "undecodable"),
        "not_an_image": (FRONT, object(), "undecodable"),
        "nothing": (FRONT, None, "undecodable"),
        "cloud_as_image": (FRONT, cloud, "undecodable"),
        "image_as_cloud": (SCAN, image, "undecodable"),
        "short_cloud": (SCAN, replace(cloud, data=cloud.data[:5]), "points_too_short"),
        "no_fields": (SCAN, replace(cloud, fields=[]), "points_without_xyz"),
        "joints": ("/joint_states", cloud, "undecodable"),
        "tf": ("/tf", image, "undecodable"),
        "info": ("/front/depth/camera_info", 5, "undecodable"),
        "detections": (YOLO, "text", "undecodable"),
    }[name]


BROKEN = (
    "short", "encoding", "no_pixels", "not_an_image", "nothing", "cloud_as_image", "image_as_cloud", "short_cloud",
    "no_fields", "joints", "tf", "info", "detections",
)  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_what_cannot_be_understood_is_counted_and_ends_nothing(driven, name):
    topic, message, reason = break_message(name)
    to = bridge(joints="/joint_states")
    half = len(driven) // 2
    made = [x for entry in driven[:half] for x in to.take(*entry)]
    made += to.take(topic, message, driven[half][2])
    made += [x for entry in driven[half:] for x in to.take(*entry)]
    later = Robot()
    for stamp_ns in range(START_NS + 6 * PERIOD_NS, START_NS + 12 * PERIOD_NS, PERIOD_NS):
        later.transform(stamp_ns, "map", "odom", np.eye(4))
        later.transform(stamp_ns, "odom", "base_link", np.eye(4))
    made += [x for entry in later.in_time() for x in to.take(*entry)]
    made += to.wait(START_NS + 20 * SECOND)
    assert len(of(RgbdFrame, made, "front")) == 4
    assert len(of(PointScan, made)) == 4
    assert to.account.left_out[reason] >= 1
    assert reason in to.account.details


@given(st.binary(max_size=60), st.sampled_from([FRONT, FRONT_COLOR, SCAN, YOLO, "/tf", "/tf_static", REAR]))
@tried(max_examples=60)
def test_no_bytes_raise(data, topic):
    """A message whose every field is something else."""

    class Odd:
        def __getattr__(self, name):
            return data if len(data) % 3 else Odd()

        def __iter__(self):
            return iter([Odd()] if len(data) % 2 else [])

    to = bridge()
    to.take(topic, Odd(), START_NS)
    to.wait(START_NS + 5 * SECOND)


def test_a_clock_that_is_set_back_begins_anew(driven):
    to, first = told(driven)
    assert len(of(RgbdFrame, first, "front")) == 4
    again = [entry for entry in driven if entry[0] != "/tf_static"]  # it is told once only
    _, made = told(again, to)
    assert len(of(RgbdFrame, made, "front")) == 4
    assert but_states(first).keys() == but_states(made).keys()
    assert not to.account.left_out


def test_a_base_that_does_not_move_is_there_now():
    robot = Robot()
    robot.transform(START_NS, "map", "base_link", base_at(START_NS + SECOND), static=True)
    _, made = told(robot.in_time())
    states = of(RobotState, made)
    assert [state.stamp_ns for state in states] == [START_NS + LATE_NS, START_NS + 2 * SECOND]
    assert np.abs(states[0].X_WB - base_at(START_NS + SECOND)).max() < 1e-9


def test_a_memory_takes_it_all_in(driven):
    _, made = told(driven)
    memory = SpatialMemory()
    answers = [memory.observe(replace(x, world="world")) for x in made]
    assert all(answers), [answer for answer in answers if not answer]
    assert memory.view().robot is not None
