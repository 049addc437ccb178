"""Where the outline has no room to follow the course or to turn: moves forward, back and on the spot."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planners.navigation.config import MARGIN_M, NavigationConfig
from planners.navigation.course import Ground, course_over
from planners.navigation.manoeuvre import _MOVES, Manoeuvre, search_out
from planners.navigation.pursuit import HELD_M, outline_of
from planners.navigation.steering import Steering
from planners.navigation.surroundings import distance_m
from spatialmem import Floor, State

CELL_M, TICK_S = 0.05, 0.05
HUSKY = NavigationConfig()
SMALL = NavigationConfig(footprint_m=(0.44, 0.44), pass_m=0.235, turn_m=0.27)
Box = tuple[float, float, float, float]
Pose = tuple[float, float, float]
DEAD_END: tuple[Box, ...] = (-2.0, 0.5, 2.0, 0.7), (-2.0, -0.7, 2.0, -0.5), (2.0, -0.7, 2.2, 0.7)
"""A corridor 1.0 m wide, closed at one end: too narrow for a Husky to turn in."""


def ground_of(*boxes: Box) -> Ground:
    """12 x 12 m of floor about the origin, with boxes (x0, y0, x1, y1) on it."""
    solid = np.zeros((240, 240), bool)
    for box in boxes:
        x0, y0, x1, y1 = (round((c + 6.0) / CELL_M) for c in box)
        solid[y0:y1, x0:x1] = True
    away_m = distance_m(solid, CELL_M)
    state = np.where(solid, np.uint8(State.OCCUPIED), np.uint8(State.FREE))
    known = np.ones_like(solid)
    floor = Floor(
        level=0,
        height_m=0.0,
        first_cell=(-120, -120),
        cell_m=CELL_M,
        state=state,
        clearance_m=away_m,
        wall=solid,
        known=known,
    )
    return Ground(floor, np.zeros_like(solid), away_m, away_m)


def driven(pose: Pose, speeds: tuple[float, float]) -> Pose:
    yaw = pose[2] + speeds[1] * TICK_S / 2
    x, y = pose[0] + speeds[0] * TICK_S * math.cos(yaw), pose[1] + speeds[0] * TICK_S * math.sin(yaw)
    return x, y, yaw + speeds[1] * TICK_S / 2


def room_m(pose: Pose, boxes: tuple[Box, ...], base: NavigationConfig = HUSKY) -> float:
    """How near the outline is to any of some boxes."""
    c, s = math.cos(pose[2]), math.sin(pose[2])
    points = outline_of(base.footprint_m, 0.02) @ np.array([[c, s], [-s, c]]) + pose[:2]
    least = math.inf
    for x0, y0, x1, y1 in boxes:
        gaps = np.maximum(np.maximum([x0, y0] - points, points - [x1, y1]), 0.0)
        least = min(least, float(np.hypot(*gaps.T).min()))
    return least


def follow(
    pose: Pose,
    points: list[tuple[float, float]],
    *boxes: Box,
    seconds: float = 60.0,
    base: NavigationConfig = HUSKY,
    looked_at: tuple[Box, ...] | None = None,
) -> tuple[Pose, float]:
    """Follow a course until its end is near or time is up; return where the base is then, and its least room [m], to
    the boxes or what is looked at instead."""
    steering, ground = Steering(base), ground_of(*boxes)
    course, least = course_over(ground, np.array(points)), math.inf
    for tick in range(round(seconds / TICK_S)):
        if math.dist(pose[:2], points[-1]) <= base.arrived_m:
            break
        pose = driven(pose, steering.follow(course, pose, ground, round(tick * TICK_S * 1e9), TICK_S))
        least = min(least, room_m(pose, boxes if looked_at is None else looked_at, base))
    return pose, least


def turn(pose: Pose, yaw_rad: float, *boxes: Box, seconds: float = 60.0) -> tuple[Pose, float, bool]:
    """Turn at a place; return where the base is at the end, its least room [m], and whether it was held up."""
    steering, ground, end, least = Steering(HUSKY), ground_of(*boxes), (pose[0], pose[1], yaw_rad), math.inf
    for tick in range(round(seconds / TICK_S)):
        if not steering.is_manoeuvring and abs(math.remainder(pose[2] - yaw_rad, math.tau)) <= HUSKY.arrived_rad:
            break
        pose = driven(pose, steering.turn_to(end, pose, ground, round(tick * TICK_S * 1e9)))
        least = min(least, room_m(pose, boxes))
    return pose, least, steering.held_up


def test_it_drives_back_out_of_a_dead_end_and_turns_outside():
    pose, least = follow((1.3, 0.0, 0.0), [(1.3, 0.0), (-5.0, 0.0)], *DEAD_END)
    assert math.dist(pose[:2], (-5.0, 0.0)) <= HUSKY.arrived_m
    assert abs(math.remainder(pose[2] - math.pi, math.tau)) < 0.5  # it faces where it drives once there is room
    assert least > 0.0


def test_it_leaves_a_corner_that_it_cannot_turn_in():
    walls = (-3.0, 0.45, 3.0, 0.6), (0.6, -4.0, 0.75, 0.45)
    pose, least = follow((0.0, 0.0, 0.0), [(0.0, 0.0), (0.0, -3.0)], *walls)
    assert math.dist(pose[:2], (0.0, -3.0)) <= HUSKY.arrived_m
    assert least > 0.0


def test_it_makes_room_to_turn_and_comes_back():
    boxes = (0.2, 0.5, 0.6, 0.9), (0.2, -0.9, 0.6, -0.5)
    pose, least, _ = turn((0.0, 0.0, 0.0), math.pi, *boxes)
    assert math.dist(pose[:2], (0.0, 0.0)) <= HUSKY.arrived_m + 0.02
    assert abs(math.remainder(pose[2] - math.pi, math.tau)) <= HUSKY.arrived_rad
    assert least > 0.0


def test_more_than_half_a_turn_is_made_to_the_side_that_has_room():
    quarter = math.pi / 2
    turn_moves = [row for row, move in enumerate(_MOVES.tolist()) if move[0] == 0.0 and move[1] > 0.0]
    parts = round(3 * quarter / _MOVES[turn_moves[0], 1])
    manoeuvre, pose, turned = Manoeuvre((0.0, 0.0, 0.0), turn_moves * parts, HUSKY), (0.0, 0.0, 0.0), 0.0
    for _ in range(400):
        speeds = manoeuvre.speeds(pose)
        if speeds is None:
            break
        turned += speeds[1] * TICK_S
        pose = driven(pose, speeds)
    assert abs(turned - 3 * quarter) < 0.05


WALLS_END: Box = (-3.0, -0.2, 0.0, 0.0)
MIDDLES: Box = (-3.0, -0.175, -0.025, -0.025)
"""A wall that ends at the origin, and the middles of its cells: from those the margin is kept."""


@pytest.mark.parametrize("goal_m", [(-0.53, 0.53), (1.13, -1.57), (-0.97, 1.83), (0.35, -0.35)])
@pytest.mark.parametrize("nearer_m", [0.0, 0.01, 0.02])
def test_a_base_beside_the_end_of_a_wall_gets_off_whichever_way_it_is_to_go(goal_m, nearer_m):
    """Its side is as near as it may come, or nearer, so that every arc seems to touch."""
    start = 0.205 - 0.93 * nearer_m, 0.0874 - 0.37 * nearer_m, 2.0787
    start_room_m = room_m(start, (MIDDLES,), SMALL)
    assert 0.01 < start_room_m < MARGIN_M
    pose, least_m = follow(start, [start[:2], goal_m], WALLS_END, seconds=30.0, base=SMALL, looked_at=(MIDDLES,))
    assert math.dist(pose[:2], goal_m) <= SMALL.arrived_m
    assert least_m > start_room_m - HELD_M - 0.002


def test_where_nothing_has_room_it_stands_and_says_so():
    cage = (-0.7, -0.6, -0.6, 0.6), (0.6, -0.6, 0.7, 0.6), (-0.7, 0.45, 0.7, 0.6), (-0.7, -0.6, 0.7, -0.45)
    pose, least, held_up = turn((0.0, 0.0, 0.0), 1.5, *cage, seconds=6.0)
    assert math.dist(pose[:2], (0.0, 0.0)) < 0.2
    assert held_up
    assert least > 0.0


@given(
    boxes=st.lists(
        st.tuples(st.integers(-60, 56), st.integers(-60, 56), st.integers(2, 30), st.integers(2, 30)), max_size=6
    ),
    yaw_rad=st.floats(-3.1, 3.1),
    turned_rad=st.floats(-3.1, 3.1),
)
@settings(max_examples=15, deadline=None)
def test_whatever_stands_about_it_is_not_touched(boxes, yaw_rad, turned_rad):
    solid = tuple(tuple(c * CELL_M for c in (x, y, x + wide, y + deep)) for x, y, wide, deep in boxes)
    start: Pose = (0.0, 0.0, yaw_rad)
    if room_m(start, solid) > CELL_M:  # type: ignore[arg-type]
        _, least, _ = turn(start, turned_rad, *solid, seconds=15.0)  # type: ignore[arg-type]
        assert least > 0.0
        _, least = follow(start, [(0.0, 0.0), (3.0, 0.0)], *solid, seconds=15.0)  # type: ignore[arg-type]
        assert least > 0.0


def test_a_search_is_spread_over_ticks():
    """Each call goes on from so few poses that none takes long."""
    cage = (-2.0, -0.7, -1.9, 0.7), (1.9, -0.7, 2.0, 0.7), (-2.0, 0.55, 2.0, 0.7), (-2.0, -0.7, 2.0, -0.55)
    steering, ground, ticks = Steering(HUSKY), ground_of(*cage), 0
    steering.turn_to((0.0, 0.0, 1.5), (0.0, 0.0, 0.0), ground, 0)
    assert steering.is_manoeuvring
    while steering.is_manoeuvring and ticks < 500:
        ticks += 1
        assert steering.turn_to((0.0, 0.0, 1.5), (0.0, 0.0, 0.0), ground, 0) == (0.0, 0.0)
    assert 1 < ticks < 200
    assert steering.held_up


def test_who_is_to_stand_where_it_cannot_turn_comes_in_by_moves_that_end_there():
    """Towards a wall that it is to stand along: it turns while there is room, and comes in beside it."""
    wall, end = (0.45, -3.0, 0.6, 3.0), (0.0, 0.0, math.pi / 2)
    steering, ground, pose, least, tick = Steering(HUSKY), ground_of(wall), (-2.0, 0.0, 0.0), math.inf, 0
    course = course_over(ground, np.array([pose[:2], end[:2]]))
    assert course.narrow_m[-1] < HUSKY.turn_m
    began_m = None
    while tick < 1200 and (began_m is None or steering.is_manoeuvring):
        pose, tick = driven(pose, steering.follow(course, pose, ground, tick * 50_000_000, TICK_S, end)), tick + 1
        if steering.is_closing_in and began_m is None:
            began_m = math.dist(pose[:2], end[:2])
        least = min(least, room_m(pose, (wall,)))
    assert began_m == pytest.approx(1.5, abs=0.05), "it does not begin before it is near"
    assert math.dist(pose[:2], end[:2]) <= 2.0 * HUSKY.arrived_m
    assert abs(math.remainder(pose[2] - end[2], math.tau)) <= HUSKY.arrived_rad
    assert least > 0.0


@pytest.mark.parametrize("is_to_end_turned", [True, False])
def test_where_there_is_room_to_turn_no_moves_are_looked_for(is_to_end_turned: bool):
    steering, ground, pose, tick = Steering(HUSKY), ground_of((-3.0, 2.0, 3.0, 2.2)), (-1.2, 0.0, 0.0), 0
    course, end = course_over(ground, np.array([[-1.2, 0.0], [0.0, 0.0]])), (0.0, 0.0, 1.5)
    while math.dist(pose[:2], end[:2]) > 0.05 and tick < 400:
        speeds = steering.follow(course, pose, ground, tick * 50_000_000, TICK_S, end if is_to_end_turned else None)
        pose, tick = driven(pose, speeds), tick + 1
        assert not steering.is_manoeuvring
    assert tick < 400


@pytest.mark.parametrize("is_along", [True, False])
def test_moves_out_of_a_pose_are_found_where_there_are_any(is_along: bool):
    """Along a corridor it comes out; across it, it stands between the walls, and no move leads from there."""
    walls = (-3.0, 0.6, 3.0, 0.8), (-3.0, -0.8, 3.0, -0.6)
    pose = 0.0, 0.0, 0.0 if is_along else math.pi / 2
    search, found = search_out(pose, np.array([[2.0, 0.0], [-2.0, 0.0]]), ground_of(*walls), HUSKY), None
    while not search.is_over:
        found = search.go_on() or found
    assert (found is not None) == is_along
