"""Where the shared recordings are, and the marks that skip a test, visibly, where they are not."""

import os
from pathlib import Path

import pytest

DATA = Path(os.environ.get("SPATIALMEM_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data")
OFFICE_WALK = DATA / "office_walk"
SLAMBOOK = DATA / "rgbd_slambook2"
LIDAR_PAIR = DATA / "lidar_pair"


def needs(folder: Path):
    """Skip the marked test where the recording is absent."""
    return pytest.mark.skipif(not folder.exists(), reason=f"the recording {folder.name} is not under SPATIALMEM_DATA")


needs_office_walk = needs(OFFICE_WALK)
needs_slambook = needs(SLAMBOOK)
needs_lidar_pair = needs(LIDAR_PAIR)
