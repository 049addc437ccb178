"""The octree's own state as a file."""

import pytest
from maps import random_octree

from spatialmem import FormatError, MapFull, OctreeConfig
from spatialmem.formats import read_dump, write_dump


def test_a_state_comes_back(tmp_path):
    octree = random_octree(1, voxel_size_m=0.07)
    size = write_dump(tmp_path / "a.octree", octree)
    assert (tmp_path / "a.octree").stat().st_size == size
    again = read_dump(tmp_path / "a.octree", OctreeConfig(budget_mib=9, threads=1))
    assert again.dump() == octree.dump()
    assert (again.voxel_size_m, again.config.budget_mib) == (0.07, 9)


def test_damage_is_refused(tmp_path):
    path = tmp_path / "a.octree"
    write_dump(path, random_octree(1))
    data = path.read_bytes()
    for damaged in (
        b"",
        data[:10],
        data[:-1],
        data + b"\0",
        b"x" + data,
        data[:500] + bytes([data[500] ^ 1]) + data[501:],
    ):
        path.write_bytes(damaged)
        with pytest.raises(FormatError, match="byte 0: expected the state of an octree"):
            read_dump(path)
    with pytest.raises(FormatError, match="nothing is there"):
        read_dump(tmp_path / "b.octree")


def test_a_budget_that_is_too_small_is_refused(tmp_path):
    write_dump(tmp_path / "a.octree", random_octree(1, voxel_size_m=0.02, scans=1))
    with pytest.raises(MapFull):
        read_dump(tmp_path / "a.octree", OctreeConfig(budget_mib=1))
