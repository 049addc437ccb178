"""What left the hand is told as dropped; an empty hand, however wide, is not taken for a full one."""

import numpy as np
import pytest

pytest.importorskip("pybullet")
pytest.importorskip("ompl")

from surveyed_halls import husky_limb
from task_world import Truth, World, robot_at

import spatialmem as sm
from planners.held import held_things
from planners.manipulation.carried import Carried
from planners.manipulation.place import Place
from planners.manipulation.spots import Spot
from planners.manipulation.ways import Putting

MUG, TABLE, BOX = 1, 4, 7


@pytest.fixture(scope="module")
def limb():
    return husky_limb()


@pytest.fixture
def world():
    """A mug in the hand, a table with a box on it."""
    world = World({MUG: Truth("mug"), TABLE: Truth("table", at=(1.0, 0.0)), BOX: Truth("box", "on", TABLE)})
    world.tell(sm.Action(source="arm", stamp_ns=1, received_ns=1, verb="picked_up", object_id=MUG))
    return world


def carried(object_id: int = MUG, width_m: float = 0.03) -> Carried:
    return Carried(object_id=object_id, X_GK=np.eye(4), size_m=np.full(3, 0.05), width_m=width_m)


def state(world: World, width_m: float | None, limb=None) -> sm.RobotState:
    one, X_WG = robot_at(world), np.eye(4)
    X_WG[:3, 3] = 0.6, 0.0, 0.8
    joints = {} if limb is None else limb.model.positions(limb.stowed_rad)
    return sm.RobotState(
        source=one.source, stamp_ns=one.stamp_ns, received_ns=one.received_ns, X_WB=one.X_WB, X_WG=X_WG,
        gripper_width_m=width_m, joint_positions_rad=joints,
    )  # fmt: skip


def let_go(limb, world, relation, target) -> Place:
    """Return a planner that has opened the hand, and is about to look where the thing is."""
    place = Place(target, limb, relation=relation, carried=carried())
    now = state(world, 0.03, limb)
    if relation == "in":
        place._choices(world.view(), now)
    spot = Spot(bottom_W=np.array([1.0, 0.0, 0.8]), support_id=target, relation=relation)
    path_rad = limb.stowed_rad[None].repeat(2, axis=0)
    place.carried = carried()
    place.putting = Putting(spot=spot, yaw_rad=0.0, to=path_rad, down=path_rad, back=path_rad)
    place._looked_ns = now.stamp_ns
    assert place._back(world.view(), now).status == "going"
    place._doing = place._verify
    return place


def told(world: World, command: sm.Command) -> tuple[sm.Action, ...]:
    for x in command.inputs:
        world.tell(x)
    return command.inputs  # pyright: ignore[reportReturnType]


def test_what_is_not_seen_where_it_was_put_is_told_as_dropped(limb, world):
    place = let_go(limb, world, "on", TABLE)
    command = place.step(world.view(), state(world, 0.07, limb))
    assert (command.status, command.reason) == ("failed", "it is not seen where it was put")
    (action,) = told(world, command)
    assert (action.verb, action.object_id, action.target_id, action.succeeded) == ("placed_on", MUG, None, True)
    assert held_things(world.view()) == ()
    assert place.step(world.view(), state(world, 0.07, limb)).inputs == ()


def test_so_is_what_left_the_hand_before_it_broke_off(limb, world):
    place = let_go(limb, world, "on", TABLE)

    def breaks(view, state):
        raise sm.QueryError("the view does not know.")

    place._doing = breaks
    command = place.step(world.view(), state(world, 0.07, limb))
    assert command.status == "failed"
    assert len(told(world, command)) == 1
    assert held_things(world.view()) == ()


def test_what_is_seen_beside_a_container_has_failed_and_is_told_as_dropped(limb, world, monkeypatch):
    monkeypatch.setattr("planners.manipulation.place.seen_after", lambda *given: "beside")
    command = let_go(limb, world, "in", BOX).step(world.view(), state(world, 0.07, limb))
    assert (command.status, command.reason) == ("failed", "it is seen beside where it was put")
    (action,) = told(world, command)
    assert (action.verb, action.target_id) == ("placed_on", None)
    assert held_things(world.view()) == ()


def test_what_is_seen_nowhere_is_in_it_and_that_it_was_not_seen_is_said(limb, world):
    """No frame came: nothing is seen at all."""
    command = let_go(limb, world, "in", BOX).step(world.view(), state(world, 0.07, limb))
    assert (command.status, command.reason) == ("done", f"placed in {BOX}; it was not seen there")
    (action,) = told(world, command)
    assert (action.verb, action.target_id, action.succeeded) == ("placed_in", BOX, True)


@pytest.mark.parametrize("known", [carried(), None], ids=["picked by this robot", "guessed"])
@pytest.mark.parametrize("width_m", [0.0, 0.08])
def test_an_empty_hand_is_none_that_holds_something_however_wide_it_is(limb, world, known, width_m):
    command = Place(TABLE, limb, carried=known).step(world.view(), state(world, width_m))
    assert (command.status, command.reason) == ("failed", "there is nothing in the hand")
    told(world, command)
    assert held_things(world.view()) == ()


def test_a_hand_wider_than_what_was_taken_is_empty(limb, world):
    command = Place(TABLE, limb, carried=carried()).step(world.view(), state(world, 0.06))
    assert command.reason == "there is nothing in the hand"


def test_what_the_memory_has_not_in_the_hand_is_not_put_down(limb, world):
    world.tell(sm.Action(source="arm", stamp_ns=2, received_ns=2, verb="placed_on", object_id=MUG))
    command = Place(TABLE, limb, carried=carried()).step(world.view(), state(world, 0.03))
    assert (command.status, command.inputs) == ("failed", ())
    assert "the memory does not know of anything in the hand" in command.reason


@pytest.mark.parametrize("known", [carried(), carried(BOX, 0.01), None], ids=["its own", "another's", "guessed"])
def test_a_full_hand_goes_on(limb, world, known):
    """To where it is to be put, which nobody knows here; the thing stays in the hand."""
    place = Place("shelf-99", limb, carried=known)
    command = place.step(world.view(), state(world, 0.035))
    assert command.status == "failed"
    assert "shelf-99" in command.reason
    assert command.inputs == ()
    assert place.carried is not None
    assert place.carried.object_id == MUG


def test_a_state_that_does_not_say_how_wide_the_hand_is_tells_nothing(limb, world):
    command = Place(TABLE, limb, carried=carried()).step(world.view(), state(world, None))
    assert (command.status, command.inputs) == ("failed", ())
