"""Settings are read from YAML; what does not exist or is out of range is named with what is allowed."""

import msgspec
import pytest

from spatialmem import Config, ConfigError, DepthConfig, load_config
from spatialmem.config import parse_config


def written(tmp_path, text):
    path = tmp_path / "memory.yaml"
    path.write_text(text)
    return path


def test_what_is_left_out_keeps_its_default(tmp_path):
    config = load_config(written(tmp_path, "octree: {voxel_size_m: 0.02}\nsensors: {lidar: {range_max_m: 40}}\n"))
    assert config.octree.voxel_size_m == 0.02
    assert config.octree.threads == Config().octree.threads
    assert config.depth_of("lidar").range_max_m == 40
    assert config.depth_of("camera") == DepthConfig()
    assert load_config(written(tmp_path, "")) == Config()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("octre: {}", r"unknown setting 'octre'.*octree.*Did you mean 'octree'"),
        ("octree: {voxel: 1}", r"unknown setting 'octree\.voxel'.*voxel_size_m"),
        ("octree: {voxel_size_m: 9}", r"<= 1\.0.*octree\.voxel_size_m"),
        ("octree: {threads: many}", r"octree\.threads"),
        ("- 1", "must be a mapping"),
        ("a: [", "is not YAML"),
        ("sensors: {lidar: {range: 1}}", "range"),
    ],
)
def test_mistakes_are_named(tmp_path, text, says):
    with pytest.raises(ConfigError, match=says):
        load_config(written(tmp_path, text))


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(ConfigError, match="No such file"):
        load_config(tmp_path / "none.yaml")


def test_every_setting_survives_a_round_trip():
    assert parse_config(msgspec.to_builtins(Config())) == Config()
