"""Settings are read from YAML; what does not exist or is out of range is named with what is allowed."""

import msgspec
import pytest

from spatialmem import Config, ConfigError, DepthConfig, GateConfig, OctreeConfig, SpatialMemory, load_config
from spatialmem.config import parse_config


def written(tmp_path, text):
    path = tmp_path / "memory.yaml"
    path.write_text(text)
    return path


def test_what_is_left_out_keeps_its_default(tmp_path):
    config = load_config(written(tmp_path, "octree: {voxel_size_m: 0.02}\nsensors: {lidar: {range_max_m: 40}}\n"))
    assert config.octree.voxel_size_m == 0.02
    assert config.octree.threads == Config().octree.threads
    assert config.sensors == {"lidar": DepthConfig(range_max_m=40)}
    assert config.depth == DepthConfig()
    assert load_config(written(tmp_path, "")) == Config()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("octre: {}", r"unknown setting 'octre'.*octree.*Did you mean 'octree'"),
        ("octree: {voxel: 1}", r"unknown setting 'octree\.voxel'.*voxel_size_m"),
        ("octree: {voxel_size_m: 9}", r"octree\.voxel_size_m is 9; expected `float` <= 1\.0"),
        ("octree: {threads: many}", r"octree\.threads is 'many'"),
        ("voxel_size_m: 0.02", r"Did you mean 'octree\.voxel_size_m'"),
        ("sensors: {lidar: {range_mx_m: 1}}", r"'sensors\.lidar\.range_mx_m'.*Did you mean 'range_max_m'"),
        ("depth: {range_max_m: .inf}", r"depth\.range_max_m is inf"),
        ("depth: {range_min_m: 6}", r"depth\.range_min_m, range_max_m must rise, it goes from 6 to 5"),
        ("sensors: {a: {range_min_m: 6}}", r"a\.range_min_m, range_max_m must rise"),
        ("gate: {world_min_m: [2000, 0, 0]}", r"along x must rise"),
        ("gate: {depth_typical_min_m: 70}", r"must rise"),
        ("- 1", "must be a mapping"),
        ("a: [", "is not YAML"),
    ],
)
def test_mistakes_are_named(tmp_path, text, says):
    with pytest.raises(ConfigError, match=says):
        load_config(written(tmp_path, text))


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(ConfigError, match="No such file"):
        load_config(tmp_path / "none.yaml")


@pytest.mark.usefixtures("unchecked_shapes")
@pytest.mark.parametrize(
    "config",
    [
        Config(octree=OctreeConfig(voxel_size_m=5.0)),
        Config(octree=OctreeConfig(voxel_size_m=float("nan"))),
        Config(octree=OctreeConfig(threads=0)),
        Config(octree=OctreeConfig(budget_mib=-5)),
        Config(octree=OctreeConfig(voxel_size_m="a")),  # pyright: ignore[reportArgumentType]
        Config(depth=DepthConfig(range_max_m=-1.0)),
        Config(gate=GateConfig(speed_max_m_s=-1.0)),
        Config(sensors={"mine": 3}),  # pyright: ignore[reportArgumentType]
        OctreeConfig(),
        {"octree": {}},
        "memory.yaml",
    ],
)
def test_a_configuration_built_in_python_is_held_to_the_same_ranges(config):
    with pytest.raises(ConfigError):
        SpatialMemory(config)


def test_every_setting_survives_a_round_trip():
    assert parse_config(msgspec.to_builtins(Config())) == Config()
