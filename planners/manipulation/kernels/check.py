"""Whether an arm of spheres is clear of a map, of itself and of the robot that it stands on: at once, and on its way.

Arguments of the arm, as `ArmBody` packs them. X_PF (n, 3, 4): its chain. spheres (s, 4): x, y, z, radius in their
frames. clusters (c, 4): a sphere about some of them, in their frame too. members (c, 2): a cluster's first sphere, the
one after its last. balls (l, 4) and parts (l, 3): the same of links: a sphere about all of one, its frame, its first
cluster and the one after its last. pairs (p, 2): links that may touch each other. boxes (b, 15): of the robot, in R:
nine of the rotation to R, the middle, half the edges. reach_m (n, n + 1): how far the middles of all these of frame f
are from the axis of joint j at most.

And of the map. field (x, y, z): distance to the nearest obstacle [m] at nodes. grid (5): its first node in W, nodes
per metre, and the distance that is to be kept.
"""

from __future__ import annotations

import math

import numpy as np
from numba import float32, float64, int64

from planners.manipulation.kernels.chain import place_frames
from planners.navigation.kernels.compile import array, device, kernel, readonly

__all__ = ["first_hit", "rooms"]

CLOSE_M = 0.03
"""What has so much room is not looked at more closely."""
OWN_FROM = 2
"""The robot's boxes are checked from this frame on: what turns with the first joint stands on them."""
FAR_M = 1e3
_INTERVALS_MAX = 4096


@device
def _distance(field, grid, x, y, z):  # pragma: no cover - compiled
    """Return the distance at a point, trilinear between nodes; less than nothing beside the field."""
    u, v, w = (x - grid[0]) * grid[3], (y - grid[1]) * grid[3], (z - grid[2]) * grid[3]
    nx, ny, nz = field.shape
    if not (u >= 0.0 and v >= 0.0 and w >= 0.0 and u < nx - 1 and v < ny - 1 and w < nz - 1):
        return -FAR_M
    i, j, k = int(u), int(v), int(w)
    a, b, c = u - i, v - j, w - k
    low = (field[i, j, k] * (1 - c) + field[i, j, k + 1] * c) * (1 - b) + (
        field[i, j + 1, k] * (1 - c) + field[i, j + 1, k + 1] * c
    ) * b
    high = (field[i + 1, j, k] * (1 - c) + field[i + 1, j, k + 1] * c) * (1 - b) + (
        field[i + 1, j + 1, k] * (1 - c) + field[i + 1, j + 1, k + 1] * c
    ) * b
    return low * (1 - a) + high * a


@device
def _to_box(boxes, n, x, y, z):  # pragma: no cover - compiled
    """Return the distance from a point in R to a box; inside it is less than nothing."""
    x, y, z = x - boxes[n, 9], y - boxes[n, 10], z - boxes[n, 11]
    total, most = 0.0, -FAR_M
    for k in range(3):
        over = abs(boxes[n, k] * x + boxes[n, 3 + k] * y + boxes[n, 6 + k] * z) - boxes[n, 12 + k]
        most = max(most, over)
        if over > 0.0:
            total += over * over
    return math.sqrt(total) if total > 0.0 else most


@device
def _along(frames, f, i, rows, n):  # pragma: no cover - compiled
    """Return coordinate i of a sphere's middle."""
    return frames[f, i, 0] * rows[n, 0] + frames[f, i, 1] * rows[n, 1] + frames[f, i, 2] * rows[n, 2] + frames[f, i, 3]


@device
def _in_root(frames, i, x, y, z):  # pragma: no cover - compiled
    """Return coordinate i in R of a point of W."""
    x, y, z = x - frames[0, 0, 3], y - frames[0, 1, 3], z - frames[0, 2, 3]
    return frames[0, 0, i] * x + frames[0, 1, i] * y + frames[0, 2, i] * z


@device
def _room_at(frames, f, rows, n, boxes, field, grid):  # pragma: no cover - compiled
    """Return how far a sphere is from the map, less what is to be kept, and from the robot's boxes."""
    x, y, z = _along(frames, f, 0, rows, n), _along(frames, f, 1, rows, n), _along(frames, f, 2, rows, n)
    room = _distance(field, grid, x, y, z) - grid[4]
    if f >= OWN_FROM and boxes.shape[0] > 0:
        u, v, w = _in_root(frames, 0, x, y, z), _in_root(frames, 1, x, y, z), _in_root(frames, 2, x, y, z)
        for b in range(boxes.shape[0]):
            room = min(room, _to_box(boxes, b, u, v, w))
    return room - rows[n, 3]


