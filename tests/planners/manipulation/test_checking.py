"""Whether an arm is clear: as sphere by sphere in NumPy, whole ways as looked at densely, words for why not."""

import math

import numpy as np
import pytest
from panda_arm import READY_RAD, panda

from planners.manipulation.checking import KEEP_M, SLIP_M, ArmCheck
from planners.manipulation.kernels import warm_up
from planners.manipulation.scene import ThingBox, field_of
from planners.manipulation.spheres import OwnBox, arm_body, box_spheres, panda_spheres
from spatialmem import Octree, OctreeConfig, State

ARM = panda()
READY = np.array(READY_RAD)
BOUNDS_M = ((-1.3, -1.3, -0.9), (1.3, 1.3, 1.5))
TABLE = ThingBox(center_W=np.array([0.5, 0.3, 0.3]), size_m=np.array([0.6, 0.6, 0.04]), yaw_rad=0.3)
POST = ThingBox(center_W=np.array([0.5, -0.3, 0.5]), size_m=np.array([0.1, 0.1, 1.0]), yaw_rad=0.7)


def room_with(things, voxel_size_m=0.02, bounds_m=BOUNDS_M):
    octree = Octree(OctreeConfig(voxel_size_m=voxel_size_m, budget_mib=16))
    return field_of(octree, bounds_m, unknown_is=State.FREE, things=things)


def turned(yaw_rad, x=0.0, y=0.0):
    X = np.eye(4)
    X[:2, :2] = [[math.cos(yaw_rad), -math.sin(yaw_rad)], [math.sin(yaw_rad), math.cos(yaw_rad)]]
    X[:2, 3] = x, y
    return X


FIELD = room_with([TABLE, POST])
DECK = OwnBox("deck", turned(0.2, 0.25), (0.3, 0.5, 0.06))
HELD = box_spheres((0.05, 0.05, 0.2), np.eye(4))
BODY = arm_body(ARM, panda_spheres(), width_m=0.08, held_G=HELD, own=[DECK])
X_WR = turned(0.4, 0.05, -0.02)
CHECK = ArmCheck(BODY, FIELD, X_WR)


def room_by_numpy(joints_rad):
    """The least room of any sphere, one after the other."""
    spheres = BODY.spheres_R(joints_rad)
    points_W = spheres[:, :3] @ X_WR[:3, :3].T + X_WR[:3, 3]
    distance = FIELD.clearance_m(points_W).astype(float)
    assert not np.isnan(distance).any()
    link_of = np.zeros(len(spheres), int)
    frame_of = np.zeros(len(spheres), int)
    for link, (frame, first, end) in enumerate(BODY.parts.tolist()):
        some = slice(BODY.members[first, 0], BODY.members[end - 1, 1])
        link_of[some], frame_of[some] = link, frame
    rooms = [(distance - spheres[:, 3] - KEEP_M)[frame_of > 0].min()]
    local = (spheres[:, :3] - DECK.X_RK[:3, 3]) @ DECK.X_RK[:3, :3]
    over = np.abs(local) - np.array(DECK.size_m) / 2
    to_deck = np.where((over > 0).any(axis=1), np.linalg.norm(np.maximum(over, 0), axis=1), over.max(axis=1))
    rooms.append((to_deck - spheres[:, 3])[frame_of > 1].min())
    for a, b in BODY.pairs.tolist():
        first, second = spheres[link_of == a], spheres[link_of == b]
        apart = np.linalg.norm(first[:, None, :3] - second[None, :, :3], axis=2)
        rooms.append((apart - first[:, None, 3] - second[None, :, 3]).min())
    return min(rooms)


def anywhere(seed, count):
    return np.random.default_rng(seed).uniform(ARM.low_rad, ARM.high_rad, (count, 7))


def test_the_kernels_say_what_numpy_says():
    free = 0
    for joints_rad in anywhere(0, 100):
        room = room_by_numpy(joints_rad)
        assert CHECK.least_room_m(joints_rad) == pytest.approx(room, abs=1e-5)
        if abs(room) > 1e-5:
            assert CHECK.is_free(joints_rad) == (room > 0)
            assert (CHECK.touching(joints_rad) == "") == (room > 0)
            free += room > 0
    assert 15 < free < 85  # both are met


def test_a_free_way_is_free_wherever_it_is_looked_at():
    rng, free = np.random.default_rng(1), 0
    for start in anywhere(2, 60):
        end = start + rng.uniform(-0.6, 0.6, 7)
        densely = min(CHECK.least_room_m(start + (end - start) * share) for share in np.linspace(0, 1, 30))
        if CHECK.is_way_free(start, end):
            assert densely >= -SLIP_M - 1e-6
            free += 1
        else:
            steps = np.linspace(0, 1, 300)
            assert densely < 0.01 or min(CHECK.least_room_m(start + (end - start) * share) for share in steps) < 0
    assert 8 < free < 52


def test_a_thin_thing_between_two_free_vectors_is_not_jumped_over():
    post = ThingBox(center_W=np.array([0.32, 0.0, 0.5]), size_m=np.array([0.011, 0.011, 1.2]), yaw_rad=0.0)
    check = ArmCheck(arm_body(ARM, panda_spheres()), room_with([post], 0.01), np.eye(4))
    left, right = READY.copy(), READY.copy()
    left[0], right[0] = 1.2, -1.2
    assert check.is_free(left)
    assert check.is_free(right)
    assert not check.is_way_free(left, right)
    assert not check.is_path_free(np.array([left, right, right]))
    assert check.is_path_free(np.array([left, left]))
    assert check.is_path_free(left[None])


def test_words_for_what_touches():
    check = ArmCheck(arm_body(ARM, panda_spheres(), own=[DECK]), room_with([]), np.eye(4))
    assert check.touching(READY) == ""
    low = READY.copy()
    low[1], low[3] = 1.7, -1.2
    assert "touches" in check.touching(low)
    folded = np.array([0.0, -1.7, 0.0, -3.05, 0.0, 0.0, 0.0])
    assert check.touching(folded).split(" touches ")[0].startswith("panda_")
    wall = ThingBox(center_W=np.array([0.35, 0.0, 0.6]), size_m=np.array([0.2, 0.6, 0.6]), yaw_rad=0.0)
    check = ArmCheck(arm_body(ARM, panda_spheres()), room_with([wall]), np.eye(4))
    assert check.touching(READY).endswith("touches what is mapped")


def test_beside_the_field_nothing_is_free():
    field = room_with([], bounds_m=((-0.3, -0.3, -0.1), (0.3, 0.3, 1.2)))
    check = ArmCheck(arm_body(ARM, panda_spheres()), field, np.eye(4))
    assert not check.is_free(READY)


def test_more_is_kept_where_it_is_asked_for():
    near = ThingBox(center_W=np.array([0.507, 0.0, 0.26]), size_m=np.array([0.4, 0.4, 0.4]), yaw_rad=0.0)
    field, body = room_with([near]), arm_body(ARM, panda_spheres(), width_m=0.08)
    room = ArmCheck(body, field, np.eye(4), keep_m=0.0).least_room_m(READY)
    assert 0.0 < room < 0.3
    assert ArmCheck(body, field, np.eye(4), keep_m=room - 0.001).is_free(READY)
    assert not ArmCheck(body, field, np.eye(4), keep_m=room + 0.001).is_free(READY)


def test_warming_up_compiles_all():
    warm_up()
    assert warm_up() == 0
