"""AI2-THOR's rearrangement episodes (2022_val) as a robot's two rounds through a room: frames, detections, the truth.

The records say where things are before and after, not how large they are nor what they stand on. So every thing is a
box of its label's assumed size (`household_sizes`) on a board of its own; boards stay when things go. Both rounds look
at all places where something is in either, from the same eyes. What opens is a panel that faces the room and stays
where it is: the detector reports its openness.
"""

from __future__ import annotations

import dataclasses
import gzip
import json
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from box_tours import Place, Walk, tour
from box_worlds import Solid, shelf_under
from household_sizes import size_of
from recordings import DATA, needs

import spatialmem as sm

__all__ = ["FILE", "Episode", "Round", "Thing", "episodes", "needs_rearrangement", "open_state", "rounds"]

FILE = DATA / "rearrangement" / "2022_val.json.gz"
needs_rearrangement = needs(FILE)

MOVED_M = 0.06
"""A thing that moved by less is left out, and counted."""
STILL_M = 0.01
"""A thing that is off by less has not been touched."""
OPEN = 0.5
"""What is open by at least so much is called open."""
STRIDE, SHIFT = 17, 7
"""From one episode of a room to the next that is taken, and from room to room; 50, of each, has no factor of 17."""
AWAY_S = 4 * 3600.0
PANEL_M = 0.04
SMALLER = (1.0, 0.8, 0.6, 0.45, 0.3, 0.2)
"""What opens is drawn so much smaller where it would stand in another."""


@dataclass(frozen=True, slots=True)
class Thing:
    """A thing of an episode: what it is, and where it is before and after."""

    name: str
    label: str
    before: Solid
    after: Solid
    unique: bool
    """Nothing else in the room has its label."""

    @property
    def moved_m(self) -> float:
        return math.dist(self.before.bottom_W, self.after.bottom_W)

    @property
    def moved(self) -> bool:
        return self.moved_m >= MOVED_M

    @property
    def doubtful(self) -> bool:
        """It moved, but too little to count."""
        return STILL_M <= self.moved_m < MOVED_M


@dataclass(frozen=True, slots=True)
class Episode:
    """One room before and after."""

    room: str
    number: int
    things: tuple[Thing, ...]
    openables: tuple[Thing, ...]
    furniture: tuple[Solid, ...]

    def solids(self, which: str) -> list[Solid]:
        """Return all that stands in the room "before" or "after"."""
        return [*(getattr(thing, which) for thing in (*self.things, *self.openables)), *self.furniture]


@dataclass(frozen=True, slots=True)
class Round:
    """One look at every place of a room: inputs, and the stamps of the first and last."""

    inputs: list[tuple[sm.RgbdFrame, sm.Detections]]
    first_ns: int
    last_ns: int


def open_state(openness: float) -> dict[str, str]:
    """Return what a detector says of what is open by this much: in one word, and in tenths."""
    return {"state": "open" if openness >= OPEN else "closed", "openness": f"{openness:.1f}"}


def episodes(limit: int | None = None) -> Iterator[Episode]:
    """Yield the episodes, one of each room in turn, the first `limit` of them.

    The records count up how many things were moved; here they are taken with a stride, so that few are like all.
    """
    with gzip.open(FILE) as file:
        rooms: dict[str, list] = json.load(file)
    known = {room: _openables(records) for room, records in rooms.items()}
    names = sorted(rooms)
    rounds_of_rooms = ((k, i) for k in range(max(map(len, rooms.values()))) for i in range(len(names)))
    order = [(names[i], (k * STRIDE + i * SHIFT) % len(rooms[names[i]])) for k, i in rounds_of_rooms
             if k < len(rooms[names[i]])]  # fmt: skip
    for room, number in order[:limit]:
        yield _episode(room, number, rooms[room][number], known[room])


def _openables(records: list) -> dict[str, str]:
    """Return the id of all that opens in any episode of a room, by name."""
    return {one["name"]: one["objectId"] for record in records for one in record["openable_data"]}


def _label(name: str) -> str:
    return name.split("_")[0]


