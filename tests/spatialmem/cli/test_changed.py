"""`spatialmem changed`: what changed, since when, and that nothing did."""

from typing import Any

import pytest

from spatialmem import SpatialMemory


def test_it_says_what_the_library_says(gone, spatialmem):
    memory: Any = SpatialMemory.open(gone, read_only=True)
    (kept,) = memory.changed(0)
    told = spatialmem("changed", gone, "--json").json
    (one,) = told["changes"]
    assert told["unknown"] is False
    assert (one["name"], one["kind"], one["object_id"], one["seq"]) == ("mug-1", "missing", 1, kept.seq)
    assert (one["stamp_ns"], one["since_ns"]) == (kept.stamp_ns, kept.since_ns)
    assert one["from_W_m"] == [round(float(c), 4) for c in kept.from_W]
    assert one["to_W_m"] is None
    head, line = spatialmem("changed", gone).out.splitlines()
    assert head.split() == ["ago", "[s]", "input", "object", "what", "from", "[m]", "to", "[m]", "place", "P"]
    ago_s = (told["last_stamp_ns"] - kept.stamp_ns) / 1e9
    assert line.split()[:4] == [f"{ago_s:.1f}", str(kept.seq), "mug-1", "missing"]


def test_a_time_is_before_the_last_stamp_or_a_stamp(gone, spatialmem):
    told = spatialmem("changed", gone, "--json").json
    stamp_ns, last_ns = told["changes"][0]["stamp_ns"], told["last_stamp_ns"]

    def count(*options):
        return len(spatialmem("changed", gone, *options, "--json").json["changes"])

    assert count("--since", "1min") == count("--since", "2h") == 1
    assert count("--since", "0.1s") == 0
    assert (count("--since", stamp_ns), count("--since", stamp_ns + 1)) == (1, 0)
    assert (count("--until", stamp_ns), count("--until", stamp_ns - 1)) == (1, 0)
    assert count("--since", "1min", "--until", "0.1s") == 1
    assert spatialmem("changed", gone, "--since", "2s", "--json").json["since_ns"] == last_ns - 2 * 10**9
    nothing = spatialmem("changed", gone, "--since", "0.1s")
    assert (nothing.code, "none were noticed" in nothing.out) == (0, True)


def test_what_is_no_longer_kept_is_not_known(gone, spatialmem, monkeypatch):
    from spatialmem import Unknown

    monkeypatch.setattr(SpatialMemory, "changed", lambda *_: Unknown("only the last 2 changes are kept here"))
    answer = spatialmem("changed", gone, "--json")
    assert (answer.code, answer.json["unknown"], answer.json["changes"]) == (0, True, [])
    assert "only the last 2" in answer.json["reason"]
    assert "unknown  only the last 2" in spatialmem("changed", gone).out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--since", "1x"), "--since is '1x'; give a time before"),
        (("--until", "tomorrow"), "--until is 'tomorrow'"),
        (("--since", "1s", "--until", "2s"), "nothing is from --since 1s to --until 2s"),
    ],
)
def test_what_is_no_time_is_one_sentence(gone, spatialmem, options, words):
    answer = spatialmem("changed", gone, *options)
    assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)
    assert words in answer.err


def test_replay_and_objects_count_them(gone, spatialmem):
    told = spatialmem("replay", gone, "--json").json["objects"]
    assert (told["confirmed"], told["missing"], told["changes"]) == (4, 1, {"missing": 1})
    assert told["by_label"] == {"mug": 2, "bowl": 1, "table": 1}
    text = spatialmem("objects", gone, "--missing").out
    assert "objects  4 confirmed, 1 of them missing: 2 mug" in text
    assert "changes  1 missing" in text
    assert [line for line in text.splitlines() if line.startswith("mug-1 ") and line.endswith("missing")]
    assert "mug-1" not in spatialmem("objects", gone).out
    assert "not listed  1 missing: --missing shows them" in spatialmem("objects", gone, "--label", "mug").out
    for options in (("--label", "bowl"), ("--label", "mug", "--missing")):
        assert "not listed" not in spatialmem("objects", gone, *options).out
