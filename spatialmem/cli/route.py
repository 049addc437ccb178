"""`spatialmem route`: the shortest way over floor that a memory file knows to be free."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from spatialmem.cli import console, ends, options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spatialmem.types import Route, Unknown
    from spatialmem.view import View

__all__ = ["route"]


def route(
    file: options.MemoryFile,
    goal: Annotated[
        str, typer.Argument(metavar="GOAL", help="Where to: X Y in metres, a room (kitchen-12), or a thing (table-4).")
    ],
    start: ends.From = None,
    robot_radius_m: options.RobotRadius = None,
    picture: options.WayPicture = None,
    as_json: options.AsJson = False,
) -> None:
    """Find the shortest way over floor that is known to be free, or say that none is known, and where to look."""
    from spatialmem.cli.interrupt import interrupt_asked
    from spatialmem.cli.opened_memory import opened_for_robot, opened_memory
    from spatialmem.cli.way_picture import draw_route, refuse_undrawable
    from spatialmem.types import Unknown

    refuse_undrawable(picture)
    begin, end = None if start is None else ends.end_meant(start, ends.FROM), ends.end_meant(goal, "GOAL")
    memory = opened_memory(file)
    view, least_m = memory.view(), memory.config.graph.robot_radius_m
    if robot_radius_m is not None and robot_radius_m < least_m:  # a wider one finds its way over what is known of it
        own, view = view, opened_for_robot(file, memory, robot_radius_m).view()
        found = view.route(ends.in_words_of(own, begin), ends.in_words_of(own, end))
    else:
        found = view.route(begin, end, robot_radius_m=robot_radius_m)
    drawn = None if isinstance(found, Unknown) else picture
    title = f"{file.name}: from {ends.shown_end(begin)} to {ends.shown_end(end)}"
    if drawn is not None and not isinstance(found, Unknown):
        draw_route(drawn, view, found, title)
    with interrupt_asked():  # a whole answer, or none
        if as_json:
            asked = {"file": str(file), "last_stamp_ns": view.stamp_ns, "from": begin, "goal": end}
            asked["robot_radius_m"] = least_m if robot_radius_m is None else robot_radius_m
            console.print_json({**asked, **_document(view, found), "picture": None if drawn is None else str(drawn)})
        else:
            console.print_facts(console.answers(), title, _facts(view, found, drawn))


def _document(view: View, found: Route | Unknown) -> dict[str, Any]:
    from spatialmem.cli.belief_words import unknown_document
    from spatialmem.cli.floor_words import room_names, route_document
    from spatialmem.types import Unknown

    if isinstance(found, Unknown):
        return {**unknown_document(found), "route": None}
    return {"unknown": False, "route": route_document(found, room_names(view))}


def _facts(view: View, found: Route | Unknown, drawn: Path | None) -> Iterator[tuple[str, str]]:
    from spatialmem.cli.belief_words import unknown_facts
    from spatialmem.cli.floor_words import room_names, route_facts
    from spatialmem.types import Unknown

    if isinstance(found, Unknown):
        yield from unknown_facts(found)
    else:
        yield from route_facts(found, room_names(view))
    if drawn is not None:
        yield "picture", console.shown_path(str(drawn))
