"""`replay --memory`: an episode into a memory file, carried on, interrupted, on a full disk; `replay FILE`: anew."""

import signal
import subprocess
import sys

import cv2
import numpy as np
import pytest

from spatialmem import Config, SpatialMemory
from spatialmem.cli.resuming import HELD_MAX, KnownInputs, resumed
from spatialmem.episodes.synthetic import SyntheticRoom

COMMAND = [sys.executable, "-c", "import sys; from spatialmem.cli import main; sys.exit(main())"]


class InterruptedRoom(SyntheticRoom):
    """Its third frame comes with a Ctrl-C."""

    def __iter__(self):
        for index, frame in enumerate(super().__iter__()):
            if index == 2:
                signal.raise_signal(signal.SIGINT)
            yield frame


def hash_of(path):
    with SpatialMemory.open(path, read_only=True) as memory:
        return memory.state_hash()


def hash_without_a_file(frames):
    memory = SpatialMemory(Config())
    for frame in frames:
        assert memory.observe(frame)
    return memory.state_hash()


@pytest.fixture(scope="module")
def room():
    return list(SyntheticRoom())[:60]


def test_an_episode_becomes_a_memory_file(spatialmem, tmp_path, room):
    path = tmp_path / "a.smem"
    answer = spatialmem("replay", "synthetic", "--memory", path, "--limit", 8, "--json")
    assert answer.code == 0, answer.err
    told = answer.json["memory"]
    assert told["file"] == str(path)
    assert told["bytes"] == path.stat().st_size
    assert (told["inputs_before"], told["inputs"], told["durable"]) == (0, 8, 8)
    assert told["last_stamp_ns"] == room[7].stamp_ns
    assert told["durable_per_s"] > 0
    assert hash_of(path) == hash_without_a_file(room[:8])
    assert [p.name for p in tmp_path.iterdir()] == ["a.smem"]


def test_without_a_file_there_is_nothing_to_say_of_one(spatialmem):
    assert spatialmem("replay", "synthetic", "--limit", 2, "--json").json["memory"] is None


def test_in_words(spatialmem, tmp_path):
    answer = spatialmem("replay", "synthetic", "--memory", tmp_path / "a.smem", "--limit", 4)
    for words in ("memory file", "1 to 4, all durable; the newest stamp is 0.300 s", "inputs/s, durable"):
        assert words in answer.out
    answer = spatialmem("replay", "synthetic", "--memory", tmp_path / "a.smem", "--limit", 6)
    for words in ("2 of 6 played", "4 that the memory file has already", "1 to 6, 4 of them from before"):
        assert words in answer.out


def test_an_episode_that_was_partly_played_is_carried_on(spatialmem, tmp_path, room):
    """After 30 late ones in a row the gate alone would take all of it a second time."""
    path = tmp_path / "a.smem"
    assert spatialmem("replay", "synthetic", "--memory", path, "--limit", 45).code == 0
    answer = spatialmem("replay", "synthetic", "--memory", path, "--limit", 60, "--json")
    assert answer.code == 0, answer.err
    frames = answer.json["frames"]
    assert (frames["played"], frames["admitted"], frames["already_in_memory"]) == (60, 15, 45)
    assert frames["rejected"] == {}
    assert (answer.json["memory"]["inputs_before"], answer.json["memory"]["inputs"]) == (45, 60)
    assert hash_of(path) == hash_without_a_file(room)
    again = spatialmem("replay", "synthetic", "--memory", path, "--limit", 60, "--json")
    assert again.code == 0
    assert (again.json["frames"]["admitted"], again.json["frames"]["already_in_memory"]) == (0, 60)
    assert again.json["path_length_m"] == answer.json["path_length_m"] > 0
    assert hash_of(path) == hash_without_a_file(room)


def test_what_was_rejected_before_is_not_offered_again(spatialmem, folder, tmp_path):
    for name in ("depth/0002.png", "depth/0004.png"):
        blank = cv2.imread(str(folder / name), cv2.IMREAD_UNCHANGED)
        assert blank is not None
        cv2.imwrite(str(folder / name), np.zeros_like(blank))
    path = tmp_path / "a.smem"
    first = spatialmem("replay", folder, "--memory", path, "--json").json["frames"]
    assert (first["admitted"], first["rejected"]) == (4, {"depth_all_invalid": 2})
    again = spatialmem("replay", folder, "--memory", path, "--json")
    assert again.code == 0
    frames = again.json["frames"]
    assert (frames["admitted"], frames["already_in_memory"], frames["rejected_before"]) == (0, 4, 2)
    assert frames["rejected"] == {}


