"""The next velocity along a course, with room for the outline."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planners.navigation.config import NavigationConfig
from planners.navigation.course import Course
from planners.navigation.pursuit import Pursuit, Space, outline_of
from planners.navigation.surroundings import distance_m

CELL_M, TICK_S = 0.05, 0.05
BASE = NavigationConfig(footprint_m=(1.0, 0.6), pass_m=0.32, turn_m=0.6)


def space_of(*boxes: tuple[float, float, float, float]) -> Space:
    """12 x 12 m about the origin, with boxes (x0, y0, x1, y1) in it."""
    blocked = np.zeros((240, 240), bool)
    for box in boxes:
        x0, y0, x1, y1 = (round((c + 6.0) / CELL_M) for c in box)
        blocked[y0:y1, x0:x1] = True
    return Space(distance_m(blocked, CELL_M), np.array([-6.0, -6.0]), CELL_M)


def course_of(*points: tuple[float, float]) -> Course:
    corners = np.array(points, float)
    steps = np.hypot(*np.diff(corners, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    at = np.linspace(0.0, along[-1], int(np.ceil(along[-1] / CELL_M)) + 1)
    cells = np.column_stack([np.interp(at, along, corners[:, k]) for k in (0, 1)])
    return Course(corners, cells, float(along[-1]), np.ones(len(cells), np.float32))


def driven(pursuit: Pursuit, course: Course, pose, space: Space, seconds: float, *boxes):
    """Where the base was, tick by tick, and how near its outline came to any of some boxes."""
    outline = outline_of(BASE.footprint_m)
    poses, least = [pose], math.inf
    for _ in range(round(seconds / TICK_S)):
        forward, turn = pursuit.follow(course, pose, space, TICK_S)
        yaw = pose[2] + turn * TICK_S / 2
        step = forward * TICK_S
        pose = pose[0] + step * math.cos(yaw), pose[1] + step * math.sin(yaw), yaw + turn * TICK_S / 2
        poses.append(pose)
        c, s = math.cos(pose[2]), math.sin(pose[2])
        points = outline @ np.array([[c, s], [-s, c]]) + pose[:2]
        for x0, y0, x1, y1 in boxes:
            gap = np.maximum(np.maximum([x0, y0] - points, points - [x1, y1]), 0.0)
            least = min(least, float(np.hypot(*gap.T).min()))
    return np.array(poses), least


def test_it_follows_a_bent_course_to_its_end():
    poses, _ = driven(Pursuit(BASE), course_of((0, 0), (2, 0), (3, 2)), (0.0, 0.0, 0.0), space_of(), 15.0)
    assert math.hypot(poses[-1, 0] - 3, poses[-1, 1] - 2) < 0.1
    on = np.stack([np.interp(poses[:, 0], [0, 2, 3], [0, 0, 2])], axis=1)[:, 0]
    assert np.abs(poses[:, 1] - on).max() < 0.35


def test_it_turns_first_where_the_course_leads_back():
    pursuit = Pursuit(BASE)
    speeds = pursuit.follow(course_of((0, 0), (-3, 0.1)), (0.0, 0.0, 0.0), space_of(), TICK_S)
    assert speeds[0] == 0.0
    assert abs(speeds[1]) > 0.5


def test_it_stands_before_what_blocks_the_course_and_says_so():
    wall = (1.5, -6.0, 1.7, 6.0)
    pursuit = Pursuit(BASE)
    poses, least = driven(pursuit, course_of((0, 0), (4, 0)), (0.0, 0.0, 0.0), space_of(wall), 20.0, wall)
    assert pursuit.held_up
    assert pursuit.speeds == (0.0, 0.0)
    assert 0.0 < least < 0.4
    assert poses[-1, 0] < 1.5 - BASE.footprint_m[0] / 2


def test_it_stands_where_its_corners_have_no_room_to_turn():
    boxes = (0.2, 0.5, 0.6, 0.9), (0.2, -0.9, 0.6, -0.5)
    pursuit = Pursuit(BASE)
    assert pursuit.turn_to(math.pi, (0.0, 0.0, 0.0), space_of(*boxes)) == (0.0, 0.0)
    assert pursuit.held_up
    assert pursuit.turn_to(math.pi, (0.0, 0.0, 0.0), space_of())[1] > 0.0
    assert not pursuit.held_up


@given(
    box=st.tuples(st.floats(0.8, 3.0), st.floats(-1.0, 1.0), st.floats(0.1, 0.8), st.floats(0.1, 0.8)),
    yaw=st.floats(-3.1, 3.1),
)
@settings(max_examples=25, deadline=None)
def test_whatever_stands_there_it_is_not_run_into(box, yaw):
    x, y, width, depth = box
    solid = tuple(round(c / CELL_M) * CELL_M for c in (x, y, x + width, y + depth))
    outside = solid[0] > 0.75  # beyond the disc of the base as it starts
    if outside:
        course = course_of((0, 0), (3, 0))
        _, least = driven(Pursuit(BASE), course, (0.0, 0.0, yaw), space_of(solid), 6.0, solid)  # type: ignore[arg-type]
        assert least > 0.0


@pytest.mark.parametrize("footprint_m", [(1.0, 0.6), (0.44, 0.44), (0.3, 0.9)])
def test_the_outline_is_round_the_base_and_dense(footprint_m):
    points = outline_of(footprint_m)
    assert np.abs(points).max(axis=0) == pytest.approx(np.array(footprint_m) / 2)
    gaps = np.hypot(*(points[:, None] - points[None]).T)
    np.fill_diagonal(gaps, np.inf)
    assert gaps.min(axis=1).max() <= 0.0501
