"""The settings of the source: strict, and clear about what is wrong."""

import re
from pathlib import Path

import pytest
import yaml
from ros2_robot import settings

from spatialmem import ConfigError
from spatialmem.live.ros2 import Ros2Config
from spatialmem.live.ros2.settings import checked_topics, ros2_config

ROOT = Path(__file__).resolve().parents[4]


def refused(**given):
    with pytest.raises(ConfigError) as caught:
        ros2_config({"ros2": given})
    return str(caught.value)


def test_one_camera_is_named_after_its_topic_as_in_a_recording():
    config = ros2_config({"ros2": {"depth": "/camera/depth/image_rect_raw", "color": "/camera/color/image_raw"}})
    assert list(config.all_cameras) == ["camera/depth"] or list(config.all_cameras) == ["camera"]
    (camera,) = config.all_cameras.values()
    assert (camera.info_topic, camera.color) == ("/camera/depth/camera_info", "/camera/color/image_raw")


def test_the_info_is_the_sibling_of_any_transport():
    for depth, info in (
        ("/a/depth/compressedDepth", "/a/camera_info"),
        ("/a/image_raw/compressed", "/a/camera_info"),
        ("depth", "camera_info"),
        ("cam/depth", "cam/camera_info"),
    ):
        (camera,) = ros2_config({"ros2": {"depth": depth}}).all_cameras.values()
        assert camera.info_topic == info


def test_what_is_wrong_is_named():
    assert "unknown setting 'dept'" in refused(dept="/a")
    assert "Did you mean 'depth'?" in refused(dept="/a")
    assert "nothing to take in" in refused()
    assert "go with depth" in refused(color="/a", points={"lidar": "/b"})
    assert "depth is 'no topic'" in refused(depth="no topic")
    assert "depth is '/a//b'" in refused(depth="/a//b")
    assert "fixed_frame is '/map'" in refused(depth="/a", fixed_frame="/map")
    assert "state_hz is 100" in refused(depth="/a", state_hz=100)
    assert "publish.rate_hz is 0" in refused(depth="/a", publish={"rate_hz": 0})
    assert "Did you mean 'front'?" in refused(
        **{**settings()["ros2"], "detections": {"a": {"topic": "/a", "camera": "fron"}}}
    )
    assert "detections.yolo need a camera" in refused(points={"l": "/l"}, detections={"yolo": {"topic": "/y"}})
    assert "two sources have the name 'base'" in refused(points={"base": "/l"})
    assert "two sources have the topic '/l'" in refused(points={"a": "/l", "b": "/l"})
    assert "allowed are 2d, 3d" in refused(depth="/a", detections={"yolo": {"topic": "/y", "kind": "4d"}})
    with pytest.raises(ConfigError, match="beside ros2"):
        ros2_config({"ros2": {"depth": "/a"}, "speed": 1})


def test_settings_from_python_are_held_to_the_same():
    with pytest.raises(ConfigError, match="state_hz"):
        checked_topics(Ros2Config(depth="/a", state_hz=500.0))


def test_the_example_in_the_file_of_settings_is_true():
    lines = (ROOT / "launch" / "attach.yaml").read_text("utf-8").splitlines()
    start = next(i for i, line in enumerate(lines) if re.match(r"  # +ros2:|  #   ros2:", line))
    block = []
    for line in lines[start:]:
        if not line.startswith("  #"):
            break
        block.append(line.replace("  #", "   ", 1))
    config = ros2_config(yaml.safe_load("\n".join(block)))
    assert config.publish is not None
    assert list(config.detections) == ["yolo"]
    assert len(config.all_cameras) == 1


def test_the_word_is_announced():
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    group = text.partition('[project.entry-points."spatialmem.sources"]')[2].partition("\n[")[0]
    assert 'ros2 = "spatialmem.live.ros2.node:ros2"' in group
