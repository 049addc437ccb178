"""Pictures of objects outlive the objects, and are told by when they were taken."""

import numpy as np

from spatialmem import Config, Detection, Detections, OctreeConfig, Pinhole, RgbdFrame, ShortTermConfig, SpatialMemory
from spatialmem.geometry import look_at
from spatialmem.object_rows import evidence_of
from spatialmem.store import Store

S = 10**9
LEVEL = look_at(np.array([0.0, 0.0, 1.0]), np.array([2.0, 0.0, 1.0]))


def wall(i: int) -> RgbdFrame:
    return RgbdFrame(
        source="camera", stamp_ns=S + i, received_ns=S + i, X_WC=LEVEL, depth=np.full((48, 64), 3000, np.uint16),
        camera=Pinhole(64, 48, 60.0, 60.0, 31.5, 23.5), color=np.full((48, 64, 3), 128, np.uint8),
    )  # fmt: skip


def poster(i: int) -> Detections:
    """The i-th from the left."""
    item = Detection(label=f"poster {i}", score=0.9, box_px=(5.0 + 20 * i, 10.0, 15.0 + 20 * i, 20.0))
    return Detections(
        source="detector", stamp_ns=S + i, received_ns=S + i, camera_source="camera", items=(item,)
    )  # fmt: skip


def test_those_of_an_object_that_made_room_are_still_given(tmp_path):
    two = ShortTermConfig(objects_max=2, policy="lru", confirm_viewpoints=1, confirm_sightings=1)
    with SpatialMemory.open(tmp_path / "a.smem", Config(octree=OctreeConfig(budget_mib=8), shortterm=two)) as memory:
        for i in range(3):
            assert memory.observe(wall(i))
            assert memory.observe(poster(i))
        memory.flush()
        assert [thing.id for thing in memory.objects()] == [1, 2, 3]
        assert (memory.object_counts["dropped"], memory.object_counts["long_term"]) == (1, 1)
        assert [(picture.object_id, picture.seq) for picture in memory.evidence(1)] == [(1, 2)]
        assert [(picture.object_id, picture.seq) for picture in memory.evidence(2)] == [(2, 4)]
        for never in (0, -1, 4, 10**30):
            assert memory.evidence(never) == ()


def test_the_newest_comes_first_however_late_it_was_written(tmp_path):
    with Store.open(tmp_path / "a.smem", world="map", config=b"") as store:
        store.put_pictures([(1, 3, 30, b"c"), (1, 5, 10, b"a"), (2, 6, 20, b"b"), (2, 7, 30, b"d")])
        store.flush()
    assert [picture.jpeg for picture in evidence_of(tmp_path / "a.smem", [1, 2])] == [b"d", b"c", b"b", b"a"]
