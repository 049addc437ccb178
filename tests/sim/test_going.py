"""What a goal in words means, and who drives there: at once, after a search, or nobody."""

import dataclasses

import numpy as np
import pytest

pytest.importorskip("pybullet")

from homes import COUNTER, on, two_rooms
from toured_home import toured_home

import spatialmem as sm
from sim import Simulation
from sim.going import Going, meant
from sim.loop import drive


class Scripted:
    """A planner that answers with a list of commands, the last one for ever; it keeps how it was made."""

    def __init__(self, word, arguments, options, commands, found=None):
        self.made = word, arguments, options
        self._commands, self.found = list(commands), found
        self.replans: list[str] = [f"{word} anew"]
        self.path_W = np.array([[0.0, 0.0], [1.0, 1.0]])

    def step(self, view, state):
        return self._commands.pop(0) if len(self._commands) > 1 else self._commands[0]


def going(goal, *, explore=False, to=None, found=None, search=("going", "done")):
    made = []

    def make(word, *arguments, **options):
        statuses = search if word == "find" else ("going", "done")
        commands = [sm.Command(status=status, reason=f"{word} {status}") for status in statuses]
        made.append(Scripted(word, arguments, options, commands, found if word == "find" else None))
        return made[-1]

    return Going(goal, to=to, explore=explore, make=make), made


def driven(planner, view):
    """Step until it is over; return the reasons on the way, each once."""
    reasons = []
    for _ in range(100):
        command = planner.step(view, view.robot)
        reasons += [command.reason] if reasons[-1:] != [command.reason] else []
        if command.is_over:
            return command, reasons
    raise AssertionError(reasons)


@pytest.fixture(scope="module")
def view():
    return toured_home().view()


def test_points_ids_names_and_words_are_meant(view):
    (mug,) = view.objects("mug")
    kitchen = next(room for room in view.rooms() if room.label == "kitchen")
    assert meant(view, (1.0, 2.0)) == (1.0, 2.0)
    for words in (mug.id, mug.name, "mug", "the mug", "a mug", "the mug on the table"):
        assert meant(view, words) == mug.id
    for words in ("kitchen", "the kitchen", kitchen.name):
        found = meant(view, words)
        assert isinstance(found, sm.Room)
        assert found.id == kitchen.id


def test_what_is_not_settled_is_not_guessed():
    view = two_mugs().view()
    assert len(view.objects("mug")) == 2
    assert meant(view, "mug") == meant(view, "a mug") == "mug"  # any will do
    found = meant(view, "the mug")
    assert isinstance(found, sm.Unknown)
    assert '"mug" alone is any of them' in found.reason
    found = meant(view, "both mugs")
    assert isinstance(found, sm.Unknown)
    assert "say which" in found.reason
    for nothing in ("giraffe", 987654):
        assert isinstance(meant(view, nothing), sm.Unknown)


def two_mugs():
    """A memory after a look round a kitchen with two mugs on its counter."""
    home = two_rooms()
    mugs = (on(COUNTER, "top", "mug-2", "mug_red", 0.0, 0.5), on(COUNTER, "top", "mug-3", "mug_red", 0.0, -0.2))
    memory = sm.SpatialMemory(sm.Config(world=home.name))
    with Simulation(dataclasses.replace(home, things=mugs), mode="fast") as simulation:
        drive(simulation, memory, Turning(), duration_max_s=8.0)
    return memory


class Turning:
    """Turns round on the spot."""

    def step(self, view, state):
        return sm.Command(base_velocity_B=(0.0, 0.0, 0.9))


def test_a_known_goal_is_driven_to_at_once(view):
    planner, made = going("the mug", to="see")
    command, _ = driven(planner, view)
    (mug,) = view.objects("mug")
    assert (command.status, planner.target) == ("done", mug.id)
    assert [one.made for one in made] == [("go", (mug.id,), {"to": "see", "explore": False})]
    assert planner.planned_W.tolist() == [[0.0, 0.0], [1.0, 1.0]]


def test_see_and_reach_are_of_things(view):
    planner, made = going("kitchen", to="see")
    driven(planner, view)
    assert made[0].made[2] == {"to": None, "explore": False}


def test_an_unknown_goal_is_refused(view):
    planner, made = going("the giraffe")
    command, _ = driven(planner, view)
    assert (command.status, made) == ("failed", [])
    assert "giraffe" in command.reason


def test_or_it_is_searched_and_gone_to_once_found(view):
    (mug,) = view.objects("mug")
    planner, made = going("the giraffe", explore=True, found=mug)
    command, reasons = driven(planner, view)
    assert (command.status, planner.target) == ("done", mug.id)
    assert reasons == ["find going", "find done", "go going", "go done"]
    assert planner.replans == ["find anew", "go anew"]
    assert made[0].made == ("find", ("giraffe",), {})


def test_what_no_search_finds_is_explored_for(view):
    planner, made = going("the giraffe", explore=True, search=("failed",))
    driven(planner, view)
    assert made[1].made == ("go", ("giraffe",), {"to": None, "explore": True})


def test_what_becomes_known_meanwhile_ends_the_search(view):
    planner, made = going("the kitchen", explore=True, search=("going",))
    new = sm.SpatialMemory(sm.Config(world="two_rooms")).view()
    for _ in range(30):
        assert planner.step(new, view.robot).reason == "find going"
    command, _ = driven(planner, view)
    assert command.status == "done"
    assert [one.made[0] for one in made] == ["find", "go"]
