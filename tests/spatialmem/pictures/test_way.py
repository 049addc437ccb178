"""A way on a picture: where it leads, its ends, and the stops of a search with their names."""

import numpy as np
import pytest

from spatialmem import Octree, OctreeConfig
from spatialmem.pictures import Stop, Way, canvas, draw_map, style
from spatialmem.pictures.keys import way_marks
from spatialmem.pictures.objects import draw_names
from spatialmem.pictures.projection import plan
from spatialmem.pictures.way import draw_way, stop_tags, way_reach

ABOVE = plan(np.zeros(2), np.array([8.0, 6.0]), width_px=800, height_px=600)
NOWHERE = np.zeros((0, 3))
POINTS_W = np.array([[1.0, 1.0, 0.0], [5.0, 1.0, 0.0], [5.0, 4.0, 0.0]])
STOPS = (
    Stop(np.array([5.0, 1.0, 0.0]), np.array([6.0, 1.0, 0.8]), "1: 0.45"),
    Stop(np.array([5.0, 4.0, 0.0]), np.array([5.0, 5.0, 0.8]), "2: 0.20"),
)


def paper():
    return canvas.blank(ABOVE.height_px, ABOVE.width_px, style.FREE)


def color_at(image, x_m, y_m):
    x, y = ABOVE.pixels(np.array([[x_m, y_m, 0.0]]))[0].round().astype(int)
    return tuple(int(c) for c in image[y, x])


def test_a_way_leads_from_its_start_to_its_end():
    image = paper()
    draw_way(image, Way(POINTS_W), ABOVE)
    assert color_at(image, 1.0, 1.0) == style.START
    assert color_at(image, 5.0, 4.0) == style.END
    for x_m, y_m in ((3.0, 1.0), (5.0, 2.5)):
        assert color_at(image, x_m, y_m) == style.WAY
    assert color_at(image, 3.0, 2.5) == style.FREE


def test_a_way_only_planned_is_a_broken_line_that_hides_nothing():
    image = paper()
    draw_way(image, Way(POINTS_W, planned=True), ABOVE)
    row = (image[500 - 4 : 500 + 5, 120:480] == style.WAY).all(axis=2)
    assert 0.3 < row.any(axis=0).mean() < 0.8
    assert row.any(axis=1).sum() <= 5  # thin: a solid one has 7
    assert not (image[:, 300:302] == style.CASING).all(axis=2).any()
    words = dict(way_marks(Way(POINTS_W, STOPS, planned=True, stop_words="planned anew")))
    assert words == {"path": "the way driven", "planned": "the way planned first", "stop": "planned anew"}
    assert dict(way_marks(Way(NOWHERE, planned=True))) == {"path": "the way driven"}


def test_a_search_has_stops_and_says_what_is_looked_at():
    image = paper()
    draw_way(image, Way(POINTS_W, STOPS), ABOVE)
    assert color_at(image, 1.0, 1.0) == style.START
    for stop in STOPS:
        assert color_at(image, *stop.p_W[:2]) == style.WAY
    assert not (image == style.END).all(axis=2).any()
    dashed = (image[500 - 2 : 500 + 3, 510:600] == style.WAY).all(axis=2).any(axis=0)
    assert 0.2 < dashed.mean() < 0.9


def test_stops_have_names_where_they_are():
    way = Way(POINTS_W, STOPS)
    tags = stop_tags(way, ABOVE)
    assert [tag.words for tag in tags] == ["1: 0.45", "2: 0.20"]
    assert tags[0].outline_px.mean(axis=0) == pytest.approx([500, 500])
    image = paper()
    assert draw_names(image, [], ABOVE, NOWHERE, way=way) == 0  # no thing has a name
    changed = (image != style.FREE).any(axis=2)
    assert changed[440:560, 380:620].any()
    assert changed[140:260, 380:620].any()


def test_a_way_may_be_broken_or_nothing():
    image = paper()
    draw_way(image, Way(np.insert(POINTS_W, 1, np.nan, axis=0)), ABOVE)
    assert color_at(image, 3.0, 1.0) == style.FREE
    assert color_at(image, 5.0, 2.5) == style.WAY
    image = paper()
    draw_way(image, Way(NOWHERE), ABOVE)
    assert (image == style.FREE).all()


def test_the_picture_and_its_key_have_room_for_it():
    octree, way = Octree(OctreeConfig(budget_mib=8)), Way(POINTS_W + np.array([40.0, 0.0, 0.0]), STOPS)
    assert way_reach(way).max(axis=0).tolist() == [45.0, 5.0, 0.8]
    sheet = draw_map(octree, NOWHERE, title="far", kind="plan", way=way)
    assert (sheet == style.WAY).all(axis=2).sum() > 300
    assert [mark for mark, _ in way_marks(way)] == ["way", "stop"]
    assert way_marks(Way(POINTS_W)) == (("way", "the way"),)
    assert way_marks(None) == ()
