"""Carries out tasks by asking the memory: typed goals, or an instruction in words.

    TaskPlanner([Fetch("mug", to="kitchen"), Close("fridge")], RobotSkills(limb=limb))

goals            what a robot may be asked for: Find, Fetch, Put, Open, Close; Again, Before
grounding, meant what a goal's words mean now; which things earlier goals meant
facts            what the memory knows of the things that a goal concerns
domain, symbolic what the skills need and bring about; plans of that, by unified-planning and Tamer
pursuit, guard   one goal: the next call as things are, what else to try, when to give up
task_planner     goal after goal, call after call, each checked against the memory before and after (checks, premise)
skills           what a call is, and what carries it out; robot_skills: navigation and manipulation
language         an instruction in words, by a chat model with tools (chat, tools)
containers       what is closed, where a thing is found nowhere
config           how a task is gone about
"""

from planners.tasks.chat import ChatError, ChatModel
from planners.tasks.config import TaskConfig
from planners.tasks.goals import Again, Before, Close, Fetch, Find, Goal, Open, Put
from planners.tasks.language import LanguagePlanner
from planners.tasks.meant import Meaning, Meant
from planners.tasks.robot_skills import RobotSkills
from planners.tasks.skills import Call, Outcome, Skills
from planners.tasks.task_planner import GoalResult, TaskPlanner

__all__ = [
    "Again",
    "Before",
    "Call",
    "ChatError",
    "ChatModel",
    "Close",
    "Fetch",
    "Find",
    "Goal",
    "GoalResult",
    "LanguagePlanner",
    "Meaning",
    "Meant",
    "Open",
    "Outcome",
    "Put",
    "RobotSkills",
    "Skills",
    "TaskConfig",
    "TaskPlanner",
]
