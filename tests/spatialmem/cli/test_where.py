"""`spatialmem where`: where things are by label, name, number and attributes, how surely, and honest ignorance."""

from typing import Any

import pytest

from spatialmem import Presence, SpatialMemory


@pytest.fixture(scope="module")
def kept(gone):
    return SpatialMemory.open(gone, read_only=True).view()


def test_a_label_is_answered_as_the_library_does(gone, kept, spatialmem):
    told = spatialmem("where", gone, "mug", "--json").json
    (one,) = kept.where("mug")
    (answer,) = told["answers"]
    assert (told["unknown"], told["at_ns"]) == (False, kept.stamp_ns)
    assert (answer["object"]["name"], answer["presence"], answer["place"]) == ("mug-2", "there", "on table-4")
    assert answer["p_there"] == round(one.p_there, 4) > 0.9
    assert answer["p_W_m"] == [round(float(c), 4) for c in one.p_W]
    assert (answer["last_seen_ns"], answer["last_looked_ns"]) == (kept.stamp_ns, kept.stamp_ns)
    assert answer["looked_from_W_m"][2] == pytest.approx(1.4)
    assert (answer["candidates"], answer["missing_since_ns"]) == ([], None)
    assert answer["worth_going"] is one.worth_going
    text = spatialmem("where", gone, "mug").out
    assert "mug-2" in text.splitlines()[1]
    assert f"{one.p_there:.2f}, there, on table-4" in text
    assert "going there" in text


@pytest.mark.parametrize("what", [("mug-2",), ("2",), ("label=mug", "id=2"), ("mug", "id=2"), ("mug-2", "label=mug")])
def test_one_thing_has_several_names(gone, spatialmem, what):
    told = spatialmem("where", gone, *what, "--json")
    if what == ("mug-2", "label=mug"):
        assert (told.code, "names more than one thing" in told.err) == (2, True)
    else:
        assert [one["object"]["id"] for one in told.json["answers"]] == [2]


def test_what_is_missing_is_not_known_and_somewhere_else_is_worth_a_look(gone, kept, spatialmem):
    answer = spatialmem("where", gone, "mug-1", "--json")
    assert (answer.code, answer.json["unknown"], answer.json["answers"]) == (0, True, [])
    assert "looked for" in answer.json["reason"]
    assert "was not there" in answer.json["reason"]
    assert answer.json["look_next_W_m"] == [round(float(c), 4) for c in kept.object(2).center_W]
    text = spatialmem("where", gone, "mug-1").out.splitlines()
    assert text[0] == "mug-1"
    assert text[1].startswith("unknown    mug-1 was seen last 2.0 s ago")
    assert text[2].startswith("look next  at 1.4")


def test_it_fades(gone, kept, spatialmem):
    now, later = (
        spatialmem("where", gone, "bowl", "--in", in_s, "--json").json["answers"][0]["p_there"]
        for in_s in (0, 7 * 86400)
    )
    assert now > 0.9
    assert 0.3 < later < 0.7
    assert later == round(kept.where("bowl", at_ns=kept.stamp_ns + 7 * 86400 * 10**9)[0].p_there, 4)
    assert "7.0 days ago" in spatialmem("where", gone, "bowl", "--in", 7 * 86400).out
    never = spatialmem("where", gone, "bowl", "--in", 1e9, "--json").json
    assert (never["unknown"], never["answers"]) == (True, [])


def test_the_way_begins_where_it_is_said_to(gone, spatialmem):
    near, far = (
        spatialmem("where", gone, "bowl", "--from", *start, "--json").json["answers"][0]
        for start in ((1.0, 0.0, 0.0), (-9.0, -4.0, 0.0))
    )
    assert far["go_m"] > near["go_m"] + 8
    assert (near["worth_going"], far["worth_going"]) == (True, False)
    assert "not worth going" in spatialmem("where", gone, "bowl", "--from", -9, -4, 0).out


