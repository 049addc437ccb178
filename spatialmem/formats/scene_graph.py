"""Our own scene graphs as JSON: what `topology()` says, out and in again, to the last digit.

    {"format": "spatialmem scene graph", "version": 1, "stamp_ns": 12, "nodes": [...], "edges": [...]}

Nodes and edges are in order and have what `topology()` says they have, in the same words, but that every unit is in a
name: what ends in _W is in the frame W, in metres, and ends in _W_m here. "id" is the node's number, "source" and
"target" are [kind, id], as is "subject". Numbers are written so that they are read as the same.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from spatialmem.errors import FormatError
from spatialmem.files import refuse_unwritable, write_whole
from spatialmem.formats.plain_json import read_json

if TYPE_CHECKING:
    import networkx

    from spatialmem.memory import SpatialMemory
    from spatialmem.view import View

__all__ = ["FORMAT", "read_scene_graph", "write_scene_graph"]

FORMAT, VERSION = "spatialmem scene graph", 1
WHAT = f'a scene graph of spatialmem ("format": "{FORMAT}")'
SUFFIX = ".json"
NODES = {
    "place": ("p_W", "clearance_m", "room_id"),
    "room": ("p_W", "name", "label", "label_p", "area_m2", "low_W", "high_W"),
    "object": ("p_W", "name", "label", "size_m", "yaw_rad", "p_there"),
}
"""What a node of each kind has besides `kind` and `landmark`, in this order."""
EDGES = {"adjacent", "contains", "in", "near", "on"}
POINTS, WORDS, WHOLE = ("p_W", "low_W", "high_W", "size_m"), ("name", "label"), ("room_id",)

Key = tuple[str, int]


class _Content(msgspec.Struct, frozen=True):
    format: str
    version: int
    stamp_ns: int = 0
    nodes: list[dict[str, Any]] = []
    edges: list[dict[str, Any]] = []


def write_scene_graph(path: str | Path, view: View | SpatialMemory) -> Path:
    """Write the topology of a view or a memory as NAME.json, and return the path.

    The same topology is the same bytes. Raises InputError where the file cannot be written; none is then left.
    """
    target = refuse_unwritable(path, (SUFFIX,))
    write_whole({target: encoded(view.topology())})
    return target


def read_scene_graph(path: str | Path) -> networkx.Graph:
    """Return what `write_scene_graph` wrote, as `topology()` said it.

    Raises FormatError for a file that is damaged, cut short, of another kind, or of a newer version.
    """
    import networkx

    content = read_json(path, _Content, WHAT)
    if content.format != FORMAT or content.version != VERSION:
        found = f"the format {content.format!r}, version {content.version}"
        raise FormatError(path, 0, f"expected {WHAT} of version {VERSION}, this is {found}.")
    graph = networkx.Graph(kind="spatialmem", stamp_ns=content.stamp_ns)
    for i, told in enumerate(content.nodes):
        try:
            node, attributes = _node_of(told)
            _refuse(graph.has_node(node), f"{node} is there twice")
        except (KeyError, TypeError, ValueError) as error:
            raise _wrong(path, f"nodes[{i}]", error) from error
        graph.add_node(node, **attributes)
    for i, told in enumerate(content.edges):
        try:
            a, b, attributes = _edge_of(told)
            _refuse(not (graph.has_node(a) and graph.has_node(b)) or a == b, f"{a} and {b} are not two of the nodes")
            _refuse(graph.has_edge(a, b), f"{a} and {b} are joined twice")
        except (KeyError, TypeError, ValueError) as error:
            raise _wrong(path, f"edges[{i}]", error) from error
        graph.add_edge(a, b, **attributes)
    return graph


def encoded(graph: networkx.Graph) -> bytes:
    """Return a topology as JSON, one node or edge a line."""
    nodes = [
        _line({"id": key[1], "kind": data["kind"], "landmark": data["landmark"],
               **{_with_unit(name): data[name] for name in NODES[data["kind"]]}})
        for key, data in graph.nodes(data=True)
    ]  # fmt: skip
    edges = [_line({"source": a, "target": b, **dict(sorted(data.items()))}) for a, b, data in graph.edges(data=True)]
    head = {"format": FORMAT, "version": VERSION, "stamp_ns": graph.graph.get("stamp_ns", 0)}
    parts = [
        json.dumps(head)[:-1],
        ', "nodes": [' + _block(nodes) + "]",
        ', "edges": [' + _block(edges) + "]}\n",
    ]
    return "".join(parts).encode()


def _line(told: Mapping[str, Any]) -> str:
    return json.dumps(told, ensure_ascii=False, allow_nan=False)


def _block(lines: list[str]) -> str:
    return "\n" + ",\n".join(lines) + "\n" if lines else ""


def _with_unit(name: str) -> str:
    return f"{name}_m" if name.endswith("_W") else name


def _node_of(told: dict[str, Any]) -> tuple[Key, dict[str, Any]]:
    """Return a node and its attributes. Raises KeyError, TypeError or ValueError for what is none."""
    kind = told["kind"]
    _refuse(kind not in NODES, f"{kind!r} is no kind of node; {', '.join(NODES)} are")
    key = _key([kind, told["id"]])
    found: dict[str, Any] = {"kind": kind, "landmark": told["landmark"]}
    _refuse(not isinstance(told["landmark"], bool), "landmark is true or false")
    for name in NODES[kind]:
        found[name] = _value(name, told[_with_unit(name)])
    return key, found


def _edge_of(told: dict[str, Any]) -> tuple[Key, Key, dict[str, Any]]:
    """Return the ends of an edge and its attributes. Raises KeyError, TypeError or ValueError for what is none."""
    a, b, kind = _key(told["source"]), _key(told["target"]), told["kind"]
    _refuse(kind not in EDGES, f"{kind!r} is no kind of edge; {', '.join(sorted(EDGES))} are")
    found: dict[str, Any] = {"kind": kind}
    for name in ("clearance_m", "gap_m", "length_m"):
        if name in told:
            found[name] = _value(name, told[name])
    if "subject" in told:
        found["subject"] = _key(told["subject"])
        _refuse(found["subject"] not in (a, b), "the subject is neither of its nodes")
    return a, b, found


def _value(name: str, value: Any) -> Any:
    """Return a value of an attribute as `topology` has it."""
    if name in WORDS:
        _refuse(not isinstance(value, str), f"{name} is {value!r}; a text is needed")
        return value
    if name in WHOLE:
        _refuse(type(value) is not int, f"{name} is {value!r}; a whole number is needed")
        return value
    numbers = value if name in POINTS else [value]
    sound = isinstance(numbers, list) and len(numbers) == (3 if name in POINTS else 1)
    sound = sound and all(type(c) in (int, float) and math.isfinite(c) for c in numbers)
    _refuse(
        not sound, f"{_with_unit(name)} is {value!r}; {'three finite numbers' if name in POINTS else 'a number'} needed"
    )
    floats = tuple(float(c) for c in numbers)
    return floats if name in POINTS else floats[0]


def _key(told: Any) -> Key:
    sound = isinstance(told, list) and len(told) == 2 and told[0] in NODES and type(told[1]) is int
    _refuse(not sound, f"{told!r} is no node; [kind, id] is")
    return told[0], told[1]


def _refuse(wrong: bool, why: str) -> None:
    if wrong:
        raise ValueError(why)


def _wrong(path: str | Path, where: str, error: Exception) -> FormatError:
    what = f"{error} is missing" if isinstance(error, KeyError) else str(error)
    return FormatError(path, 0, f"expected {WHAT}; {where}: {what}.")
