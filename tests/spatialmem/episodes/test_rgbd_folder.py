"""The library's own layout: what was written is read; what is damaged is named, and never stops a replay."""

import json

import cv2
import numpy as np
import pytest
from recordings import OFFICE_WALK, needs_office_walk

from spatialmem import Config, EncodedImage, EpisodeError, Reason, Rejected, open_episode
from spatialmem.episodes.recording import RgbdRecording
from spatialmem.gate import GateState, admit


def opened(folder) -> RgbdRecording:
    episode = open_episode(folder)
    assert isinstance(episode, RgbdRecording)
    return episode


def pixels_of(frame):
    """The decoded colour of a frame that came from a file."""
    assert isinstance(frame.color, EncodedImage), "encoded colour stays encoded"
    assert frame.color.pixels is not None
    return frame.color.pixels


def edit(path, line, old, new):
    lines = path.read_text().splitlines()
    assert old in lines[line - 1]
    lines[line - 1] = lines[line - 1].replace(old, new, 1)
    path.write_text("\n".join(lines) + "\n")


def reasons(episode):
    state, found = GateState(), []
    for frame in episode:
        answer, state = admit(frame, state, Config(world=episode.world))
        found.append(answer.reason if isinstance(answer, Rejected) else None)
    return found


def test_what_was_written_is_read(rgbd_folder, room_frames):
    for read, written in zip(opened(rgbd_folder), room_frames, strict=True):
        assert read.stamp_ns == written.stamp_ns
        assert read.camera == written.camera
        assert read.depth_unit_m == written.depth_unit_m
        np.testing.assert_array_equal(read.X_WC, written.X_WC)
        np.testing.assert_array_equal(read.depth, written.depth)
        np.testing.assert_array_equal(pixels_of(read), written.color)


def test_images_are_opened_when_their_turn_comes(rgbd_folder):
    episode = opened(rgbd_folder)
    frames = iter(episode)
    assert next(frames).depth.size
    (rgbd_folder / "depth" / "1.png").unlink()
    assert next(frames).depth.shape == (0, 0)


DAMAGE = {
    "cut": lambda path: path.write_bytes(path.read_bytes()[:200]),
    "empty": lambda path: path.write_bytes(b""),
    "gone": lambda path: path.unlink(),
    "garbage": lambda path: path.write_bytes(bytes(range(256))),
    "8 bits": lambda path: cv2.imwrite(str(path), np.ones((240, 320), np.uint8)),
    "3 channels": lambda path: cv2.imwrite(str(path), np.ones((240, 320, 3), np.uint16)),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_depth_image_costs_one_frame(rgbd_folder, damage):
    DAMAGE[damage](rgbd_folder / "depth" / "3.png")
    episode = opened(rgbd_folder)
    assert reasons(episode) == [Reason.DEPTH_EMPTY if index == 3 else None for index in range(len(episode))]


@pytest.mark.parametrize("damage", ["cut", "empty", "gone", "garbage"])
def test_a_damaged_colour_image_costs_the_colour_alone(rgbd_folder, damage):
    DAMAGE[damage](rgbd_folder / "color" / "5.png")
    episode = opened(rgbd_folder)
    assert reasons(episode) == [None] * len(episode)
    assert [frame.color is None for frame in episode] == [index == 5 for index in range(len(episode))]
    assert {path.name: problem.kind for path, problem in episode.problems.items()} == {"5.png": "color"}


def test_what_could_not_be_read_is_kept_by_file(rgbd_folder):
    whys = {
        "cut": "not decodable",
        "empty": "empty",
        "gone": "missing",
        "8 bits": "8-bit where 16-bit is needed",
        "3 channels": "of 3 channels where one is needed",
    }
    for index, damage in enumerate(whys):
        DAMAGE[damage](rgbd_folder / "depth" / f"{index}.png")
    episode = opened(rgbd_folder)
    assert episode.problems == {}, "nothing has been read"
    for _ in range(2):
        assert sum(frame.depth.size == 0 for frame in episode) == len(whys)
        assert list(episode.problems.values()) == [("depth", why) for why in whys.values()]


@pytest.mark.parametrize("column", [True, False])
def test_depth_alone_is_enough(rgbd_folder, column):
    path = rgbd_folder / "frames.csv"
    lines = [line.split(",") for line in path.read_text().splitlines()]
    for number, line in enumerate(lines):
        line[2:3] = [line[2] if number == 0 else ""] if column else []
    path.write_text("\n".join(map(",".join, lines)))
    episode = opened(rgbd_folder)
    assert reasons(episode) == [None] * 12
    assert all(frame.color is None for frame in episode)
    assert episode.problems == {}, "colour that is not named is not missing"


@pytest.mark.parametrize("damage", ["cut", "empty", "gone", "garbage"])
@pytest.mark.parametrize("image", ["depth/3.png", "color/3.png"])
def test_a_strict_reading_names_the_file(rgbd_folder, image, damage):
    DAMAGE[damage](rgbd_folder / image)
    frames = opened(rgbd_folder).frames(strict=True)
    for _ in range(3):
        next(frames)
    with pytest.raises(EpisodeError, match=image):
        next(frames)


def test_a_strict_reading_of_sound_files_is_the_same(rgbd_folder):
    episode = opened(rgbd_folder)
    for a, b in zip(episode, episode.frames(strict=True), strict=True):
        np.testing.assert_array_equal(a.depth, b.depth)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("depth/2.png", "  ", "line 4: the depth column is empty"),
        ("depth/2.png,", "", "line 4: 19 values under 20 columns"),
        ("depth/2.png", "depth/2.png,9", "line 4: 21 values under 20 columns"),
        ("200000000", "0.2", "line 4: stamp_ns is '0.2'; it must be an integer"),
        ("200000000", "", "line 4: stamp_ns is ''"),
        ("depth/2.png,", "depth/2.png,x", "line 4: X_WC_00 is 'x.*'; it must be a number"),
        ("2,2", '2,"2', "is not a CSV table"),
    ],
)
def test_a_damaged_row_is_named_by_its_line(rgbd_folder, old, new, message):
    edit(rgbd_folder / "frames.csv", 4, old, new)
    with pytest.raises(EpisodeError, match=message):
        opened(rgbd_folder)


