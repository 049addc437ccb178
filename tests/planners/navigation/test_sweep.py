"""It looks all round once from each place that it gets to."""

import math
from unittest.mock import create_autospec

import numpy as np
import pytest

from planners.navigation import sweep
from planners.navigation.config import NavigationConfig
from planners.navigation.sweep import Sweep
from spatialmem import Command, Place, RobotState, View

PLACES_M = [(float(x), 0.0) for x in (0, 3, 6, 9)]


class Driver:
    """Gets to places up to as far as `most_m` in a tick, and fails at all others; turns as it is asked to."""

    most_m = 0.0
    pose = np.zeros(3)

    def __init__(self, goal, *, config, manoeuvres=True):
        self._goal, self._turns = goal, not manoeuvres

    def step(self, view, state):
        if self._turns:
            Driver.pose[2] += 0.2
            return Command(base_velocity_B=(0.0, 0.0, 1.0), status="going", reason="turning")
        if self._goal.p_W[0] > Driver.most_m:
            return Command(base_velocity_B=(0.0, 0.0, 0.0), status="failed", reason="no way is known")
        is_there = bool((Driver.pose[:2] == self._goal.p_W[:2]).all())
        Driver.pose[:2] = self._goal.p_W[:2]
        return Command(base_velocity_B=(0.0, 0.0, 0.0), status="done" if is_there else "going", reason="driving")


def state_at(pose):
    c, s = math.cos(pose[2]), math.sin(pose[2])
    X_WB = np.array([[c, -s, 0.0, pose[0]], [s, c, 0.0, pose[1]], [0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]])
    return RobotState(source="base", stamp_ns=1, received_ns=1, X_WB=X_WB)


@pytest.mark.parametrize(("most_m", "rounds"), [(0.0, 1), (4.0, 2), (9.0, 4)])
def test_where_it_does_not_get_on_it_does_not_look_round_again(monkeypatch, most_m, rounds):
    monkeypatch.setattr(sweep, "Navigator", Driver)
    Driver.most_m, Driver.pose = most_m, np.zeros(3)
    view = create_autospec(View, instance=True)
    view.places.return_value = tuple(
        Place(id=k + 1, p_W=np.array([x, y, 0.0]), clearance_m=1.0, room_id=1) for k, (x, y) in enumerate(PLACES_M)
    )
    one, turned_rad, tick = Sweep(NavigationConfig()), 0.0, 0
    while tick < 2000:
        tick += 1
        before_rad = Driver.pose[2]
        if one.step(view, state_at(Driver.pose)) is None:
            break
        turned_rad += Driver.pose[2] - before_rad
    assert tick < 2000
    assert round(turned_rad / (math.tau - NavigationConfig().camera_fov_rad)) == rounds
