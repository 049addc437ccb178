"""What a person is to do and when, as data: tasks in order, from YAML, checked against the home they are for."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal, cast, get_args

import yaml

from sim.worlds.built.world import World
from spatialmem import ConfigError

__all__ = ["Schedule", "Task", "Verb", "When", "load_schedule"]

Verb = Literal["walk_to", "take", "put", "take_away", "bring_back", "move", "open", "close", "leave", "wait"]
When = Literal["any", "unseen", "seen"]

NEEDS: dict[Verb, tuple[str, ...]] = {
    "walk_to": ("to",),
    "take": ("object",),
    "put": ("to",),
    "take_away": ("object",),
    "bring_back": ("object",),
    "move": ("object", "to"),
    "open": ("object",),
    "close": ("object",),
    "leave": (),
    "wait": ("duration_s",),
}
"""The fields without which a task says nothing."""
MAY: dict[Verb, tuple[str, ...]] = {"bring_back": ("to",)}
"""Fields that a task may have besides."""
ALWAYS = ("at_s", "verb", "when", "timeout_s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One thing to do. Times are in seconds."""

    verb: Verb
    at_s: float = 0.0
    """Not before this moment, counted from the start; tasks wait for those before them."""
    object: str = ""
    """A thing, such as mug-1; of open and close a hinge, such as fridge-1/door."""
    to: str = ""
    """A support (table-1/top), a piece of furniture (table-1) or a room (kitchen): any support of it that has room."""
    when: When = "any"
    """Whether it waits until the robot's camera shows neither the thing nor what it is on or in (unseen), or shows one
    of them (seen)."""
    timeout_s: float = 120.0
    """How long it waits for that at most; then it is given up. What is in the hand by then is put down all the same."""
    duration_s: float = 0.0
    """Of wait."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Tasks in the order in which they are done, and the seed of what is left to chance: which spot, which support."""

    tasks: tuple[Task, ...]
    seed: int = 0

    def check(self, world: World) -> None:
        """Raise ConfigError for a task of which the world has no such thing, hinge, support, piece or room."""
        things = [thing.name for thing in world.home.things]
        places = places_of(world)
        for number, task in enumerate(self.tasks, 1):
            where = f"task {number} ({task.verb})"
            if task.verb in ("open", "close"):
                _refuse_unknown(where, "hinge", task.object, world.hinges)
            elif task.object:
                _refuse_unknown(where, "thing", task.object, things)
            if task.to:
                _refuse_unknown(where, "support, piece of furniture or room", task.to, places)


def places_of(world: World) -> dict[str, tuple[str, ...]]:
    """Return by the name of every support, piece of furniture and room, the supports that are meant by it."""
    from sim.worlds.truth.truth import room_at

    meant: dict[str, list[str]] = {room.name: [] for room in world.home.rooms}
    meant.update({piece.name: [] for piece in world.home.furniture})
    for name, support in world.supports.items():
        meant[name] = [name]
        meant[name.split("/")[0]].append(name)
        room = room_at(world.home, support.center_W[0], support.center_W[1])
        if room:
            meant[room].append(name)
    return {name: tuple(supports) for name, supports in meant.items()}


def load_schedule(path: str | Path) -> Schedule:
    """Read a schedule: a YAML file with `tasks`, a list of what `Task` has, and perhaps a `seed`. Raises ConfigError.

    seed: 3
    tasks:
      - {at_s: 10, verb: move, object: mug-1, to: shelf-1/board-2, when: unseen}
    """
    path = Path(path)
    try:
        told = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"the schedule {path} cannot be read: {error}.") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"the schedule {path} is no YAML: {' '.join(str(error).split())}.") from error
    try:
        return schedule_of(told)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error


def schedule_of(told: object) -> Schedule:
    """Make a schedule of plain values, as they are in a file. Raises ConfigError."""
    if not isinstance(told, Mapping) or not isinstance(told.get("tasks"), list):
        raise ConfigError("a schedule is a mapping with a list called tasks.")
    unknown = sorted(str(key) for key in told if key not in ("tasks", "seed"))
    if unknown:
        raise ConfigError(f"a schedule has no '{unknown[0]}'; it has tasks and seed.")
    seed = told.get("seed", 0)
    if type(seed) is not int or seed < 0:
        raise ConfigError(f"the seed of a schedule is {seed!r}; a whole number from 0 on is needed.")
    return Schedule(tuple(_task(number, entry) for number, entry in enumerate(told["tasks"], 1)), seed)


def _task(number: int, told: object) -> Task:
    where = f"task {number}"
    if not isinstance(told, Mapping):
        raise ConfigError(f"{where} is {told!r}; it must be a mapping such as {{verb: open, object: fridge-1/door}}.")
    verb = told.get("verb")
    if verb not in get_args(Verb):
        raise ConfigError(f"{where} has the verb {verb!r}; there are {', '.join(get_args(Verb))}.")
    verb = cast(Verb, verb)
    where = f"{where} ({verb})"
    allowed = (*ALWAYS, *NEEDS[verb], *MAY.get(verb, ()))
    kinds = {field.name: str(field.type) for field in fields(Task)}
    for name, value in told.items():
        if name not in allowed:
            raise ConfigError(f"{where} has no '{name}'; it may have {', '.join(allowed)}.")
        _check_value(where, name, value, number_wanted=kinds[name] == "float")
    for name in NEEDS[verb]:
        if name not in told:
            raise ConfigError(f"{where} needs '{name}'.")
    values: dict[str, Any] = {name: float(v) if kinds[name] == "float" else v for name, v in told.items()}
    return Task(**values)


def _check_value(where: str, name: str, value: Any, *, number_wanted: bool) -> None:
    if number_wanted:
        ok = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value) and value >= 0
        if not ok:
            raise ConfigError(f"{name} of {where} is {value!r}; seconds from 0 on are needed.")
    elif not isinstance(value, str) or not value:
        raise ConfigError(f"{name} of {where} is {value!r}; a name is needed.")
    elif name == "when" and value not in get_args(When):
        raise ConfigError(f"when of {where} is '{value}'; there are {', '.join(get_args(When))}.")


def _refuse_unknown(where: str, what: str, name: str, known: Iterable[str]) -> None:
    known = list(known)
    if name not in known:
        raise ConfigError(f"{where}: this home has no {what} '{name}'; there are {', '.join(known) or 'none'}.")
