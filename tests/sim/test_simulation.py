"""A simulated home as a planner sees it: a robot, a clock, inputs; and the three ways to be told nonsense."""

import numpy as np
import pytest

pytest.importorskip("pybullet")

from homes import two_rooms

import spatialmem as sm
from sim import Simulation, TourRun
from sim.run import script
from sim.sensors import CameraSettings
from sim.worlds import Home, Room
from spatialmem.testing import check_source


@pytest.fixture(scope="module")
def simulation():
    with Simulation(two_rooms(), mode="fast", robot="differential", start_ns=7_000) as simulation:
        yield simulation


def test_the_robot_is_one_of_the_protocol(simulation):
    assert isinstance(simulation.robot, sm.Robot)
    assert isinstance(simulation.sensor.detector, sm.Detector)


def test_time_passes_only_when_it_is_told_to(simulation):
    before = simulation.clock.now_ns()
    simulation.robot.frame()
    assert simulation.clock.now_ns() == before
    simulation.step(3)
    assert simulation.clock.now_ns() == before + 150_000_000


def test_inputs_come_at_the_camera_s_rate():
    with Simulation(two_rooms(), mode="fast", robot="differential", camera=CameraSettings(rate_hz=10.0)) as simulation:
        kinds = []
        for _ in range(8):
            kinds.append([type(x).__name__ for x in simulation.inputs()])
            simulation.step()
    told = ["RobotState", "RgbdFrame", "Detections"]
    assert kinds == [told, [], told, [], told, [], told, []]


def test_the_memory_admits_all_of_it(simulation):
    memory = sm.SpatialMemory(sm.Config(world=simulation.world.home.name))
    for _ in range(10):
        for x in simulation.inputs():
            assert memory.observe(x), x
        simulation.robot.command(base_velocity_B=(0.3, 0.0, 0.4))
        simulation.step()
    assert memory.leaf_count > 50


def test_what_is_reported_drifts_and_what_is_true_does_not():
    camera = CameraSettings(drift_m_per_m=0.1, drift_rad_per_m=0.05)
    with Simulation(two_rooms(), mode="fast", robot="differential", camera=camera, seed=3) as simulation:
        for _ in range(20):
            simulation.robot.command(base_velocity_B=(0.4, 0.0, 0.8))
            simulation.step()
        reported, true = simulation.robot.state(), simulation.robot.true_state()
        frame = simulation.robot.frame()
    assert np.abs(true.X_WB - simulation.robot.X_WB()).max() == 0
    assert np.linalg.norm(reported.X_WB[:3, 3] - true.X_WB[:3, 3]) > 1e-4
    error_m = np.linalg.norm(frame.X_WC[:3, 3] - (reported.X_WB @ frame.X_BC)[:3, 3])
    assert error_m < 6 * camera.pose_noise_m  # the frame carries the same drift, and its own noise


def test_a_tour_is_a_source():
    run = TourRun(lambda: Simulation(two_rooms(), mode="fast"), name=two_rooms().name)
    check_source(run, inputs_max=9)
    run.close()
    assert len(run) == 9


def test_two_simulations_live_side_by_side():
    with Simulation(two_rooms(), mode="fast") as one, Simulation(two_rooms(), mode="physical") as other:
        one.robot.command(base_velocity_B=(0.5, 0.0, 0.0))
        for simulation in (one, other):
            simulation.step(10)
        moved = [np.linalg.norm(s.robot.X_WB()[:2, 3] - s.start_X_WB[:2, 3]) for s in (one, other)]
    assert moved[0] > 0.2
    assert moved[1] < 0.01


def test_a_closed_run_says_so():
    run = TourRun(lambda: Simulation(two_rooms(), mode="fast"), name=two_rooms().name)
    first = iter(run)
    next(first)
    simulation = run.simulation
    next(iter(run))
    with pytest.raises(sm.InputError, match="begun again"):
        next(first)
    run.close()
    with pytest.raises(sm.InputError, match="closed"):
        simulation.step()


def standing_at(x_m, y_m):
    X_WB = np.eye(4)
    X_WB[:2, 3] = x_m, y_m
    return X_WB


def test_a_robot_does_not_start_in_a_table_or_outside():
    home = two_rooms()
    table = next(piece for piece in home.furniture if piece.kind == "table")
    for mode in ("fast", "physical"):
        with pytest.raises(sm.ConfigError, match="inside table-1"):
            Simulation(home, mode=mode, X_WB=standing_at(table.x_m, table.y_m))
        with pytest.raises(sm.ConfigError, match="in no room"):
            Simulation(home, mode=mode, X_WB=standing_at(500.0, 500.0))


def test_the_small_robot_needs_little_room():
    room = Room("closet", (0.0, 0.0), (0.9, 0.9))
    with Simulation(Home("closet", (room,), ()), mode="fast", robot="differential") as simulation:
        driver = script(simulation)
    assert [stop.room for stop in driver.stops if not np.isnan(stop.p_m[0])] == ["closet"]


def test_nonsense_is_refused(unchecked_shapes):
    with pytest.raises(sm.ConfigError, match="there is no robot 'roomba'"):
        Simulation(two_rooms(), robot="roomba")
    with pytest.raises(sm.ConfigError, match="at most 20"):
        Simulation(two_rooms(), mode="fast", camera=CameraSettings(rate_hz=30.0))
    with pytest.raises(sm.ConfigError, match="physical or fast"):
        Simulation(two_rooms(), mode="slow")  # pyright: ignore[reportArgumentType]
