"""Somebody walks through a home: along the way there, round the robot, through doors that have to be opened first."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field

from sim.people.berth import Berth, Berths, refuge
from sim.people.body import PersonBody
from sim.people.hand import Hand
from sim.people.route import RADIUS_M, Ways
from sim.poses import wrapped
from sim.worlds.built.world import Body, World

__all__ = ["PICTURE_NS", "GaveUp", "Tick", "Walker"]

PICTURE_NS = 250_000_000
"""A picture comes at least so often, if any do."""

SPEED_M_S = 1.0
TURN_RAD_S = 2.6
TURN_FIRST_RAD = 0.9
"""Somebody who looks elsewhere turns before walking."""
KEEP_M = 0.2
"""A step that comes nearer to a robot or another person than this, and nearer than before, is not made."""
TOUCHES_M = 2e-3
"""So much nearer is not nearer: somebody walks along a robot's side."""
SLACK_M = 0.05
"""So much nearer to the disc in which a robot turns one may come than planned: the floor is planned in cells."""
NEAR_M = 0.2
"""Somebody who only stands steps aside for a robot whose disc is so near."""
LOOK_S = 1.0
"""So often somebody who only stands looks for a better place."""
STILL_S = 12.0
"""A robot that stands for so long is passed like a table, close by: it does not want to go on."""
GO_ROUND_S, GO_ROUND_STANDING_S = 0.8, 0.4
"""So long somebody lets a robot pass before going round it; one that stands is not waited for."""
DOOR_ANGLES = (0.0, 1.2, 1.57, 1.75, 2.2, 2.7, 3.05)
WIDE_RAD = 1.75
"""A door that is so far open lets one through, if nothing else is there."""
DOOR_NEAR = 1.4
"""A door is near the way within so many widths of its doorway's middle."""
LET_PASS_S, LET_PASS_MAX_S = 2.0, 10.0
"""At least so long somebody waits who has stepped aside, and at most, until the way is free."""
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
    robot_still_s: float = 0.0
    """How long the robot has been where it is."""
    shown: set[str] = field(default_factory=set)
    """All names that pictures showed since a deed began."""
    stale: frozenset[str] | None = None
    """What the picture showed that was there when a deed began; as long as it is the same picture it does not count."""
    stale_until_ns: int = 0

    def begin(self) -> None:
        """Say that a deed begins: only pictures from now on count."""
        self.shown.clear()
        self.stale, self.stale_until_ns = self.seen, self.now_ns + PICTURE_NS

    def look(self, seen: frozenset[str]) -> None:
        """Take what the robot's last picture showed."""
        self.seen = seen
        if seen is not self.stale or self.now_ns >= self.stale_until_ns:
            self.stale = None
            self.shown |= seen


