"""The floor as a graph on a picture: tints, dots, lines, and names that cover neither each other nor what matters."""

import itertools

import numpy as np
import pytest
from drawn_objects import object_of
from hypothesis import given, settings
from hypothesis import strategies as st
from two_rooms import DOORWAY_M, two_rooms

from spatialmem import Octree, OctreeConfig, Room, SpatialMemory, draw_map
from spatialmem.pictures import canvas, style
from spatialmem.pictures.graph import (
    FloorGraph,
    draw_network,
    draw_tints,
    floor_graph,
    place_room_names,
    plates,
    write_room_names,
)
from spatialmem.pictures.keys import graph_marks
from spatialmem.pictures.objects import draw_names, marked
from spatialmem.pictures.projection import plan

ABOVE = plan(np.zeros(2), np.array([8.0, 6.0]), width_px=800, height_px=600)
NOWHERE = np.zeros((0, 3))
CELL_M = 0.1


def room_of(room_id, low, high, *, label="kitchen", neighbours=()):
    low_W, high_W = (np.array([*corner, 0.0]) for corner in (low, high))
    return Room(
        id=room_id,
        label=label,
        label_p=0.9,
        p_W=(low_W + high_W) / 2,
        area_m2=float(np.prod(high_W[:2] - low_W[:2])),
        low_W=low_W,
        high_W=high_W,
        place_ids=(room_id,),
        neighbours=tuple(neighbours),
    )


def graph_of(*rooms, places_W=((2.0, 3.0, 0.0), (6.0, 3.0, 0.0)), ends=((0, 1),), apart_m=0.4):
    """A floor of 8 m by 6 m whose cells are those of rectangular rooms."""
    cells = np.zeros((60, 80), np.int64)
    for room in rooms:
        (x0, y0), (x1, y1) = (np.round(corner[:2] / CELL_M).astype(int) for corner in (room.low_W, room.high_W))
        cells[y0:y1, x0:x1] = room.id
    return FloorGraph(
        rooms=rooms,
        cells=cells,
        origin_m=np.zeros(2),
        cell_m=CELL_M,
        places_W=np.array(places_W, float).reshape(-1, 3),
        ends=np.array(ends, np.int64).reshape(-1, 2),
        apart_m=apart_m,
    )


WEST = room_of(1, (0.0, 0.0), (4.0, 6.0), neighbours=(2,))
EAST = room_of(2, (4.0, 0.0), (7.0, 6.0), label="bedroom", neighbours=(1,))


def paper(color=style.FREE):
    return canvas.blank(ABOVE.height_px, ABOVE.width_px, color)


def no_pixels():
    return np.zeros((ABOVE.height_px, ABOVE.width_px), bool)


def test_each_room_has_a_tint_and_what_is_dark_stays_dark():
    image = paper()
    image[:, 100:200] = style.OCCUPIED
    draw_tints(image, graph_of(WEST, EAST), ABOVE)
    west, east, outside = (tuple(int(c) for c in image[300, x]) for x in (350, 500, 750))
    assert outside == style.FREE
    assert len({west, east, outside}) == 3
    assert sum(west) > 600
    assert (image[:, 100:200] <= style.OCCUPIED).all()
    assert (image[:, 399] == west).all()
    assert (image[:, 400] == east).all()


@given(st.sets(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=8))
@settings(deadline=None)
def test_neighbours_have_different_tints(pairs):
    """As long as there are tints enough: each room has at most four neighbours that come before it."""
    pairs = {(min(pair), max(pair)) for pair in pairs if pair[0] != pair[1]}
    earlier = [sum(b == room for _, b in pairs) for room in range(7)]
    pairs = {(a, b) for a, b in pairs if earlier[b] < len(style.ROOMS)}
    rooms = [room_of(n + 1, (n, 0.0), (n + 1.0, 6.0), neighbours=[b + 1 for a, b in pairs if a == n]) for n in range(7)]
    image = paper()
    draw_tints(image, graph_of(*rooms), ABOVE)
    tints = [tuple(int(c) for c in image[300, 100 * n + 50]) for n in range(7)]
    assert all(tints[a] != tints[b] for a, b in pairs)


def test_places_are_dots_and_edges_lines_between_them():
    image = paper()
    assert draw_network(image, graph_of(WEST, EAST), ABOVE)
    (x0, y0), (x1, y1) = ABOVE.pixels(np.array([[2.0, 3.0, 0.0], [6.0, 3.0, 0.0]])).round().astype(int)
    for x, y in ((x0, y0), (x1, y1)):
        assert tuple(image[y, x]) == style.PLACE
    drawn = (image != style.FREE).any(axis=2)
    assert drawn[y0 - 1 : y0 + 2, x0:x1].any(axis=0).all()
    rows, columns = np.nonzero(drawn)
    assert rows.max() - rows.min() < 10
    assert (columns.min(), columns.max()) == (pytest.approx(x0, abs=5), pytest.approx(x1, abs=5))


@pytest.mark.parametrize("graph", [graph_of(WEST, apart_m=0.05), graph_of(WEST, places_W=(), ends=())])
def test_what_would_be_a_mist_is_left_out(graph):
    image = paper()
    assert not draw_network(image, graph, ABOVE)
    assert (image == style.FREE).all()


def overlap(one, other):
    return (
        one.x < other.x + other.width
        and other.x < one.x + one.width
        and one.y < other.y + other.height
        and other.y < one.y + one.height
    )


