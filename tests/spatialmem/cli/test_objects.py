"""Objects on the command line: looked for while an episode is replayed, listed, and followed through the journal."""

import contextlib
import dataclasses
import io
import json
import re
import shutil
import signal
from typing import Any

import cv2
import pytest
import tiny_onnx

from spatialmem import InputError, SpatialMemory
from spatialmem.cli import main, object_words
from spatialmem.cli.opened_memory import refuse_other_label
from spatialmem.memory_file import MemoryFile
from spatialmem.store import Store


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A network that takes whatever is red or green for a thing."""
    path = tmp_path_factory.mktemp("model") / "tiny.onnx"
    path.write_bytes(tiny_onnx.fastest_det())
    path.with_suffix(".names").write_text("red\ngreen\n")
    return path


@pytest.fixture(scope="module")
def walked(model, walk_folder, tmp_path_factory):
    """A memory file of a short walk with that detector along, for reading; and what the replay said of it."""
    path = tmp_path_factory.mktemp("walked") / "walk.smem"
    command = ["replay", walk_folder, "--memory", path, "--json", "--embedder", "appearance"]
    with contextlib.redirect_stdout(io.StringIO()) as out:
        assert main([str(argument) for argument in [*command, "--detector", f"onnx:{model}"]]) == 0
    return path, json.loads(out.getvalue())


def test_replay_says_what_the_detector_found_and_what_became_of_it(walked, spatialmem, folder, model):
    _, told = walked
    (detector,) = told["detectors"]
    assert [detector[name] for name in ("detector", "frames", "rejected", "failed_frames")] == ["onnx", 6, {}, 0]
    assert detector["detections"] == sum(detector["by_label"].values()) > 50
    assert told["frames"]["played"] == told["frames"]["admitted"] == 6  # detections are not inputs of the episode
    assert told["memory"]["inputs"] == 12
    objects = told["objects"]
    assert objects["confirmed"] == sum(objects["by_label"].values()) > 5
    text = spatialmem("replay", folder, "--detector", f"onnx:{model}", "--limit", 3).out
    assert re.search(r"onnx +\d+ detections in 3 frames: \d+ red", text)
    assert re.search(r"besides +\d+ tentative", text)


def test_replay_into_the_same_file_passes_over_what_it_has(walked, spatialmem, folder, model, tmp_path):
    kept, told = walked
    path = shutil.copy(kept, tmp_path)
    again = spatialmem("replay", folder, "--detector", f"onnx:{model}", "--embedder", "appearance", "--memory", path,
                       "--json").json  # fmt: skip
    assert again["frames"]["already_in_memory"] == 6
    assert again["memory"]["inputs"] == 12
    assert again["state_hash"] == told["state_hash"]
    assert spatialmem("replay", path, "--json").json["equal"] is True


def test_it_goes_on_in_the_middle_of_a_frame(spatialmem, folder, model, tmp_path):
    """A process that ended between a frame and its detections left the frame waiting for them."""
    spec, path = f"onnx:{model}", tmp_path / "a.smem"
    whole = spatialmem("replay", folder, "--detector", spec, "--json").json["state_hash"]
    spatialmem("replay", folder, "--memory", path, "--limit", 1)
    told = spatialmem("replay", folder, "--detector", spec, "--memory", path, "--json").json
    assert told["detectors"][0]["frames"] == 6
    assert told["state_hash"] == whole


def test_objects_are_listed(walked, spatialmem):
    path, told = walked
    answer = spatialmem("objects", path, "--json").json
    assert answer["counts"] == told["objects"]
    assert len(answer["objects"]) == told["objects"]["confirmed"]
    first = answer["objects"][0]
    assert first["name"] == f"{first['label']}-{first['id']}"
    assert first["sightings"] >= 3
    assert first["viewpoints"] >= 2
    with SpatialMemory.open(path, read_only=True) as memory:
        one: Any = memory.object(first["id"])
        assert first["center_W_m"] == [round(float(c), 4) for c in one.center_W]
    red = spatialmem("objects", path, "--label", "red", "--json").json["objects"]
    assert {one["label"] for one in red} == {"red"}
    tentative = spatialmem("objects", path, "--tentative", "--json").json["objects"]
    assert len(tentative) == answer["counts"]["confirmed"] + answer["counts"]["tentative"]
    table = spatialmem("objects", path).out.splitlines()
    assert re.search(r"object +sure +x y z \[m\]", table[0])
    assert sum(line.startswith(("red-", "green-")) for line in table) == len(answer["objects"])
    assert re.search(rf"objects +{len(answer['objects'])} confirmed", "\n".join(table))


def test_those_that_look_alike_come_first(walked, spatialmem):
    path, _ = walked
    name = spatialmem("objects", path, "--json").json["objects"][2]["name"]
    alike = spatialmem("objects", path, "--like", name, "--json").json["objects"]
    assert alike[0]["name"] == name
    assert alike[0]["similarity"] == pytest.approx(1.0, abs=1e-3)
    said = [one["similarity"] for one in alike]
    assert said == sorted(said, reverse=True)
    assert "alike" in spatialmem("objects", path, "--like", name).out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("objects", "FILE", "--label", "rde"), "Did you mean 'red'?"),
        (("objects", "FILE", "--like", "mug-99999"), "'mug-99999' is not remembered"),
        (("objects", "FILE", "--like", "mug"), "'mug' names no object; give its name, such as mug-3, or its number"),
        (("track", "FILE", "mug-99999"), "'mug-99999' is nothing that"),
        (("track", "FILE", "-"), "names no object"),
        (("objects", "nowhere.smem"), "nowhere.smem"),
        (("replay", "FILE", "--detector", "onnx:a.onnx"), "--detector is for an episode, not for the memory file"),
        (("replay", "synthetic", "--embedder", "appearance"), "--embedder describes what a --detector finds; give one"),
        (("replay", "synthetic", "--detector", "onxn:a"), "there is no detector 'onxn'"),
        (("replay", "synthetic", "--detector", "onnx:a.onnx"), "a.onnx cannot be read"),
        (("replay", "synthetic", "--detector", "fiducial", "--detector", "fiducial:x"), "fiducial is given twice"),
        (("replay", "synthetic", "--detector", "fiducial", "--embedder", "looks"), "there is no embedder 'looks'"),
    ],
)
def test_what_cannot_be_is_one_sentence(walked, spatialmem, arguments, words):
    path, _ = walked
    answer = spatialmem(*(str(path) if one == "FILE" else one for one in arguments))
    assert (answer.code, answer.out) == (2, "")
    assert words in answer.err
    assert "Traceback" not in answer.err


def test_an_object_is_followed_through_the_journal(walked, spatialmem, tmp_path):
    path, _ = walked
    one = max(spatialmem("objects", path, "--json").json["objects"], key=lambda one: one["sightings"])
    answer = spatialmem("track", path, one["name"], "--crops", tmp_path / "crops", "--json")
    assert answer.code == 0
    told = answer.json
    assert told["object"] == one
    assert told["remembered"] is True
    assert [step["seq"] for step in told["steps"]] == sorted({step["seq"] for step in told["steps"]})
    assert {step["input"] for step in told["steps"]} == {"Detections"}
    assert [step["sightings"] for step in told["steps"]][-1] == one["sightings"]
    assert told["steps"][0]["confirmed"] is False
    crops = sorted((tmp_path / "crops").iterdir())
    assert len(crops) == len(told["pictures"]) >= 1
    assert cv2.imread(str(crops[0])) is not None
    again = spatialmem("track", path, one["name"], "--crops", tmp_path / "crops")
    assert (again.code, "give a new folder" in again.err) == (2, True)
    text = spatialmem("track", path, str(one["id"])).out
    assert f"seen        {one['sightings']} times from {one['viewpoints']} viewpoints" in text
    early = spatialmem("track", path, one["name"], "--until", told["steps"][0]["seq"], "--json").json
    assert len(early["steps"]) == 1


def pictured(path):
    """Return the id of an object of a file that has a picture, and the input that the first one is of."""
    with SpatialMemory.open(path, read_only=True) as memory:
        one = next(one for one in memory.objects() if memory.evidence(one.id))
        return one, min(picture.seq for picture in memory.evidence(one.id))


def test_only_pictures_of_what_was_replayed_are_told(walked, spatialmem):
    path, _ = walked
    one, seq = pictured(path)
    for until, some in ((seq, True), (seq - 1, False)):
        told = spatialmem("track", path, one.name, "--until", until, "--json").json
        assert told["steps"][-1]["seq"] <= until
        assert bool(told["pictures"]) is some
        assert all(picture["seq"] <= until for picture in told["pictures"])


def test_pictures_of_what_is_no_longer_remembered_are_told(spatialmem, folder, model, tmp_path):
    (tmp_path / "few.yaml").write_text("shortterm: {tentative_max: 1}\n")
    path = tmp_path / "a.smem"
    few = ("--config", tmp_path / "few.yaml", "--limit", 3)
    assert spatialmem("replay", folder, "--memory", path, "--detector", f"onnx:{model}", *few).code == 0
    file, ever, every = MemoryFile.open(path, read_only=True), set(), SpatialMemory()._objects()
    with contextlib.closing(file.store):
        for moment in file.replay():
            every = moment.rooms.every()
            ever |= {one.id for one in every.objects(confirmed=False)}
    gone = next(object_id for object_id in sorted(ever) if not every.known_as(object_id))
    with Store.open(path) as store:  # as if it had been confirmed, and then forgotten for want of room
        store.put_pictures([(gone, 2, 1, bytes(100))])
        store.flush()
    told = spatialmem("track", path, gone, "--crops", tmp_path / "crops", "--json").json
    assert told["remembered"] is False
    assert len(told["pictures"]) == len(list((tmp_path / "crops").iterdir())) > 0


def test_a_label_must_be_the_objects_own(walked, spatialmem):
    path, _ = walked
    one, _ = pictured(path)
    for command in (("objects", path, "--like", f"dog-{one.id}"), ("track", path, f"dog-{one.id}")):
        answer = spatialmem(*command)
        assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)
        assert f"'dog-{one.id}' is no object: object {one.id} is {one.name}." in answer.err
    assert spatialmem("track", path, one.name).code == spatialmem("track", path, one.id).code == 0


def test_what_it_may_be_is_a_name_of_it(walked):
    one, _ = pictured(walked[0])
    doubtful = dataclasses.replace(one, label_p={one.label: 0.6, "traffic-light": 0.4})
    refuse_other_label(f"traffic-light-{one.id}", [one, doubtful])
    refuse_other_label(str(one.id), [one])
    with pytest.raises(InputError, match=f"object {one.id} is {one.name}"):
        refuse_other_label(f"light-{one.id}", [one, doubtful])


def test_the_help_says_that_track_takes_a_whole_journal(spatialmem):
    assert "It takes a whole journal" in " ".join(spatialmem("track", "--help").out.split())


def test_an_interrupted_track_tells_what_it_had(walked, spatialmem, monkeypatch):
    path, _ = walked
    one, _ = pictured(path)
    interrupt_after(monkeypatch, 6)
    answer = spatialmem("track", path, one.id, "--json")
    assert (answer.code, answer.json["interrupted"]) == (130, True)
    assert max(step["seq"] for step in answer.json["steps"]) <= 6
    assert answer.err.endswith("Interrupted after 6 of 12 inputs; the answer is for those.\n")
    assert spatialmem("track", path, one.id).code == 130


def test_a_track_interrupted_before_the_object_was_met_ends_quietly(walked, spatialmem, monkeypatch):
    path, _ = walked
    interrupt_after(monkeypatch, 1)
    answer = spatialmem("track", path, "1")
    assert (answer.code, answer.out, answer.err) == (130, "", "spatialmem: Interrupted.\n")


def test_an_interrupted_list_is_whole_or_none(walked, spatialmem, monkeypatch):
    path, _ = walked
    with monkeypatch.context() as patch:
        patch.setattr("spatialmem.cli.object_words.object_figures", interrupted(object_words.object_figures))
        answer = spatialmem("objects", path, "--json")
        assert (answer.code, len(answer.json["objects"]) > 0) == (0, True)
    monkeypatch.setattr(SpatialMemory, "view", interrupted(SpatialMemory.view))
    answer = spatialmem("objects", path, "--json")
    assert (answer.code, answer.json["exit_code"], answer.err) == (130, 130, "spatialmem: Interrupted.\n")


def interrupted(asked):
    """Return a function at whose call somebody presses Ctrl-C."""

    def ask(*arguments):
        signal.raise_signal(signal.SIGINT)
        return asked(*arguments)

    return ask


def interrupt_after(monkeypatch, seq):
    """Press Ctrl-C when input `seq` of a journal is replayed."""
    replayed = MemoryFile.replay

    def replay(self, until_seq=None):
        for moment in replayed(self, until_seq):
            if moment.seq == seq:
                signal.raise_signal(signal.SIGINT)
            yield moment

    monkeypatch.setattr(MemoryFile, "replay", replay)


def test_a_file_without_objects_says_so(spatialmem, folder, tmp_path):
    spatialmem("replay", folder, "--memory", tmp_path / "a.smem")
    answer = spatialmem("objects", tmp_path / "a.smem")
    assert (answer.code, "none were seen" in answer.out) == (0, True)
    assert "objects" not in spatialmem("replay", folder, "--limit", 2).out


def test_frames_that_a_detector_cannot_look_at_are_told_and_the_rest_goes_on(spatialmem, folder, model):
    for file in sorted((folder / "color").iterdir())[:2]:
        file.write_bytes(b"no picture")
    answer = spatialmem("replay", folder, "--detector", f"onnx:{model}", "--json")
    assert answer.code == 3
    assert answer.json["detectors"][0]["failed_frames"] == 2
    assert answer.json["detectors"][0]["frames"] == 4
    assert "The detector onnx could not look at 2 frames. The first:" in answer.err


def test_the_picture_shows_them(spatialmem, folder, model, tmp_path):
    spec, path = ("--detector", f"onnx:{model}"), tmp_path / "files" / folder.name  # the picture says the file's name
    path.parent.mkdir()
    assert spatialmem("replay", folder, *spec, "--memory", path, "--picture", tmp_path / "b.png").code == 0
    assert spatialmem("picture", path, "--out", tmp_path / "a.png").code == 0
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert spatialmem("picture", folder, "--out", tmp_path / "c.png").code == 0
    assert (tmp_path / "a.png").read_bytes() != (tmp_path / "c.png").read_bytes()


def test_the_simulation_tells_of_them(spatialmem):
    pytest.importorskip("pybullet")
    answer = spatialmem("sim", "--seed", 1, "--mode", "fast", "--duration-s", 4, "--json")
    told = json.loads(answer.out)
    assert told["objects"]["confirmed"] > 0
