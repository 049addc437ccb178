"""The sheet of what was kept of one object: each picture in its place, words, and what cannot be read."""

import dataclasses

import cv2
import numpy as np
import pytest
from drawn_objects import believed, object_of

from spatialmem.pictures import canvas, evidence_sheet, style
from spatialmem.pictures.evidence_sheet import TILE_PX, draw_evidence
from spatialmem.types import Evidence, Presence

MUG = object_of(3, "mug", (1.0, 2.0, 0.8), (0.1, 0.1, 0.1))
COLORS = [(200, 30, 30), (30, 160, 30), (30, 30, 200)]


def jpeg(color, width=60, height=40):
    image = np.full((height, width, 3), color[::-1], np.uint8)
    return cv2.imencode(".jpg", image)[1].tobytes()


def pictures(count, **size):
    return [
        Evidence(object_id=3, seq=10 - n, stamp_ns=10**9 * (10 - n), jpeg=jpeg(COLORS[n % 3], **size))
        for n in range(count)
    ]


def spots(sheet, color):
    """Where a colour begins, row by row of tiles: the (x, y) of the upper left corner of all of it."""
    rows, columns = np.nonzero(np.abs(sheet.astype(int) - color).max(axis=2) < 25)
    return (int(columns.min()), int(rows.min()), int(columns.max() - columns.min()), int(rows.max() - rows.min()))


def test_the_newest_is_first_and_all_keep_their_shape():
    sheet = draw_evidence(believed(MUG, 0.8), pictures(3), now_ns=12 * 10**9)
    places = [spots(sheet, color) for color in COLORS]
    assert [x for x, *_ in places] == [style.MARGIN_PX + n * (TILE_PX + style.GAP_PX) for n in range(3)]
    assert len({y for _, y, *_ in places}) == 1
    for _, _, width, height in places:
        assert width == pytest.approx(TILE_PX, abs=3)
        assert height == pytest.approx(TILE_PX * 40 / 60, abs=3)


def test_small_pictures_are_not_blown_up_without_end():
    tiny = draw_evidence(believed(MUG, 0.8), pictures(1, width=8, height=8), now_ns=10**10)
    assert spots(tiny, COLORS[0])[2] == pytest.approx(8 * evidence_sheet.LARGER_MAX, abs=2)


@pytest.fixture
def written(monkeypatch):
    """All words that are written."""
    words, write = [], canvas.text
    monkeypatch.setattr(canvas, "text", lambda image, line, *where, **how: (words.append(line), write(
        image, line, *where, **how)))  # fmt: skip
    return words


def test_it_says_what_is_believed_and_when_pictures_were_taken(written):
    draw_evidence(believed(MUG, 0.034, missing=True), pictures(2), now_ns=12 * 10**9)
    assert written == [
        "mug-3",
        "P(still there) 0.03 · missing",
        "seen 12.0 s ago · looked at its place 12.0 s ago",
        "looked for and not there 12.0 s ago",
        "2 pictures, the newest first",
        "2.0 s ago · input 10",
        "3.0 s ago · input 9",
    ]


def test_what_is_held_is_at_no_place_besides(written):
    held = dataclasses.replace(believed(MUG, 0.9), presence=Presence.HELD, place="held")
    draw_evidence(held, pictures(1), now_ns=12 * 10**9)
    assert written[1] == "P 0.90 · held"


def test_none_one_and_many(written):
    empty = draw_evidence(believed(MUG, 0.8), [], now_ns=10**10)
    assert "no pictures are kept" in written
    one = draw_evidence(believed(MUG, 0.8), pictures(1), now_ns=10**10)
    assert "1 picture" in written
    many = draw_evidence(believed(MUG, 0.8), [*pictures(10), *pictures(10), *pictures(10)], now_ns=10**10)
    assert "30 pictures, the newest first; 24 of them shown" in written
    assert sum("input" in line for line in written) == 1 + 24
    assert empty.shape[0] < one.shape[0] < many.shape[0]
    assert many.shape[1] == 2 * style.MARGIN_PX + 4 * TILE_PX + 3 * style.GAP_PX


@pytest.mark.parametrize("data", [b"", b"no picture", jpeg((1, 2, 3))[:40]])
def test_a_damaged_picture_is_said_to_be_one(written, data):
    draw_evidence(believed(MUG, 0.8), [Evidence(object_id=3, seq=1, stamp_ns=1, jpeg=data)], now_ns=2)
    assert "cannot be read" in written
