"""What a goal's words mean; and where a thing was before, by a memory that watched."""

from typing import Any

import numpy as np
import pytest
from task_world import Truth, World
from watched_table import CUP, FRIDGE, MUG, S, Table, moved
from worded_memory import rectangle

import spatialmem as sm
from planners.tasks import Again, Before, Meant, Put, TaskConfig, TaskPlanner
from planners.tasks.grounding import Choice, _lifted, home_of, spot_meant, thing_meant
from planners.tasks.meant import Meaning
from planners.tasks.pursuit import Ended, Pursuit
from planners.tasks.skills import Call, Outcome
from planners.tasks.symbolic import SymbolicPlanner
from spatialmem.kernels.warmup import warm_up

KITCHENS = [rectangle(12, "kitchen", (0.0, 0.0), (4.0, 4.0)), rectangle(14, "kitchen", (4.0, 0.0), (8.0, 4.0))]


@pytest.fixture(scope="module")
def view():
    things = {
        1: Truth("mug", "on", 4, attributes={"colour": "dark red"}),
        2: Truth("mug", "on", 5),
        4: Truth("table", at=(1.0, 1.0)),
        5: Truth("desk", at=(6.0, 1.0)),
        6: Truth("coffee_table", at=(6.0, 3.0)),
    }
    return World(things, rooms=KITCHENS).view()


@pytest.mark.parametrize(
    ("what", "choice"),
    [
        ("mug", Choice(ids=(1, 2), label="mug")),
        (" mug ", Choice(ids=(1, 2), label="mug")),
        ("mug-2", Choice(ids=(2,), label=None)),
        (2, Choice(ids=(2,), label=None)),
        ("the red mug", Choice(ids=(1,), label=None)),
        ("red mug", Choice(ids=(1,), label=None)),
        ("the mug on the desk", Choice(ids=(2,), label=None)),
        ("coffee table", Choice(ids=(6,), label=None)),
        ("the desk", Choice(ids=(5,), label=None)),
        ("giraffe", Choice(ids=(), label="giraffe")),
        ("the giraffe", Choice(ids=(), label="giraffe")),
        ("tables", Choice(ids=(4,), label=None)),
        (Again(), Choice(ids=(2,), label=None)),
    ],
    ids=range(13),
)
def test_what_is_meant(view, what, choice):
    meant = Meant((Meaning(object_id=2, label="mug", stamp_ns=1),))
    found = thing_meant(view, what, meant)
    assert isinstance(found, Choice), found
    assert (sorted(found.ids), found.label) == (sorted(choice.ids), choice.label)


@pytest.mark.parametrize(
    ("label", "ids"),
    [("mug", (1, 2)), ("giraffe", ())],
)
def test_what_was_meant_and_not_found_is_any_of_its_label(view, label, ids):
    found = thing_meant(view, Again(), Meant((Meaning(object_id=None, label=label, stamp_ns=1),)))
    assert isinstance(found, Choice), found
    assert (tuple(sorted(found.ids)), found.label) == (ids, label)


@pytest.mark.parametrize(("what", "label"), [("can", "can"), ("the iron", "iron"), ("it", None), ("the other", None)])
def test_what_nobody_has_seen_is_looked_for_whatever_else_its_word_means(what, label):
    """Of a memory that knows of no can, "can" is a verb."""
    found = thing_meant(World({}).view(), what, Meant())
    if label is None:
        assert isinstance(found, sm.Unknown)
    else:
        assert found == Choice(ids=(), label=label)


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("the mug", "say which"),
        ("mugs", "one thing is needed"),
        ("the blue mug", 'it is "blue"'),
        ("blue mug", 'it is "blue"'),
        ("the red giraffe", "names nothing here"),
        ("mug-9", "mug-9"),
        ("kitchen-12", "is a room"),
        (99, "99"),
    ],
)
def test_what_is_not_settled_is_not_guessed(view, what, told):
    found = thing_meant(view, what, Meant())
    assert isinstance(found, sm.Unknown)
    assert told in found.reason


@pytest.mark.parametrize(
    ("to", "spot"),
    [
        ((1.0, 2.0), (1.0, 2.0)), ("kitchen", "kitchen"), ("kitchen-12", "kitchen-12"), ("the desk", 5), ("mug-2", 2),
        (4, 4), ("ballroom", "ballroom"),
    ],
    ids=range(7),
)  # fmt: skip
def test_where_to(view, to, spot):
    assert spot_meant(view, to, Meant()) == spot


