"""A part of one simulated tour with a bad detector; the whole of ten is in tests/benchmarks/objects_in_sim.py."""

import numpy as np
import pytest

pytest.importorskip("pybullet")

from object_tours import moved_thing, tour


def test_a_tour_leaves_what_was_seen_and_little_else():
    score, _ = tour(1, duration_max_s=14.0)
    assert score.wanted >= 10
    assert score.precision >= 0.95
    assert score.recall >= 0.9
    assert score.switches <= 0.01 * score.sightings
    assert np.median(score.errors_things_m) <= 0.04
    assert score.twins == 0


def test_a_tour_is_the_same_twice():
    one, other = (tour(0, duration_max_s=3.0)[1].dump() for _ in range(2))
    assert one == other


@pytest.mark.parametrize("rest_s", [0.0, 1.0])
def test_a_thing_that_is_moved_has_its_velocity_at_the_fifth_sighting(rest_s):
    seen = moved_thing(0, (0.3, 0.0), rest_s=rest_s, duration_s=1.1)
    assert seen[4][1] <= 0.1
    assert len({object_id for object_id, _ in seen}) == 1


def test_what_moves_is_followed_by_boxes_alone():
    seen = moved_thing(0, (0.5, 0.0), thing="mug-1", start_m=(6.8, 2.2, 0.9), rest_s=1.0, duration_s=1.6, masks=False)
    assert len(seen) >= 8
    assert len({object_id for object_id, _ in seen}) == 1
    assert seen[-1][1] <= 0.15
