"""A drive is what truly happened: its metres, its end, what was run into; and its memories know what was seen."""

import numpy as np
import pytest
from homes import two_rooms
from true_drivers import Follower, Stander

from sim.poses import yaw_pose
from sim.suites.arms import Held
from sim.suites.driving import Budget, drive, look_once
from sim.suites.setup import Setup

SETUP = Setup(robot="differential", width=160, height=120, rate_hz=4.0, min_pixels=8)
FAR = Budget(100.0, 100.0)


@pytest.fixture
def simulation():
    with SETUP.simulation(two_rooms(), yaw_pose(2.0, 1.0, 0.0), seed=0, start_ns=10**9) as made:
        yield made


def held():
    return Held(SETUP.memory(two_rooms()))


def test_a_budget_is_four_times_the_way_and_four_metres_at_least():
    assert Budget.of(3.0) == Budget(12.0, 120.0)
    assert Budget.of(0.2) == Budget(4.0, 80.0)


def test_a_way_is_as_long_as_it_truly_was(simulation):
    planner = Follower(np.array([[2.0, 1.0], [3.0, 1.0], [3.0, 2.0]]))
    came = drive(simulation, [held()], planner, FAR, visit=1)
    assert (came.end, came.reason, came.rejected) == ("done", "there", 0)
    assert came.metres == pytest.approx(1.85, abs=0.1)  # it cuts the corner, and stops 0.1 m before the end
    assert came.path_m[0].tolist() == [2.0, 1.0]
    assert np.hypot(*np.diff(came.path_m, axis=0).T).sum() == pytest.approx(came.metres)
    assert len(came.path_m) == len(came.step_ms) == round(came.seconds * 20) + 1
    assert came.frames == planner.frames == int(came.seconds * SETUP.rate_hz) + 1
    assert came.bumps == []


def test_memories_are_told_all_and_note_what_was_in_view(simulation):
    first, second = held(), held()
    came = drive(simulation, [first, second], Stander((0.0, 0.0, 1.2)), Budget(1.0, 5.5), visit=3)
    assert came.end == "seconds"
    assert came.seconds == pytest.approx(5.5)
    assert first.memory.view().state_hash() == second.memory.view().state_hash()
    assert first.memory.view().counts["camera"]["admitted"] == came.frames
    assert first.seen == second.seen
    assert first.seen["fridge-1"].visit == first.seen["bottle-1"].visit == 3
    assert "apple-1" not in first.seen  # in the closed fridge
    now_s = simulation.elapsed_s
    assert came.shown(now_s, 10.0) == frozenset(first.seen)
    assert came.shown(now_s, 0.1) == simulation.sensor.in_view() < came.shown(now_s, 10.0)


def test_metres_end_a_drive(simulation):
    came = drive(simulation, [held()], Stander((0.5, 0.0, 0.0)), Budget(0.6, 100.0), visit=1)
    assert came.end == "metres"
    assert came.metres == pytest.approx(0.6, abs=0.03)
    assert simulation.robot.state().linear_velocity_B_m_s[0] > 0
    simulation.step()
    assert simulation.robot.state().linear_velocity_B_m_s[0] == 0  # it was told to stand


def test_what_a_planner_says_is_over_is_over(simulation):
    came = drive(simulation, [held()], Stander(status="failed"), FAR, visit=1)
    assert (came.end, came.reason, came.metres) == ("failed", "as I am told", 0.0)


def test_what_it_drives_against_is_named(simulation):
    memory = held()
    drive(simulation, [memory], Stander((0.0, 0.0, 1.2)), Budget(1.0, 5.3), visit=1)  # sees the kitchen
    planner = Follower(np.array([simulation.robot.X_WB()[:2, 3], [-1.0, 1.0]]))  # through the counter
    came = drive(simulation, [memory], planner, Budget(5.0, 6.0), visit=1)
    (bump,) = came.bumps
    assert (bump.body, bump.kind, bump.seen, bump.mapped) == ("counter-1", "furniture", True, True)
    assert bump.ticks > 20
    new = drive(simulation, [held()], planner, Budget(5.0, 0.5), visit=1).bumps
    assert [(b.body, b.seen, b.mapped) for b in new] == [("counter-1", False, False)]  # its camera looks over it


def test_one_more_look_is_one_more_picture(simulation):
    memory = held()
    drive(simulation, [memory], Stander(status="done"), FAR, visit=1)
    before = memory.memory.view().counts["camera"]["admitted"]
    shown = look_once(simulation, [memory], visit=1)
    assert memory.memory.view().counts["camera"]["admitted"] == before + 1
    assert shown == simulation.sensor.in_view()


def test_each_frame_is_told(simulation):
    calls = []
    came = drive(
        simulation,
        [held()],
        Stander(),
        Budget(1.0, 2.0),
        visit=1,
        each_frame=lambda: calls.append(simulation.elapsed_s),
    )
    assert calls == [k / SETUP.rate_hz for k in range(came.frames)]


def test_the_same_drive_is_the_same(simulation):
    hashes = []
    for _ in range(2):
        with SETUP.simulation(two_rooms(), yaw_pose(2.0, 1.0, 0.0), seed=0, start_ns=10**9) as again:
            memory = held()
            drive(again, [memory], Follower(np.array([[2.0, 1.0], [3.0, 1.0]])), FAR, visit=1)
            hashes.append(memory.memory.view().state_hash())
    assert hashes[0] == hashes[1]
