"""`spatialmem as-of`: how things were, as it was known then or later."""

from typing import Any

import pytest

from spatialmem import SpatialMemory


def test_it_says_what_the_library_says(gone, spatialmem):
    memory: Any = SpatialMemory.open(gone, read_only=True)
    (missing,) = memory.changed(0)
    stamp_ns = missing.since_ns
    past = memory.as_of(stamp_ns)
    answer = spatialmem("as-of", gone, stamp_ns, "--json").json
    assert (answer["stamp_ns"], answer["known_by"], answer["unknown"]) == (stamp_ns, memory.view().seq, False)
    assert [one["name"] for one in answer["objects"]] == [one.name for one in past.objects(missing=True)]
    (mug,) = (one for one in answer["objects"] if one["name"] == "mug-1")
    (known,) = past.where("mug-1")
    assert (mug["presence"], mug["place"], mug["next_ns"]) == ("there", "on table-4", missing.stamp_ns)
    assert mug["p_W_m"] == [round(float(c), 4) for c in known.p_W]
    assert len(answer["relations"]) == len(past.relations())
    assert answer["places"] == len(past.places())
    lines = spatialmem("as-of", gone, stamp_ns).out.splitlines()
    assert lines[0].split()[:3] == ["object", "was", "place"]
    assert any(line.split()[:4] == ["mug-1", "there", "on", "table-4"] for line in lines)
    assert any("as known by input" in line for line in lines)


def test_as_it_was_known_by_an_input(gone, spatialmem):
    memory: Any = SpatialMemory.open(gone, read_only=True)
    (missing,) = memory.changed(0)

    def presence(*options):
        answer = spatialmem("as-of", gone, missing.stamp_ns, *options, "--json").json
        return {one["name"]: one["presence"] for one in answer["objects"]}["mug-1"]

    assert presence() == presence("--known-by", missing.seq) == "missing"
    assert presence("--known-by", missing.seq - 1) == "there"


def test_before_all_inputs_nothing_was_known(gone, spatialmem):
    answer = spatialmem("as-of", gone, 0)
    assert answer.code == 0
    assert "none were known" in answer.out
    assert spatialmem("as-of", gone, 0, "--json").json["objects"] == []


def test_what_is_ahead_is_unknown(gone, spatialmem):
    memory: Any = SpatialMemory.open(gone, read_only=True)
    answer = spatialmem("as-of", gone, memory.view().stamp_ns + 10**9, "--json")
    assert (answer.code, answer.json["unknown"], answer.json["objects"]) == (0, True, [])
    assert "after the newest that was told" in answer.json["reason"]
    assert "unknown" in spatialmem("as-of", gone, memory.view().stamp_ns + 10**9).out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("yesterday",), "TIME is 'yesterday'; give a time before"),
        (("1s", "--known-by", "0"), "--known-by is 0; give the number of an input"),
        (("1s", "--known-by", "100000"), "--known-by is 100000;"),
    ],
)
def test_what_cannot_be_asked_is_refused(gone, spatialmem, options, words):
    answer = spatialmem("as-of", gone, *options)
    assert answer.code == 2
    assert words in " ".join(answer.err.split())
