"""One call opens every layout, and says what it knows when it knows none."""

import pytest

from spatialmem import EpisodeError, RgbdFrame, Source, open_episode


def test_the_built_in_room_needs_no_files():
    episode = open_episode("synthetic", world="lab")
    assert isinstance(episode, Source)
    assert (episode.name, episode.world, len(episode)) == ("synthetic", "lab", 120)


@pytest.mark.parametrize("layout", ["rgbd_folder", "tum_folder"])
def test_every_layout_opens_as_a_source(layout, request):
    folder = request.getfixturevalue(layout)
    episode = open_episode(str(folder), world="lab")
    assert isinstance(episode, Source)
    assert episode.name == folder.name
    frames = list(episode)
    assert len(frames) == len(episode) > 0
    for frame in frames:
        assert isinstance(frame, RgbdFrame)
        assert (frame.source, frame.world, frame.received_ns) == ("camera", "lab", frame.stamp_ns)
    assert [frame.stamp_ns for frame in episode] == [frame.stamp_ns for frame in frames], "iterating starts again"


def test_a_path_that_is_not_there(tmp_path):
    with pytest.raises(EpisodeError, match=r"nothing_here does not exist.*rgbd_folder.*tum.*slambook.*synthetic"):
        open_episode(tmp_path / "nothing_here")


def test_a_file_of_another_kind(tmp_path):
    (tmp_path / "walk.mp4").write_bytes(b"")
    with pytest.raises(EpisodeError, match=r"walk\.mp4 is a file of another kind.*an MCAP file, a ROS 1 bag"):
        open_episode(tmp_path / "walk.mp4")


def test_a_folder_of_images_is_one_though_a_recording_lies_in_it(rgbd_folder):
    (rgbd_folder / "walk.mcap").write_bytes(b"")
    assert len(open_episode(rgbd_folder)) == 12


def test_an_empty_folder(tmp_path):
    with pytest.raises(EpisodeError, match="found there: nothing, it is empty"):
        open_episode(tmp_path)


def test_a_foreign_folder_is_described(tmp_path):
    for index in range(10):
        (tmp_path / f"{index}.jpg").touch()
    (tmp_path / "raw").mkdir()
    with pytest.raises(EpisodeError, match=r"none of the layouts .*found there: 0\.jpg, .* and 3 more"):
        open_episode(tmp_path)


def test_a_folder_may_be_called_as_the_built_in_room(tmp_path, monkeypatch):
    (tmp_path / "synthetic").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(EpisodeError, match="it is empty"):
        open_episode("./synthetic")


def test_a_name_that_no_file_system_takes():
    with pytest.raises(EpisodeError, match="cannot look into xxx"):
        open_episode("x" * 5000)
