"""Where the shared recordings are, and the marks that skip a test, visibly, where they are not."""

import os
from pathlib import Path

import pytest

DATA = Path(os.environ.get("SPATIALMEM_DATA") or Path(__file__).resolve().parents[3] / "shared" / "data")
OFFICE_WALK = DATA / "office_walk"
SLAMBOOK = DATA / "rgbd_slambook2"
LIDAR_PAIR = DATA / "lidar_pair"
ROSBAG1 = DATA / "rosbag1"
ROSBAG2 = DATA / "rosbag2"


def needs(folder: Path):
    """Skip the marked test where the recording is absent."""
    return pytest.mark.skipif(not folder.exists(), reason=f"the recording {folder.name} is not under SPATIALMEM_DATA")


needs_office_walk = needs(OFFICE_WALK)
needs_slambook = needs(SLAMBOOK)
needs_lidar_pair = needs(LIDAR_PAIR)
needs_rosbag1 = needs(ROSBAG1)
needs_rosbag2 = needs(ROSBAG2)


def office_walk_frames(chosen: slice = slice(None)):
    """Depth, camera and X_WC of frames of the office walk, read plainly (not through the package)."""
    import csv
    import json

    import cv2
    import numpy as np

    from spatialmem import Pinhole

    k = json.loads((OFFICE_WALK / "intrinsics.json").read_text())
    camera = Pinhole(k["width"], k["height"], k["fx"], k["fy"], k["cx"], k["cy"])
    with (OFFICE_WALK / "frames.csv").open() as file:
        rows = list(csv.DictReader(file))[chosen]
    for row in rows:
        X_WC = np.eye(4)
        X_WC[:3] = np.array([float(row[f"X_WC_{i}{j}"]) for i in range(3) for j in range(4)]).reshape(3, 4)
        depth = cv2.imread(str(OFFICE_WALK / row["depth"]), cv2.IMREAD_UNCHANGED)
        assert depth is not None
        yield depth, camera, X_WC
