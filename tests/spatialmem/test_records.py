"""The objects as readers see them: by label as by id, in order, of two rooms as of one; what was read stays so."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st
from told_objects import record

from spatialmem.records import Both, Records

IDS, LABELS = st.integers(1, 6), st.sampled_from(("mug", "cup", "bowl"))
STEPS = st.lists(st.tuples(st.dictionaries(IDS, LABELS, max_size=4), st.frozensets(IDS, max_size=3)), max_size=12)


@given(STEPS)
def test_labels_follow_every_change_and_nothing_that_was_read_does(steps):
    records, wanted, past = Records(), {}, []
    for made, gone in steps:
        past.append((records, dict(wanted)))
        fresh = [record(object_id, label) for object_id, label in made.items()]  # in any order: some come back
        records = records.changed(fresh, gone)
        wanted = {object_id: label for object_id, label in wanted.items() if object_id not in gone} | made
    for one, labels in [*past, (records, wanted)]:
        assert {object_id: it.label for object_id, it in one.items()} == labels
        assert list(one) == sorted(one)
        for label in ("mug", "cup", "bowl", "never seen"):
            assert [it.id for it in one.labelled(label)] == sorted(i for i, name in labels.items() if name == label)


def test_the_newest_record_is_told():
    first = Records().changed([record(1), record(2)], ())
    again = dataclasses.replace(first[1], sightings=9)
    second = first.changed([again], ())
    assert second.labelled("mug") == [again, first[2]]
    assert first[1].sightings == 3
    assert second.changed((), [1, 7]).labelled("mug") == [first[2]]


@given(st.dictionaries(IDS, LABELS), st.frozensets(IDS))
def test_two_rooms_are_read_as_one(labels, lasting):
    every = [record(object_id, label) for object_id, label in labels.items()]
    whole = Records().changed(every, ())
    parts = [Records().changed([one for one in every if (one.id in lasting) is long], ()) for long in (False, True)]
    both = Both(*parts)
    assert list(both.values()) == list(whole.values())
    for label in ("mug", "cup", "bowl", "never seen"):
        assert both.labelled(label) == whole.labelled(label)
    for object_id in range(8):
        assert both.get(object_id) is whole.get(object_id)
        assert (object_id in both) is (object_id in whole)
        if object_id in whole:
            assert both[object_id] is whole[object_id]
        else:
            with pytest.raises(KeyError):
                both[object_id]
