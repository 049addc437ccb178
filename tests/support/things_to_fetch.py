"""Homes with things to fetch: such as a hand can take, on supports where the arm truly gets to them."""

from __future__ import annotations

import math

import numpy as np

from planners.manipulation.limb import Limb
from sim import bullet
from sim.people.reach import OPEN_ABOVE_M, put_places
from sim.poses import compose, yaw_pose
from sim.robots import HuskyPanda
from sim.suites.true_floor import TrueFloor
from sim.worlds import Home, World, truth_of
from sim.worlds.built.resting import load_of
from sim.worlds.truth.truth import ObjectTruth
from spatialmem import ManualClock

__all__ = ["LABELS", "set_out"]

LABELS = (
    "apple", "bottle", "bowl", "can", "candle", "carton", "cereal", "clock", "cube", "cup", "mug", "ornament", "remote",
    "tool", "toy",
)  # fmt: skip
RIMS = ("bowl", "cup", "mug")
WIDE_M = 0.074
"""A hand that opens to 8 cm takes what is so thin somewhere, or has a rim."""
HEIGHTS, DIRECTIONS, PAD_M, FINGER_M = (0.3, 0.5, 0.7, 0.85), 8, 0.015, 0.01
BEFORE_M, TOUCH_M = 0.06, 0.004
BASES, NEAR_M = 60, 1.0
SPOTS = 3
"""So many spots of a support are tried for a thing."""


def set_out(home: Home, limb: Limb, count: int, rng: np.random.Generator) -> tuple[Home, tuple[str, ...]]:
    """Return a home and the names of `count` things in it that stand openly where the arm truly reaches them.

    They are those that stand so in the home as it was made, in an order by chance; where these are too few, others of
    its things are put, by chance, on the open tops of its furniture, free of what stands there. Fewer where the home
    has no more such things or no room, or where what was put stands in the way. All that a thing is put for is that it
    can be reached: from some pose of the base on the true floor, joint vectors bring the hand to the thing and to
    before it, with the robot in nothing.
    """
    with World(home) as world:
        floor = TrueFloor(world, HuskyPanda)
        robot = HuskyPanda(world, yaw_pose(0.0, 0.0, 0.0), mode="fast", clock=ManualClock(0), name="probe")
        things = [one for one in truth_of(world).objects.values() if _fits_hand(world, one)]
        order = [things[k] for k in rng.permutation(len(things)).tolist()]
        found = []
        for thing in order:
            openly = not thing.hidden_in and thing.support != "floor"
            if len(found) < count and openly and _is_reachable(world, robot, thing, floor, limb):
                found.append(thing.name)
        for thing in order:
            is_wanted = len(found) < count and thing.name not in found and not load_of(world, thing.name)
            if is_wanted and _is_put(world, robot, thing.name, floor, limb, rng):
                found.append(thing.name)
        truth = truth_of(world).objects
        return world.settled, tuple(one for one in found if _is_reachable(world, robot, truth[one], floor, limb))


def _fits_hand(world: World, thing: ObjectTruth) -> bool:
    """Return whether a thing is of those that are asked for, and has a rim or is somewhere thin enough for the hand: by
    rays about its middle, as far apart as a finger is wide, from two sides, at some heights, all round."""
    if thing.label not in LABELS or thing.label in RIMS:
        return thing.label in LABELS
    low, high = thing.low_W, thing.high_W
    middle, beyond_m = (low + high) / 2, float(np.hypot(*(high - low)[:2])) / 2 + 0.01
    for share in HEIGHTS:
        middle[2] = min(low[2] + share * (high[2] - low[2]), high[2] - PAD_M)
        for turn in range(DIRECTIONS):
            c, s = math.cos(math.pi * turn / DIRECTIONS), math.sin(math.pi * turn / DIRECTIONS)
            out, aside = beyond_m * np.array([c, s, 0.0]), FINGER_M * np.array([-s, c, 0.0])
            begins = [
                min(
                    _depth(world, thing.name, at + sign * out, at - sign * out)
                    for at in (middle - aside, middle, middle + aside)
                )
                for sign in (1.0, -1.0)
            ]
            if max(begins) < 1.0 and 2 * beyond_m * (1.0 - sum(begins)) <= WIDE_M:
                return True
    return False


def _depth(world: World, name: str, start_W: np.ndarray, end_W: np.ndarray) -> float:
    """Return at which share of a straight line a thing begins; 1 where the line does not meet it first."""
    hit = bullet.api().rayTest(start_W.tolist(), end_W.tolist(), physicsClientId=world.client)[0]
    return float(hit[2]) if hit[0] == world.bodies[name].unique_id else 1.0


def _is_put(world: World, robot: HuskyPanda, name: str, floor: TrueFloor, limb: Limb, rng: np.random.Generator) -> bool:
    """Put a thing on top of some piece of furniture, where it can be reached; return False where that is nowhere."""
    before = world.X_WK(name)
    tops = [one for one in world.supports.values() if not one.behind and one.headroom_m >= OPEN_ABOVE_M]
    for number in rng.permutation(len(tops)).tolist():
        for tried, X_WK in enumerate(put_places(world, name, tops[number], floor.middles_m(floor.main), rng)):
            world.place(name, X_WK)
            if _is_reachable(world, robot, truth_of(world).objects[name], floor, limb):
                return True
            if tried + 1 == SPOTS:
                break
    world.place(name, before)
    return False


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
