"""Getting at things: a stand from which they are in reach, doors on the way, leaves before them. And the log."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Float64

from sim.people.body import PersonBody
from sim.people.events import Event
from sim.people.hand import Hand
from sim.people.leaves import Leaf, leaf_of
from sim.people.reach import REACH_M, Stand, allowed, stand_near
from sim.people.route import Ways
from sim.people.schedule import When
from sim.people.walking import PICTURE_NS, GaveUp, Tick, Walker
from sim.worlds.built.world import PlacedSupport, World

__all__ = ["Access", "Condition"]

Point = Float64[np.ndarray, "3"]

SWING_RAD_S = 1.3
OPEN_RAD, DOOR_RAD = 1.2, 1.75
"""Open enough to reach in or to walk through; how far the doors of rooms are opened."""
AJAR_RAD = 0.02


class Condition:
    """Whether the robot must see, or must not see, what is done; and for how much longer that is waited for."""

    def __init__(self, when: When = "any", timeout_s: float = 0.0):
        self.when, self.left_s = when, timeout_s

    def holds(self, names: set[str], seen: frozenset[str]) -> bool:
        """Whether it may be done now. names: the thing, and what it is on or in."""
        return self.when == "any" or (self.when == "seen") == bool(names & seen)


ANY = Condition()


@dataclass(frozen=True, slots=True)
class _Watched:
    """A deed of which a picture may still come."""

    number: int
    """Of its event."""
    body: str
    stale: frozenset[str] | None
    """What the last picture showed, if that is from before the deed."""


class Access:
    """One person's way to what is wanted; each method that takes time is a generator: one step, one tick.

    They raise GaveUp where they fail.
    """

    def __init__(self, world: World, body: PersonBody, tick: Tick, *, seed: int):
        self.hand = Hand(world, body)
        self.walker = Walker(world, body, self.hand, tick, self.turn_door)
        self.events: list[Event] = []
        self._world, self._body, self._tick = world, body, tick
        self._rng = np.random.default_rng((seed, 7101))
        self._watched: list[_Watched] = []

    def log(self, verb: str, *, watched: str = "", **what: Any) -> None:
        """Write down what was done just now. watched: the body that a picture of the deed shows."""
        if watched:
            what["seen_by_robot"] = watched in self._tick.shown
            self._watched.append(_Watched(len(self.events), watched, self._tick.stale))
        self.events.append(Event(stamp_ns=self._tick.now_ns, person=self._body.name, verb=verb, **what))

    @property
    def is_watched(self) -> bool:
        """Whether there are deeds of which pictures are still to come."""
        return bool(self._watched)

    def watch(self) -> None:
        """Complete, once a tick, whether deeds were seen: a picture of one comes a little later."""
        now_ns, seen = self._tick.now_ns, self._tick.seen
        waiting = []
        for deed in self._watched:
            event = self.events[deed.number]
            if event.seen_by_robot:
                continue
            over = now_ns >= event.stamp_ns + PICTURE_NS
            if deed.body in seen and (over or seen is not deed.stale):
                self.events[deed.number] = replace(event, seen_by_robot=True)
            elif not over:
                waiting.append(deed)
        self._watched = waiting

    def chance(self, count: int) -> list[int]:
        """Return the numbers from 0 to count - 1 in an order by chance."""
        return self._rng.permutation(count).tolist()

    # Standing

    def turn_door(self, hinge: str, angle_rad: float) -> Iterator[None]:
        """Turn a door that is in the way, to some angle."""
        leaf = leaf_of(self._world, hinge)
        was = self._world.hinge_rad(hinge)
        swing_rad = min(was, angle_rad), max(was, angle_rad)
        stand = self._stand(self.walker.ways(), [leaf.edge_W(was)], None, hinge, swing_rad=swing_rad)
        if stand is None:
            raise GaveUp(f"{hinge} is in the way and out of reach")
        yield from self.walker.walk((stand.x_m, stand.y_m))
        yield from self.walker.face(stand.yaw_rad)
        yield from self._swung(leaf, angle_rad)

    def stand_at(self, points_W: list[Point], support: PlacedSupport | None, hinge: str, **how: Any) -> Iterator[None]:
        """Walk to where some points can be reached, through doors if need be, and face the first."""
        stand = self._stand(self.walker.ways(), points_W, support, hinge, **how)
        if stand is None:
            open_ways = Ways(self._world, held=self.hand.thing, doors=False)
            beyond = self._stand(open_ways, points_W, support, hinge, **how)
            if beyond is None:
                raise GaveUp("it cannot be reached from anywhere")
            yield from self.walker.clear_way((beyond.x_m, beyond.y_m))
            stand = self._stand(self.walker.ways(), points_W, support, hinge, **how) or beyond
        yield from self.walker.walk((stand.x_m, stand.y_m))
        yield from self.walker.face(stand.yaw_rad)

    def _stand(
        self,
        ways: Ways,
        points_W: list[Point],
        support: PlacedSupport | None,
        hinge: str,
        *,
        swing_rad: tuple[float, float] | None = None,
        reach_m: float = REACH_M,
    ) -> Stand | None:
        at_m = self.walker.at_m
        cells = allowed(self._world, ways, at_m, support, hinge=hinge, swing_rad=swing_rad)
        clear = cells.copy()
        for robot in self.walker.robots():
            clear &= np.hypot(ways.middles_m[..., 0] - robot.x_m, ways.middles_m[..., 1] - robot.y_m) > robot.keep_m
        stand = stand_near(ways, clear, at_m, points_W, reach_m=reach_m)
        return stand or stand_near(ways, cells, at_m, points_W, reach_m=reach_m)

    def _until(self, names: set[str], condition: Condition) -> Iterator[None]:
        """Wait for a condition. What is in the hand is not held for ever."""
        x_m, y_m, yaw_rad = self._body.at
        while not condition.holds(names, self._tick.seen):
            if condition.left_s <= 0:
                if self.hand.thing:
                    return
                raise GaveUp("the robot looks there" if condition.when == "unseen" else "the robot does not look there")
            since_ns = self._tick.now_ns
            yield from self.walker.rest()
            condition.left_s -= (self._tick.now_ns - since_ns) / 1e9
            if self.walker.at_m != (x_m, y_m) and condition.holds(names, self._tick.seen):
                yield from self.walker.walk((x_m, y_m))
                yield from self.walker.face(yaw_rad)

    # Leaves

    def swing(self, hinge: str, *, is_open: bool, condition: Condition = ANY) -> Iterator[None]:
        """Walk to a leaf, and open or close it."""
        if self.hand.thing and self._world.bodies[hinge.split("/")[0]].kind != "door":
            raise GaveUp(f"{self.hand.thing} is in the hand")
        leaf = leaf_of(self._world, hinge)
        yield from self.stand_at([leaf.edge_W(self._world.hinge_rad(hinge))], None, hinge)
        yield from self._until({leaf.body}, condition)
        most = min(DOOR_RAD, leaf.high_rad) if self._world.bodies[leaf.body].kind == "door" else leaf.high_rad
        yield from self._swung(leaf, max(most, self._world.hinge_rad(hinge)) if is_open else 0.0)

    def _opened(self, hinge: str) -> Generator[None, None, bool]:
        """Open a leaf that one stands at, if it is there and not open; return whether that was needed."""
        if not hinge or self._world.hinge_rad(hinge) >= OPEN_RAD:
            return False
        leaf = leaf_of(self._world, hinge)
        yield from self._swung(leaf, leaf.high_rad)
        return True

    def _swung(self, leaf: Leaf, goal_rad: float) -> Iterator[None]:
        """Turn a leaf; one that meets something before it is open goes back. The other hand is free for it."""
        start = self._world.hinge_rad(leaf.name)
        self._tick.begin()
        met = yield from self._turned(leaf, goal_rad)
        angle = self._world.hinge_rad(leaf.name)
        if met and goal_rad > start and angle < OPEN_RAD:
            yield from self._turned(leaf, start)
            angle = self._world.hinge_rad(leaf.name)
        if abs(angle - start) > AJAR_RAD:
            verb = "open" if goal_rad > start else "close"
            self.log(verb, object=leaf.name, angle_rad=angle, watched=leaf.body)
        if met and (goal_rad < start or angle < OPEN_RAD):
            raise GaveUp(f"{met} is in the way of {leaf.name}")

    def _turned(self, leaf: Leaf, goal_rad: float) -> Generator[None, None, str]:
        """Turn a leaf step by step; stop before what it meets, and return that; "" for nothing."""
        while (angle := self._world.hinge_rad(leaf.name)) != goal_rad:
            most = SWING_RAD_S * self._tick.step_s
            after = (
                goal_rad if abs(goal_rad - angle) <= most + 1e-9 else angle + float(np.sign(goal_rad - angle)) * most
            )
            self._world.set_hinge(leaf.name, after)
            met = leaf.met(self._world, ignored=self.hand.thing)
            if met:
                self._world.set_hinge(leaf.name, angle)
                return met
            self._show_hand(leaf.edge_W(after))
            yield
        return ""

    def _show_hand(self, p_W: Point) -> None:
        if self.hand.thing:
            self.hand.carry(self._tick.step_s)
        else:
            self._body.reach(p_W, lean=True)

    def _edge(self, hinge: str) -> list[Point]:
        """Return where a leaf is taken hold of that has to be opened; nothing where none has."""
        if not hinge or self._world.hinge_rad(hinge) >= OPEN_RAD:
            return []
        return [leaf_of(self._world, hinge).edge_W(0.0)]
