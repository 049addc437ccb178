"""What a person can do: come and go, take, put, open, close. Each deed is a generator: one step, one tick."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator

import numpy as np
from jaxtyping import Float64

from sim.people.access import Access, Condition
from sim.people.body import PersonBody
from sim.people.leaves import leaf_of
from sim.people.reach import Stand, allowed, fits, piece_of, put_places, stand_near
from sim.people.route import Ways
from sim.people.walking import GaveUp, Tick
from sim.worlds.built.resting import load_of, supports_of, thing_bounds
from sim.worlds.built.world import Body, PlacedSupport, World

__all__ = ["Deeds"]

Pose = Float64[np.ndarray, "4 4"]
Point = Float64[np.ndarray, "3"]

REACH_S, MOVE_S = 0.6, 0.9
MOVED_M = 0.1
"""A thing that is farther from where it was when its taking was planned has been moved by somebody else."""
TRIES = 3
WIDE_M = 0.4
"""In a room one stands where there is so much floor around, if there is."""
ENTRY_ROOM_M = 1.0
DOOR_S = 0.4


class Deeds(Access):
    """One person's hands and feet, and the log of what was done with them. Deeds raise GaveUp where they fail."""

    def __init__(self, world: World, body: PersonBody, tick: Tick, *, entry_m: tuple[float, float], seed: int):
        super().__init__(world, body, tick, seed=seed)
        self.origin: dict[str, tuple[str, Pose]] = {}
        """Where each thing was taken from last."""
        self._entry_m = entry_m

    # Going

    def enter(self) -> Iterator[None]:
        """Come in, once nobody stands where that is."""
        while any(_floor_m(self._world, body.name, self._entry_m) < ENTRY_ROOM_M for body in self._others()):
            yield
        self._tick.begin()
        self._body.stand(*self._entry_m, 0.0)
        self._body.stride(0.0, carries=False)
        yield
        self.log("enter", watched=self._body.name)

    def leave(self) -> Iterator[None]:
        """Go out; what is in the hand goes too."""
        yield from self.walker.walk(self._entry_m)
        yield from self._at_the_door()
        if self.hand.thing:
            self._part_with()
        self._body.vanish()
        self.log("leave", watched=self._body.name)

    def take_out(self) -> Iterator[None]:
        """Carry what is in the hand out of the home, and come back at once."""
        yield from self.walker.walk(self._entry_m)
        yield from self._at_the_door()
        self._part_with()
        self._body.stride(0.0, carries=False)
        yield

    def _at_the_door(self) -> Iterator[None]:
        """Stand there for a moment: what is carried out, and who goes, is seen now or not at all."""
        self._tick.begin()
        for _ in self._shares(DOOR_S):
            self._body.stride(0.0, carries=bool(self.hand.thing))
            if self.hand.thing:
                self.hand.carry(self._tick.step_s)
            yield

    def _part_with(self) -> None:
        """Let what is in the hand be out of the home."""
        thing = self.hand.thing
        support, X_WK = self.origin.get(thing, ("", None))
        self.hand.give_up()
        self.log("take_away", object=thing, from_support=support, X_WK_before=X_WK, watched=thing)

    def fetch(self, thing: str) -> Iterator[None]:
        """Bring a thing in that is out of the home."""
        if thing not in self._world.absent:
            raise GaveUp(f"{thing} is at home")
        yield from self.walker.walk(self._entry_m)
        self._tick.begin()
        self.hand.receive(thing)
        yield
        self.log("bring_back", object=thing, watched=thing)

    def go_to(self, place: str) -> Iterator[None]:
        """Walk to a room, or up to a piece of furniture or a support."""
        if any(place == room.name for room in self._world.home.rooms):
            yield from self.walker.walk(self._spot_in(place))
        else:
            support = self._world.supports.get(place)
            p_W = self._world.X_WK(piece_of(place))[:3, 3] if support is None else np.array(support.center_W)
            yield from self.stand_at([p_W], support, "", reach_m=2.0)
        self.log("walk_to", to_support=place)

    def _spot_in(self, room: str) -> tuple[float, float]:
        """Return a place in a room by chance; doors count as open."""
        ways = Ways(self._world, held=self.hand.thing, doors=False)
        cells = np.isfinite(ways.lengths_from(self.walker.at_m)) & (ways.grid.room == ways.grid.rooms.index(room))
        cells &= ways.open & self.walker.ways().open
        wide = cells & (ways.clearance_m >= WIDE_M)
        spots = ways.middles_m[wide if wide.any() else cells]
        if not len(spots):
            raise GaveUp(f"no way leads into {room}")
        x, y = spots[int(self._rng.integers(len(spots)))].tolist()
        return x, y

    def _others(self) -> list[Body]:
        return [b for b in self._world.bodies.values() if b.kind in ("robot", "person") and b.name != self._body.name]

    # Things

    def take(self, thing: str, condition: Condition) -> Iterator[None]:
        """Take a thing into the hand, out of what it is in if need be."""
        if self.hand.thing:
            raise GaveUp(f"{self.hand.thing} is in the hand already")
        tries = 0
        while tries < TRIES:
            support, X_WK = self._found(thing)
            placed = self._world.supports.get(support)
            hinge = placed.behind if placed else ""
            low, high = thing_bounds(self._world, thing)
            names = {thing, *([piece_of(support)] if placed else [])}
            yield from self.stand_at([(low + high) / 2, *self._edge(hinge)], placed, hinge)
            if thing in self._world.absent or _apart_m(self._world.X_WK(thing), X_WK) > MOVED_M:
                tries += 1
                continue
            yield from self._until(names, condition)
            opened = yield from self._opened(hinge)
            grip_W = self.hand.beside(X_WK, float(high[2] - low[2]))
            if (yield from self._reached(grip_W, names, condition)):
                yield from self._lift(thing, support, X_WK)
            if opened:
                yield from self._swung(leaf_of(self._world, hinge), 0.0)
            if self.hand.thing:
                return
        raise GaveUp(f"{thing} was never where it had been seen")

    def put(self, supports: Iterable[str], condition: Condition) -> Iterator[None]:
        """Put what is in the hand down on the first of some supports that has room for it."""
        thing, why = self.hand.thing, "there is no such support"
        if not thing:
            raise GaveUp("nothing is in the hand")
        for name in supports:
            placed = self._world.supports[name]
            plan = yield from self._put_plan(thing, placed)
            if plan is None:
                why = f"there is no room on {name} that can be reached"
                continue
            X_WK, stand = plan
            yield from self.walker.walk((stand.x_m, stand.y_m))
            yield from self.walker.face(stand.yaw_rad)
            yield from self._until({thing, piece_of(name)}, condition)
            opened = yield from self._opened(placed.behind)
            free = fits(self._world, thing, placed, X_WK)
            self.hand.carry(self._tick.step_s)
            if free:
                yield from self._lower(thing, name, X_WK)
            if opened:
                yield from self._swung(leaf_of(self._world, placed.behind), 0.0)
            if free:
                return
            why = f"{name} is not free any more"
        raise GaveUp(why)

    def set_back(self) -> None:
        """Let what is in the hand be where it was taken, else out of the home, as if by itself: when all failed."""
        thing = self.hand.thing
        support, X_WK = self.origin.get(thing, ("", None))
        placed = self._world.supports.get(support)
        if X_WK is not None and (placed is None or fits(self._world, thing, placed, X_WK)):
            self.hand.let_go(X_WK)
            self.log("put", object=thing, to_support=support, X_WK_after=X_WK)
        else:
            self._part_with()

    def _found(self, thing: str) -> tuple[str, Pose]:
        """Return what carries a thing, and where it is. Raises GaveUp where it cannot be taken."""
        if thing in self._world.absent:
            raise GaveUp(f"{thing} is not at home")
        load = load_of(self._world, thing)
        if load:
            raise GaveUp(f"{load} is on {thing}")
        return supports_of(self._world)[thing], self._world.X_WK(thing)

    def _put_plan(self, thing: str, support: PlacedSupport) -> Generator[None, None, tuple[Pose, Stand] | None]:
        """Return a free place on a support and where to stand for it; None where there is none."""
        for ways in (self.walker.ways(), Ways(self._world, held=thing, doors=False)):
            at_m = self.walker.at_m
            cells = allowed(self._world, ways, at_m, support, hinge=support.behind)
            for X_WK in put_places(self._world, thing, support, ways.middles_m[cells], self._rng):
                stand = stand_near(ways, cells, at_m, [X_WK[:3, 3], *self._edge(support.behind)])
                if stand is not None:
                    self.hand.carry(self._tick.step_s)
                    yield from self.walker.clear_way((stand.x_m, stand.y_m))
                    return X_WK, stand
        self.hand.carry(self._tick.step_s)
        return None

    def _reached(self, p_W: Point, names: set[str], condition: Condition) -> Generator[None, None, bool]:
        """Reach for a point; return False where the robot looked and must not see it."""
        self._tick.begin()
        start_W = self._body.X_WP[:3, 3] + self._body.X_WP[:3, :3] @ (0.12, -0.2, 0.8)
        for share in self._shares(REACH_S):
            if condition.when == "unseen" and names & self._tick.seen:
                condition.left_s -= REACH_S
                self._body.stride(0.0, carries=False)
                return False
            self._body.reach(start_W + share * (p_W - start_W), lean=True)
            yield
        return True

    def _lift(self, thing: str, support: str, X_WK: Pose) -> Iterator[None]:
        self.hand.grip(thing)
        for share in self._shares(MOVE_S):
            X, p_W = self.hand.along(X_WK, self.hand.carried_X_WK, share)
            self.hand.move(X, self._tick.step_s)
            self._body.reach(p_W, lean=True)
            yield
        self.origin[thing] = (support, X_WK)
        self.log("take", object=thing, from_support=support, X_WK_before=X_WK, watched=thing)

    def _lower(self, thing: str, support: str, X_WK: Pose) -> Iterator[None]:
        self._tick.begin()
        for share in self._shares(MOVE_S):
            X, p_W = self.hand.along(self.hand.carried_X_WK, X_WK, share)
            self.hand.move(X, self._tick.step_s)
            self._body.reach(p_W, lean=True)
            yield
        self.hand.let_go(X_WK)
        yield
        self._body.stride(0.0, carries=False)
        self.log("put", object=thing, to_support=support, X_WK_after=X_WK, watched=thing)

    def _shares(self, span_s: float) -> Iterator[float]:
        """Return how much of a move is done after each tick of a span of time."""
        count = max(1, round(span_s / self._tick.step_s))
        return ((k + 1) / count for k in range(count))


def _floor_m(world: World, name: str, p_m: tuple[float, float]) -> float:
    """Return how far a body is from a place on the floor [m]."""
    x, y, z = world.X_WK(name)[:3, 3].tolist()
    return float(np.hypot(x - p_m[0], y - p_m[1])) if z > -1.0 else float("inf")


def _apart_m(X_a: Pose, X_b: Pose) -> float:
    return float(np.sqrt(((X_a[:3, 3] - X_b[:3, 3]) ** 2).sum()))