def _solid(pose: dict, size_m: tuple[float, float, float]) -> Solid:
    """A thing where a record says; Unity's y is up, and its axes are left-handed."""
    p, name = pose["position"], pose["name"]
    return Solid(name, _label(name), (p["x"], p["z"], p["y"]), size_m, -math.radians(pose["rotation"]["y"]))


def _episode(room: str, number: int, record: dict, openables: dict[str, str]) -> Episode:
    after = {pose["name"]: pose for pose in record["target_poses"]}
    labels = Counter(_label(pose["name"]) for pose in record["starting_poses"])
    things = []
    for pose in record["starting_poses"]:
        label = _label(pose["name"])
        size_m = size_of(label)
        pair = _solid(pose, size_m), _solid(after[pose["name"]], size_m)
        if math.dist(pair[0].bottom_W, pair[1].bottom_W) < STILL_M:
            pair = pair[0], pair[0]
        things.append(Thing(pose["name"], label, *pair, labels[label] == 1))
    all_poses = [solid for thing in things for solid in (thing.before, thing.after)]
    heart_W = np.mean([solid.center_W for solid in all_poses], axis=0)
    told = {one["name"]: (one["start_openness"], one["target_openness"]) for one in record["openable_data"]}
    panels: list[Thing] = []
    for name, object_id in sorted(openables.items()):
        sizes = (_panel(name, object_id, heart_W, share) for share in SMALLER)
        others = [other.before for other in panels]
        tried = [one for one in sizes if not any(one.overlaps(other) for other in others)]
        panel = tried[0] if tried else _panel(name, object_id, heart_W, SMALLER[-1])
        states = [open_state(openness) for openness in told.get(name, (0.0, 0.0))]
        pair = [dataclasses.replace(panel, attributes=state) for state in states]
        panels.append(Thing(name, panel.label, pair[0], pair[1], False))
    solid = [*all_poses, *(panel.before for panel in panels)]
    shelves = {id(one): shelf_under(one, [other for other in solid if other.name != one.name]) for one in all_poses}
    return Episode(room, number, tuple(things), tuple(panels), tuple(one for one in shelves.values() if one))


def _panel(name: str, object_id: str, heart_W: np.ndarray, share: float) -> Solid:
    """The front of a drawer or a cabinet, half its depth nearer to the middle of the room, drawn smaller by `share`."""
    label = _label(name)
    x, up, y = (float(value) for value in object_id.split("|")[1:4])
    width, depth, height = (share * m for m in size_of(label))
    toward = heart_W[:2] - (x, y)
    along = int(np.argmax(np.abs(toward)))
    middle = np.array([x, y])
    middle[along] += np.sign(toward[along]) * depth / 2
    size = (PANEL_M, width, height) if along == 0 else (width, PANEL_M, height)
    return Solid(name, label, (middle[0], middle[1], max(up - height / 2, 0.02)), size)


# the rounds


def _places(episode: Episode) -> list[Place]:
    """Return what there is to look at, with the room as it is when it is there."""
    rooms = {which: episode.solids(which) for which in ("before", "after")}
    found: list[Place] = []
    for thing in (*episode.things, *episode.openables):
        found.append((rooms["before"], thing.before))
        if thing.moved_m > 0:
            found.append((rooms["after"], thing.after))
    return found


def rounds(episode: Episode, *, noise_m: float = 0.02, miss_rate: float = 0.0) -> tuple[Round, Round]:
    """Return the round before and the one after; the same poses, the noise of each is its own."""
    poses = tour(_places(episode))
    room = int.from_bytes(episode.room.encode(), "big") % (1 << 31)
    walk = Walk(np.random.default_rng((room, episode.number)), noise_m, miss_rate)
    made = []
    for which in ("before", "after"):
        solids, first_ns = episode.solids(which), walk.stamp_ns
        inputs = [walk.view(solids, X_WC) for X_WC in poses]
        made.append(Round(inputs, first_ns, walk.stamp_ns))
        walk.wait(AWAY_S)
    return made[0], made[1]
