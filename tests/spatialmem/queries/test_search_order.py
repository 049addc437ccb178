"""In which order to look: what is remembered, what may hold what is gone, and chances that sum to what there is."""

import numpy as np
import pytest
from walked_flat import KITCHEN, Flat, asked_of

import spatialmem as sm
from spatialmem.graph import visiting
from spatialmem.queries.hypotheses import ELSEWHERE_P, hypotheses
from spatialmem.queries.search_order import known_m2, search_order
from spatialmem.queries.unseen import unseen_floor
from spatialmem.queries.ways import between, ways_from

CONFIG = sm.Config(octree=sm.OctreeConfig(budget_mib=64, threads=1))


def of(flat, label, **options):
    plan = search_order(asked_of(flat.memory), label, **options)
    assert not isinstance(plan, sm.Unknown), plan
    return plan


def chances(flat, label):
    asked = asked_of(flat.memory)
    found = hypotheses(asked, label, unseen_floor(asked, 0.25, ways_from(asked, None)), floor_m2=known_m2(asked))
    assert not isinstance(found, sm.Unknown)
    return found


def refuse_bad(plan):
    """What every plan keeps to."""
    walked = [one.walked_m for one in plan.steps]
    assert walked == sorted(walked)
    assert all(0 < one.p <= 1 for one in plan.steps)
    assert max(one.p for one in plan.steps) - 1e-9 <= plan.p_found <= min(sum(one.p for one in plan.steps), 1.0) + 1e-9
    assert plan.expected_m <= walked[-1] + 1e-9
    assert plan.exact == (len(plan.steps) <= visiting.EXACT_MAX)
    assert all(one.why for one in plan.steps)


def test_what_is_remembered_is_looked_for_where_it_was_seen(flat):
    plan = of(flat, "mug")
    refuse_bad(plan)
    first, second = plan.steps[:2]  # the robot is in the bedroom
    assert first.look_at_W == pytest.approx([7.55, 1.25, 0.81], abs=0.05)
    assert second.look_at_W == pytest.approx([0.65, 3.45, 0.76], abs=0.05)
    (desk,) = flat.memory.objects("desk")
    assert " was seen here " in first.why
    assert first.why.endswith(f", on {desk.name}")
    assert first.p > 0.9
    assert plan.p_found > 0.99
    assert plan.expected_m == pytest.approx(first.walked_m + (1 - first.p) * second.walked_m, abs=0.3)


def test_the_search_begins_where_it_is_said(flat):
    plan = of(flat, "mug", start=(1.0, 1.0))
    refuse_bad(plan)
    assert plan.steps[0].look_at_W[0] < 2.0
    assert plan.steps[0].walked_m < 3.0


def test_each_stop_sees_what_it_is_for(flat):
    from spatialmem.queries.sight import seen, solid_of

    asked = asked_of(flat.memory)
    for label in ("mug", "bowl", "cup", "table"):
        for step in of(flat, label).steps:
            (near,) = [one for one in asked.objects.objects() if np.allclose(one.center_W, step.look_at_W, atol=1e-6)]
            eye_W = step.p_W + np.array([0.0, 0.0, 1.2])
            assert seen(asked.space, eye_W[None], solid_of(near)).seen[0] >= 0.5


def test_what_stands_together_is_one_stop():
    things = {"mug": ((0.6, 3.4, 0.7), (0.7, 3.5, 0.82)), "mug two": ((1.0, 3.4, 0.7), (1.1, 3.5, 0.82))}
    plan = of(Flat(sm.SpatialMemory(CONFIG), things).walk(KITCHEN), "mug")
    refuse_bad(plan)
    assert plan.steps[0].p > 0.999  # two, each with more than 0.9
    assert plan.steps[0].why.count("was seen here") == 2


def test_what_is_gone_may_be_on_other_things_and_where_nobody_looked_since(robbed):
    (gone,) = robbed.memory.objects("mug", missing=True)
    plan = of(robbed, "mug")
    refuse_bad(plan)
    assert plan.p_found < 1 - ELSEWHERE_P + 1e-9
    looked = {one.why: one.p for one in plan.steps}
    assert not any(why.startswith(gone.name) for why in looked)  # not where it is known not to be
    found = chances(robbed, "mug")
    p = {target.object.label: float(found.p[0, i]) for i, target in enumerate(found.targets) if target.object}
    # one thing stands on each; the counter was looked at since the mug was gone, the cupboard is behind the wall
    assert p["cupboard"] > 2 * p["counter"]
    assert p["cupboard"] == max(p.values())
    assert any("things are kept on cupboard-" in one.why for one in plan.steps)


