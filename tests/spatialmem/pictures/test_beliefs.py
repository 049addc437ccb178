"""Belief on a picture: how full boxes are, what is crossed out, what may be the same, and what is written."""

import numpy as np
import pytest
from drawn_objects import believed, object_of

from spatialmem import Octree, OctreeConfig, draw_map
from spatialmem.pictures import canvas, style
from spatialmem.pictures import objects as drawing
from spatialmem.pictures.keys import marks_of
from spatialmem.pictures.objects import draw_boxes, draw_links, draw_names, label_color
from spatialmem.pictures.projection import plan

ABOVE = plan(np.zeros(2), np.array([8.0, 6.0]), width_px=800, height_px=600)
BED = object_of(1, "bed", (4.0, 3.0, 0.3), (2.0, 1.0, 0.6))
"""Its middle is at (400, 300), its corners 100 and 50 pixels from there."""
NOWHERE = np.zeros((0, 3))


def paper():
    return canvas.blank(ABOVE.height_px, ABOVE.width_px, style.FREE)


def drawn(*beliefs, objects=None):
    image = paper()
    objects = [one.object for one in beliefs] if objects is None else objects
    draw_boxes(image, objects, ABOVE, beliefs={one.object.id: one for one in beliefs})
    return image


def test_a_box_is_the_fuller_the_surer():
    depth = []
    for p in (0.0, 0.3, 0.6, 1.0):
        inside = drawn(believed(BED, p))[320, 330:380].astype(int)
        assert (inside == inside[0]).all()
        depth.append(int(np.abs(inside[0] - style.FREE).sum()))
    assert depth[0] == 0
    assert depth == sorted(set(depth))
    share = depth[2] / depth[3]
    assert share == pytest.approx(0.6, abs=0.02)


def test_what_nothing_is_believed_of_is_drawn_as_before():
    before = paper()
    draw_boxes(before, [BED], ABOVE)
    assert (drawn(objects=[BED]) == before).all()


def test_what_is_missing_is_hollow_and_crossed_out():
    image, color = drawn(believed(BED, 0.02, missing=True)), np.array(label_color("bed"))
    near = np.abs(image.astype(int) - color).max(axis=2) < 60
    assert near[300, 400]  # the crossing
    for x, y in ((350, 275), (450, 275), (350, 325), (450, 325)):
        assert near[y - 2 : y + 3, x].any()
    for x, y in ((400, 270), (400, 330), (340, 300), (460, 300)):
        assert (image[y, x] == style.FREE).all()
    there = drawn(believed(BED, 0.02))
    assert not (np.abs(there[300, 400].astype(int) - color).max() < 60)


def test_a_broken_line_leads_to_where_it_may_be():
    image = paper()
    belief = believed(BED, 0.3, candidates=[(2, (6.5, 5.0, 0.3), 0.6)])
    draw_links(image, [BED], ABOVE, {1: belief})
    colored = np.abs(image.astype(int) - label_color("bed")).max(axis=2) < 60
    shares = np.linspace(0.0, 1.0, 200)
    along = np.array([400, 300]) + shares[:, None] * (ABOVE.pixels(np.array([[6.5, 5.0, 0.3]]))[0] - (400, 300))
    on_line = colored[along[:, 1].astype(int), along[:, 0].astype(int)]
    assert 0.3 < on_line.mean() < 0.9
    assert (on_line[1:] != on_line[:-1]).sum() > 10
    rows, columns = np.nonzero((image != style.FREE).any(axis=2))
    assert (columns.min(), columns.max()) == (pytest.approx(400, abs=4), pytest.approx(650, abs=4))
    assert (rows.min(), rows.max()) == (pytest.approx(100, abs=4), pytest.approx(300, abs=4))
    untouched = paper()
    draw_links(untouched, [BED], ABOVE, {1: believed(BED, 0.3)})
    assert (untouched == style.FREE).all()


def test_names_say_how_surely_and_those_of_missing_things_are_struck_out(monkeypatch):
    mug, box = (
        object_of(2, "mug", (2.0, 2.0, 0.3), (0.2, 0.2, 0.2)),
        object_of(3, "box", (6.0, 2.0, 0.3), (0.4, 0.2, 0.2)),
    )
    written = {}
    monkeypatch.setattr(drawing, "write_tags", lambda image, placed, size_px: written.update(
        {one.tag.words: one.tag.struck for one in placed}))  # fmt: skip
    beliefs = {1: believed(BED, 0.816), 2: believed(mug, 0.04, missing=True)}
    assert draw_names(paper(), [BED, mug, box], ABOVE, NOWHERE, beliefs) == 3
    assert written == {"bed-1 0.82": False, "mug-2 0.04": True, "box-3": False}


def test_a_struck_name_has_a_line_through_it():
    mug = object_of(2, "mug", (2.0, 2.0, 0.3), (0.2, 0.2, 0.2))
    lines = []
    for missing in (False, True):
        image = paper()
        draw_names(image, [mug], ABOVE, NOWHERE, {2: believed(mug, 0.04, missing=missing)})
        lines.append((image == style.INK).all(axis=2).sum(axis=1).max())
    assert lines[1] > 60 > 2 * lines[0]


def test_the_key_explains_belief_where_there_is_some():
    link = [(2, (6.5, 5.0, 0.3), 0.6)]
    marks = [mark for mark, _ in marks_of([BED], ABOVE, named=1, beliefs={1: believed(BED, 0.5, candidates=link)})]
    assert marks == ["box", "link"]
    assert marks_of([BED], ABOVE, named=1, beliefs={1: believed(BED, 0.5)})[0] == (
        "box",
        "object, coloured by label, filled by P(still there)",
    )
    gone = {1: believed(BED, 0.0, missing=True)}
    for filled in (True, False):
        assert [mark for mark, _ in marks_of([BED], ABOVE, named=1, filled=filled, beliefs=gone)] == ["crossed box"]


@pytest.mark.parametrize("count", [0, 1, 50])
def test_a_map_shows_any_number_of_beliefs(count):
    octree = Octree(OctreeConfig(budget_mib=8))
    things = [object_of(n + 1, "mug", (n % 10, n // 10, 0.3), (0.4, 0.3, 0.2)) for n in range(count)]
    beliefs = [
        believed(one, one.id / 50, missing=one.id % 7 == 0, candidates=[(1, (0, 0, 0), 0.5)] if one.id % 9 == 0 else ())
        for one in things
    ]
    shown = draw_map(octree, NOWHERE, title="home", kind="map", beliefs=beliefs)
    named_too = draw_map(octree, NOWHERE, title="home", kind="map", objects=things, beliefs=beliefs)
    assert (shown == named_too).all()  # whatever is believed of is drawn
    again = draw_map(octree, NOWHERE, title="home", kind="map", beliefs=beliefs[::-1])
    assert again.tobytes() == shown.tobytes()
    plain = draw_map(octree, NOWHERE, title="home", kind="map", objects=things)
    assert (shown.tobytes() == plain.tobytes()) is (count == 0)
