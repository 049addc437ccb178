"""The scripted tour: every room gets a stop, and the driver brings a robot to each and turns it round there."""

import math

import numpy as np
import pytest

pytest.importorskip("pybullet")

from homes import two_rooms

import spatialmem as sm
from sim import Simulation
from sim.run import script
from sim.tour import Stop, TourDriver, plan_stops
from sim.worlds import FloorGrid, RouteFinder, Truth, clearance_m


def state_at(x, y, yaw, stamp_ns):
    X_WB = np.eye(4)
    X_WB[:2, :2] = [[math.cos(yaw), -math.sin(yaw)], [math.sin(yaw), math.cos(yaw)]]
    X_WB[:2, 3] = x, y
    return sm.RobotState(source="robot", stamp_ns=stamp_ns, received_ns=stamp_ns, X_WB=X_WB)


class Unicycle:
    """The plainest robot: it does what it is told."""

    def __init__(self, x, y, yaw):
        self.x, self.y, self.yaw, self.stamp_ns, self.turned = x, y, yaw, 0, 0.0

    def drive(self, driver, *, ticks, moves=True):
        """Follow a driver and yield where it was; until the tour is over."""
        for _ in range(ticks):
            velocity = driver.step(state_at(self.x, self.y, self.yaw, self.stamp_ns))
            if velocity is None:
                return
            forward, left, turn = velocity
            assert left == 0.0
            if moves:
                self.yaw += 0.05 * turn
                self.x += 0.05 * forward * math.cos(self.yaw)
                self.y += 0.05 * forward * math.sin(self.yaw)
                self.turned += 0.05 * turn
            self.stamp_ns += 50_000_000
            yield driver.number, self.x, self.y, self.yaw


@pytest.fixture(scope="module")
def finder():
    free = np.ones((60, 80), bool)
    free[25:35, :60] = False
    grid = FloorGrid((0.0, 0.0), 0.1, free, np.zeros(free.shape, np.int16), ("room",))
    return RouteFinder(grid, clearance_m(grid), radius_m=0.3, prefer_m=0.5)


def test_the_driver_reaches_every_stop_and_looks_all_round(finder):
    stops = (Stop("hall", (2.0, 1.0)), Stop("den", (2.0, 5.0)), Stop("den", (7.0, 5.0)))
    driver, robot = TourDriver(finder, stops), Unicycle(5.0, 1.0, 2.0)
    trace = list(robot.drive(driver, ticks=4000))
    assert driver.step(state_at(0, 0, 0, 0)) is None
    assert driver.missed == []
    for number, stop in enumerate(stops):
        here = [(x, y, yaw) for n, x, y, yaw in trace if n == number]
        near = [yaw for x, y, yaw in here if math.hypot(x - stop.p_m[0], y - stop.p_m[1]) < 0.15]
        assert max(near) - min(near) > 2 * math.pi - 0.3
    walls = [(x, y) for _, x, y, _ in trace if x < 6.0 and 2.5 < y < 3.5]
    assert walls == []


def test_a_robot_that_does_not_move_gives_its_stop_up(finder):
    driver, robot = TourDriver(finder, (Stop("den", (7.0, 5.0)),)), Unicycle(5.0, 1.0, 2.0)
    took = len(list(robot.drive(driver, ticks=1000, moves=False)))
    assert [stop.room for stop in driver.missed] == ["den"]
    assert 20 * 5 * 4 < took < 20 * 40  # five tries of 4 s, and backing off between them


def test_every_room_gets_a_stop():
    with Simulation(two_rooms(), mode="fast") as simulation:
        driver = script(simulation)
        assert {stop.room for stop in driver.stops} == {room.name for room in two_rooms().rooms}
        assert driver.doing.startswith("driving to the ")


def test_a_room_that_is_shut_off_is_named(finder):
    free = np.ones((60, 80), bool)
    free[25:35] = False
    rows = np.arange(60)[:, None] * np.ones(80, int)
    grid = FloorGrid((0.0, 0.0), 0.1, free, np.where(rows < 30, 0, 1).astype(np.int16), ("hall", "cell"))
    finder = RouteFinder(grid, clearance_m(grid), radius_m=0.3, prefer_m=0.5)
    truth = truth_with_rooms({"hall": 30, "cell": 60})
    stops = plan_stops(truth, grid, finder, np.array([4.0, 1.2]), turn_m=0.65)
    assert [stop.room for stop in stops if np.isnan(stop.p_m[0])] == ["cell"]
    driver, robot = TourDriver(finder, stops), Unicycle(4.0, 1.2, 0.0)
    list(robot.drive(driver, ticks=4000))
    assert [stop.room for stop in driver.missed] == ["cell"]


def truth_with_rooms(rows):
    corners = {name: np.array([[0.0, 0.0], [8.0, 0.0], [8.0, y / 10], [0.0, y / 10]]) for name, y in rows.items()}
    return Truth(rooms=corners, doorways={}, furniture={}, objects={}, hinges={}, absent=())
