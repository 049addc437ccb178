"""A task in a home that is not known begins with looking about; what becomes of each goal is told once."""

import numpy as np

import spatialmem as sm
from sim.doing import Doing

STATE = sm.RobotState(source="robot", stamp_ns=1, received_ns=1, X_WB=np.eye(4))


class Steps:
    """A planner that is over after some steps, and has a result after each."""

    def __init__(self, words, count, results=()):
        self.words, self.left, self.coming, self.results, self.shown = words, count, list(results), [], []

    def see(self, frame):
        self.shown.append(frame)

    def step(self, view, state):
        self.left -= 1
        if self.coming:
            self.results.append(self.coming.pop(0))
        return sm.Command(status="going" if self.left else "done", reason=self.words)


def made(**planners):
    """What makes the planners, and the texts that it was asked for."""
    asked = []

    def make(word, *arguments):
        asked.append((word, *arguments))
        return planners[word]

    return make, asked


def view():
    return sm.SpatialMemory().view()


def test_it_explores_then_time_passes_then_it_does_the_task():
    make, asked = made(do=Steps("doing", 2), explore=Steps("looking about", 2))
    happened = []
    doing = Doing("fetch it", explore=True, make=make, explored=lambda: happened.append(len(said)))
    said = []
    while not said or not said[-1].is_over:
        said.append(doing.step(view(), STATE))
    assert [one.reason for one in said] == ["looking about", "looking about", "some time passes", "doing", "doing"]
    assert [one.status for one in said] == ["going"] * 4 + ["done"]
    assert (asked, happened) == ([("do", "fetch it"), ("explore",)], [2])


def test_what_is_known_is_not_explored_and_time_passes_all_the_same():
    make, asked = made(do=Steps("doing", 1))
    happened = []
    doing = Doing("fetch it", explore=False, make=make, explored=lambda: happened.append(1))
    assert doing.step(view(), STATE).reason == "some time passes"
    assert doing.step(view(), STATE).is_over
    assert (asked, happened) == ([("do", "fetch it")], [1])


def test_frames_are_shown_to_who_acts():
    explorer, task = Steps("looking about", 1), Steps("doing", 1)
    make, _ = made(do=task, explore=explorer)
    doing = Doing("fetch it", explore=True, make=make)
    frame = sm.RgbdFrame(
        source="c", stamp_ns=1, received_ns=1, depth=np.ones((2, 2), np.uint16), X_WC=np.eye(4),
        camera=sm.Pinhole(2, 2, 1.0, 1.0, 0.5, 0.5),
    )  # fmt: skip
    doing.see(frame)
    doing.step(view(), STATE)
    doing.see(frame)
    assert (len(explorer.shown), len(task.shown)) == (1, 1)


def test_each_result_is_told_once_as_it_comes():
    make, _ = made(do=Steps("doing", 3, results=["first", "second"]))
    told = []
    doing = Doing("do it", explore=False, make=make, ended=lambda _, result: told.append(result))
    for count in (1, 2, 2):
        doing.step(view(), STATE)
        assert len(told) == count
    assert told == ["first", "second"]
