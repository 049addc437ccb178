"""Recordings written on the fly from the built-in room, in every layout, and sources whose frames are tampered with."""

import csv
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from spatialmem.episodes.synthetic import SyntheticRoom

FRAME_COUNT = 12
STAMP_0_NS = 1_305_031_102_175_304_123


class Tampered:
    """A source whose inputs went through `change(index, input)`."""

    def __init__(self, source, change):
        self.name, self.world = source.name, source.world
        self.source, self.change = source, change

    def __iter__(self):
        return (self.change(index, x) for index, x in enumerate(self.source))

    def __len__(self):
        return len(self.source)


class Recorded:
    """A source that holds its inputs in memory, so that reading them twice costs nothing."""

    def __init__(self, source):
        self.name, self.world, self.inputs = source.name, source.world, list(source)

    def __iter__(self):
        return iter(self.inputs)

    def __len__(self):
        return len(self.inputs)


@pytest.fixture(scope="session")
def tampered():
    return Tampered


@pytest.fixture(scope="session")
def recorded():
    return Recorded


@pytest.fixture(scope="session")
def room():
    return SyntheticRoom()


@pytest.fixture(scope="session")
def room_frames(room):
    return [room.frame(index) for index in range(FRAME_COUNT)]


def intrinsics_of(frame, **changes):
    camera = {name: getattr(frame.camera, name) for name in ("width", "height", "fx", "fy", "cx", "cy")}
    return {**camera, "depth_unit_m": frame.depth_unit_m, **changes}


def write_images(folder: Path, frame, color: str, depth: str, unit_m: float = 0.001):
    for name in (color, depth):
        (folder / name).parent.mkdir(exist_ok=True)
    raw = np.rint(frame.depth * (frame.depth_unit_m / unit_m)).astype(np.uint16)
    assert cv2.imwrite(str(folder / color), cv2.cvtColor(frame.color, cv2.COLOR_RGB2BGR))
    assert cv2.imwrite(str(folder / depth), raw)


def pose_words(X_WC) -> str:
    return " ".join(f"{value:.12f}" for value in (*X_WC[:3, 3], *Rotation.from_matrix(X_WC[:3, :3]).as_quat()))


@pytest.fixture
def rgbd_folder(tmp_path, room_frames):
    """The library's own layout."""
    folder = tmp_path / "walk"
    folder.mkdir()
    columns = [f"X_WC_{i}{j}" for i in range(4) for j in range(4)]
    with (folder / "frames.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["index", "stamp_ns", "color", "depth", *columns])
        for index, frame in enumerate(room_frames):
            names = [f"color/{index}.png", f"depth/{index}.png"]
            write_images(folder, frame, color=names[0], depth=names[1])
            table.writerow([index, frame.stamp_ns, *names, *(repr(float(x)) for x in frame.X_WC.flat)])
    (folder / "intrinsics.json").write_text(json.dumps(intrinsics_of(room_frames[0])))
    return folder


@pytest.fixture
def tum_folder(tmp_path, room, room_frames):
    """TUM's layout: colour 7 ms after depth, truth at 200 Hz from before the 2nd frame to after the last but one."""
    folder = tmp_path / "rgbd_dataset_room"
    folder.mkdir()
    depths, colors = ["# depth maps"], ["# color images", "# timestamp filename"]
    for index, frame in enumerate(room_frames):
        stamp_ns = STAMP_0_NS + frame.stamp_ns
        depths.append(f"{seconds(stamp_ns)} depth/{index}.png")
        colors.append(f"{seconds(stamp_ns + 7_000_000)} rgb/{index}.png")
        write_images(folder, frame, f"rgb/{index}.png", f"depth/{index}.png", unit_m=1 / 5000)
    truth = ["# ground truth", "# timestamp tx ty tz qx qy qz qw"]
    for step in range(18, 20 * (FRAME_COUNT - 2) + 3):
        stamp_ns = STAMP_0_NS + step * 5_000_000 + 1_234_567
        truth.append(f"{seconds(stamp_ns)} {pose_words(room.pose((stamp_ns - STAMP_0_NS) / 1e8))}")
    for name, lines in (("depth.txt", depths), ("rgb.txt", colors), ("groundtruth.txt", truth)):
        (folder / name).write_text("\n".join(lines) + "\n")
    (folder / "intrinsics.json").write_text(json.dumps(intrinsics_of(room_frames[0], depth_unit_m=None)))
    return folder


def seconds(stamp_ns: int) -> str:
    return f"{stamp_ns // 10**9}.{stamp_ns % 10**9:09d}"


@pytest.fixture
def slambook_folder(tmp_path, room_frames):
    """A maker of slambook2's layout in the room, without intrinsics.json: unit of depth, and poses mirrored or not."""

    def make(unit_m: float, *, mirrored: bool = False, frames=room_frames[::3]) -> Path:
        folder = tmp_path / "data"
        folder.mkdir()
        lines = []
        for number, frame in enumerate(frames, 1):
            write_images(folder, frame, f"color/{number}.png", f"depth/{number}.png", unit_m)
            X = frame.X_WC
            X_MC = np.stack([X[0], -X[2], X[1], X[3]])  # y down
            if mirrored:
                mirror = np.diag([1.0, -1.0, 1.0, 1.0])
                X_MC = mirror @ X_MC @ mirror
            lines.append(pose_words(X_MC))
        (folder / "pose.txt").write_text("\n".join(lines) + "\n")
        return folder

    return make
