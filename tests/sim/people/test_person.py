"""A person does what the schedule says: things are where the log says, at rest, and nothing is walked through."""

import math
from typing import Any

import numpy as np
import pytest

pytest.importorskip("pybullet")

from homes import two_rooms

from sim import bullet
from sim.people import Schedule, Task
from sim.poses import yaw_pose
from sim.worlds import Body, World, truth_of

MOVE: dict[str, Any] = {"verb": "move", "object": "mug-1", "to": "counter-1"}
INTO_FRIDGE: dict[str, Any] = {"verb": "move", "object": "mug-1", "to": "fridge-1"}


def verbs(events):
    return [f"{event.verb} {event.object}".strip() + ("!" if event.failed else "") for event in events]


def apart_m(X_a, X_b):
    return float(np.linalg.norm(X_a[:3, 3] - X_b[:3, 3]))


@pytest.mark.parametrize("physical", [False, True], ids=["fast", "physical"])
def test_a_mug_goes_from_the_table_to_the_counter_and_rests(lives, physical):
    day = lives(MOVE, physical=physical)
    before = day.world.X_WK("mug-1")
    assert verbs(day.play()) == ["enter", "take mug-1", "put mug-1"]
    took, put = day.event("take"), day.event("put")
    assert (took.from_support, put.to_support) == ("table-1/top", "counter-1/top")
    assert apart_m(took.X_WK_before, before) < 1e-3
    truth = truth_of(day.world)
    assert (truth.objects["mug-1"].support, truth.objects["mug-1"].room) == ("counter-1/top", "kitchen")
    day.world.step(240)
    assert apart_m(day.world.X_WK("mug-1"), put.X_WK_after) < 0.01
    assert day.world.X_WK("mug-1")[2, 2] > 0.999
    assert truth_of(day.world).objects["mug-1"].support == "counter-1/top"


@pytest.mark.parametrize("physical", [False, True], ids=["fast", "physical"])
def test_into_the_fridge_and_out_again(lives, physical):
    day = lives(INTO_FRIDGE, {"verb": "move", "object": "apple-1", "to": "table-1"}, physical=physical)
    others = {name: day.world.X_WK(name) for name in ("bowl-1", "book-1", "bottle-1", "box-1")}
    assert verbs(day.play()) == [
        *("enter", "take mug-1", "open fridge-1/door", "put mug-1", "close fridge-1/door"),
        *("open fridge-1/door", "take apple-1", "close fridge-1/door", "put apple-1"),
    ]
    truth = truth_of(day.world)
    assert truth.objects["mug-1"].support.startswith("fridge-1/board")
    assert truth.objects["mug-1"].hidden_in == "fridge-1/door"
    assert truth.objects["apple-1"].support == "table-1/top"
    assert day.world.hinge_rad("fridge-1/door") == 0.0
    day.world.step(240)
    assert apart_m(day.world.X_WK("mug-1"), day.event("put").X_WK_after) < 0.01
    assert all(apart_m(day.world.X_WK(name), X_WK) < 0.002 for name, X_WK in others.items())


def test_what_is_held_goes_with_the_hand_and_stays_where_it_is_held_under_physics(lives):
    day = lives({"verb": "take", "object": "mug-1"}, {"verb": "walk_to", "to": "kitchen"}, physical=True)
    gaps, steps, last = [], [], [day.world.X_WK("mug-1")]

    def each():
        X_WK = day.world.X_WK("mug-1")
        steps.append(apart_m(X_WK, last[0]))
        last[0] = X_WK
        if day.event_verbs()[-1:] == ["take"]:
            gaps.append((np.hypot(*(X_WK[:2, 3] - day.person.X_WP()[:2, 3])), X_WK[2, 3], X_WK[2, 2]))

    day.event_verbs = lambda: [event.verb for event in day.person.events]
    day.play(each=each)
    away_m, height_m, upright = np.array(gaps).T
    assert day.person.holds == "mug-1"
    assert (away_m < 0.45).all()
    assert (np.abs(height_m - height_m[0]) < 0.02).all()
    assert (upright > 0.99).all()
    assert max(steps) < 0.15  # never faster than a hand moves and turns
    assert truth_of(day.world).objects["mug-1"].support == ""


