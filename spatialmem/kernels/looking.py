"""Points of remembered objects against the depth image of a frame: which of them it saw through.

A point is compared with the depth of its pixel:

    beyond it by the margin    THROUGH, if that is so all around its pixel, else MIXED
    nearer by the margin       in front of it: AT where what was seen is in the object's own box, else HIDDEN
    else                       AT

How far around, and the margin, follow from how uncertain the pose, the object's place and the depth are. What the
object stands on looks the same with it and without: a point is SILENT that shows what lies no higher than the object's
bottom, and around a pixel that does not count. A point is low whose ray may end there within the margin, or that may
itself be no higher: it is SILENT unless nothing at all around its pixel is so near. What is seen deep in the object's
own box, though behind the point, is MIXED.

camera: float64, shape (16,): R_WC row by row, p_WC, fx, fy, cx, cy. sensor: float64, shape (5,): depth unit [m], least
and greatest range [m], how far a pixel without a return counts as free [m] or 0, the scale of the depth's noise.
boxes: float64, shape (n, 9): centre, size, yaw, standard deviation of where it is, farthest range at which it has
returned depth. points_mm: int16, shape (n, m, 3), from the centre along the axes of W; counts: how many hold.
"""

from __future__ import annotations

import math

import numpy as np
from numba import types

from spatialmem.depth_noise import AXIAL_FROM_M, AXIAL_M, AXIAL_PER_M
from spatialmem.kernels.compile import array, device, kernel, readonly

__all__ = [
    "AT",
    "FAR",
    "HIDDEN",
    "KIND_COUNT",
    "MARGIN_M",
    "MIXED",
    "NO_RETURN",
    "OUT",
    "SIGMAS",
    "SILENT",
    "THROUGH",
    "look_reference",
    "look_through",
]

THROUGH, AT, HIDDEN, OUT, FAR, NO_RETURN, MIXED, SILENT = range(8)
KIND_COUNT = 8
SIGMAS = 2.5
"""So many standard deviations of pose, place and depth are allowed for."""
MARGIN_M = 0.02
"""And so much besides: what calibration, rounding and the camera's own errors add."""
LOW_M = 0.01
"""What is seen so little above the object's bottom, and one standard deviation, is taken for what it stands on."""
STEPS = 4
"""Pixels around one are looked at on a grid of at most 2 STEPS + 1 a side."""
OUTSIDE_M = 0.05
"""A point lies at most so far outside the ball around its object's box."""


@device
def _variance(pose_cov, a, b, c, d, e, f):
    """Return the variance of what the pose's error moves by (a, b, c, d, e, f) times itself."""
    J, variance = (a, b, c, d, e, f), 0.0
    for i in range(6):
        for k in range(6):
            variance += J[i] * pose_cov[i, k] * J[k]
    return variance


@device
def _sway(pose_cov, x, y, z):
    """Return the variance [m^2] along the optical axis, and the greater one across it, of a point (x, y, z) in C that
    the pose's error d = (rotation, translation) in C moves by J d, J = [-[p]x, 1].

    Across it as the picture shows it: a point that comes nearer moves away from the middle.
    """
    r, s = x / z, y / z
    along = _variance(pose_cov, y, -x, 0.0, 0.0, 0.0, 1.0)
    across_u = _variance(pose_cov, -r * y, z + r * x, -y, 1.0, 0.0, -r)
    across_v = _variance(pose_cov, -z - s * y, s * x, x, 0.0, 1.0, -s)
    return max(along, 0.0), max(across_u, across_v, 0.0)


@device
def _outside_view(camera, width, height, x, y, z, radius):
    """Return whether a ball around (x, y, z) in C lies wholly beside the picture or behind the camera."""
    if z < -radius:
        return True
    fx, fy, cx, cy = camera[12], camera[13], camera[14] + 0.5, camera[15] + 0.5
    right, below = width - cx, height - cy
    return (
        fx * x + cx * z < -radius * math.sqrt(fx * fx + cx * cx)
        or right * z - fx * x < -radius * math.sqrt(fx * fx + right * right)
        or fy * y + cy * z < -radius * math.sqrt(fy * fy + cy * cy)
        or below * z - fy * y < -radius * math.sqrt(fy * fy + below * below)
    )


