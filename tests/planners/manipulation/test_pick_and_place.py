"""A can on a table, through the physics: taken, put on another table, told to the memory; and what is refused."""

import contextlib
import dataclasses
import math

import numpy as np
import pytest

pytest.importorskip("pybullet")
pytest.importorskip("ompl")

from surveyed_halls import husky_limb, surveyed_hall

from planners.manipulation.pick import Pick
from planners.manipulation.place import Place
from sim.loop import drive
from sim.poses import yaw_pose
from sim.simulation import Simulation
from sim.suites.setup import Setup
from sim.worlds import truth_of
from sim.worlds.home import Furniture, Home, Room, Thing
from spatialmem import Action, InputError, Presence, RobotState, Unknown

HOME = Home(
    "hall",
    rooms=(Room("hall", (0.0, 0.0), (5.0, 5.0)),),
    doorways=(),
    furniture=(
        Furniture("table-1", 3.6, 2.5, math.pi / 2, (0.6, 1.2, 0.74)),
        Furniture("table-2", 1.2, 4.0, math.pi / 2, (0.6, 1.2, 0.74)),
    ),
    things=(Thing("can-1", "can_red", "table-1/top", (3.5, 2.35, 0.74)),),
)
SETUP = Setup()


@pytest.fixture(scope="module")
def limb():
    return husky_limb()


@pytest.fixture(scope="module")
def known():
    """What a survey of the hall tells a memory."""
    return surveyed_hall(HOME, SETUP)


def thing(memory, what):
    found = memory.view().where(what, k=1)
    assert not isinstance(found, Unknown)
    return found[0]


def state(width_m: float | None) -> RobotState:
    return RobotState(
        source="robot", stamp_ns=1, received_ns=1, world="hall", X_WB=np.eye(4), X_WG=np.eye(4), gripper_width_m=width_m
    )


@pytest.mark.slow
def test_a_can_is_taken_by_friction_and_put_on_another_table(limb, known):
    memory = SETUP.loaded(known, HOME)
    start_ns = memory.view().stamp_ns + 10**9
    simulation = Simulation(
        HOME, camera=SETUP.camera, detector=SETUP.detector, X_WB=yaw_pose(2.3, 2.4, 0.0), start_ns=start_ns
    )
    with contextlib.closing(memory), simulation:
        can = thing(memory, "can").object
        pick = Pick("can", limb, SETUP.navigation)
        taken = drive(simulation, memory, pick, duration_max_s=120.0)
        assert taken.command.status == "done", (taken.command.reason, pick.account)
        assert 0.055 <= (simulation.robot.state().gripper_width_m or 0.0) <= 0.075
        assert truth_of(simulation.world).objects["can-1"].support == ""
        assert thing(memory, can.id).presence is Presence.HELD
        table = min(memory.view().objects("table"), key=lambda one: float(np.hypot(*(one.center_W[:2] - (1.2, 4.0)))))
        place = Place(table.id, limb, SETUP.navigation, carried=pick.carried)
        put = drive(simulation, memory, place, duration_max_s=120.0)
        assert put.command.status == "done", (put.command.reason, place.account)
        simulation.step(10)
        assert truth_of(simulation.world).objects["can-1"].support == "table-2/top"
        assert thing(memory, can.id).object.attributes["on"] == str(table.id)


