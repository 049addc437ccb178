"""A survey shows the whole home, and no robot."""

import numpy as np
import pytest
from homes import two_rooms

from sim.sensors import camera_of
from sim.suites.setup import Setup
from sim.suites.survey import surveyed
from sim.suites.true_floor import TrueFloor
from sim.worlds import World
from spatialmem import Route

SETUP = Setup(robot="differential", width=160, height=120, rate_hz=4.0, min_pixels=8)
START_NS = 5 * 10**9


def test_a_survey_knows_the_floor_and_the_things():
    memory = SETUP.memory(two_rooms())
    with World(two_rooms()) as world:
        floor = TrueFloor(world, SETUP.kind)
        end_ns = surveyed(world, SETUP, camera_of(world, SETUP.camera, "fast"), floor, memory, START_NS)
    view = memory.view()
    assert view.stamp_ns == end_ns > START_NS
    labels = {one.label for one in view.objects()}
    assert {"mug", "bottle", "table", "counter"} <= labels
    assert "apple" not in labels  # in the closed fridge
    route = view.route((2.5, 1.0), (8.0, 5.0))
    assert isinstance(route, Route)
    assert route.length_m == pytest.approx(floor.length_m(np.array([2.5, 1.0]), np.array([8.0, 5.0])), abs=1.0)