@device
def _between(e, first, m, f, second, n, frames):  # pragma: no cover - compiled
    """Return the room between a sphere of frame e and one of frame f."""
    x = _along(frames, e, 0, first, m) - _along(frames, f, 0, second, n)
    y = _along(frames, e, 1, first, m) - _along(frames, f, 1, second, n)
    z = _along(frames, e, 2, first, m) - _along(frames, f, 2, second, n)
    return math.sqrt(x * x + y * y + z * z) - first[m, 3] - second[n, 3]


@device
def _for_the_map(
    frames, spheres, clusters, members, balls, parts, boxes, field, grid, speed, cap
):  # pragma: no cover - compiled
    """Return for how long, at most cap, nothing can touch the map or the robot's boxes; see `_least_room`."""
    least = cap
    for link in range(parts.shape[0]):
        f = parts[link, 0]
        if f == 0:
            continue
        pace = speed[0, f]
        room = _room_at(frames, f, balls, link, boxes, field, grid)
        if room >= CLOSE_M or room >= least * pace:
            least = min(least, room / pace)
            continue
        for c in range(parts[link, 1], parts[link, 2]):
            room = _room_at(frames, f, clusters, c, boxes, field, grid)
            if room >= CLOSE_M or room >= least * pace:
                least = min(least, room / pace)
                continue
            for s in range(members[c, 0], members[c, 1]):
                room = _room_at(frames, f, spheres, s, boxes, field, grid)
                if room < 0.0:
                    return -1.0
                least = min(least, room / pace)
    return least


@device
def _for_itself(
    frames, spheres, clusters, members, balls, parts, pairs, speed, cap, middle
):  # pragma: no cover - compiled
    """Return for how long, at most cap, no links can touch each other; see `_least_room`."""
    least = cap
    for link in range(parts.shape[0]):
        for i in range(3):
            middle[link, i] = _along(frames, parts[link, 0], i, balls, link)
    for n in range(pairs.shape[0]):
        k, l = pairs[n, 0], pairs[n, 1]  # noqa: E741
        x, y, z = middle[k, 0] - middle[l, 0], middle[k, 1] - middle[l, 1], middle[k, 2] - middle[l, 2]
        e, f = parts[k, 0], parts[l, 0]
        pace = speed[min(e, f), max(e, f)]
        room = math.sqrt(x * x + y * y + z * z) - balls[k, 3] - balls[l, 3]
        if room >= CLOSE_M or room >= least * pace:
            least = min(least, room / pace)
            continue
        for c in range(parts[k, 1], parts[k, 2]):
            room = _between(e, clusters, c, f, balls, l, frames)
            if room >= CLOSE_M or room >= least * pace:
                least = min(least, room / pace)
                continue
            for d in range(parts[l, 1], parts[l, 2]):
                room = _between(e, clusters, c, f, clusters, d, frames)
                if room >= CLOSE_M or room >= least * pace:
                    least = min(least, room / pace)
                    continue
                for s in range(members[c, 0], members[c, 1]):
                    room = _between(e, spheres, s, f, clusters, d, frames)
                    if room >= CLOSE_M or room >= least * pace:
                        least = min(least, room / pace)
                        continue
                    for t in range(members[d, 0], members[d, 1]):
                        room = _between(e, spheres, s, f, spheres, t, frames)
                        if room < 0.0:
                            return -1.0
                        least = min(least, room / pace)
    return least


