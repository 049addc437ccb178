"""The one I meant before: which it is, and that the record outlives a task."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

import spatialmem as sm
from planners.tasks import Again, Meaning, Meant

MUG, CUP, OTHER_MUG = (
    Meaning(object_id=3, label="mug", stamp_ns=1),
    Meaning(object_id=5, label="cup", stamp_ns=2),
    Meaning(object_id=8, label="mug", stamp_ns=3),
)
FRIDGE = Meaning(object_id=2, label="fridge", stamp_ns=4, as_target=True)


def of(*meanings: Meaning) -> Meant:
    meant = Meant()
    for one in meanings:
        meant.note(one)
    return meant


@pytest.mark.parametrize(
    ("again", "meaning"),
    [
        (Again(), OTHER_MUG),
        (Again(back=2), CUP),
        (Again(back=3), MUG),
        (Again("mug"), OTHER_MUG),
        (Again("mug", 2), MUG),
        (Again("cup"), CUP),
        (Again("fridge"), FRIDGE),  # a target is meant by its label only
    ],
)
def test_the_last_that_fits_is_meant(again, meaning):
    assert of(MUG, CUP, OTHER_MUG, FRIDGE).again(again) == meaning


def test_what_is_meant_again_is_the_last_and_counts_once():
    meant = of(MUG, CUP, MUG)
    assert meant.again(Again()) == MUG
    assert meant.again(Again(back=2)) == CUP
    assert isinstance(meant.again(Again(back=3)), sm.Unknown)


@pytest.mark.parametrize(
    ("again", "told"),
    [
        (Again("bowl"), "no bowl was meant before, back=1 was asked for; meant were fridge-2, cup-5, mug-3"),
        (Again("mug", 2), "only 1 mug was meant before"),
    ],
)
def test_what_was_never_meant_is_not_guessed(again, told):
    found = of(MUG, CUP, FRIDGE).again(again)
    assert isinstance(found, sm.Unknown)
    assert told in found.reason


def test_what_was_looked_for_in_vain_was_meant_too():
    """Not the thing before it: who says "put it back" after "bring me the tray" does not mean the mug."""
    tray = Meaning(object_id=None, label="tray", stamp_ns=5)
    meant = of(MUG, tray, Meaning(object_id=None, label="tray", stamp_ns=6))
    assert meant.again(Again()) == meant.again(Again("tray")) == Meaning(object_id=None, label="tray", stamp_ns=6)
    assert meant.again(Again(back=2)) == MUG
    found = meant.again(Again("bowl"))
    assert isinstance(found, sm.Unknown)
    assert "meant were some tray, mug-3" in found.reason


def test_when_the_last_goal_began_for_a_thing():
    meant = of(MUG, FRIDGE, Meaning(object_id=3, label="mug", stamp_ns=9))
    assert (meant.since_ns(3), meant.since_ns(2), meant.since_ns(77)) == (9, None, None)


def test_nothing_was_meant_yet():
    found = Meant().again(Again())
    assert isinstance(found, sm.Unknown)
    assert "meant were nothing" in found.reason


meanings = st.builds(
    Meaning, object_id=st.none() | st.integers(1, 9), label=st.sampled_from(["mug", "cup"]), stamp_ns=st.integers(),
    as_target=st.booleans(),
)  # fmt: skip


@given(st.lists(meanings, max_size=300))
def test_what_was_written_down_is_read_again(every):
    meant = of(*every)
    again = Meant.load(meant.dump())
    assert again.meanings == meant.meanings
    assert again.dump() == meant.dump()
    assert len(meant.meanings) <= 256


@pytest.mark.parametrize(
    "data",
    [
        b"", b"{}", b"[]", b'{"format":2,"meant":[]}', b'{"format":1,"meant":[{"object_id":1}]}',
        json.dumps({"format": 1, "meant": [{"object_id": "1", "label": "mug", "stamp_ns": 1}]}).encode(),
    ],
    ids=range(6),
)  # fmt: skip
@pytest.mark.usefixtures("unchecked_shapes")
def test_what_is_no_record_is_refused(data):
    with pytest.raises(sm.InputError, match="of what was meant"):
        Meant.load(data)
