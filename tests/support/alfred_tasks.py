"""ALFRED's expert tasks (valid_seen): what stood where, and what the agent did, step by step.

Its ids end in where a thing was at first ("Mug|+00.70|+00.94|-01.36"); they stay as it moves. Of what is cut, pieces
are named "Apple|...|AppleSliced_2". W has z up: Unity's x, z, y.
"""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from alfred_rooms import Stage, drawn_size, fixtures_of
from box_worlds import Solid
from recordings import DATA, needs

__all__ = ["FILE", "Step", "Task", "needs_alfred", "tasks"]

FILE = DATA / "alfred" / "valid_seen_facts.jsonl.gz"
LAYOUTS = DATA / "alfred" / "layouts"
needs_alfred = needs(FILE)

Verb = Literal["go", "pick", "put", "open", "close", "cut"]

SAME_M = 0.03
"""An id's position is rounded to a centimetre."""
GROUND_M = 0.03
"""The lowest thing of a room is at least so high over the floor."""
DEEDS: dict[str, Verb] = {
    "PickupObject": "pick",
    "PutObject": "put",
    "OpenObject": "open",
    "CloseObject": "close",
    "SliceObject": "cut",
}
"""What else there is turns the agent or its head, or a lamp, a tap or an oven on and off: no place changes."""
PIECES = 2
"""So many pieces at least of what is cut."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that the agent does."""

    verb: Verb
    name: str = ""
    target: str = ""
    X_WB: np.ndarray | None = None
    pieces: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Task:
    """One expert's task."""

    name: str
    kind: str
    room: str
    steps: tuple[Step, ...]
    things: tuple[Solid, ...]
    positions: dict[str, tuple[str, np.ndarray]]
    """Of the room's furniture that anything is ever put on or in, or that is opened: label and position, by id."""
    reachable_W: np.ndarray

    def stage(self) -> Stage:
        """Return the room before the first step, everything open."""
        stage = Stage(
            {thing.name: thing for thing in self.things}, fixtures_of(self.positions, self.things, self.reachable_W)
        )
        stage.opened = {name for name, fixture in stage.fixtures.items() if fixture.body is not None}
        return stage


def tasks(limit: int | None = None) -> Iterator[Task]:
    """Yield the tasks in the order of the file, `limit` of them evenly spread."""
    with gzip.open(FILE, "rt") as file:
        records = [json.loads(line) for line in file]
    furniture = _furniture(records)
    count = len(records) if limit is None else min(limit, len(records))
    for k in range(count):
        record = records[k * len(records) // count]
        yield _task(record, furniture[record["floor_plan"]])


def _label(object_id: str) -> str:
    return object_id.split("|")[0].split("_")[0]


def _point(object_id: str, up_m: float = 0.0) -> np.ndarray:
    """Return where an id says that a thing was [m], in W, raised by `up_m`."""
    x, up, y = (float(value) for value in object_id.split("|")[1:4])
    return np.array([x, y, up + up_m])


def _furniture(records: list[dict]) -> dict[str, dict[str, str]]:
    """Return by room the ids of what is not moved and that something is put on or in, or that is opened."""
    movable = {_label(pose["objectName"]) for record in records for pose in record["object_poses"]}
    found: dict[str, dict[str, str]] = {}
    for record in records:
        room = found.setdefault(record["floor_plan"], {})
        for step in record["low"]:
            object_id = step.get("receptacleObjectId") or (step["objectId"] if step["action"] == "OpenObject" else "")
            if object_id and _label(object_id) not in movable:
                room[object_id] = _label(object_id)
    return found


def _task(record: dict, furniture: dict[str, str]) -> Task:
    poses = record["object_poses"]
    lowest = min([*(pose["position"]["y"] for pose in poses), *(_point(i)[2] for i in furniture)])
    up_m = max(0.0, GROUND_M - lowest)
    things = []
    for k, pose in enumerate(poses):
        p, label = pose["position"], _label(pose["objectName"])
        place = (p["x"], p["z"], p["y"] + up_m)
        things.append(Solid(f"{label}#{k}", label, place, drawn_size(label), -math.radians(pose["rotation"]["y"])))
    positions = {i: (label, _point(i, up_m)) for i, label in furniture.items()}
    layout = np.load(LAYOUTS / f"{record['floor_plan']}-layout.npy")
    steps = tuple(_steps(record, things, furniture, up_m))
    return Task(record["task_id"], record["task_type"], record["floor_plan"], steps, tuple(things), positions, layout)


def _steps(record: dict, things: list[Solid], furniture: dict[str, str], up_m: float) -> Iterator[Step]:
    start = record["init_action"]
    x, y, turn = start["x"], start["z"], float(start["rotation"])
    acted = [step["objectId"] for step in record["low"] if step["action"] == "PickupObject"]

    def named(object_id: str) -> str:
        if object_id in furniture:
            return object_id
        parts = object_id.split("|")
        at = _point(object_id, up_m)
        same = [t for t in things if t.label == parts[0]]
        near = min(same, key=lambda t: float(np.linalg.norm(t.bottom_W - at)))
        assert np.linalg.norm(near.bottom_W - at) <= SAME_M, f"{object_id} is not listed"
        return f"{near.name}|{parts[4]}" if len(parts) > 4 else near.name

    for low in record["low"]:
        verb = low["action"]
        if verb in ("MoveAhead", "RotateLeft", "RotateRight"):
            way = math.radians(turn)
            if verb == "MoveAhead":
                x, y = x + low["moveMagnitude"] * math.sin(way), y + low["moveMagnitude"] * math.cos(way)
            else:
                turn += 90.0 if verb == "RotateRight" else -90.0
            yield Step("go", X_WB=_base(x, y, turn))
        elif verb in DEEDS:
            name, target = named(low["objectId"]), low.get("receptacleObjectId", "")
            pieces = [named(i) for i in dict.fromkeys(acted) if i.startswith(low["objectId"] + "|")]
            pieces += [f"{name}|{_label(name.split('#')[0])}Sliced_more{k}" for k in range(PIECES - len(pieces))]
            yield Step(
                DEEDS[verb],
                name,
                named(target) if target else "",
                pieces=tuple(pieces) if verb == "SliceObject" else (),
            )


def _base(x: float, y: float, turn_deg: float) -> np.ndarray:
    """X_WB of an agent that looks along Unity's z turned to the right by so much."""
    yaw = math.pi / 2 - math.radians(turn_deg)
    X_WB = np.eye(4)
    X_WB[:2, :2] = [[math.cos(yaw), -math.sin(yaw)], [math.sin(yaw), math.cos(yaw)]]
    X_WB[:2, 3] = x, y
    return X_WB