def test_where_to_is_not_guessed_either(view):
    found = spot_meant(view, "the mug", Meant())
    assert isinstance(found, sm.Unknown)
    assert "say which" in found.reason


# where it was


@pytest.fixture
def table():
    """mug-1, cup-2 and fridge-3, which is open, on table-4."""
    warm_up()
    made = Table(sm.SpatialMemory(sm.Config(octree=sm.OctreeConfig(budget_mib=64, threads=1))), {})
    made.things = {"mug": MUG, "cup": CUP, "fridge": FRIDGE, **made.things}
    made.attributes["fridge"] = {"state": "open"}
    made.watch(8)
    assert [one.name for one in made.memory.objects()] == ["mug-1", "cup-2", "fridge-3", "table-4"]
    return made


def take(table: Table, name: str, object_id: int) -> None:
    table.grip((1.45, 0.0, 0.8))
    table.act("picked_up", object_id)
    table.things.pop(name, None)


def test_it_was_where_the_robot_took_it_from(table):
    take(table, "mug", 1)
    home = home_of(table.memory.view(), 1)
    assert not isinstance(home, sm.Unknown), home
    assert (home.relation, home.carrier_id) == ("on", 4)
    assert home.p_W == pytest.approx((1.45, 0.0, 0.76), abs=0.03)
    table.act("placed_in", 1, 3)
    again = home_of(table.memory.view(), 1)
    assert not isinstance(again, sm.Unknown), again
    assert (again.relation, again.carrier_id) == ("on", 4)
    table.act("picked_up", 1)
    inside = home_of(table.memory.view(), 1)
    assert not isinstance(inside, sm.Unknown), inside
    assert (inside.relation, inside.carrier_id) == ("in", 3)


def test_it_was_where_it_stood_before_the_hand_was_seen_to_move_it(table):
    table.things["mug"] = moved(MUG, dx=0.2, dy=-0.1)  # by the hand, which says so a moment later
    table.watch(8)
    assert "moved" in [one.kind for one in table.memory.view().history(1)]
    take(table, "mug", 1)
    home = home_of(table.memory.view(), 1)
    assert not isinstance(home, sm.Unknown), home
    assert (home.relation, home.carrier_id) == ("on", 4)
    assert home.p_W == pytest.approx((1.45, 0.0, 0.76), abs=0.03)


@pytest.mark.parametrize(("to_m", "since"), [((0.3, 0.2, 1.1), 0), ((4.0, 3.0, 0.8), 1)])
def test_what_was_found_far_from_where_it_was_no_hand_had_lifted(to_m, since):
    """Taken as soon as it is found: it was where it was found, though it was told to have moved just before."""
    at, found = np.array([0.1, 0.2, 0.8]), np.array(to_m)
    told: dict[str, Any] = {
        "object_id": 1,
        "name": "mug-1",
        "looked_from_W": None,
        "p": 1.0,
        "place": "",
        "since_ns": 0,
    }
    moving = sm.Change(kind="moved", stamp_ns=20 * S, seq=20, from_W=at, to_W=found, **told)
    taking = sm.Change(kind="picked_up", stamp_ns=25 * S, seq=25, from_W=found, to_W=None, **told)
    assert _lifted((moving, taking), 1) == since


def test_what_was_put_aside_for_a_goal_was_where_it_was_taken_from_first(table):
    began_ns = table.stamp_ns
    take(table, "mug", 1)
    table.act("placed_in", 1, 3)
    table.act("picked_up", 1)
    view = table.memory.view()
    first, last = home_of(view, 1, began_ns), home_of(view, 1)
    assert not isinstance(first, sm.Unknown), first
    assert not isinstance(last, sm.Unknown), last
    assert (first.carrier_id, last.carrier_id) == (4, 3)
    assert home_of(view, 1, table.stamp_ns) == last  # the goal after that did not take it


def test_it_was_where_it_stood_before_somebody_moved_it(table):
    table.things["mug"] = moved(MUG, dx=0.2, dy=-0.1)
    table.watch(8)
    home = home_of(table.memory.view(), 1)
    assert not isinstance(home, sm.Unknown), home
    assert (home.relation, home.carrier_id) == ("on", 4)
    assert home.p_W == pytest.approx((1.45, 0.0, 0.76), abs=0.05)


