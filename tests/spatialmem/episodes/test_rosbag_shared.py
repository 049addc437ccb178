"""The shared bags of other projects: twins hold the same messages; damaged and empty ones end in one sentence."""

from collections import Counter
from pathlib import Path

import pytest
from recordings import ROSBAG1, ROSBAG2, needs_rosbag1, needs_rosbag2

from spatialmem import EpisodeError, open_episode
from spatialmem.episodes.bags import open_log
from spatialmem.episodes.bags.ros_types import Undecodable, decode

TWINS = sorted(
    path.relative_to(ROSBAG2)
    for folder in ("rosbag2_py/test", "rosbag2_tests", "rosbag2_transport/test")
    for path in (ROSBAG2 / folder / "resources" / "mcap").rglob("*")
    if path.is_dir() and any(path.glob("*.mcap"))
)
FIXTURES = ROSBAG1 / "fixtures"


def contents(path: Path):
    """Every message, decoded where its type is known: what, when, how often."""
    seen = Counter()
    for message in open_log(path).messages():
        try:
            body = repr(decode(message))
        except Undecodable:
            body = bytes(message.data)
        seen[message.channel.topic, message.channel.msgtype, message.log_ns, body] += 1
    return seen


def without_times(seen):
    return Counter(topic for (topic, *_), count in seen.items() for _ in range(count))


def without_bodies(seen):
    return Counter({key[:3]: count for key, count in seen.items()})


@needs_rosbag2
@pytest.mark.parametrize("twin", TWINS, ids=str)
def test_twins_give_equal_messages(twin):
    mcap = ROSBAG2 / twin
    sqlite = ROSBAG2 / Path(*("sqlite3" if part == "mcap" else part for part in twin.parts))
    ours, theirs = contents(mcap), contents(sqlite)
    if "service_events" in mcap.name:  # two recordings of the same run of a test, at two times
        ours, theirs = without_times(ours), without_times(theirs)
    if "wrong_rmw_test" in mcap.name:  # the file of one of the twins does not say that its encoding is unknown
        ours, theirs = without_bodies(ours), without_bodies(theirs)
    assert ours == theirs
    assert sum(ours.values()) == sum(open_log(mcap).counts.values()) > 0


@needs_rosbag2
def test_single_files_are_twins_too():
    folder = ROSBAG2 / "rosbag2_cpp/test/rosbag2_cpp/bags"
    mcap, sqlite = contents(folder / "topics_and_services.mcap"), contents(folder / "topics_and_services.db3")
    assert without_times(mcap) == without_times(sqlite)
    assert sum(mcap.values()) == 13


@needs_rosbag1
def test_compression_changes_nothing():
    plain = contents(FIXTURES / "example.bag")
    assert plain == contents(FIXTURES / "example-lz4.bag") == contents(FIXTURES / "example-bz2.bag")
    assert sum(plain.values()) == 8647
    transforms = [body for (topic, _, _, body), count in plain.items() for _ in range(count) if topic == "/tf"]
    assert len(transforms) == 2688
    assert all("TransformStamped" in body for body in transforms)


@needs_rosbag1
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("empty-file.bag", r"is empty \(0 bytes\): nothing was recorded"),
        ("no-messages.bag", r"holds no message; there is nothing to replay"),
        ("example.bag", r"no depth images and no point clouds; its topics are: .*/tf \(tf/msg/tfMessage, 2688\)"),
    ],
)
def test_bags_without_anything_to_play_are_refused_in_one_sentence(name, words):
    with pytest.raises(EpisodeError, match=words) as raised:
        open_episode(FIXTURES / name)
    assert "\n" not in str(raised.value)


def cuts_of(path, tmp_path):
    """Copies that end at several places, with the share of the file that they hold."""
    data = path.read_bytes()
    for tenth in range(10):
        size = max(1, len(data) * tenth // 10 - (tenth == 9) * 3)
        copy = tmp_path / f"{tenth}{path.suffix}"
        copy.write_bytes(data[:size])
        yield copy, size / len(data)


def opened_or_refused(path):
    try:
        return open_log(path), ""
    except EpisodeError as error:
        return None, str(error)


SHARED = [
    *(FIXTURES / name for name in ("example.bag", "example-lz4.bag", "example-bz2.bag")),
    ROSBAG2 / "rosbag2_py/test/resources/mcap/wbag/wbag_0.mcap",
    ROSBAG2 / "rosbag2_py/test/resources/mcap/talker/talker.mcap",
    ROSBAG2 / "rosbag2_py/test/resources/sqlite3/wbag/wbag_0.db3",
    ROSBAG2 / "rosbag2_py/test/resources/sqlite3/talker/talker.db3",
]


@needs_rosbag1
@needs_rosbag2
@pytest.mark.parametrize("path", SHARED, ids=lambda path: path.name)
def test_truncated_ones_give_what_is_readable_and_say_what_is_lost(path, tmp_path):
    whole, most = contents(path), 0
    for copy, share in cuts_of(path, tmp_path):
        log, refusal = opened_or_refused(copy)
        if log is None:
            assert share < 0.5 or path.name == "talker.db3", refusal  # of seven pages
            assert str(copy) in refusal
            assert "\n" not in refusal
            continue
        read = Counter((message.channel.topic, message.log_ns, bytes(message.data)) for message in log.messages())
        assert read <= Counter((m.channel.topic, m.log_ns, bytes(m.data)) for m in open_log(path).messages())
        assert sum(read.values()) == sum(log.counts.values())
        assert log.damage, copy
        most = max(most, sum(read.values()))
    assert most > 0.3 * sum(whole.values())
