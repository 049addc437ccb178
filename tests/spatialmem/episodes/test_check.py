"""Good recordings are called good; the mistakes that people make are each called by name."""

import dataclasses
import json

import cv2
import numpy as np
import pytest
from recordings import OFFICE_WALK, SLAMBOOK, needs_office_walk, needs_slambook

from spatialmem import InputError, Recall, open_episode
from spatialmem.episodes.check import check_episode
from spatialmem.episodes.conventions import AS_GIVEN, CONVENTIONS
from spatialmem.episodes.synthetic import SyntheticRoom
from spatialmem.geometry import inverse, look_at

OPENGL = np.diag([1.0, -1.0, -1.0, 1.0])
BODY_TO_OPTICAL = np.array([[0.0, 0, 1, 0], [-1, 0, 0, 0], [0, -1, 0, 0], [0, 0, 0, 1]])
MIRROR = np.diag([1.0, -1.0, 1.0, 1.0])


def posed(change):
    return lambda index, x: dataclasses.replace(x, X_WC=change(x.X_WC))


def with_unit(unit_m):
    return lambda index, x: dataclasses.replace(x, depth_unit_m=unit_m)


def ten_times_too_deep(index, x):
    depth = np.minimum(x.depth.astype(np.int64) * 10, 65535).astype(np.uint16)
    return dataclasses.replace(x, depth=depth)


def with_positions_times(factor):
    return posed(lambda X: np.column_stack([X[:, :3], X[:, 3] * [factor, factor, factor, 1]]))


def in_float_millimetres(index, x):
    return dataclasses.replace(x, depth=x.depth.astype(np.float32))


def in_float_metres(index, x):
    depth = np.where(x.depth > 0, x.depth * np.float32(0.001), np.float32(np.nan))
    return dataclasses.replace(x, depth=depth)


MISTAKES = {
    "inverted": (posed(inverse), {"pose_inverted"}),
    "OpenGL camera": (posed(lambda X: X @ OPENGL), {"opengl_camera"}),
    "view matrix of OpenGL": (posed(lambda X: inverse(X @ OPENGL)), {"pose_inverted", "opengl_camera"}),
    "body frame of ROS": (posed(lambda X: X @ inverse(BODY_TO_OPTICAL)), {"body_camera"}),
    "left-handed": (posed(lambda X: MIRROR @ X @ MIRROR), {"left_handed"}),
    "upside down": (posed(lambda X: X @ np.diag([-1.0, -1.0, 1.0, 1.0])), {"upside_down"}),
    "depth x 10": (ten_times_too_deep, {"depth_unit"}),
    "unit x 10": (with_unit(0.01), {"depth_unit"}),
    "unit of TUM": (with_unit(1 / 5000), {"depth_unit"}),
    "metres for millimetres": (with_unit(1.0), {"depth_unit", "rejected_depth_unit"}),
    "float millimetres": (in_float_millimetres, {"depth_unit", "rejected_depth_unit"}),
    "positions in millimetres": (with_positions_times(1e3), {"pose_unit", "rejected_outside_world"}),
    "y up": (posed(lambda X: np.stack([X[0], X[2], -X[1], X[3]])), {"up_axis"}),
    "y down": (posed(lambda X: np.stack([X[0], -X[2], X[1], X[3]])), {"up_axis"}),
    "z down": (posed(lambda X: OPENGL @ X), {"up_axis"}),
}


MISTAKES_OF_THE_WALK = ("inverted", "OpenGL camera", "depth x 10", "unit x 10", "positions in millimetres", "y up")


@pytest.fixture(scope="module")
def walk(recorded):
    """The built-in room, every other frame."""
    return recorded(SyntheticRoom(frame_count=60))


@pytest.fixture(scope="module")
def office_walk(recorded):
    return recorded(open_episode(OFFICE_WALK))


def names(report, severity):
    return {finding.name for finding in report.findings if finding.severity == severity}


def number(report, name) -> float:
    value = report.facts[name]
    assert isinstance(value, int | float)
    return value


def assert_plain(report):
    """The report is JSON without NaN, every error comes with words, and nothing is said twice."""
    read = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert read["good"] == report.good == (not names(report, "error"))
    assert len({finding.name for finding in report.findings}) == len(report.findings)
    for finding in report.findings:
        assert finding.message
        assert finding.fix or finding.severity != "error" or finding.name.startswith("rejected_")


