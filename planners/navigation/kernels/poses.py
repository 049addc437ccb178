"""Ways of an outline through poses (x, y, yaw): A* over moves that a base can make, forward, back and on the spot.

Hybrid A* (Dolgov, Thrun, Montemerlo and Diebel 2008): moves join poses exactly, and of the poses in one cell and one
part of the circle the one that was come to the cheapest is gone on from.
"""

from __future__ import annotations

import math

import numpy as np
from numba import float32, float64, int64

from planners.navigation.kernels.arcs import room_m
from planners.navigation.kernels.compile import array, device, kernel, readonly
from planners.navigation.kernels.heap import pop, push

__all__ = ["GO_ON", "HEADINGS", "NO_WAY", "search_poses", "square_side"]

NO_WAY, GO_ON = -1, -2
HEADINGS = 72
"""Parts of the circle."""
BIN_M = 0.08
SUBSTEPS = 4
"""A move is looked at in so many places."""
CROWDED = 2.0
"""How many times its cost a move costs more that touches."""


@device
def square_side(half_m):
    """Return of how many bins a side of the square about the start has."""
    return 2 * int(half_m / BIN_M) + 1


@device
def _rest(x, y, yaw, targets, turn_cost):  # pragma: no cover - compiled
    """Return the least that it costs to come to a target and on from there [m]."""
    least = np.inf
    for k in range(targets.shape[0]):
        away = math.hypot(targets[k, 0] - x, targets[k, 1] - y)
        turn = abs((yaw - targets[k, 2] + math.pi) % (2.0 * math.pi) - math.pi)
        least = min(least, max(away, turn_cost * turn) + targets[k, 3])
    return least


@device
def _is_there(x, y, yaw, targets, within_m, within_rad):  # pragma: no cover - compiled
    """Return whether a pose is as near to a target, and as well turned, as is enough."""
    for k in range(targets.shape[0]):
        if math.hypot(targets[k, 0] - x, targets[k, 1] - y) <= within_m:
            away = (yaw - targets[k, 2] + math.pi) % (2.0 * math.pi) - math.pi
            if abs(away) <= within_rad:
                return True
    return False


@device
def _bin(x, y, yaw, start, side):  # pragma: no cover - compiled
    """Return the number of the bin of a pose; -1 beside the square about the start."""
    column = math.floor((x - start[0]) / BIN_M + 0.5) + side // 2
    row = math.floor((y - start[1]) / BIN_M + 0.5) + side // 2
    if column < 0 or row < 0 or column >= side or row >= side:
        return -1
    part = math.floor(yaw / (2.0 * math.pi) * HEADINGS + 0.5) % HEADINGS
    return (part * side + row) * side + column


@device
def _at(field, grid, x, y):  # pragma: no cover - compiled
    """Return the value of a field of the grid in the cell of a point; 0 beside it."""
    column, row = math.floor((x - grid[0]) / grid[2]), math.floor((y - grid[1]) / grid[2])
    if column < 0 or row < 0 or column >= field.shape[1] or row >= field.shape[0]:
        return 0.0
    return float(field[int(row), int(column)])


@device
def _traced(at, came, out):  # pragma: no cover - compiled
    """Write the moves to a pose; return how many, `NO_WAY` where they are more than there is room for."""
    count, back = 0, at
    while came[back, 0] >= 0:
        count, back = count + 1, came[back, 0]
    if count > out.size:
        return NO_WAY
    for k in range(count - 1, -1, -1):
        out[k], at = came[at, 1], came[at, 0]
    return count