@device
def _in_box(box, cos, sin, dx, dy, dz, grow, floor):
    """Return whether a point (from the box's centre) lies in the box grown by `grow`, and `floor` above its bottom."""
    x, y = cos * dx + sin * dy, cos * dy - sin * dx
    return (
        abs(x) <= 0.5 * box[3] + grow
        and abs(y) <= 0.5 * box[4] + grow
        and -0.5 * box[5] + floor <= dz <= 0.5 * box[5] + abs(grow)
    )


@device
def _clear_around(depth, camera, unit, u, v, radius, nearest, lowest_W, free):
    """Return THROUGH where no pixel around (u, v) saw something nearer than `nearest` [counts], else MIXED or OUT.

    What it stands on, below `lowest_W` [m], does not count. free: whether a pixel without a return is as good as one
    that saw far; if not, half of them must have one.
    """
    height, width = depth.shape
    if u < radius or v < radius or u + radius >= width or v + radius >= height:
        return OUT  # what is beside the picture may be the object's
    steps = min(radius, STEPS)
    stride = (radius << 16) // steps  # one division for all of them
    looked, blind = 0, 0
    for j in range(-steps, steps + 1):
        y = v + ((j * stride) >> 16)
        for i in range(-steps, steps + 1):
            if i * i + j * j > steps * steps + 1:
                continue
            x = u + ((i * stride) >> 16)
            raw = depth[y, x]
            looked += 1
            if raw == 0:
                blind += 1
            elif raw <= nearest:
                ray_x, ray_y = (x - camera[14]) / camera[12], (y - camera[15]) / camera[13]
                up = camera[6] * ray_x + camera[7] * ray_y + camera[8]
                if camera[11] + up * raw * unit > lowest_W:
                    return MIXED
    return MIXED if not free and 2 * blind > looked else THROUGH


@device
def _kind(depth, camera, sensor, box, cos, sin, along, across, apart, ox, oy, oz):
    """Return what the picture says of a point (ox, oy, oz) from its object's centre [m].

    along, across: variances [m^2]. apart: how far across the object's place may be off [m].
    """
    height, width = depth.shape
    dx, dy, dz = box[0] + ox - camera[9], box[1] + oy - camera[10], box[2] + oz - camera[11]
    z = camera[2] * dx + camera[5] * dy + camera[8] * dz
    if z < sensor[1]:
        return OUT
    by_z = 1.0 / z
    u = math.floor(camera[12] * (camera[0] * dx + camera[3] * dy + camera[6] * dz) * by_z + camera[14] + 0.5)
    v = math.floor(camera[13] * (camera[1] * dx + camera[4] * dy + camera[7] * dz) * by_z + camera[15] + 0.5)
    if not (0 <= u < width and 0 <= v < height):
        return OUT
    if z > sensor[2]:
        return FAR
    u, v = int(u), int(v)
    sigma, slope = (AXIAL_M + AXIAL_PER_M * (z - AXIAL_FROM_M) ** 2) * sensor[4], dz * by_z
    margin = MARGIN_M + SIGMAS * math.sqrt(sigma * sigma + along)
    sigma_up = math.sqrt(max(along, across) + sigma * sigma * slope * slope)
    raw = depth[v, u]
    d = raw * sensor[0]
    free = z <= sensor[3] and z <= box[8]
    if raw == 0 and not free:
        return NO_RETURN
    s = d * by_z - 1.0  # from the point to what was seen, as a share of the way to the point
    seen_x, seen_y, seen_z = ox + s * dx, oy + s * dy, oz + s * dz
    bottom = -0.5 * box[5]
    support = bottom + LOW_M + sigma_up
    on_support = seen_z <= support
    if raw != 0 and d < z - margin:
        if d < sensor[1] or not _in_box(box, cos, sin, seen_x, seen_y, seen_z, margin, -margin):
            return HIDDEN
        return SILENT if on_support else AT
    low = oz - bottom <= max(LOW_M + SIGMAS * sigma_up, -slope * margin)
    nearest = (z + margin) / sensor[0]
    if raw != 0:
        if raw <= nearest:
            return SILENT if low or on_support else AT
        if _in_box(box, cos, sin, seen_x, seen_y, seen_z, -margin, margin):
            return SILENT if low else MIXED
    radius = max(1, math.ceil(apart * max(camera[12], camera[13]) * by_z))
    lowest_W = -math.inf if low else box[2] + support
    around = _clear_around(depth, camera, sensor[0], u, v, radius, nearest, lowest_W, free)
    return SILENT if low and around == MIXED else around


