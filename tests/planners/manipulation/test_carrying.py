"""Who drives with something in the hand notices that it is gone, stands, and tells the memory once."""

import numpy as np
import pytest

pytest.importorskip("pybullet")
pytest.importorskip("ompl")

from surveyed_halls import husky_limb, surveyed_hall

from planners.manipulation.carrying import Carrying
from planners.manipulation.place import Place
from planners.navigation import Navigator
from sim.suites.setup import Setup
from sim.worlds.home import Furniture, Home, Room, Thing
from spatialmem import Action, Presence, RobotState, Unknown

HOME = Home(
    "hall",
    rooms=(Room("hall", (0.0, 0.0), (5.0, 5.0)),),
    doorways=(),
    furniture=(Furniture("table-1", 3.6, 2.5, 0.0, (0.8, 1.2, 0.74)),),
    things=(Thing("can-1", "can_red", "table-1/top", (3.5, 2.35, 0.74)),),
)
SETUP = Setup()


@pytest.fixture(scope="module")
def known():
    return surveyed_hall(HOME, SETUP)


@pytest.fixture
def memory(known):
    """A memory that knows of a table, and of a can that is in the gripper."""
    memory = SETUP.loaded(known, HOME)
    memory.observe(state(memory, 0.06))
    can = can_of(memory)
    now_ns = memory.view().stamp_ns
    memory.observe(
        Action(
            source="robot", stamp_ns=now_ns, received_ns=now_ns, world="hall", verb="picked_up", object_id=can.object.id
        )
    )
    yield memory
    memory.close()


def can_of(memory):
    found = memory.view().where("can", k=1)
    assert not isinstance(found, Unknown)
    return found[0]


def state(memory, width_m: float | None) -> RobotState:
    now_ns, X_WB, X_WG = memory.view().stamp_ns + 10**8, np.eye(4), np.eye(4)
    X_WB[:2, 3] = 1.2, 1.5
    X_WG[:3, 3] = 1.5, 1.5, 0.8
    return RobotState(
        source="robot", stamp_ns=now_ns, received_ns=now_ns, world="hall", X_WB=X_WB, X_WG=X_WG, gripper_width_m=width_m
    )


def test_it_drives_as_long_as_the_hand_holds_something(memory):
    carrying = Carrying(Navigator((2.0, 1.5), config=SETUP.navigation), can_of(memory).object.id)
    for width_m in (0.06, 0.05, None):
        command = carrying.step(memory.view(), state(memory, width_m))
        assert command.status == "going", command.reason
        assert command.inputs == ()


@pytest.mark.parametrize("kind", ["driving", "placing"])
def test_what_slips_out_of_the_hand_ends_it_and_the_memory_is_told_once(memory, kind):
    can = can_of(memory).object
    assert can_of(memory).presence is Presence.HELD
    if kind == "driving":
        planner = Carrying(Navigator((2.0, 1.5), config=SETUP.navigation), can.id)
    else:
        planner = Place(None, husky_limb(), SETUP.navigation)
    assert planner.step(memory.view(), state(memory, 0.06)).status == "going"
    command = planner.step(memory.view(), state(memory, 0.0))
    assert command.status == "failed"
    assert "slipped out of the hand" in command.reason
    assert command.base_velocity_B == (0.0, 0.0, 0.0)
    (told,) = command.inputs
    memory.observe(told)
    assert can_of(memory).presence is not Presence.HELD
    again = planner.step(memory.view(), state(memory, 0.0))
    assert (again.status, again.inputs) == ("failed", ())
