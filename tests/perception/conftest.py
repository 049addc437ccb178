"""Frames of pictures that a test paints."""

import numpy as np
import pytest

from spatialmem import Pinhole, RgbdFrame


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
