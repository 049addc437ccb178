"""Changes are judged as the module says: by hand-made lists, and on a small home in which things are moved."""

import math

import numpy as np
import pytest

pytest.importorskip("pybullet")

from baselines import Oracle, Place
from home_changes import Changed, Changes, ChangeScore, DayWitness, difference
from object_answers import Truth


def place(label, x_m):
    return Place(label=label, p_W=np.array([x_m, 0.0, 0.0]), stamp_ns=0, score=1.0)


def change(label, x_m, *, wanted=True):
    return Changed(label=label, p_W=np.array([x_m, 0.0, 0.0]), name=f"{label}-1", wanted=wanted)


def test_what_has_none_of_its_label_within_half_a_metre_left_or_came():
    first, second = [place("mug", 0.0), place("can", 1.0)], [place("can", 1.4), place("mug", 0.6)]
    assert difference(first, second) == ([0], [1])
    assert difference(first, []) == ([0, 1], [])
    assert difference([], second) == ([], [0, 1])


def test_as_many_as_can_be_are_matched():
    assert difference([place("mug", 0.0), place("mug", 0.4)], [place("mug", 0.3), place("mug", 0.8)]) == ([], [])


def judged(*, true, before, after, known=(), now=()):
    """What a memory that told `before` and then `after` gets, where `true` is what changed."""
    arm, truth = Oracle(), Truth()
    witness = DayWitness((arm,), laps=2)
    witness.truth, witness._places, witness._known = true, [place(*one) for one in before], set(known)
    for number, (label, x_m) in enumerate(now):
        truth.now[f"{label}-{number}"] = label, np.array([x_m, 0.0, 0.0])
    first, second = [place(*one) for one in before], [place(*one) for one in after]
    left, came = difference(first, second)
    told = Changes(
        left=tuple(change(first[i].label, first[i].p_W[0]) for i in left),
        came=tuple(change(second[j].label, second[j].p_W[0]) for j in came),
    )
    return witness._judge(told, truth, first, second)


def test_who_tells_all_that_changed_is_perfect():
    true = Changes(left=(change("mug", 0.0),), came=(change("mug", 3.0),))
    score = judged(true=true, before=[("mug", 0.0)], after=[("mug", 3.2)], now=[("mug", 3.0)])
    assert (score.precision, score.recall, score.f1, score.errors) == (1, 1, 1, [])


def test_who_tells_nothing_misses_everything():
    true = Changes(left=(change("mug", 0.0),), came=(change("mug", 3.0),))
    score = judged(true=true, before=[("mug", 0.0)], after=[("mug", 0.0)], now=[("mug", 3.0)])
    assert math.isnan(score.precision)
    assert (score.recall, score.f1) == (0, 0)
    assert sorted(score.kinds()) == ["missed that it came, not told", "missed that it left, still told"]


def test_what_could_not_be_known_is_not_asked_for_but_right():
    true = Changes(left=(change("mug", 0.0, wanted=False),))
    told = judged(true=true, before=[("mug", 0.0)], after=[])
    assert (told.told, told.right, told.wanted) == (1, 1, 0)
    silent = judged(true=true, before=[("mug", 0.0)], after=[("mug", 0.0)])
    assert (silent.told, silent.wanted, silent.errors) == (0, 0, [])


def test_finds_are_no_changes_but_inventions_and_lapses_are():
    nothing = Changes()
    find = judged(true=nothing, before=[], after=[("can", 1.0)], now=[("can", 1.0)])
    assert (find.told, find.errors) == (0, [])
    known = judged(true=nothing, before=[], after=[("can", 1.0)], now=[("can", 1.0)], known=("can-0",))
    assert (known.told, known.right) == (1, 0)
    invented = judged(true=nothing, before=[], after=[("can", 9.0)], now=[("can", 1.0)])
    assert (invented.told, invented.right) == (1, 0)
    lapse = judged(true=nothing, before=[("can", 1.0)], after=[], now=[("can", 1.0)], known=("can-0",))
    assert list(lapse.kinds()) == ["told as left, but it was there before and is now"]


def test_nothing_told_and_nothing_wanted_is_not_a_number():
    score = ChangeScore()
    assert math.isnan(score.precision)
    assert math.isnan(score.recall)
    assert math.isnan(score.f1)


def test_the_robot_knows_of_what_it_looked_at():
    """It sees a box and a book; then the box is moved while it looks, and the book taken while it looks away."""
    from homes import two_rooms

    from sim import CameraSettings, Simulation
    from sim.poses import yaw_pose

    arm, truth = Oracle(), Truth()
    witness = DayWitness((arm,), laps=2)
    ahead = yaw_pose(5.0, 2.6, 0.0)
    with Simulation(two_rooms(), mode="fast", X_WB=ahead, camera=CameraSettings().without_noise()) as simulation:

        def look(count):
            for _ in range(count):
                truth.update(simulation)
                simulation.robot.frame()
                witness.saw(simulation, truth)

        look(6)
        shown = set(simulation.sensor.in_view())
        assert {"box-1", "book-1"} <= shown
        truth.reported = dict.fromkeys(shown, 6)
        witness.lap_over(0, simulation, truth)
        box = simulation.world.X_WK("box-1")
        simulation.world.place("box-1", yaw_pose(7.4, 2.9, 0.0))
        look(6)
        truth.reported["box-1"] = 6
        simulation.robot.command(base_velocity_B=(0.0, 0.0, 1.0))
        simulation.step(62)
        simulation.robot.command(base_velocity_B=(0.0, 0.0, 0.0))
        simulation.world.remove("book-1")
        look(6)
        arm.tell(truth.places())
        witness.lap_over(1, simulation, truth)
    assert [(one.name, one.wanted) for one in witness.truth.left] == [("book-1", False), ("box-1", True)]
    assert [(one.name, one.wanted) for one in witness.truth.came] == [("box-1", True)]
    np.testing.assert_allclose(witness.truth.left[1].p_W[:2], box[:2, 3], atol=0.02)
    score = witness.scores["oracle"]
    assert (score.precision, score.recall, score.f1) == (1, 1, 1)
