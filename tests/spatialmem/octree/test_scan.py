"""Point scans against exact walks, one set of voxels hit and one passed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from maps import voxels_of
from recordings import LIDAR_PAIR, needs_lidar_pair

from spatialmem import DepthConfig, InputError, Octree, OctreeConfig, State
from spatialmem.kernels.layout import HIT, LOG_ODDS_MAX, LOG_ODDS_MIN, MISS
from spatialmem.kernels.scan import walk_reference


def plain_scan(values, points_S, X_WS, config, size):
    """The rule of `integrate_scan` with sets of voxels."""
    origin = np.floor(X_WS[:3, 3] * (1 / size)).astype(int)
    hit, passed = set(), set()
    for point in points_S:
        distance = float(np.sqrt((point**2).sum()))
        if distance < config.range_min_m:
            continue
        beyond = distance > config.range_max_m
        point = point * (config.range_max_m / distance) if beyond else point
        end = np.floor((X_WS[:3, :3] @ point + X_WS[:3, 3]) * (1 / size)).astype(int)
        way = [tuple(v) for v in walk_reference(origin, end).tolist()]
        passed.update(way if beyond else way[:-1])
        if not beyond:
            hit.add(way[-1])
    for voxel in hit | passed:
        changed = values.get(voxel, 0) + (HIT if voxel in hit else MISS)
        values[voxel] = min(max(changed, LOG_ODDS_MIN), LOG_ODDS_MAX)


@settings(max_examples=30)
@given(seed=st.integers(0, 2**32 - 1), size=st.sampled_from([0.05, 0.1, 0.25]), threads=st.sampled_from([1, 2]))
def test_equals_the_plain_rule(seed, size, threads):
    rng = np.random.default_rng(seed)
    config = DepthConfig(range_max_m=4.0, range_min_m=0.2)
    octree = Octree(OctreeConfig(voxel_size_m=size, budget_mib=16, threads=threads))
    values = {}
    for _ in range(2):
        X_WS = np.eye(4)
        X_WS[:3, 3] = rng.uniform(-50, 50, 3) * rng.choice([0.01, 1])
        points = rng.normal(0, 2, (int(rng.integers(1, 40)), 3))
        octree.integrate_scan(points, X_WS, config)
        plain_scan(values, points, X_WS, config, size)
    voxels = np.array(list(values))
    assert (octree.log_odds((voxels + 0.5) * size) == list(values.values())).all()
    assert round(sum(octree.volumes_m3().values()) / size**3) == len(values)


@given(st.lists(st.integers(-40, 40), min_size=6, max_size=6))
def test_a_walk_is_connected_and_visits_each_layer_once(numbers):
    origin, end = np.array(numbers[:3]), np.array(numbers[3:])
    way = walk_reference(origin, end)
    assert (way[0] == origin).all()
    assert (way[-1] == end).all()
    assert (np.abs(np.diff(way, axis=0)).sum(axis=1) == 1).all()
    assert len(way) == np.abs(end - origin).sum() + 1


def test_a_long_scan_grows_its_arrays():
    rng = np.random.default_rng(3)
    points = rng.normal(0, 1, (3000, 3))
    points *= (rng.uniform(5, 40, 3000) / np.linalg.norm(points, axis=1))[:, None]
    octree = Octree(OctreeConfig(voxel_size_m=0.1, budget_mib=256))
    octree.integrate_scan(points.astype(np.float32), np.eye(4), DepthConfig(range_max_m=50.0))
    assert (octree.state(points.astype(np.float32)) == State.OCCUPIED).all()
    assert (octree.state(points * 0.5) != State.UNKNOWN).mean() > 0.7  # the walk keeps to a voxel's width of the ray


def test_points_that_are_not_finite_are_named():
    with pytest.raises(InputError, match="finite"):
        Octree(OctreeConfig(budget_mib=4)).integrate_scan(np.full((3, 3), np.nan), np.eye(4))


def test_the_scanner_in_its_own_end_voxel_is_a_hit():
    octree = Octree(OctreeConfig(voxel_size_m=1.0, budget_mib=4))
    octree.integrate_scan(np.array([[0.3, 0.3, 0.3]]), np.eye(4))
    assert voxels_of(octree) == {(0, 0, 0): HIT}


@needs_lidar_pair
def test_two_lidar_scans_agree_where_their_transform_puts_them():
    target, source = (read_ply_points(LIDAR_PAIR / name) for name in ("target.ply", "source.ply"))
    X_target_source = np.loadtxt(LIDAR_PAIR / "T_target_source.txt")
    octree = Octree(OctreeConfig(voxel_size_m=0.5, budget_mib=512))
    config = DepthConfig(range_max_m=60.0)
    octree.integrate_scan(target, np.eye(4), config)
    points_W = source @ X_target_source[:3, :3].T + X_target_source[:3, 3]
    near = np.linalg.norm(source, axis=1) < 40
    right = (octree.state(points_W[near]) == State.OCCUPIED).mean()
    wrong = (octree.state(points_W[near] + (0, 0, 3.0)) == State.OCCUPIED).mean()
    assert right > 0.5 > 3 * wrong


def read_ply_points(path):
    """The x, y, z of a binary PLY of floats."""
    with path.open("rb") as file:
        header = []
        while not header or header[-1] != "end_header":
            header.append(file.readline().decode().strip())
        count = next(int(line.split()[-1]) for line in header if line.startswith("element vertex"))
        names = [line.split()[1:] for line in header if line.startswith("property")]
        assert "format binary_little_endian 1.0" in header
        kinds = {"float": "<f4", "double": "<f8", "uchar": "u1", "float32": "<f4", "float64": "<f8"}
        table = np.frombuffer(file.read(), np.dtype([(name, kinds[kind]) for kind, name in names]), count)
    return np.stack([table["x"], table["y"], table["z"]], axis=1).astype(np.float64)