@given(st.lists(st.floats(0.3, 2.0), min_size=2, max_size=9), st.floats(0.5, 6.0))
@settings(deadline=None, max_examples=25)
def test_no_name_of_a_room_is_on_another_nor_far_from_its_room(widths_m, height_m):
    """Rooms side by side, as narrow as they come: what has no place is left out."""
    sides = np.minimum(np.round(np.cumsum([0.0, *widths_m]), 1), 8.0)
    height_m = round(height_m, 1)
    rooms = [
        room_of(n + 1, (a, 0.0), (b, height_m)) for n, (a, b) in enumerate(itertools.pairwise(sides)) if b > a + 0.05
    ]
    names = place_room_names(graph_of(*rooms), ABOVE, busy=no_pixels(), kept=no_pixels())
    assert not any(overlap(a, b) for a, b in itertools.combinations(names, 2))
    for name in names:
        (room,) = [room for room in rooms if f"{room.label}-{room.id}" == name.words]
        (left, bottom), (right, top) = ABOVE.pixels(np.stack([room.low_W, room.high_W]))
        wide = min(name.x + name.width, right) - max(name.x, left)
        high = min(name.y + name.height, bottom) - max(name.y, top)
        assert wide * high >= 0.35 * name.width * name.height
        assert name.x >= 0
        assert name.x + name.width <= ABOVE.width_px
    wide_enough = [room for room in rooms if room.high_W[0] - room.low_W[0] > 1.9]
    if height_m > 1.0:
        assert {f"{room.label}-{room.id}" for room in wide_enough} <= {name.words for name in names}


def test_a_name_keeps_clear_of_what_is_to_be_seen():
    busy, kept = no_pixels(), no_pixels()
    busy[250:350, 100:300] = True
    kept[:, :100] = True
    (name,) = place_room_names(graph_of(WEST), ABOVE, busy=busy, kept=kept)
    at = slice(name.y, name.y + name.height), slice(name.x, name.x + name.width)
    assert not busy[at].any()
    assert not kept[at].any()
    assert name.x + name.width <= 400
    kept[:] = True
    assert place_room_names(graph_of(WEST), ABOVE, busy=busy, kept=kept) == ()


def test_names_of_things_are_beside_those_of_rooms():
    """A shoe in the middle of the room, where the room's name is, too."""
    graph, shoe = graph_of(WEST), object_of(1, "shoe", (2.1, 3.0, 0.0), (0.3, 0.1, 0.1))
    busy, kept = marked(paper(), [shoe], ABOVE, NOWHERE)
    names = place_room_names(graph, ABOVE, busy=busy, kept=kept)
    taken = plates(names, (ABOVE.height_px, ABOVE.width_px))
    assert 0 < taken.sum() < 20_000
    image = paper()
    write_room_names(image, names)
    before = image.copy()
    assert (before != style.FREE).any(axis=2)[~taken].sum() == 0
    assert draw_names(image, [shoe], ABOVE, NOWHERE, kept=taken) == 1
    changed = (image != before).any(axis=2)
    assert changed.any()
    assert not (changed & taken).any()


def test_the_key_explains_what_is_there():
    graph = graph_of(WEST, EAST)
    assert graph_marks(None, network=False, named=0) == ()
    assert [mark for mark, _ in graph_marks(graph, network=True, named=2)] == ["tint", "network"]
    assert graph_marks(graph, network=False, named=1) == (("tint", "room"), ("", "1 of 2 rooms named"))


@pytest.fixture(scope="module")
def flat(tmp_path_factory):
    path = tmp_path_factory.mktemp("flat") / "flat.smem"
    two_rooms(path)
    return SpatialMemory.open(path, read_only=True).view()


def test_a_floor_is_drawn_as_it_is_known(flat):
    graph = floor_graph(flat, 0.1)
    assert graph is not None
    assert [room.label for room in graph.rooms] == ["kitchen", "bedroom"]
    assert set(np.unique(graph.cells)) == {0, *(room.id for room in graph.rooms)}
    for room in graph.rooms:
        x, y = np.floor((room.p_W[:2] - graph.origin_m) / graph.cell_m).astype(int)
        assert graph.cells[y, x] == room.id
    assert sorted(graph.places_W.tolist()) == sorted(place.p_W.tolist() for place in flat.places())
    across = (graph.places_W[graph.ends][..., 0] < 4.0).sum(axis=1) == 1
    assert across.any()
    assert ((graph.places_W[graph.ends[across]][..., 1] > DOORWAY_M[0]).all(axis=1)).all()


def test_no_floor_is_no_graph():
    assert floor_graph(SpatialMemory().view(), 0.0) is None


def test_a_sheet_has_the_graph_on_it_or_not(flat):
    with_graph, without = (draw_map(flat, NOWHERE, title="flat", kind="plan", graph=g) for g in (flat, None))
    tints = [np.round(np.array(style.FREE) * np.array(tint) / 255).astype(np.uint8) for tint in style.ROOMS[:2]]
    for color in (*tints, style.PLACE):
        assert (with_graph == color).all(axis=2).sum() > 100
        assert not (without == color).all(axis=2).any()
    assert with_graph.shape[0] > without.shape[0]  # the key has more to say
    assert draw_map(flat, NOWHERE, title="flat", kind="plan", graph=flat).tobytes() == with_graph.tobytes()


def test_a_map_without_a_floor_is_drawn_as_before():
    octree, empty = Octree(OctreeConfig(budget_mib=8)), SpatialMemory().view()
    sheets = [draw_map(octree, NOWHERE, title="nothing", graph=graph) for graph in (None, empty)]
    assert sheets[0].tobytes() == sheets[1].tobytes()
