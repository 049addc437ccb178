"""The built-in room: the same bytes every time, true to its boxes, and all of it is seen."""

import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatialmem import Config, Rejected
from spatialmem.episodes.synthetic import SyntheticRoom
from spatialmem.gate import GateState, admit
from spatialmem.geometry import inverse, is_rigid, transform


def slow_depth_m(room, X_WC, u, v):
    """Meet one ray with every box by the slab method, in float64: an oracle of another kind."""
    camera = room.camera
    ray = X_WC[:3, :3] @ np.array([(u - camera.cx) / camera.fx, (v - camera.cy) / camera.fy, 1.0])
    nearest = np.inf
    for box in room.boxes:
        with np.errstate(divide="ignore"):
            a, b = (np.array(box.min_m) - X_WC[:3, 3]) / ray, (np.array(box.max_m) - X_WC[:3, 3]) / ray
        enter, leave = np.minimum(a, b).max(), np.maximum(a, b).min()
        if 0 < enter < leave:
            nearest = min(nearest, enter)
    return nearest


def distance_to_boxes_m(room, points_W):
    """Return how far each point is from the nearest surface of a box."""
    nearest = np.full(len(points_W), np.inf)
    for box in room.boxes:
        low, high = np.array(box.min_m), np.array(box.max_m)
        outside = np.maximum(np.maximum(low - points_W, points_W - high), 0)
        inside = np.minimum(points_W - low, high - points_W).min(axis=1)
        nearest = np.minimum(nearest, np.where(inside > 0, inside, np.sqrt((outside**2).sum(axis=1))))
    return nearest


def test_the_same_bytes_every_time(room):
    a, b = SyntheticRoom().frame(17), room.frame(17)
    assert a.depth.tobytes() == b.depth.tobytes()
    np.testing.assert_array_equal(a.color, b.color)
    assert a.X_WC.tobytes() == b.X_WC.tobytes()
    assert SyntheticRoom(seed=1).frame(17).depth.tobytes() != a.depth.tobytes()


def test_nothing_changes_unnoticed(room):
    """The one hash in these tests: the room promises equal bits on every CPU."""
    digest = hashlib.blake2b(digest_size=8)
    for index in (0, 37, 81):
        frame = room.frame(index)
        for array in (frame.depth, frame.color, frame.X_WC):
            digest.update(np.asarray(array).tobytes())
    assert digest.hexdigest() == GOLDEN


@settings(max_examples=60)
@given(st.integers(0, 119), st.integers(0, 319), st.integers(0, 239))
def test_depth_is_that_of_an_independent_ray_caster(index, u, v):
    room = SyntheticRoom()
    X_WC = room.pose(index)
    near = [
        slow_depth_m(room, X_WC, u + du, v + dv) for du, dv in ((0, 0), (-0.02, 0), (0.02, 0), (0, -0.02), (0, 0.02))
    ]
    if np.ptp(near) < 0.02:  # on an edge either surface is right
        assert room.depth_m(X_WC)[v, u] == pytest.approx(near[0], abs=1e-4)


@pytest.mark.parametrize("index", [0, 33, 71])
def test_measured_points_lie_on_the_boxes(room, index):
    frame = room.frame(index)
    true_m = room.depth_m(frame.X_WC)
    v, u = np.nonzero(frame.depth)
    z = true_m[v, u].astype(float)
    camera = room.camera
    points_C = np.stack([(u - camera.cx) / camera.fx * z, (v - camera.cy) / camera.fy * z, z], axis=1)
    assert distance_to_boxes_m(room, transform(frame.X_WC, points_C)).max() < 1e-4
    error_m = frame.depth[v, u] * 0.001 - z
    sigma_m = 0.0012 + 0.0019 * (z - 0.4) ** 2
    assert 0.9 < np.std(error_m / np.hypot(sigma_m, 0.0003)) < 1.1
    assert abs(np.mean(error_m / sigma_m)) < 0.05


def test_the_walk_is_closed_smooth_and_clear_of_furniture(room):
    poses = [room.pose(index) for index in range(len(room))]
    assert all(is_rigid(X_WC, 1e-9) for X_WC in poses)
    np.testing.assert_allclose(room.pose(len(room)), poses[0], atol=1e-9)
    p_WC = np.array([X_WC[:3, 3] for X_WC in poses])
    steps_m = np.linalg.norm(np.diff(p_WC, axis=0, append=p_WC[:1]), axis=1)
    assert 0.03 < steps_m.min() < steps_m.max() < 0.15
    assert distance_to_boxes_m(room, p_WC).min() > 0.3
    assert all(X_WC[2, 1] < 0 for X_WC in poses), "upright: y of C points down"


def test_the_whole_room_is_seen(room):
    """Of points all over the walls, the floor and the table top, nearly all are in view of some frame."""
    lines = {
        name: np.arange(low + 0.125, high, 0.25) for name, low, high in (("x", -3, 3), ("y", -2.5, 2.5), ("z", 0, 2.6))
    }
    floor = [(x, y, 0.0) for x in lines["x"] for y in lines["y"]]
    walls = [(s * 3.0, y, z) for s in (-1, 1) for y in lines["y"] for z in lines["z"] if z < 2.0]
    walls += [(x, s * 2.5, z) for s in (-1, 1) for x in lines["x"] for z in lines["z"] if z < 2.0]
    table = [(x, y, 0.74) for x in np.arange(-0.6, 0.85, 0.1) for y in np.arange(-0.3, 0.5, 0.1)]
    for points, enough in ((floor, 0.75), (walls, 0.7), (table, 0.9)):
        points_W = np.array(points)
        seen = np.zeros(len(points_W), bool)
        for index in range(0, len(room), 2):
            X_WC = room.pose(index)
            points_C = transform(inverse(X_WC), points_W)
            z = np.maximum(points_C[:, 2], 1e-3)
            u = np.rint(points_C[:, 0] / z * room.camera.fx + room.camera.cx).astype(int)
            v = np.rint(points_C[:, 1] / z * room.camera.fy + room.camera.cy).astype(int)
            inside = (points_C[:, 2] > 0.1) & (u >= 0) & (u < 320) & (v >= 0) & (v < 240)
            depth_m = room.depth_m(X_WC)[np.clip(v, 0, 239), np.clip(u, 0, 319)]
            seen |= inside & (np.abs(depth_m - z) < 0.05)
        assert seen.mean() > enough


def test_the_gate_lets_every_frame_in(room):
    state = GateState()
    for frame in room:
        answer, state = admit(frame, state, Config())
        assert not isinstance(answer, Rejected), answer


def test_things_are_named(room):
    labels = {box.label for box in room.boxes}
    assert {"floor", "wall", "table", "chair", "sofa", "shelf", "mug", "bottle", "bowl", "laptop"} <= labels
    assert len({box.name for box in room.boxes if box.label == "chair"}) == 4
    for box in room.boxes:
        assert all(low < high for low, high in zip(box.min_m, box.max_m, strict=True))


GOLDEN = "6623ff618f6510c0"
