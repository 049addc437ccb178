"""Grasps of boxes, cans, balls and bowls as points: the fingers close on both sides, and nothing else is in the way."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planners.manipulation.grasps import Hand, Thing, grasps_of, mirrored, over_sides

TABLE_M = 0.74
HAND = Hand()


def box(x_m: float, y_m: float, z_m: float, *, yaw: float = 0.3, at: tuple[float, float] = (1.0, 2.0)) -> Thing:
    """A box as a camera over it sees it: its top and sides, at 4 mm."""
    xs, ys, zs = (np.arange(0.0, side + 0.002, 0.004) - side / 2 for side in (x_m, y_m, z_m))
    faces = [np.stack(np.meshgrid(xs, ys, [z_m / 2]), axis=-1).reshape(-1, 3)]
    faces += [np.stack(np.meshgrid([s * x_m / 2], ys, zs), axis=-1).reshape(-1, 3) for s in (-1, 1)]
    faces += [np.stack(np.meshgrid(xs, [s * y_m / 2], zs), axis=-1).reshape(-1, 3) for s in (-1, 1)]
    return standing(np.concatenate(faces), np.array([x_m, y_m, z_m]), yaw, at)


def standing(points: np.ndarray, size_m: np.ndarray, yaw: float, at: tuple[float, float]) -> Thing:
    c, s = math.cos(yaw), math.sin(yaw)
    center = np.array([*at, TABLE_M + size_m[2] / 2])
    turned = points @ np.array([[c, s, 0.0], [-s, c, 0.0], [0.0, 0.0, 1.0]])
    return Thing(points_W=turned + center, center_W=center, size_m=size_m, yaw_rad=yaw)


def round_thing(radius_m: float, z_m: float, *, top: bool = True) -> Thing:
    """A can, or without its top something hollow."""
    angle, z = np.meshgrid(np.linspace(-math.pi, math.pi, 90), np.arange(0.0, z_m + 0.002, 0.004) - z_m / 2)
    wall = np.stack([radius_m * np.cos(angle), radius_m * np.sin(angle), z], axis=-1).reshape(-1, 3)
    grid = np.stack(np.meshgrid(*[np.arange(-radius_m, radius_m, 0.004)] * 2), axis=-1).reshape(-1, 2)
    inside = grid[np.hypot(*grid.T) < radius_m]
    lid = np.column_stack([inside, np.full(len(inside), z_m / 2 if top else 0.01 - z_m / 2)])
    return standing(np.concatenate([wall, lid]), np.array([2 * radius_m, 2 * radius_m, z_m]), 0.0, (1.0, 2.0))


@settings(max_examples=10, deadline=None)
@given(
    x_m=st.floats(0.03, 0.065), y_m=st.floats(0.03, 0.16), z_m=st.floats(0.05, 0.2), yaw=st.floats(-math.pi, math.pi)
)
def test_the_fingers_close_across_a_box(x_m, y_m, z_m, yaw):
    thing = box(x_m, y_m, z_m, yaw=yaw)
    found = grasps_of(thing)
    assert found
    best = found[0]
    assert best.width_m <= HAND.width_max_m
    R_KW = np.array([[math.cos(yaw), math.sin(yaw), 0.0], [-math.sin(yaw), math.cos(yaw), 0.0], [0.0, 0.0, 1.0]])
    way_K = np.abs(R_KW @ best.X_WG[:3, 1])
    across = x_m if way_K[0] > way_K[1] else y_m
    assert best.width_m == pytest.approx(across / max(way_K[:2]), abs=0.02)
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)


@settings(max_examples=10, deadline=None)
@given(x_m=st.floats(0.02, 0.065), z_m=st.floats(0.04, 0.2))
def test_no_grasp_reaches_into_what_the_thing_stands_on(x_m, z_m):
    for grasp in grasps_of(box(x_m, 0.05, z_m)):
        X_WG = grasp.X_WG
        np.testing.assert_allclose(X_WG[:3, :3].T @ X_WG[:3, :3], np.eye(3), atol=1e-9)
        assert np.linalg.det(X_WG[:3, :3]) == pytest.approx(1.0)
        tips = X_WG[:3, 3] + HAND.tip_m * X_WG[:3, 2]
        assert tips[2] > TABLE_M
        assert X_WG[2, 2] <= 1e-9, "no hand comes from below"
        assert X_WG[2, 1] == pytest.approx(0.0, abs=1e-9), "the fingers move on a level"


def test_what_is_too_thick_everywhere_is_not_grasped():
    assert grasps_of(box(0.12, 0.15, 0.1)) == ()


def test_a_thing_of_a_few_points_is_not_grasped():
    thing = box(0.05, 0.05, 0.05)
    few = Thing(points_W=thing.points_W[:5], center_W=thing.center_W, size_m=thing.size_m, yaw_rad=0.0)
    assert grasps_of(few) == ()


def test_a_can_is_taken_from_all_round_and_from_above():
    found = grasps_of(round_thing(0.033, 0.115))
    sources = {one.source for one in found}
    assert {"top", "side"} <= sources
    assert all(one.width_m <= 0.067 for one in found)
    level = [math.atan2(one.X_WG[1, 2], one.X_WG[0, 2]) for one in found if one.source == "side"]
    assert max(level) - min(level) > math.pi


def test_a_wide_bowl_is_taken_by_its_rim():
    found = grasps_of(round_thing(0.08, 0.07, top=False))
    assert found
    assert {one.source for one in found} == {"rim"}
    for one in found:
        assert np.hypot(*(one.X_WG[:2, 3] - (1.0, 2.0))) == pytest.approx(0.08, abs=0.01)
        assert one.open_m < HAND.width_max_m, "a hand that is wide open would push what is in it"


def test_a_solid_thing_has_no_rim():
    assert not any(one.source == "rim" for one in grasps_of(round_thing(0.033, 0.115)))


def test_a_corner_is_no_place_to_pinch():
    """Both faces of a corner lean by 45 degrees: fingers slide off."""
    for one in grasps_of(box(0.068, 0.10, 0.2)):
        if one.source == "side":
            off = (math.atan2(one.X_WG[1, 1], one.X_WG[0, 1]) - 0.3) % (math.pi / 2)
            assert min(off, math.pi / 2 - off) <= math.radians(31)


def test_what_both_fingers_close_on_is_opposite():
    """Two posts on a plate: a hand that came with one near its palm and one at its tips would turn the plate out."""
    post = np.stack(np.meshgrid(*[np.arange(-0.006, 0.007, 0.003)] * 2, np.arange(-0.05, 0.051, 0.003)), axis=-1)
    posts = [post.reshape(-1, 3) + np.array([side * 0.028, 0.0, 0.0]) for side in (-1.0, 1.0)]
    thing = standing(np.concatenate(posts), np.array([0.068, 0.012, 0.1]), 0.0, (1.0, 2.0))
    found = grasps_of(thing)
    assert found
    for grasp in found:
        across = (thing.points_W - grasp.X_WG[:3, 3]) @ grasp.X_WG[:3, :3]
        left, right = (across[half] for half in np.split(np.arange(len(across)), 2))
        apart = np.abs(left.mean(axis=0) - right.mean(axis=0))
        assert grasp.width_m < 0.03 or apart[2] <= 0.025


def test_a_round_thing_is_taken_by_its_middle_though_its_box_is_smeared():
    """Depth draws a can's box out: what it would be taken a quarter of its length aside by leans out of the fingers."""
    can = round_thing(0.033, 0.10)
    found = grasps_of(replace(can, size_m=np.array([0.086, 0.066, 0.10])))
    aside_m = [float((can.center_W - one.X_WG[:3, 3]) @ one.X_WG[:3, 0]) for one in found if one.source == "top"]
    assert aside_m
    assert max(map(abs, aside_m)) <= 0.018


