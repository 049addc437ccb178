"""Frames of boxes whose truth is known, cast ray by ray, and detections of them."""

import numpy as np

import spatialmem as sm
from spatialmem.config import ShortTermConfig
from spatialmem.depth_noise import axial_sigma_m

CAMERA = sm.Pinhole(160, 120, 140.0, 140.0, 79.5, 59.5)
SETTINGS = ShortTermConfig()
EYE = (0.0, 0.0, 1.4)
MUG = ((1.4, -0.05, 0.7), (1.5, 0.05, 0.82))
WALL = ((2.2, -3.0, 0.0), (2.4, 3.0, 3.0))


def frame_of(*boxes, X_WC=None, noise=0.0, seed=0, **fields):
    """A frame of boxes (low, high) along W's axes, and which box each pixel shows: -1 none."""
    X_WC = sm.look_at(EYE, (1.45, 0.0, 0.76)) if X_WC is None else X_WC
    v, u = np.meshgrid(np.arange(CAMERA.height), np.arange(CAMERA.width), indexing="ij")
    rays = np.stack([(u - CAMERA.cx) / CAMERA.fx, (v - CAMERA.cy) / CAMERA.fy, np.ones(u.shape)], -1) @ X_WC[:3, :3].T
    depth, shows = np.full(u.shape, np.inf), np.full(u.shape, -1)
    with np.errstate(divide="ignore", invalid="ignore"):
        for number, (low, high) in enumerate(boxes):
            a, b = ((np.array(corner) - X_WC[:3, 3]) / rays for corner in (low, high))
            enter, leave = np.minimum(a, b).max(axis=-1), np.maximum(a, b).min(axis=-1)
            hit = (enter < leave) & (enter > 0) & (enter < depth)
            depth[hit], shows[hit] = enter[hit], number
    z = np.where(np.isfinite(depth), depth, 0.0)
    z = np.where(z > 0, z + noise * axial_sigma_m(2.0) * np.random.default_rng(seed).normal(size=z.shape), 0.0)
    counts = np.rint(np.clip(z, 0, 60) * 1000).astype(np.uint16)
    frame = sm.RgbdFrame(source="camera", stamp_ns=1, received_ns=1, depth=counts, camera=CAMERA, X_WC=X_WC, **fields)
    return frame, shows


def masked(shows, number=0, label="mug"):
    return sm.Detection(label=label, score=0.9, mask=shows == number)


def boxed(shows, number=0, label="mug"):
    v, u = np.nonzero(shows == number)
    return sm.Detection(label=label, score=0.9, box_px=(float(u.min()), float(v.min()), float(u.max()), float(v.max())))
