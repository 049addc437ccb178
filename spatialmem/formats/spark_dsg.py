"""Scene graphs that MIT-SPARK's Spark-DSG wrote as JSON, such as Hydra's (Hughes et al. 2022, RSS): read, not written.

"nodes" have "id", "layer" and "attributes" with a "type" and a "position" [m]; "edges" have "source", "target" and
"info" with a "weight". An id is a symbol: a letter in the upper 8 of 64 bits, a number in the others: p12. What a node
is, is told by the type of its attributes, and where that is of any kind, by its layer: 2 objects, 3 places, 4 rooms,
5 buildings (Spark-DSG, node_attributes.h, node_symbol.h, graph_json_serialization.cpp; versions 1.0 and 1.1). Meshes,
and what only goes with them, are left out.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from spatialmem.errors import FormatError
from spatialmem.formats.plain_json import read_json

if TYPE_CHECKING:
    import networkx

__all__ = ["read_spark_dsg"]

WHAT = "a scene graph of Spark-DSG as JSON"
KINDS = {
    "AgentNodeAttributes": "agent",
    "KhronosObjectAttributes": "object",
    "ObjectNodeAttributes": "object",
    "Place2dNodeAttributes": "place",
    "PlaceNodeAttributes": "place",
    "RoomNodeAttributes": "room",
    "TraversabilityNodeAttributes": "place",
}
"""By the type of a node's attributes; of others its layer tells."""
LAYERS = {2: "object", 3: "place", 4: "room", 5: "building"}
NO_LABEL = (1 << 32) - 1
"""Spark-DSG's number for a node without a class."""


class _Quaternion(msgspec.Struct, frozen=True):
    w: float
    x: float
    y: float
    z: float


class _Box(msgspec.Struct, frozen=True):
    type: str | int | None = None
    world_P_center: list[float | None] | None = None
    world_R_center: _Quaternion | None = None
    dimensions: list[float | None] | None = None
    min: list[float | None] | None = None
    max: list[float | None] | None = None


class _Attributes(msgspec.Struct, frozen=True):
    type: str
    position: tuple[float, float, float]
    name: str = ""
    semantic_label: int | None = None
    bounding_box: _Box | None = None
    distance: float | None = None
    world_R_body: _Quaternion | None = None


class _Node(msgspec.Struct, frozen=True):
    id: int
    layer: int
    attributes: _Attributes
    timestamp: int | None = None


class _Info(msgspec.Struct, frozen=True):
    weight: float | None = None
    weighted: bool = False


class _Edge(msgspec.Struct, frozen=True):
    source: int
    target: int
    info: _Info = _Info()


class _Content(msgspec.Struct, frozen=True):
    nodes: list[_Node]
    edges: list[_Edge]
    layer_ids: list[int]


def read_spark_dsg(path: str | Path) -> networkx.Graph:
    """Return a scene graph as an undirected networkx graph of plain values, in the words of `SpatialMemory.topology`.

    A node is (kind, id), with the kinds "place", "object", "room", "building" and "agent", which is a pose that the
    robot had; another layer's is "layer 7". id: Spark-DSG's, of 64 bits. All have `kind`, `landmark` (False), `layer`,
    `name` (as written, else the symbol: p12), and `p_W`, (x, y, z) [m]. Where they are known: `label`, its class as a
    number in text; `clearance_m`, of a place; `size_m` (3), `center_W` (3) and `q_WK` (wxyz) of its box; of an agent
    `stamp_ns` and `q_WB`.

    Edges have `kind` and `length_m`, straight from node to node: "adjacent" within a layer, with `clearance_m` between
    places where it is told (the weight; Hydra's is that of the narrowest cell when the edge was found), "next" between
    poses, and "contains" between layers, with the `subject` that contains the other. Raises FormatError for a file that
    is damaged, cut short or of another kind.
    """
    import networkx

    content = read_json(path, _Content, WHAT)
    graph = networkx.Graph(kind="spark_dsg")
    keys: dict[int, tuple[str, int]] = {}
    for i, node in enumerate(content.nodes):
        kind = KINDS.get(node.attributes.type) or LAYERS.get(node.layer, f"layer {node.layer}")
        if node.id in keys or not 0 <= node.id < 1 << 64:
            raise _wrong(path, f"nodes[{i}]", f"the id {node.id} is another node's, or has more than 64 bits")
        if node.layer not in content.layer_ids:
            raise _wrong(path, f"nodes[{i}]", f"layer {node.layer} is none of {content.layer_ids}")
        keys[node.id] = kind, node.id
        graph.add_node(keys[node.id], **_described(path, f"nodes[{i}]", kind, node))
    layers = {keys[node.id]: node.layer for node in content.nodes}
    for i, edge in enumerate(content.edges):
        ends = [keys.get(number) for number in (edge.source, edge.target)]
        if None in ends or ends[0] == ends[1]:
            raise _wrong(path, f"edges[{i}]", f"it joins {edge.source} and {edge.target}; two of the nodes are needed")
        a, b = (end for end in ends if end is not None)
        if graph.has_edge(a, b):
            raise _wrong(path, f"edges[{i}]", f"{edge.source} and {edge.target} are joined twice")
        graph.add_edge(a, b, **_joined(graph, a, b, layers, edge.info))
    return graph


