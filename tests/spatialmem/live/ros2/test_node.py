"""The node's wiring, against a stand-in for rclpy; and what is said where there is none."""

import sys
import threading
import time

import numpy as np
import pytest
from ros2_robot import FRONT, SCAN, SECOND, START_NS, YOLO, drive, settings
from ros2_stand_in import install, wire

from spatialmem import ConfigError, Route, SpatialMemError, SpatialMemory
from spatialmem.live import LiveConfig, attach, sources
from spatialmem.live.ros2 import Ros2Source
from spatialmem.live.ros2.node import ROS_ARGS, ros2
from spatialmem.types import Detections, PointScan, RgbdFrame


@pytest.fixture
def network(monkeypatch):
    network = install(monkeypatch)
    network.now_ns = START_NS
    monkeypatch.delenv(ROS_ARGS, raising=False)
    return network


def until(truth, seconds=30.0):
    end = time.monotonic() + seconds
    while not truth():
        assert time.monotonic() < end
        time.sleep(0.01)


def listen(source):
    """Iterate in a thread; return what came, the thread, and what stops it."""
    came, stop = [], threading.Event()

    def run():
        items = iter(source)
        for inputs in items:
            came.extend(inputs)
            if stop.is_set():
                break
        items.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return came, thread, stop


def waiting(attached):
    """How many inputs have come in and are not told of yet."""
    return sum(one.waiting for one in attached.status().tallies.values())


def send(network, robot):
    for topic, message, ns in robot.in_time():
        network.send(topic, message, ns)
    network.settle()


def test_what_comes_on_topics_comes_out_as_inputs(network):
    source = ros2(settings(), "home")
    came, thread, stop = listen(source)
    until(lambda: len(network.subscriptions) == 10)
    send(network, drive())
    network.now_ns += 2 * SECOND  # the last detections wait no longer for a frame that may be nearer
    until(lambda: len([x for x in came if isinstance(x, Detections)]) == 8)
    assert len([x for x in came if isinstance(x, RgbdFrame)]) == 8
    assert len([x for x in came if isinstance(x, PointScan)]) == 4
    assert not source.bridge.account.left_out
    assert thread.is_alive()
    stop.set()
    thread.join(10)
    assert not thread.is_alive()
    assert [node.destroyed for node in network.nodes] == [True]
    assert not any(context.ok() for context in network.contexts)


def test_subscriptions_have_the_quality_of_service_that_is_usual(network):
    _, thread, stop = listen(ros2(settings(joints="joint_states"), "home"))
    until(lambda: len(network.subscriptions) == 11)
    stop.set()
    thread.join(10)
    subscribed = network.subscriptions
    assert {topic for topic, one in subscribed.items() if one.qos.durability == "TRANSIENT_LOCAL"} == {"/tf_static"}
    reliable = {topic for topic, one in subscribed.items() if one.qos.reliability == "RELIABLE"}
    assert reliable == {"/tf", "/tf_static"}
    kinds = {topic: one.kind.__name__.rpartition("__")[2] for topic, one in subscribed.items()}
    assert (kinds[FRONT], kinds[SCAN], kinds[YOLO]) == ("Image", "PointCloud2", "Detection2DArray")
    assert (kinds["/boxes"], kinds["joint_states"]) == ("Detection3DArray", "JointState")
    assert kinds["/front/depth/camera_info"] == "CameraInfo"


def test_compressed_topics_have_their_own_type(network):
    _, thread, stop = listen(ros2({"ros2": {"depth": "d/compressedDepth", "color": "c/compressed"}}, "home"))
    until(lambda: len(network.subscriptions) == 5)
    stop.set()
    thread.join(10)
    kinds = {topic: one.kind.__name__.rpartition("__")[2] for topic, one in network.subscriptions.items()}
    assert kinds["d/compressedDepth"] == kinds["c/compressed"] == "CompressedImage"


def test_it_ends_when_rclpy_shuts_down(network):
    network.default.start()  # of a process that runs rclpy itself
    _, thread, _ = listen(ros2(settings(), "home"))
    until(lambda: len(network.subscriptions) == 10)
    assert network.inits == []
    network.default.try_shutdown()
    thread.join(10)
    assert not thread.is_alive()
    assert [node.destroyed for node in network.nodes] == [True]


def test_a_context_of_somebody_else_is_left_at_work(network):
    network.default.start()
    _, thread, stop = listen(ros2(settings(), "home"))
    until(lambda: len(network.subscriptions) == 10)
    stop.set()
    thread.join(10)
    assert network.default.ok()


