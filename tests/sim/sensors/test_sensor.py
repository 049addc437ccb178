"""The camera on a robot: what its frames carry, and that they are the same in another process."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("pybullet")
pytest.importorskip("embreex")

from sim.poses import compose, pose
from sim.sensors import CameraSensor, CameraSettings, DetectorSettings
from spatialmem import Config, ManualClock, OctreeConfig, Receipt, RobotState, SpatialMemory, inverse

MODES = ("physical", "fast")
ROOT = Path(__file__).resolve().parents[3]


def sensor_of(world, robot, mode, settings=None, *, seed=1, clock=None, **keywords):
    settings, clock = settings or CameraSettings(), clock or ManualClock(10)
    return CameraSensor(world, robot, settings, mode=mode, seed=seed, clock=clock, world_name="two_rooms", **keywords)


@pytest.mark.parametrize("mode", MODES)
def test_a_frame_is_what_is_seen_from_where_the_robot_is(home_world, rover, mode):
    robot, clock = rover(5.0, 1.0, 0.4), ManualClock(1_000)
    sensor = sensor_of(home_world, robot, mode, CameraSettings().without_noise(), clock=clock, source="eye")
    with pytest.raises(RuntimeError, match="no frame was taken yet"):
        _ = sensor.shot
    frame = sensor.frame()
    assert (frame.source, frame.stamp_ns, frame.received_ns, frame.world) == ("eye", 1_000, 1_000, "two_rooms")
    np.testing.assert_array_equal(frame.X_WC, robot.X_WC())
    np.testing.assert_array_equal(frame.X_BC, robot.X_BC)
    np.testing.assert_array_equal(frame.color, sensor.shot.color)
    assert frame.pose_cov is None
    seen = (sensor.shot.depth_m > 0) & (sensor.shot.depth_m < 8)
    assert np.abs(frame.depth * frame.depth_unit_m - sensor.shot.depth_m)[seen].max() < 0.00051
    assert not frame.depth[~seen].any()
    assert [item.label for item in sensor.detector.detections(frame).items][:1] == ["table"]


def test_the_robot_does_not_see_itself(studio, probe, rover):
    robot = rover(5.0, 5.0)
    probe("robot", (0.3, 0.3, 0.05), pose((5.6, 5.0, 0.9)), kind="robot")
    sensor = sensor_of(studio, robot, "fast", CameraSettings().without_noise())
    frame = sensor.frame()
    own = sensor.shot.mask("robot")
    assert own.sum() > 5_000
    assert not frame.depth[own].any()
    assert (frame.depth[~own] > 0)[sensor.shot.depth_m[~own] > 0].all()


def test_what_is_in_the_hand_is_left_out_of_its_pictures(studio, probe, rover, monkeypatch):
    robot = rover(5.0, 5.0)
    probe("held", (0.1, 0.1, 0.1), pose((5.6, 5.0, 0.9)))
    probe("screen", (0.05, 2.0, 2.0), pose((7.0, 5.0, 1.0)))
    sensor = sensor_of(studio, robot, "fast", CameraSettings().without_noise())
    assert sensor.frame().depth[sensor.shot.mask("held")].all()
    monkeypatch.setattr(robot, "holding_W", lambda: np.array([5.6, 5.0, 0.9]))
    frame = sensor.frame()
    assert not frame.depth[sensor.shot.mask("held")].any()
    assert frame.depth[sensor.shot.mask("screen")].all()


def test_frames_carry_noise_drift_and_how_uncertain_that_is(home_world, rover):
    robot = rover(5.0, 1.0, 0.4)
    settings = CameraSettings(drift_m_per_m=0.05, drift_rad_per_m=0.02)
    sensor = sensor_of(home_world, robot, "fast", settings)
    first = sensor.frame()
    for _ in range(40):
        robot.X_base = compose(robot.X_base, pose((0.05, 0.0, 0.0)))
        state = RobotState(source="robot", stamp_ns=1, received_ns=1, X_WB=robot.X_WB(), X_WG=robot.X_WC())
        reported = sensor.reported(state)
    second = sensor.frame()
    assert first.pose_cov is not None
    assert second.pose_cov is not None
    assert second.pose_cov.trace() > 10 * first.pose_cov.trace()
    error = compose(inverse(sensor.X_WC), second.X_WC)[:3, 3]
    assert 0.005 < np.linalg.norm(error) < 5 * np.sqrt(second.pose_cov[3:, 3:].trace())
    # the state drifts as the frame does: they differ by the frame's white noise only
    between = compose(compose(inverse(reported.X_WB), second.X_WC), inverse(robot.X_BC))
    assert np.abs(between - np.eye(4)).max() < 5 * 0.002 + 5 * 0.001 * 1.2
    assert reported.X_WG is not None
    np.testing.assert_allclose(compose(inverse(reported.X_WB), reported.X_WG), robot.X_BC, atol=1e-12)
    assert (reported.source, reported.stamp_ns) == ("robot", 1)


def test_every_frame_has_noise_of_its_own_and_seeds_differ(home_world, rover):
    sensor, other = (sensor_of(home_world, rover(5.0, 1.0, 0.4), "fast", seed=seed) for seed in (1, 2))
    frames = [sensor.frame(), sensor.frame(), other.frame()]
    for a, b in ((0, 1), (0, 2)):
        assert (frames[a].depth != frames[b].depth).mean() > 0.5
        assert (frames[a].X_WC != frames[b].X_WC).any()
    np.testing.assert_array_equal(frames[0].color, frames[1].color)


@pytest.mark.parametrize("mode", MODES)
def test_the_memory_admits_what_the_sensor_says(home_world, rover, mode):
    robot, clock = rover(5.0, 1.0, 0.4), ManualClock(1_000)
    sensor = sensor_of(
        home_world,
        robot,
        mode,
        CameraSettings(drift_m_per_m=0.01),
        clock=clock,
        detector=DetectorSettings(false_rate=1.0),
    )
    with SpatialMemory(config=Config(world="two_rooms", octree=OctreeConfig(budget_mib=64))) as memory:
        for _ in range(3):
            clock.advance(200_000_000)
            robot.X_base = compose(robot.X_base, pose((0.05, 0.0, 0.0)))
            frame = sensor.frame()
            receipts = [memory.observe(frame), memory.observe(sensor.detector.detections(frame))]
            assert all(isinstance(receipt, Receipt) for receipt in receipts), receipts


def digest_of_a_run(world, mode) -> str:
    """A short drive with every knob on, as one number."""
    from conftest import Rover  # type: ignore[import-not-found]

    from sim.poses import yaw_pose

    settings = CameraSettings(drift_m_per_m=0.05, drift_rad_per_m=0.02)
    errors = DetectorSettings(miss_rate=0.2, false_rate=0.3, swap_rate=0.2)
    robot, clock = Rover(yaw_pose(5.0, 1.0, 0.4)), ManualClock(0)
    sensor = sensor_of(world, robot, mode, settings, clock=clock, detector=errors)
    digest = hashlib.blake2b(digest_size=16)
    for _ in range(3):
        clock.advance(200_000_000)
        robot.X_base = compose(robot.X_base, yaw_pose(0.15, 0.0, 0.1))
        frame = sensor.frame()
        for part in (frame.depth, frame.color, frame.X_WC, frame.pose_cov, sensor.shot.body):
            digest.update(np.ascontiguousarray(part).tobytes())
        for item in sensor.detector.detect(frame):
            digest.update(repr((item.label, item.score, item.box_px)).encode())
    return digest.hexdigest()


ELSEWHERE = """
import sys
sys.path[:0] = {paths!r}
from homes import two_rooms
from sim.worlds.built.world import World
from test_sensor import MODES, digest_of_a_run
print(*(digest_of_a_run(World(two_rooms()), mode) for mode in MODES))
"""


def test_frames_and_detections_are_the_same_in_another_process():
    """Two processes with other hash seeds and other numbers of threads; a fresh world in each."""
    paths = [str(Path(__file__).parent), str(ROOT / "tests" / "support"), str(ROOT)]
    answers = []
    for number in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": number, "OMP_NUM_THREADS": number}
        result = subprocess.run(
            [sys.executable, "-c", ELSEWHERE.format(paths=paths)],
            env=environment, capture_output=True, text=True, timeout=120, cwd=ROOT,
        )  # fmt: skip
        assert result.returncode == 0, result.stderr
        answers.append(result.stdout.split())
    assert answers[0] == answers[1]
    assert len(set(answers[0])) == len(MODES)
