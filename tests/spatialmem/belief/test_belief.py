"""`Belief` as a whole: the same told is the same bytes, loaded it goes on as if it had never stopped, views stay."""

import pytest
from cast_boxes import MUG
from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from told_belief import EYE, Rig, box_of
from told_objects import record

from spatialmem import ShortTermConfig
from spatialmem.belief import Belief

PLACES = [(1.45, y, 0.76) for y in (-0.6, -0.3, 0.0, 0.3, 0.6)]
EYES = [EYE, (0.3, 0.6, 1.4), (0.6, -0.5, 1.3)]
IDS = st.integers(1, 5)
DEEDS = st.lists(
    st.one_of(
        st.tuples(st.just("look"), st.sets(IDS), st.sampled_from(EYES)),
        st.tuples(st.just("see"), st.sets(IDS), st.sampled_from(EYES)),
        st.tuples(st.just("move"), IDS, st.sampled_from(PLACES)),
        st.tuples(st.just("say"), IDS, st.sampled_from(["open", "closed"])),
        st.tuples(st.just("act"), IDS, st.sampled_from(["picked_up", "placed_on", "placed_in", "opened", "pushed"])),
        st.tuples(st.just("carry"), st.sampled_from(PLACES), st.none()),
        st.tuples(st.just("drop"), IDS, st.integers(0, 5)),
    ),
    min_size=1,
    max_size=25,
)


def new_rig():
    """Three mugs, a box and a plate; some are not confirmed at first."""
    things = [record(i, "mug", PLACES[i - 1], confirmed=i < 3) for i in (1, 2, 3)]
    return Rig(*things, record(4, "box", PLACES[3], (0.3, 0.3, 0.3)), record(5, "plate", PLACES[4], (0.2, 0.2, 0.02)))


def do(it, deed, one, other):
    """Let one thing happen, and what follows of it as the rooms do it."""
    kept = it.objects.records
    if deed == "look":
        verdict = it.look(*(box_of(kept[i]) for i in sorted(one) if i in kept), eye=other)
    elif deed == "see":
        for i in one:
            if i in kept:
                it.objects.change(i, confirmed=kept[i].confirmed or it.seq % 3 == 0)
        verdict = it.see(*sorted(i for i in one if i in kept), eye=other)
    elif deed == "drop":
        heir = other if other != one and other in kept else 0
        if one not in kept:
            return
        del kept[one]
        verdict = it.see(gone={one: heir})
    elif deed == "carry":
        it.carry(one)
        return
    elif one not in kept:
        return
    elif deed == "move":
        it.objects.change(one, center_W=other)
        return
    elif deed == "say":
        it.objects.change(one, attributes={**kept[one].attributes, "state": other})
        return
    else:
        target = one % 5 + 1
        word = {"picked_up": {"held": "yes"}, "placed_on": {"on": str(target)}, "placed_in": {"in": str(target)}}
        it.objects.change(one, attributes=word.get(other, {}))
        verdict = it.act(other, one, target)
    for pair in verdict.same:
        if pair[0] in kept and pair[1] in kept:
            it.identify(*pair)


@examples(40, quick=10)
@given(DEEDS, st.integers(1, 5))
def test_loaded_at_any_moment_it_goes_on_as_if_it_had_never_stopped(deeds, every):
    whole, again = new_rig(), new_rig()
    for k, deed in enumerate(deeds):
        do(whole, *deed)
        if k % every == 0:
            data = again.belief.dump()
            again.belief = Belief.load(data, ShortTermConfig())
            assert again.belief.dump() == data
        do(again, *deed)
        assert again.belief.dump() == whole.belief.dump()
    assert again.log == whole.log
    for it in (whole, again):
        assert all(0.0 <= it.p(i) <= 1.0 for i in it.objects.records if it.cell(i, "ids"))
        weights = it.weights()
        assert all(0.0 <= weight <= 1.0 for weight in weights.values())
        entries = it.belief.view().kept.entries
        assert [it.log[one.number] for one in entries] == list(entries)


def test_a_view_is_of_its_moment():
    it = Rig(record(1), record(2, center_W=PLACES[0]))
    it.settle(1, 2)
    view, dump = it.belief.view(), it.belief.dump()
    columns = {name: column.copy() for name, column in view.kept.columns.items()}
    for _ in range(4):
        it.look(MUG)
    it.see(2)
    it.objects.change(1, attributes={"held": "yes"})
    it.act("picked_up", 1)
    it.carry((1.0, 0.0, 1.0))
    it.see(gone={2: 0})
    assert view.dump() == dump != it.belief.dump()
    for name, column in view.kept.columns.items():
        assert not column.flags.writeable
        assert (column == columns[name]).all(), name
    with pytest.raises(ValueError, match="read-only"):
        view.table.looks[0] = 7


def test_it_becomes_what_it_was():
    """What raised half way is undone."""
    it = Rig(record(1))
    it.settle(1)
    kept, dump = it.belief.view().kept, it.belief.dump()
    for _ in range(3):
        it.look()
    it.belief.take_changes()
    it.belief.become(kept)
    assert it.belief.dump() == dump
    assert it.belief.take_changes() == ()
    assert [it.look().missing for _ in range(3)] == [(), (), (1,)]


def test_what_is_unknown_to_it_has_no_row():
    it = Rig(record(1), record(2), record(7))
    it.settle(1, 2)
    it.see(gone={2: 0})
    view = it.belief.view()
    rows = view.rows([7, 1, 2, 99, 0, -5]).tolist()  # a free row is nobody's
    assert [row >= 0 for row in rows] == [False, True, False, False, False, False]
    assert len(view.rows([])) == 0
    assert Belief(it.config, ShortTermConfig()).view().rows([1]).tolist() == [-1]
