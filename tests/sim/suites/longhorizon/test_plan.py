"""Two to four sub-tasks, each of which can be done."""

from sim.suites.kinematic.camera import kinematic_setup
from sim.suites.longhorizon.plan import COUNTS, longhorizon_visits
from sim.suites.longhorizon.suite import LonghorizonSuite


def test_tasks_have_two_to_four_sub_tasks():
    (visit,) = longhorizon_visits(1, kinematic_setup(), 1, 2)
    assert visit.tasks
    for task in visit.tasks:
        assert COUNTS[0] <= len(task.wishes) <= COUNTS[1]
        assert len(task.legs_m) == len(task.wishes)
        assert len({wish.thing for wish in task.wishes}) == len(task.wishes)
        assert task.kind == str(len(task.wishes))


def test_its_settings_tell_what_rows_depend_on():
    settings = LonghorizonSuite(visits=3, tasks=1).settings()
    assert (settings["visits"], settings["tasks_a_visit"], settings["sub_tasks"]) == (3, 1, [2, 4])
