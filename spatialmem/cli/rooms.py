"""`spatialmem rooms`: the rooms that a memory file knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spatialmem.cli import console, options

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from spatialmem.types import Room
    from spatialmem.view import View

__all__ = ["rooms"]


def rooms(file: options.MemoryFile, as_json: options.AsJson = False) -> None:
    """List the rooms that a memory file knows: how large each is, what it is for by what is in it, and which rooms are
    next to it."""
    from spatialmem.cli.interrupt import interrupt_asked
    from spatialmem.cli.opened_memory import opened_view

    view = opened_view(file)
    found = view.rooms()
    with interrupt_asked():  # a whole answer, or none
        if as_json:
            console.print_json({"file": str(file), "last_stamp_ns": view.stamp_ns, **_document(view, found)})
        else:
            _print(file, view, found)


def _document(view: View, found: Sequence[Room]) -> dict[str, Any]:
    from spatialmem.cli.floor_words import room_document, room_names, things_by_room

    names, things = room_names(view), things_by_room(view)
    return {"unknown": not found, "rooms": [room_document(room, names, things.get(room.id, {})) for room in found]}


def _print(file: Path, view: View, found: Sequence[Room]) -> None:
    from spatialmem.cli.belief_words import shown_point
    from spatialmem.cli.floor_words import room_names, things_by_room
    from spatialmem.cli.object_words import shown_labels

    out, names, things = console.answers(), room_names(view), things_by_room(view)
    if not found:
        console.print_facts(out, str(file), [("rooms", "none are known: no floor that the robot has room on was seen")])
        return
    rows = [
        [
            room.name,
            f"{100 * room.label_p:.0f} %" if room.label != "room" else "",
            f"{room.area_m2:.1f}",
            shown_point(room.p_W[:2]),
            ", ".join(names[other] for other in room.neighbours) or "none",
            shown_labels(things.get(room.id, {})),
        ]
        for room in found
    ]
    columns = ("room", "sure", "area [m²]", "x y [m]", "next to", "things in it")
    console.print_table(out, columns, rows, left=("room", "next to", "things in it"))
