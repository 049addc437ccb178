"""A hand that takes what is within reach at once: the base is true, what is grasped is not a question here."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from jaxtyping import Float64

from sim.people.leaves import leaf_of
from sim.poses import yaw_of, yaw_pose
from sim.robots import SimRobot
from sim.simulation import Simulation
from sim.suites.kinematic.spots import away_m, behind_wall, floor_spot, inside_spot, is_open_thing, support_spot
from sim.worlds import World
from sim.worlds.built.resting import hidden_in, load_of, supports_of, thing_bounds
from spatialmem import InputError, RobotState

__all__ = ["HIGH_M", "OPEN_RAD", "REACH_M", "KinematicHand"]

Pose = Float64[np.ndarray, "4 4"]

REACH_M = 0.9
"""From B over the floor to the bounds of what is taken, or to where it is put."""
HIGH_M = 1.7
"""So high the hand gets."""
CARRY = (-0.05, 0.0, 0.35)
"""Where the hand is while it carries, in B [m]: out of the camera's view."""
AWAY_Z_M = 8.0
"""So high over the home a thing waits while it is tried where it can be put."""
OPEN_RAD = 1.5
"""So far a leaf is opened, if it turns so far."""


class KinematicHand:
    """The hand of a robot that has no arm. `thing` is what it holds, "" for nothing.

    What it does it does truly, at once, or it says why not: each of `take`, `put_on`, `put_in`, `put_down`, `turn`
    returns "" where it was done, else the reason. What it holds is out of the world. `reported` adds X_WG to the
    robot's states: where the hand is, so that the memory knows where what it holds is.
    """

    def __init__(self, world: World, robot: SimRobot):
        self.thing = ""
        self._world, self._robot = world, robot
        self._at_W: Float64[np.ndarray, "3"] | None = None

    def report_through(self, simulation: Simulation) -> None:
        """Let the robot's states say where the hand is."""
        noisy = simulation.sensor.reported
        simulation.robot.report = lambda state: noisy(self.reported(state))

    def reported(self, state: RobotState) -> RobotState:
        """Return a state of the robot with where the hand is."""
        return replace(state, X_WG=self._X_WG(state.X_WB))

    def stretch(self, p_W: Float64[np.ndarray, "3"] | None) -> None:
        """Hold the hand at a point; None: where it carries."""
        self._at_W = None if p_W is None else np.array(p_W, np.float64)

    def _X_WG(self, X_WB: Pose) -> Pose:
        yaw = yaw_of(X_WB)
        if self._at_W is not None:
            return yaw_pose(float(self._at_W[0]), float(self._at_W[1]), yaw, float(self._at_W[2]))
        c, s = math.cos(yaw), math.sin(yaw)
        x, y = float(X_WB[0, 3]) + c * CARRY[0], float(X_WB[1, 3]) + s * CARRY[0]
        return yaw_pose(x, y, yaw, CARRY[2])

    # what it does

    def take(self, name: str) -> str:
        """Take a thing."""
        why = self.why_not_taken(name)
        if not why:
            self._world.remove(name)
            self.thing = name
        return why

    def why_not_taken(self, name: str) -> str:
        """Return why a thing cannot be taken now; "" where it can."""
        if self.thing:
            return f"the hand holds {self.thing}"
        low_W, high_W = thing_bounds(self._world, name)
        if self._away_m(name) > REACH_M:
            return f"it is {self._away_m(name):.2f} m away, and the hand reaches {REACH_M} m"
        if (low_W[2] + high_W[2]) / 2 > HIGH_M:
            return f"it is at a height of {high_W[2]:.2f} m, and the hand reaches {HIGH_M} m"
        leaf = hidden_in(self._world, supports_of(self._world)[name])
        if leaf:
            return f"it is behind {leaf}, which is closed"
        if behind_wall(self._world, self._robot.X_WB()[:2, 3], ((low_W + high_W) / 2).tolist()):
            return "a wall is between"
        return "something is on it" if load_of(self._world, name) else ""

    def put_on(self, piece: str, wanted_W: tuple[float, float, float] | None = None) -> str:
        """Put what is held on a piece of furniture: anywhere on it within reach, or where it is wanted."""
        supports = [one for name, one in self._world.supports.items() if name.split("/")[0] == piece]
        supports = [one for one in supports if not one.behind] if wanted_W is None else supports
        supports = [one for one in supports if one.center_W[2] <= HIGH_M]
        if not supports:
            return f"nothing can be put on {piece}"
        open_first = sorted(supports, key=lambda one: (bool(one.behind), -one.size_m[0] * one.size_m[1]))

        def spot(at_m: Float64[np.ndarray, "2"]) -> Pose | None:
            return support_spot(self._world, self.thing, open_first, at_m, REACH_M, wanted_W=wanted_W)

        return self._put(spot, f"there is no free place on {piece} within reach")

    def put_in(self, name: str) -> str:
        """Put what is held into an open thing, or into furniture whose door is open."""
        if name in self._world.bodies and self._world.bodies[name].kind == "furniture":
            inner = [one for one in self._world.supports.values() if one.behind and one.name.split("/")[0] == name]
            if not inner:
                return self.put_on(name)  # of a shelf: in it is on one of its boards
            return self._put(lambda at_m: support_spot(self._world, self.thing, inner, at_m, REACH_M),
                             f"there is no free place in {name} within reach, or it is closed")  # fmt: skip
        if not is_open_thing(self._world, name):
            return f"{name} is not open: nothing goes into it"
        if self._away_m(name) > REACH_M:
            return f"{name} is {self._away_m(name):.2f} m away, and the hand reaches {REACH_M} m"
        return self._put(lambda _: inside_spot(self._world, self.thing, name), f"there is no room in {name}")

    def put_down(self) -> str:
        """Put what is held where somebody beside the robot takes it: on what is in reach, or on the floor."""
        at, tops = self._robot.X_WB(), [one for one in self._world.supports.values() if not one.behind]
        tops = [one for one in tops if 0.3 <= one.center_W[2] <= 1.2]

        def spot(at_m: Float64[np.ndarray, "2"]) -> Pose | None:
            on_top = support_spot(self._world, self.thing, tops, at_m, REACH_M)
            if on_top is not None:
                return on_top
            return floor_spot(self._world, self.thing, at_m, yaw_of(at), besides=())

        return self._put(spot, "there is no free place within reach")

    def turn(self, piece: str, *, to_open: bool) -> str:
        """Open or close every leaf of a piece of furniture that is within reach."""
        leaves = [name for name in self._world.hinges if name.split("/")[0] == piece]
        if not leaves:
            return f"{piece} has no door"
        at_m, near = self._robot.X_WB()[:2, 3], []
        for name in leaves:
            leaf = leaf_of(self._world, name)
            edge_W = leaf.edge_W(self._world.hinge_rad(name))
            if min(math.dist(edge_W[:2], at_m), math.dist(leaf.hinge_m, at_m)) <= REACH_M + leaf.length_m / 2:
                near.append(name)
        if not near:
            return f"the door of {piece} is out of reach"
        met = [self._swing(name, OPEN_RAD if to_open else 0.0) for name in near]
        return "" if "" in met else f"{met[0]} is in the way of the door of {piece}"

    def _swing(self, name: str, angle_rad: float) -> str:
        """Turn a leaf as far as it goes; return what it meets, "" where it turns far enough."""
        leaf, before, most = leaf_of(self._world, name), self._world.hinge_rad(name), self._world.hinges[name][1]
        for share in (1.0, 0.85, 0.7):
            self._world.set_hinge(name, min(angle_rad * share, most))
            met = leaf.met(self._world)
            if not met:
                return ""
        self._world.set_hinge(name, before)
        return met

    def _put(self, spot: Callable[[Float64[np.ndarray, "2"]], Pose | None], why: str) -> str:
        """Put what is held where a function says that it stands free."""
        if not self.thing:
            return "the hand is empty"
        name, at_m = self.thing, np.array(self._robot.X_WB()[:2, 3])
        self._world.restore(name, yaw_pose(float(at_m[0]), float(at_m[1]), 0.0, AWAY_Z_M))
        X_WK = spot(at_m)
        if X_WK is None:
            self._world.remove(name)
            return why
        self._world.place(name, X_WK)
        self.thing = ""
        return ""

    def _away_m(self, name: str) -> float:
        if name in self._world.absent:
            raise InputError(f"'{name}' is out of the world: it cannot be reached.")
        return away_m(self._world, name, np.array(self._robot.X_WB()[:2, 3]))
