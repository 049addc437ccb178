"""Spark-DSG's scene graphs: the real one by its counts, small ones by hand, damaged and foreign ones refused."""

import collections
import copy
import json
import random

import numpy as np
import pytest
from recordings import DATA, needs

import spatialmem as sm
from spatialmem import FormatError, read_spark_dsg

FILE = DATA / "spark_dsg" / "apartment_dsg.json"
needs_spark_dsg = needs(FILE.parent)


def counted(items):
    return collections.Counter(data["kind"] for *_, data in items)


@needs_spark_dsg
def test_the_apartment_by_layer():
    graph = read_spark_dsg(FILE)
    assert counted(graph.nodes(data=True)) == {"place": 185, "agent": 102, "object": 7, "room": 1, "building": 1}
    assert graph.number_of_edges() == 742
    assert counted(graph.edges(data=True)) == {"adjacent": 396, "contains": 245, "next": 101}


@needs_spark_dsg
def test_the_apartment_is_what_the_file_says():
    graph, told = read_spark_dsg(FILE), json.loads(FILE.read_text())
    by_id = {node["id"]: node for node in told["nodes"]}
    for (kind, number), data in graph.nodes(data=True):
        given = by_id[number]["attributes"]
        assert data["p_W"] == tuple(given["position"])
        assert data["kind"] == kind
        assert data["layer"] == by_id[number]["layer"]
        if kind == "place":
            assert data["clearance_m"] == given["distance"] > 0
            assert data["name"].startswith("p")
        if kind == "object":
            assert data["name"] == given["name"]
            assert data["label"] == str(given["semantic_label"])
            assert min(data["size_m"]) > 0
            assert np.allclose(data["center_W"], given["bounding_box"]["world_P_center"])
        if kind == "agent":
            assert data["stamp_ns"] == by_id[number]["timestamp"]
            assert np.linalg.norm(data["q_WB"]) == pytest.approx(1.0)
    layers = [graph.nodes[node]["layer"] for node in graph]
    assert sorted(set(layers)) == told["layer_ids"]
    weights = collections.defaultdict(list)
    for edge in told["edges"]:
        weights[frozenset((edge["source"], edge["target"]))].append(edge["info"]["weight"])
    for a, b, data in graph.edges(data=True):
        if data["kind"] == "contains":
            whole = data["subject"]
            part = b if whole == a else a
            assert graph.nodes[whole]["layer"] > graph.nodes[part]["layer"]
        if a[0] == b[0] == "place":
            assert data["clearance_m"] in weights[frozenset((a[1], b[1]))]
        apart_m = np.linalg.norm(np.subtract(graph.nodes[a]["p_W"], graph.nodes[b]["p_W"]))
        assert data["length_m"] == pytest.approx(apart_m)


def symbol(letter, number):
    return (ord(letter) << 56) | number


def node(letter, number, layer, kind, **attributes):
    given = {"type": f"{kind}NodeAttributes", "position": [float(number), 0.0, 1.0], **attributes}
    return {"id": symbol(letter, number), "layer": layer, "attributes": given}


BOX = {"type": "AABB", "world_P_center": [1.0, 0.0, 1.0], "world_R_center": {"w": 1.0, "x": 0.0, "y": 0.0, "z": 0.0}}
SMALL = {
    "layer_ids": [2, 3, 4, 5, 7],
    "nodes": [
        node("p", 1, 3, "Place", distance=0.5, semantic_label=(1 << 32) - 1),
        node("p", 2, 3, "Place2d", name="by the door"),
        node("O", 1, 2, "Object", name="chair", semantic_label=5,
             bounding_box={**BOX, "min": [0.5, -1.0, 0.0], "max": [1.5, 1.0, 2.0]}),
        node("O", 2, 2, "Khronos", bounding_box={**BOX, "dimensions": [0.1, 0.2, 0.3]}),
        node("O", 3, 2, "Object", bounding_box={**BOX, "dimensions": [0.1, None, 0.3]}),
        node("R", 0, 4, "Room"),
        node("x", 9, 7, "Semantic"),
        {**node("a", 0, 2, "Agent", world_R_body={"w": 0.0, "x": 0.0, "y": 0.0, "z": 1.0}), "timestamp": 12},
    ],
    "edges": [
        {"source": symbol("p", 1), "target": symbol("p", 2), "info": {"weight": 0.4, "weighted": True}},
        {"source": symbol("O", 1), "target": symbol("p", 1), "info": {"weight": 1.0, "weighted": False}},
        {"source": symbol("R", 0), "target": symbol("p", 1)},
        {"source": symbol("p", 1), "target": symbol("a", 0)},
    ],
}  # fmt: skip
SMALL["nodes"][3]["attributes"]["type"] = "KhronosObjectAttributes"


