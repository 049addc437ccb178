"""Time to contact: against the closed form, and against small steps."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatialmem.shortterm.contact import clearance_m, contact_s


def ask(center, size, *, yaw=0.0, velocity=(0.0, 0.0), pose=(0.0, 0.0, 0.0), twist=(1.0, 0.0, 0.0), horizon=10.0):
    return contact_s(
        np.array([center], float),
        np.array([size], float),
        np.array([yaw]),
        np.array([velocity], float),
        pose=pose,
        twist=twist,
        radius_m=0.5,
        horizon_s=horizon,
    )[0]


def test_straight_ahead_it_is_the_way_by_the_speed():
    assert ask((4.0, 0.0), (1.0, 1.0)) == pytest.approx(3.0, abs=0.01)
    assert ask((4.0, 0.0), (1.0, 1.0), velocity=(-1.0, 0.0)) == pytest.approx(1.5, abs=0.01)
    assert ask((4.0, 0.0), (1.0, 1.0), velocity=(1.0, 0.0)) == math.inf
    assert ask((4.0, 0.0), (1.0, 1.0), horizon=2.9) == math.inf
    assert ask((0.6, 0.0), (1.0, 1.0)) == 0.0


def test_what_comes_is_seen_by_a_robot_that_stands():
    assert ask((3.0, 0.0), (1.0, 1.0), velocity=(-0.5, 0.0), twist=(0.0, 0.0, 0.0)) == pytest.approx(4.0, abs=0.01)
    assert ask((3.0, 0.0), (1.0, 1.0), twist=(0.0, 0.0, 1.0)) == math.inf


places, speeds = st.floats(-4, 4), st.floats(-1, 1)


@settings(max_examples=40)
@given(places, places, st.floats(0.05, 1), st.floats(0.05, 1), st.floats(-1, 1), speeds, speeds, speeds, speeds, speeds)
def test_it_agrees_with_small_steps(x, y, length, width, yaw, vx, vy, forward, left, turn):
    found = ask((x, y), (length, width), yaw=yaw, velocity=(vx, vy), twist=(forward, left, turn), horizon=4.0)
    heading, at, gaps = 0.0, np.zeros(2), []
    steps = 800
    for step in range(steps):
        t = 4.0 * step / steps
        center = np.array([[x + vx * t, y + vy * t]])
        gaps.append(clearance_m(at[None], center, np.array([[length, width]]), np.array([yaw]), 0.5)[0])
        middle = heading + turn * 2.0 / steps
        at = at + 4.0 / steps * np.array(
            [forward * math.cos(middle) - left * math.sin(middle), forward * math.sin(middle) + left * math.cos(middle)]
        )
        heading += turn * 4.0 / steps
    touched = [4.0 * k / steps for k, gap in enumerate(gaps) if gap <= 2e-3]
    if min(gaps) > 0.01:
        assert found == math.inf
    elif min(gaps) < 1e-9:
        assert found == pytest.approx(touched[0], abs=0.05)