def test_opens_and_closes_gradually(lives):
    day = lives({"verb": "open", "object": "fridge-1/door"}, {"verb": "close", "object": "fridge-1/door"})
    angles = [0.0]
    day.play(each=lambda: angles.append(day.world.hinge_rad("fridge-1/door")))
    turned = np.abs(np.diff(angles))
    assert 0 < turned.max() < 0.1
    assert max(angles) == pytest.approx(day.world.hinges["fridge-1/door"][1])
    assert angles[-1] == 0.0
    assert [event.angle_rad for event in day.person.events[1:]] == [pytest.approx(max(angles)), 0.0]


def test_taken_away_and_brought_back(lives):
    day = lives({"verb": "take_away", "object": "mug-1"}, {"verb": "wait", "duration_s": 1},
                {"verb": "bring_back", "object": "mug-1"})  # fmt: skip
    absent = []
    assert verbs(day.play(each=lambda: absent.append("mug-1" in day.world.absent))) == [
        *("enter", "take mug-1", "take_away mug-1", "bring_back mug-1", "put mug-1")
    ]
    assert True in absent
    assert not absent[-1]
    assert day.event("put").to_support == "table-1/top"  # no other was asked for
    assert day.event("take_away").X_WK_after is None
    assert truth_of(day.world).objects["mug-1"].support == "table-1/top"


def test_whoever_leaves_is_gone_with_what_was_in_the_hand_and_comes_again(lives):
    day = lives(
        {"verb": "take", "object": "book-1"}, {"verb": "leave"}, {"at_s": 60, "verb": "walk_to", "to": "living"}
    )
    home = []
    assert verbs(day.play(each=lambda: home.append(day.person.is_home))) == [
        *("enter", "take book-1", "take_away book-1", "leave", "enter", "walk_to")
    ]
    changes = int(np.abs(np.diff(np.array(home, int))).sum())
    assert (changes, home[-1]) == (2, True)
    assert "book-1" in day.world.absent


def test_nobody_is_there_before_the_first_task(lives):
    day = lives({"at_s": 1.0, "verb": "walk_to", "to": "hall"})
    for _ in range(20):
        assert not day.person.is_home
        day.tick()
    assert day.world.X_WK("person-1")[2, 3] < -10
    day.tick()
    assert day.person.is_home


def test_a_door_that_is_shut_is_opened_to_get_through(lives):
    day = lives({"verb": "walk_to", "to": "kitchen"}, {"verb": "close", "object": "door-1/leaf"},
                {"verb": "move", "object": "bowl-1", "to": "counter-1"})  # fmt: skip
    done = verbs(day.play())[2:]
    assert done[0] == "close door-1/leaf"
    assert sorted(done[1:]) == ["open door-1/leaf", "put bowl-1", "take bowl-1"]
    assert truth_of(day.world).objects["bowl-1"].room == "kitchen"


# What the robot sees


def test_what_must_not_be_seen_waits_until_the_robot_looks_elsewhere(lives):
    day = lives({**MOVE, "when": "unseen"})
    looks = {"table-1": 20.0, "counter-1": 40.0}

    def seen():
        return frozenset(name for name, until_s in looks.items() if day.count * 0.05 < until_s)

    day.play(seen=seen)
    took, put = day.event("take"), day.event("put")
    assert 20.0 <= took.stamp_ns * 1e-9 < 23.0
    assert 40.0 <= put.stamp_ns * 1e-9 < 43.0
    assert (took.seen_by_robot, put.seen_by_robot) == (False, False)


def test_a_look_in_the_middle_of_reaching_starts_it_again(lives, living):
    take: dict[str, Any] = {"verb": "take", "object": "mug-1", "when": "unseen"}
    with World(two_rooms()) as other:
        alone = living(other, Schedule((Task(**take),)))
        alone.play()
    taken = round(alone.event("take").stamp_ns / 50_000_000)
    day = lives(take)
    day.play(
        seen=lambda: frozenset({"mug-1"} if taken - 20 < day.count < taken + 20 else ())
    )  # reaching takes 30 ticks
    assert day.count - 1 >= taken + 20 + 30
    assert not day.event("take").seen_by_robot


