"""Rooms of boxes that stand on something, and depth frames and detections of them, cast ray by ray.

Only the pixels that a box can cover are cast, so that a room of a hundred boxes takes a few milliseconds a frame.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import spatialmem as sm
from spatialmem.shortterm.uncertainty import axial_sigma_m

__all__ = ["CAMERA", "Solid", "cast", "detections", "look", "shelf_under", "visible_share"]

CAMERA = sm.Pinhole(160, 120, 170.0, 170.0, 79.5, 59.5)
"""50 by 39 degrees."""
NEAR_M, FLOOR_M = 0.15, 0.0
PIXELS_MIN, RANGE_M, SCORE = 15, 2.5, 0.9
"""A detector reports what shows so many pixels of itself and is not farther away."""
ROTATION_SIGMA_RAD, TRANSLATION_SIGMA_M = 1e-3, 1e-3
"""A frame's pose is said to be no better than this."""
SHELF_M, SHELF_RIM_M = 0.02, 0.1


@dataclass(frozen=True, slots=True)
class Solid:
    """A box with level top and bottom. `name` is the thing that a detector would report; "" for furniture."""

    name: str
    label: str
    bottom_W: tuple[float, float, float]
    """The middle of its bottom [m]."""
    size_m: tuple[float, float, float]
    yaw_rad: float = 0.0
    attributes: Mapping[str, str] = field(default_factory=dict)

    @property
    def center_W(self) -> np.ndarray:
        x, y, z = self.bottom_W
        return np.array([x, y, z + self.size_m[2] / 2])

    def reach_m(self) -> np.ndarray:
        """Half its extent along W's axes."""
        cos, sin = abs(np.cos(self.yaw_rad)), abs(np.sin(self.yaw_rad))
        x, y, z = np.array(self.size_m) / 2
        return np.array([cos * x + sin * y, sin * x + cos * y, z])

    def overlaps(self, other: Solid) -> bool:
        """Return whether their boxes along W's axes share space."""
        return bool((np.abs(self.center_W - other.center_W) < self.reach_m() + other.reach_m() - 1e-6).all())


def shelf_under(solid: Solid, others: Iterable[Solid]) -> Solid | None:
    """Return a thin board for a thing to stand on, as wide as the others leave room for; None where there is none."""
    x, y, z = solid.bottom_W
    others = [other for other in others if other is not solid]
    for rim_m in (SHELF_RIM_M, SHELF_RIM_M / 3, 0.0):
        width, depth = solid.size_m[0] + 2 * rim_m, solid.size_m[1] + 2 * rim_m
        board = Solid("", "", (x, y, z - SHELF_M), (width, depth, SHELF_M - 1e-4), solid.yaw_rad)
        if not any(board.overlaps(other) for other in others):
            return board
    return None


def _turned(yaw_rad: float) -> np.ndarray:
    """R_KW of a box."""
    cos, sin = np.cos(yaw_rad), np.sin(yaw_rad)
    return np.array([[cos, sin, 0.0], [-sin, cos, 0.0], [0.0, 0.0, 1.0]])


def _window(solid: Solid, X_CW: np.ndarray, camera: sm.Pinhole) -> tuple[slice, slice] | None:
    """Return the rows and columns that a box can cover; None where it is not in view."""
    half = np.array(solid.size_m) / 2
    signs = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)])
    corners_W = solid.center_W + (signs * half) @ _turned(solid.yaw_rad)
    x, y, z = (corners_W @ X_CW[:3, :3].T + X_CW[:3, 3]).T
    if z.max() <= NEAR_M:
        return None
    if z.min() <= NEAR_M:
        return slice(0, camera.height), slice(0, camera.width)
    u, v = camera.fx * x / z + camera.cx, camera.fy * y / z + camera.cy
    left, right = max(int(u.min()), 0), min(int(u.max()) + 2, camera.width)
    top, bottom = max(int(v.min()), 0), min(int(v.max()) + 2, camera.height)
    return (slice(top, bottom), slice(left, right)) if left < right and top < bottom else None


def cast(solids: list[Solid], X_WC: np.ndarray, camera: sm.Pinhole = CAMERA) -> tuple[np.ndarray, np.ndarray]:
    """Return the depth along the optical axis [m], infinite where nothing is, and which solid each pixel shows.

    -1 where it shows none. The floor is at z = 0.
    """
    along_u = ((np.arange(camera.width) - camera.cx) / camera.fx).astype(np.float32)
    along_v = ((np.arange(camera.height) - camera.cy) / camera.fy).astype(np.float32)
    depth, shows = (
        np.full((camera.height, camera.width), np.inf, np.float32),
        np.full((camera.height, camera.width), -1),
    )
    X_CW = sm.inverse(X_WC)
    with np.errstate(divide="ignore", invalid="ignore"):
        to_floor = (FLOOR_M - X_WC[2, 3]) / _along(X_WC[2, :3], along_u, along_v)
        np.copyto(depth, to_floor, where=to_floor > 0)
        for number, solid in enumerate(solids):
            window = _window(solid, X_CW, camera)
            if window is None:
                continue
            R_KW = _turned(solid.yaw_rad)
            R_KC, eye = R_KW @ X_WC[:3, :3], R_KW @ (X_WC[:3, 3] - solid.center_W)
            enter, leave = _slabs(R_KC, eye, solid.size_m, along_u[window[1]], along_v[window[0]])
            part, owner = depth[window], shows[window]
            hit = (enter < leave) & (enter > NEAR_M) & (enter < part)
            np.copyto(part, enter, where=hit)
            owner[hit] = number
    return depth, shows