@kernel(
    (
        readonly(float32, 2),
        readonly(float32, 2),
        readonly(float64, 1),
        readonly(float64, 2),
        readonly(float64, 2),
        readonly(float64, 2),
        readonly(float64, 1),
        int64,
        array(float32, 1),
        array(float64, 2),
        array(int64, 2),
        array(float64, 1),
        array(int64, 1),
        array(int64, 1),
        array(int64, 1),
    )
)
def search_poses(
    solid_m, known_m, grid, outline, moves, targets, limits, most, best, poses, came, keys, tails, counts, out
):  # pragma: no cover - compiled
    """Look for the cheapest moves to any target, for a while; return how many (in out), `NO_WAY`, or `GO_ON`.

    solid_m, known_m: from the middle of each cell to what is solid, and to what is not known to be free. grid: x0, y0,
    cell_m. outline: points round the base, in B. moves: metres, turn [rad], cost [m], gear (whoever changes it pays
    limits[6]). targets: x, y, yaw, cost from there on [m]. limits: least room of the outline, and least known_m of the
    middle, or what there is at the start where that is less; from the middle, beyond which distance nothing can touch;
    how near and how well turned to a target is there; with how much room a move costs no more; what to change gear
    costs; half the side of the square about the start that is searched; what a turn costs at least [m/rad]; by how much
    the outline may come nearer than it is at the start, where there is less than the least room. most: so many poses
    are gone on from now. What stays between calls: best, of every bin the cost [m], inf at first; poses (x,
    y, yaw, cost), the start first, and came (from which, by which move; -1 at the start); keys and tails of the queue;
    counts, of what is queued and made, 1 and 1 at first, the start queued. Full arrays end the search. out: numbers of
    moves.
    """
    start = poses[0]
    limit = min(limits[0], room_m(solid_m, grid, outline, start[0], start[1], start[2]) - limits[9] - 1e-6)
    least_known = min(limits[1], _at(known_m, grid, start[0], start[1]))
    clear, within_m, within_rad, like = limits[2], limits[3], limits[4], limits[5]
    side = square_side(limits[7])
    queued, made = counts[0], counts[1]
    for _ in range(most):
        if queued == 0:
            return NO_WAY
        at = tails[0]
        pop(keys, tails, queued)
        queued -= 1
        x0, y0, yaw0 = poses[at, 0], poses[at, 1], poses[at, 2]
        if at > 0 and poses[at, 3] > best[_bin(x0, y0, yaw0, start, side)] + 1e-6:
            continue
        if at > 0 and _is_there(x0, y0, yaw0, targets, within_m, within_rad):
            return _traced(at, came, out)
        gear = -1.0 if at == 0 else moves[came[at, 1], 3]
        for m in range(moves.shape[0]):
            x, y, yaw = x0, y0, yaw0
            half = moves[m, 1] / SUBSTEPS / 2.0
            chord = moves[m, 0] / SUBSTEPS * (math.sin(half) / half if abs(half) > 1e-9 else 1.0)
            least = np.inf
            for _ in range(SUBSTEPS):
                x += chord * math.cos(yaw + half)
                y += chord * math.sin(yaw + half)
                yaw += 2.0 * half
                middle = _at(solid_m, grid, x, y)
                now = middle - clear if middle > clear + like else room_m(solid_m, grid, outline, x, y, yaw)
                least = min(least, now)
                if least < limit:
                    break
            there = _bin(x, y, yaw, start, side)
            if least < limit or there < 0 or _at(known_m, grid, x, y) < least_known:
                continue
            cost = poses[at, 3] + moves[m, 2] * (1.0 + CROWDED * max(like - least, 0.0) / like)
            if gear >= 0.0 and gear != moves[m, 3]:
                cost += limits[6]
            if cost + 1e-6 >= best[there]:
                continue
            if made == poses.shape[0]:
                return NO_WAY
            best[there] = cost
            poses[made, 0], poses[made, 1], poses[made, 2], poses[made, 3] = x, y, yaw, cost
            came[made, 0], came[made, 1] = at, m
            push(keys, tails, queued, cost + _rest(x, y, yaw, targets, limits[8]), made)
            queued, made = queued + 1, made + 1
    counts[0], counts[1] = queued, made
    return GO_ON
