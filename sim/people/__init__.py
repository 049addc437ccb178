"""People in a simulated home: they walk about, move things, open and close, and what they did is known."""

from sim.people.day import day_schedule
from sim.people.events import Event
from sim.people.person import Person
from sim.people.rearranging import Wish, move_things, rearrange, wishes
from sim.people.schedule import Schedule, Task, load_schedule

__all__ = [
    "Event",
    "Person",
    "Schedule",
    "Task",
    "Wish",
    "day_schedule",
    "load_schedule",
    "move_things",
    "rearrange",
    "wishes",
]
