"""The loop that drives: what the planner is shown and asked, what is counted, and what ends it."""

import math

import numpy as np
import pytest

pytest.importorskip("pybullet")

from homes import two_rooms

import spatialmem as sm
from sim import Simulation
from sim.loop import Drive, drive


class Forward:
    """Drives forward until it has been asked so many times; it keeps what it was shown."""

    def __init__(self, steps_max=10_000):
        self.frames, self.seqs, self._steps_max = [], [], steps_max

    def see(self, frame):
        self.frames.append(frame.stamp_ns)

    def step(self, view, state):
        self.seqs.append(view.seq)
        if len(self.seqs) > self._steps_max:
            return sm.Command(base_velocity_B=(0.0, 0.0, 0.0), status="done", reason="far enough")
        return sm.Command(base_velocity_B=(0.2, 0.0, 0.0), reason="forward")


class Blind:
    """Stands, and has no `see`."""

    def step(self, view, state):
        return sm.Command(base_velocity_B=(0.0, 0.0, 0.0))


@pytest.fixture
def simulation():
    with Simulation(two_rooms(), mode="fast", robot="differential") as simulation:
        yield simulation


def memory_of(simulation):
    return sm.SpatialMemory(sm.Config(world=simulation.world.home.name))


def test_it_ends_with_the_planner_and_counts_what_was_driven(simulation):
    memory, planner = memory_of(simulation), Forward(20)
    driven = drive(simulation, memory, planner)
    assert (driven.command.status, driven.command.reason) == ("done", "far enough")
    assert driven.tick_count == 20
    assert driven.elapsed_s == pytest.approx(simulation.elapsed_s)
    start_m, end_m = simulation.start_X_WB[:2, 3], simulation.robot.X_WB()[:2, 3]
    assert 0.1 < driven.metres == pytest.approx(np.hypot(*(end_m - start_m)), abs=1e-6)
    assert np.allclose(driven.true_path_W[[0, -1], :2], [start_m, end_m])
    assert len(driven.step_s) == 21
    assert 0 < driven.step_ms(0.5) <= driven.step_ms(1.0)


def test_the_planner_sees_each_frame_after_the_memory_has_it(simulation):
    memory, planner = memory_of(simulation), Forward(12)
    drive(simulation, memory, planner)
    assert planner.frames == [0, 200_000_000, 400_000_000, 600_000_000]  # five a second
    assert planner.seqs == [3] * 4 + [6] * 4 + [9] * 4 + [12]  # state, frame, detections


def test_time_and_metres_end_it_and_somebody_may_act_between_ticks(simulation):
    memory, ticks = memory_of(simulation), []
    driven = drive(
        simulation, memory, Forward(), duration_max_s=0.5, each_tick=lambda one: ticks.append(one.tick_count)
    )
    assert (driven.tick_count, driven.command.status) == (10, "going")
    assert ticks == list(range(10))
    driven = drive(simulation, memory, Forward(), metres_max=0.05)
    assert 0.05 <= driven.metres < 0.07


def test_it_is_an_iterator_of_inputs_for_whoever_tells_the_memory(simulation):
    driven = Drive(simulation, Blind(), lambda: None, duration_max_s=0.4)
    assert [type(x).__name__ for x in driven] == ["RobotState", "RgbdFrame", "Detections"] * 2
    assert (driven.metres, driven.see_s) == (0.0, [])
    assert driven.at(100_000_000) == pytest.approx(tuple(simulation.start_X_WB[:2, 3]))
    assert math.isclose(Drive(simulation, Blind(), lambda: None).step_ms(0.99), 0.0)


class Telling:
    """Says once, at its third step, which memory it went by."""

    def __init__(self):
        self.steps = 0

    def step(self, view, state):
        self.steps += 1
        recall = sm.Recall(
            source="planner", stamp_ns=state.stamp_ns, received_ns=state.stamp_ns, world=state.world, object_ids=(1,)
        )
        return sm.Command(base_velocity_B=(0.0, 0.0, 0.0), inputs=(recall,) if self.steps == 3 else ())


def test_what_a_command_tells_the_memory_is_among_the_inputs(simulation):
    driven = Drive(simulation, Telling(), memory_of(simulation).view, duration_max_s=0.5)
    told = list(driven)
    recalls = [x for x in told if isinstance(x, sm.Recall)]
    assert [x.object_ids for x in recalls] == [(1,)]
    assert recalls[0].stamp_ns == 2 * 50_000_000  # of the third tick
    assert told.index(recalls[0]) == 3  # after the first picture's three inputs, before the second's


def test_the_planner_may_be_asked_every_second_tick(simulation):
    memory, planner = memory_of(simulation), Forward(5)
    driven = Drive(simulation, planner, memory.view, ticks_a_step=2)
    for x in driven:
        memory.observe(x)
    assert (len(planner.seqs), driven.tick_count) == (6, 10)
    assert driven.metres == pytest.approx(0.2 * 0.5, abs=0.02)
