"""What the gripper holds, by the memory."""

from __future__ import annotations

from spatialmem import ObjectState, View

__all__ = ["held_things"]


def held_things(view: View) -> tuple[ObjectState, ...]:
    """Return what the gripper holds, what was taken or seen last first; () for nothing.

    Whether it was ever confirmed, or was missing before it was taken, is all the same: the robot told that it holds it.
    """
    held = [one for one in view.objects(confirmed=False, missing=True) if one.attributes.get("held") == "yes"]
    return tuple(sorted(held, key=lambda one: (-one.stamp_ns, -one.id)))
