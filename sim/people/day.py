"""A day made up by chance: somebody comes home, moves things to where such things are, looks into cupboards, leaves."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from sim.people.reach import in_reach
from sim.people.route import Ways, entry_spot
from sim.people.schedule import Schedule, Task, When
from sim.worlds.built.resting import supports_of
from sim.worlds.built.world import PlacedSupport, World
from sim.worlds.making.stock import BELONGS
from spatialmem import ConfigError

__all__ = ["day_schedule", "moves_of"]

MOVE, AWAY, WALK = 0.70, 0.82, 0.92
"""Shares of moves; of things taken away or brought back, on top of it; of walks. The rest opens and closes."""
MISPLACED = 0.15
"""So often a thing goes where it does not belong."""
SPAN_M, REACHED_M = 0.45, 1.75
"""Larger things are not carried, higher supports not reached."""
FULL = 0.5
"""No more is put on a support than covers this share of it."""


def day_schedule(
    world: World, seed: int, count: int = 20, *, first_s: float = 2.0, every_s: float = 0.0, when: When = "any"
) -> Schedule:
    """Return a day of `count` tasks that is plausible in a home; the same for the same seed. Then the person leaves.

    first_s: when it begins [s]; every_s: tasks begin at least so far apart. when: the condition of every task that
    moves something. Opening a fridge and closing it again are two tasks; what is opened to take something out of it is
    closed at once. Raises ConfigError where count is below 0.
    """
    if count < 0:
        raise ConfigError(f"a day has {count} tasks; 0 or more are possible.")
    plan = _Plan(world, np.random.default_rng((seed, 7102)), when)
    tasks: list[Task] = []
    while len(tasks) < count:
        tasks += plan.next()[: count - len(tasks)]
    tasks.append(Task(verb="leave"))
    return Schedule(tuple(replace(t, at_s=first_s + every_s * number) for number, t in enumerate(tasks)), seed)


def moves_of(world: World, seed: int, things: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return of each thing all supports on which somebody would find room for it, in an order by chance.

    Those where such things belong come first; now and then all others do. Of what nobody carries there are none.
    """
    plan = _Plan(world, np.random.default_rng((seed, 7102)), "any")
    return {thing: plan.others_for(thing) for thing in things}


class _Plan:
    """Where everything would be, if all went as planned so far."""

    def __init__(self, world: World, rng: np.random.Generator, when: When):
        self._world, self._rng = world, rng
        self._when: When = when
        ways, entry_m = Ways(world, doors=False), entry_spot(world)
        self._supports = [
            s for s in world.supports.values() if s.center_W[2] <= REACHED_M and in_reach(world, ways, entry_m, s)
        ]
        reached = {s.name for s in self._supports}
        self._everything = supports_of(world)
        self._where = {
            thing: support
            for thing, support in self._everything.items()
            if support in reached and in_reach(world, ways, entry_m, world.supports[support], world.X_WK(thing)[:3, 3])
        }
        self._walkable = [
            room.name
            for number, room in enumerate(world.home.rooms)
            if (np.isfinite(ways.lengths_from(entry_m)) & (ways.grid.room == number)).any()
        ]
        self._away: list[str] = []

    def next(self) -> list[Task]:
        """Return the next task, or two that belong together."""
        kind = float(self._rng.random())
        if kind < MOVE:
            return self._move() or self._walk()
        if kind < AWAY:
            return self._bring_back() if self._away else self._take_away() or self._walk()
        return self._walk() if kind < WALK else self._look_into() or self._walk()

    def others_for(self, thing: str) -> tuple[str, ...]:
        """Return the supports that a thing could be moved to, first those of one choice; none of what is not moved."""
        if thing not in self._things():
            return ()
        first, rooms = self._supports_for(thing), [one.name for one in self._rooms_for(thing)]
        groups = [name for name in rooms if name in first], [name for name in rooms if name not in first]
        return tuple(group[i] for group in groups for i in self._rng.permutation(len(group)))

    def _move(self) -> list[Task]:
        for thing in self._things():
            supports = self._supports_for(thing)
            if supports:
                to = self._one_of(supports)
                self._note(thing, to)
                return [Task(verb="move", object=thing, to=to, when=self._when)]
        return []

    def _take_away(self) -> list[Task]:
        for thing in self._things()[:1]:
            self._away.append(thing)
            self._note(thing, "")
            return [Task(verb="take_away", object=thing, when=self._when)]
        return []

    def _bring_back(self) -> list[Task]:
        thing = self._away.pop(0)
        supports = self._supports_for(thing)
        if not supports:
            return self._walk()
        self._note(thing, self._one_of(supports))
        return [Task(verb="bring_back", object=thing, to=self._where[thing], when=self._when)]

    def _walk(self) -> list[Task]:
        return [Task(verb="walk_to", to=self._one_of(self._walkable))]

    def _look_into(self) -> list[Task]:
        hinges = sorted({s.behind for s in self._supports if s.behind})
        if not hinges:
            return []
        hinge = self._one_of(hinges)
        return [Task(verb="open", object=hinge), Task(verb="close", object=hinge)]

    def _note(self, thing: str, support: str) -> None:
        self._where[thing] = self._everything[thing] = support

    def _things(self) -> list[str]:
        """Return the things at home that one carries, in an order by chance."""
        names = [name for name, support in self._where.items() if support and _span_m(self._world, name) <= SPAN_M]
        return [names[i] for i in self._rng.permutation(len(names))]

    def _supports_for(self, thing: str) -> list[str]:
        """Return the supports that a thing could be moved to: where it belongs, now and then anywhere."""
        rooms_for = self._rooms_for(thing)
        label = thing.rsplit("-", 1)[0]
        proper = [s.name for s in rooms_for if label in _labels(s)]
        return proper if proper and float(self._rng.random()) > MISPLACED else [s.name for s in rooms_for]

    def _rooms_for(self, thing: str) -> list[PlacedSupport]:
        """Return the other supports with room for a thing."""
        model = self._world.model(thing)
        return [
            s
            for s in self._supports
            if s.name != self._where[thing]
            and s.headroom_m > model.height_m + 0.03
            and min(s.size_m) > min(model.footprint_m) + 0.05
            and max(s.size_m) > max(model.footprint_m) + 0.05
            and self._taken_m2(s.name) + _area_m2(self._world, thing) < FULL * s.size_m[0] * s.size_m[1]
        ]

    def _taken_m2(self, support: str) -> float:
        return math.fsum(_area_m2(self._world, thing) for thing, where in self._everything.items() if where == support)

    def _one_of(self, names: list[str]) -> str:
        return names[int(self._rng.integers(len(names)))]


def _span_m(world: World, thing: str) -> float:
    model = world.model(thing)
    return max(*model.footprint_m, model.height_m)


def _area_m2(world: World, thing: str) -> float:
    length, width = world.model(thing).footprint_m
    return length * width


def _labels(support: PlacedSupport) -> list[str]:
    """Return what one finds on a support."""
    piece, name = support.name.split("/")
    kind = piece.rsplit("-", 1)[0]
    keys = (f"{kind}/inside",) if support.behind else (f"{kind}/{name}", kind)
    return next((BELONGS[key] for key in keys if key in BELONGS), "").split()
