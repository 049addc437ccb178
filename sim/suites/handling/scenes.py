"""A cleared table in a home, with the things of one question on it, and a robot that comes up to it."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sim.robots import SimRobot
from sim.suites.sight import Spot
from sim.suites.true_floor import TrueFloor
from sim.worlds import Home, World, generate_home
from sim.worlds.built.world import PlacedSupport
from sim.worlds.home import Thing
from sim.worlds.making.stock import upright

__all__ = ["KINDS", "Scene", "scene_of"]

KINDS = ("shell game", "put back", "which container", "colour", "count")
PURPOSE = 9403
TABLES = ("table", "desk", "counter", "cabinet")
LONG_M, DEEP_M = 1.15, 0.4
TOP_M = 0.65, 0.95
FAR_M, NEAR_M = 1.0, 0.38
"""From the table's edge to the robot's middle, at first and when it has come up to it."""
SLOT_M = 0.34
"""Between the middles of things beside each other."""
COLORED = {
    "can": {"red": "can_red", "green": "can_green", "blue": "can_blue"},
    "book": {"red": "book_red", "green": "book_green", "blue": "book_blue", "black": "book_black"},
    "vase": {"red": "vase_red", "blue": "vase_blue"},
}
COUNTED = {"can": "can_red", "candle": "candle", "jar": "jar", "cup": "cup_white"}
SMALL = {"orange": "orange", "apple": "apple", "cube": "cube", "can": "can_blue"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What one question is about."""

    kind: str
    home: Home
    """With the things on the table."""
    start: Spot
    """Before the table, facing it."""
    label: str
    """Of what is asked for."""
    thing: str = ""
    """The very thing; "" where it is about how many there are."""
    holder: str = ""
    """What the robot puts it in."""
    color: str = ""
    swaps: tuple[tuple[str, str], ...] = ()
    """Which two of the containers change places, one pair after the other."""
    taken: tuple[str, ...] = ()
    """What somebody takes away."""
    spots_W: tuple[tuple[float, float, float], ...] = ()
    """Places on the table, from one end to the other [m]."""


def scene_of(seed: int, number: int, kind: str, robot: type[SimRobot]) -> Scene | None:
    """Return the scene of a question; None where the home has no table that one can come up to."""
    rng = np.random.default_rng((seed, PURPOSE, number))
    home, fronts = _tables(seed, robot)
    if not fronts:
        return None
    top, start, spots_W = fronts[int(rng.integers(len(fronts)))]
    piece = top.name.split("/")[0]
    rest = tuple(one for one in home.things if one.support.split("/")[0] != piece)
    return _set_out(kind, replace(home, things=rest), top, start, spots_W, rng)


@functools.lru_cache(maxsize=2)
def _tables(seed: int, robot: type[SimRobot]) -> tuple[Home, list[tuple[PlacedSupport, Spot, tuple]]]:
    """Return the home of a seed without its chairs, and the tables that one can come up to."""
    home = generate_home(seed)
    furniture = tuple(piece for piece in home.furniture if piece.kind != "chair")
    things = tuple(thing for thing in home.things if not thing.support.startswith("chair-"))
    home = replace(home, furniture=furniture, things=things)
    with World(home) as world:
        floor = TrueFloor(world, robot)
        tops = [top for name, top in world.supports.items() if _is_table(name, top)]
        return home, [one for top in tops for one in _fronts(top, floor, robot.turn_m)]


def _is_table(name: str, top: PlacedSupport) -> bool:
    kind = name.split("/")[0].rsplit("-", 1)[0]
    high = TOP_M[0] <= top.center_W[2] <= TOP_M[1]
    return kind in TABLES and high and not top.behind and max(top.size_m) >= LONG_M and min(top.size_m) >= DEEP_M