def test_arguments_of_ros_come_from_settings_and_the_environment(network, monkeypatch):
    monkeypatch.setenv(ROS_ARGS, "-r __ns:=/robot1 -p use_sim_time:=true")
    _, thread, stop = listen(ros2(settings(ros_args=["-r", "/tf:=tf"], node="eyes"), "home"))
    until(lambda: network.nodes)
    stop.set()
    thread.join(10)
    assert network.inits == [["--ros-args", "-r", "/tf:=tf", "-r", "__ns:=/robot1", "-p", "use_sim_time:=true"]]
    assert network.nodes[0].name == "eyes"


def test_what_is_left_out_is_logged_once_each(network):
    came, thread, stop = listen(ros2(settings(), "home"))
    until(lambda: len(network.subscriptions) == 10)
    robot = drive(rear=False, detections=False)
    for index in range(3):
        robot.image(FRONT, START_NS + index * 1_000_000, "front_optical", np.zeros((2, 2), np.uint8), "bayer")
    send(network, robot)
    network.now_ns += 6 * SECOND
    until(lambda: any("nothing has come" in line for line in network.log))
    stop.set()
    thread.join(10)
    assert came
    assert len([line for line in network.log if line.startswith("depth_encoding")]) == 1
    silent = next(line for line in network.log if "nothing has come" in line)
    assert "/rear/depth/image_rect_raw" in silent
    assert SCAN not in silent


def test_attach_takes_it_in_and_the_memory_goes_out(network, monkeypatch):
    entry = type("Entry", (), {"name": "ros2", "value": "spatialmem.live.ros2.node:ros2", "load": lambda self: ros2})
    monkeypatch.setattr(sources, "entry_points", lambda group: [entry()])
    given = settings(publish={"rate_hz": 10.0, "floor": "floor"})
    memory = SpatialMemory()
    source = sources.open_source("robot", given, "world")
    assert isinstance(source, Ros2Source)
    slow = LiveConfig(hung_s=60.0, stale_s=60.0)  # shapes are checked here, and whoever is slow does not hang
    with attach(memory, {"robot": source}, config=slow) as attached:
        until(lambda: len(network.subscriptions) == 10)
        for topic, message, ns in drive(6).in_time():  # no faster than they are taken in
            network.send(topic, message, ns)
            network.settle()
            until(lambda: waiting(attached) <= 4)
        until(lambda: memory.view().seq > 20)
        until(lambda: len(network.publishers["floor"]) > 2)
        route = Route(
            waypoints_W=np.zeros((2, 3)), length_m=0.0, clearance_m=0.4, unseen_m=0.0, arrival="there", place_ids=(),
            rooms_passed=tuple,
        )  # fmt: skip
        source.publish_route(route, memory.view().stamp_ns)
        assert attached.tick().view.robot is not None
        status = attached.status()
        assert {"robot/front", "robot/rear", "robot/base"} <= set(status.tallies)
        assert (sum(tally.lost for tally in status.tallies.values()), status.failure) == (0, "")
    counts = memory.view().counts
    assert counts["front"]["admitted"] >= 5
    assert counts["base"]["admitted"] >= 5
    assert set(network.publishers) == {"~/objects", "floor", "~/route"}
    grid = wire(network, network.publishers["floor"][-1])
    assert grid.header.frame_id == "map"
    assert set(grid.data.tolist()) <= {-1, 0, 100}
    assert wire(network, network.publishers["~/objects"][-1]).markers[0].action == 3
    assert len(wire(network, network.publishers["~/route"][0]).poses) == 2
    assert [node.destroyed for node in network.nodes] == [True]


@pytest.mark.skipif("rclpy" in sys.modules, reason="there is a ROS 2")
def test_without_ros_it_is_said_what_to_do(monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "rclpy"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "rclpy", None)
    with pytest.raises(SpatialMemError, match=r"apt install ros-jazzy-rclpy.*setup\.bash"):
        ros2(settings(), "home")


def test_a_message_package_that_is_not_there_is_named(network, monkeypatch):
    monkeypatch.setitem(sys.modules, "vision_msgs.msg", None)
    with pytest.raises(SpatialMemError, match="ros-jazzy-vision-msgs"):
        ros2(settings(), "home")
    ros2(settings(detections={}), "home")  # nobody needs it then


def test_a_topic_has_one_type(network):
    with pytest.raises(ConfigError, match="at once"):
        ros2({"ros2": {"depth": "/a", "color": "/b", "points": {"lidar": "/b"}}}, "home")