@pytest.mark.slow
def test_a_can_is_put_into_a_basket(limb):
    basket = Thing("basket-1", "basket", "table-1/top", (3.55, 2.75, 0.74))
    home = dataclasses.replace(HOME, things=(Thing("can-1", "can_red", "table-1/top", (3.5, 2.2, 0.74)), basket))
    memory = SETUP.loaded(surveyed_hall(home, SETUP), home)
    start_ns = memory.view().stamp_ns + 10**9
    simulation = Simulation(
        home, camera=SETUP.camera, detector=SETUP.detector, X_WB=yaw_pose(2.3, 2.4, 0.0), start_ns=start_ns
    )
    with contextlib.closing(memory), simulation:
        can, target = thing(memory, "can").object, thing(memory, "basket").object
        pick = Pick("can", limb, SETUP.navigation)
        taken = drive(simulation, memory, pick, duration_max_s=120.0)
        assert taken.command.status == "done", (taken.command.reason, pick.account)
        place = Place(target.id, limb, SETUP.navigation, relation="in", carried=pick.carried)
        put = drive(simulation, memory, place, duration_max_s=120.0)
        assert put.command.status == "done", (put.command.reason, place.account)
        simulation.step(20)
        truth = truth_of(simulation.world).objects
        inner, outer = truth["can-1"], truth["basket-1"]
        assert (inner.low_W[:2] > outer.low_W[:2]).all()
        assert (inner.high_W[:2] < outer.high_W[:2]).all()
        assert inner.low_W[2] < outer.low_W[2] + 0.03
        assert thing(memory, can.id).object.attributes["in"] == str(target.id)


def test_what_nobody_knows_is_not_gone_for(limb, known):
    with contextlib.closing(SETUP.loaded(known, HOME)) as memory:
        command = Pick("can-999", limb, SETUP.navigation).step(memory.view(), state(0.0))
    assert command.status == "failed"
    assert "999" in command.reason
    assert command.inputs == ()


def test_what_is_in_the_hand_is_not_taken_again(limb, known):
    with contextlib.closing(SETUP.loaded(known, HOME)) as memory:
        one = thing(memory, "can").object
        now_ns = memory.view().stamp_ns + 1
        memory.observe(
            Action(
                source="robot", stamp_ns=now_ns, received_ns=now_ns, world="hall", verb="picked_up", object_id=one.id
            )
        )
        command = Pick(one.id, limb, SETUP.navigation).step(memory.view(), state(0.06))
    assert command.status == "failed"
    assert "gripper already" in command.reason


def test_an_empty_hand_puts_nothing_down(limb, known):
    with contextlib.closing(SETUP.loaded(known, HOME)) as memory:
        command = Place(None, limb, SETUP.navigation).step(memory.view(), state(0.0))
    assert command.status == "failed"
    assert "nothing in the hand" in command.reason


@pytest.mark.parametrize("target", [(1.0, 2.0), 1.5, True], ids=repr)
def test_a_target_is_a_thing_or_a_point(limb, target):
    with pytest.raises(InputError, match="target"):
        Place(target, limb)


def test_the_head_looks_where_it_is_told(limb):
    head = limb.looking_at(np.array([0.36, -2.0, 1.25]))
    assert head["camera_pan"] == pytest.approx(-math.pi / 2)
    assert head["camera_tilt"] == pytest.approx(0.0, abs=1e-9)
    assert limb.looking_at(np.array([1.36, 0.0, 0.25]))["camera_tilt"] == pytest.approx(math.pi / 4)


def test_what_the_arm_reaches_inverse_kinematics_finds(limb):
    """At places that the map calls reached, straight down, of twenty at most one is not."""
    rng, found = np.random.default_rng(0), []
    while len(found) < 20:
        radius, turn, z = rng.uniform(0.3, 0.8), rng.uniform(-1.5, 1.5), rng.uniform(0.2, 0.8)
        X_RG = np.diag([1.0, -1.0, -1.0, 1.0])
        X_RG[:3, 3] = limb.reach.axis_R[0] + radius * math.cos(turn), radius * math.sin(turn), z
        if limb.reach.at(X_RG[None, :3, 3], X_RG[None, :3, 2])[0] >= 0.5:
            found.append(len(limb.inverse.solve(X_RG, limb.stowed_rad, count=1, tries=40)) > 0)
    assert sum(found) >= 19
    far = np.array([[2.0, 0.0, 0.5]])
    assert limb.reach.at(far, np.array([[0.0, 0.0, -1.0]]))[0] == 0.0
