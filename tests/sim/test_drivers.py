"""Planners are found by the word under which a package announces them, and are told of the robot."""

import re
import sys
import types
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

pytest.importorskip("pybullet")

from homes import two_rooms

import planners.navigation
import spatialmem as sm
from planners.navigation import NavigationConfig
from sim import Simulation
from sim.drivers import load_planner, maker_of
from sim.run import Tour

GROUP = "spatialmem.planners"


class Plain:
    """A planner whose module says nothing of settings."""

    def __init__(self, text="nothing"):
        self.text = text

    def step(self, view, state):
        return sm.Command(status="done", reason=self.text)


class NoPlanner:
    """It lacks `step`."""


def announced(**values):
    def entries(*, group):
        assert group == GROUP
        return [EntryPoint(name, value, GROUP) for name, value in values.items()]

    return entries


@pytest.fixture(scope="module")
def simulation():
    with Simulation(two_rooms(), mode="fast", robot="differential") as simulation:
        yield simulation


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch):
    """A module of another package."""
    module = types.ModuleType("elsewhere")
    module.Plain, module.NoPlanner = Plain, NoPlanner  # pyright: ignore[reportAttributeAccessIssue]
    monkeypatch.setitem(sys.modules, "elsewhere", module)


def test_our_planners_are_announced():
    project = (Path(__file__).resolve().parents[2] / "pyproject.toml").read_text("utf-8")
    section = project.split(f'[project.entry-points."{GROUP}"]')[1].split("\n[")[0]
    found = dict(re.findall(r'^([\w-]+) = "([\w.]+:\w+)"$', section, re.MULTILINE))
    assert found == {
        "do": "planners.tasks.typed:do",
        "explore": "planners.navigation:Explorer",
        "find": "planners.navigation:Searcher",
        "go": "planners.navigation:Navigator",
    }


def test_a_planner_of_ours_is_made_for_the_robot_that_it_drives(simulation):
    entries = announced(go="planners.navigation:Navigator")
    planner = maker_of("go:kitchen", entries=entries)(simulation)
    assert isinstance(planner, planners.navigation.Navigator)
    assert planner.goal == "kitchen"
    robot = simulation.robot
    assert planner.config == NavigationConfig(
        footprint_m=robot.footprint_m, pass_m=robot.footprint_m[1] / 2 + 0.015, turn_m=robot.turn_m,
        camera_height_m=float(robot.X_BC[2, 3]), camera_fov_rad=simulation.sensor.settings.fov_rad,
    )  # fmt: skip


def test_another_package_s_planner_gets_the_text_alone(simulation):
    entries = announced(mine="elsewhere:Plain")
    for spec, reason in (("mine:a:b", "a:b"), ("mine", "nothing")):
        assert maker_of(spec, entries=entries)(simulation).step(None, simulation.robot.state()).reason == reason


def test_the_tour_is_always_there(simulation):
    assert isinstance(maker_of("tour", entries=announced())(simulation), Tour)


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("drift", "there is no planner 'drift'; there are explore, lame, none, tour"),
        ("explore", "could not be loaded from elsewhere:Nobody: AttributeError"),
        ("lame", "makes is a NoPlanner, which lacks step of Planner"),
        ("none", "could not be loaded from nowhere.at_all:Planner: ModuleNotFoundError"),
    ],
)
def test_what_cannot_drive_is_one_sentence(simulation, spec, says):
    entries = announced(explore="elsewhere:Nobody", lame="elsewhere:NoPlanner", none="nowhere.at_all:Planner")
    with pytest.raises(sm.InputError, match=re.escape(says)):
        maker_of(spec, entries=entries)(simulation)


def test_a_planner_that_needs_a_text_says_so(simulation):
    make = load_planner("go", entries=announced(go="planners.navigation:Navigator"))
    with pytest.raises(sm.InputError, match="'go' cannot be made so: missing a required argument: 'goal'"):
        make(simulation)
