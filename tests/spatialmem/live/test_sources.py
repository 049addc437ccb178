"""Sources by their word, and a recording at the speed that it was recorded at."""

import itertools
import time
from importlib.metadata import EntryPoint

import pytest
from live_inputs import S, frame

from spatialmem import ConfigError
from spatialmem.live import sources

WORDS = [
    EntryPoint("episode", "spatialmem.live.sources:episode", sources.GROUP),
    EntryPoint("python", "spatialmem.live.sources:python", sources.GROUP),
    EntryPoint("broken", "no_such_module:source", sources.GROUP),
]


@pytest.fixture(autouse=True)
def announced(monkeypatch):
    monkeypatch.setattr(sources, "entry_points", lambda group: WORDS)


def test_a_recording_is_played_at_its_speed():
    recorded = [frame(S + i * S // 20) for i in range(5)]  # 0.2 s
    began = time.monotonic()
    assert [x.stamp_ns for x in sources.paced(recorded, speed=2.0)] == [x.stamp_ns for x in recorded]
    assert time.monotonic() - began >= 0.1


def test_an_episode_is_opened_for_the_world_of_the_memory():
    source = sources.open_source("walk", {"episode": "synthetic", "speed": 100.0}, "kitchen")
    assert [x.world for x in itertools.islice(source, 2)] == ["kitchen", "kitchen"]


def give():
    return [frame(S)]


def test_a_callable_of_ones_own_is_taken_or_called():
    assert sources.open_source("mine", {"python": "os.path:join"}, "world") is __import__("os").path.join
    assert sources.open_source("mine", {"python": "time:monotonic", "call": True}, "world") > 0


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ("synthetic", "sources.walk is 'synthetic'; it must be a mapping"),
        ({}, "sources.walk must have one of broken, episode, python, it has nothing"),
        ({"episod": "x"}, "Did you mean 'episode'"),
        ({"episode": "x", "python": "y:z"}, "must have one of"),
        ({"episode": "no/such/folder"}, "no/such/folder"),
        ({"episode": "synthetic", "speed": 0}, "speed is 0; it must be 0.01 to 100"),
        ({"episode": "synthetic", "speed": "fast"}, "speed is 'fast'; it must be a number"),
        ({"episode": "synthetic", "sped": 1}, "unknown setting 'sped'"),
        ({"python": "nothing"}, "module:name"),
        ({"python": "no_such_module:x"}, "ModuleNotFoundError"),
        ({"python": "os:no_such_name"}, "AttributeError"),
        ({"broken": 1}, "no_such_module:source could not open it: ModuleNotFoundError"),
    ],
)
def test_what_is_no_source_is_refused_in_one_sentence(settings, said):
    with pytest.raises(ConfigError) as refused:
        sources.open_source("walk", settings, "world")
    assert said in str(refused.value)
    assert str(refused.value).startswith("sources.walk")
