"""Schedules from files: what is in them comes back, and what is wrong with one is said in a sentence."""

import pytest

pytest.importorskip("pybullet")

from homes import two_rooms

from sim.people import Person, Schedule, Task, load_schedule
from sim.worlds import World
from spatialmem import ConfigError

WHOLE = """
seed: 3
tasks:
  - {at_s: 10, verb: move, object: mug-1, to: counter-1, when: unseen, timeout_s: 5}
  - {verb: open, object: fridge-1/door}
  - {verb: wait, duration_s: 2.5}
  - {verb: walk_to, to: hall}
  - {verb: bring_back, object: apple-1}
  - {verb: leave}
"""


def written(tmp_path, text):
    (tmp_path / "day.yaml").write_text(text)
    return load_schedule(tmp_path / "day.yaml")


def test_a_schedule_is_read_as_it_is_written(tmp_path):
    assert written(tmp_path, WHOLE) == Schedule(
        (
            Task(verb="move", at_s=10.0, object="mug-1", to="counter-1", when="unseen", timeout_s=5.0),
            Task(verb="open", object="fridge-1/door"),
            Task(verb="wait", duration_s=2.5),
            Task(verb="walk_to", to="hall"),
            Task(verb="bring_back", object="apple-1"),
            Task(verb="leave"),
        ),
        seed=3,
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("- 1", "a schedule is a mapping with a list called tasks"),
        ("tasks: 3", "a list called tasks"),
        ("tasks: []\nspeed: 2", "has no 'speed'; it has tasks and seed"),
        ("tasks: []\nseed: -1", "the seed of a schedule is -1"),
        ("tasks: [3]", "task 1 is 3; it must be a mapping"),
        ("tasks: [{verb: fly}]", "task 1 has the verb 'fly'; there are walk_to, take,"),
        ("tasks: [{verb: [take]}]", r"task 1 has the verb \['take'\]"),
        ("tasks: [{verb: leave}, {verb: take}]", r"task 2 \(take\) needs 'object'"),
        ("tasks: [{verb: take, object: mug-1, to: sofa}]", r"task 1 \(take\) has no 'to'; it may have at_s, verb"),
        ("tasks: [{verb: take, object: 7}]", "object of task 1 .* is 7; a name is needed"),
        ("tasks: [{verb: leave, at_s: soon}]", "at_s of task 1 .* is 'soon'; seconds from 0 on"),
        ("tasks: [{verb: leave, at_s: .nan}]", "at_s of task 1 .* is nan"),
        ("tasks: [{verb: leave, when: dark}]", "when of task 1 .* is 'dark'; there are any, unseen, seen"),
        ("tasks: [{verb: leave, 3: 4}]", "has no '3'"),
        ("tasks: [", "is no YAML"),
    ],
)
def test_bad_schedules_are_refused_by_name(tmp_path, text, words):
    with pytest.raises(ConfigError, match=words) as error:
        written(tmp_path, text)
    assert "day.yaml" in str(error.value)
    assert "\n" not in str(error.value)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        load_schedule(tmp_path / "none.yaml")
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="cannot be read"):
        load_schedule(tmp_path / "bytes.yaml")


@pytest.mark.parametrize(
    ("task", "words"),
    [
        (Task(verb="take", object="vase-9"), "no thing 'vase-9'; there are mug-1"),
        (Task(verb="open", object="fridge-1"), "no hinge 'fridge-1'; there are .*fridge-1/door"),
        (Task(verb="move", object="mug-1", to="attic"), "no support, piece of furniture or room 'attic'"),
        (Task(verb="walk_to", to="mug-1"), "no support, piece of furniture or room 'mug-1'"),
    ],
)
def test_what_a_home_does_not_have_is_refused_before_anything_is_done(task, words):
    with World(two_rooms()) as world, pytest.raises(ConfigError, match=words):
        Person(world, Schedule((Task(verb="leave"), task)))
