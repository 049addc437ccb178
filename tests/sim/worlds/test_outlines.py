"""Outlines: whether polygons meet, checked by points and by symmetry."""

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.worlds.home import Doorway, Home, Room
from sim.worlds.outlines import Outlines, inside, meet, rectangle, swing

NEAR = st.floats(-1.5, 1.5)
TURN = st.floats(-math.pi, math.pi)
LONG = st.floats(0.1, 1.5)
RECTANGLES = st.builds(rectangle, NEAR, NEAR, TURN, LONG, LONG)


def points_in(polygon, steps: int = 15):
    u, v = np.meshgrid(np.linspace(0, 1, steps), np.linspace(0, 1, steps))
    a, b, _, d = polygon
    return (a + u[..., None] * (b - a) + v[..., None] * (d - a)).reshape(-1, 2)


def distances_into(points, polygon):
    """How far each point is inside the polygon; negative outside."""
    side = np.roll(polygon, -1, axis=0) - polygon
    normal = np.stack([-side[:, 1], side[:, 0]], axis=1) / np.linalg.norm(side, axis=1, keepdims=True)
    return ((points[:, None] - polygon[None]) * normal[None]).sum(axis=2).min(axis=1)


@settings(max_examples=150)
@given(RECTANGLES, RECTANGLES)
def test_what_shares_a_point_meets(a, b):
    if (distances_into(points_in(a), b) > 1e-6).any():
        assert meet(a, b)
    assert meet(a, b) == meet(b, a)
    if not meet(a, b):
        assert (distances_into(points_in(a), b) <= 1e-6).all()


@settings(max_examples=100)
@given(RECTANGLES, RECTANGLES, st.floats(0.01, 0.5))
def test_a_margin_keeps_apart(a, b, margin):
    if not meet(a, b, margin):
        gap = np.linalg.norm(points_in(a)[:, None] - points_in(b)[None], axis=2).min()
        assert gap >= margin - 1e-6
    assert meet(a, b, margin) or not meet(a, b)


@settings(max_examples=50)
@given(st.lists(RECTANGLES, max_size=8), RECTANGLES, st.sampled_from([0.0, 0.05, -0.01]))
def test_many_are_as_one_by_one(many, one, margin):
    outlines = Outlines(many[:3])
    outlines.add(many[3:])
    assert len(outlines) == len(many)
    assert outlines.meet(one, margin) == any(meet(one, other, margin) for other in many)


def test_inside_counts_the_walls():
    room = Room("kitchen", (0.0, 0.0), (3.0, 3.0))
    assert inside(rectangle(0.55, 1.5, 0.0, 1.0, 1.0), room)
    assert not inside(rectangle(0.54, 1.5, 0.0, 1.0, 1.0), room)
    assert not inside(rectangle(0.55, 1.5, 0.0, 1.0, 1.0), room, 0.01)


def test_a_door_sweeps_the_second_room_on_its_hinges_side():
    home = Home("h", (Room("a", (0.0, 0.0), (3.0, 3.0)), Room("b", (3.0, 0.0), (6.0, 3.0))), ())
    for rooms, into in ((("a", "b"), 1), (("b", "a"), -1)):
        for hinge in (1, -1):
            doorway = Doorway("door-1", rooms, (3.0, 1.5), door=True, hinge=hinge, angle_rad=math.pi / 2)
            corners = np.concatenate(swing(home, doorway, math.pi / 2))
            assert (into * (corners[:, 0] - 3.0) >= 0.05 - 1e-9).all()
            assert abs(into * (corners[:, 0] - 3.0)).max() > 1.0
            hinge_y = 1.5 + hinge * 0.49
            assert (hinge * (corners[:, 1] - hinge_y) <= 1e-9).all()
