"""What the memory says to a call before and after it, and the facts that plans are made of."""

import pytest
from task_world import Truth, World, robot_at

import spatialmem as sm
from planners.tasks import Call, TaskConfig
from planners.tasks.checks import unmet, unproven
from planners.tasks.facts import facts_of

MUG, CUP, FRIDGE, TABLE, BALL = 1, 2, 3, 4, 7
CONFIG = TaskConfig()


@pytest.fixture
def world():
    """A mug on the table, a cup in the closed fridge, a ball in the hand if `hold` is called."""
    return World(
        {
            MUG: Truth("mug", "on", TABLE),
            CUP: Truth("cup", "in", FRIDGE),
            FRIDGE: Truth("fridge", state="closed", at=(3.0, 3.0)),
            TABLE: Truth("table", at=(1.0, 1.0)),
            BALL: Truth("ball"),
        }
    )


def hold(world: World) -> None:
    world.tell(sm.Action(source="arm", stamp_ns=1, received_ns=1, verb="picked_up", object_id=BALL))


def call(skill, thing=None, to=None, relation=None) -> Call:
    return Call(skill=skill, thing=thing, to=to, relation=relation)


@pytest.mark.parametrize(
    ("one", "told"),
    [
        (call("find", MUG), ""),
        (call("find", "giraffe"), ""),
        (call("find", 99), "object 99"),
        (call("go_to", to=(1.0, 1.0)), ""),
        (call("go_to", to=99), "object 99"),
        (call("pick", MUG), ""),
        (call("pick", CUP), "cup-2 is in fridge-3 (closed)"),
        (call("pick", 99), "object 99"),
        (call("open", FRIDGE), ""),
        (call("place", BALL, TABLE, "on"), "ball-7 is not in the gripper"),
        (call("hand_over", BALL), "ball-7 is not in the gripper"),
    ],
    ids=range(11),
)
def test_what_an_empty_hand_can_do(world, one, told):
    assert told in unmet(world.view(), one)
    assert bool(told) == bool(unmet(world.view(), one))


@pytest.mark.parametrize(
    ("one", "told"),
    [
        (call("find", BALL), "the robot holds ball-7"),
        (call("pick", MUG), "the gripper holds ball-7"),
        (call("open", FRIDGE), "the gripper holds ball-7"),
        (call("place", BALL, TABLE, "on"), ""),
        (call("place", BALL, FRIDGE, "on"), ""),
        (call("place", BALL, FRIDGE, "in"), "fridge-3 is closed"),
        (call("place", BALL, BALL, "on"), "cannot be put on itself"),
        (call("place", BALL, 99, "on"), "object 99"),
        (call("hand_over", BALL), ""),
    ],
    ids=range(9),
)
def test_what_a_full_hand_can_do(world, one, told):
    hold(world)
    assert told in unmet(world.view(), one)
    assert bool(told) == bool(unmet(world.view(), one))


def test_what_is_missing_is_not_picked_up(world):
    world.miss(MUG)
    assert "mug-1" in unmet(world.view(), call("pick", MUG))


@pytest.mark.parametrize(
    ("one", "told"),
    [
        (call("pick", BALL), ""),
        (call("pick", MUG), "the gripper does not hold mug-1"),
        (call("place", BALL, TABLE, "on"), "the gripper holds ball-7 still"),
        (call("hand_over", BALL), "the gripper holds ball-7 still"),
        (call("hand_over", MUG), ""),
        (call("place", MUG, TABLE, "on"), ""),
        (call("place", MUG, TABLE, "in"), "mug-1 is not in table-4"),
        (call("place", CUP, TABLE, "on"), "cup-2 is not on table-4"),
        (call("open", FRIDGE), "fridge-3 is closed"),
        (call("close", FRIDGE), ""),
        (call("open", TABLE), "table-4 is in no known state"),
        (call("go_to", to=(0.5, 0.0)), ""),
        (call("go_to", to=(5.0, 0.0)), "the robot is 5.0 m from there"),
        (call("go_to", to="kitchen"), ""),
    ],
    ids=range(14),
)
def test_what_has_been_done(world, one, told):
    hold(world)
    why = unproven(world.view(), one, robot_at(world), since_ns=world.stamp_ns)
    assert told in why
    assert bool(told) == bool(why)


def test_what_was_found_was_seen_since(world):
    view, state = world.view(), robot_at(world)
    assert "has not seen mug-1 since" in unproven(view, call("find", "mug"), state, since_ns=60 * 10**9, found_id=MUG)
    assert unproven(view, call("find", "mug"), state, since_ns=40 * 10**9, found_id=MUG) == ""
    assert "not known what was found" in unproven(view, call("find", "mug"), state, since_ns=0)


def test_facts_are_of_what_the_goal_concerns_and_of_what_carries_it(world):
    facts = facts_of(world.view(), [CUP], CONFIG)
    assert [(one.name, one.rests, one.carrier_id, one.located) for one in facts.things] == [
        ("cup-2", "in", FRIDGE, True),
        ("fridge-3", "", 0, True),
    ]
    fridge = facts.get(FRIDGE)
    assert fridge is not None
    assert (fridge.hinged, fridge.shut, fridge.known_state) == (True, True, True)
    assert [one.name for one in facts.aside] == ["table-4"]
    assert facts.held == ()


def test_what_is_held_is_always_a_fact(world):
    hold(world)
    facts = facts_of(world.view(), [MUG], CONFIG)
    assert facts.held == (BALL,)
    assert [one.id for one in facts.things] == [MUG, TABLE, BALL]


def test_a_door_that_nobody_saw_is_taken_to_be_closed_unless_something_was_seen_behind_it():
    things = {FRIDGE: Truth("fridge"), 5: Truth("cabinet"), MUG: Truth("mug", "in", 5), TABLE: Truth("table")}
    facts = facts_of(World(things).view(), [FRIDGE, 5, TABLE], CONFIG)
    assert {one.label: (one.hinged, one.shut, one.known_state) for one in facts.things} == {
        "fridge": (True, True, False),
        "cabinet": (True, False, False),
        "table": (False, False, False),
    }


def test_the_same_is_known_as_long_as_nothing_has_moved_far(world):
    before = facts_of(world.view(), [MUG], CONFIG)
    world.things[TABLE].at = (1.2, 1.0)
    world.look(TABLE)
    assert before.is_same(facts_of(world.view(), [MUG], CONFIG))
    world.things[TABLE].at = (1.8, 1.0)
    world.look(TABLE)
    assert not before.is_same(facts_of(world.view(), [MUG], CONFIG))
    world.miss(MUG)
    assert not before.is_same(facts_of(world.view(), [MUG], CONFIG))


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"sure_p": 1.5}, "sure_p is 1.5; a number from 0 to 1"),
        ({"calls_max": 0}, "calls_max is 0; a whole number from 1 to 1000"),
        ({"aside_max": True}, "aside_max is True"),
        ({"hinged": ["fridge"]}, "a tuple of labels"),
        ({"goes_on": 1}, "goes_on is 1; True or False"),
    ],
)
@pytest.mark.usefixtures("unchecked_shapes")
def test_settings_that_cannot_be_are_refused(options, told):
    with pytest.raises(sm.ConfigError, match=told):
        TaskConfig(**options)