def test_of_a_thing_seen_from_one_side_the_other_is_its_mirror():
    whole = round_thing(0.033, 0.115)
    seen = whole.points_W[whole.points_W[:, 0] < 1.0]
    half = Thing(points_W=seen, center_W=whole.center_W, size_m=whole.size_m, yaw_rad=0.0)
    points_W = mirrored(half)
    assert np.ptp(points_W[:, 0]) == pytest.approx(0.066, abs=0.004)
    assert np.ptp(points_W[:, 1]) == pytest.approx(0.066, abs=0.004)


def test_a_hand_may_be_turned_and_drawn_back():
    grasp = grasps_of(box(0.05, 0.05, 0.06))[0]
    back = grasp.backed(0.1)
    np.testing.assert_allclose(grasp.X_WG[:3, 3] - back[:3, 3], 0.1 * grasp.X_WG[:3, 2], atol=1e-12)
    turned = grasp.turned()
    np.testing.assert_allclose(turned.X_WG[:3, 1], -grasp.X_WG[:3, 1])
    np.testing.assert_allclose(turned.X_WG[:3, 2:], grasp.X_WG[:3, 2:])
    assert np.linalg.det(turned.X_WG[:3, :3]) == pytest.approx(1.0)


def test_of_a_box_alone_each_side_may_be_taken_from_above():
    thing = box(0.16, 0.12, 0.07)
    sides = over_sides(thing)
    assert len(sides) == 4
    away = {round(float(np.hypot(*(one.X_WG[:2, 3] - thing.center_W[:2]))), 3) for one in sides}
    assert away == {0.08, 0.06}


@pytest.mark.parametrize(("x_m", "y_m", "yaw"), [(0.168, 0.048, 0.0), (0.048, 0.168, -math.pi / 2)])
def test_a_long_thing_is_taken_along_all_of_it_whichever_axis_of_its_box_is_longer(x_m, y_m, yaw):
    along_m = [float(g.X_WG[0, 3]) - 1.0 for g in grasps_of(box(x_m, y_m, 0.028, yaw=yaw)) if g.source == "top"]
    assert min(along_m) == pytest.approx(-0.042, abs=0.01)
    assert max(along_m) == pytest.approx(0.042, abs=0.01)
    assert min(map(abs, along_m)) < 0.01
