"""Frames of pictures that a test paints, and Open3D where it is there."""

import warnings

import numpy as np
import pytest

from perception.open3d_library import open3d
from spatialmem import InputError, Pinhole, RgbdFrame


@pytest.fixture(scope="session")
def library():
    """Open3D. Where it is not installed or does not load, a test is skipped for the reason that a user is told."""
    open3d.cache_clear()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what its own imports warn of is not ours
            return open3d()
    except InputError as error:
        pytest.skip(str(error))


@pytest.fixture
def frame_of():
    """A frame of this colour (RGB), 1.5 m from a wall unless a depth [m] is given."""

    def make(color, depth_m=1.5, *, X_WC=None, camera=None):
        height, width = np.asarray(depth_m).shape if color is None else color.shape[:2]
        depth = np.rint(np.broadcast_to(np.asarray(depth_m, float), (height, width)) * 1000).astype(np.uint16)
        return RgbdFrame(
            source="camera",
            stamp_ns=10,
            received_ns=10,
            depth=depth,
            camera=camera or Pinhole(width, height, 300.0, 300.0, (width - 1) / 2, (height - 1) / 2),
            X_WC=np.eye(4) if X_WC is None else X_WC,
            color=color,
        )

    return make
