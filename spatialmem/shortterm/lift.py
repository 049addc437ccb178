"""From a detection to a place: `lift` gives what one detection and its depth say about an object in W."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Float64

from spatialmem.config import ShortTermConfig
from spatialmem.depth_noise import axial_sigma_m
from spatialmem.geometry import lift as lift_pixels
from spatialmem.geometry import transform
from spatialmem.shortterm.faces import AXES_W, FLOOR_AXES, NORMALS_W, UP, boxes_of, folded
from spatialmem.shortterm.foreground import Patch, patch_of, smoothed
from spatialmem.shortterm.standing import Standing, stand
from spatialmem.shortterm.support import SUPPORT_HALF_M
from spatialmem.shortterm.uncertainty import centroid_covariance, pose_sway
from spatialmem.types import Detection, RgbdFrame

__all__ = ["Lifted", "lift"]

PIXELS_MIN = 8
"""Fewer pixels with depth make no object."""
POINTS_MAX = 512
TRIM = 0.01
"""The share of the points beyond each face: flying pixels, and what the noise moved."""
BOX_COARSE_SHARE, BOX_COARSE_M = 0.1, 0.1
"""A box is as fine as this share of its longer side, and what is in it is a part of the object by chance: boxes that
overlap a true one by 0.75 are off by so much. Not more than the second [m]: large things are cut off, not missed."""
BACK_COSINE = -0.3
"""A face is seen unless its normal points away from the camera by more than this."""
OVER_THE_TOP = 0.3
"""The sine of the angle from which on a camera above sees the far edge, too."""
HIDING_M = 0.06
"""What is so much nearer than the object next to it may hide a part of it."""
NEAR_STEPS = 3
"""Points so many pixels of the patch from the border of the picture, or from what may hide more, are next to it."""
RIM_SHARE, RIM_M = 0.08, 0.005
"""Points so near to a face, as a share of the object's size and besides, say whether it ends there,"""
OPEN_SHARE = 0.2
"""and that it may not if this share of them is at the border or beside what may hide more."""
STANDS_M = 3 * SUPPORT_HALF_M
"""What begins so little above a level surface stands on it."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Lifted:
    """What one detection says about an object. All lengths in metres."""

    label: str
    score: float
    points_W: Float32[np.ndarray, "n 3"]
    """Of the surface that was seen: at most 512, at even distances in the picture."""
    centroid_W: Float64[np.ndarray, "3"]
    """Their mean."""
    covariance_W: Float64[np.ndarray, "3 3"]
    """Of the centroid: what pose, depth and sampling add to its error."""
    center_W: Float64[np.ndarray, "3"]
    """The middle of the yaw-aligned box about what was seen."""
    size_m: Float64[np.ndarray, "3"]
    yaw_rad: float
    faces_m: Float64[np.ndarray, "5 2"]
    """How far it was seen to reach along each axis of `faces.AXES_W`."""
    seen: Bool[np.ndarray, "5 2"]
    """Whether it ends there: nothing hides the face, and it is neither cut off by the picture nor on the far side."""
    pixel_m: float
    """How fine its outline is known on the object: to a pixel that was looked at, or to what a box is good for."""
    sway_W: Float64[np.ndarray, "3 6"] | None = None
    """How far the centroid is moved by one standard deviation of each independent part of the pose's error: all that
    one frame shows is moved by the same parts at once. Its square is in the covariance."""
    coarse: bool = False
    """It comes from a box: what is in it may be a part of the object."""
    embedding: Float32[np.ndarray, "d"] | None = None
    attributes: dict[str, str] | None = None
    detection: Detection | None = None
    """What says so."""


def lift(
    detection: Detection, frame: RgbdFrame, *, settings: ShortTermConfig, range_max_m: float = 8.0
) -> Lifted | None:
    """Return where the object of a detection is; None where it has no depth within the range.

    A mask is taken as it is, less what is far from its typical depth. Of a box, the object is what lies at the nearest
    common depth in its middle and ends in the box; the floor, and what it stands on, are not. Where the depth camera
    sees all but the object, a whole box on the floor says where it is: see `standing`.
    """
    patch = patch_of(detection, frame, range_max_m)
    if patch is None:
        return None
    if patch.unseen:
        standing = None
        if patch.on_floor and patch.support_m is not None and detection.box_px is not None:
            standing = stand(detection.box_px, patch.support_m, frame, settings)
        return None if standing is None else _placed(detection, frame, standing, patch)
    v, u = np.nonzero(patch.object)
    if len(v) < PIXELS_MIN:
        return None
    typical_m = float(np.median(patch.z_m[v, u]))
    z_m = smoothed(patch, axial_sigma_m(typical_m) * settings.depth_noise)
    kept = np.arange(0, len(v), -(-len(v) // POINTS_MAX))
    v, u = v[kept], u[kept]
    points_C = lift_pixels(u * patch.step + patch.u0, v * patch.step + patch.v0, z_m[v, u], frame.camera)
    points_W = transform(frame.X_WC, points_C)
    along_m = _along(points_W)
    faces_m, trimmed = _faces(points_W, along_m)
    if patch.support_m is not None and 0 < faces_m[UP, 0] - patch.support_m < STANDS_M:
        faces_m[UP, 0] = patch.support_m
    centroid_W = trimmed.mean(axis=0, dtype=np.float64)
    yaw_rad = _yaw(trimmed)
    center_W, size_m = boxes_of(faces_m[None], np.array([yaw_rad]))
    sway_W = pose_sway(centroid_W, frame, settings)
    count, pixel_m = int(np.count_nonzero(patch.object)), typical_m / frame.camera.fx
    coarse_m = min(_coarse_px(detection) * pixel_m, BOX_COARSE_M)
    return Lifted(
        label=detection.label,
        score=detection.score,
        points_W=points_W,
        centroid_W=centroid_W,
        covariance_W=centroid_covariance(trimmed, centroid_W, count, sway_W, frame, settings) + np.eye(3) * coarse_m**2,
        center_W=center_W[0],
        size_m=size_m[0],
        yaw_rad=yaw_rad,
        faces_m=faces_m,
        seen=_seen(patch, frame, along_m, faces_m, (u, v), frame.X_WC[:3, 3] - centroid_W),
        pixel_m=max(patch.step * pixel_m, coarse_m),
        sway_W=sway_W,
        coarse=detection.mask is None,
        embedding=detection.embedding,
        attributes=detection.attributes,
        detection=detection,
    )


def _placed(detection: Detection, frame: RgbdFrame, standing: Standing, patch: Patch) -> Lifted:
    """Return a thing that gives no depth, by its box and what it stands on."""
    faces_m = standing.faces_m()
    seen = np.ones(faces_m.shape, bool)
    distance_m = float(frame.X_WC[:3, 2] @ (standing.center_W - frame.X_WC[:3, 3]))
    return Lifted(
        label=detection.label,
        score=detection.score,
        points_W=standing.center_W[None].astype(np.float32),
        centroid_W=standing.center_W,
        covariance_W=standing.covariance_W,
        center_W=standing.center_W,
        size_m=standing.size_m,
        yaw_rad=float(folded(standing.yaw_rad)),
        faces_m=faces_m,
        seen=seen,
        pixel_m=max(patch.step, _coarse_px(detection)) * distance_m / frame.camera.fx,
        coarse=detection.mask is None,
        embedding=detection.embedding,
        attributes=detection.attributes,
        detection=detection,
    )


def _coarse_px(detection: Detection) -> float:
    """Return how coarse the outline is by itself [px]."""
    if detection.mask is not None or detection.box_px is None:
        return 0.0
    u_min, v_min, u_max, v_max = detection.box_px
    return BOX_COARSE_SHARE * max(u_max - u_min, v_max - v_min)


def _along(points_W: Float32[np.ndarray, "n 3"]) -> Float32[np.ndarray, "5 n"]:
    """Return how far each point is along each axis of the faces [m]."""
    along = np.empty((len(AXES_W), len(points_W)), np.float32)
    x, y, along[UP] = points_W.T
    for k, (cos, sin) in enumerate(AXES_W[:FLOOR_AXES, :2].astype(np.float32)):
        along[k] = cos * x + sin * y  # elementwise, not as a product of matrices: the same bits everywhere
    return along


def _faces(
    points_W: Float32[np.ndarray, "n 3"], along: Float32[np.ndarray, "5 n"]
) -> tuple[Float64[np.ndarray, "5 2"], Float32[np.ndarray, "m 3"]]:
    """Return how far all but a few of the points reach, and the points that lie within."""
    cut = int(TRIM * len(points_W))
    ranked = np.partition(along, (cut, len(points_W) - 1 - cut), axis=1)
    low, high = ranked[:, cut], ranked[:, -1 - cut]
    within = ((along >= low[:, None]) & (along <= high[:, None])).all(axis=0)
    trimmed = points_W[within] if within.any() else points_W
    return np.stack([low, high], axis=1).astype(np.float64), trimmed


def _yaw(points_W: Float32[np.ndarray, "n 3"]) -> float:
    """Return the yaw of the rectangle of least area about the points seen from above."""
    import cv2

    offset = points_W[:, :2] - points_W[0, :2]  # float32 near the origin keeps its bits
    return float(folded(math.radians(cv2.minAreaRect(np.ascontiguousarray(offset))[2])))


def _seen(
    patch: Patch,
    frame: RgbdFrame,
    along_m: Float32[np.ndarray, "5 n"],
    faces_m: Float64[np.ndarray, "5 2"],
    pixels: tuple[np.ndarray, np.ndarray],
    to_camera_W: Float64[np.ndarray, "3"],
) -> Bool[np.ndarray, "5 2"]:
    """Return which faces were seen to end there.

    They are on the near side, or the far edge is seen from above; and few of the points next to them lie at the border
    of the picture or next to something nearer, which may hide more of the object.
    """
    distance = math.sqrt(float((to_camera_W**2).sum()))
    facing = NORMALS_W @ (to_camera_W / distance) > BACK_COSINE
    if to_camera_W[2] > OVER_THE_TOP * distance:
        facing[:FLOOR_AXES] = True
    facing[UP, 0] = True  # what stands on something ends there, and its front is seen down to it
    hiding = _beside_nearer(patch) if patch.beyond is None else _beside_nearer(patch) | _beside(patch.beyond)
    open_end = _at_border(patch, frame, pixels) | hiding[pixels[1], pixels[0]]
    if not open_end.any():
        return facing
    rim_m = (RIM_SHARE * (faces_m[:, 1] - faces_m[:, 0]) + RIM_M).astype(np.float32)
    at_face = np.stack(
        [
            along_m <= faces_m[:, :1].astype(np.float32) + rim_m[:, None],
            along_m >= faces_m[:, 1:].astype(np.float32) - rim_m[:, None],
        ],
        axis=1,
    )
    share = np.count_nonzero(at_face & open_end, axis=2) / np.maximum(np.count_nonzero(at_face, axis=2), 1)
    return facing & (share < OPEN_SHARE)


def _at_border(patch: Patch, frame: RgbdFrame, pixels: tuple[np.ndarray, np.ndarray]) -> Bool[np.ndarray, "n"]:
    """Return which points lie at the border of the picture."""
    (u, v), camera, near = pixels, frame.camera, NEAR_STEPS * patch.step
    u, v = u * patch.step + patch.u0, v * patch.step + patch.v0
    return (u < near) | (u > camera.width - 1 - near) | (v < near) | (v > camera.height - 1 - near)


def _beside_nearer(patch: Patch) -> Bool[np.ndarray, "h w"]:
    """Return the pixels close to an outline that borders on something nearer."""
    import cv2

    own = patch.object
    edge = cv2.dilate(np.where(own, patch.z_m, np.float32(0)), np.ones((3, 3), np.uint8))  # the farthest next to it
    nearer = (patch.z_m > 0) & ~own & (patch.z_m < edge - np.float32(HIDING_M))
    return _beside(nearer)


def _beside(marked: Bool[np.ndarray, "h w"]) -> Bool[np.ndarray, "h w"]:
    """Return the pixels close to those that are marked."""
    import cv2

    if not marked.any():
        return marked
    size = 2 * NEAR_STEPS + 1
    return cv2.dilate(marked.view(np.uint8), np.ones((size, size), np.uint8)).view(bool)
