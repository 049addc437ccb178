"""A person who lives in a simulated home: does what a schedule says, tick by tick, and is never in two places."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import numpy as np
from jaxtyping import Float64

from sim.people.access import Condition
from sim.people.body import PersonBody
from sim.people.deeds import Deeds
from sim.people.events import Event
from sim.people.route import entry_spot
from sim.people.schedule import Schedule, Task, places_of
from sim.people.walking import GaveUp, Tick
from sim.worlds.built.world import World

__all__ = ["Person"]

Pose = Float64[np.ndarray, "4 4"]

STILL_M = 1e-3
"""A robot that moves less in a tick stands."""


class Person:
    """One person. Not at home until the first task is due; comes in at the entry, and goes out where a task says so.

    `advance` is called once a tick. `events` is what was truly done, also what failed; `doing` says what is going on.
    A thing that cannot be put where it was to go is put back, or on any support that has room: none is ever lost.
    """

    def __init__(self, world: World, schedule: Schedule, *, name: str = "person-1"):
        """Raises ConfigError for tasks that this world has not the things for, or a home without floor to stand on."""
        schedule.check(world)
        self.name, self.schedule = name, schedule
        self.doing = "away"
        """What the person does, in a few words."""
        self._world, self._tick = world, Tick()
        self._body = PersonBody(world, name=name, number=zlib.crc32(name.encode()))
        self._deeds = Deeds(
            world,
            self._body,
            self._tick,
            entry_m=entry_spot(world),
            seed=(schedule.seed << 32) + zlib.crc32(name.encode()),
        )
        self._start_ns: int | None = None
        self._X_WB: Pose | None = None
        self._life = self._live()
        self._over = False
        self.done_count = 0
        """How many tasks were done, from the first to the last; those that failed do not count."""

    @property
    def events(self) -> list[Event]:
        """What was done so far, in order. Whether the last one was seen is complete 0.25 s after it."""
        return self._deeds.events

    @property
    def holds(self) -> str:
        """The thing in the hand; "" for none."""
        return self._deeds.hand.thing

    @property
    def is_home(self) -> bool:
        """Whether the person is in the home."""
        return self._body.present

    @property
    def is_done(self) -> bool:
        """Whether all tasks are over, done or failed, and their events complete."""
        return self._over and not self._deeds.is_watched

    @property
    def task_count(self) -> int:
        """How many tasks there are."""
        return len(self.schedule.tasks)

    def X_WP(self) -> Pose:
        """Where the person stands: P is on the floor between the feet, x forward. Out of the home it says nothing."""
        return self._body.X_WP

    def advance(self, step_s: float, now_ns: int, seen: frozenset[str] = frozenset(), X_WB: Pose | None = None) -> None:
        """Act for one tick of the simulation, before its physics.

        seen: the names of the bodies that the robot's last picture showed. X_WB: where the robot's base is, so
        that one that stands is not waited for; None where there is no robot.
        """
        tick = self._tick
        tick.step_s, tick.now_ns = step_s, now_ns
        tick.look(seen)
        stands = X_WB is not None and self._X_WB is not None and np.allclose(X_WB, self._X_WB, atol=STILL_M)
        tick.robot_still_s = tick.robot_still_s + step_s if stands else 0.0
        self._X_WB = None if X_WB is None else X_WB.copy()
        self._deeds.watch()
        if self._start_ns is None:
            self._start_ns = now_ns
        next(self._life, None)

    def _live(self) -> Iterator[None]:
        """Do one task after the other; what is in the hand at the end stays there."""
        for task in self.schedule.tasks:
            while self._elapsed_s() < task.at_s:
                yield from self._idle()
            self.doing = " ".join(word for word in (task.verb, task.object, task.to) if word)
            try:
                yield from self._do(task)
                self.done_count += 1
            except GaveUp as error:
                self._deeds.log(
                    task.verb if task.verb != "move" else "put",
                    object=task.object,
                    to_support=task.to,
                    failed=str(error),
                )
                yield from self._tidy()
        self._over = True
        while True:
            yield from self._idle()

    def _elapsed_s(self) -> float:
        return (self._tick.now_ns - (self._start_ns or 0)) / 1e9

    def _idle(self) -> Iterator[None]:
        """Let a tick pass."""
        self.doing = "idle" if self.is_home else "away"
        if self.is_home:
            yield from self._deeds.walker.rest()
        else:
            yield

    def _do(self, task: Task) -> Iterator[None]:
        deeds, condition = self._deeds, Condition(task.when, task.timeout_s)
        if not self.is_home:
            if task.verb == "leave":
                return
            yield from deeds.enter()
        if task.verb == "walk_to":
            yield from deeds.go_to(task.to)
        elif task.verb == "take":
            yield from deeds.take(task.object, condition)
        elif task.verb == "put":
            yield from deeds.put(self._supports(task.to), condition)
        elif task.verb == "move":
            yield from deeds.take(task.object, condition)
            yield from deeds.put(self._supports(task.to), condition)
        elif task.verb == "take_away":
            yield from deeds.take(task.object, condition)
            yield from deeds.take_out()
        elif task.verb == "bring_back":
            yield from deeds.fetch(task.object)
            yield from deeds.put(self._supports(task.to) if task.to else self._home_of(task.object), condition)
        elif task.verb in ("open", "close"):
            yield from deeds.swing(task.object, is_open=task.verb == "open", condition=condition)
        elif task.verb == "leave":
            yield from deeds.leave()
        else:
            until_ns = self._tick.now_ns + round(task.duration_s * 1e9)
            while self._tick.now_ns < until_ns:
                yield from deeds.walker.rest()

    def _supports(self, place: str) -> list[str]:
        """Return the supports that are meant by a support, a piece of furniture or a room, in an order by chance."""
        meant = places_of(self._world)[place]
        return [meant[i] for i in self._deeds.chance(len(meant))]

    def _home_of(self, thing: str) -> list[str]:
        """Return the supports for a thing that has no better one: where it was, then those nearest to the person."""
        origin = self._deeds.origin.get(thing, ("", None))[0]
        x, y = self._deeds.walker.at_m
        others = sorted(
            self._world.supports.values(), key=lambda s: (np.hypot(s.center_W[0] - x, s.center_W[1] - y), s.name)
        )
        return [
            name for name in (origin, *(s.name for s in others if s.name != origin)) if name in self._world.supports
        ]

    def _tidy(self) -> Iterator[None]:
        """Put down what is still in the hand after something failed: somewhere."""
        if not self.holds:
            self._body.stride(0.0, carries=False)
            return
        thing = self.holds
        try:
            yield from self._deeds.put(self._home_of(thing), Condition())
        except GaveUp:
            if self.holds:
                self._deeds.set_back()
