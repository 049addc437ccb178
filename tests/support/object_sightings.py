"""Sightings without pictures: a cube somewhere, as `lift` would give it, and a camera on its way."""

import numpy as np

from spatialmem.shortterm.faces import AXES_W
from spatialmem.shortterm.lift import Lifted


def sighting(label, p_W, *, size_m=0.1, sigma_m=0.01, score=0.8, seen=None, embedding=None) -> Lifted:
    """A cube at p_W, seen all round unless `seen` says otherwise."""
    center = np.array(p_W, float)
    reach, wide = AXES_W @ center, size_m / 2 * np.abs(AXES_W).sum(axis=1)
    return Lifted(
        label=label,
        score=score,
        points_W=np.repeat(center[None].astype(np.float32), 50, axis=0),
        centroid_W=center,
        covariance_W=np.eye(3) * sigma_m**2,
        center_W=center,
        size_m=np.full(3, size_m),
        yaw_rad=0.0,
        faces_m=np.stack([reach - wide, reach + wide], axis=1),
        seen=np.ones((5, 2), bool) if seen is None else seen,
        pixel_m=0.005,
        embedding=None if embedding is None else np.array(embedding, np.float32),
    )


def camera_at(x_m: float) -> np.ndarray:
    """X_WC of a camera that moves along x."""
    X_WC = np.eye(4)
    X_WC[0, 3] = x_m
    return X_WC