@kernel(
    (
        readonly(float64, 1), readonly(float64, 1), float64, readonly(float64, 2), readonly(float64, 3),
        readonly(float64, 2), readonly(float64, 2), readonly(int64, 2), readonly(float64, 2), readonly(int64, 2),
        readonly(int64, 2), readonly(float64, 2), readonly(float64, 2), readonly(float32, 3), readonly(float64, 1),
    )
)  # fmt: skip
def first_hit(
    start_rad, end_rad, slip_m, X_WR, X_PF, spheres, clusters, members, balls, parts, pairs, boxes, reach_m, field, grid
):  # pragma: no cover - compiled
    """Return where on the straight way between two joint vectors a touch was found, from 0 to 1; 2 where none is.

    Bisection that leaves out what cannot touch (Schwarzer, Saha and Latombe 2005): from a vector at which all have
    some room, the arm can turn until its fastest sphere may have used it up. So that this ends, spheres are let come
    closer by slip_m between two looks. It is not always the first touch on the way. X_WR (3, 4).
    """
    n = start_rad.shape[0]
    frames, here, middle = np.empty((n + 1, 3, 4)), np.empty(n), np.empty((parts.shape[0], 3))
    speed = np.zeros((n + 1, n + 1))  # of the second frame as seen from the first, at most [m in the whole way]
    for e in range(n + 1):
        for f in range(e + 1, n + 1):
            for j in range(e, f):
                speed[e, f] += abs(end_rad[j] - start_rad[j]) * reach_m[j, f]
    fastest = speed[0].max()
    for e in range(n + 1):
        for f in range(n + 1):
            speed[e, f] = max(speed[e, f], 1e-12)
    slip = slip_m / max(fastest, 1e-12)  # in parts of the way
    for i in range(3):
        for j in range(4):
            frames[0, i, j] = X_WR[i, j]
    queue = np.empty((_INTERVALS_MAX, 2))
    queue[0, 0], queue[0, 1], queue[1, 0], queue[1, 1], queue[2, 0], queue[2, 1] = 1.0, 1.0, 0.0, 0.0, 0.0, 1.0
    first, last = 0, 3 if fastest > 0.0 else 1
    while first < last:
        low, high = queue[first, 0], queue[first, 1]
        first += 1
        at, half = (low + high) / 2, (high - low) / 2
        for j in range(n):
            here[j] = start_rad[j] + at * (end_rad[j] - start_rad[j])
        place_frames(X_PF, here, frames)
        room = _for_the_map(frames, spheres, clusters, members, balls, parts, boxes, field, grid, speed, half)
        if room >= 0.0:
            room = _for_itself(frames, spheres, clusters, members, balls, parts, pairs, speed, room, middle)
        if room < 0.0:
            return at
        room += slip
        if room < half:
            if last + 2 > _INTERVALS_MAX:
                return at
            queue[last, 0], queue[last, 1] = low, at - room
            queue[last + 1, 0], queue[last + 1, 1] = at + room, high
            last += 2
    return 2.0


@kernel(
    (
        readonly(float64, 1), readonly(float64, 2), readonly(float64, 3), readonly(float64, 2), readonly(float64, 2),
        readonly(int64, 2), readonly(float64, 2), readonly(int64, 2), readonly(int64, 2), readonly(float64, 2),
        readonly(float32, 3), readonly(float64, 1), array(float64, 2), array(float64, 1),
    )
)  # fmt: skip
def rooms(
    joints_rad, X_WR, X_PF, spheres, clusters, members, balls, parts, pairs, boxes, field, grid, of_link, of_pair
):  # pragma: no cover - compiled
    """Set how much room there is at one joint vector, looking at every sphere.

    of_link (l, 2): from the map, less what is to be kept, and from the robot's boxes; inf where that is not checked.
    of_pair (p): between two links.
    """
    n = joints_rad.shape[0]
    frames = np.empty((n + 1, 3, 4))
    frames[0] = X_WR
    place_frames(X_PF, joints_rad, frames)
    of_link[:] = np.inf
    of_pair[:] = np.inf
    for link in range(parts.shape[0]):
        f = parts[link, 0]
        for s in range(members[parts[link, 1], 0], members[parts[link, 2] - 1, 1]):
            x, y, z = (
                _along(frames, f, 0, spheres, s),
                _along(frames, f, 1, spheres, s),
                _along(frames, f, 2, spheres, s),
            )
            if f > 0:
                of_link[link, 0] = min(of_link[link, 0], _distance(field, grid, x, y, z) - grid[4] - spheres[s, 3])
            if f >= OWN_FROM:
                u, v, w = _in_root(frames, 0, x, y, z), _in_root(frames, 1, x, y, z), _in_root(frames, 2, x, y, z)
                for b in range(boxes.shape[0]):
                    of_link[link, 1] = min(of_link[link, 1], _to_box(boxes, b, u, v, w) - spheres[s, 3])
    for p in range(pairs.shape[0]):
        k, l = pairs[p, 0], pairs[p, 1]  # noqa: E741
        for s in range(members[parts[k, 1], 0], members[parts[k, 2] - 1, 1]):
            for t in range(members[parts[l, 1], 0], members[parts[l, 2] - 1, 1]):
                room = _between(parts[k, 0], spheres, s, parts[l, 0], spheres, t, frames)
                of_pair[p] = min(of_pair[p], room)
