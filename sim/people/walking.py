"""Somebody walks through a home: along the way there, round the robot, through doors that have to be opened first."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field

from sim.people.body import PersonBody
from sim.people.hand import Hand
from sim.people.route import Ways
from sim.worlds.built.world import Body, World

__all__ = ["GaveUp", "Tick", "Walker"]

SPEED_M_S = 1.0
TURN_RAD_S = 2.6
TURN_FIRST_RAD = 0.9
"""Somebody who looks elsewhere turns before walking."""
KEEP_M = 0.2
"""A step that comes nearer to a robot or another person than this, and nearer than before, is not made."""
GO_ROUND_S, GO_ROUND_STANDING_S = 1.5, 0.4
"""So long somebody lets a robot pass before going round it; one that stands is not waited for."""
DOOR_ANGLES = (0.0, 1.2, 1.57, 1.75, 2.2, 2.7, 3.05)
WIDE_RAD = 1.75
"""A door that is so far open lets one through, if nothing else is there."""
DOOR_NEAR = 1.4
"""A door is near the way within so many widths of its doorway's middle."""
LET_PASS_S = 4.0
"""So long somebody waits who has stepped aside."""
PATIENCE_S = 60.0
"""So long somebody waits and steps aside on one way before giving up."""


class GaveUp(Exception):
    """Something cannot be done; the words say why."""


@dataclass(slots=True)
class Tick:
    """What a person knows in one tick of the simulation."""

    step_s: float = 0.0
    now_ns: int = 0
    seen: frozenset[str] = frozenset()
    """Names of the bodies that the robot's last picture showed."""
    robot_stands: bool = False
    """Whether the robot is where it was a tick ago."""
    shown: set[str] = field(default_factory=set)
    """All names that were seen since somebody emptied it."""


