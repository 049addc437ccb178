"""Where is it: by label, id and attributes, from here, as of then; never more certain than it is, never None."""

import re

import numpy as np
import pytest
from watched_table import BOWL, CUP, FRIDGE, MUG, S, Table

from spatialmem import Config, InputError, OctreeConfig, Presence, QueryError, SpatialMemory, Unknown, UnknownLabel

CONFIG = Config(octree=OctreeConfig(budget_mib=64, threads=1))


def center(box):
    return ((np.array(box[0]) + box[1]) / 2).tolist()


def ids(answer):
    assert not isinstance(answer, Unknown), answer
    return [one.object.id for one in answer]


def reach_m(memory, object_id):
    """How far away it was ever reported from."""
    belief = memory.view()._belief()
    return float(belief.table.reach_m[belief.rows([object_id])[0]])


def test_by_label_id_and_attributes(memory):
    assert ids(memory.where("mug")) == [1]
    assert ids(memory.where(2)) == [2]
    assert ids(memory.where({"state": "open"})) == [4]
    assert ids(memory.where({"label": "fridge", "state": "open"})) == [4]
    assert ids(memory.where({"label": "bowl"})) == [2]
    assert ids(memory.where({"id": "2"})) == [2]
    assert ids(memory.view().where("mug")) == [1]
    (bowl,) = memory.where("bowl")
    assert bowl.p_W == pytest.approx(center(BOWL), abs=0.02)
    assert 0 < bowl.sigma_m < 0.05


def test_what_no_detector_ever_named_is_an_error_and_what_is_nowhere_is_not(memory):
    with pytest.raises(UnknownLabel, match="Did you mean 'mug'"):
        memory.where("mugg")
    with pytest.raises(UnknownLabel):
        memory.where({"label": "sofa"})
    assert ids(memory.where({"id": "1", "label": "mug"})) == [1]
    for what, reason in (
        (77, "object 77 is not remembered here"),
        ({"state": "broken"}, "nothing with state = broken is remembered$"),
        ({"label": "mug", "state": "open"}, "nothing with label = mug, state = open is remembered$"),
        ({"id": "77"}, "nothing with id = 77 is remembered$"),
        ({"lable": "mug"}, "no object has an attribute 'lable'; known: id, in, label, on, state$"),
        ({"label": "mug", "held": "yes"}, "no object has an attribute 'held'; known: id, in, label, on, state$"),
        ("mug-77", "object 77 is not remembered here$"),
    ):
        answer = memory.where(what)
        assert isinstance(answer, Unknown)
        assert re.search(reason, answer.reason)


def test_a_name_is_any_that_it_had(memory, renamed):
    assert ids(memory.where("mug-1")) == ids(renamed.where("mug-1")) == ids(renamed.where("can-1")) == [1]
    for other in ("bowl-1", "-1"):
        with pytest.raises(QueryError, match=f"'{other}' is no object: object 1 is can-1"):
            renamed.where(other)
    for nobody in ("bowl-77", "mug-" + "7" * 5000):
        with pytest.raises(UnknownLabel):
            renamed.where(nobody)


@pytest.mark.parametrize("what", ["mug", {"label": "mug"}, {"label": "mug", "on": "table"}], ids=str)
def test_what_nothing_is_mostly_called_may_be_what_was_called_so(renamed, what):
    answer = renamed.where(what)
    assert isinstance(answer, Unknown)
    can = renamed.object(1)
    assert answer.reason == f"nothing is mostly called 'mug'; can-1 was called so with P = {can.label_p['mug']:.2f}"
    assert answer.look_next == tuple(can.center_W.tolist())


def test_what_was_called_so_too_seldom_is_not_told(renamed, monkeypatch):
    monkeypatch.setattr("spatialmem.queries.meant.CALLED_P_MIN", 0.9)
    answer = renamed.where("mug")
    assert isinstance(answer, Unknown)
    assert (answer.reason, answer.look_next) == ("nothing labelled 'mug' is remembered", None)


def test_on_and_in_are_what_the_place_says(memory):
    """Nobody said so: it was seen."""
    for name in ("5", "table-5", "table"):
        assert ids(memory.where({"label": "mug", "on": name})) == [1]
        assert set(ids(memory.where({"on": name}))) == {1, 2, 4}
        assert isinstance(memory.where({"in": name}), Unknown)
    for other in ("4", "bowl-5", "mug", "table-4", "77", "7" * 5000, ""):
        assert isinstance(memory.where({"on": other}), Unknown)


def test_on_and_in_are_what_the_robot_said_by_any_name():
    table = Table(SpatialMemory(CONFIG), {"mug": MUG, "fridge": FRIDGE})
    table.watch(5)
    table.act("placed_in", 1, target_id=2)
    for name in ("2", "fridge-2", "fridge"):
        assert ids(table.memory.where({"in": name})) == [1]
        assert 1 not in ids(table.memory.where({"label": "mug", "on": name}) or table.memory.where(2))
    assert ids(table.memory.where({"on": "table-3"})) == [2]


