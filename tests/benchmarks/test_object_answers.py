"""Answers are judged as the module says: by hand-made truths, and on a part of one simulated tour."""

import math

import numpy as np
import pytest

pytest.importorskip("pybullet")

from baselines import LastSeen, NoMemory, Oracle, Ours, Place, ShortTermOnly, VectorLog
from object_answers import Truth, judge, toured


def place(label, x_m):
    return Place(label=label, p_W=np.array([x_m, 0.0, 0.0]), stamp_ns=0, score=1.0)


def truth_of(*, now, before=(), unseen=(), labels=("mug", "can", "sofa")):
    """A world along a line: names and where they are; `mug-1` is a mug."""
    made = Truth(labels=labels)
    for name, x_m in now.items():
        made.now[name] = name.rsplit("-", 1)[0], np.array([x_m, 0.0, 0.0])
        made.reported[name] = 0 if name in unseen else 5
    for label, x_m in before:
        made.before.setdefault(label, []).append(np.array([x_m, 0.0, 0.0]))
    return made


def judged(truth, *places):
    arm = Oracle()
    arm.tell(places)
    return judge(arm, truth)


def test_the_truth_is_perfect():
    truth = truth_of(now={"mug-1": 0.0, "mug-2": 0.3, "can-1": 2.0})
    found = judged(truth, *truth.places())
    assert (found.precision, found.recall, found.f1, found.where, found.instances) == (1, 1, 1, 1, 1)
    assert (found.error_m, found.invented, found.stale, found.stale_objects) == (0, 0, 0, 0)
    assert (found.told, found.asked) == (3, 2)


def test_saying_nothing_is_not_wrong_but_useless():
    found = judged(truth_of(now={"mug-1": 0.0}))
    assert math.isnan(found.precision)
    assert (found.recall, found.f1, found.where, found.instances, found.invented, found.stale) == (0, 0, 0, 0, 0, 0)


def test_each_thing_counts_once():
    found = judged(truth_of(now={"mug-1": 0.0, "can-1": 2.0}), place("mug", 0.1), place("mug", 0.2))
    assert (found.precision, found.recall, found.where, found.instances) == (0.5, 0.5, 0.5, 0.5)
    assert found.error_m == pytest.approx(0.1)


def test_half_a_metre_and_the_label_decide():
    truth = truth_of(now={"mug-1": 0.0, "can-1": 2.0})
    found = judged(truth, place("mug", 0.49), place("can", 2.51), place("can", 0.0))
    assert (found.precision, found.recall, found.where) == (pytest.approx(1 / 3), 0.5, 0.5)


def test_a_hit_may_be_any_of_its_label_but_what_was_not_seen_is_not_wanted():
    truth = truth_of(now={"mug-1": 0.0, "mug-2": 5.0}, unseen=("mug-2",))
    found = judged(truth, place("mug", 5.0))
    assert (found.precision, found.recall, found.where, found.instances) == (1, 0, 1, 1)


def test_what_is_gone_or_was_never_seen_is_invented():
    truth = truth_of(now={"mug-1": 0.0, "can-1": 2.0}, unseen=("can-1",))
    assert judged(truth, place("mug", 0.0)).invented == 0
    assert judged(truth, place("can", 2.0)).invented == 0  # a lucky guess
    assert judged(truth, place("can", 4.0)).invented == 0.5  # of can and sofa
    assert judged(truth, place("can", 4.0), place("sofa", 0.0)).invented == 1


def test_stale_is_what_was_right_once():
    truth = truth_of(now={"mug-1": 0.0}, before=[("mug", 3.0), ("can", 1.0)])
    found = judged(truth, place("mug", 3.1), place("can", 1.0), place("sofa", 3.0))
    assert found.stale == pytest.approx(2 / 3)
    assert found.stale_objects == pytest.approx(2 / 3)
    assert judged(truth, place("mug", 9.0)).stale == 0  # wrong from the start
    near = truth_of(now={"mug-1": 0.0}, before=[("mug", 0.6)])
    assert judged(near, place("mug", 0.4)).stale == 0  # right now, too


def test_a_part_of_a_tour_puts_the_memories_in_order():
    arms = (NoMemory(), LastSeen(), VectorLog(), ShortTermOnly(), Ours(), Oracle())
    found, truth = toured(1, arms, duration_max_s=9.0)
    assert len(truth.knowable()) >= 10
    assert truth.moved == set()
    oracle = found["oracle"]
    assert (oracle.precision, oracle.recall, oracle.where, oracle.instances) == (1, 1, 1, 1)
    assert found["no memory"].recall < found["last-seen dictionary"].recall < found["ours"].recall
    assert found["last-seen dictionary"].precision < found["ours"].precision
    assert found["ours without belief"].stored_bytes < found["vector log, newest"].stored_bytes
    again, _ = toured(1, (LastSeen(), Ours()), duration_max_s=9.0)
    for name, answers in again.items():
        for figure in ("precision", "recall", "where", "error_m", "instances", "stored_bytes"):
            assert getattr(answers, figure) == getattr(found[name], figure)


def test_what_a_person_moves_is_to_be_seen_anew():
    from homes import two_rooms

    from sim import Simulation
    from sim.poses import yaw_pose

    truth = Truth()
    with Simulation(two_rooms(), mode="fast", X_WB=yaw_pose(5.0, 2.6, 0.0)) as simulation:
        truth.update(simulation)
        truth.reported = {"box-1": 7, "mug-1": 7}
        label, was = truth.now["box-1"]
        simulation.world.place("box-1", yaw_pose(7.0, 3.2, 0.0))
        truth.update(simulation)
        truth.update(simulation)
    assert truth.reported == {"box-1": 0, "mug-1": 7}
    assert truth.moved == {"box-1"}
    assert [p.tolist() for p in truth.before[label]] == [was.tolist()]
    assert truth.now["box-1"][1][:2] == pytest.approx([7.0, 3.2], abs=0.05)
