"""What became known of one object, the oldest first, under every name that it had."""

import pytest

from spatialmem import InputError, QueryError, Unknown


def kinds(answer):
    assert not isinstance(answer, Unknown), answer
    return [one.kind for one in answer]


def test_it_begins_when_it_was_first_seen(memory):
    assert kinds(memory.history(1)) == ["first_seen"]
    assert kinds(memory.history(3)) == kinds(memory.view().history(3)) == ["first_seen", "missing"]
    first, missing = memory.history(3)
    assert first.stamp_ns < missing.stamp_ns
    assert first.since_ns <= first.stamp_ns
    assert (first.place, missing.place) == ("on table-5", "on table-5")
    assert missing.looked_from_W is not None
    assert missing.to_W is None
    assert missing.p > 0.9


def test_what_is_not_remembered_is_unknown(memory):
    assert isinstance(memory.history(77), Unknown)


def test_it_is_asked_by_any_name_that_it_had(memory, renamed):
    assert kinds(memory.history("mug-3")) == kinds(memory.view().history("mug-3")) == ["first_seen", "missing"]
    for name in ("mug-1", "can-1"):
        assert kinds(renamed.history(name)) == kinds(renamed.history(1)) == ["first_seen"]
    with pytest.raises(QueryError, match="'bowl-1' is no object: object 1 is can-1"):
        renamed.history("bowl-1")
    assert isinstance(memory.history("mug-77"), Unknown)


@pytest.mark.parametrize("what", [1.0, "mug", "1", "mug-" + "9" * 5000, None, True], ids=lambda what: str(what)[:9])
def test_what_is_neither_an_id_nor_a_name_is_refused(memory, what, unchecked_shapes):
    for ask in (memory.history, memory.explain, memory.view().history):
        with pytest.raises(InputError, match="the number or the name of one is needed"):
            ask(what)
