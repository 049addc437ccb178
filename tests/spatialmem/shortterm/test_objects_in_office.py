"""Parts of a real walk with the shared detector; the whole of it is in tests/benchmarks/office_objects.py.

What is there was looked at by eye, in the pictures and in the points seen from above (places in metres, W's axes).
"""

import numpy as np
import pytest
from office_objects_walk import WANTED, near_pairs, needs_detector, office_frames, walk
from recordings import needs_office_walk

pytestmark = [needs_office_walk, needs_detector]
pytest.importorskip("perception")

FLOOR_M = -1.55
CUP, PLANT_BY_SOFA, DARK_PLANTS, LONG_TABLE = (-0.98, -0.18), (2.35, 1.95), (-2.7, 2.6), (-2.05, 0.75)


def about(objects, label, place_m, within_m):
    """Those of a label whose middle is so near to a place, seen from above."""
    return [o for o in objects if o.label == label and np.hypot(*(o.center_W[:2] - place_m)) <= within_m]


@pytest.fixture(scope="module")
def sofa_and_tables():
    """60 frames past the sofa, the long table and the round one."""
    memory, account = walk(office_frames(230, 290))
    return memory.view().objects(), account


def test_no_duplicates_of_what_the_detector_knows(sofa_and_tables):
    objects, _ = sofa_and_tables
    wanted = [one for one in objects if one.label in WANTED]
    assert [(a.name, b.name) for a, b, *_ in near_pairs(wanted)] == []
    assert 4 <= len(wanted) <= 9


def test_what_is_there_stands_once(sofa_and_tables):
    objects, _ = sofa_and_tables
    (cup,) = about(objects, "cup", CUP, 0.3)
    assert np.hypot(*(cup.center_W[:2] - CUP)) < 0.05
    assert cup.size_m.max() < 0.3
    assert cup.sightings >= 5
    (chair,) = about(objects, "chair", (-0.9, 0.1), 0.4)  # at the end of the long table: black, and without depth
    assert abs(chair.center_W[2] - chair.size_m[2] / 2 - FLOOR_M) < 0.1
    assert (chair.size_m > 0.4).all()
    assert (chair.size_m < 1.0).all()
    assert len(about(objects, "pottedplant", DARK_PLANTS, 1.0)) == 1


def test_the_floor_is_no_object(sofa_and_tables):
    objects, account = sofa_and_tables
    assert not [one.name for one in objects if one.center_W[2] + one.size_m[2] / 2 < FLOOR_M + 0.15]
    assert account.counts["placed"] >= 0.6 * account.counts["found"]


def test_what_rests_is_not_said_to_move(sofa_and_tables):
    objects, _ = sofa_and_tables
    assert sum(bool(one.velocity_W_m_s.any()) for one in objects) <= 1


def test_tables_and_plants_from_many_sides():
    memory, _ = walk(office_frames(20, 60))
    objects = memory.view().objects()
    assert len(about(objects, "pottedplant", PLANT_BY_SOFA, 0.7)) == 1
    memory, _ = walk(office_frames(80, 110))
    assert len(about(memory.view().objects(), "diningtable", LONG_TABLE, 1.0)) == 1


def test_the_same_pictures_give_the_same_bytes():
    one, other = (walk(office_frames(230, 245))[0].dump() for _ in range(2))
    assert one == other