def test_other_places_are_told_with_their_weights(gone, spatialmem, monkeypatch):
    """A mug that is missing, of which another one may be it."""
    import dataclasses

    from spatialmem.types import Candidate
    from spatialmem.view import View

    asked: Any = View.where

    def doubtful(self, *arguments, **options):
        (one,) = asked(self, *arguments, **options)
        other = Candidate(p=0.6, p_W=self.object(1).center_W, object_id=1)
        return (dataclasses.replace(one, candidates=(other,)),)

    monkeypatch.setattr(View, "where", doubtful)
    told: Any = spatialmem("where", gone, "mug", "--json").json["answers"][0]["candidates"]
    assert [(one["name"], one["p"]) for one in told] == [("mug-1", 0.6)]
    text = spatialmem("where", gone, "mug").out
    assert text.splitlines()[0].endswith("may be")
    assert text.splitlines()[1].endswith("mug-1 0.60")
    assert "mug-1 at 1.4" in text


@pytest.mark.parametrize(
    ("what", "words"),
    [
        (("mugs",), "Did you mean 'mug'?"),
        (("mug-99",), "'mug-99' is not remembered"),
        (("bowl-1",), "'bowl-1' is no object: object 1 is mug-1."),
        (("mug", "bowl"), "'mug bowl' names more than one thing"),
        (("=open",), "'=open' is no attribute"),
        (("state=open", "state=closed"), "give each once"),
        (("mug", "--in", "nan"), "--in is nan"),
        (("mug", "--in", "-1"), "--in is -1"),
        (("mug", "--from", "1", "2", "inf"), "--from is 1 2 inf"),
        ((), "Missing argument 'WHAT'"),
    ],
)
def test_what_cannot_be_asked_is_one_sentence(gone, spatialmem, what, words):
    answer = spatialmem("where", gone, *what)
    assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)
    assert words in answer.err


def test_attributes_that_nothing_has_are_an_answer(gone, spatialmem):
    answer = spatialmem("where", gone, "mug", "state=open")
    assert answer.code == 0
    assert "unknown  no object has an attribute 'state'; known: id, in, label, on" in answer.out
    assert "unknown  nothing with label = mug, in = table is remembered" in spatialmem(
        "where", gone, "label=mug", "in=table"
    ).out  # fmt: skip
    told = spatialmem("where", gone, "mug", "on=table-4", "--json").json["answers"]
    assert [one["object"]["name"] for one in told] == ["mug-2"]


def test_the_help_is_whole(spatialmem):
    assert "Where the way begins, in metres. Default:" in " ".join(spatialmem("where", "--help").out.split())


def test_what_is_held_is_at_no_place_besides(gone, kept, spatialmem, monkeypatch):
    import dataclasses

    from spatialmem.view import View

    (one,) = kept.where("mug")
    held = dataclasses.replace(one, p_there=0.9, presence=Presence.HELD, place="held")
    monkeypatch.setattr(View, "where", lambda *_, **__: (held,))
    lines = [line.split() for line in spatialmem("where", gone, "mug").out.splitlines()]
    assert ["P", "0.90,", "held"] in lines


def test_a_view_tells_the_whereabouts_of_all(kept):
    every = kept.whereabouts()
    assert [one.object.name for one in every] == ["mug-1", "mug-2", "bowl-3", "table-4"]
    assert [one.presence for one in every] == [Presence.MISSING, *[Presence.THERE] * 3]
    for one in every:
        found = kept.where(one.object.id)
        assert one.p_there == (found[0].p_there if found else pytest.approx(0.0, abs=0.05))
    mugs = kept.where("mug")
    assert every[1].elsewhere_m <= mugs[0].elsewhere_m  # the missing one counts as another place
    later = kept.whereabouts(at_ns=kept.stamp_ns + 10**15)
    assert all(then.p_there < now.p_there for then, now in zip(later, every, strict=True) if now.p_there > 0.1)