class Walker:
    """Legs: generators that move a body tick by tick; each `yield` is the end of one tick."""

    def __init__(
        self, world: World, body: PersonBody, hand: Hand, tick: Tick, turn_door: Callable[[str, float], Iterator[None]]
    ):
        self._world, self._body, self._hand, self._tick, self._turn_door = world, body, hand, tick, turn_door

    @property
    def at_m(self) -> tuple[float, float]:
        """Where the person is."""
        return self._body.at[0], self._body.at[1]

    def ways(self, *, around: bool = False) -> Ways:
        """Return the floor as it is now; around: without what robots and other people take of it."""
        names = [other.name for other in self._others()] if around else []
        return Ways(self._world, around=names, held=self._hand.thing)

    def walk(self, goal_m: tuple[float, float]) -> Iterator[None]:
        """Walk to a point. Raises GaveUp where no way leads there, or none is free for a long time."""
        path, waited_s, lost_s = list((yield from self._way(goal_m))), 0.0, 0.0
        ask_s = self._first_ask_s()
        while path:
            if self._step(path[0]):
                if math.dist(self.at_m, path[0]) < 1e-6:
                    path.pop(0)
                waited_s, ask_s = 0.0, self._first_ask_s()
            else:
                waited_s, lost_s = waited_s + self._tick.step_s, lost_s + self._tick.step_s
                if lost_s > PATIENCE_S:
                    raise GaveUp("somebody is in the way")
                if waited_s > ask_s:  # asked again and again, but ever more seldom
                    ask_s += max(ask_s, GO_ROUND_S)
                    round_it = self.ways(around=True).route(self.at_m, goal_m)
                    if round_it is None:
                        lost_s += yield from self._give_way()
                    path = round_it or self.ways().route(self.at_m, goal_m) or path
            yield

    def _give_way(self) -> Generator[None, None, float]:
        """Step aside where nobody gets past: to the nearest open floor away from the robot, and let it pass.

        Returns how long that took [s].
        """
        robots = [self._place_of(body) for body in self._others() if body.kind == "robot"]
        path, took_s = self.ways(around=True).refuge(self.at_m, robots), 0.0
        while path and self._step(path[0]):
            if math.dist(self.at_m, path[0]) < 1e-6:
                path.pop(0)
            took_s += self._tick.step_s
            yield
        until_s = took_s + LET_PASS_S
        while took_s < until_s:
            self._show(0.0)
            took_s += self._tick.step_s
            yield
        return took_s

    def _place_of(self, body: Body) -> tuple[float, float]:
        X_WK = self._world.X_WK(body.name)
        return float(X_WK[0, 3]), float(X_WK[1, 3])

    def _first_ask_s(self) -> float:
        return GO_ROUND_STANDING_S if self._tick.robot_stands else GO_ROUND_S

    def clear_way(self, goal_m: tuple[float, float]) -> Iterator[None]:
        """Open the doors on the way to a point. Raises GaveUp where no way leads there."""
        yield from self._way(goal_m)

    def face(self, yaw_rad: float) -> Iterator[None]:
        """Turn on the spot."""
        while abs(_wrapped(yaw_rad - self._body.at[2])) > 1e-9:
            self._turn(yaw_rad)
            self._show(0.0)
            yield

    def _way(self, goal_m: tuple[float, float]) -> Generator[None, None, list[tuple[float, float]]]:
        """Return the way to a point, once doors that are in it are open."""
        for _ in range(1 + len(self._world.home.doorways)):
            path = self.ways().route(self.at_m, goal_m)
            if path is not None:
                return path
            found = self._door_in_way(goal_m)
            if found is None:
                break
            yield from self._turn_door(*found)
        raise GaveUp("no way leads there")

    def _door_in_way(self, goal_m: tuple[float, float]) -> tuple[str, float] | None:
        """Return a door that stands in the way there, and how far open it would not; None where it is not a door.

        Without any such door, it is the first one on the way as it would be if no door were there.
        """
        path = Ways(self._world, held=self._hand.thing, doors=False).route(self.at_m, goal_m)
        if path is None:
            return None
        near = self._doors_near([self.at_m, *path])
        for hinge in near:
            was, most = self._world.hinge_rad(hinge), self._world.hinges[hinge][1]
            for angle in sorted({min(angle, most) for angle in DOOR_ANGLES}, key=lambda angle: abs(angle - was)):
                self._world.set_hinge(hinge, angle)
                free = self.ways().route(self.at_m, goal_m) is not None
                self._world.set_hinge(hinge, was)
                if free and abs(angle - was) > 0.05:
                    return hinge, angle
        shut = [hinge for hinge in near if self._world.hinge_rad(hinge) < WIDE_RAD - 0.1]
        return (shut[0], min(WIDE_RAD, self._world.hinges[shut[0]][1])) if shut else None

    def _doors_near(self, path: list[tuple[float, float]]) -> list[str]:
        """Return the hinges of the doors that one comes by on a way, in that order."""
        found: dict[str, None] = {}
        for a, b in itertools.pairwise(path):
            steps = max(1, math.ceil(math.dist(a, b) / 0.1))
            for k in range(steps + 1):
                p = (a[0] + (b[0] - a[0]) * k / steps, a[1] + (b[1] - a[1]) * k / steps)
                for doorway in self._world.home.doorways:
                    if doorway.door and math.dist(p, doorway.center_m) < DOOR_NEAR * doorway.width_m:
                        found.update({h: None for h in self._world.hinges if h.startswith(f"{doorway.name}/")})
        return list(found)

    def _step(self, target_m: tuple[float, float]) -> bool:
        """Come one tick nearer to a point; return False, and stay, where a robot or another person is too near."""
        x, y, _ = before = self._body.at
        left_m = math.dist((x, y), target_m)
        heading = math.atan2(target_m[1] - y, target_m[0] - x) if left_m > 1e-9 else before[2]
        error_rad = self._turn(heading)
        way_m = 0.0 if abs(error_rad) > TURN_FIRST_RAD else min(SPEED_M_S * self._tick.step_s, left_m)
        if way_m > 0:
            gap_m = self._gap_m()
            share = way_m / left_m
            end = target_m if way_m == left_m else (x + share * (target_m[0] - x), y + share * (target_m[1] - y))
            self._body.stand(*end, self._body.at[2])
            after_m = self._gap_m()
            if after_m < KEEP_M and after_m < gap_m:
                self._body.stand(x, y, self._body.at[2])
                self._show(0.0)
                return False
        self._show(way_m)
        return True

    def _turn(self, heading_rad: float) -> float:
        """Turn towards a heading as far as one tick allows; return what is left [rad]."""
        x, y, yaw = self._body.at
        error = _wrapped(heading_rad - yaw)
        most = TURN_RAD_S * self._tick.step_s
        turned = heading_rad if abs(error) <= most else yaw + math.copysign(most, error)
        self._body.stand(x, y, _wrapped(turned))
        return _wrapped(heading_rad - turned)

    def _show(self, way_m: float) -> None:
        self._body.stride(way_m, carries=bool(self._hand.thing))
        if self._hand.thing:
            self._hand.carry(self._tick.step_s)

    def _gap_m(self) -> float:
        """Return how far the nearest robot or other person is, as far as that matters [m]."""
        return min((self._body.near(other.unique_id, KEEP_M) for other in self._others()), default=KEEP_M)

    def _others(self) -> list[Body]:
        return [b for b in self._world.bodies.values() if b.kind in ("robot", "person") and b.name != self._body.name]


def _wrapped(angle_rad: float) -> float:
    """Return the same angle in [-pi, pi)."""
    return (angle_rad + math.pi) % (2 * math.pi) - math.pi