def _fronts(top: PlacedSupport, floor: TrueFloor, robot_m: float) -> list[tuple[PlacedSupport, Spot, tuple]]:
    """Return from which sides of a table one can come up to it: the table, where one begins, and places on it."""
    long_axis = int(top.size_m[1] > top.size_m[0])
    along = top.yaw_rad + (math.pi / 2 if long_axis else 0.0)
    depth, length = top.size_m[1 - long_axis], top.size_m[long_axis]
    found = []
    for side in (1, -1):
        out = along + side * math.pi / 2
        c, s = math.cos(out), math.sin(out)
        at = [(top.center_W[0] + c * (depth / 2 + m), top.center_W[1] + s * (depth / 2 + m)) for m in (FAR_M, NEAR_M)]
        way = np.linspace(at[0], at[1], 8)
        if all(_room_m(floor, x, y) >= robot_m for x, y in way.tolist()):
            back_m = min(depth / 2, 0.3)
            middle = top.center_W[0] + c * (depth / 2 - back_m), top.center_W[1] + s * (depth / 2 - back_m)
            count = int((length - 0.1) // SLOT_M)
            steps = (np.arange(count) - (count - 1) / 2) * SLOT_M
            places = tuple(
                (middle[0] + m * math.cos(along), middle[1] + m * math.sin(along), top.center_W[2]) for m in steps
            )
            start = Spot(*at[0], math.remainder(out + math.pi, math.tau))
            found.append((top, start, places))
    return found


def _room_m(floor: TrueFloor, x_m: float, y_m: float) -> float:
    row, column = floor.grid.cell_of(x_m, y_m)
    inside = 0 <= row < floor.clearance_m.shape[0] and 0 <= column < floor.clearance_m.shape[1]
    return float(floor.clearance_m[row, column]) if inside else 0.0


def _set_out(kind: str, home: Home, top: PlacedSupport, start: Spot, spots_W: tuple, rng: np.random.Generator) -> Scene:
    """Return a scene with its things on the table; whatever the home has of their labels is left out of it."""
    plan = {
        "shell game": _shell_game,
        "put back": _put_back,
        "which container": _which_container,
        "colour": _colour,
        "count": _count,
    }[kind](spots_W, rng)
    things = [_thing(name, model, top, spot) for name, model, spot in plan.pop("things")]
    labels = {thing.label for thing in things}
    rest = [thing for thing in home.things if thing.label not in labels]
    home = replace(home, name=f"{home.name}-table", things=(*rest, *things))
    return Scene(kind=kind, home=home, start=start, spots_W=spots_W, **plan)


def _thing(name: str, model: str, top: PlacedSupport, spot: Sequence[float]) -> Thing:
    return Thing(name, model, top.name, (float(spot[0]), float(spot[1]), float(spot[2])), upright(top.yaw_rad))


def _some_of(rng: np.random.Generator, options: list[str], count: int = 1) -> list[str]:
    return [options[i] for i in rng.permutation(len(options))[:count].tolist()]


def _middle(spots_W: tuple, count: int) -> list:
    """Return places beside each other in the middle of the table."""
    first = max((len(spots_W) - count) // 2, 0)
    return list(spots_W[first : first + count])


def _shell_game(spots_W: tuple, rng: np.random.Generator) -> dict:
    """Three baskets; something is put into one, and then they change places."""
    places = _middle(spots_W, 3)
    names = [f"basket-{90 + i}" for i in range(len(places) - 1)]
    label = _some_of(rng, list(SMALL))[0]
    things = [(name, "basket", place) for name, place in zip(names, places, strict=False)]
    things.append((f"{label}-90", SMALL[label], places[-1]))
    swaps = tuple(tuple(_some_of(rng, names, 2)) for _ in range(int(rng.integers(1, 4))))
    return {"things": things, "label": label, "thing": f"{label}-90", "holder": _some_of(rng, names)[0], "swaps": swaps}


def _put_back(spots_W: tuple, rng: np.random.Generator) -> dict:
    """Something is taken from its place and put elsewhere; two other things stand by."""
    label, *others = _some_of(rng, list(SMALL), 3)
    places = _some_of_places(rng, _middle(spots_W, 3))
    things = [(f"{one}-90", SMALL[one], place) for one, place in zip([label, *others], places, strict=False)]
    return {"things": things, "label": label, "thing": f"{label}-90"}


def _some_of_places(rng: np.random.Generator, places: list) -> list:
    return [places[i] for i in rng.permutation(len(places)).tolist()]


def _which_container(spots_W: tuple, rng: np.random.Generator) -> dict:
    """Two baskets or a basket and a tray; something is put into one of them."""
    label, places = _some_of(rng, list(SMALL))[0], _some_of_places(rng, _middle(spots_W, 3))
    second = _some_of(rng, ["basket", "tray"])[0]
    holders = [("basket-90", "basket"), (f"{second}-91", "basket" if second == "basket" else _tray())]
    things = [(name, model, place) for (name, model), place in zip(holders, places, strict=False)]
    things.append((f"{label}-90", SMALL[label], places[-1]))
    return {
        "things": things,
        "label": label,
        "thing": f"{label}-90",
        "holder": _some_of(rng, [n for n, _ in holders])[0],
    }


def _tray() -> str:
    from sim.worlds.kinds.catalogue import LABELS

    return LABELS["tray"][0]


def _colour(spots_W: tuple, rng: np.random.Generator) -> dict:
    """Things of one label in several colours; one is asked for by its colour."""
    label = _some_of(rng, list(COLORED))[0]
    colors = _some_of(rng, list(COLORED[label]), 3)[: len(spots_W)]
    things = [
        (f"{label}-{90 + i}", COLORED[label][color], place)
        for i, (color, place) in enumerate(zip(colors, _middle(spots_W, len(colors)), strict=False))
    ]
    asked = int(rng.integers(len(things)))
    return {"things": things, "label": label, "thing": things[asked][0], "color": colors[asked]}


def _count(spots_W: tuple, rng: np.random.Generator) -> dict:
    """Some alike things, of which somebody takes one or none away."""
    label = _some_of(rng, list(COUNTED))[0]
    count = int(rng.integers(2, 5))
    places = _middle(_halved(spots_W), count)
    things = [(f"{label}-{90 + i}", COUNTED[label], place) for i, place in enumerate(places)]
    taken = tuple(_some_of(rng, [name for name, _, _ in things], int(rng.integers(0, 2))))
    return {"things": things, "label": label, "taken": taken}


def _halved(spots_W: tuple) -> tuple:
    """Return places half as far apart: small things stand closer."""
    if len(spots_W) < 2:
        return spots_W
    first_W, last_W = np.array(spots_W[0]), np.array(spots_W[-1])
    return tuple(tuple(one) for one in np.linspace(first_W, last_W, 2 * len(spots_W) - 1).tolist())