def test_a_thing_is_in_one_place(flat, robbed, kitchen):
    for one in (flat, robbed, kitchen):
        for label in ("mug", "bowl", "table", "cup"):
            try:
                found = chances(one, label)
            except sm.UnknownLabel:
                continue
            assert (found.p >= 0).all()
            assert (found.p.sum(axis=1) <= 1 + 1e-9).all()
            assert found.p.shape == (len(found.p), len(found.targets))


def test_a_table_is_not_looked_for_on_a_smaller_one(robbed):
    found = chances(robbed, "table")
    for i, target in enumerate(found.targets):
        if target.object is not None and target.object.label != "table":
            table = robbed.memory.objects("table")[0]
            assert target.object.size_m[:2].prod() > table.size_m[:2].prod() or found.p[:, i].max() == 0


def test_floor_that_nobody_has_seen_may_hold_it():
    made = Flat(sm.SpatialMemory(CONFIG), {"mug": ((0.6, 3.4, 0.7), (0.7, 3.5, 0.82))}).walk(KITCHEN)
    del made.things["mug"]
    made.walk(KITCHEN)
    plan = of(made, "mug")
    refuse_bad(plan)
    behind = [one for one in plan.steps if "were never seen" in one.why]
    assert behind
    assert behind[0].look_at_W[0] > 3.0, "through the door"


def test_of_what_nothing_is_remembered_the_label_must_have_been_given(flat):
    with pytest.raises(sm.UnknownLabel):
        search_order(asked_of(flat.memory), "mugg")


def test_what_was_seen_once_and_never_confirmed_is_looked_for_everywhere():
    made = Flat(sm.SpatialMemory(CONFIG), {"bowl": ((3.0, 3.6, 0.9), (3.2, 3.8, 0.98))}).walk(KITCHEN)
    made.things["spoon"] = ((0.6, 3.4, 0.7), (0.7, 3.5, 0.82))
    made.look((1.2, 2.0, 1.2), (0.65, 3.45, 0.76))
    del made.things["spoon"]
    made.walk(KITCHEN)
    assert not made.memory.objects("spoon")
    plan = of(made, "spoon")
    refuse_bad(plan)
    assert plan.p_found <= 0.5
    assert any("things are kept on counter" in one.why for one in plan.steps)


def test_what_the_robot_holds_is_not_looked_for():
    made = Flat(sm.SpatialMemory(CONFIG), {"mug": ((0.6, 3.4, 0.7), (0.7, 3.5, 0.82))}).walk(KITCHEN)
    (mug,) = made.memory.objects("mug")
    made.tell(sm.Action(source="arm", **made.stamps, verb="picked_up", object_id=mug.id))
    answer = search_order(asked_of(made.memory), "mug")
    assert isinstance(answer, sm.Unknown)
    assert answer.reason == f"the robot holds {mug.name}: there is nothing to look for"


def test_the_order_is_that_of_the_ways(flat):
    """The metres that are told are those of the order, over the graph's own ways."""
    asked = asked_of(flat.memory)
    plan = of(flat, "mug")
    ways = ways_from(asked, None)
    assert not isinstance(ways, sm.Unknown)
    points_W = np.array([one.p_W for one in plan.steps])
    metres = between(asked, ways, points_W, np.array([asked.graph.place_at(p_W) for p_W in points_W]))
    assert (metres == metres.T).all()
    walked = np.cumsum([metres[i, i + 1] for i in range(len(plan.steps))])
    assert [one.walked_m for one in plan.steps] == pytest.approx(walked.tolist())


def test_the_same_question_has_the_same_answer(robbed):
    first, again = of(robbed, "mug"), of(robbed, "mug")
    assert first.expected_m == again.expected_m
    assert [(one.p, one.walked_m, one.why, *one.p_W) for one in first.steps] == [
        (one.p, one.walked_m, one.why, *one.p_W) for one in again.steps
    ]


def test_where_no_way_begins_there_is_no_order(flat):
    answer = search_order(asked_of(flat.memory), "mug", start=(50.0, 50.0))
    assert isinstance(answer, sm.Unknown)
    with pytest.raises(sm.InputError):
        search_order(asked_of(flat.memory), "mug", camera_height_m=-1.0)