def test_only_the_very_same_input_is_passed_over(tmp_path, room):
    """Recordings are stamped from 0 on often enough."""
    path = tmp_path / "a.smem"
    with SpatialMemory.open(path) as memory:
        for frame in room[:5]:
            memory.observe(frame)
    other = list(SyntheticRoom(seed=1, frame_count=5))
    assert [news for *_, news in resumed(alone(other), KnownInputs.of(path, Config()))] == ["new"] * 5
    assert [news for *_, news in resumed(alone(room[:7]), KnownInputs.of(path, Config()))] == ["known"] * 5 + [
        "new"
    ] * 2


def alone(inputs):
    """Inputs that no detector has looked at."""
    return [(x, None) for x in inputs]


def test_inputs_are_held_back_until_it_is_clear_what_they_are(tmp_path, room):
    path = tmp_path / "a.smem"
    with SpatialMemory.open(path) as memory:
        for frame in (room[0], room[3], *list(SyntheticRoom(seed=1))[50:52]):
            assert memory.observe(frame)
    told = list(resumed(alone(room), KnownInputs.of(path, Config())))
    assert [frame.stamp_ns for frame, *_ in told] == [frame.stamp_ns for frame in room]
    assert [news for *_, news in told] == ["known", "rejected_before", "rejected_before", "known", *["new"] * 56]
    many = [room[0], *(SyntheticRoom(seed=2).frame(index) for index in range(1, HELD_MAX + 10))]
    told = list(resumed(alone(many), KnownInputs.of(path, Config())))
    assert [news for *_, news in told] == ["known", *["new"] * (HELD_MAX + 9)]


def test_settings_that_belong_to_the_map_must_agree(spatialmem, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert spatialmem("replay", "synthetic", "--memory", "a.smem", "--limit", 2, "--voxel-size-m", 0.1).code == 0
    assert spatialmem("replay", "synthetic", "--memory", "a.smem", "--limit", 4).code == 0  # the file's own hold
    before = (tmp_path / "a.smem").read_bytes()
    (tmp_path / "world.yaml").write_text("{world: moon, octree: {voxel_size_m: 0.1}}\n")
    (tmp_path / "color.yaml").write_text("octree: {voxel_size_m: 0.1, color: true}\n")
    for option, words in (
        (("--voxel-size-m", 0.05), "a.smem is kept with 0.1; they must agree"),
        (("--config", "world.yaml"), "a.smem is a memory of the world 'world', not of 'moon'"),
        (("--config", "color.yaml"), "a.smem is kept with False; they must agree"),
    ):
        answer = spatialmem("replay", "synthetic", "--memory", "a.smem", *option)
        assert answer.code == 2
        assert words in answer.err
        assert answer.err.count("\n") == 1
    assert (tmp_path / "a.smem").read_bytes() == before
    assert spatialmem("replay", "synthetic", "--memory", "a.smem", "--limit", 6, "--range-max-m", 2).code == 0
    assert spatialmem("replay", "a.smem").code == 0


def test_the_world_of_the_file_is_the_worlds_name(spatialmem, tmp_path):
    (tmp_path / "moon.yaml").write_text("world: moon\n")
    path = tmp_path / "a.smem"
    spatialmem("replay", "synthetic", "--memory", path, "--limit", 2, "--config", tmp_path / "moon.yaml")
    answer = spatialmem("replay", "synthetic", "--memory", path, "--limit", 4, "--json")
    assert (answer.code, answer.json["memory"]["inputs"]) == (0, 4)


def test_ctrl_c_leaves_a_good_file(spatialmem, monkeypatch, tmp_path, room):
    monkeypatch.setattr("spatialmem.episodes.prefetch.prefetch", iter)
    path = tmp_path / "a.smem"
    with monkeypatch.context() as patch:
        patch.setattr("spatialmem.cli.mapping.open_episode", lambda path, world: InterruptedRoom())
        answer = spatialmem("replay", "synthetic", "--memory", path, "--json")
    assert answer.code == 130
    assert (answer.json["interrupted"], answer.json["memory"]["durable"]) == (True, 3)
    assert "run the command again to go on" in answer.err
    assert spatialmem("verify", path).code == 0
    assert hash_of(path) == hash_without_a_file(room[:3])
    assert spatialmem("replay", "synthetic", "--memory", path, "--limit", 5, "--json").json["memory"]["inputs"] == 5
    assert hash_of(path) == hash_without_a_file(room[:5])


def test_a_full_disk_is_one_sentence_and_what_was_durable_stays(tmp_path, room):
    path = tmp_path / "a.smem"
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1500000, 1500000)); "
    limited = [*COMMAND[:2], limit + COMMAND[2]]
    arguments = ["replay", "synthetic", "--memory", str(path), "--limit", "60"]
    answer = subprocess.run([*limited, *arguments, "--json"], capture_output=True, text=True, timeout=300)
    assert answer.returncode == 2, answer.stderr
    assert "Traceback" not in answer.stderr
    sentence = answer.stderr.splitlines()[-1]
    assert sentence.startswith("spatialmem: ")
    with SpatialMemory.open(path, read_only=True) as memory:
        seq = memory.view().seq
    assert 0 < seq < 60
    assert f"inputs 1 to {seq} are durable; mend that and run the command again" in sentence
    assert str(path) in sentence
    assert hash_of(path) == hash_without_a_file(room[:seq])
    answer = subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, timeout=300)
    assert answer.returncode == 0, answer.stderr
    assert hash_of(path) == hash_without_a_file(room)


