"""Calls become planners of navigation and of the arm, with what these need to know."""

import sys
import types
from dataclasses import dataclass
from typing import Any

import pytest
from driven_flat import FlatDrive
from task_world import Truth, World
from walked_flat import Flat

import spatialmem as sm
from planners.navigation import NavigationConfig, Navigator, Searcher
from planners.tasks import Call, Fetch, Find, RobotSkills, Skills, TaskPlanner

SMALL = NavigationConfig(footprint_m=(0.5, 0.4), pass_m=0.3, turn_m=0.34, patience_s=6.0, camera_fov_rad=1.03)
DUCK = {"duck": ((2.75, 1.85, 0.5), (2.9, 2.0, 0.65))}
CARRIED = object()


@dataclass
class Made:
    """What a planner of the arm was made with."""

    name: str
    arguments: tuple[Any, ...]
    options: dict[str, Any]
    carried: Any = CARRIED


@pytest.fixture
def arm(monkeypatch):
    """Planners of the arm that only say what they were made with."""
    for name in ("Pick", "Place", "Hinge", "Carrying"):
        module = types.ModuleType(f"planners.manipulation.{name.lower()}")
        setattr(module, name, lambda *arguments, _name=name, **options: Made(_name, arguments, options))
        monkeypatch.setitem(sys.modules, module.__name__, module)
    package = types.ModuleType("planners.manipulation")
    package.__path__ = []
    monkeypatch.setitem(sys.modules, "planners.manipulation", package)
    return "limb"


@pytest.fixture
def view():
    return World({1: Truth("mug", "on", 4), 4: Truth("table", at=(1.0, 1.0)), 5: Truth("sofa", at=(3.0, 3.0))}).view()


@pytest.mark.usefixtures("unchecked_shapes")
@pytest.mark.parametrize(
    ("call", "name", "arguments", "options"),
    [
        (Call(skill="pick", thing=1), "Pick", (1,), {}),
        (Call(skill="place", thing=1, to=4, relation="in"), "Place", (4,), {"relation": "in", "carried": None}),
        (Call(skill="open", thing=5), "Hinge", (5, "open"), {}),
        (Call(skill="close", thing=5), "Hinge", (5, "close"), {}),
        (Call(skill="hand_over", thing=1, to=4), "Place", (4,), {"relation": "on", "carried": None}),
        (Call(skill="hand_over", thing=1, to=5), "Place", (None,), {"relation": "on", "carried": None}),
        (Call(skill="hand_over", thing=1, to=(1.0, 2.0)), "Place", (None,), {"relation": "on", "carried": None}),
    ],
    ids=range(7),
)
def test_the_arm_is_told_what_to_do(arm, view, call, name, arguments, options):
    made: Any = RobotSkills(SMALL, arm).begin(call, view)
    assert made.name == name
    assert made.arguments == (*arguments, arm, SMALL)
    assert made.options == options


@pytest.mark.usefixtures("unchecked_shapes")
def test_how_a_thing_lies_in_the_hand_is_known_from_when_it_was_taken(arm, view):
    skills = RobotSkills(SMALL, arm)
    skills.begin(Call(skill="pick", thing=1), view)
    placed: Any = skills.begin(Call(skill="place", thing=1, to=4, relation="on"), view)
    other: Any = skills.begin(Call(skill="place", thing=2, to=4, relation="on"), view)
    assert (placed.options["carried"], other.options["carried"]) == (CARRIED, None)


@pytest.mark.usefixtures("unchecked_shapes")
def test_who_drives_with_something_in_the_hand_watches_it(arm):
    world = World({1: Truth("mug", "on", 4), 4: Truth("table", at=(1.0, 1.0))})
    call = Call(skill="go_to", to=(2.0, 2.0))
    assert isinstance(RobotSkills(SMALL, arm).begin(call, world.view()), Navigator)
    world.tell(
        sm.Action(source="robot", stamp_ns=1, received_ns=1, world=world.view().world, verb="picked_up", object_id=1)
    )
    made: Any = RobotSkills(SMALL, arm).begin(call, world.view())
    assert (made.name, made.arguments[1]) == ("Carrying", 1)
    assert isinstance(made.arguments[0], Navigator)


def test_the_base_finds_and_goes(view):
    skills = RobotSkills(SMALL)
    assert isinstance(skills, Skills)
    searcher = skills.begin(Call(skill="find", thing="mug"), view)
    assert isinstance(searcher, Searcher)
    assert (searcher.sought, searcher.config) == ("mug", SMALL)
    navigator = skills.begin(Call(skill="go_to", to="kitchen"), view)
    assert isinstance(navigator, Navigator)
    assert (navigator.goal, navigator.config) == ("kitchen", SMALL)


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (Call(skill="pick", thing=1), "the robot has no arm"),
        (Call(skill="find"), "the call 'find' has None as thing"),
        (Call(skill="go_to"), "has None as to"),
        (Call(skill="pick", thing="mug"), "the call 'pick mug' has 'mug' as thing"),
    ],
)
def test_what_cannot_be_begun_is_refused(view, call, told):
    with pytest.raises(sm.InputError, match=told):
        RobotSkills(SMALL).begin(call, view)


def test_an_arm_without_its_planners_says_what_to_install(view):
    skills = RobotSkills(SMALL, "limb")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "planners.manipulation.pick", None)
        with pytest.raises(sm.InputError, match=r"pip install 'spatialmem\[plan\]'"):
            skills.begin(Call(skill="pick", thing=1), view)


def test_a_thing_is_found_by_driving_there():
    flat = Flat(sm.SpatialMemory(), DUCK)
    flat.look_round(1.4, 1.2)
    drive = FlatDrive(flat, (1.4, 1.2, 2.0))
    planner = TaskPlanner([Find("duck"), Fetch("duck")], RobotSkills(SMALL))
    command = drive.drive(planner, 60.0, detects=True)
    assert command.status == "failed"
    found, fetched = planner.results
    assert found.status == "done", found
    assert [one.call.skill for one in found.calls] == ["find"]
    assert "is in view" in found.reason
    assert fetched.status == "failed"
    assert "failed twice, and nothing has changed since: the robot has no arm" in fetched.reason
    assert all(one.refused for one in fetched.calls)
