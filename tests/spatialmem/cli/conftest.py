import json
import shutil

import cv2
import numpy as np
import pytest
from gone_mugs import mug_taken_away
from two_rooms import two_rooms

from spatialmem.cli import main
from spatialmem.episodes.synthetic import SyntheticRoom


class Answer:
    """What one run of the command line said."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    @property
    def json(self):
        return json.loads(self.out)


@pytest.fixture
def spatialmem(capfd):
    """Run the command line in this process, as the console script does."""

    def run(*arguments):
        capfd.readouterr()
        code = main([str(argument) for argument in arguments])
        return Answer(code, *capfd.readouterr())

    return run


@pytest.fixture(scope="session")
def walk_frames():
    return list(SyntheticRoom(frame_count=60))[:6]


@pytest.fixture(scope="session")
def walk_folder(tmp_path_factory, walk_frames):
    """A small RGB-D folder on disk, as the recordings' layout has it; for reading."""
    root = tmp_path_factory.mktemp("walks") / "walk"
    (root / "depth").mkdir(parents=True)
    (root / "color").mkdir()
    camera = walk_frames[0].camera
    names = ["width", "height", "fx", "fy", "cx", "cy"]
    (root / "intrinsics.json").write_text(
        json.dumps({name: getattr(camera, name) for name in names} | {"depth_unit_m": 0.001, "rate_hz": 10.0})
    )
    pose_names = [f"X_WC_{i}{j}" for i in range(4) for j in range(4)]
    rows = [",".join(["index", "stamp_ns", "color", "depth", *pose_names])]
    for index, frame in enumerate(walk_frames):
        depth, color = f"depth/{index:04d}.png", f"color/{index:04d}.png"
        cv2.imwrite(str(root / depth), frame.depth)
        cv2.imwrite(str(root / color), np.ascontiguousarray(frame.color[..., ::-1]))
        pose = (f"{value:.8f}" for value in frame.X_WC.ravel())
        rows.append(",".join([str(index), str(frame.stamp_ns), color, depth, *pose]))
    (root / "frames.csv").write_text("\n".join(rows) + "\n")
    return root


@pytest.fixture
def folder(tmp_path, walk_folder):
    """The same, to be changed."""
    return shutil.copytree(walk_folder, tmp_path / "walk")


@pytest.fixture(scope="session")
def gone(tmp_path_factory):
    """A memory file, for reading, in which mug-1 was taken off table-4, beside mug-2 and bowl-3."""
    path = tmp_path_factory.mktemp("gone") / "gone.smem"
    mug_taken_away(path)
    return path


@pytest.fixture(scope="session")
def found_again(tmp_path_factory):
    """The same, going on: mug-1 stands at the other end of the table."""
    path = tmp_path_factory.mktemp("found") / "found.smem"
    mug_taken_away(path, found_again=True)
    return path


@pytest.fixture(scope="session")
def flat(tmp_path_factory):
    """A memory file, for reading: kitchen-1 and bedroom-9, a doorway between them, the robot in the bedroom."""
    path = tmp_path_factory.mktemp("flat") / "flat.smem"
    two_rooms(path)
    return path