def test_a_file_that_somebody_writes_is_locked(spatialmem, tmp_path):
    path = tmp_path / "a.smem"
    with SpatialMemory.open(path):
        answer = spatialmem("replay", "synthetic", "--memory", path)
        assert (answer.code, answer.err.count("\n")) == (2, 1)
        assert "another writer has it open" in answer.err
        assert spatialmem("replay", path).code == 0


def test_an_episode_that_is_not_there_makes_no_file(spatialmem, tmp_path):
    assert spatialmem("replay", tmp_path / "nowhere", "--memory", tmp_path / "a.smem").code == 2
    assert list(tmp_path.iterdir()) == []


# a file's own journal


@pytest.fixture(scope="module")
def kept(tmp_path_factory, room):
    path = tmp_path_factory.mktemp("kept") / "a.smem"
    with SpatialMemory.open(path) as memory:
        for frame in room[:10]:
            memory.observe(frame)
    return path


def test_a_file_is_made_anew_of_its_journal(spatialmem, kept, room):
    before = kept.read_bytes()
    answer = spatialmem("replay", kept, "--json")
    assert answer.code == 0, answer.err
    told = answer.json
    assert told["inputs"] == {"in_file": 10, "replayed": 10}
    assert told["equal"] is True
    assert told["state_hash"] == told["file_state_hash"] == hash_without_a_file(room[:10])
    assert told["map"]["leaves"] > 100
    assert "10/10" in answer.err
    assert "the file's own state  equal" in spatialmem("replay", kept, "--threads", 1).out
    assert kept.read_bytes() == before


def test_up_to_an_input(spatialmem, kept, room):
    told = spatialmem("replay", kept, "--until", 4, "--json").json
    assert (told["inputs"]["replayed"], told["equal"], told["file_state_hash"]) == (4, None, None)
    assert told["state_hash"] == hash_without_a_file(room[:4])


def test_what_was_rejected_last_makes_no_difference(spatialmem, tmp_path, room):
    path = tmp_path / "a.smem"
    with SpatialMemory.open(path) as memory:
        for frame in (*room[:5], room[2], room[3]):
            memory.observe(frame)
    answer = spatialmem("replay", path)
    assert answer.code == 0, answer.err


def test_a_file_that_is_not_what_its_journal_makes_is_a_bad_answer(spatialmem, tmp_path, room, monkeypatch):
    path = tmp_path / "a.smem"
    with monkeypatch.context() as patch:
        from spatialmem.rooms import NO_EFFECTS, Rooms

        real = Rooms.take_in
        patch.setattr(Rooms, "take_in", lambda rooms, x, s, seq: NO_EFFECTS if seq == 3 else real(rooms, x, s, seq))
        with SpatialMemory.open(path) as memory:
            for frame in room[:5]:
                memory.observe(frame)
    assert spatialmem("verify", path).code == 0  # its rows are those that were written
    answer = spatialmem("replay", path, "--json")
    assert answer.code == 1
    assert answer.json["equal"] is False
    for found in (answer.json["state_hash"], answer.json["file_state_hash"]):
        assert found in answer.err
    assert "differs" in spatialmem("replay", path).out


