"""From where a detector looked: which views show a place, from how near, past what, and how many are kept."""

import dataclasses

import numpy as np
import pytest
from cast_boxes import frame_of

import spatialmem as sm
from spatialmem.belief.views import COUNT_MAX, VISIT_S, Views

S = 10**9


class Space:
    """Space in which nothing hides anything that is nearer than so."""

    def __init__(self, to_m=np.inf):
        self.to_m = to_m

    def sight_m(self, eyes_W, targets_W):
        return np.minimum(np.sqrt(((targets_W - eyes_W) ** 2).sum(axis=1)), self.to_m).astype(np.float32)

    def is_free(self, points_W):
        return np.zeros(len(points_W), bool)


PLACE_W, SIZE_M = np.array([1.45, 0.0, 0.76]), np.array([0.1, 0.1, 0.12])
SHOWN, _ = frame_of(((1.4, -0.05, 0.7), (1.5, 0.05, 0.82)))


def frame(stamp_ns, eye=(0.0, 0.0, 1.4), at=(1.45, 0.0, 0.76)):
    return dataclasses.replace(SHOWN, stamp_ns=stamp_ns, received_ns=stamp_ns, X_WC=sm.look_at(eye, at))


def looks(views, *, before_ns=10**15, reach_m=3.0, space=None, source="detector", place_W=PLACE_W):
    found = views.looks_at(
        np.array(place_W), SIZE_M, 0.3, source=source, before_ns=before_ns, reach_m=reach_m, space=space or Space()
    )
    return found.tolist()


def test_a_view_of_each_kind_counts_once_in_a_visit():
    views = Views()
    for stamp_ns in (S, 2 * S, 3 * S):
        views.note("detector", frame(stamp_ns))
    assert looks(views) == [S]
    views.note("detector", frame(4 * S, eye=(0.3, 0.0, 1.4)))
    assert looks(views) == [S, 4 * S]
    again_ns = S + round((VISIT_S + 1) * S)
    views.note("detector", frame(again_ns))
    assert looks(views) == [S, 4 * S, again_ns]
    later_ns = again_ns + round((VISIT_S + 1) * S)
    views.note("detector", frame(later_ns))  # of this place, the last visit and the one before it are kept
    assert looks(views) == [4 * S, again_ns, later_ns]


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ({}, 1), ({"before_ns": S}, 0), ({"before_ns": S + 1}, 1), ({"reach_m": 1.4}, 0), ({"source": "another"}, 0),
        ({"place_W": (1.45, 2.0, 0.76)}, 0), ({"place_W": (-1.45, 0.0, 0.76)}, 0), ({"place_W": (1.6, 0.1, 0.7)}, 1),
    ],
    ids=str,
)  # fmt: skip
def test_it_shows_what_is_in_the_picture_and_near_enough(asked, count):
    views = Views()
    views.note("detector", frame(S))
    assert len(looks(views, **asked)) == count


def test_what_hides_a_place_is_asked_of_the_map():
    views = Views()
    views.note("detector", frame(S))
    assert looks(views, space=Space(1.0)) == []
    assert looks(views, space=Space(1.5)) == [S]  # the thing itself hides what is behind its front


def test_only_the_newest_are_kept_and_readers_keep_theirs():
    views = Views()
    views.note("detector", frame(S))
    before = views.rows
    for k in range(COUNT_MAX + 3):
        views.note("detector", frame((k + 2) * S, eye=(0.3 * (k % 100), 0.3 * (k // 100), 1.4), at=(40.0, 5.0, 0.7)))
    rows = views.rows["detector"]
    assert (len(rows), int(rows["stamp_ns"][-1])) == (COUNT_MAX, (COUNT_MAX + 4) * S)
    assert len(before["detector"]) == 1
    assert not rows.flags.writeable
    assert looks(Views(before)) == [S]


def test_after_a_clock_was_set_back_views_are_noted_again():
    views = Views()
    views.note("detector", frame(7200 * S))
    for stamp_ns in (S, 2 * S, 3 * S):
        views.note("detector", frame(stamp_ns))
    assert looks(views, before_ns=4 * S) == [S]
