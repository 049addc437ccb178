"""What the gripper holds, as planners ask for it."""

from task_world import Truth, World

import spatialmem as sm
from planners.held import held_things

MUG, CUP = 1, 2


def picked(object_id: int) -> sm.Action:
    return sm.Action(source="arm", stamp_ns=1, received_ns=1, verb="picked_up", object_id=object_id)


def test_what_the_robot_told_that_it_holds_is_held():
    world = World({MUG: Truth("mug"), CUP: Truth("cup")})
    assert held_things(world.view()) == ()
    world.tell(picked(MUG))
    assert [one.id for one in held_things(world.view())] == [MUG]


def test_what_was_missing_is_held_too_and_the_newest_is_first():
    world = World({MUG: Truth("mug", attributes={"held": "yes"}), CUP: Truth("cup", attributes={"held": "yes"})})
    world.miss(CUP)
    world.look(CUP)
    world.miss(CUP)
    assert [one.id for one in held_things(world.view())] == [CUP, MUG]
