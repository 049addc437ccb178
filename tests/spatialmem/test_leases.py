"""What a plan rests on: each premise says why it does not hold any more, and a lease breaks once."""

import numpy as np
import pytest
from driven_flat import box_at
from walked_flat import BEDROOM, KITCHEN, Flat
from watched_table import MUG, Table, moved

import spatialmem as sm
from spatialmem.leases import Believed, Lease, PassageFree, StaysAt


@pytest.fixture
def table():
    table = Table(sm.SpatialMemory(), {"mug": MUG})
    table.watch(10)
    return table


def mug_of(table):
    (mug,) = table.memory.objects(label="mug")
    return mug


def premises(table):
    mug = mug_of(table)
    return StaysAt(object_id=mug.id, p_W=mug.center_W), Believed(object_id=mug.id)


def test_what_stays_breaks_nothing(table):
    lease = Lease(premises(table))
    table.watch(10)
    assert lease.check(table.memory.view()) == ()
    assert lease.broken == ()


def test_what_is_taken_away_breaks_both(table):
    lease = Lease(premises(table))
    del table.things["mug"]
    table.watch(20)
    first, second = lease.check(table.memory.view())
    assert "missing" in first.why or "not believed" in first.why
    assert "missing" in second.why or "not believed" in second.why
    assert first.seq == table.memory.view().seq
    assert lease.broken == (first, second)


def test_what_is_moved_breaks_where_it_stays_alone(table):
    stays, believed = premises(table)
    table.things["mug"] = moved(MUG, dy=0.4)
    table.watch(20)
    view = table.memory.view()
    assert "m from where it was" in stays.broken(view) or "missing" in stays.broken(view)
    assert Lease([believed]).check(view) == () or "missing" in believed.broken(view)


def test_what_is_in_the_gripper_does_not_stay(table):
    stays, believed = premises(table)
    table.act("picked_up", mug_of(table).id)
    view = table.memory.view()
    assert "in the gripper" in stays.broken(view)
    assert believed.broken(view) == ""


def test_a_lease_asks_once_for_each_view_and_breaks_once(table):
    asked = []

    class Counted:
        def broken(self, view):
            asked.append(view.seq)
            return "it is enough" if len(asked) == 2 else ""

    lease, view = Lease([Counted()]), table.memory.view()
    assert lease.check(view) == lease.check(view) == ()
    table.watch(1)
    (broken,) = lease.check(table.memory.view())
    table.watch(1)
    assert lease.check(table.memory.view()) == (broken,)
    assert len(asked) == 2


def test_a_premise_with_news_is_asked_again_of_the_same_view(table):
    class Told:
        news = 0

        def broken(self, view):
            return f"news {self.news}" if self.news > 1 else ""

    premise = Told()
    lease, view = Lease([*premises(table), premise]), table.memory.view()
    assert lease.check(view) == ()
    premise.news = 2
    (broken,) = lease.check(view)
    assert (broken.premise, broken.why, broken.seq) == (premise, "news 2", view.seq)


def test_a_passage_is_free_until_something_stands_in_it():
    flat = Flat(sm.SpatialMemory(), {}).walk(KITCHEN, BEDROOM)
    view = flat.memory.view()
    route = view.route((1.0, 1.0), (6.0, 1.2))
    assert isinstance(route, sm.Route)
    way = PassageFree(points_W=route.waypoints_W, radius_m=view.robot_radius_m)
    assert way.broken(view) == ""
    flat.things["box"] = box_at(4.05, 2.0)  # in the door
    flat.walk(KITCHEN)
    assert "something is in the way at" in way.broken(flat.memory.view())
    beyond = PassageFree(points_W=np.array([[30.0, 30.0], [31.0, 30.0]]), radius_m=0.3)
    assert "nobody has seen that the floor is free at (30.00, 30.00) m" in beyond.broken(flat.memory.view())


def test_what_cannot_be_asked_does_not_hold(table):
    class Broken:
        def broken(self, view):
            raise ValueError("no idea")

    (broken,) = Lease([Broken()]).check(table.memory.view())
    assert broken.why == "it cannot be asked: ValueError: no idea"


def test_a_premise_that_answers_oddly_does_not_hold(table):
    class Odd:
        news = np.zeros(2)

        def broken(self, view):
            return np.zeros(2)

    (broken,) = Lease([Odd()]).check(table.memory.view())  # pyright: ignore[reportArgumentType]
    assert broken.why == "it answers with a ndarray; a sentence or '' is needed"


@pytest.mark.usefixtures("unchecked_shapes")
@pytest.mark.parametrize(
    ("points_W", "radius_m"),
    [([[1.0, 2.0]], -1.0), ([1.0, 2.0], 0.3), ([[np.nan, 0.0]], 0.3), ([["a", "b"]], 0.3), ([[1.0, 2.0]], "wide")],
)
def test_what_is_no_passage_is_refused(points_W, radius_m):
    with pytest.raises(sm.InputError):
        PassageFree(points_W=np.array(points_W), radius_m=radius_m)


@pytest.mark.usefixtures("unchecked_shapes")
@pytest.mark.parametrize("object_id", ["teddy-7", True, 7.0])
def test_a_thing_that_stays_is_told_by_its_id(object_id):
    with pytest.raises(sm.InputError, match=r"object_id is .*; it is a number"):
        StaysAt(object_id=object_id, p_W=np.zeros(3))
