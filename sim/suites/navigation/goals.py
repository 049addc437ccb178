"""Goals by the truth: when one is reached, and the nearest place where it would be.

point    the middle of the robot is within 0.36 m of it
room     the middle of the robot is in the room
reach    the thing's bounds are within 1 m of the robot's middle, over the floor
see      the thing is in the camera's picture, and within 3.2 m
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float, Float64

from sim.simulation import Simulation
from sim.suites.sight import SEE_M, Sight, Spot, away_m
from sim.suites.true_floor import TrueFloor
from sim.worlds import World
from sim.worlds.built.resting import thing_bounds
from sim.worlds.truth.truth import room_at

__all__ = ["REACH_M", "Goal", "Kind", "error_m", "is_reached", "nearest"]

Kind = Literal["point", "room", "reach", "see"]

POINT_M = 0.36
"""As Habitat counts it for point goals (Savva et al. 2019): there twice the radius of the agent, here about one."""
REACH_M, REACHED_M = 0.8, 1.0
"""So near the memory takes things to be in reach; and what counts, for a thing whose box it knows to some cm."""
SEEN_M = SEE_M + 0.2


@dataclass(frozen=True, slots=True)
class Goal:
    """Where the robot is to go."""

    kind: Kind
    name: str
    """Of the room or the thing; "" for a point."""
    words: str
    """What the robot is told: the label of a thing, of which there is one; a room's name."""
    p_m: tuple[float, float] = (math.nan, math.nan)
    """Of a point."""

    def as_dict(self) -> dict[str, object]:
        """Return it as plain values."""
        p_m = [round(c, 3) for c in self.p_m] if self.kind == "point" else None
        return {"kind": self.kind, "goal": self.name or None, "p_m": p_m}


def is_reached(goal: Goal, simulation: Simulation) -> bool:
    """Whether the robot has reached a goal, as it stands and by its last picture."""
    p_m = simulation.robot.X_WB()[:2, 3]
    if goal.kind == "point":
        return error_m(goal, simulation.world, p_m) <= POINT_M
    if goal.kind == "room":
        return room_at(simulation.world.home, float(p_m[0]), float(p_m[1])) == goal.name
    if goal.name in simulation.world.absent:
        return False
    away = away_m(simulation.world, goal.name, p_m)
    if goal.kind == "reach":
        return away <= REACHED_M
    return away <= SEEN_M and goal.name in simulation.sensor.in_view()


def error_m(goal: Goal, world: World, p_m: Float[np.ndarray, "2"]) -> float:
    """Return the straight distance from a place to a goal: to the point, the room, or the thing's bounds [m]."""
    if goal.kind == "point":
        return math.dist(goal.p_m, p_m.tolist())
    if goal.kind == "room":
        room = world.home.room(goal.name)
        gap = np.maximum(np.maximum(np.array(room.low_m) - p_m, p_m - np.array(room.high_m)), 0.0)
        return float(np.hypot(*gap))
    return math.nan if goal.name in world.absent else away_m(world, goal.name, p_m)


def nearest(goal: Goal, world: World, floor: TrueFloor, sight: Sight, p_m: Float[np.ndarray, "2"]) -> Spot | None:
    """Return the place with the shortest way from p_m at which a goal is reached; None where none is known."""
    if goal.kind == "point":
        return Spot(*goal.p_m, 0.0)
    if goal.name in world.absent:
        return None
    lengths_m = floor.lengths_from(p_m)
    if goal.kind == "see":
        return sight.first_spot(floor, lengths_m, goal.name)
    cells = _cells(goal, world, floor) & np.isfinite(lengths_m)
    if not cells.any():
        return None
    row, column = np.unravel_index(int(np.argmin(np.where(cells, lengths_m, np.inf))), cells.shape)
    x, y = float(floor.grid.x_m[column]), float(floor.grid.y_m[row])
    return Spot(x, y, 0.0 if goal.kind == "room" else _facing(world, goal.name, x, y))


def _cells(goal: Goal, world: World, floor: TrueFloor) -> Bool[np.ndarray, "h w"]:
    """Return where a room or a thing within reach is reached: of a room, where the robot can also turn."""
    if goal.kind == "room":
        return floor.spots & (floor.grid.room == floor.grid.rooms.index(goal.name))
    low_W, high_W = thing_bounds(world, goal.name)
    x_m, y_m = floor.grid.x_m[None, :], floor.grid.y_m[:, None]
    dx = np.maximum(np.maximum(low_W[0] - x_m, x_m - high_W[0]), 0.0)
    dy = np.maximum(np.maximum(low_W[1] - y_m, y_m - high_W[1]), 0.0)
    room = room_at(world.home, *((low_W + high_W) / 2)[:2].tolist())
    same = floor.grid.room == (floor.grid.rooms.index(room) if room else -1)  # not through a wall
    return floor.main & same & (np.hypot(dx, dy) <= REACH_M)


def _facing(world: World, thing: str, x_m: float, y_m: float) -> float:
    low_W, high_W = thing_bounds(world, thing)
    middle: Float64[np.ndarray, "3"] = (low_W + high_W) / 2
    return math.atan2(float(middle[1]) - y_m, float(middle[0]) - x_m)