def test_what_is_to_be_seen_waits_for_the_robot_and_the_log_says_so(lives):
    day = lives({"verb": "open", "object": "fridge-1/door", "when": "seen"})
    day.play(seen=lambda: frozenset({"fridge-1"} if day.count > 400 else ()))
    assert day.event("open").stamp_ns > 400 * 50_000_000
    assert day.event("open").seen_by_robot


@pytest.mark.parametrize("when", ["seen", "unseen"])
def test_who_waits_in_vain_gives_up_and_nothing_has_moved(lives, when):
    day = lives({"verb": "take", "object": "mug-1", "when": when, "timeout_s": 4})
    before = day.world.X_WK("mug-1")
    day.play(seen=lambda: frozenset({"table-1"} if when == "unseen" else ()))
    event = day.event("take")
    assert "the robot" in event.failed
    assert "could not do 'take mug-1'" in event.words
    assert apart_m(day.world.X_WK("mug-1"), before) == 0
    assert day.person.holds == ""


def test_what_is_in_the_hand_is_put_down_although_the_robot_looks(lives):
    day = lives({**MOVE, "when": "unseen", "timeout_s": 5})
    day.play(seen=lambda: frozenset({"mug-1", "counter-1"} if day.person.holds else ()))
    assert truth_of(day.world).objects["mug-1"].support == "counter-1/top"
    assert day.event("put").seen_by_robot
    assert "seen" in day.event("put").words


# What cannot be done


def test_what_cannot_be_put_is_put_back(lives):
    wide = {"verb": "move", "object": "box-1", "to": "chair-1"}
    day = lives({"verb": "move", "object": "bowl-1", "to": "chair-1"}, wide)
    events = day.play()
    assert verbs(events)[3:] == ["take box-1", "put box-1!", "put box-1"]
    assert "there is no room on chair-1/seat" in events[-2].failed
    assert truth_of(day.world).objects["box-1"].support == events[-1].to_support != ""


def test_a_thing_that_carries_another_is_left(world, living):
    book, apple = world.X_WK("book-1"), world.X_WK("apple-1")
    world.place("apple-1", yaw_pose(book[0, 3], book[1, 3], 0.0, float(book[2, 3]) + 0.041))
    day = living(world, Schedule((Task(verb="take", object="book-1"),)))
    day.play()
    assert day.event("take").failed == "apple-1 is on book-1"
    assert apart_m(apple, world.X_WK("apple-1")) > 1


@pytest.mark.parametrize(
    ("tasks", "why"),
    [
        ([{"verb": "put", "to": "counter-1"}], "nothing is in the hand"),
        ([{"verb": "take", "object": "mug-1"}, {"verb": "take", "object": "bowl-1"}], "mug-1 is in the hand already"),
        ([{"verb": "bring_back", "object": "mug-1"}], "mug-1 is at home"),
        ([{"verb": "take_away", "object": "mug-1"}, {"verb": "take", "object": "mug-1"}], "mug-1 is not at home"),
        ([{"verb": "take", "object": "mug-1"}, {"verb": "open", "object": "fridge-1/door"}], "mug-1 is in the hand"),
    ],
)
def test_what_makes_no_sense_fails_with_its_reason(lives, tasks, why):
    events = lives(*tasks).play()
    assert [event.failed for event in events if event.failed] == [why]


def test_a_fridge_that_something_stands_before_stays_shut_and_nothing_is_lost(world, living):
    world.place("box-1", yaw_pose(1.0, 3.45, 0.0))
    day = living(world, Schedule((Task(**INTO_FRIDGE),)))
    day.play()
    assert any("box-1 is in the way of fridge-1/door" in event.failed for event in day.person.events)
    assert world.hinge_rad("fridge-1/door") == pytest.approx(0.0)
    assert truth_of(world).objects["mug-1"].support in ("table-1/top", "counter-1/top")


# Where one walks


def solid(world, name, kind, size_m, X_WB):
    """A box that stands on the floor, as a robot does."""
    api = bullet.api()
    half, middle = [s / 2 for s in size_m], (0, 0, size_m[2] / 2)
    shape = api.createCollisionShape(
        api.GEOM_BOX, halfExtents=half, collisionFramePosition=middle, physicsClientId=world.client
    )
    unique_id = api.createMultiBody(0.0, shape, basePosition=X_WB[:3, 3].tolist(), physicsClientId=world.client)
    world.adopt(Body(name, kind, unique_id, kind))
    return unique_id


