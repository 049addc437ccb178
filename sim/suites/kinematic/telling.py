"""What whoever knows everything is told of a home: pictures of all of it, and what is behind closed doors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sim.sensors import camera_of
from sim.suites.kinematic.asking import looks_at
from sim.suites.kinematic.camera import NamingDetector
from sim.suites.kinematic.hand import OPEN_RAD
from sim.suites.kinematic.matching import true_body
from sim.suites.kinematic.visits import Task
from sim.suites.setup import Setup
from sim.suites.survey import surveyed
from sim.suites.true_floor import TrueFloor
from sim.worlds import Home, World
from sim.worlds.built.resting import hidden_in, supports_of
from spatialmem import Action, SpatialMemory

__all__ = ["tell_truth"]

SHARP = {"width": 320, "height": 240, "min_pixels": 30}
"""Pictures from which the truth is told."""
AFTER_NS = 2 * 10**9


def tell_truth(home: Home, setup: Setup, task: Task, memory: SpatialMemory, start_ns: int) -> int:
    """Survey a home as it stands for a task, and look at all that it is about; return when that is over [ns].

    What is behind doors is shown with these open first, and then told to be in there.
    """
    sharp = replace(setup, **SHARP)
    with World(home) as world:
        camera, floor = camera_of(world, sharp.camera, "fast"), TrueFloor(world, sharp.kind)
        detector = NamingDetector(world, sharp.detector, seed=0)

        def looked_at(names: set[str], *, all_over: bool) -> int:
            besides = [X_WB for name in sorted(names) for X_WB in looks_at(world, floor, name)]
            return AFTER_NS + surveyed(
                world, sharp, camera, floor, memory, start_ns, detector=detector, besides=besides, all_over=all_over
            )

        names = {name for wish in task.wishes for name in (wish.thing, wish.piece) if name}
        hidden = _hidden(world, names)
        if hidden:
            closed = {name: world.hinge_rad(name) for name in world.hinges if name.split("/")[0] in hidden.values()}
            for name in closed:
                world.set_hinge(name, min(OPEN_RAD, world.hinges[name][1]))
            start_ns = looked_at({*hidden, *hidden.values()}, all_over=False)
            for name, angle_rad in closed.items():
                world.set_hinge(name, angle_rad)
        start_ns = looked_at(names, all_over=True)
        for action in _put_in(world, memory, hidden, start_ns):
            memory.observe(action)
    return start_ns


def _hidden(world: World, names: set[str]) -> dict[str, str]:
    """Return which furniture each thing is in whose door is closed."""
    on = supports_of(world)
    return {name: on[name].split("/")[0] for name in sorted(names & set(on)) if hidden_in(world, on[name])}


def _put_in(world: World, memory: SpatialMemory, hidden: dict[str, str], stamp_ns: int) -> Iterator[Action]:
    """Yield that each hidden thing that the memory has seen was put where it is."""
    known = {true_body(world, one): one.id for one in memory.view().objects(missing=True)}
    for number, (thing, piece) in enumerate(hidden.items()):
        if thing in known and piece in known:
            yield Action(
                source="hand", stamp_ns=stamp_ns + number, received_ns=stamp_ns + number, world=world.home.name,
                verb="placed_in", object_id=known[thing], target_id=known[piece],
            )  # fmt: skip
