"""What questions about a floor are asked of: a map and its graph, where the robot is, and no objects."""

from __future__ import annotations

import spatialmem as sm
from spatialmem.belief import Belief
from spatialmem.graph import GraphView
from spatialmem.octree import Octree
from spatialmem.queries.asked import Asked
from spatialmem.shortterm import ShortTerm

__all__ = ["asked_floor"]


def asked_floor(view: GraphView, octree: Octree, robot: sm.RobotState | None = None) -> Asked:
    objects, belief = ShortTerm(sm.ShortTermConfig()), Belief(sm.BeliefConfig(), sm.ShortTermConfig())
    if robot is not None:
        objects.move(robot)
    return Asked(objects.view(), belief.view(), view, octree.view(), 0)
