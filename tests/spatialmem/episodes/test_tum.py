"""TUM RGB-D: units, association, poses at the stamp of the depth, and cameras by name."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatialmem import EncodedImage, EpisodeError, open_episode
from spatialmem.episodes.recording import RgbdRecording
from spatialmem.episodes.tum import associate

stamp_lists = st.lists(st.integers(0, 1000), max_size=30)


def opened(folder) -> RgbdRecording:
    episode = open_episode(folder)
    assert isinstance(episode, RgbdRecording)
    return episode


def pixels_of(frame):
    """The decoded colour of a frame that came from a file."""
    assert isinstance(frame.color, EncodedImage), "encoded colour stays encoded"
    assert frame.color.pixels is not None
    return frame.color.pixels


def lines_of(path):
    return path.read_text().splitlines()


def test_frames_come_with_depth_in_metres_and_their_colour(tum_folder, room_frames):
    episode = opened(tum_folder)
    assert episode.left_out == {"depth_without_pose": 2, "color_without_depth": 0}, (
        "no truth for the first and the last"
    )
    for read, true in zip(episode, room_frames[1:-1], strict=True):
        assert read.camera == true.camera
        np.testing.assert_allclose(read.depth * read.depth_unit_m, true.depth * true.depth_unit_m, atol=1e-9)
        np.testing.assert_array_equal(pixels_of(read), true.color)


def test_stamps_are_the_depths_and_exact(tum_folder, room_frames):
    text = [line.split()[0] for line in lines_of(tum_folder / "depth.txt")[1:]]
    expected = [int(stamp.replace(".", "")) for stamp in text][1:-1]
    assert expected[0] % 1000, "a stamp that a float cannot hold"
    assert [frame.stamp_ns for frame in opened(tum_folder)] == expected


def test_the_pose_is_that_of_the_depths_moment(tum_folder, room_frames):
    for read, true in zip(opened(tum_folder), room_frames[1:-1], strict=True):
        np.testing.assert_allclose(read.X_WC, true.X_WC, atol=2e-4)  # truth is 5 ms apart, the path curves between


def test_colour_that_is_too_late_is_no_colour(tum_folder):
    path = tum_folder / "rgb.txt"
    lines = lines_of(path)
    whole, fraction = lines[5].split()[0].split(".")
    lines[5] = f"{whole}.{int(fraction) + 14_000_000:09d} rgb/3.png"  # 21 ms after its depth
    path.write_text("\n".join(lines))
    episode = opened(tum_folder)
    assert [frame.color is None for frame in episode] == [index == 2 for index in range(len(episode))]
    assert episode.left_out["color_without_depth"] == 1


def test_depth_alone_is_enough(tum_folder):
    (tum_folder / "rgb.txt").unlink()
    episode = opened(tum_folder)
    assert [frame.color for frame in episode] == [None] * 10
    assert all(frame.depth.any() for frame in episode)


@given(stamp_lists, stamp_lists.map(sorted), st.integers(0, 50))
def test_pairs_are_one_to_one_never_cross_and_are_near(stamps, others, apart):
    pairs = associate(stamps, others, apart_max_ns=apart)
    assert len(set(pairs.values())) == len(pairs)
    for i, j in pairs.items():
        gap = abs(stamps[i] - others[j])
        assert gap <= apart
        assert gap == min(abs(stamps[i] - other) for other in others)
    for (a, c), (b, d) in itertools.combinations(pairs.items(), 2):
        assert (stamps[a] - stamps[b]) * (others[c] - others[d]) >= 0


@given(st.lists(st.integers(0, 10**6), unique=True), st.integers(0, 400))
def test_streams_in_step_are_paired_throughout(stamps, shift):
    stamps = [stamp * 1000 for stamp in stamps]
    others = sorted(stamp + shift for stamp in stamps)
    pairs = associate(stamps, others, apart_max_ns=400)
    assert {stamps[i]: others[j] for i, j in pairs.items()} == {stamp: stamp + shift for stamp in stamps}


@pytest.mark.parametrize(("number", "fx", "cy"), [(1, 517.3, 255.3), (2, 520.9, 249.7), (3, 535.4, 247.6)])
def test_the_camera_is_known_by_the_folders_name(tum_folder, number, fx, cy):
    (tum_folder / "intrinsics.json").unlink()
    folder = tum_folder.rename(tum_folder.with_name(f"rgbd_dataset_freiburg{number}_desk"))
    episode = opened(folder)
    assert (episode.camera.fx, episode.camera.cy, episode.depth_unit_m) == (fx, cy, 1 / 5000)


def test_a_camera_that_is_not_known_has_to_be_given(tum_folder):
    (tum_folder / "intrinsics.json").unlink()
    with pytest.raises(EpisodeError, match=r"freiburg1, freiburg2, freiburg3.*Put one there, such as .*\"fx\""):
        opened(tum_folder)


def test_the_file_beside_has_the_last_word(tum_folder):
    folder = tum_folder.rename(tum_folder.with_name("rgbd_dataset_freiburg1_desk"))
    path = folder / "intrinsics.json"
    path.write_text(path.read_text().replace('"depth_unit_m": null', '"depth_unit_m": 0.001'))
    episode = opened(folder)
    assert (episode.camera.fx, episode.depth_unit_m) == (240.0, 0.001)


def test_truth_is_needed(tum_folder):
    (tum_folder / "groundtruth.txt").unlink()
    with pytest.raises(EpisodeError, match=r"cannot read .*groundtruth\.txt"):
        opened(tum_folder)


def test_truth_of_another_clock(tum_folder):
    path = tum_folder / "groundtruth.txt"
    path.write_text("\n".join(line.replace("1305031", "1205031") for line in lines_of(path)))
    with pytest.raises(EpisodeError, match=r"none of 12 depth images.*Are the stamps of one clock"):
        opened(tum_folder)


@pytest.mark.parametrize(
    ("name", "bad", "message"),
    [
        ("depth.txt", "1305031102.1", "line 4: '1305031102.1' must be a stamp"),
        ("rgb.txt", "soon rgb/2.png", "line 4: the stamp 'soon'"),
        ("groundtruth.txt", "1305031102.1 0 0 0 0 0 1", "line 4: 7 values; a pose has the 8"),
        ("groundtruth.txt", "1305031102.1 0 0 0 0 0 0 0", "line 4: the quaternion"),
        ("groundtruth.txt", "1305031102.1 0 0 0 0 0 0 one", "line 4: .* is not a pose"),
    ],
)
def test_a_damaged_line_is_named(tum_folder, name, bad, message):
    path = tum_folder / name
    lines = lines_of(path)
    lines[3] = bad
    path.write_text("\n".join(lines))
    with pytest.raises(EpisodeError, match=message):
        opened(tum_folder)


def test_a_list_that_is_no_text(tum_folder):
    (tum_folder / "depth.txt").write_bytes(b"\x89PNG\xff\xfe")
    with pytest.raises(EpisodeError, match="is not text"):
        opened(tum_folder)
