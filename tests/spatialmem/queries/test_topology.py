"""Everything as one graph: what is in it is what the questions say, and in order."""

import collections
import itertools

import networkx as nx
import numpy as np
import pytest
from watched_table import BOWL, MUG, Table, moved

from spatialmem import Config, OctreeConfig, SpatialMemory, Unknown

ATTRIBUTES = {
    "place": {"kind", "landmark", "p_W", "clearance_m", "room_id"},
    "room": {"kind", "landmark", "p_W", "name", "label", "label_p", "area_m2", "low_W", "high_W"},
    "object": {"kind", "landmark", "p_W", "name", "label", "size_m", "yaw_rad", "p_there"},
}


@pytest.fixture(scope="module")
def home():
    pytest.importorskip("pybullet")
    from toured_home import toured_home

    return toured_home()


@pytest.fixture(scope="module")
def laid():
    made = Table(
        SpatialMemory(Config(octree=OctreeConfig(budget_mib=64))), {"mug": MUG, "cup": moved(MUG, dy=0.2), "bowl": BOWL}
    )
    made.watch(8)
    return made.memory


def kinds(graph):
    return collections.Counter(data["kind"] for *_, data in graph.edges(data=True))


def test_every_place_room_and_object_is_a_node(home):
    graph, places, rooms = home.topology(), home.places(), home.rooms()
    assert [node for node in graph if node[0] == "place"] == [("place", one.id) for one in places]
    assert [node for node in graph if node[0] == "room"] == [("room", one.id) for one in rooms]
    assert [node for node in graph if node[0] == "object"] == [("object", one.id) for one in home.objects()]
    for node, data in graph.nodes(data=True):
        assert set(data) == ATTRIBUTES[node[0]]
        assert data["kind"] == node[0]
        assert len(data["p_W"]) == 3
    for one in places:
        data = graph.nodes["place", one.id]
        assert (data["clearance_m"], data["room_id"]) == (one.clearance_m, one.room_id)
        assert data["p_W"] == tuple(one.p_W)
    for one in rooms:
        data = graph.nodes["room", one.id]
        assert (data["name"], data["label"], data["area_m2"]) == (one.name, one.label, one.area_m2)
    there = {one.object.id: one.p_there for one in home.whereabouts()}
    marks = {one.id for one in home.landmarks()}
    for one in home.objects():
        data = graph.nodes["object", one.id]
        assert data["p_there"] == pytest.approx(there[one.id])
        assert data["landmark"] is (one.id in marks)
        assert data["name"] == one.name
    assert graph.graph == {"kind": "spatialmem", "stamp_ns": home.view().stamp_ns}


def test_ways_and_what_rooms_contain(home):
    graph = home.topology()
    assert nx.is_connected(graph)
    for room in home.rooms():
        node = ("room", room.id)
        beside = {other[1] for other in graph[node] if graph.edges[node, other]["kind"] == "adjacent"}
        assert beside == set(room.neighbours)
        inside = {other for other in graph[node] if graph.edges[node, other]["kind"] == "contains"}
        assert {one[1] for one in inside if one[0] == "place"} == set(room.place_ids)
        assert {one[1] for one in inside if one[0] == "object"} == {one.id for one in home.objects(in_=room)}
        assert all(graph.edges[node, other]["subject"] == node for other in inside)
    ways = [(a, b, data) for a, b, data in graph.edges(data=True) if a[0] == b[0] == "place"]
    assert ways
    for a, b, data in ways:
        apart = np.linalg.norm(np.subtract(graph.nodes[a]["p_W"], graph.nodes[b]["p_W"]))
        assert data["kind"] == "adjacent"
        assert data["length_m"] >= apart - 1e-6
        assert data["clearance_m"] >= 0.3 - 1e-6
    for one in home.objects():
        places = [other for other in graph["object", one.id] if other[0] == "place"]
        assert len(places) <= 1
        for place in places:
            assert graph.edges[("object", one.id), place]["gap_m"] == pytest.approx(
                np.linalg.norm(np.subtract(graph.nodes[place]["p_W"], one.center_W)[:2])
            )


@pytest.mark.parametrize("which", ["home", "laid"])
def test_relations_are_those_of_each_object(which, request):
    memory = request.getfixturevalue(which)
    graph, found = memory.topology(), set()
    for one in memory.objects():
        told = memory.relations(one.id)
        assert not isinstance(told, Unknown)
        for relation in told:
            a, b = ("object", relation.subject.id), ("object", relation.object.id)
            data = graph.edges[a, b]
            assert data["kind"] == relation.kind
            assert data["gap_m"] == pytest.approx(relation.gap_m)
            assert data.get("subject") == (None if relation.kind == "near" else a)
            found.add(frozenset((a, b)))
    between = [(a, b) for a, b in graph.edges if a[0] == b[0] == "object"]
    assert {frozenset(pair) for pair in between} == found
    assert len(between) >= 4


def test_without_a_floor_there_are_objects_alone(laid):
    graph = laid.topology()
    assert {node[0] for node in graph} <= {"object", "place", "room"}
    assert kinds(graph)["on"] == 3
    nothing = SpatialMemory(Config(octree=OctreeConfig(budget_mib=64))).topology()
    assert (len(nothing), nothing.graph["stamp_ns"]) == (0, 0)


def test_what_is_held_is_near_nothing_and_what_is_missing_is_no_node():
    made = Table(SpatialMemory(Config(octree=OctreeConfig(budget_mib=64))), {"mug": MUG, "cup": moved(MUG, dy=0.2)})
    made.watch(8)
    assert kinds(made.memory.topology())["near"] >= 1
    made.act("picked_up", 1)
    graph = made.memory.topology()
    assert not [other for other in graph["object", 1] if other[0] == "object"]
    del made.things["cup"]
    made.watch(6)
    assert ("object", 2) not in made.memory.topology()


def test_the_same_moment_is_the_same_graph_in_the_same_order(home):
    first, second = home.topology(), home.view().topology()
    for a, b in itertools.zip_longest(first.nodes(data=True), second.nodes(data=True)):
        assert a == b
    for a, b in itertools.zip_longest(first.edges(data=True), second.edges(data=True)):
        assert a == b
