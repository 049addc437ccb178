"""How often a thing that stands openly is fetched: grasped by friction, carried to where the robot began, put down.

    python tests/benchmarks/fetching_in_sim.py --homes 10 --things 5

Homes come from seeds, and the memory from a survey of all of the floor (`sim.suites.survey`); nothing is moved. The
physics runs at 240 Hz and the pictures are rendered. Asked for are things that a hand of 8 cm can take, that stand
openly, that the memory knows, and that the arm truly reaches: from some pose of the base on the true floor, joint
vectors bring the hand to the thing and to before it, with the robot in nothing. A thing is fetched when it is truly in
the hand at the end of carrying; it is put down when it then truly rests on the support that the planner named.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import sys
import time
from collections import Counter
from typing import Any

import numpy as np

from planners.manipulation.config import ManipulationConfig
from planners.manipulation.limb import Limb
from planners.manipulation.pick import Pick
from planners.manipulation.place import Place
from planners.navigation import Navigator
from sim import bullet
from sim.drivers import manipulation_of
from sim.loop import Drive, drive
from sim.poses import compose, yaw_pose
from sim.robots import HuskyPanda
from sim.sensors.sensor import camera_of
from sim.simulation import Simulation
from sim.suites.intervals import clustered_mean
from sim.suites.setup import Setup
from sim.suites.survey import surveyed
from sim.suites.true_floor import TrueFloor
from sim.worlds import Home, World, generate_home, truth_of
from sim.worlds.truth.truth import ObjectTruth
from spatialmem import ManualClock, SpatialMemory, inverse

LABELS = (
    "apple", "bottle", "bowl", "can", "candle", "carton", "cereal", "clock", "cube", "cup", "mug", "ornament", "remote",
    "tool", "toy",
)  # fmt: skip
RIMS = ("bowl", "cup", "mug")
BEFORE_M, TOUCH_M = 0.06, 0.004
BASES, NEAR_M = 60, 1.0
IN_HAND_M = 0.15
AFTER_NS = 10**9


def main() -> None:
    arguments = _arguments()
    limb, setup, rows = Limb(ManipulationConfig.of(manipulation_of(HuskyPanda))), Setup(), []
    for seed in range(arguments.first, arguments.first + arguments.homes):
        home = generate_home(seed)
        data, names, start = _prepared(home, setup, limb, arguments.things, seed)
        for name, label in names:
            row = _fetched(home, setup, limb, data, name, label, start, place=not arguments.no_place)
            rows.append({"seed": seed, **row})
            print(json.dumps(rows[-1]), flush=True)
    _told(rows)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="How often a thing that stands openly is fetched.")
    parser.add_argument("--homes", type=int, default=10)
    parser.add_argument("--first", type=int, default=0, help="the first home's seed")
    parser.add_argument("--things", type=int, default=5, help="in each home")
    parser.add_argument("--no-place", action="store_true", help="end when it was carried")
    return parser.parse_args()


def _prepared(
    home: Home, setup: Setup, limb: Limb, count: int, seed: int
) -> tuple[bytes, list[tuple[str, str]], np.ndarray]:
    """Return a memory of a home, the things that are asked for by name and label, and where the robot begins."""
    memory = setup.memory(home)
    with World(home) as world, contextlib.closing(memory):
        floor = TrueFloor(world, setup.kind)
        surveyed(world, setup, camera_of(world, setup.camera, "physical"), floor, memory, 0)
        view, found = memory.view(), []
        robot = HuskyPanda(world, yaw_pose(0.0, 0.0, 0.0), mode="fast", clock=ManualClock(0), name="probe")
        for thing in truth_of(world).objects.values():
            if len(found) == count:
                break
            if thing.label not in LABELS or thing.hidden_in or thing.support == "floor":
                continue
            middle = (thing.low_W + thing.high_W) / 2
            known = [one for one in view.objects() if one.label == thing.label]
            if not any(np.linalg.norm(one.center_W - middle) < 0.1 for one in known):
                continue
            if _is_reachable(world, robot, thing, floor, limb):
                found.append((thing.name, thing.label))
        start = floor.any_spot(np.random.default_rng(seed))
        return memory.dump(), found, start


def _is_reachable(world: World, robot: HuskyPanda, thing: ObjectTruth, floor: TrueFloor, limb: Limb) -> bool:
    """Return whether the hand truly gets to a thing from some pose of the base, with nothing touched on the way in."""
    middle = (thing.low_W + thing.high_W) / 2
    places = floor.middles_m(floor.main)
    near = places[np.hypot(*(places - middle[:2]).T) <= NEAR_M]
    near = near[np.argsort(np.hypot(*(near - middle[:2]).T), kind="stable")]
    bases = [
        (*p_m.tolist(), math.tau * turn / 8)
        for p_m in near
        for turn in range(8)
        if _fits(floor, p_m, math.tau * turn / 8)
    ]
    step = max(len(bases) // BASES, 1)
    return any(
        _is_reached(world, robot, thing, X_WG, yaw_pose(x, y, yaw), limb)
        for x, y, yaw in bases[::step]
        for X_WG in _hand_poses(thing)
    )


def _fits(floor: TrueFloor, p_m: np.ndarray, yaw: float) -> bool:
    """Return whether the outline is over free floor."""
    length, width = (side / 2 + 0.02 for side in HuskyPanda.footprint_m)
    xs, ys = np.meshgrid(np.arange(-length, length + 0.04, 0.05), np.arange(-width, width + 0.04, 0.05))
    c, s = math.cos(yaw), math.sin(yaw)
    spots = p_m + np.column_stack([xs.ravel(), ys.ravel()]) @ np.array([[c, s], [-s, c]])
    cells = [floor.grid.cell_of(x, y) for x, y in spots.tolist()]
    rows, columns = floor.grid.free.shape
    return all(0 <= row < rows and 0 <= column < columns and floor.grid.free[row, column] for row, column in cells)


def _hand_poses(thing: ObjectTruth) -> list[np.ndarray]:
    """Return poses of the hand at a thing: straight down over it or its rim, and level from all round."""
    x, y, z = ((thing.low_W + thing.high_W) / 2).tolist()
    top, radius = float(thing.high_W[2]), float((thing.high_W - thing.low_W)[:2].min() / 2)
    yaw = math.atan2(thing.X_WK[1, 0], thing.X_WK[0, 0])
    poses = []
    for turn in range(8):
        to = yaw + math.tau * turn / 8
        c, s = math.cos(to), math.sin(to)
        aside = radius if thing.label in RIMS else 0.0
        down = np.eye(4)
        down[:3, :3] = np.column_stack([(s, -c, 0.0), (c, s, 0.0), (0.0, 0.0, -1.0)]) * (-1.0, 1.0, 1.0)
        down[:3, 0] = np.cross(down[:3, 1], down[:3, 2])
        down[:3, 3] = x + aside * c, y + aside * s, max(top - 0.03, float(thing.low_W[2]) + 0.012)
        poses.append(down)
        if top - thing.low_W[2] >= 0.08 and thing.label not in RIMS:
            level = np.eye(4)
            level[:3, 2], level[:3, 1] = (c, s, 0.0), (-s, c, 0.0)
            level[:3, 0] = np.cross(level[:3, 1], level[:3, 2])
            level[:3, 3] = x, y, z
            poses.append(level)
    return poses


def _is_reached(
    world: World, robot: HuskyPanda, thing: ObjectTruth, X_WG: np.ndarray, X_WB: np.ndarray, limb: Limb
) -> bool:
    before = X_WG.copy()
    before[:3, 3] -= BEFORE_M * X_WG[:3, 2]
    X_RW = limb.X_RW(X_WB)
    X_RG = X_RW @ before
    if limb.reach.at(X_RG[None, :3, 3], X_RG[None, :3, 2])[0] <= 0.0:
        return False
    for joints in limb.inverse.solve(X_RG, limb.stowed_rad, count=2, tries=6):
        end = limb.inverse.follow(X_RW @ X_WG, joints)
        if end is not None and all(_is_clear(world, robot, thing, X_WB, one, limb) for one in (joints, end)):
            return True
    return False


def _is_clear(
    world: World, robot: HuskyPanda, thing: ObjectTruth, X_WB: np.ndarray, joints: np.ndarray, limb: Limb
) -> bool:
    """Return whether the robot, so placed, is in nothing but the thing."""
    p, (body,), client = bullet.api(), robot.unique_ids, world.client
    X_WR = compose(X_WB, HuskyPanda.X_BR)
    quaternion = p.getQuaternionFromEuler((0.0, 0.0, math.atan2(X_WB[1, 0], X_WB[0, 0])))
    info = p.getDynamicsInfo(body, -1, physicsClientId=client)
    X_WR[:3, 3] += X_WR[:3, :3] @ np.array(info[3])
    p.resetBasePositionAndOrientation(body, X_WR[:3, 3].tolist(), quaternion, physicsClientId=client)
    wanted = {**limb.model.positions(joints), **dict.fromkeys(limb.config.finger_joints, 0.04)}
    for number in range(p.getNumJoints(body, physicsClientId=client)):
        name = p.getJointInfo(body, number, physicsClientId=client)[1].decode()
        if name in wanted:
            p.resetJointState(body, number, wanted[name], physicsClientId=client)
    for other in world.bodies.values():
        if other.name in (thing.name, "floor", robot.name) or other.name in world.absent:
            continue
        points = p.getClosestPoints(body, other.unique_id, 0.0, physicsClientId=client)
        if min((point[8] for point in points or ()), default=0.0) < -TOUCH_M:
            return False
    return True


def _fetched(
    home: Home, setup: Setup, limb: Limb, data: bytes, name: str, label: str, start: np.ndarray, *, place: bool
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
        middle = (thing.low_W + thing.high_W) / 2
        known = min(
            (one for one in memory.view().objects() if one.label == label),
            key=lambda one: float(np.linalg.norm(one.center_W - middle)),
        )
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
    thing = truth_of(simulation.world).objects.get(name)
    row["now_on"] = "" if thing is None else thing.support
    row["placed"] = driven.command.status == "done" and row["now_on"] not in ("", "floor")
    if not row["placed"]:
        row["why"] = f"place: {driven.command.reason}, on {row['now_on']!r}"


def _told(rows: list[dict[str, Any]]) -> None:
    fetched, placed = (sum(row[key] for row in rows) for key in ("fetched", "placed"))
    share = clustered_mean([float(row["fetched"]) for row in rows], [row["seed"] for row in rows])
    print(f"fetched {fetched} of {len(rows)} ({share}), put down {placed}", file=sys.stderr)
    for why, count in Counter(row["why"].split(";")[0] for row in rows if row["why"]).most_common():
        print(f"  {count} x {why}", file=sys.stderr)


if __name__ == "__main__":
    main()