def test_a_pose_that_is_not_finite_is_left_to_the_gate(rgbd_folder):
    edit(rgbd_folder / "frames.csv", 4, "depth/2.png,", "depth/2.png,nan,")
    lines = (rgbd_folder / "frames.csv").read_text().splitlines()
    lines[3] = lines[3].rsplit(",", 1)[0]
    (rgbd_folder / "frames.csv").write_text("\n".join(lines))
    assert reasons(opened(rgbd_folder))[2] == Reason.BAD_POSE


def test_missing_columns_are_named(rgbd_folder):
    edit(rgbd_folder / "frames.csv", 1, "stamp_ns", "time")
    edit(rgbd_folder / "frames.csv", 1, "X_WC_23", "tz")
    with pytest.raises(EpisodeError, match="the header lacks stamp_ns, X_WC_23; the first line is 'index,time,color"):
        opened(rgbd_folder)


@pytest.mark.parametrize(
    ("change", "fix"),
    [
        (lambda text: text.split("\n", 1)[1], "It must name every column"),
        (lambda text: text.replace(",", ";"), "Separate the columns by commas"),
    ],
)
def test_a_table_without_a_header_or_with_semicolons_is_told_so_once(rgbd_folder, change, fix):
    path = rgbd_folder / "frames.csv"
    path.write_text(change(path.read_text()))
    with pytest.raises(EpisodeError, match=rf"lacks stamp_ns, depth, X_WC_00 \.\. X_WC_23; .*{fix}") as raised:
        opened(rgbd_folder)
    assert len(str(raised.value).removeprefix(str(path))) < 200


@pytest.mark.parametrize(("content", "message"), [(b"", "the header lacks"), (b"\xff\xfe\x00", "not a CSV table")])
def test_a_table_that_is_none(rgbd_folder, content, message):
    (rgbd_folder / "frames.csv").write_bytes(content)
    with pytest.raises(EpisodeError, match=message):
        opened(rgbd_folder)


def test_a_table_that_a_spreadsheet_wrote(rgbd_folder):
    path = rgbd_folder / "frames.csv"
    path.write_bytes(
        b"\xef\xbb\xbf" + path.read_bytes().replace(b"index,stamp_ns", b"index, stamp_ns ").replace(b"\n", b"\r\n")
    )
    assert len(opened(rgbd_folder)) == 12


def test_a_table_without_rows(rgbd_folder):
    path = rgbd_folder / "frames.csv"
    path.write_text(path.read_text().splitlines()[0] + "\n\n")
    with pytest.raises(EpisodeError, match="holds no frame"):
        opened(rgbd_folder)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"fx": -1.0}, "fx"),
        ({"fy": "525"}, "fy"),
        ({"width": 0}, "width"),
        ({"height": 3.5}, "height"),
        ({"depth_unit_m": 0}, "depth_unit_m"),
        ({"depth_unit_m": None}, "does not say depth_unit_m"),
    ],
)
def test_intrinsics_are_checked(rgbd_folder, change, message):
    path = rgbd_folder / "intrinsics.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(EpisodeError, match=rf"{message}.*It must look like"):
        opened(rgbd_folder)


def test_intrinsics_lack_a_key(rgbd_folder):
    path = rgbd_folder / "intrinsics.json"
    path.write_text(json.dumps({name: value for name, value in json.loads(path.read_text()).items() if name != "cx"}))
    with pytest.raises(EpisodeError, match="missing required field `cx`"):
        opened(rgbd_folder)


def test_a_key_of_the_intrinsics_is_misspelt(rgbd_folder):
    path = rgbd_folder / "intrinsics.json"
    path.write_text(path.read_text().replace('"fx"', '"Fx"'))
    with pytest.raises(
        EpisodeError, match=r"missing required field `fx`\. 'Fx' is there\. Did you mean 'fx'\? It must"
    ):
        opened(rgbd_folder)


@pytest.mark.parametrize("content", [b"", b"{", b'{"fx": NaN}', b"[]", b"\xff"])
def test_intrinsics_that_are_no_json(rgbd_folder, content):
    (rgbd_folder / "intrinsics.json").write_bytes(content)
    with pytest.raises(EpisodeError, match=r"intrinsics\.json: .*It must look like"):
        opened(rgbd_folder)


def test_intrinsics_are_needed(rgbd_folder):
    (rgbd_folder / "intrinsics.json").unlink()
    with pytest.raises(EpisodeError, match=r"cannot read .*intrinsics\.json.*It must look like"):
        opened(rgbd_folder)


@needs_office_walk
def test_the_office_walk():
    episode = opened(OFFICE_WALK)
    assert len(episode) == 373
    p_WC = np.array([record.X_WC[:3, 3] for record in episode.records])
    assert 0.025 < p_WC[:, 2].min() < p_WC[:, 2].max() < 0.215
    assert np.linalg.norm(np.diff(p_WC, axis=0), axis=1).sum() == pytest.approx(30.6, abs=0.05)
    frame = next(iter(episode))
    assert frame.depth.shape == pixels_of(frame).shape[:2] == (360, 540)
    assert frame.depth_unit_m == 0.001
    stamps = [record.stamp_ns for record in episode.records]
    assert stamps == [index * 200_000_000 for index in range(373)]