class Walker:
    """Legs: generators that move a body tick by tick; each `yield` is the end of one tick."""

    def __init__(
        self, world: World, body: PersonBody, hand: Hand, tick: Tick, turn_door: Callable[[str, float], Iterator[None]]
    ):
        self._world, self._body, self._hand, self._tick, self._turn_door = world, body, hand, tick, turn_door
        self._berths = Berths(world)
        self._spare_min_m = 0.0
        self._look_ns = 0

    @property
    def at_m(self) -> tuple[float, float]:
        """Where the person is."""
        return self._body.at[0], self._body.at[1]

    def ways(self) -> Ways:
        """Return the floor as it is now, without robots and other people."""
        return Ways(self._world, held=self._hand.thing)

    def robots(self) -> list[Berth]:
        """Return the robots that are given room to turn; one that has stood for long is not."""
        return [] if self._tick.robot_still_s > STILL_S else self._berths.all()

    def walk(self, goal_m: tuple[float, float]) -> Iterator[None]:
        """Walk to a point. Raises GaveUp where no way leads there, or none is free for a long time."""
        path, waited_s, lost_s = list((yield from self._way(goal_m))), 0.0, 0.0
        ask_s = self._first_ask_s()
        self._spare_min_m = 0.0
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
                    round_it = self._round(goal_m)
                    if round_it is None:
                        lost_s += yield from self._give_way(goal_m)
                    path = round_it or self.ways().route(self.at_m, goal_m) or path
            yield

    def rest(self) -> Iterator[None]:
        """Let a tick pass, standing; where a robot comes near, step aside first, which takes more."""
        if self._tick.now_ns >= self._look_ns and self._spare_m() < NEAR_M:
            yield from self._aside()
            self._look_ns = self._tick.now_ns + round(LOOK_S * 1e9)
        self._show(0.0)
        yield

    def _round(self, goal_m: tuple[float, float]) -> list[tuple[float, float]] | None:
        """Return the way to a point round robots and people; None where there is none, or a robot is there."""
        around = self._around()
        return around.route(self.at_m, goal_m) if not self.robots() or around.takes(goal_m) else None

    def _around(self) -> Ways:
        """Return the floor that robots and other people leave.

        Who is nearer to a robot than should be does not come nearer than that.
        """
        robots = self.robots()
        self._spare_min_m = min(0.0, self._spare_m() - SLACK_M)
        discs = [(r.x_m, r.y_m, r.keep_m + self._spare_min_m - RADIUS_M) for r in robots]
        names = [other.name for other in self._others() if not (robots and other.kind == "robot")]
        return Ways(self._world, around=names, discs=discs, held=self._hand.thing)

    def _give_way(self, goal_m: tuple[float, float]) -> Generator[None, None, float]:
        """Step aside where nobody gets past, and let the robot pass. Returns how long that took [s]."""
        start_ns = self._tick.now_ns
        yield from self._aside()
        waited_s = 0.0
        while waited_s < LET_PASS_MAX_S:
            since_ns = self._tick.now_ns
            yield from self.rest()
            before_s, waited_s = waited_s, waited_s + (self._tick.now_ns - since_ns) / 1e9
            if waited_s >= LET_PASS_S and int(waited_s) > int(before_s) and self._round(goal_m) is not None:
                break
        return (self._tick.now_ns - start_ns) / 1e9

    def _aside(self) -> Iterator[None]:
        """Walk to where one is in no way of the robots, if that is better than here."""
        robots = self.robots()
        path = refuge(self.ways(), self._around(), self.at_m, robots) if robots else []
        while path and self._step(path[0]):
            if math.dist(self.at_m, path[0]) < 1e-6:
                path.pop(0)
            yield

    def _spare_m(self) -> float:
        """Return how much farther away the nearest robot is than it should be [m]; below 0 it is too near."""
        return min((robot.away_m(self.at_m) - robot.keep_m for robot in self.robots()), default=math.inf)

    def _first_ask_s(self) -> float:
        return GO_ROUND_STANDING_S if self._tick.robot_still_s > 0 else GO_ROUND_S

    def clear_way(self, goal_m: tuple[float, float]) -> Iterator[None]:
        """Open the doors on the way to a point. Raises GaveUp where no way leads there."""
        yield from self._way(goal_m)

    def face(self, yaw_rad: float) -> Iterator[None]:
        """Turn on the spot."""
        while abs(wrapped(yaw_rad - self._body.at[2])) > 1e-9:
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
            near_before = self._gap_m(), self._spare_m()
            share = way_m / left_m
            end = target_m if way_m == left_m else (x + share * (target_m[0] - x), y + share * (target_m[1] - y))
            self._body.stand(*end, self._body.at[2])
            if self._is_too_near(*near_before):
                self._body.stand(x, y, self._body.at[2])
                self._show(0.0)
                return False
        self._show(way_m)
        return True

    def _is_too_near(self, gap_before_m: float, spare_before_m: float) -> bool:
        """Whether a step has come nearer to a robot or another person than allowed."""
        gap_m, spare_m = self._gap_m(), self._spare_m()
        if gap_m < min(KEEP_M, gap_before_m - TOUCHES_M):
            return True
        return spare_m < self._spare_min_m - SLACK_M and spare_m < spare_before_m

    def _turn(self, heading_rad: float) -> float:
        """Turn towards a heading as far as one tick allows; return what is left [rad]."""
        x, y, yaw = self._body.at
        error = wrapped(heading_rad - yaw)
        most = TURN_RAD_S * self._tick.step_s
        turned = heading_rad if abs(error) <= most else yaw + math.copysign(most, error)
        self._body.stand(x, y, wrapped(turned))
        return wrapped(heading_rad - turned)

    def _show(self, way_m: float) -> None:
        self._body.stride(way_m, carries=bool(self._hand.thing))
        if self._hand.thing:
            self._hand.carry(self._tick.step_s)

    def _gap_m(self) -> float:
        """Return how far the nearest robot or other person is, as far as that matters [m]."""
        return min((self._body.near(other.unique_id, KEEP_M) for other in self._others()), default=KEEP_M)

    def _others(self) -> list[Body]:
        return [b for b in self._world.bodies.values() if b.kind in ("robot", "person") and b.name != self._body.name]
