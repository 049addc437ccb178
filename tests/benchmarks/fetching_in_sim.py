"""How often a thing that stands openly is fetched: grasped by friction, carried to where the robot began, put down.

    python tests/benchmarks/fetching_in_sim.py --homes 10 --things 5

Homes come from seeds; each has as many things that are asked for, which a hand of 8 cm can take, which stand openly and
which the arm truly reaches: from some pose of the base on the true floor, joint vectors bring the hand to the thing and
to before it, with the robot in nothing. Those that stand so in the home as it was made are asked for first; where they
are too few, others of the home's things are put, by chance, on open tops of its furniture (`things_to_fetch.set_out`),
before anything else happens. The memory then comes from a survey of all of the floor (`sim.suites.survey`), with
pictures from about 1.5 m to the things besides, and only what it knows is asked for; nothing is moved afterwards. The
physics runs at 240 Hz and the pictures are rendered. A thing is fetched when it is truly in the hand at the end of
carrying; it is put down when the planner says so and it truly rests on furniture then. Each fetch begins anew, at the
same place of the home and with the same memory.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import sys
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any

import measure  # noqa: F401  (puts tests/support on the path)
import numpy as np
from things_to_fetch import set_out

from planners.manipulation.config import ManipulationConfig
from planners.manipulation.limb import Limb
from planners.manipulation.pick import Pick
from planners.manipulation.place import Place
from planners.navigation import Navigator
from sim import bullet
from sim.drivers import manipulation_of
from sim.loop import Drive, drive
from sim.poses import yaw_pose
from sim.robots import HuskyPanda
from sim.sensors.sensor import camera_of
from sim.simulation import Simulation
from sim.suites.intervals import clustered_mean
from sim.suites.setup import Setup
from sim.suites.survey import surveyed
from sim.suites.true_floor import TrueFloor
from sim.worlds import Home, World, generate_home, truth_of
from sim.worlds.truth.truth import ObjectTruth
from spatialmem import ObjectState, SpatialMemory, inverse

SPARE = 3
"""So many more things are set out: some the survey does not see."""
KNOWN_M = 0.1
LOOKS, LOOK_M, LOOK_RAD = 6, 1.5, 0.4
"""A thing is looked at so often besides the survey, from about so far, from directions so far apart."""
IN_HAND_M = 0.15
UPRIGHT = 0.9
"""What holds a thing up touches it with a normal so steep."""
AFTER_NS = 10**9


def main() -> None:
    arguments = _arguments()
    limb, setup, rows = Limb(ManipulationConfig.of(manipulation_of(HuskyPanda))), Setup(), []
    for seed in range(arguments.first, arguments.first + arguments.homes):
        home, data, names, start = _prepared(generate_home(seed), setup, limb, arguments.things, seed)
        for name in names:
            if arguments.thing not in ("", name):
                continue
            row = _fetched(home, setup, limb, data, name, start, place=not arguments.no_place)
            rows.append({"seed": seed, **row})
            print(json.dumps(rows[-1]), flush=True)
    _told(rows)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="How often a thing that stands openly is fetched.")
    parser.add_argument("--homes", type=int, default=10)
    parser.add_argument("--first", type=int, default=0, help="the first home's seed")
    parser.add_argument("--things", type=int, default=5, help="in each home")
    parser.add_argument("--thing", default="", help="only the one of this name")
    parser.add_argument("--no-place", action="store_true", help="end when it was carried")
    return parser.parse_args()


def _prepared(home: Home, setup: Setup, limb: Limb, count: int, seed: int) -> tuple[Home, bytes, list[str], np.ndarray]:
    """Return a home with things set out, a memory of it, the names of the things that are asked for, and where the
    robot begins."""
    rng = np.random.default_rng(seed)
    home, names = set_out(home, limb, count + SPARE, rng)
    memory = setup.memory(home)
    with World(home) as world, contextlib.closing(memory):
        floor = TrueFloor(world, setup.kind)
        truth = truth_of(world).objects
        besides = [X_WB for name in names for X_WB in _before(truth[name], floor)]
        surveyed(world, setup, camera_of(world, setup.camera, "physical"), floor, memory, 0, besides=besides)
        records = memory.view().objects()
        asked = [name for name in names if _known(records, truth[name]) is not None]
        return home, memory.dump(), asked[:count], floor.any_spot(rng)


def _before(thing: ObjectTruth, floor: TrueFloor) -> list[np.ndarray]:
    """Return where a robot stands that looks at a thing from some sides: X_WB."""
    places, middle = floor.middles_m(floor.main), (thing.low_W + thing.high_W)[:2] / 2
    to = middle - places
    yaws, found = np.arctan2(to[:, 1], to[:, 0]), []
    for number in np.argsort(np.abs(np.hypot(*to.T) - LOOK_M), kind="stable").tolist():
        yaw = float(yaws[number])
        if all(abs(math.remainder(yaw - other, math.tau)) > LOOK_RAD for _, other in found):
            found.append((number, yaw))
        if len(found) == LOOKS:
            break
    return [yaw_pose(float(places[number, 0]), float(places[number, 1]), yaw) for number, yaw in found]


def _known(records: Sequence[ObjectState], thing: ObjectTruth) -> ObjectState | None:
    """Return what a memory knows a thing as; None where it knows of no such thing there."""
    middle = (thing.low_W + thing.high_W) / 2
    near = [one for one in records if one.label == thing.label and np.linalg.norm(one.center_W - middle) < KNOWN_M]
    return min(near, key=lambda one: float(np.linalg.norm(one.center_W - middle)), default=None)


def _fetched(
    home: Home, setup: Setup, limb: Limb, data: bytes, name: str, start: np.ndarray, *, place: bool
) -> dict[str, Any]:
    """Fetch one thing, and return how that ended."""
    memory, began = setup.loaded(data, home), time.perf_counter()
    X_WB = yaw_pose(float(start[0]), float(start[1]), 0.0)
    with (
        contextlib.closing(memory),
        Simulation(
            home,
            mode="physical",
            camera=setup.camera,
            detector=setup.detector,
            X_WB=X_WB,
            start_ns=memory.view().stamp_ns + AFTER_NS,
        ) as simulation,
    ):
        thing = truth_of(simulation.world).objects[name]
        known = _known(memory.view().objects(), thing)
        assert known is not None
        row: dict[str, Any] = {"thing": name, "on": thing.support, "fetched": False, "placed": False, "why": ""}
        pick = Pick(known.id, limb, setup.navigation)
        driven = drive(simulation, memory, pick, duration_max_s=240.0)
        row |= {"pick_s": round(driven.elapsed_s, 1), "tries": pick.account[:-1]}
        row["step_max_s"] = round(max(driven.step_s), 2)
        if driven.command.status != "done":
            row["why"] = f"pick: {driven.command.reason}"
        else:
            _carried(simulation, memory, setup, start, name, row)
            if row["fetched"] and place:
                _placed(simulation, memory, setup, limb, pick, name, row)
        row["wall_s"] = round(time.perf_counter() - began, 1)
        return row


def _carried(
    simulation: Simulation, memory: SpatialMemory, setup: Setup, start: np.ndarray, name: str, row: dict[str, Any]
) -> None:
    home = Navigator((float(start[0]), float(start[1])), config=setup.navigation)
    driven: Drive = drive(simulation, memory, home, duration_max_s=240.0)
    row["fetched"] = driven.command.status == "done" and _is_in_hand(simulation, name)
    if not row["fetched"]:
        row["why"] = f"carry: {driven.command.reason}, in hand: {_is_in_hand(simulation, name)}"


def _is_in_hand(simulation: Simulation, name: str) -> bool:
    """Return whether a thing is truly between the fingers."""
    p, (body,) = bullet.api(), simulation.robot.unique_ids
    other = simulation.world.bodies[name].unique_id
    state = simulation.robot.true_state()
    thing = truth_of(simulation.world).objects.get(name)
    if thing is None or state.X_WG is None:
        return False
    p_G = inverse(state.X_WG) @ np.append((thing.low_W + thing.high_W) / 2, 1.0)
    touches = p.getContactPoints(body, other, physicsClientId=simulation.world.client)
    return bool(touches) and float(np.linalg.norm(p_G[:3])) < IN_HAND_M


def _placed(
    simulation: Simulation,
    memory: SpatialMemory,
    setup: Setup,
    limb: Limb,
    pick: Pick,
    name: str,
    row: dict[str, Any],
) -> None:
    place = Place(None, limb, setup.navigation, carried=pick.carried)
    driven = drive(simulation, memory, place, duration_max_s=240.0)
    simulation.step(20)
    row["now_on"] = _rests_on(simulation, name)
    row["placed"] = driven.command.status == "done" and row["now_on"] not in ("", "floor")
    if not row["placed"]:
        row["why"] = f"place: {driven.command.reason}, on {row['now_on']!r}"


def _rests_on(simulation: Simulation, name: str) -> str:
    """Return what a thing truly rests on: a support, or else a piece of furniture that holds it up from below, as a
    counter does beside what it has for supports; "" where nothing does, or the robot still touches it."""
    world, thing = simulation.world, truth_of(simulation.world).objects.get(name)
    if thing is None or thing.support:
        return "" if thing is None else thing.support
    found = bullet.api().getContactPoints(world.bodies[name].unique_id, physicsClientId=world.client)
    below = [world.body_of(one[2]) for one in found if one[7][2] > UPRIGHT]
    touched = {None if (body := world.body_of(one[2])) is None else body.kind for one in found}
    names = [body.name for body in below if body is not None and body.kind == "furniture"]
    return names[0] if names and "robot" not in touched else ""


def _told(rows: list[dict[str, Any]]) -> None:
    fetched, placed = (sum(row[key] for row in rows) for key in ("fetched", "placed"))
    share = clustered_mean([float(row["fetched"]) for row in rows], [row["seed"] for row in rows])
    print(f"fetched {fetched} of {len(rows)} ({share}), put down {placed}", file=sys.stderr)
    for why, count in Counter(row["why"].split(";")[0] for row in rows if row["why"]).most_common():
        print(f"  {count} x {why}", file=sys.stderr)


if __name__ == "__main__":
    main()
