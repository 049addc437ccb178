"""slambook2's folders: the unit of depth and the camera are found by measuring, never by a folder's name."""

import itertools
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from recordings import SLAMBOOK, needs_slambook

from spatialmem import EpisodeError, open_episode
from spatialmem.episodes.check import check_episode
from spatialmem.episodes.recording import RgbdRecording, title_of
from spatialmem.episodes.reprojection import compare, relative_pose, sample_points, view_of
from spatialmem.episodes.slambook import PUBLISHED

CH5, CH12 = SLAMBOOK / "ch5" / "rgbd", SLAMBOOK / "ch12" / "dense_RGBD" / "data"


def opened(folder) -> RgbdRecording:
    episode = open_episode(folder)
    assert isinstance(episode, RgbdRecording)
    return episode


def pair_errors(episode):
    """Return for each two frames the share of depth that agrees and the relative median error."""
    errors = []
    for a, b in itertools.combinations(episode, 2):
        view_a, view_b = view_of(a), view_of(b)
        found = compare(sample_points(view_a), relative_pose(a.X_WC, b.X_WC), view_b)
        errors.append((found.share, found.error_m / float(np.median(view_b.depth_m[view_b.depth_m > 0]))))
    return np.array(errors)


@needs_slambook
@pytest.mark.parametrize(
    ("folder", "rig", "agreeing"),
    [(CH5, PUBLISHED[0], 0.4), (CH12, PUBLISHED[1], 0.7)],
)
def test_both_published_sets_load_right(folder, rig, agreeing, tmp_path):
    episode = opened(folder)
    assert (episode.depth_unit_m, episode.camera, len(episode)) == (rig.depth_unit_m, rig.camera, 5)
    share, error = pair_errors(episode).T
    assert np.nanmedian(share[share > 0]) > agreeing
    assert np.nanmedian(error) < 0.04
    shutil.copytree(folder, tmp_path / "odd", copy_function=shutil.copy)
    other = next(unit for unit in (1 / 1000, 1 / 5000) if unit != rig.depth_unit_m)
    camera = {name: getattr(rig.camera, name) for name in ("width", "height", "fx", "fy", "cx", "cy")}
    (tmp_path / "odd" / "intrinsics.json").write_text(json.dumps({**camera, "depth_unit_m": other}))
    wrong_share = pair_errors(opened(tmp_path / "odd"))[:, 0]
    assert wrong_share.mean() < share.mean() / 2, "the other unit is wrong, and one sees it"


@needs_slambook
@pytest.mark.parametrize("folder", [CH5, CH12])
def test_worlds_are_turned_upright(folder):
    up_W = -np.mean([frame.X_WC[:3, 1] for frame in opened(folder)], axis=0)
    assert up_W[2] / np.linalg.norm(up_W) > 0.9


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("unit_m", [1 / 1000, 1 / 5000])
def test_unit_and_handedness_are_measured(slambook_folder, room_frames, unit_m, mirrored):
    folder = slambook_folder(unit_m, mirrored=mirrored)
    camera = {name: getattr(room_frames[0].camera, name) for name in ("width", "height", "fx", "fy", "cx", "cy")}
    (folder / "intrinsics.json").write_text(json.dumps(camera))
    episode = opened(folder)
    assert episode.depth_unit_m == unit_m
    for read, true in zip(episode, room_frames[::3], strict=True):
        np.testing.assert_allclose(read.X_WC, true.X_WC, atol=1e-9)
        np.testing.assert_allclose(read.depth * read.depth_unit_m, true.depth * true.depth_unit_m, atol=1e-9)


def test_the_name_tells_and_what_was_taken_for_granted_is_noted(slambook_folder, room_frames):
    folder = slambook_folder(1 / 5000)
    camera = {name: getattr(room_frames[0].camera, name) for name in ("width", "height", "fx", "fy", "cx", "cy")}
    (folder / "intrinsics.json").write_text(json.dumps(camera))
    episode = opened(folder)
    assert episode.name == f"{folder.parent.name}/data"
    report = check_episode(episode)
    (finding,) = [finding for finding in report.findings if finding.name == "taken_for_granted"]
    assert finding.severity == "info"
    for words in ("unit 1/5000 m with fx 240, fy 240, cx 159.5", "z is up: (x, y, z) -> (x, z, -y)", "set 1 s apart"):
        assert words in finding.message


@pytest.mark.parametrize(
    ("folder", "title"),
    [
        ("ch12/dense_RGBD/data", "dense_RGBD/data"),
        ("ch5/rgbd", "ch5/rgbd"),
        ("home/data/rgbd", "home/data/rgbd"),
        ("lab/data/data/RGBD", "data/data/RGBD"),
        ("office_walk", "office_walk"),
    ],
)
def test_titles(folder, title):
    assert title_of(Path("/somewhere") / folder) == title
    assert title_of(Path("/data")) == "data"


def test_what_cannot_be_measured_has_to_be_given(slambook_folder, room_frames):
    folder = slambook_folder(1 / 1000, frames=room_frames[:1])
    with pytest.raises(EpisodeError, match=r"cannot tell the unit of depth.*intrinsics\.json"):
        opened(folder)
    camera = {name: getattr(room_frames[0].camera, name) for name in ("width", "height", "fx", "fy", "cx", "cy")}
    (folder / "intrinsics.json").write_text(json.dumps({**camera, "depth_unit_m": 0.001}))
    (frame,) = opened(folder)
    np.testing.assert_allclose(frame.X_WC, room_frames[0].X_WC, atol=1e-9)


def test_a_missing_image_costs_one_frame(slambook_folder, room_frames):
    folder = slambook_folder(1 / 1000)
    camera = {name: getattr(room_frames[0].camera, name) for name in ("width", "height", "fx", "fy", "cx", "cy")}
    (folder / "intrinsics.json").write_text(json.dumps({**camera, "depth_unit_m": 0.001}))
    (folder / "depth" / "2.png").unlink()
    assert [frame.depth.size > 0 for frame in opened(folder)] == [True, False, True, True]


@pytest.mark.parametrize(("content", "message"), [("1 2 3\n", "line 1: '1 2 3' is not a pose"), ("", "holds no frame")])
def test_damaged_poses(slambook_folder, content, message):
    folder = slambook_folder(1 / 1000)
    (folder / "pose.txt").write_text(content)
    with pytest.raises(EpisodeError, match=message):
        opened(folder)
