"""What a robot put somewhere stays there in the next task, but for what would be in the robot's own place."""

from dataclasses import replace

from sim.suites.kinematic.places import KeptPlaces
from sim.suites.kinematic.visits import Task
from sim.suites.sight import Spot
from sim.worlds import generate_home


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
