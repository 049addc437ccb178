"""What a robot put somewhere stays there in the next task, but for what would be in the robot's own place, or could not
be put back there; and there it goes back to."""

import itertools
import math
from dataclasses import replace

from sim.suites.kinematic.places import KeptPlaces
from sim.suites.kinematic.visits import Task
from sim.suites.kinematic.wishes import Wish
from sim.suites.sight import Spot
from sim.worlds import World, generate_home
from sim.worlds.built.resting import thing_bounds


def test_what_was_put_somewhere_stays_there_unless_the_robot_begins_there():
    home = generate_home(0)
    floor_m = 1.5, 1.5
    thing = home.things[0]
    put = replace(thing, support="floor", p_WK=(*floor_m, thing.p_WK[2]))
    kept = KeptPlaces()
    kept._places[thing.name] = thing, put
    far = Task(kind="simple", start=Spot(floor_m[0] + 1.0, floor_m[1], 0.0), wishes=(), home=home, after=home)
    assert put in kept.applied(far).things
    there = replace(far, start=Spot(floor_m[0] + 0.1, floor_m[1], 0.0))
    assert kept.applied(there).things == home.things


def test_what_is_to_go_back_goes_to_where_it_stood_when_it_was_asked_for():
    """Not to where the plan has it, which nobody can know, when the robot itself had put it elsewhere."""
    home = generate_home(0)
    with World(home) as world:
        tops = {name: one for name, one in world.supports.items() if not one.behind}
        pairs = itertools.permutations(home.things, 2)
        thing, other = next((one, two) for one, two in pairs if _on_other_tops(one, two, tops))
        low_W, high_W = thing_bounds(world, other.name)
    swapped = {
        thing.name: replace(thing, support=other.support, p_WK=other.p_WK, q_WK=other.q_WK),
        other.name: replace(other, support=thing.support, p_WK=thing.p_WK, q_WK=thing.q_WK),
    }
    kept = KeptPlaces([thing.name])
    planned = Wish(kind="back", thing=thing.name, piece="nowhere-1", p_W=(9.0, 9.0, 9.0), unnamed=1)
    spot = Spot(0.0, 0.0, 0.0)
    asked = Task(kind="simple", start=spot, wishes=(Wish(kind="fetch", thing=thing.name),), home=home, after=home)
    back = replace(asked, kind="complex", wishes=(planned,))
    assert kept.asked(back, home).wishes == (planned,)
    kept.asked(asked, replace(home, things=tuple(swapped.get(one.name, one) for one in home.things)))
    (wish,) = kept.asked(back, home).wishes
    assert (wish.kind, wish.piece, wish.unnamed) == ("back", other.support.split("/")[0], 1)
    assert math.dist(wish.p_W[:2], ((low_W + high_W) / 2)[:2]) < 0.1


def test_what_is_to_go_back_is_not_where_it_could_not_be_put_back():
    home = generate_home(0)
    thing = home.things[0]
    put = replace(thing, support="floor", p_WK=(1.5, 1.5, thing.p_WK[2]))
    task = Task(kind="simple", start=Spot(2.5, 1.5, 0.0), wishes=(), home=home, after=home)
    for going_back, stays in (((), True), ((thing.name,), False)):
        kept = KeptPlaces(going_back)
        kept._places[thing.name] = thing, put
        assert (put in kept.applied(task).things) is stays


def test_all_is_as_it_was_planned_where_the_rest_would_not_stand():
    """One thing was put where another had been; that other, put where the robot begins, is where it was planned."""
    home = generate_home(0)
    one, other = next(pair for pair in itertools.permutations(home.things, 2) if _meet(home, *pair))
    kept = KeptPlaces()
    kept._places[one.name] = one, replace(one, support=other.support, p_WK=other.p_WK, q_WK=other.q_WK)
    kept._places[other.name] = other, replace(other, support="floor", p_WK=(1.5, 1.5, other.p_WK[2]))
    far = Task(kind="simple", start=Spot(2.5, 1.5, 0.0), wishes=(), home=home, after=home)
    assert kept.applied(far).things != home.things
    assert kept.applied(replace(far, start=Spot(1.6, 1.5, 0.0))) is home


def _meet(home, one, other):
    """Whether one thing in the place of another is in its way."""
    there = replace(one, support=other.support, p_WK=other.p_WK, q_WK=other.q_WK)
    with World(replace(home, things=tuple(there if thing is one else thing for thing in home.things))) as world:
        return bool(world.trouble)


def _on_other_tops(one, two, tops):
    return one.support in tops and two.support in tops and one.support.split("/")[0] != two.support.split("/")[0]
