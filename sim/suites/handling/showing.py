"""What is done with the things of a scene while the robot stands before the table and looks."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from planners.tasks.facts import held_id
from sim.poses import yaw_of, yaw_pose
from sim.simulation import Simulation
from sim.suites.arms import Held
from sim.suites.handling.scenes import FAR_M, NEAR_M, Scene
from sim.suites.kinematic.hand import KinematicHand
from sim.suites.kinematic.matching import true_body
from sim.suites.listening import for_other
from sim.worlds.built.resting import thing_bounds
from spatialmem import Action, Input, View

__all__ = ["Show"]

SPEED_M_S, HAND_M_S = 0.3, 0.2
"""How fast the robot comes, and how fast somebody moves things."""
LOOK_S, HOLD_S = 1.2, 0.7
Point = Sequence[float]


class Show:
    """Plays a scene, and tells memories what the robot sees and does."""

    def __init__(
        self, simulation: Simulation, held: Sequence[Held], hand: KinematicHand, *, told: list[Input] | None = None
    ):
        """told: all that the first memory is told is added to it."""
        self._simulation, self._held, self._hand, self._told = simulation, held, hand, told
        self.was_W: tuple[float, float, float] | None = None
        """Where the thing was before the robot took it."""

    def play(self, scene: Scene) -> None:
        """Come up to the table, and do what the scene says."""
        self.come()
        if scene.kind in ("shell game", "which container"):
            self._take(scene.thing)
            self._put_in(scene.thing, scene.holder)
        elif scene.kind == "put back":
            self._take(scene.thing)
            self._put_elsewhere(scene.thing)
        for first, second in scene.swaps:
            self._swap(first, second, scene.thing, scene.holder)
        for name in scene.taken:
            self._simulation.world.remove(name)
        self._pass(LOOK_S)

    def come(self) -> None:
        """Look, and drive up to the table."""
        self._pass(LOOK_S)
        self._simulation.robot.command(base_velocity_B=(SPEED_M_S, 0.0, 0.0))
        self._pass((FAR_M - NEAR_M) / SPEED_M_S)
        self._simulation.robot.command(base_velocity_B=(0.0, 0.0, 0.0))
        self._pass(LOOK_S)

    def turn(self, angle_rad: float) -> None:
        """Turn on the spot, and look."""
        rate = math.copysign(1.0, angle_rad)
        self._simulation.robot.command(base_velocity_B=(0.0, 0.0, rate))
        self._pass(abs(angle_rad))
        self._simulation.robot.command(base_velocity_B=(0.0, 0.0, 0.0))
        self._pass(LOOK_S)

    # what the robot does

    def _take(self, thing: str) -> None:
        low_W, high_W = thing_bounds(self._simulation.world, thing)
        x, y, z = ((low_W + high_W) / 2).tolist()
        self.was_W = x, y, z
        self._hand.stretch(np.array(self.was_W))
        self._pass(HOLD_S)
        object_id = self._id(thing)
        if self._hand.take(thing):
            raise RuntimeError(f"{thing} is out of reach: {self._hand.why_not_taken(thing)}")
        self._did("picked_up", object_id, None)

    def _put_in(self, thing: str, holder: str) -> None:
        self._let_go(thing, lambda: self._hand.put_in(holder), "placed_in", holder)

    def _put_elsewhere(self, thing: str) -> None:
        """Put what is held down on the same table, anywhere that is free."""
        piece = self._simulation.world.home.things[-1].support.split("/")[0]
        self._let_go(thing, lambda: self._hand.put_on(piece), "placed_on", piece)

    def _let_go(self, thing: str, deed: Callable[[], str], verb: str, target: str) -> None:
        object_id, target_id = self._held_id(thing), self._id(target)
        why = deed()
        if why:
            raise RuntimeError(f"{thing} cannot be put there: {why}")
        low_W, high_W = thing_bounds(self._simulation.world, thing)
        self._hand.stretch((low_W + high_W) / 2)
        self._pass(HOLD_S)
        self._hand.stretch(None)
        self._did(verb, object_id, target_id)
        self._pass(LOOK_S)

    # what somebody else does

    def _swap(self, first: str, second: str, thing: str, holder: str) -> None:
        """Let two containers change places, each on half a circle; what is in one goes with it."""
        world = self._simulation.world
        X = {name: world.X_WK(name) for name in (first, second)}
        middle = (X[first][:2, 3] + X[second][:2, 3]) / 2
        radius = float(np.hypot(*(X[first][:2, 3] - middle)))
        X_holder, X_thing = world.X_WK(holder), world.X_WK(thing)
        ticks = math.ceil(math.pi * radius / HAND_M_S / 0.05)
        for tick in range(1, ticks + 1):
            angle = math.pi * tick / ticks
            for name, X_WK in X.items():
                dx, dy = X_WK[:2, 3] - middle
                x = middle[0] + math.cos(angle) * dx - math.sin(angle) * dy
                y = middle[1] + math.sin(angle) * dx + math.cos(angle) * dy
                world.place(name, yaw_pose(float(x), float(y), yaw_of(X_WK), float(X_WK[2, 3])))
            moved = world.X_WK(holder)[:3, 3] - X_holder[:3, 3]
            p_W = X_thing[:3, 3] + moved
            world.place(thing, yaw_pose(float(p_W[0]), float(p_W[1]), yaw_of(X_thing), float(p_W[2])))
            self._pass(0.05)
        self._pass(HOLD_S)

    # telling

    def _pass(self, seconds: float) -> None:
        """Let time pass, and tell what the robot reports."""
        for _ in range(max(1, round(seconds / 0.05))):
            self._simulation.step()
            for x in self._simulation.inputs():
                self.tell(x)

    def tell(self, x: Input) -> None:
        """Tell all memories something; who was not asked has its own ids."""
        asked = self._held[0].memory.view()
        if self._told is not None:
            self._told.append(x)
        for one in self._held:
            own = x if one is self._held[0] else for_other(x, asked, one.memory.view())
            if own is not None:
                one.memory.observe(own)

    def _did(self, verb: str, object_id: int | None, target_id: int | None) -> None:
        if object_id is None:
            return  # the memory does not know the thing: nothing can be told of it
        now_ns, world = self._simulation.clock.now_ns(), self._simulation.world.home.name
        self._hand.stretch(None)
        self.tell(
            Action(
                source="hand", stamp_ns=now_ns, received_ns=now_ns, world=world, verb=verb,  # type: ignore[arg-type]
                object_id=object_id, target_id=target_id,
            )
        )  # fmt: skip

    def _id(self, name: str) -> int | None:
        """Return the id that the memory has for a body; None where it has none."""
        return id_of(self._held[0].memory.view(), self._simulation, name)

    def _held_id(self, name: str) -> int | None:
        held = held_id(self._held[0].memory.view())
        return self._id(name) if held is None else held


def id_of(view: View, simulation: Simulation, name: str) -> int | None:
    """Return the id under which a memory has a body; None where it has not."""
    label = simulation.world.bodies[name].label
    same = [one for one in view.objects() if one.label == label and true_body(simulation.world, one) == name]
    return same[0].id if same else None
