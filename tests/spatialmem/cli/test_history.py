"""`spatialmem history`: what became known of one object."""

import pytest


def test_it_is_followed_from_first_to_last(found_again, spatialmem):
    told = spatialmem("history", found_again, "mug-1", "--json").json
    assert [one["kind"] for one in told["changes"]] == ["first_seen", "moved"]
    moved = told["changes"][1]
    assert moved["from_W_m"][1] == pytest.approx(-0.25, abs=0.02)
    assert moved["to_W_m"][1] == pytest.approx(0.6, abs=0.02)
    assert told["changes"][0]["stamp_ns"] < moved["since_ns"] < moved["stamp_ns"]
    assert spatialmem("history", found_again, 1, "--json").json == told
    lines = spatialmem("history", found_again, "mug-1").out.splitlines()
    assert [line.split()[2] for line in lines[1:]] == ["mug-1", "mug-1"]
    assert "first seen" in lines[1]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("mug", "'mug' names no object"),
        ("mug-99", "'mug-99' is not remembered"),
        ("bowl-1", "'bowl-1' is no object: object 1 is mug-1."),
    ],
)
def test_what_is_no_object_is_one_sentence(gone, spatialmem, name, words):
    for command in ("history", "explain"):
        answer = spatialmem(command, gone, name)
        assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)
        assert words in answer.err
