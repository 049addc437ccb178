"""Everything that hangs together as one networkx graph: places, rooms, objects, landmarks among them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from spatialmem.belief import How
from spatialmem.queries.asked import Asked
from spatialmem.queries.gaps import gaps_m, near_pairs, present
from spatialmem.queries.landmarks import landmarks
from spatialmem.queries.relations import KINDS, NEAR_M, in_hand

if TYPE_CHECKING:
    import networkx

__all__ = ["topology"]


def topology(asked: Asked) -> networkx.Graph:
    """Return places, rooms and objects, and how they lie to each other, as an undirected graph of plain values.

    A node is (kind, id). All have `kind`, "place", "room" or "object", `landmark`, and `p_W`, (x, y, z) [m].

        place   p_W on the floor, clearance_m, room_id (0 for none)
        room    p_W of its most open place, name, label, label_p, area_m2, low_W and high_W [m]
        object  p_W of the middle of its box, name, label, size_m (3), yaw_rad, p_there; those that are confirmed and
                not missing

    An edge has `kind`, and but for "adjacent" and "near" a `subject`: which of its two nodes is on or in the other, or
    contains it.

        adjacent  between places: length_m, clearance_m at the narrowest; between rooms that one gets to from each
                  other at once: clearance_m at the widest way between them
        contains  a room its places and its objects
        on, in    an object and what carries or holds it: gap_m between their boxes
        near      objects no farther apart than 0.3 m, of which none carries the other, at first or second hand: gap_m;
                  and an object and the place that is under it, or the nearest within 1 m: gap_m over the floor from the
                  place to the object's middle

    The graph's own attributes are `stamp_ns`, the newest that was told, and `kind`: "spatialmem". Nodes are in order:
    places, rooms, objects, each by id.
    """
    import networkx

    graph = networkx.Graph(kind="spatialmem", stamp_ns=asked.stamp_ns)
    _add_places(asked, graph)
    _add_rooms(asked, graph)
    _add_objects(asked, graph)
    _add_relations(asked, graph)
    return graph


def _add_places(asked: Asked, graph: networkx.Graph) -> None:
    """Add places, by id, and the ways between them."""
    places, edges = asked.graph.places, asked.graph.edges
    if not len(places):
        return
    rooms = asked.graph.rooms.ids
    for row in np.argsort(places.ids, kind="stable").tolist():
        graph.add_node(
            ("place", int(places.ids[row])),
            kind="place",
            landmark=False,
            p_W=_point(places.p_W[row]),
            clearance_m=float(places.clearance_m[row]),
            room_id=int(rooms[row]),
        )
    ends = np.sort(places.ids[edges.ends], axis=1)
    for i in np.lexsort((ends[:, 1], ends[:, 0])).tolist():
        a, b = ends[i].tolist()
        measures = {"length_m": float(edges.length_m[i]), "clearance_m": float(edges.clearance_m[i])}
        graph.add_edge(("place", a), ("place", b), kind="adjacent", **measures)


def _add_rooms(asked: Asked, graph: networkx.Graph) -> None:
    """Add rooms, by id, what they contain of the floor, and which are side by side."""
    for room in asked.rooms:
        graph.add_node(
            ("room", room.id),
            kind="room",
            landmark=False,
            p_W=_point(room.p_W),
            name=room.name,
            label=room.label,
            label_p=float(room.label_p),
            area_m2=float(room.area_m2),
            low_W=_point(room.low_W),
            high_W=_point(room.high_W),
        )
    widest: dict[tuple[int, int], float] = {}
    rooms, edges = asked.graph.rooms.ids, asked.graph.edges
    for pair, clearance_m in zip(np.sort(rooms[edges.ends], axis=1).tolist(), edges.clearance_m.tolist(), strict=True):
        if pair[0] > 0 and pair[0] != pair[1]:
            widest[tuple(pair)] = max(clearance_m, widest.get(tuple(pair), 0.0))
    for (a, b), clearance_m in sorted(widest.items()):
        graph.add_edge(("room", a), ("room", b), kind="adjacent", clearance_m=clearance_m)
    for room in asked.rooms:
        for place in room.place_ids:
            graph.add_edge(("room", room.id), ("place", place), kind="contains", subject=("room", room.id))


def _add_objects(asked: Asked, graph: networkx.Graph) -> None:
    """Add objects, by id, and where they are."""
    every = asked.objects.objects()
    marks = {one.id for one in landmarks(asked)}
    rows = asked.belief.rows([one.id for one in every])
    there_p = np.ones(len(every))
    there_p[rows >= 0] = asked.belief.p_there(rows[rows >= 0], asked.objects, asked.stamp_ns)
    places, rooms = asked.graph.places, asked.object_rooms
    for one, p in sorted(zip(every, there_p.tolist(), strict=True), key=lambda pair: pair[0].id):
        node = ("object", one.id)
        graph.add_node(
            node,
            kind="object",
            landmark=one.id in marks,
            p_W=_point(one.center_W),
            name=one.name,
            label=one.label,
            size_m=_point(one.size_m),
            yaw_rad=float(one.yaw_rad),
            p_there=float(p),
        )
        room, place = rooms.get(one.id, 0), asked.graph.place_at(one.center_W)
        if room and graph.has_node(("room", room)):
            graph.add_edge(("room", room), node, kind="contains", subject=("room", room))
        if place >= 0:
            away_m = float(np.hypot(*(places.p_W[place, :2] - one.center_W[:2])))
            graph.add_edge(node, ("place", int(places.ids[place])), kind="near", gap_m=away_m)


def _add_relations(asked: Asked, graph: networkx.Graph) -> None:
    """Add what is on, in and near what."""
    shown, table = asked.objects.shown, asked.belief.table
    rows = np.arange(len(shown.ids))
    rows = rows[present(shown, rows)]
    row_of = dict(zip(shown.ids[rows].tolist(), rows.tolist(), strict=True))
    order = np.argsort(table.ids, kind="stable")
    rests = [row for row in order[np.isin(table.how[order], (How.ON, How.IN))].tolist() if table.ids[row] > 0]
    carrier: dict[int, int] = {}
    pairs: list[tuple[int, int, str]] = []
    for row in rests:
        own, other = int(table.ids[row]), int(table.support[row])
        if own in row_of and other in row_of and own != other and not table.missing_ns[row]:
            carrier[own] = other
            pairs.append((own, other, KINDS[int(table.how[row])]))
    both = np.array([(row_of[own], row_of[other]) for own, other, _ in pairs], np.int64).reshape(-1, 2)
    for (own, other, kind), gap_m in zip(pairs, gaps_m(shown, both[:, 0], both[:, 1]).tolist(), strict=True):
        graph.add_edge(("object", own), ("object", other), kind=kind, subject=("object", own), gap_m=gap_m)
    held = set(in_hand(table).tolist())
    near, gaps = near_pairs(shown, NEAR_M)
    for (a, b), gap_m in zip(shown.ids[near].tolist(), gaps.tolist(), strict=True):
        if b in _chain(a, carrier) or a in _chain(b, carrier) or held & {a, b}:
            continue
        graph.add_edge(("object", a), ("object", b), kind="near", gap_m=gap_m)


def _chain(own: int, carrier: dict[int, int]) -> list[int]:
    """Return an object, what it is on or in, and so on."""
    found = [own]
    while found[-1] in carrier and carrier[found[-1]] not in found:
        found.append(carrier[found[-1]])
    return found


def _point(numbers: Any) -> tuple[float, float, float]:
    x, y, z = (float(c) for c in numbers)
    return x, y, z
