"""What somebody types, done by one robot: its settings and the text become a `TaskPlanner`."""

from __future__ import annotations

from planners.manipulation.config import ManipulationConfig
from planners.manipulation.limb import Limb
from planners.navigation import NavigationConfig
from planners.tasks.config import TaskConfig
from planners.tasks.phrases import goals_of
from planners.tasks.robot_skills import RobotSkills
from planners.tasks.task_planner import TaskPlanner

__all__ = ["ManipulationConfig", "NavigationConfig", "do"]


def do(text: str, *, config: NavigationConfig, arm: ManipulationConfig) -> TaskPlanner:
    """Return what does the orders of a text one after the other; one that fails does not end it.

    config, arm: what the robot is like. Raises InputError for what is no order, and ConfigError for an arm that its
    URDF does not have.
    """
    tasks = TaskConfig(goes_on=True)
    return TaskPlanner(goals_of(text), RobotSkills(config, Limb(arm), tasks), config=tasks)
