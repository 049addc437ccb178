"""What a command says of rooms and ways: as mappings for `--json`, and as lines of a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from spatialmem.cli.belief_words import rounded
from spatialmem.types import Room, Route, Unknown
from spatialmem.view import View

__all__ = ["room_document", "room_names", "route_document", "route_facts", "things_by_room"]


SEEN_ONLY = "where it is seen from: nobody is known to find room where it could be reached"


def room_names(view: View) -> dict[int, str]:
    """Return the names of all rooms, by id."""
    return {room.id: room.name for room in view.rooms()}


def things_by_room(view: View) -> dict[int, dict[str, int]]:
    """Return how many confirmed objects of each label are in each room, none of them missing; the most frequent first.

    By the ids of the rooms; a room with nothing in it is left out.
    """
    counts: dict[int, Counter[str]] = {}
    for one in view.objects():
        room = view.room_of(one.id)
        if not isinstance(room, Unknown):
            counts.setdefault(room.id, Counter())[one.label] += 1
    return {
        room: dict(sorted(found.items(), key=lambda label: (-label[1], label[0]))) for room, found in counts.items()
    }


def room_document(room: Room, names: Mapping[int, str], things: Mapping[str, int]) -> dict[str, Any]:
    """Return a room as it stands in a JSON document."""
    return {
        "id": room.id,
        "name": room.name,
        "label": room.label,
        "label_p": round(room.label_p, 4),
        "p_W_m": rounded(room.p_W),
        "area_m2": round(room.area_m2, 3),
        "low_W_m": rounded(room.low_W),
        "high_W_m": rounded(room.high_W),
        "places": len(room.place_ids),
        "neighbours": [names[other] for other in room.neighbours],
        "objects": dict(things),
    }


def route_document(way: Route, names: Mapping[int, str]) -> dict[str, Any]:
    """Return a way as it stands in a JSON document."""
    return {
        "length_m": round(way.length_m, 3),
        "clearance_m": round(way.clearance_m, 3),
        "unseen_m": round(way.unseen_m, 3),
        "arrival": way.arrival,
        "rooms": [names[room] for room in way.room_ids],
        "places": list(way.place_ids),
        "waypoints_W_m": [rounded(point) for point in way.waypoints_W],
    }


def route_facts(way: Route, names: Mapping[int, str]) -> Iterator[tuple[str, str]]:
    """Yield names and values for `console.print_facts`."""
    unseen = f", {way.unseen_m:.2f} m of them, at the start, over floor that nobody has seen" if way.unseen_m else ""
    yield "length", f"{way.length_m:.2f} m{unseen}"
    yield "ends", {"there": "there", "reach": "where it is reached from", "see": SEEN_ONLY}[way.arrival]
    yield "narrowest", f"{way.clearance_m:.2f} m from the robot's middle to what is in the way, or not known"
    yield "through", ", ".join(names[room] for room in way.room_ids) or "no room"
    yield "waypoints", ", ".join(f"{x:.2f} {y:.2f}" for x, y, _ in way.waypoints_W.tolist()) + " m"
