"""Why it is believed: figures, and the same in words."""

import pytest
from watched_table import FRIDGE, MUG, Table, moved

import spatialmem as sm
from spatialmem import QueryError, Unknown

CONFIG = sm.Config(octree=sm.OctreeConfig(budget_mib=64, threads=1))


def test_of_what_is_there(memory):
    said = memory.explain(1)
    assert not isinstance(said, Unknown)
    assert said.sightings == 12
    assert said.looks >= 12
    assert said.seen_through == 0
    assert said.whereabouts.object.id == 1
    assert [one.kind for one in said.changes] == ["first_seen"]
    assert said.miss_rate < 0.2
    assert said.sentences[:2] == (
        "mug-1 is believed to be where it was seen: P(still there) = 0.98.",
        "It was seen 12 times, last 0.0 s ago, on table-5.",
    )
    assert said.sentences[-1].startswith("Half of all things like it are moved within ")
    assert said.sentences[-1].endswith(" minutes, by 1 move that was seen.")  # mug-3's


def sentences(memory, what):
    said = memory.explain(what)
    assert not isinstance(said, Unknown), said
    return said.sentences


def test_a_rate_that_no_move_was_seen_for_is_assumed(memory):
    for what in (2, "table-5"):
        assert sentences(memory, what)[-1].endswith("as far as is assumed; no move of its kind was seen.")
        assert memory.explain(what).moves == 0.0


def test_moves_that_were_seen_are_counted():
    table = Table(sm.SpatialMemory(CONFIG), {"mug": MUG})
    table.watch(8)
    for k in range(1, 4):
        table.things["mug"] = moved(MUG, dy=0.3 * (k % 2))
        table.wait(600.0)
        table.watch(4)
    history = table.memory.history(1)
    assert not isinstance(history, Unknown)
    assert [one.kind for one in history].count("moved") == 3
    said = table.memory.explain(1)
    assert not isinstance(said, Unknown)
    assert said.moves == pytest.approx(3.0, abs=0.3)
    assert said.sentences[-1].endswith(", by 3 moves that were seen.")


def held(*names):
    """A table of which the robot has the first thing in hand, and for how long."""
    things = {"mug": MUG, "fridge": FRIDGE}
    table = Table(sm.SpatialMemory(CONFIG), {name: things[name] for name in names})
    table.watch(5)
    table.grip((1.45, 0.0, 0.76))
    table.act("picked_up", 1)
    del table.things[names[0]]
    return table


def test_of_what_the_robot_holds():
    table = held("mug")
    table.grip((1.0, 0.0, 1.0))
    table.watch(4)
    assert sentences(table.memory, 1)[:2] == (
        "mug-1 is held by the robot: P = 0.90.",
        "It was seen 5 times. The robot has it in hand since 1.0 s.",
    )
    table.things["mug"] = moved(MUG, dy=0.3)
    table.act("placed_on", 1, target_id=2)
    assert sentences(table.memory, 1)[:2] == (
        "mug-1 is believed to be where it was seen: P(still there) = 0.90.",
        "It was seen 5 times; the robot had it in hand 0.0 s ago, on table-2.",
    )


def test_of_what_is_in_what_the_robot_holds():
    table = held("mug", "fridge")
    table.act("placed_in", 1, target_id=2)
    table.act("picked_up", 2)
    assert sentences(table.memory, 1)[:2] == (
        "mug-1 is in something that the robot holds: P(still there) = 0.83.",
        "It was seen 5 times; the robot had it in hand 0.2 s ago, in fridge-2.",
    )


def test_it_is_asked_by_any_name_that_it_had(memory, renamed):
    assert sentences(memory, "mug-3") == sentences(memory, 3)
    assert sentences(renamed, "mug-1") == sentences(renamed, "can-1") == sentences(renamed, 1)
    with pytest.raises(QueryError, match="'bowl-1' is no object: object 1 is can-1"):
        renamed.explain("bowl-1")


def test_of_what_is_missing(memory):
    said = memory.explain(3)
    assert not isinstance(said, Unknown)
    assert said.seen_through >= 3
    assert said.sentences[0].startswith("mug-3 is missing: P(still there) = 0.0")
    assert "It was looked for and not there 0.2 s ago." in said.sentences
    assert any("Its place was looked at last 0.0 s ago from (0." in one for one in said.sentences)
    assert said.half_life_s == pytest.approx(memory._belief().rates.half_life_s("mug", "table"))


def test_of_what_may_be_either(split):
    said = split.explain(1)
    assert not isinstance(said, Unknown)
    for candidate in said.whereabouts.candidates:
        name = split.object(candidate.object_id).name
        assert f"It may be what was seen as {name}, with P = {candidate.p:.2f}." in said.sentences


def test_what_is_not_remembered_is_unknown(memory):
    assert isinstance(memory.explain(77), Unknown)
    assert memory.view().explain(1).sentences == memory.explain(1).sentences