def test_the_room_is_good(walk):
    report = check_episode(walk)
    assert report.good
    assert report.findings == ()
    assert report.facts["convention"] == "as given"
    assert number(report, "agreement") > 0.95
    assert report.facts["frames"] == 60
    assert report.facts["rate_hz"] == 10.0
    assert report.facts["camera_up"] == "+z"
    assert number(report, "floor_tilt_deg") < 1
    assert report.facts["path_length_m"] == pytest.approx(9.6, abs=0.1)
    assert report.hypotheses[0].name == "as given"
    assert_plain(report)


@needs_office_walk
def test_the_office_walk_is_good(office_walk):
    report = check_episode(office_walk)
    assert report.good
    assert report.findings == ()
    assert number(report, "error_mm") < 10
    assert report.facts["rejected"] == 0
    assert_plain(report)


@needs_office_walk
@pytest.mark.parametrize("mistake", MISTAKES_OF_THE_WALK)
def test_mistakes_with_the_office_walk_are_named(office_walk, tampered, mistake):
    change, expected = MISTAKES[mistake]
    report = check_episode(tampered(office_walk, change))
    assert names(report, "error") == expected
    assert_plain(report)


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_with_the_room_are_named(walk, tampered, mistake):
    change, expected = MISTAKES[mistake]
    report = check_episode(tampered(walk, change), pairs_max=12)
    assert names(report, "error") == expected
    assert_plain(report)


def test_several_mistakes_at_once(walk, tampered):
    def change(index, x):
        X = np.stack([x.X_WC[0], x.X_WC[2], -x.X_WC[1], x.X_WC[3]]) @ OPENGL
        return dataclasses.replace(x, X_WC=X, depth_unit_m=0.01)

    report = check_episode(tampered(walk, change))
    assert names(report, "error") == {"opengl_camera", "depth_unit", "up_axis"}


def test_mending_what_is_named_mends_it(walk, tampered):
    """The fix for the unit gives the value that was right."""
    report = check_episode(tampered(walk, with_unit(0.01)))
    (finding,) = [finding for finding in report.findings if finding.name == "depth_unit"]
    assert "set depth_unit_m to 0.001 instead of 0.01" in finding.fix
    assert "too large by 10" in finding.message


def test_float_depth_in_metres_is_good(walk, tampered):
    assert check_episode(tampered(walk, in_float_metres)).good


@needs_slambook
@pytest.mark.parametrize("folder", ["ch5/rgbd", "ch12/dense_RGBD/data"])
def test_five_frames_are_enough(folder, tampered, recorded):
    episode = recorded(open_episode(SLAMBOOK / folder))
    report = check_episode(episode)
    assert report.good
    assert not names(report, "error")
    assert number(report, "agreement") > 0.4
    for mistake in ("inverted", "OpenGL camera"):
        change, expected = MISTAKES[mistake]
        assert names(check_episode(tampered(episode, change)), "error") == expected


@needs_slambook
def test_a_world_that_leans_is_said_to_lean():
    """Chapter 5's world is its first camera's, which looked down a little."""
    report = check_episode(open_episode(SLAMBOOK / "ch5" / "rgbd"))
    assert names(report, "warning") == {"world_tilted"}
    assert 10 < number(report, "floor_tilt_deg") < 25


@pytest.mark.parametrize("count", [1, 2])
def test_too_few_frames_cannot_be_judged(count):
    class Few(SyntheticRoom):
        def __len__(self):
            return count

        def __iter__(self):
            return (self.frame(index) for index in range(count))

    report = check_episode(Few())
    assert report.good
    assert names(report, "warning") == {"cannot_judge"}
    assert report.hypotheses == ()
    assert_plain(report)


def test_a_camera_that_stands_still_cannot_be_judged(walk, tampered):
    frame = next(iter(walk))
    report = check_episode(
        tampered(walk, lambda i, x: dataclasses.replace(frame, stamp_ns=x.stamp_ns, received_ns=x.stamp_ns))
    )
    assert "cannot_judge" in names(report, "warning")
    assert report.good


def test_a_camera_that_only_turns_leaves_the_unit_open():
    class Turning(SyntheticRoom):
        def pose(self, index):
            angle_rad = 2 * np.pi * index / len(self)
            eye = np.array([0.3, -1.0, 1.5])
            return look_at(eye, eye + np.array([np.cos(angle_rad), np.sin(angle_rad), -0.3]))

    report = check_episode(Turning(), pairs_max=12)
    assert report.good
    (finding,) = report.findings
    assert (finding.name, finding.severity) == ("unresolved", "info")
    assert "depth_unit" in finding.message