def _along(row: np.ndarray, along_u: np.ndarray, along_v: np.ndarray) -> np.ndarray:
    """Return one component of the rays of pixels, from a row of a rotation."""
    x, y, z = (np.float32(value) for value in row)
    return (x * along_u)[None, :] + (y * along_v + z)[:, None]


def _slabs(
    R_KC: np.ndarray, eye_K: np.ndarray, size_m: tuple[float, float, float], along_u: np.ndarray, along_v: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return where rays enter and leave a box about K's origin [m, along the optical axis]."""
    enter, leave = np.float32(-np.inf), np.float32(np.inf)
    for axis in range(3):
        ray = _along(R_KC[axis], along_u, along_v)
        a, b = np.float32(-size_m[axis] / 2 - eye_K[axis]) / ray, np.float32(size_m[axis] / 2 - eye_K[axis]) / ray
        enter, leave = np.maximum(enter, np.minimum(a, b)), np.minimum(leave, np.maximum(a, b))
    return np.asarray(enter), np.asarray(leave)


def visible_share(solids: list[Solid], eyes_W: np.ndarray, target: Solid) -> np.ndarray:
    """Return, for each eye, the share of a few points on a thing's top and sides that nothing else hides."""
    x, y, z = np.array(target.size_m) / 2
    offsets = np.array([[0, 0, z], [x, y, z], [-x, y, z], [x, -y, z], [-x, -y, z], [x, 0, 0], [-x, 0, 0], [0, y, 0],
                        [0, -y, 0]]) * 1.01  # fmt: skip
    points_W = target.center_W + offsets @ _turned(target.yaw_rad)
    ways = points_W[None] - eyes_W[:, None]
    free = np.ones(ways.shape[:2], bool)
    low, high = (
        np.minimum(eyes_W.min(axis=0), points_W.min(axis=0)),
        np.maximum(eyes_W.max(axis=0), points_W.max(axis=0)),
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        for solid in solids:
            center, reach, half = solid.center_W, solid.reach_m(), np.array(solid.size_m) / 2
            if (center + reach < low).any() or (center - reach > high).any():
                continue
            R_KW = _turned(solid.yaw_rad)
            way, eye = ways @ R_KW.T, ((eyes_W - center) @ R_KW.T)[:, None]
            a, b = (-half - eye) / way, (half - eye) / way
            near, far = np.minimum(a, b), np.maximum(a, b)
            enter = np.maximum(np.maximum(near[..., 0], near[..., 1]), near[..., 2])
            leave = np.minimum(np.minimum(far[..., 0], far[..., 1]), far[..., 2])
            free &= ~((enter < leave) & (leave > 0) & (enter < 0.995))
    return free.mean(axis=1)


def look(
    solids: list[Solid],
    X_WC: np.ndarray,
    *,
    stamp_ns: int,
    rng: np.random.Generator,
    pose_noise_m: float = 0.0,
    miss_rate: float = 0.0,
    camera: sm.Pinhole = CAMERA,
) -> tuple[sm.RgbdFrame, sm.Detections]:
    """Return a frame of a room as seen from X_WC and what a detector finds in it.

    The depth has the noise of a structured-light camera at 1 m. The frame says that it was taken from X_WC plus white
    noise of `pose_noise_m` along each axis, and says how large that noise is; what the frame shows is off by as much.
    """
    depth, shows = cast(solids, X_WC, camera)
    noise = np.float32(axial_sigma_m(1.0)) * rng.standard_normal(depth.shape, np.float32)
    z = np.where(np.isfinite(depth), depth + noise, np.float32(0))
    said = X_WC.copy()
    said[:3, 3] += pose_noise_m * rng.normal(size=3)
    sigma = np.array([ROTATION_SIGMA_RAD] * 3 + [max(pose_noise_m, TRANSLATION_SIGMA_M)] * 3)
    frame = sm.RgbdFrame(
        source="camera", stamp_ns=stamp_ns, received_ns=stamp_ns, camera=camera, X_WC=said,
        depth=np.rint(np.clip(z, 0, 60) * 1000).astype(np.uint16), pose_cov=np.diag(sigma**2),
    )  # fmt: skip
    items = tuple(one for one in detections(solids, depth, shows) if rng.random() >= miss_rate)
    found = sm.Detections(
        source="detector", stamp_ns=stamp_ns, received_ns=stamp_ns, camera_source="camera", items=items
    )
    return frame, found


def detections(solids: list[Solid], depth: np.ndarray, shows: np.ndarray) -> list[sm.Detection]:
    """Return what a detector finds: the visible outline of all that is named; parts of one name are one thing."""
    names = list(dict.fromkeys(solid.name for solid in solids if solid.name))
    number = {name: i for i, name in enumerate(names)}
    of = np.array([*(number.get(solid.name, -1) for solid in solids), -1])  # the last for pixels that show none
    shown = of[shows]
    first = {solid.name: solid for solid in reversed(solids)}
    found = []
    for i in np.flatnonzero(np.bincount(shown[shown >= 0], minlength=len(names)) >= PIXELS_MIN).tolist():
        mask = shown == i
        if float(np.median(depth[mask])) <= RANGE_M:
            found.append(_detection(first[names[i]], mask))
    return found


def _detection(solid: Solid, mask: np.ndarray) -> sm.Detection:
    told: dict[str, Any] = {"label": solid.label, "score": SCORE, "mask": mask}
    if solid.attributes and "attributes" in sm.Detection.__dataclass_fields__:
        told["attributes"] = dict(solid.attributes)
    return sm.Detection(**told)
