"""PLY files, read back by another reader."""

import numpy as np
import plyfile
import pytest
from maps import random_octree

from spatialmem import InputError, Octree, OctreeConfig, QueryError, write_ply


def columns(element, *names):
    return np.stack([element[name] for name in names], axis=1)


@pytest.mark.parametrize("level", [0, 1])
def test_points_and_normals_are_the_surface(tmp_path, level):
    octree = random_octree(1)
    count = write_ply(tmp_path / "a.ply", octree, level=level)
    vertices = plyfile.PlyData.read(tmp_path / "a.ply")["vertex"]
    surface = octree.surface(level=level)
    assert len(vertices.data) == count == len(surface.points_W)
    assert count > 0 or level > 0
    assert np.array_equal(columns(vertices, "x", "y", "z"), surface.points_W)
    assert np.array_equal(columns(vertices, "nx", "ny", "nz"), surface.normals_W)
    assert [p.name for p in vertices.properties] == ["x", "y", "z", "nx", "ny", "nz"]


def test_a_mesh_has_its_faces(tmp_path):
    octree = random_octree(2)
    write_ply(tmp_path / "a.ply", octree, mesh=True)
    file = plyfile.PlyData.read(tmp_path / "a.ply")
    hull = octree.surface_mesh()
    assert np.array_equal(columns(file["vertex"], "x", "y", "z"), hull.vertices_W)
    assert np.array_equal(np.stack(file["face"]["vertex_indices"]), hull.triangles)
    assert len(hull.triangles) > 0


def test_points_have_colors_where_the_map_keeps_them(tmp_path):
    from spatialmem import Pinhole

    octree = Octree(OctreeConfig(voxel_size_m=0.1, budget_mib=16, color=True))
    depth = np.full((48, 64), 1000, np.uint16)
    color = np.zeros((48, 64, 3), np.uint8)
    color[:, :32], color[:, 32:] = (250, 10, 20), (0, 90, 200)
    X_WC = np.eye(4)
    octree.integrate_image(depth, 0.001, Pinhole(64, 48, 50.0, 50.0, 31.5, 23.5), X_WC, color=color)
    octree.integrate_scan(np.array([[0.0, 0.0, -1.0]]), X_WC)  # a hit without a colour
    write_ply(tmp_path / "a.ply", octree)
    vertices = plyfile.PlyData.read(tmp_path / "a.ply")["vertex"]
    seen = octree.colors(columns(vertices, "x", "y", "z"))
    found = columns(vertices, "red", "green", "blue")
    colored = seen[:, 3] > 0
    assert np.array_equal(found[colored], seen[colored, :3])
    assert (found[~colored] == 128).all()
    assert colored.any()
    assert not colored.all()


@pytest.mark.parametrize("mesh", [False, True])
def test_an_empty_map_is_a_file_without_vertices(tmp_path, mesh):
    assert write_ply(tmp_path / "a.ply", Octree(), mesh=mesh) == 0
    assert len(plyfile.PlyData.read(tmp_path / "a.ply")["vertex"].data) == 0


def test_what_cannot_be_written_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"does not end in \.ply"):
        write_ply(tmp_path / "a.obj", Octree())
    with pytest.raises(QueryError, match="level 7"):
        write_ply(tmp_path / "a.ply", Octree(), level=7)
    assert list(tmp_path.iterdir()) == []
