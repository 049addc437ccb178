"""Settings are read from YAML; what does not exist or is out of range is named with what is allowed."""

import msgspec
import pytest

from spatialmem import (
    BeliefConfig,
    Config,
    ConfigError,
    DepthConfig,
    GateConfig,
    OctreeConfig,
    SpatialMemory,
    load_config,
)
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
        ("belief: {prior_dwell: 1}", r"unknown setting 'belief\.prior_dwell'.*prior_dwell_s"),
        ("belief: {missing_p: 1}", r"belief\.missing_p is 1; expected `float` < 1\.0"),
        ("belief: {answer_p_min: 1}", r"belief\.answer_p_min is 1"),
        ("belief: {same_p: 0.5}", r"belief\.same_p is 0\.5; expected `float` > 0\.5"),
        ("belief: {miss_rate: 0}", r"belief\.miss_rate is 0"),
        ("belief: {action_p: .nan}", r"belief\.action_p is nan"),
        ("belief: {prior_moves: 0}", r"belief\.prior_moves is 0"),
        ("belief: {prior_dwell_s: .inf}", r"belief\.prior_dwell_s is inf"),
        ("belief: {dwell_s: {cup: -1}}", r"belief\.dwell_s.* is .*; expected `float` >= 0\.001"),
        ("belief: {dwell_s: 3}", r"belief\.dwell_s is 3"),
        ("belief: {moved_m: 0}", r"belief\.moved_m is 0"),
        ("belief: {changes_max: 0}", r"belief\.changes_max is 0"),
        ("belief: {place_moves_min: 0}", r"belief\.place_moves_min is 0"),
        ("moved_m: 0.1", r"Did you mean 'belief\.moved_m'"),
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
        Config(belief=BeliefConfig(missing_p=0.0)),
        Config(belief=BeliefConfig(dwell_s={"cup": float("nan")})),
        Config(sensors={"mine": 3}),  # pyright: ignore[reportArgumentType]
        OctreeConfig(),
        {"octree": {}},
        "memory.yaml",
    ],
)
def test_a_configuration_built_in_python_is_held_to_the_same_ranges(config):
    with pytest.raises(ConfigError):
        SpatialMemory(config)


def test_kinds_of_things_have_their_own_stay(tmp_path):
    config = load_config(written(tmp_path, "belief: {dwell_s: {cup: 3600, sofa: 1.0e+8}}"))
    assert config.belief.dwell_s == {"cup": 3600.0, "sofa": 1e8}
    assert Config().belief.dwell_s is not BeliefConfig().dwell_s  # nobody shares it


def test_every_setting_survives_a_round_trip():
    assert parse_config(msgspec.to_builtins(Config())) == Config()
