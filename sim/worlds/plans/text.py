"""A home as the text of a plan: one line an entry, and every number such that it is read back to the bit."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from sim.worlds.home import Doorway, Furniture, Home, Thing
from sim.worlds.making.stock import upright
from sim.worlds.plans.strict_yaml import line

__all__ = ["plan_text"]


def plan_text(home: Home) -> str:
    """Return a home as YAML."""
    lines = [f"name: {line(home.name)}", f"wall_height: {home.wall_height_m!r}", "rooms:"]
    lines += [f"  {room.name}: {line({'low': room.low_m, 'high': room.high_m})}" for room in home.rooms]
    lines += _listed("doorways", map(_doorway, home.doorways))
    lines += _listed("furniture", map(_piece, home.furniture))
    lines += _listed("things", map(_thing, home.things))
    return "\n".join(lines) + "\n"


def _listed(key: str, entries: Iterable[dict[str, Any]]) -> list[str]:
    lines = [f"  - {line(entry)}" for entry in entries]
    return [f"{key}:", *lines] if lines else []


def _angle(key: str, angle_rad: float) -> dict[str, float]:
    """Return an angle in degrees if that says it to the bit, else in radians."""
    for digits in (1, 4, 9):
        degrees = round(math.degrees(angle_rad), digits)
        if math.radians(degrees) == angle_rad:
            return {key: degrees + 0.0}
    return {f"{key}_rad": angle_rad}


def _doorway(doorway: Doorway) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": doorway.name, "between": doorway.rooms, "center": doorway.center_m}
    entry |= {"width": doorway.width_m, "height": doorway.height_m, "hinge": "high" if doorway.hinge > 0 else "low"}
    return entry | (_angle("open", doorway.angle_rad) if doorway.door else {})


def _piece(piece: Furniture) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": piece.name, "at": (piece.x_m, piece.y_m), **_angle("yaw", piece.yaw_rad)}
    entry["size"] = piece.size_m
    doors: dict[str, float] = {}
    for name, angle in piece.open_rad.items():
        doors |= _angle(name, angle)
    return entry | ({"doors": doors} if doors else {})


def _thing(thing: Thing) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": thing.name, "thing": thing.model, "on": thing.support, "at": thing.p_WK}
    if thing.label == thing.model:
        entry["model"] = thing.model
    yaw = round(math.degrees(2 * math.atan2(thing.q_WK[3], thing.q_WK[0])), 1) + 0.0
    return entry | ({"yaw": yaw} if upright(math.radians(yaw)) == thing.q_WK else {"q": thing.q_WK})
