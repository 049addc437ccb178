"""Nav2 maps, interpreted by the rules of Nav2's map server."""

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from maps import random_octree

from spatialmem import InputError, Octree, OctreeConfig, State, write_nav2_map

UNKNOWN, FREE, OCCUPIED = -1, 0, 100


def served(path):
    """The occupancy grid that the map server makes of the files: data[y, x], its resolution and origin."""
    settings = yaml.safe_load(path.read_text())
    magic, size, greatest, pixels = (path.parent / settings["image"]).read_bytes().split(b"\n", 3)
    assert (magic, greatest) == (b"P5", b"255")
    width, height = map(int, size.split())
    image = np.frombuffer(pixels, np.uint8).reshape(height, width)
    assert settings["mode"] == "trinary"
    shade = image / 255.0
    occupied = shade if settings["negate"] else 1.0 - shade
    data = np.full(image.shape, UNKNOWN)
    data[occupied < settings["free_thresh"]] = FREE
    data[settings["occupied_thresh"] < occupied] = OCCUPIED
    assert len(settings["origin"]) == 3
    return data[::-1], settings["resolution"], np.array(settings["origin"])


@settings(max_examples=15)
@given(st.integers(0, 1000), st.floats(-2, 1), st.floats(0.2, 3))
def test_the_server_sees_the_columns(tmp_path_factory, seed, low, thickness):
    octree = random_octree(seed)
    path = tmp_path_factory.mktemp("nav2") / "a.yaml"
    high = low + thickness
    columns = octree.columns(low, high)
    if not columns.state.any():
        return
    assert write_nav2_map(path, octree, z_min_m=low, z_max_m=high) == (path, path.with_suffix(".pgm"))
    data, resolution, origin = served(path)
    assert resolution == octree.voxel_size_m
    assert origin[2] == 0
    x, y = np.round((origin[:2] - columns.origin_m) / resolution).astype(int)
    np.testing.assert_allclose(columns.origin_m + np.array([x, y]) * resolution, origin[:2], atol=1e-6)
    height, width = data.shape
    expected = np.full(columns.state.shape, UNKNOWN)
    expected[columns.state == State.FREE] = FREE
    expected[columns.state == State.OCCUPIED] = OCCUPIED
    assert np.array_equal(data, expected[y : y + height, x : x + width])
    expected[y : y + height, x : x + width] = UNKNOWN
    assert (expected == UNKNOWN).all(), "something known was cut off"


def test_a_voxel_is_where_it_should_be(tmp_path):
    octree = Octree(OctreeConfig(voxel_size_m=0.5, budget_mib=16))
    X_WS = np.eye(4)
    X_WS[:3, 3] = 0.25, 0.25, 0.25
    octree.integrate_scan(np.array([[3.0, 0.0, 0.0], [0.0, 2.0, 0.0]]), X_WS)  # at (3.25, 0.25) and (0.25, 2.25)
    write_nav2_map(tmp_path / "a.yaml", octree, z_min_m=0.0, z_max_m=0.5)
    data, resolution, origin = served(tmp_path / "a.yaml")
    assert (resolution, origin.tolist()) == (0.5, [0.0, 0.0, 0.0])
    assert np.argwhere(data == OCCUPIED).tolist() == [[0, 6], [4, 0]]
    assert (data[0, :6] == FREE).all()
    assert (data[1:4, 0] == FREE).all()
    assert data[4, 6] == UNKNOWN


@pytest.mark.parametrize("radius_m", [0.05, 0.25, 0.7])
def test_obstacles_are_widened_by_the_radius(tmp_path, radius_m):
    octree = random_octree(3)
    write_nav2_map(tmp_path / "a.yaml", octree, z_min_m=-1.0, z_max_m=1.0)
    write_nav2_map(tmp_path / "b.yaml", octree, z_min_m=-1.0, z_max_m=1.0, robot_radius_m=radius_m)
    (plain, size, origin), (wide, _, same) = served(tmp_path / "a.yaml"), served(tmp_path / "b.yaml")
    assert np.array_equal(origin, same)
    cells, obstacles = np.indices(plain.shape).reshape(2, -1).T, np.argwhere(plain == OCCUPIED)
    nearest = np.sqrt(((cells[:, None] - obstacles) ** 2).sum(axis=2).min(axis=1)).reshape(plain.shape) * size
    assert np.array_equal(wide, np.where(nearest < radius_m, OCCUPIED, plain))


@pytest.mark.parametrize("radius_m", [-0.1, np.nan, np.inf, 1e6])
def test_an_impossible_radius_is_refused(tmp_path, radius_m):
    with pytest.raises(InputError, match="robot_radius_m"):
        write_nav2_map(tmp_path / "a.yaml", random_octree(1), z_min_m=0.0, z_max_m=1.0, robot_radius_m=radius_m)


def test_a_band_without_anything_known_is_refused(tmp_path):
    with pytest.raises(InputError, match="nothing is known between 50 m and 60 m"):
        write_nav2_map(tmp_path / "a.yaml", random_octree(1), z_min_m=50.0, z_max_m=60.0)
    with pytest.raises(InputError, match="empty"):
        write_nav2_map(tmp_path / "a.yaml", Octree(), z_min_m=0.0, z_max_m=1.0)
    assert list(tmp_path.iterdir()) == []


def test_two_voxels_far_apart_are_refused_before_the_image_is_made(tmp_path):
    octree = Octree(OctreeConfig(voxel_size_m=0.001, budget_mib=16))
    for x_m in (0.0, 40.0):
        X_WS = np.eye(4)
        X_WS[:3, 3] = x_m, x_m, 0
        octree.integrate_scan(np.array([[0.0, 0.0, 0.2]]), X_WS)
    with pytest.raises(InputError, match="seen from above"):
        write_nav2_map(tmp_path / "a.yaml", octree, z_min_m=0.0, z_max_m=1.0)


@pytest.mark.parametrize("name", ["my map.yaml", "a: b.yaml", "#1.yaml", "карта.yaml"])
def test_any_name_is_found_again(tmp_path, name):
    octree = random_octree(1)
    write_nav2_map(tmp_path / name, octree, z_min_m=-1.0, z_max_m=1.0)
    assert (served(tmp_path / name)[0] == OCCUPIED).any()