def read(tmp_path, content):
    path = tmp_path / "graph.json"
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return read_spark_dsg(path)


def test_kinds_names_and_boxes_of_either_version(tmp_path):
    graph = read(tmp_path, SMALL)
    assert [kind for kind, _ in graph] == ["place", "place", "object", "object", "object", "room", "layer 7", "agent"]
    names = [data["name"] for _, data in graph.nodes(data=True)]
    assert names == ["p1", "by the door", "chair", "O2", "O3", "R0", "x9", "a0"]
    chair, small, unsized = (graph.nodes["object", symbol("O", number)] for number in (1, 2, 3))
    assert (chair["size_m"], small["size_m"]) == ((1.0, 2.0, 2.0), (0.1, 0.2, 0.3))
    assert "size_m" not in unsized
    assert chair["label"] == "5"
    assert "label" not in graph.nodes["place", symbol("p", 1)]  # Spark-DSG's number for none
    assert graph.nodes["agent", symbol("a", 0)]["q_WB"] == (0.0, 0.0, 0.0, 1.0)
    edges = {(a[0], b[0]): data for a, b, data in graph.edges(data=True)}
    assert edges["place", "place"] == {"kind": "adjacent", "length_m": 1.0, "clearance_m": 0.4}
    assert edges["place", "object"]["subject"] == ("place", symbol("p", 1))
    assert edges["place", "room"]["subject"] == ("room", symbol("R", 0))
    assert edges["place", "agent"]["kind"] == "contains"


def test_nothing_is_a_graph_too(tmp_path):
    assert len(read(tmp_path, {"layer_ids": [], "nodes": [], "edges": []})) == 0


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda d: d.pop("nodes"), "missing required field `nodes`"),
        (lambda d: d.update(edges={}), "edges"),
        (lambda d: d["nodes"][0].update(id="p1"), r"nodes\[0\].id"),
        (lambda d: d["nodes"][0]["attributes"].update(position=[1.0, 2.0]), "position"),
        (lambda d: d["nodes"][0]["attributes"].update(position=None), "position"),
        (lambda d: d["nodes"][0].pop("attributes"), "attributes"),
        (lambda d: d["nodes"].append(d["nodes"][0]), r"nodes\[8\]: the id"),
        (lambda d: d["nodes"][0].update(id=-1), r"nodes\[0\]: the id"),
        (lambda d: d["nodes"][0].update(layer=9), r"nodes\[0\]: layer 9 is none of"),
        (lambda d: d["edges"].append(d["edges"][0]), r"edges\[4\]: .* joined twice"),
        (lambda d: d["edges"][0].update(target=7), r"edges\[0\]: it joins"),
        (lambda d: d["edges"][0].update(target=d["edges"][0]["source"]), r"edges\[0\]: it joins"),
    ],
)
def test_what_is_wrong_is_said_and_where(tmp_path, change, what):
    content = copy.deepcopy(SMALL)
    change(content)
    with pytest.raises(FormatError, match=what) as caught:
        read(tmp_path, content)
    assert str(caught.value).startswith(f"{tmp_path / 'graph.json'}, byte 0: expected a scene graph of Spark-DSG")


def test_damaged_and_foreign_files_are_refused(tmp_path):
    data = json.dumps(SMALL).encode()
    for foreign in (
        b"",
        b"null",
        b"[]",
        b'{"format": 1}',
        b"\x89PNG\r\n",
        b"[" * 100_000,
        data[:-1],
        data + b"}",
        b"\xff",
    ):
        with pytest.raises(FormatError):
            read(tmp_path, foreign)
    for cut in range(0, len(data), 37):
        with pytest.raises(FormatError):
            read(tmp_path, data[:cut])
    rng = random.Random(0)
    for _ in range(
        300
    ):  # a byte may be changed so that it means something else; never so that something else is raised
        at = rng.randrange(len(data))
        changed = data[:at] + bytes([rng.randrange(256)]) + data[at + 1 :]
        try:
            read(tmp_path, changed)
        except FormatError as error:
            assert str(error).startswith(str(tmp_path))  # noqa: PT017
    with pytest.raises(FormatError, match="nothing is there"):
        read_spark_dsg(tmp_path / "none.json")
    with pytest.raises(FormatError, match="byte 27"):
        read(tmp_path, b'{"nodes": [], "edges": [], x}')


def test_it_is_public():
    assert sm.read_spark_dsg is read_spark_dsg