def test_poses_that_fit_nothing_are_no_use(walk, tampered):
    rng = np.random.default_rng(0)
    report = check_episode(tampered(walk, posed(lambda X: X + np.pad(rng.normal(0, 0.4, (3, 1)), ((0, 1), (3, 0))))))
    assert "poses_disagree" in names(report, "error")
    assert report.facts["convention"] == "as given", "no convention is blamed"


def test_poses_with_a_little_noise_raise_no_alarm(walk, tampered):
    rng = np.random.default_rng(0)
    report = check_episode(tampered(walk, posed(lambda X: X + np.pad(rng.normal(0, 0.01, (3, 1)), ((0, 1), (3, 0))))))
    assert report.good
    assert report.facts["convention"] == "as given"


def at(stamps_ns):
    return lambda index, x: dataclasses.replace(x, stamp_ns=stamps_ns(index), received_ns=stamps_ns(index))


def test_stamps_that_go_back(walk, tampered):
    report = check_episode(tampered(walk, at(lambda i: (i - 20 * (i == 40)) * 100_000_000)))
    assert "stamps_backwards" in names(report, "error")


def test_stamps_that_repeat(walk, tampered):
    report = check_episode(tampered(walk, at(lambda i: (i - (i == 40)) * 100_000_000)))
    assert names(report, "warning") == {"stamps_duplicate", "rejected_duplicate"}
    assert report.good


def test_stamps_in_microseconds(walk, tampered):
    report = check_episode(tampered(walk, at(lambda i: i * 100_000)))
    assert "stamp_unit" not in names(report, "warning"), "10 kHz is the limit, not beyond"
    report = check_episode(tampered(walk, at(lambda i: i * 33_333)))
    assert "stamp_unit" in names(report, "warning")


def test_images_that_cannot_be_read_are_counted(walk, tampered):
    def damage(index, x):
        return dataclasses.replace(x, depth=np.zeros((0, 0), np.uint16), color=None) if index % 20 == 7 else x

    report = check_episode(tampered(walk, damage))
    assert report.good
    assert names(report, "warning") == {"rejected_depth_empty"}
    assert report.facts["rejected_depth_empty"] == 3


def test_an_episode_of_damaged_images_is_not_good(walk, tampered):
    report = check_episode(
        tampered(walk, lambda i, x: dataclasses.replace(x, depth=np.zeros((0, 0), np.uint16), color=None))
    )
    assert "rejected_depth_empty" in names(report, "error")
    assert_plain(report)


def test_without_colour(walk, tampered):
    report = check_episode(tampered(walk, lambda i, x: dataclasses.replace(x, color=None)))
    assert report.good
    assert names(report, "info") == {"no_color"}


def test_depth_with_little_in_it(walk, tampered):
    def sparse(index, x):
        depth = np.zeros_like(x.depth)
        depth[100:116] = x.depth[100:116]
        return dataclasses.replace(x, depth=depth)

    report = check_episode(tampered(walk, sparse))
    assert report.good
    assert "few_valid_depth" in names(report, "warning")


def test_teleports_are_counted(walk, tampered):
    def jump(index, x):
        X_WC = x.X_WC.copy()
        X_WC[0, 3] += 30.0 * (index == 50)
        return dataclasses.replace(x, X_WC=X_WC)

    report = check_episode(tampered(walk, jump))
    assert report.facts["teleports"] == 1
    assert "rejected_teleport" in names(report, "warning")


def test_files_that_cannot_be_read_are_named(rgbd_folder):
    (rgbd_folder / "depth" / "3.png").unlink()
    (rgbd_folder / "color" / "5.png").write_bytes(b"")
    (rgbd_folder / "color" / "6.png").write_bytes(b"no image")
    report = check_episode(open_episode(rgbd_folder))
    assert report.good
    assert names(report, "warning") == {"unreadable_image"}, "nothing is said of arrays"
    (finding,) = [finding for finding in report.findings if finding.name == "unreadable_image"]
    for words in ("1 of 12 depth images", "1 missing (depth/3.png)", "2 of 12 colour images", "1 empty (color/5.png)"):
        assert words in finding.message
    assert report.facts["rejected"] == report.facts["unreadable_depth"] == 1
    assert_plain(report)


