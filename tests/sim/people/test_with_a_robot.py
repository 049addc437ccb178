"""A person and a robot in one home: the robot gets everywhere, and the person does most of what is to be done."""

import numpy as np
import pytest

pytest.importorskip("pybullet")

from homes import two_rooms

from sim import Simulation, generate_home
from sim.people import Schedule, Task, day_schedule
from sim.people.berth import Berths
from sim.poses import yaw_pose
from sim.run import script
from sim.worlds import World

TASKS, DURATION_MAX_S, TICK_S = 8, 300, 0.05


@pytest.mark.usefixtures("unchecked_shapes")
@pytest.mark.parametrize(("seed", "done"), [(5, 0), (2, 7)])
def test_a_tour_misses_no_room_because_somebody_is_at_home(seed, done):
    with Simulation(
        generate_home(seed), mode="fast", seed=seed, schedule=lambda world: day_schedule(world, seed, TASKS)
    ) as home:
        driver, person = script(home), home.person
        assert person is not None
        while (velocity := driver.step(home.robot.true_state())) is not None:
            assert home.elapsed_s < DURATION_MAX_S, driver.doing
            home.robot.command(base_velocity_B=velocity)
            home.step()
        assert driver.missed == []
        while done and not person.is_done:  # the robot stands where its tour ended
            assert home.elapsed_s < DURATION_MAX_S, person.doing
            home.robot.command(base_velocity_B=(0.0, 0.0, 0.0))
            home.step()
        assert person.done_count >= done
        assert person.task_count == TASKS + 1  # and goes


@pytest.mark.parametrize(("robot", "turn_m"), [("husky-panda", 0.60), ("differential", 0.25)])
def test_a_robot_is_given_the_disc_in_which_it_turns_however_it_stands(robot, turn_m):
    with Simulation(two_rooms(), robot=robot, mode="fast", X_WB=yaw_pose(2.0, 2.0, 0.7)) as home:
        (berth,) = Berths(home.world).all()
        assert (berth.x_m, berth.y_m) == pytest.approx((2.0, 2.0), abs=0.02)
        assert berth.turn_m == pytest.approx(turn_m, abs=0.04)
        assert home.robot.radius_m - 0.04 < berth.turn_m
        assert 2 * berth.pass_m == pytest.approx(home.robot.footprint_m[1], abs=0.02)
        assert berth.keep_m > berth.turn_m + 0.2


def test_who_only_stands_steps_aside_for_a_robot_that_comes_and_it_can_turn():
    schedule = Schedule((Task(verb="walk_to", to="living"), Task(verb="wait", duration_s=60.0)), 1)
    with Simulation(two_rooms(), mode="fast", schedule=schedule, X_WB=yaw_pose(5.2, 3.3, 0.0)) as home:
        person = home.person
        assert person is not None
        while person.doing != "wait":
            home.step()
        towards = person.X_WP()[:2, 3].copy()
        gaps = []
        for _ in range(140):
            away = towards - home.robot.X_WB()[:2, 3]
            error = np.arctan2(away[1], away[0]) - np.arctan2(*home.robot.X_WB()[1::-1, 0])
            error = float(np.remainder(error + np.pi, 2 * np.pi) - np.pi)
            far_m = float(np.hypot(*away))
            ahead = (0.4, 0.0, error) if abs(error) < 0.3 else (0.0, 0.0, float(np.sign(error)))
            home.robot.command(base_velocity_B=ahead if far_m > 0.1 else (0.0, 0.0, 1.0))
            home.step()
            gaps.append(float(np.hypot(*(person.X_WP()[:2, 3] - home.robot.X_WB()[:2, 3]))))
        assert far_m <= 0.15, "the robot got to where the person had stood"
        assert home.robot.blocked_count == 0
        assert min(gaps[-20:]) > home.robot.radius_m + 0.2


def test_open_leaves_a_door_that_is_open_wider_as_it_is(world, living):
    world.set_hinge("door-1/leaf", 2.2)
    day = living(world, Schedule((Task(verb="open", object="door-1/leaf"),)))
    events = day.play()
    assert world.hinge_rad("door-1/leaf") == pytest.approx(2.2)
    assert [event.verb for event in events] == ["enter"]
    assert (day.person.done_count, day.person.task_count) == (1, 1)


def test_what_failed_does_not_count_as_done(lives):
    day = lives({"verb": "put", "to": "counter-1"}, {"verb": "walk_to", "to": "hall"}, {"verb": "leave"},
                {"verb": "leave"})  # fmt: skip
    day.play()
    assert (day.person.done_count, day.person.task_count) == (3, 4)


class Camera:
    """Five pictures a second of what a test lets it see; between them the last one stands."""

    def __init__(self, day, sees):
        self.day, self.sees, self.last = day, sees, frozenset()

    def __call__(self):
        if self.day.count % 4 == 3:
            self.last = frozenset(self.sees())
        return self.last


def test_a_picture_that_comes_after_the_deed_tells_that_it_was_seen(lives):
    day = lives({"verb": "leave"}, {"verb": "walk_to", "to": "hall"}, {"verb": "leave"})
    day.play(seen=Camera(day, lambda: {"person-1"} if day.person.is_home else set()))
    assert [(event.verb, event.seen_by_robot) for event in day.person.events] == [
        ("enter", True),
        ("walk_to", False),
        ("leave", True),
    ]


def test_a_picture_from_before_the_deed_does_not(living):
    def life(until):
        with World(two_rooms()) as world:
            day = living(world, Schedule((Task(verb="take_away", object="mug-1"), Task(verb="leave"))))
            sees = lambda: {"mug-1", "person-1"} if day.count < until else set()  # noqa: E731
            day.play(seen=Camera(day, sees))
            return {event.verb: event for event in day.person.events}

    deeds = life(10**6)
    assert all(event.seen_by_robot for event in deeds.values())
    for verb, begins_s in (("take", 1.5), ("leave", 0.4)):
        begin = round(deeds[verb].stamp_ns / 50_000_000 - begins_s / TICK_S)
        assert not life(begin - 1)[verb].seen_by_robot, verb
        assert life(begin + 5)[verb].seen_by_robot, verb