@kernel(
    (
        types.int64,
        types.int64,
        readonly(types.uint16, 2),
        readonly(types.float64, 1),
        readonly(types.float64, 2),
        readonly(types.float64, 1),
        readonly(types.float64, 2),
        readonly(types.int16, 3),
        readonly(types.int64, 1),
        array(types.int16, 2),
    )
)
def look_through(start, stop, depth, camera, pose_cov, sensor, boxes, points_mm, counts, kinds):
    """Fill kinds (n, KIND_COUNT): how many points of objects [start, stop) are of each kind."""
    height, width = depth.shape
    for i in range(start, stop):
        box = boxes[i]
        for k in range(KIND_COUNT):
            kinds[i, k] = 0
        dx, dy, dz = box[0] - camera[9], box[1] - camera[10], box[2] - camera[11]
        x = camera[0] * dx + camera[3] * dy + camera[6] * dz
        y = camera[1] * dx + camera[4] * dy + camera[7] * dz
        z = camera[2] * dx + camera[5] * dy + camera[8] * dz
        radius = 0.5 * math.sqrt(box[3] * box[3] + box[4] * box[4] + box[5] * box[5]) + OUTSIDE_M
        if _outside_view(camera, width, height, x, y, z, radius):
            kinds[i, OUT] = counts[i]
            continue
        if z - radius > sensor[2]:  # all of it is beyond the range: it is where its centre is
            kinds[i, OUT if _outside_view(camera, width, height, x, y, z, 0.0) else FAR] = counts[i]
            continue
        along, across = _sway(pose_cov, x, y, max(z, sensor[1]))
        along, across = along + box[7] * box[7], across + box[7] * box[7]
        cos, sin, apart = math.cos(box[6]), math.sin(box[6]), SIGMAS * math.sqrt(across)
        for p in range(counts[i]):
            ox, oy, oz = 0.001 * points_mm[i, p, 0], 0.001 * points_mm[i, p, 1], 0.001 * points_mm[i, p, 2]
            kinds[i, _kind(depth, camera, sensor, box, cos, sin, along, across, apart, ox, oy, oz)] += 1


