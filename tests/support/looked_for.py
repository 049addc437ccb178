"""Things on a table, remembered from one sighting whose pose and depth are off, and looked for from elsewhere."""

import cv2
import numpy as np
from cast_boxes import CAMERA, SETTINGS, frame_of, masked

import spatialmem as sm
from spatialmem.belief.looking import Remembered, sample
from spatialmem.depth_noise import AXIAL_FROM_M, AXIAL_M, AXIAL_PER_M
from spatialmem.kernels.warmup import warm_up
from spatialmem.shortterm.lift import Lifted, lift

TABLE = ((1.0, -0.9, 0.66), (1.9, 0.9, 0.7))
FLOOR = ((-3.0, -4.0, -0.1), (4.0, 4.0, 0.0))
BACK = ((2.5, -4.0, 0.0), (2.7, 4.0, 3.0))
ROOM = (TABLE, FLOOR, BACK)


def seen_by(frame: sm.RgbdFrame, shows: np.ndarray, number: int) -> Lifted | None:
    """Box `number` of a frame of boxes as the short-term memory takes it in."""
    return lift(masked(shows, number), frame, settings=SETTINGS)


def remembered(sightings: list[Lifted], X_WC: np.ndarray, *, returned_to_m: float = 3.0) -> Remembered:
    """Objects that were sighted once, all of them from X_WC."""
    warm_up()
    samples = [sample(s.points_W, s.center_W, s.size_m, X_WC) for s in sightings]
    points_mm = np.zeros((len(samples), 32, 3), np.int16)
    for row, points in zip(points_mm, samples, strict=True):
        row[: len(points)] = points
    return Remembered(
        center_W=np.array([s.center_W for s in sightings]).reshape(-1, 3),
        size_m=np.array([s.size_m for s in sightings]).reshape(-1, 3),
        yaw_rad=np.array([s.yaw_rad for s in sightings], np.float64),
        sigma_m=np.array([np.sqrt(np.linalg.eigvalsh(s.covariance_W)[-1]) for s in sightings], np.float64),
        returned_to_m=np.full(len(sightings), returned_to_m),
        points_mm=points_mm,
        point_count=np.array([len(points) for points in samples], np.int64),
    )


def jolted(X_WC: np.ndarray, rng: np.random.Generator, sigma_m: float, sigma_rad: float) -> np.ndarray:
    """A pose as it is believed: moved and turned in C."""
    X_CD = np.eye(4)
    X_CD[:3, :3] = cv2.Rodrigues(rng.normal(0, sigma_rad, 3))[0]
    X_CD[:3, 3] = rng.normal(0, sigma_m, 3)
    return X_WC @ X_CD


def measured(frame: sm.RgbdFrame, X_WC: np.ndarray, rng: np.random.Generator, blind: float = 0.03) -> sm.RgbdFrame:
    """The frame with depth noise that grows with the distance, pixels without a return, and another pose."""
    z = frame.depth * 0.001
    z = np.where(z > 0, z + rng.normal(size=z.shape) * (AXIAL_M + AXIAL_PER_M * (z - AXIAL_FROM_M) ** 2), 0.0)
    z[rng.random(z.shape) < blind] = 0
    depth = np.rint(z.clip(0, 60) * 1000).astype(np.uint16)
    return sm.RgbdFrame(source="camera", stamp_ns=1, received_ns=1, depth=depth, camera=CAMERA, X_WC=X_WC)


def things_on_the_table(rng: np.random.Generator) -> list:
    """Boxes side by side, 3 to 25 cm wide and 2 to 30 cm high."""
    things, y = [], -0.75
    while y < 0.7:
        wide, deep, high, x = *rng.uniform(0.03, 0.25, 2), rng.uniform(0.02, 0.3), rng.uniform(1.05, 1.6)
        things.append(((x, y, 0.7), (x + deep, y + wide, 0.7 + high)))
        y += wide + rng.uniform(0.02, 0.12)
    return things


def people(rng: np.random.Generator, eye: np.ndarray) -> list:
    """Up to two columns between camera and table, as people stand there; never around the camera."""
    columns = []
    for _ in range(rng.integers(0, 3)):
        (x, y), (a, b) = rng.uniform((0.45, -0.9), (0.95, 0.9)), rng.uniform(0.02, 0.2, 2)
        columns.append(((x - a, y - b, 0.0), (x + a, y + b, rng.uniform(0.8, 1.8))))
    return [c for c in columns if not ((np.array(c[0]) <= eye) & (eye <= c[1])).all()]


def looking_at_the_table(rng: np.random.Generator) -> np.ndarray:
    """A pose of a camera on a robot before the table."""
    return sm.look_at(rng.uniform((-0.8, -1.2, 0.9), (0.5, 1.2, 1.7)), (1.4, float(rng.uniform(-0.5, 0.5)), 0.78))


def remembered_world(rng: np.random.Generator, sigma_m: float, sigma_rad: float) -> tuple[list, Remembered]:
    """Things on the table, and those of them that one frame with errors showed."""
    things, X_WC = things_on_the_table(rng), looking_at_the_table(rng)
    frame, shows = frame_of(*things, *ROOM, X_WC=X_WC)
    frame = measured(frame, jolted(X_WC, rng, sigma_m, sigma_rad), rng)
    sighted = [seen_by(frame, shows, k) for k in range(len(things)) if np.count_nonzero(shows == k) >= 12]
    return things, remembered([s for s in sighted if s is not None], frame.X_WC)
