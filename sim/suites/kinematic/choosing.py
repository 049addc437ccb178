"""Which things of a home can truly be seen, reached, carried and put somewhere, and how far that is to go.

Nothing is asked for that a robot of this kind could not do if it knew everything.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
from jaxtyping import Float, Float64

from sim.robots import SimRobot
from sim.sensors import Camera
from sim.suites.kinematic.hand import HIGH_M, OPEN_RAD, REACH_M
from sim.suites.kinematic.spots import behind_wall, floor_spot, support_spot
from sim.suites.kinematic.wishes import Wish
from sim.suites.sight import Sight
from sim.suites.true_floor import TrueFloor
from sim.worlds import World, truth_of
from sim.worlds.built.resting import load_of, thing_bounds
from sim.worlds.built.world import PlacedSupport
from spatialmem import inverse, transform

__all__ = ["Chooser", "chain_m", "fulfil"]

Point = Float64[np.ndarray, "2"]

SURE_M = 0.7
"""From a place so near to a thing's bounds a hand gets it."""
LOW_M = 1.45
"""What is asked for stands no higher."""
LARGE_M = 0.45
"""It is no larger over the floor."""
TOP_M = 0.3, 1.3
"""Tops so high something is put on."""
SEATS = ("chair", "toilet", "stove", "washbasin", "nightstand")
"""Nobody asks for things to be put there: they are small, or get hot or wet."""
STANDS = 8
"""So many places to stand at each stop are looked at for the shortest chain."""


