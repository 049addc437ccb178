"""Depth images of boxes on a table, cast exactly: which box each pixel shows is known."""

from __future__ import annotations

import numpy as np

from spatialmem import Pinhole, RgbdFrame, look_at

CAMERA = Pinhole(320, 240, 300.0, 300.0, 159.5, 119.5)
TABLE = ((-0.6, -0.4, -0.04), (0.6, 0.4, 0.0))
FLOOR = ((-3.0, -3.0, -0.8), (3.0, 3.0, -0.75))
EYE = (0.1, -1.1, 0.8)


def box(x, y, wide, deep, high, z=0.0):
    """Corners of a box that stands with its middle over (x, y) [m]."""
    return (x - wide / 2, y - deep / 2, z), (x + wide / 2, y + deep / 2, z + high)


def cast(*boxes, eye=EYE, target=(0.0, 0.0, 0.0), camera=CAMERA):
    """A frame of boxes in W, and the index of the box that each pixel shows, -1 for none."""
    X_WC = look_at(eye, target)
    v, u = np.mgrid[: camera.height, : camera.width]
    rays_C = np.stack([(u - camera.cx) / camera.fx, (v - camera.cy) / camera.fy, np.ones(u.shape)], axis=-1)
    rays = rays_C @ X_WC[:3, :3].T
    depth, index = np.full(u.shape, np.inf), np.full(u.shape, -1)
    for i, (low, high) in enumerate(boxes):
        with np.errstate(divide="ignore", invalid="ignore"):
            to_low, to_high = (np.array(low) - X_WC[:3, 3]) / rays, (np.array(high) - X_WC[:3, 3]) / rays
        near = np.minimum(to_low, to_high).max(axis=-1)
        far = np.maximum(to_low, to_high).min(axis=-1)
        hit = (near <= far) & (near > 0) & (near < depth)
        depth[hit], index[hit] = near[hit], i
    counts = np.rint(np.where(np.isfinite(depth), depth, 0) * 1000).astype(np.uint16)
    frame = RgbdFrame(source="c", stamp_ns=1, received_ns=1, depth=counts, camera=camera, X_WC=X_WC)
    return frame, index


def noisy(frame: RgbdFrame, seed: int = 0) -> RgbdFrame:
    """The same with a depth camera's axial noise (Nguyen, Izadi and Lovell 2012), and one pixel in 50 lost."""
    import dataclasses

    rng = np.random.default_rng(seed)
    z = frame.depth / 1000
    sigma = 0.0012 + 0.0019 * (z - 0.4) ** 2
    z = np.where((z > 0) & (rng.random(z.shape) > 0.02), z + sigma * rng.standard_normal(z.shape), 0)
    return dataclasses.replace(frame, depth=np.rint(z * 1000).astype(np.uint16))
