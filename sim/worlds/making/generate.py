"""A home from a seed: its floor plan, its furniture, its things. The same seed gives the same home everywhere."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sim.worlds.home import Home
from sim.worlds.making.floor_plan import draw_floor_plan
from sim.worlds.making.furnish import Furnisher
from sim.worlds.making.interiors import furnish
from sim.worlds.making.stock import Stocker
from spatialmem import InputError

__all__ = ["ROOMS", "THINGS", "generate_home"]

ROOMS = (2, 6)
THINGS = (20, 80)
THINGS_PER_ROOM = (9.5, 14.0)
PURPOSE = 71
"""Keeps these draws apart from those of others with the same seed."""
ATTEMPTS = 60


def generate_home(seed: int, *, room_count: int | None = None, thing_count: int | None = None) -> Home:
    """Return a furnished home of 2-6 rooms with 20-80 movable things, all connected and drivable.

    A disc of 0.42 m gets from every room to every other, every room has a spot 0.65 m clear, and the lanes through
    doorways and the floor in front of furniture with doors are free. What chance makes otherwise is drawn again.
    Raises InputError for a seed below 0 or a count outside its range.
    """
    _check("seed", seed, 0, 2**63 - 1)
    if room_count is not None:
        _check("room_count", room_count, *ROOMS)
    if thing_count is not None:
        _check("thing_count", thing_count, *THINGS)
    for attempt in range(ATTEMPTS):
        rng = np.random.default_rng((seed, PURPOSE, attempt))
        rooms = int(rng.integers(ROOMS[0], ROOMS[1] + 1)) if room_count is None else room_count
        things = int(np.clip(rooms * rng.uniform(*THINGS_PER_ROOM), *THINGS)) if thing_count is None else thing_count
        home = _drawn(rng, rooms, things, f"home-{seed}")
        if home is not None:
            return home
    raise InputError(
        f"no home of {room_count} rooms with {thing_count} things came of seed {seed} in {ATTEMPTS} attempts; "
        f"ask for fewer things, or take another seed."
    )


def _drawn(rng: np.random.Generator, rooms: int, things: int, name: str) -> Home | None:
    """Return one home by chance, or None where it lacks something a home needs."""
    shell = draw_floor_plan(rng, rooms, name)
    if shell is None:
        return None
    crew = Furnisher(shell, rng)
    if not crew.floor.is_drivable() or not furnish(crew):
        return None
    home = replace(shell, furniture=tuple(crew.pieces))
    stocker = Stocker(home, rng)
    stocker.stock(things)
    if len(stocker.things) < things:
        return None
    return replace(home, things=tuple(stocker.things))


def _check(name: str, value: int, low: int, high: int) -> None:
    """Refuse what is no whole number in its range."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or not low <= value <= high:
        raise InputError(f"{name} is {value!r}; it is a whole number from {low} to {high}.")