@pytest.mark.parametrize(("count", "severity"), [(1, "warning"), (2, "error")])
def test_many_depth_images_of_8_bits_are_an_error(rgbd_folder, count, severity):
    for index in range(count):
        cv2.imwrite(str(rgbd_folder / "depth" / f"{index}.png"), np.ones((240, 320), np.uint8))
    report = check_episode(open_episode(rgbd_folder))
    assert report.findings[0].name == "unreadable_image"
    assert report.findings[0].severity == severity
    assert f"{count} 8-bit where 16-bit is needed (depth/0.png" in report.findings[0].message


def test_when_no_depth_can_be_read_the_files_are_to_blame(rgbd_folder):
    for path in (rgbd_folder / "depth").iterdir():
        path.unlink()
    report = check_episode(open_episode(rgbd_folder))
    assert names(report, "error") == {"unreadable_image"}
    assert "12 missing (depth/0.png, depth/1.png, depth/2.png and 9 more)" in report.findings[0].message
    assert "cannot_judge" not in names(report, "warning")


def test_errors_come_first(walk, tampered):
    frame = next(iter(walk))

    def still_and_doubled(i, x):
        stamp_ns = max(0, i - 20) * 100_000_000
        return dataclasses.replace(frame, stamp_ns=stamp_ns, received_ns=stamp_ns, color=None)

    severities = [finding.severity for finding in check_episode(tampered(walk, still_and_doubled)).findings]
    assert severities == sorted(severities, key=("error", "warning", "info").index)
    assert set(severities) == {"error", "warning", "info"}


def test_mending_the_positions_is_what_is_advised(walk, tampered):
    for factor in (100.0, 1000.0):
        report = check_episode(tampered(walk, with_positions_times(factor)))
        assert report.findings[0].name == "pose_unit"
        assert f"divide them by {factor:g}" in report.findings[0].fix
        assert report.facts["convention"] == report.hypotheses[0].name == f"pose_unit / {factor:g}"
        assert report.hypotheses[0].error_mm < 20
    report = check_episode(tampered(walk, with_positions_times(0.001)))
    assert "depth_unit" not in names(report, "error"), "depth of millimetres would be no better"


def test_positions_in_millimetres_of_a_slow_camera(tampered):
    """Neighbouring frames are alike, and yet seem to be a long way apart."""

    class Slow(SyntheticRoom):
        def pose(self, index):
            return super().pose(index / 4)

    report = check_episode(tampered(Slow(), with_positions_times(1e3)), pairs_max=12)
    assert report.findings[0].name == "pose_unit"


def test_what_the_reader_left_out_is_said(tum_folder):
    report = check_episode(open_episode(tum_folder))
    assert report.good
    assert report.facts["left_out_depth_without_pose"] == 2
    assert "left_out_depth_without_pose" in names(report, "info")


def test_a_source_without_frames():
    class Empty:
        name, world = "nothing", "world"

        def __iter__(self):
            return iter(())

        def __len__(self):
            return 0

    report = check_episode(Empty())
    assert names(report, "error") == {"no_frames"}
    assert_plain(report)


def test_a_source_of_other_inputs(tampered, walk):
    def forget(index, x):
        return Recall(source="planner", stamp_ns=x.stamp_ns, received_ns=x.stamp_ns, object_ids=(1,))

    report = check_episode(tampered(walk, forget))
    assert report.good
    assert names(report, "warning") == {"no_frames"}
    assert report.facts["inputs"] == 60


@pytest.mark.parametrize("fx", [0.0, -240.0, float("nan")])
def test_intrinsics_that_cannot_be(tampered, walk, fx):
    report = check_episode(
        tampered(walk, lambda i, x: dataclasses.replace(x, camera=dataclasses.replace(x.camera, fx=fx)))
    )
    assert [finding.name for finding in report.findings] == ["rejected_bad_intrinsics"], "to move would be no help"


def test_poses_that_cannot_be(tampered, walk):
    report = check_episode(tampered(walk, posed(lambda X: X * np.float64(np.nan))))
    assert names(report, "error") == {"rejected_bad_pose"}
    assert_plain(report)


def test_pairs_are_limited(walk):
    assert number(check_episode(walk, pairs_max=7), "pairs") <= 7
    with pytest.raises(InputError, match="pairs_max is 0"):
        check_episode(walk, pairs_max=0)


def test_conventions_are_distinct_and_begin_with_what_was_given():
    assert AS_GIVEN.changes == ()
    assert len({str(convention) for convention in CONVENTIONS}) == len(CONVENTIONS)
    np.testing.assert_array_equal(AS_GIVEN.camera_in_world(np.eye(4)), np.eye(4))