@pytest.mark.parametrize("command", [("replay", "--picture"), ("picture", "--out")])
def test_a_files_picture_is_that_of_its_episode(spatialmem, folder, tmp_path, command):
    (name, option), path = command, tmp_path / "files" / folder.name
    path.parent.mkdir()
    spatialmem("replay", folder, "--memory", path, "--picture", tmp_path / "b.png")
    answer = spatialmem(name, path, option, tmp_path / "a.png", "--json")
    assert (answer.code, answer.json["picture"]) == (0, str(tmp_path / "a.png"))
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert spatialmem("replay", folder, "--memory", path, "--picture", tmp_path / "again.png").code == 0
    assert (tmp_path / "again.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_a_file_in_which_nothing_is(spatialmem, tmp_path):
    SpatialMemory.open(tmp_path / "a.smem").close()
    answer = spatialmem("replay", tmp_path / "a.smem", "--picture", tmp_path / "a.png", "--json")
    assert (answer.code, answer.json["equal"], answer.json["picture"]) == (0, True, None)


def test_ctrl_c_while_a_file_is_replayed(spatialmem, kept, monkeypatch):
    from spatialmem.memory_file import MemoryFile

    whole = MemoryFile.replay

    def interrupted(self, until_seq=None):
        for moment in whole(self, until_seq):
            if moment.seq == 3:
                signal.raise_signal(signal.SIGINT)
            yield moment

    monkeypatch.setattr(MemoryFile, "replay", interrupted)
    answer = spatialmem("replay", kept, "--json")
    assert answer.code == 130
    assert (answer.json["inputs"]["replayed"], answer.json["equal"]) == (3, None)
    assert "Interrupted after 3 of 10 inputs" in answer.err
    answer = spatialmem("hash", kept, "--until", 5)
    assert (answer.code, answer.out) == (130, "")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--limit", 3), "--limit is for an episode"),
        (("--voxel-size-m", 0.1), "--voxel-size-m is for an episode"),
        (("--range-max-m", 3), "--range-max-m is for an episode"),
        (("--memory", "b.smem"), "--memory is for an episode"),
        (("--until", 11), "--until is 11;"),
        (("--until", 0), "--until"),
    ],
)
def test_what_does_not_go_with_a_file(spatialmem, kept, arguments, words):
    answer = spatialmem("replay", kept, *arguments)
    assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)
    assert words in answer.err


def test_until_does_not_go_with_an_episode(spatialmem):
    answer = spatialmem("replay", "synthetic", "--until", 3)
    assert (answer.code, answer.err.count("\n")) == (2, 1)
    assert "--until is for a memory file" in answer.err


def test_inputs_that_are_no_longer_kept_cannot_be_replayed(spatialmem, tmp_path, monkeypatch):
    monkeypatch.setattr("spatialmem.memory_file.CHECKPOINT_ROWS", 4)
    (tmp_path / "small.yaml").write_text("store: {journal_budget_mib: 1}\n")
    path = tmp_path / "a.smem"
    assert spatialmem("replay", "synthetic", "--memory", path, "--config", tmp_path / "small.yaml").code == 0
    told = spatialmem("info", path, "--json").json
    assert 0 < told["dropped_until"] < told["inputs"] == 120
    for command in (("replay", path), ("hash", path, "--until", 100)):
        answer = spatialmem(*command)
        assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)
        assert f"keeps inputs from number {told['dropped_until'] + 1} on" in answer.err
    answer = spatialmem("track", path, "mug-1")
    assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)
    assert f"keeps none before number {told['dropped_until'] + 1}: its journal was cut to its budget" in answer.err
    assert f"`spatialmem objects {path}` lists what it remembers" in answer.err
    assert "kept in full" in spatialmem("info", path).out
    again = spatialmem(
        "replay", "synthetic", "--memory", path, "--json"
    )  # where its content is gone, a stamp is enough
    assert again.json["frames"]["already_in_memory"] == 120