def test_of_those_that_are_equally_probable_the_best_to_go_to_comes_first():
    table = Table(SpatialMemory(CONFIG), {"mug": MUG, "mug two": CUP})
    table.watch(8)
    assert ids(table.memory.where("mug", from_W=(1.45, -8.0, 0.0))) == [2, 1]
    assert ids(table.memory.where("mug", from_W=(1.45, 8.0, 0.0))) == [1, 2]
    assert ids(table.memory.where("mug", from_W=(1.45, -8.0, 0.0), k=1)) == [2]
    ranked = table.memory.where("mug", from_W=(1.45, -8.0, 0.0))
    assert not isinstance(ranked, Unknown)
    assert [round(one.p_there, 2) for one in ranked] == [0.98, 0.98]
    assert ranked[0].go_m < ranked[1].go_m


def test_what_is_missing_is_unknown_and_there_is_a_place_to_look_at_next(memory):
    answer = memory.where(3)
    assert isinstance(answer, Unknown)
    assert answer.reason.startswith("mug-3 was seen last 0.8 s ago, looked for 0.2 s ago, and was not there")
    assert answer.look_next == pytest.approx(center(MUG), abs=0.02)  # where another mug is
    by_id = {one.object.id: one for one in memory.whereabouts()}
    assert list(by_id) == [1, 2, 3, 4, 5]
    assert by_id[3].presence is Presence.MISSING
    assert by_id[3].missing_since_ns is not None
    assert by_id[3].looked_from_W is not None
    assert by_id[1].presence is Presence.THERE


def test_it_is_less_and_less_probable_as_time_goes_on(memory):
    now_ns = memory.view().stamp_ns
    p = {
        what: [memory.where(what, at_ns=now_ns + after_s * S)[0].p_there for after_s in (0, 5, 20, 60)]
        for what in ("mug", "bowl")
    }
    for falling in p.values():
        assert falling == sorted(falling, reverse=True)
        assert falling[0] > 0.97
    assert p["mug"][2] < p["bowl"][2]  # its kind is moved more often
    answer = memory.where("mug", at_ns=now_ns + 10**7 * S)
    assert isinstance(answer, Unknown)
    assert "by now it is there with P = 0.0" in answer.reason
    assert answer.look_next == pytest.approx(center(MUG), abs=0.02)
    with pytest.raises(QueryError, match="ask for that or later"):
        memory.where("mug", at_ns=now_ns - 1)


def test_going_there_costs_the_way_and_a_search_where_it_may_be_gone(memory):
    near, far = (memory.where("bowl", from_W=(x, 0.0, 0.0))[0] for x in (1.0, -20.0))
    assert near.go_m < far.go_m
    assert far.go_m - near.go_m == pytest.approx(20 + 1.55 - reach_m(memory, 2), abs=0.1)  # it is in sight from there
    assert far.elsewhere_m == near.elsewhere_m == pytest.approx(memory._belief().search_m)
    assert near.worth_going
    assert not far.worth_going
    doubtful = memory.where("bowl", from_W=(1.0, 0.0, 0.0), at_ns=memory.view().stamp_ns + 7200 * S)[0]
    assert near.go_m < doubtful.go_m < doubtful.elsewhere_m
    (mug,) = memory.where("mug", from_W=(-20.0, 0.0, 0.0))
    assert mug.elsewhere_m <= far.elsewhere_m  # where another stood may be nearer than a search
    from_list, from_array = (memory.where("mug", from_W=p)[0].go_m for p in ([0.0, 0.0, 0.0], np.zeros(3)))
    assert from_list == from_array


def test_the_most_probable_answer_comes_first(split):
    found = split.where("mug")
    assert not isinstance(found, Unknown)
    best = [max([one.p_there, *(c.p for c in one.candidates)]) for one in found]
    assert best == sorted(best, reverse=True)
    assert not {1, 2}.intersection(one.object.id for one in found)  # where they may be is told once
    old = {object_id: split.where(object_id)[0] for object_id in (1, 2)}
    for one in old.values():
        assert one.presence is Presence.MISSING
        for candidate in one.candidates:
            other = split.object(candidate.object_id)
            assert not isinstance(other, Unknown)
            assert (candidate.p_W == other.center_W).all()
    with pytest.raises(ValueError, match="read-only"):
        found[0].looked_from_W[0] = 1.0


@pytest.mark.parametrize("what", [None, 1.5, True, [], {}, b"mug", {1: "mug"}, {"label": 3}], ids=str)
def test_what_is_no_question_is_refused(memory, what, unchecked_shapes):
    with pytest.raises(InputError):
        memory.where(what)


@pytest.mark.parametrize(
    "options",
    [{"at_ns": 1.5}, {"at_ns": True}, {"from_W": (1.0, 2.0)}, {"from_W": "here"}, {"from_W": (0.0, 0.0, np.nan)}],
    ids=str,
)
def test_what_cannot_be_meant_is_refused(memory, options, unchecked_shapes):
    with pytest.raises((InputError, QueryError)):
        memory.where("mug", **options)
    with pytest.raises((InputError, QueryError)):
        memory.whereabouts(**options)
