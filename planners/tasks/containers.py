"""Where a thing may be that is seen nowhere: in what is closed."""

from __future__ import annotations

from planners.tasks.config import TaskConfig
from spatialmem import ObjectState, Unknown, View

__all__ = ["closed_containers"]

LOOKED_MAX = 512
"""Of no more things it is asked what is in them."""


def closed_containers(view: View, config: TaskConfig) -> list[int]:
    """Return what is closed and may hold something, the nearest to the robot first."""
    closed = [one for one in view.objects() if _is_closed(one, config)][:LOOKED_MAX]
    return [one.id for one in sorted(closed, key=lambda one: (_away_m(view, one), one.id))]


def _is_closed(one: ObjectState, config: TaskConfig) -> bool:
    state = one.attributes.get("state", "")
    return state == "closed" or (one.label in config.hinged and state != "open")


def _away_m(view: View, one: ObjectState) -> float:
    away = view.relative(one.id)
    return 0.0 if isinstance(away, Unknown) else away.distance_m