def look_reference(depth, camera, pose_cov, sensor, boxes, points_mm, counts):
    """Return the kinds of points of all objects; plain form of `look_through`, which first leaves out what is beside
    the picture as a whole."""
    R, p, (fx, fy, cx, cy) = camera[:9].reshape(3, 3), camera[9:12], camera[12:]
    unit, range_min, range_max, no_return, noise = sensor
    height, width = depth.shape
    kinds = np.zeros((len(boxes), KIND_COUNT), np.int16)
    for i, box in enumerate(boxes):
        center, size, sigma = box[:3], box[3:6], box[7]
        turn = np.array([[np.cos(box[6]), np.sin(box[6]), 0], [-np.sin(box[6]), np.cos(box[6]), 0], [0, 0, 1]])
        x, y, z = R.T @ (center - p)
        if z - np.sqrt((size**2).sum()) / 2 - OUTSIDE_M > range_max:
            seen = 0 <= fx * x / z + cx + 0.5 < width and 0 <= fy * y / z + cy + 0.5 < height
            kinds[i, FAR if seen else OUT] = counts[i]
            continue
        z = max(z, range_min)
        J = np.array([[0, z, -y, 1, 0, 0], [-z, 0, x, 0, 1, 0], [y, -x, 0, 0, 0, 1]])
        J[:2] -= np.outer([x / z, y / z], J[2])
        variances = np.diag(J @ pose_cov @ J.T) + sigma**2
        for offset in points_mm[i, : counts[i]] * 0.001:
            way = center + offset - p
            x, y, z = R.T @ way
            u, v = (np.floor((fx * x / z + cx + 0.5, fy * y / z + cy + 0.5))) if z >= range_min else (-1, -1)
            inside = 0 <= u < width and 0 <= v < height
            if not inside or z > range_max:
                kinds[i, FAR if inside else OUT] += 1
                continue
            u, v = int(u), int(v)
            sigma_d = (AXIAL_M + AXIAL_PER_M * (z - AXIAL_FROM_M) ** 2) * noise
            margin = MARGIN_M + SIGMAS * np.sqrt(sigma_d**2 + variances[2])
            sigma_up = np.sqrt(variances.max() + (sigma_d * way[2] / z) ** 2)
            nearest, raw, free = (z + margin) / unit, depth[v, u], z <= min(no_return, box[8])
            seen = turn @ (p + way * (raw * unit / z) - center)
            height_m, seen_height_m = offset[2] + size[2] / 2, seen[2] + size[2] / 2
            low = height_m <= max(LOW_M + SIGMAS * sigma_up, -way[2] / z * margin)
            if raw == 0 and not free:
                kind = NO_RETURN
            elif raw != 0 and raw * unit < z - margin:
                own = raw * unit >= range_min and (np.abs(seen) <= size / 2 + margin).all()
                kind = HIDDEN if not own else SILENT if seen_height_m <= LOW_M + sigma_up else AT
            elif 0 < raw <= nearest:
                kind = SILENT if low or seen_height_m <= LOW_M + sigma_up else AT
            elif (
                raw != 0
                and (np.abs(seen[:2]) <= size[:2] / 2 - margin).all()
                and margin <= seen_height_m <= size[2] + margin
            ):
                kind = SILENT if low else MIXED
            else:
                radius = max(1, int(np.ceil(SIGMAS * np.sqrt(variances[:2].max()) * max(fx, fy) / z)))
                lowest_W = -np.inf if low else center[2] - size[2] / 2 + LOW_M + sigma_up
                kind = _around_reference(depth, (R, p, fx, fy, cx, cy), unit, u, v, radius, nearest, lowest_W, free)
                kind = SILENT if low and kind == MIXED else kind
            kinds[i, kind] += 1
    return kinds


def _around_reference(depth, camera, unit, u, v, radius, nearest, lowest_W, free):
    """Return the kind of a point that its own pixel saw through; plain form of `_clear_around`."""
    R, p, fx, fy, cx, cy = camera
    height, width = depth.shape
    if min(u, v) < radius or u + radius >= width or v + radius >= height:
        return OUT
    steps = min(radius, STEPS)
    j, i = (a.ravel() for a in np.meshgrid(*[np.arange(-steps, steps + 1)] * 2, indexing="ij"))
    disc = j**2 + i**2 <= steps**2 + 1
    y, x = v + np.floor(j[disc] * radius / steps).astype(int), u + np.floor(i[disc] * radius / steps).astype(int)
    raw = depth[y, x]
    up = p[2] + (R[2, 0] * (x - cx) / fx + R[2, 1] * (y - cy) / fy + R[2, 2]) * raw * unit
    if ((raw > 0) & (raw <= nearest) & (up > lowest_W)).any():
        return MIXED
    return MIXED if not free and 2 * np.count_nonzero(raw == 0) > len(raw) else THROUGH