def _described(path: str | Path, where: str, kind: str, node: _Node) -> dict[str, Any]:
    """Return a node's attributes."""
    given = node.attributes
    if not all(math.isfinite(c) for c in given.position):
        raise _wrong(path, where, f"its position is {given.position}; three finite numbers are needed")
    letter, number = chr(node.id >> 56), node.id & ((1 << 56) - 1)
    symbol = f"{letter}{number}" if letter.isascii() and letter.isalpha() else str(node.id)
    found: dict[str, Any] = {
        "kind": kind, "landmark": False, "layer": node.layer, "name": given.name or symbol, "p_W": given.position,
    }  # fmt: skip
    if given.semantic_label is not None and given.semantic_label != NO_LABEL:
        found["label"] = str(given.semantic_label)
    if kind == "place" and given.distance is not None and math.isfinite(given.distance):
        found["clearance_m"] = given.distance
    if kind == "agent" and node.timestamp is not None:
        found["stamp_ns"] = node.timestamp
    if kind == "agent" and given.world_R_body is not None:
        found["q_WB"] = _wxyz(given.world_R_body)
    return {**found, **_boxed(given.bounding_box)}


def _boxed(box: _Box | None) -> dict[str, Any]:
    """Return the size, middle and rotation of a box; nothing for one that is not valid."""
    if box is None or box.world_P_center is None:
        return {}
    if box.dimensions is not None:
        size = box.dimensions
    elif box.min is not None and box.max is not None:  # before version 1.0.3
        size = [None if a is None or b is None else b - a for a, b in zip(box.min, box.max, strict=False)]
    else:
        return {}
    size_m, center_W = ([math.nan if c is None else c for c in given] for given in (size, box.world_P_center))
    sound = len(size_m) == len(center_W) == 3 and all(math.isfinite(c) for c in (*size_m, *center_W))
    if not sound or min(size_m) <= 0:
        return {}
    turned = box.world_R_center or _Quaternion(1.0, 0.0, 0.0, 0.0)
    return {"size_m": tuple(size_m), "center_W": tuple(center_W), "q_WK": _wxyz(turned)}


def _joined(
    graph: networkx.Graph, a: tuple[str, int], b: tuple[str, int], layers: dict[tuple[str, int], int], info: _Info
) -> dict[str, Any]:
    """Return an edge's attributes."""
    length_m = math.dist(graph.nodes[a]["p_W"], graph.nodes[b]["p_W"])
    if layers[a] != layers[b]:
        return {"kind": "contains", "subject": max(a, b, key=lambda node: layers[node]), "length_m": length_m}
    found: dict[str, Any] = {"kind": "next" if a[0] == b[0] == "agent" else "adjacent", "length_m": length_m}
    if a[0] == b[0] == "place" and info.weighted and info.weight is not None and info.weight > 0:
        found["clearance_m"] = info.weight
    return found


def _wxyz(q: _Quaternion) -> tuple[float, float, float, float]:
    return q.w, q.x, q.y, q.z


def _wrong(path: str | Path, where: str, what: str) -> FormatError:
    return FormatError(path, 0, f"expected {WHAT}; {where}: {what}.")