def nearest_m(day, names):
    return min((day.person._body.near(day.world.bodies[name].unique_id, 0.3) for name in names), default=0.3)


def test_a_path_meets_neither_walls_nor_furniture_and_has_no_jumps(lives):
    day = lives(MOVE, INTO_FRIDGE, {"verb": "walk_to", "to": "hall"}, {"verb": "walk_to", "to": "chair-1"},
                {"verb": "close", "object": "door-1/leaf"}, {"verb": "walk_to", "to": "kitchen"})  # fmt: skip
    fixed = [body.name for body in day.world.bodies.values() if body.kind in ("room", "door", "furniture")]
    fixed.remove("floor")
    gaps, places = [], []

    def each():
        gaps.append(nearest_m(day, [*fixed, "box-1"]))
        places.append(day.person.X_WP()[:2, 3])

    day.play(each=each)
    assert not any(event.failed for event in day.person.events)
    assert min(gaps) > 0.02
    assert np.hypot(*np.diff(places, axis=0).T).max() < 0.0501


def test_a_robot_in_the_way_is_gone_round(lives):
    day = lives({"verb": "walk_to", "to": "living"}, {"verb": "walk_to", "to": "counter-1"}, seed=1)
    day.play()  # to know the way
    X_WB = yaw_pose(5.5, 2.1, 0.0)
    with World(two_rooms()) as world:
        solid(world, "robot", "robot", (0.99, 0.67, 0.4), X_WB)
        again = type(day)(world, day.person.schedule)
        gaps = []
        again.play(X_WB=X_WB, each=lambda: gaps.append(nearest_m(again, ["robot"])))
        assert min(gaps) > 0.1
        assert [event.failed for event in again.person.events] == ["", "", ""]


def test_who_cannot_go_round_waits_and_walks_on(lives):
    day = lives({"verb": "walk_to", "to": "living"}, {"verb": "walk_to", "to": "counter-1"})
    robot = solid(day.world, "robot", "robot", (0.6, 1.2, 0.4), yaw_pose(3.6, 2.0, 0.0))
    gaps = []

    def each():
        gaps.append(nearest_m(day, ["robot"]))
        if day.count == 700:
            bullet.api().resetBasePositionAndOrientation(
                robot, (1.0, 0.5, 0), (0, 0, 0, 1), physicsClientId=day.world.client
            )

    day.play(X_WB=yaw_pose(3.6, 2.0, 0.0), each=each)
    assert day.count > 700
    assert min(gaps) > 0.1
    assert [event.failed for event in day.person.events] == ["", "", ""]


def test_somebody_gives_up_a_way_that_is_never_free(lives):
    day = lives({"verb": "walk_to", "to": "living"}, {"verb": "take", "object": "bottle-1"})
    solid(day.world, "robot", "robot", (0.6, 1.2, 0.4), yaw_pose(3.6, 2.0, 0.0))
    day.play(X_WB=yaw_pose(3.6, 2.0, 0.0))
    assert day.event("take").failed == "somebody is in the way"
    assert truth_of(day.world).objects["bottle-1"].support == "counter-1/top"


def test_the_same_seed_is_the_same_life_and_another_is_another(living):
    def life(seed):
        with World(two_rooms()) as world:
            day = living(world, Schedule((Task(**MOVE), Task(verb="walk_to", to="living")), seed))
            places = []
            day.play(each=lambda: places.append(day.person.X_WP().tobytes()))
            return places, world.X_WK("mug-1").tobytes(), [event.as_dict() for event in day.person.events]

    first = life(1)
    assert life(1) == first
    assert life(2) != first


def test_events_are_plain_values(lives):
    import json

    day = lives(MOVE)
    told = json.loads(json.dumps([event.as_dict() for event in day.play()]))
    assert [event["verb"] for event in told] == ["enter", "take", "put"]
    assert told[1]["words"] == "took mug-1 from table-1/top, unseen"
    (x, y, z), q = told[2]["X_WK_after"]
    assert math.hypot(x - 0.4, y - 1.5) < 1.0
    assert z == pytest.approx(0.9)
    assert len(q) == 4
