"""`spatialmem brief` and `ground`: what a language model reads before it plans, and what an instruction names."""

import pytest

from spatialmem import SpatialMemory
from spatialmem.queries.words import token_count


@pytest.fixture(scope="module")
def kept(gone):
    return SpatialMemory.open(gone, read_only=True).view()


def test_it_tells_what_the_library_tells(gone, kept, spatialmem):
    text = spatialmem("brief", gone).out
    assert text == kept.brief()
    assert text.splitlines()[0] == f"memory version {kept.seq}"
    assert '"mug-1": missing for 1.4 s, was on "table-4"' in text
    assert 'on "table-4": "mug-2", "bowl-3"' in text
    told = spatialmem("brief", gone, "--json").json
    assert (told["text"], told["version"], told["last_stamp_ns"]) == (text, kept.seq, kept.stamp_ns)
    assert (told["tokens"], told["task"], told["since_seq"]) == (800, None, None)


def test_the_options_are_those_of_the_library(gone, kept, spatialmem):
    short = spatialmem("brief", gone, "--tokens", 100, "--task", "bring the bowl to the zebra").out
    assert short == kept.brief(100, "bring the bowl to the zebra")
    assert token_count(short) <= 100
    assert '"bowl-3": on "table-4"' in short
    assert "nothing changed" in spatialmem("brief", gone, "--since", kept.seq).out
    since = spatialmem("brief", gone, "--since", 1, "--json").json
    assert (since["since_seq"], since["text"]) == (1, kept.brief(since_seq=1))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--tokens", 99), "token_budget is 99"),
        (("--since", -1), "since_seq is -1"),
        (("--since", 10**9), "since_seq is 1000000000, but this memory is at version"),
        (("--task", "x" * 5000), "a text of up to 4000 characters"),
    ],
)
def test_what_cannot_be_told_is_one_sentence(gone, spatialmem, options, words):
    answer = spatialmem("brief", gone, *options)
    assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)
    assert words in answer.err


def test_names_in_an_instruction_are_listed(gone, kept, spatialmem):
    answer = spatialmem("ground", gone, "put mug-2 and the bowl on the table")
    assert answer.code == 0
    assert [line.split() for line in answer.out.splitlines()] == [
        ["text", "name", "is"],
        ["mug-2", "mug-2", "object"],
        ["bowl", "bowl-3", "object"],
        ["table", "table-4", "object"],
    ]
    told = spatialmem("ground", gone, "the bowl", "--json").json
    (one,) = kept.ground("the bowl").mentions
    assert told["unknown"] is False
    assert told["mentions"] == [{"text": one.text, "kind": one.kind, "id": one.id, "name": one.name}]


def test_what_is_not_known_is_an_answer(gone, spatialmem):
    answer = spatialmem("ground", gone, "the mugg and the zebra")
    assert answer.code == 0
    assert '"mugg" names nothing here, did you mean "mug"?' in answer.out
    told = spatialmem("ground", gone, "the zebra", "--json")
    assert (told.code, told.json["unknown"], told.json["mentions"]) == (0, True, [])
    assert told.json["reason"].startswith('"zebra" names nothing here')
