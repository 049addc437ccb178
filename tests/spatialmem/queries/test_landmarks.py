"""By what one knows where one is: tags, what is large, what stands out; and what stays."""

import dataclasses

import numpy as np
import pytest
from watched_table import FRIDGE, MUG, Table, moved

from spatialmem import BeliefConfig, Config, SpatialMemory
from spatialmem.queries.landmarks import is_tag

TAG = ((1.2, -0.3, 0.7), (1.3, -0.2, 0.8))
SPEAKER = ((1.4, -0.7, 0.7), (1.6, -0.5, 1.05))


@pytest.mark.parametrize(
    ("label", "tag"),
    [("tag36h11:17", True), ("tag16h5:0", True), ("aruco4x4_50:3", True), ("aruco:3", True), ("aruco36h12:1", True),
     ("tag", False), ("tagliatelle", False), ("price tag:3", False), ("tag36h11:", False), ("Tag36h11:1", False)],
)  # fmt: skip
def test_tags_by_their_labels(label, tag):
    assert is_tag(label) is tag


def test_every_family_of_the_detector_is_known():
    perception = pytest.importorskip("perception")
    for family in ("apriltag_36h11", "apriltag_16h5", "aruco_4x4_50", "aruco_original", "aruco_mip_36h12"):
        assert all(is_tag(label) for label in perception.FiducialDetector(family).labels)


def marks(things, *, dwell_s=None, looks=None, act=()):
    """The names of the landmarks among things on a table, without their numbers."""
    made = Table(SpatialMemory(Config(belief=BeliefConfig(dwell_s=dwell_s or {}))), things)
    if looks:
        found = made.found

        def with_looks(shows):
            told = found(shows)
            seen = [k for k, name in enumerate(made.things) if np.count_nonzero(shows == k) >= 15]
            names = [list(made.things)[k] for k in seen]
            items = [
                dataclasses.replace(item, embedding=looks.get(name))
                for item, name in zip(told.items, names, strict=True)
            ]
            return dataclasses.replace(told, items=tuple(items))

        made.found = with_looks  # pyright: ignore[reportAttributeAccessIssue]
    made.watch(8)
    for step in act:
        made.act(*step)
    every = made.memory.landmarks()
    assert [one.id for one in every] == sorted(one.id for one in every)
    assert all(one.confirmed and not one.missing for one in every)
    return [one.label for one in every]


def test_tags_large_things_and_what_is_alone_of_its_kind():
    things = {"mug": MUG, "tag36h11:17": TAG, "fridge": FRIDGE}
    assert marks(things) == ["tag36h11:17", "fridge", "table"]  # a mug is too small
    assert marks({"speaker": SPEAKER, "fridge": FRIDGE}) == ["speaker", "fridge", "table"]
    two = {"speaker one": SPEAKER, "speaker two": moved(SPEAKER, dy=0.45)}
    assert marks(two) == ["table"]


def test_what_is_known_to_move_is_none_but_a_tag_is():
    things = {"tag36h11:17": TAG, "fridge": FRIDGE}
    often = {"fridge": 600.0, "tag36h11:17": 600.0, "table": 600.0}
    assert marks(things, dwell_s=often) == ["tag36h11:17"]
    assert marks(things, act=[("picked_up", 1)]) == ["fridge", "table"]  # it goes with the robot


def test_two_of_a_kind_stand_out_by_their_looks():
    two = {"speaker one": SPEAKER, "speaker two": moved(SPEAKER, dy=0.45)}
    red, blue = np.array([1.0, 0.0], np.float32), np.array([0.0, 1.0], np.float32)
    assert marks(two, looks={"speaker one": red, "speaker two": blue}) == ["speaker", "speaker", "table"]
    assert marks(two, looks={"speaker one": red, "speaker two": red}) == ["table"]