class Chooser:
    """Looks at a world as it stands. `things` and `pieces` are what tasks can be made of."""

    def __init__(self, world: World, kind: type[SimRobot], camera: Camera, *, min_pixels: int):
        self.world, self.floor = world, TrueFloor(world, kind)
        self._sight = Sight(world, kind, camera, min_pixels=min_pixels)
        rows, columns = np.nonzero(self.floor.spots)
        self._cells = rows, columns
        self._middles = np.column_stack([self.floor.grid.x_m[columns], self.floor.grid.y_m[rows]])

    def things(self, rng: np.random.Generator) -> Iterator[str]:
        """Yield things that are the only ones of their label, by chance, that can be seen, and taken from a stand."""
        objects, labels = truth_of(self.world).objects, Counter(thing.label for thing in self.world.home.things)
        single = [name for name, one in objects.items() if labels[one.label] == 1 and not one.hidden_in]
        for index in rng.permutation(len(single)).tolist():
            if self._is_good(single[index]):
                yield single[index]

    def _is_good(self, name: str) -> bool:
        low_W, high_W = thing_bounds(self.world, name)
        if (low_W[2] + high_W[2]) / 2 > LOW_M or max((high_W - low_W)[:2]) > LARGE_M:
            return False
        if load_of(self.world, name) or not len(self.stands(name)):
            return False
        lengths_m = self.floor.lengths_from(self._middles[0])
        return self._sight.first_spot(self.floor, lengths_m, name) is not None

    def pieces(self, rng: np.random.Generator) -> Iterator[str]:
        """Yield furniture by chance that is the only one of its kind, with a top on which things are put."""
        kinds = Counter(piece.kind for piece in self.world.home.furniture)
        single = [one.name for one in self.world.home.furniture if kinds[one.kind] == 1 and one.kind not in SEATS]
        for index in rng.permutation(len(single)).tolist():
            if self.tops(single[index]):
                yield single[index]

    def closets(self, rng: np.random.Generator) -> Iterator[str]:
        """Yield closed furniture by chance that is the only one of its kind, with room in it at a good height."""
        kinds = Counter(piece.kind for piece in self.world.home.furniture)
        single = [one.name for one in self.world.home.furniture if kinds[one.kind] == 1 and self.boards(one.name)]
        for index in rng.permutation(len(single)).tolist():
            yield single[index]

    def boards(self, piece: str) -> list[PlacedSupport]:
        """Return the supports behind the doors of a piece that a hand reaches."""
        own = [one for name, one in self.world.supports.items() if name.split("/")[0] == piece]
        return [one for one in own if one.behind and one.center_W[2] <= HIGH_M - 0.2]

    def before_door(self, piece: str) -> Float64[np.ndarray, "n 2"]:
        """Return places to stand before a piece, as one opens its doors."""
        stands = self.stands(piece)
        if not len(stands):
            return stands
        flat = np.column_stack([stands, np.zeros(len(stands))])
        return stands[transform(inverse(self.world.X_WK(piece)), flat)[:, 0] > 0.0]

    def tops(self, piece: str) -> list[PlacedSupport]:
        """Return the open supports of a piece that are neither too low nor too high."""
        own = [one for name, one in self.world.supports.items() if name.split("/")[0] == piece]
        return [one for one in own if not one.behind and TOP_M[0] <= one.center_W[2] <= TOP_M[1]]

    def stands(self, name: str) -> Float64[np.ndarray, "n 2"]:
        """Return places where the robot can stand and turn, from which something is in reach; few, all about."""
        low_W, high_W = thing_bounds(self.world, name)
        gaps = np.maximum(np.maximum(low_W[:2] - self._middles, self._middles - high_W[:2]), 0.0)
        near = self._middles[np.hypot(*gaps.T) <= SURE_M]
        middle_W = (low_W + high_W) / 2
        some, goal_W = near[:: max(1, len(near) // 64)], middle_W.tolist()
        near = np.array([p for p in some if not behind_wall(self.world, p, goal_W)])
        if len(near) == 0:
            return np.empty((0, 2))
        turns = np.argsort(np.arctan2(*(near - middle_W[:2]).T[::-1]), kind="stable")
        return near[turns[:: max(1, -(-len(near) // STANDS))]]

    def any_start(self, rng: np.random.Generator) -> tuple[Point, float]:
        """Return where a robot may stand at first, and its heading, by chance."""
        return self.floor.any_spot(rng), float(rng.uniform(-np.pi, np.pi))


def chain_m(chooser: Chooser, start_m: Point, wishes: Sequence[Wish]) -> tuple[float, ...]:
    """Return how far it is to go for each wish, one after the other, by the shortest of all chains over the stands
    that are looked at at each stop. Infinite where none leads there."""
    stops, ends = _stops(chooser, wishes)
    lengths = [np.zeros(1)]
    before, came = np.array([start_m]), []
    for places in stops:
        if not len(places):
            return (float("inf"),) * len(wishes)
        steps = np.array([_lengths(chooser.floor, p, places) for p in before])
        total = lengths[-1][:, None] + steps
        came.append(total.argmin(axis=0))
        lengths.append(total.min(axis=0))
        before = places
    at, along = int(lengths[-1].argmin()), []
    for back in range(len(stops) - 1, -1, -1):
        along.append(float(lengths[back + 1][at]))
        at = int(came[back][at])
    reached = [0.0, *along[::-1]]
    return tuple(reached[b] - reached[a] for a, b in itertools.pairwise([0, *ends]))


def _lengths(floor: TrueFloor, p_m: Point, places: Float64[np.ndarray, "n 2"]) -> Float[np.ndarray, "n"]:
    lengths_m, grid = floor.lengths_from(p_m), floor.grid
    columns = np.clip(((places[:, 0] - grid.origin_m[0]) / grid.cell_m).astype(int), 0, lengths_m.shape[1] - 1)
    rows = np.clip(((places[:, 1] - grid.origin_m[1]) / grid.cell_m).astype(int), 0, lengths_m.shape[0] - 1)
    return lengths_m[rows, columns]


def _stops(chooser: Chooser, wishes: Sequence[Wish]) -> tuple[list[Float64[np.ndarray, "n 2"]], list[int]]:
    """Return where one has to stand, stop by stop, and after how many stops each wish is fulfilled.

    A thing that an earlier wish moved is where that left it: there, where the robot stood then.
    """
    stops: list[Float64[np.ndarray, "n 2"]] = []
    left: dict[str, Float64[np.ndarray, "n 2"]] = {}
    ends = []
    for wish in wishes:
        stops.append(left[wish.thing] if wish.thing in left else chooser.stands(wish.thing))
        if wish.kind != "find":
            ask_m = np.array([wish.at_m], np.float64)
            stops.append(ask_m if wish.kind == "fetch" else _beside(chooser, wish))
            left[wish.thing] = stops[-1]
        ends.append(len(stops))
    return stops, ends


def _beside(chooser: Chooser, wish: Wish) -> Float64[np.ndarray, "n 2"]:
    stands = chooser.before_door(wish.piece) if wish.kind == "store" else chooser.stands(wish.piece)
    if wish.kind in ("put", "store") or not len(stands):
        return stands
    near = np.hypot(*(stands - np.array(wish.p_W[:2])).T) <= REACH_M + 0.2
    return stands[near] if near.any() else stands


def fulfil(chooser: Chooser, wish: Wish) -> bool:
    """Let a wish be fulfilled in the world, as a person would; return False where there is no place for that."""
    world = chooser.world
    if wish.kind == "find":
        return True
    before, X_WK = world.X_WK(wish.thing), None
    leaves = {name: world.hinge_rad(name) for name in world.hinges if name.split("/")[0] == wish.piece}
    if wish.kind == "store":
        for name in leaves:
            world.set_hinge(name, min(OPEN_RAD, world.hinges[name][1]))
    if wish.kind == "fetch":
        at_m = np.array(wish.at_m)
        tops = [one for one in world.supports.values() if not one.behind and 0.3 <= one.center_W[2] <= 1.2]
        X_WK = support_spot(world, wish.thing, tops, at_m, REACH_M)
        if X_WK is None:
            X_WK = floor_spot(world, wish.thing, at_m, 0.0)
    else:
        wanted_W = wish.p_W if wish.kind == "back" else None
        tops = chooser.boards(wish.piece) if wish.kind == "store" else chooser.tops(wish.piece)
        if wish.kind == "back":
            tops = [one for one in world.supports.values() if one.name.split("/")[0] == wish.piece]
            tops = [one for one in tops if one.center_W[2] <= HIGH_M]
        for at_m in _beside(chooser, wish):
            X_WK = support_spot(world, wish.thing, tops, at_m, REACH_M, wanted_W=wanted_W)
            if X_WK is not None:
                break
    for name, angle_rad in leaves.items():
        world.set_hinge(name, angle_rad)
    world.place(wish.thing, before if X_WK is None else X_WK)
    return X_WK is not None
