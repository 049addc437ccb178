"""`spatialmem search`: in which order to look for something."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from spatialmem.cli import console, ends, options

if TYPE_CHECKING:
    from spatialmem.types import SearchPlan, Unknown

__all__ = ["search"]


def search(
    file: options.MemoryFile,
    label: Annotated[str, typer.Argument(metavar="LABEL", help="What to look for: mug.")],
    start: ends.From = None,
    robot_radius_m: options.RobotRadius = None,
    picture: options.WayPicture = None,
    as_json: options.AsJson = False,
) -> None:
    """Say in which order to look for something so that few metres are walked until it is found: where to stop, how
    likely it is there, and why."""
    from spatialmem.cli.interrupt import interrupt_asked
    from spatialmem.cli.opened_memory import opened_for_robot, opened_memory
    from spatialmem.cli.way_picture import draw_search, refuse_undrawable
    from spatialmem.types import Unknown

    refuse_undrawable(picture)
    begin = None if start is None else ends.end_meant(start, ends.FROM)
    memory = opened_memory(file)
    view, here = memory.view(), begin
    if robot_radius_m is not None:
        here, view = ends.in_words_of(view, begin), opened_for_robot(file, memory, robot_radius_m).view()
    found = view.search_order(label, here)
    drawn = None if isinstance(found, Unknown) else picture
    if drawn is not None and not isinstance(found, Unknown):
        draw_search(drawn, view, found, here, f"{file.name}: looking for {label}")
    with interrupt_asked():  # a whole answer, or none
        if as_json:
            asked = {"file": str(file), "last_stamp_ns": view.stamp_ns, "label": label, "from": begin}
            console.print_json({**asked, **_document(found), "picture": None if drawn is None else str(drawn)})
        else:
            _print(f"{label}, from {ends.shown_end(begin)}", found, drawn)


def _document(found: SearchPlan | Unknown) -> dict[str, Any]:
    from spatialmem.cli.belief_words import rounded, unknown_document
    from spatialmem.types import Unknown

    if isinstance(found, Unknown):
        return {**unknown_document(found), "steps": []}
    return {
        "unknown": False,
        "expected_m": round(found.expected_m, 3),
        "p_found": round(found.p_found, 4),
        "exact": found.exact,
        "steps": [
            {
                "p_W_m": rounded(step.p_W),
                "look_at_W_m": rounded(step.look_at_W),
                "p": round(step.p, 4),
                "walked_m": round(step.walked_m, 3),
                "why": step.why,
            }
            for step in found.steps
        ],
    }


def _print(title: str, found: SearchPlan | Unknown, drawn: Path | None) -> None:
    from spatialmem.cli.belief_words import print_unknown, shown_point
    from spatialmem.types import Unknown

    out = console.answers()
    if isinstance(found, Unknown):
        print_unknown(out, title, found)
        return
    rows = [
        (
            str(number),
            f"{step.p:.2f}",
            f"{step.walked_m:.1f}",
            shown_point(step.p_W[:2]),
            shown_point(step.look_at_W),
            step.why,
        )
        for number, step in enumerate(found.steps, start=1)
    ]
    columns = ("stop", "P", "walked [m]", "stand at x y [m]", "look at x y z [m]", "why")
    console.print_table(out, columns, rows, left=("why",))
    out.print()
    order = "no other order has fewer" if found.exact else "another order may have a little fewer"
    facts = [
        ("expected", f"{found.expected_m:.1f} m until it is found, or all was looked at; {order}"),
        ("P(found)", f"{found.p_found:.2f} at one of these stops"),
    ]
    if drawn is not None:
        facts.append(("picture", console.shown_path(str(drawn))))
    console.print_facts(out, title, facts)
