"""Our scene graphs as JSON: out and in again, to the last digit; the same bytes; damaged and foreign ones refused."""

import json
import random

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from watched_table import BOWL, MUG, Table, moved

from spatialmem import Config, FormatError, InputError, OctreeConfig, SpatialMemory, read_scene_graph, write_scene_graph
from spatialmem.formats.scene_graph import encoded


@pytest.fixture(scope="module")
def memory():
    made = Table(
        SpatialMemory(Config(octree=OctreeConfig(budget_mib=64))), {"mug": MUG, "cup": moved(MUG, dy=0.2), "bowl": BOWL}
    )
    made.watch(8)
    return made.memory


def same(a, b):
    assert a.graph == b.graph
    assert list(a.nodes(data=True)) == list(b.nodes(data=True))
    assert list(a.edges(data=True)) == list(b.edges(data=True))


def test_a_memory_out_and_in_again(memory, tmp_path):
    path = write_scene_graph(tmp_path / "home.json", memory)
    assert path == tmp_path / "home.json"
    same(read_scene_graph(path), memory.topology())
    first = path.read_bytes()
    again = SpatialMemory.load(memory.dump(), Config(octree=OctreeConfig(budget_mib=64)))
    assert write_scene_graph(tmp_path / "again.json", again.view()).read_bytes() == first
    told = json.loads(first)
    assert (told["format"], told["version"]) == ("spatialmem scene graph", 1)
    assert {"id", "kind", "landmark", "p_W_m", "size_m", "yaw_rad"} <= set(told["nodes"][-1])


def test_a_home_out_and_in_again(tmp_path):
    pytest.importorskip("pybullet")
    from toured_home import toured_home

    home = toured_home()
    path = write_scene_graph(tmp_path / "home.json", home)
    same(read_scene_graph(path), home.topology())
    assert encoded(read_scene_graph(path)) == path.read_bytes()


number = st.floats(allow_nan=False, allow_infinity=False)
point = st.tuples(number, number, number)
ids = st.integers(1, 2**53)
shared = {"landmark": st.booleans(), "p_W": point}
NODES = {
    "place": st.fixed_dictionaries({"kind": st.just("place"), **shared, "clearance_m": number, "room_id": ids}),
    "room": st.fixed_dictionaries(
        {"kind": st.just("room"), **shared, "name": st.text(), "label": st.text(), "label_p": number,
         "area_m2": number, "low_W": point, "high_W": point}
    ),
    "object": st.fixed_dictionaries(
        {"kind": st.just("object"), **shared, "name": st.text(), "label": st.text(), "size_m": point,
         "yaw_rad": number, "p_there": number}
    ),
}  # fmt: skip


@st.composite
def graphs(draw):
    """Any graph of plain values that `topology` may say."""
    graph = nx.Graph(kind="spatialmem", stamp_ns=draw(st.integers(0, 2**62)))
    for kind, content in NODES.items():
        for object_id in draw(st.lists(ids, max_size=4, unique=True)):
            graph.add_node((kind, object_id), **draw(content))
    nodes = list(graph)
    for i, a in enumerate(nodes):
        for b in nodes[i + 1 :]:
            if draw(st.booleans()):
                kind = draw(st.sampled_from(["adjacent", "contains", "in", "near", "on"]))
                data = draw(st.dictionaries(st.sampled_from(["clearance_m", "gap_m", "length_m"]), number))
                if draw(st.booleans()):
                    data["subject"] = draw(st.sampled_from([a, b]))
                graph.add_edge(a, b, **{"kind": kind, **data})
    return graph


@settings(max_examples=60, deadline=None)
@given(graph=graphs())
def test_any_graph_comes_back(tmp_path_factory, graph):
    path = tmp_path_factory.mktemp("any") / "graph.json"
    path.write_bytes(encoded(graph))
    read = read_scene_graph(path)
    same(read, graph)
    assert encoded(read) == path.read_bytes()


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("spatialmem scene graph", "another", "this is the format 'another', version 1"),
        ('"version": 1', '"version": 2', "this is the format 'spatialmem scene graph', version 2"),
        ('"kind": "object"', '"kind": "dragon"', r"nodes\[0\]: 'dragon' is no kind of node"),
        ('"id": 1,', '"id": "1",', r"nodes\[0\]: \['object', '1'\] is no node"),
        ('"id": 2,', '"id": 1,', r"nodes\[1\]: \('object', 1\) is there twice"),
        ('"landmark": false', '"landmark": 0', r"nodes\[0\]: landmark is true or false"),
        ('"yaw_rad": ', '"yaw": ', r"nodes\[0\]: 'yaw_rad' is missing"),
        ('"p_there": ', '"p_there": true, "x": ', r"nodes\[0\]: p_there is True"),
        ('"name": "mug-1"', '"name": 1', r"nodes\[0\]: name is 1; a text is needed"),
        ('"kind": "on"', '"kind": "under"', r"edges\[\d\]: 'under' is no kind of edge"),
        (
            '"target": ["object", 4], "gap_m"',
            '"target": ["object", 9], "gap_m"',
            r"edges\[0\]: .* are not two of the nodes",
        ),
        ('"subject": ["object", 1]', '"subject": ["object", 3]', r"edges\[0\]: the subject is neither"),
    ],
)
def test_what_is_wrong_is_said_and_where(memory, tmp_path, old, new, what):
    text = write_scene_graph(tmp_path / "a.json", memory).read_text()
    objects_only = nx.Graph(**memory.topology().graph)
    whole = memory.topology()
    objects_only.add_nodes_from((node, data) for node, data in whole.nodes(data=True) if node[0] == "object")
    objects_only.add_edges_from((a, b, data) for a, b, data in whole.edges(data=True) if a[0] == b[0] == "object")
    text = encoded(objects_only).decode()
    assert old in text
    (tmp_path / "a.json").write_text(text.replace(old, new, 1))
    with pytest.raises(FormatError, match=what):
        read_scene_graph(tmp_path / "a.json")


def test_damaged_and_foreign_files_are_refused(memory, tmp_path):
    path = write_scene_graph(tmp_path / "a.json", memory)
    data = path.read_bytes()
    for foreign in (b"", b"{}", b"[]", b"[" * 100_000, data[:-3], data + b"]", b'{"format": "x", "version": 1}'):
        path.write_bytes(foreign)
        with pytest.raises(FormatError):
            read_scene_graph(path)
    rng = random.Random(0)
    for _ in range(300):
        at = rng.randrange(len(data))
        path.write_bytes(data[:at] + bytes([rng.randrange(256)]) + data[at + 1 :])
        try:
            read_scene_graph(path)
        except FormatError as error:
            assert str(error).startswith(str(path))  # noqa: PT017
    with pytest.raises(InputError, match=r"does not end in \.json"):
        write_scene_graph(tmp_path / "a.txt", memory)
