"""What the robot's own actions say about an object: its attributes."""

from __future__ import annotations

from spatialmem.types import Action

__all__ = ["heed"]

_WHERE = ("held", "in", "on")
"""Of these an object has at most one."""


def heed(attributes: dict[str, str], action: Action, target_id: int | None) -> None:
    """Bring an object's attributes up to date with what was done to it, in place.

    target_id: the object that it was placed on or in; None where that is not known, and then nothing is said of it.
    """
    if action.verb in ("opened", "closed"):
        attributes["state"] = "open" if action.verb == "opened" else "closed"
    elif action.verb != "pushed":
        for name in _WHERE:
            attributes.pop(name, None)
        if action.verb == "picked_up":
            attributes["held"] = "yes"
        elif target_id is not None:
            attributes["on" if action.verb == "placed_on" else "in"] = str(target_id)