def test_what_lies_elsewhere_on_the_same_table_is_put_back(table):
    table.things["mug"] = moved(MUG, dx=0.34)
    table.watch(8)
    pursuit = Pursuit(Put("mug", Before()), Meant(), SymbolicPlanner(), TaskConfig())
    assert pursuit.begin(table.memory.view(), (0.0, 0.0)) == ""
    assert str(pursuit.next(table.memory.view())) == "pick 1"
    table.things["mug"] = MUG
    table.watch(8)
    assert str(pursuit.next(table.memory.view())) == "find mug"  # it is so by now, and is looked at


def test_it_is_put_where_on_a_table_it_is_wanted(table):
    view = table.memory.view()
    there = Pursuit(Put("mug", 4, at=(1.45, 0.0, 0.76)), Meant(), SymbolicPlanner(), TaskConfig())
    assert there.begin(view, (0.0, 0.0)) == ""
    assert str(there.next(view)) == "find mug"  # it is there already, and is looked at
    aside = Pursuit(Put("mug", 4, at=(1.45, 0.5, 0.76)), Meant(), SymbolicPlanner(), TaskConfig())
    assert aside.begin(view, (0.0, 0.0)) == ""
    assert str(aside.next(view)) == "pick 1"
    nowhere = Pursuit(Put("mug", "sofa", at=(1.0, 0.0, 0.5)), Meant(), SymbolicPlanner(), TaskConfig())
    assert nowhere.begin(view, (0.0, 0.0)) == "no sofa is known to put it on"


def test_a_point_on_one_table_is_on_no_other():
    """Where it cannot be put there, it is given up, though any table was named by the label."""
    tables = {i: Truth("table", at=(float(i), 1.0)) for i in (4, 5)}
    world = World({1: Truth("mug"), **tables}, rooms=KITCHENS)
    world.tell(sm.Action(source="arm", stamp_ns=1, received_ns=1, verb="picked_up", object_id=1))
    view = world.view()
    pursuit = Pursuit(Put("mug", "table", at=(4.0, 1.0, 0.76)), Meant(), SymbolicPlanner(), TaskConfig())
    assert pursuit.begin(view, (0.0, 0.0)) == ""
    for _ in range(2):
        call = pursuit.next(view)
        assert isinstance(call, Call)
        assert (call.skill, call.p_W) == ("place", (4.0, 1.0, 0.76))
        pursuit.record(Outcome(call=call, status="failed", reason="no room", began_ns=0, ended_ns=1))
    ended = pursuit.next(view)
    assert isinstance(ended, Ended)
    assert "no room" in ended.reason


def test_what_was_never_moved_has_no_place_to_go_back_to(table):
    home = home_of(table.memory.view(), 2)
    assert isinstance(home, sm.Unknown)
    assert "cup-2 was never taken or moved" in home.reason
    gone = home_of(table.memory.view(), 77)
    assert isinstance(gone, sm.Unknown)


class _Hand:
    """Skills that act at once on the table, and take down what they were told."""

    def __init__(self, table: Table):
        self.table, self.told = table, []

    def begin(self, call, view):
        self.told.append(call)
        return self

    def step(self, view, state):
        call, stamps = self.told[-1], {"stamp_ns": state.stamp_ns, "received_ns": state.stamp_ns}
        verb: Any = {"pick": "picked_up", "place": f"placed_{call.relation}"}[call.skill]
        action = sm.Action(source="arm", **stamps, verb=verb, object_id=call.thing, target_id=call.to)
        return sm.Command(status="done", reason=f"{call} done", inputs=(action,))


def test_it_is_put_back_where_it_was(table):
    """It was on the table; the robot put it in the fridge; asked to put back the one it meant before, it does."""
    hand, meant = _Hand(table), Meant()
    planner = TaskPlanner([Put("mug", "fridge-3", "in"), Put(Again(), Before())], hand, meant=meant)
    table.things.pop("mug")
    command = sm.Command()
    for _ in range(40):
        table.grip((1.45, 0.0, 0.8))
        stamps = {"stamp_ns": table.stamp_ns, "received_ns": table.stamp_ns}
        command = planner.step(table.memory.view(), sm.RobotState(source="robot", X_WB=np.eye(4), **stamps))
        for x in command.inputs:
            receipt = table.memory.observe(x)
            assert receipt, receipt
        table.step += 1
        if command.is_over:
            break
    assert command.status == "done", command
    assert [str(one) for one in hand.told] == ["pick 1", "place 1 in 3", "pick 1", "place 1 on 4"]
    assert hand.told[-1].p_W == pytest.approx((1.45, 0.0, 0.76), abs=0.03)
    assert table.memory.where(1)[0].place == "on table-4"
