"""Ways over the cells of a floor: A* (Hart, Nilsson and Raphael 1968) in eight directions.

Where no cell costs more than its length, steps that another way of the same length makes earlier are left out, and
the search jumps over cells from which there is one way on only (jump points: Harabor and Grastien 2011, their rules
for corners that must not be cut 2012). Lengths are counted in whole parts of 2^-28 of a cell: sums are exact and ties
are ties, whatever the order, and the octile distance is never more than the way, not even by a rounding. The square
root of two is off by 1e-9 of itself. What the grid says of a cell is looked up in blocks of 16 x 16 when the search
comes there, so a short way over a large floor takes no longer than over a small one.
"""

from __future__ import annotations

import numpy as np
from numba import types

from planners.navigation.kernels.compile import device, kernel, readonly
from planners.navigation.kernels.heap import grown, pop, push

__all__ = [
    "BAD_COST",
    "BAD_GOAL",
    "BAD_START",
    "COST_MAX",
    "FOUND",
    "NO_WAY",
    "ONE",
    "cheapest_way",
]

ONE = 1 << 28
"""The length of a straight step."""
DIAGONAL = round(2**0.5 * ONE)
COST_MAX = 1000.0
"""A cell may cost so many times its length: so no way over 2^25 cells is too long for a whole number of 63 bits."""
FOUND, NO_WAY, BAD_COST, BAD_START, BAD_GOAL = 0, 1, 2, 3, 4
_TAIL_BITS = 36
"""Tails of the queue: what is left to go [1/64 cell], and below it the cell."""
_AROUND = 255
"""Of what is known of a cell: which of the cells about it are free, as bits by direction."""
_ARRIVAL_BIT, _ARRIVAL, _START, _UNSEEN = 8, 15 << 8, 8, 15
"""The direction in which it was entered."""
_GOAL, _DONE = 1 << 12, 1 << 13
_PASSED_BIT, _PASSED = 16, 15 << 16
"""For each straight direction, whether whoever comes that way can but go on."""
_DX = np.array([1, 0, -1, 0, 1, -1, -1, 1])
_DY = np.array([0, 1, 0, -1, 1, 1, -1, -1])
"""The directions: four straight ones, and each diagonal one between straight k and k + 1."""


def _legal() -> np.ndarray:
    """Return the steps, as bits, that one may make, by what is free about: diagonal ones if both cells beside are."""
    table = np.zeros(256, np.uint8)
    for around in range(256):
        for k in range(4):
            beside = 1 << k | 1 << (k + 1) % 4
            table[around] |= around & (1 << k)
            table[around] |= around & (16 << k) if around & beside == beside else 0
    return table


def _onward() -> np.ndarray:
    """Return the steps worth making, as bits, by the direction of arrival (8: a start) and what is free about.

    After a diagonal step: the same one, and the two that it is made of. After a straight one: the same one; to a side,
    straight or half ahead, only where the cell behind on that side is blocked: else the way there from the cell before
    is shorter, or as long and turns earlier.
    """
    legal = _legal()
    table = np.zeros((9, 256), np.uint8)
    table[_START] = legal
    for around in range(256):
        for k in range(4):
            table[4 + k, around] = legal[around] & (16 << k | 1 << k | 1 << (k + 1) % 4)
            wanted = 1 << k
            if not around & 16 << (k + 1) % 4:  # behind, beside k + 1
                wanted |= 1 << (k + 1) % 4 | 16 << k
            if not around & 16 << (k + 2) % 4:  # behind, beside k + 3
                wanted |= 1 << (k + 3) % 4 | 16 << (k + 3) % 4
            table[k, around] = legal[around] & wanted
    return table


_LEGAL, _ONWARD = _legal(), _onward()
_PASS = np.zeros(256, np.uint32)
for _k in range(4):
    _PASS[_ONWARD[_k] == 1 << _k] |= 1 << (_PASSED_BIT + _k)


@device
def _left(x, y, box):
    """Return the octile distance from a cell to a box of cells: no way is shorter."""
    dx = max(0, box[0] - x, x - box[2])
    dy = max(0, box[1] - y, y - box[3])
    return ONE * max(dx, dy) + (DIAGONAL - ONE) * min(dx, dy)


@device
def _look(free, x, y, made, cells, rim):
    """Look up what the grid says of the block of cells that a cell is in, unless that was done.

    made: of which blocks that was done. rim: room for the block and the cells about it.
    """
    bx, by = x >> 4, y >> 4
    if made[by, bx]:
        return
    made[by, bx] = True
    height, width = free.shape
    for j in range(18):
        y = 16 * by + j - 1
        for i in range(18):
            x = 16 * bx + i - 1
            inside = x >= 0 and y >= 0 and x < width and y < height
            rim[j, i] = 1 if inside and free[y, x] else 0
    for j in range(min(16, height - 16 * by)):
        for i in range(min(16, width - 16 * bx)):
            around = rim[j + 1, i + 2] | rim[j + 2, i + 1] << 1 | rim[j + 1, i] << 2 | rim[j, i + 1] << 3
            around |= rim[j + 2, i + 2] << 4 | rim[j + 2, i] << 5 | rim[j, i] << 6 | rim[j, i + 2] << 7
            cells[(16 * by + j) * width + 16 * bx + i] = around | _UNSEEN << _ARRIVAL_BIT | _PASS[around]


@device
def _jump(k, x, y, free, made, cells, rim):
    """Return how many straight steps lead to the next cell where one may want to turn, or to a goal; 0 for none."""
    width = free.shape[1]
    at, dx, dy = y * width + x, _DX[k], _DY[k]
    step, count, passed = dy * width + dx, 0, 1 << (_PASSED_BIT + k)
    if not cells[at] >> k & 1:
        return 0
    while True:
        x, y, at, count = x + dx, y + dy, at + step, count + 1
        _look(free, x, y, made, cells, rim)
        along = x if dy == 0 else y
        run, more = (15 - (along & 15) if dx + dy > 0 else along & 15), 0  # so many more are in the block
        while more < run and cells[at] & passed:
            at += step
            more += 1
        known = np.int64(cells[at])
        x, y, count = x + more * dx, y + more * dy, count + more
        if known & passed:
            continue
        if known & _GOAL or _ONWARD[k, known & _AROUND]:
            return count
        return 0


@device
def _are_beside(cells, free):
    """Return whether any cell (x, y) is not one of the grid."""
    for i in range(cells.shape[0]):
        x, y = cells[i, 0], cells[i, 1]
        if x < 0 or y < 0 or x >= free.shape[1] or y >= free.shape[0]:
            return True
    return False


@device
def _diagonals(way):
    """Return how many steps of a way are diagonal."""
    count = 0
    for i in range(1, way.shape[0]):
        count += way[i, 0] != way[i - 1, 0] and way[i, 1] != way[i - 1, 1]
    return count


@device
def _direct_way(free, start, goal):
    """Return the way of as many diagonal steps as are needed, then straight ones; a part of it, if it is not free."""
    x, y = start[0], start[1]
    way = np.empty((max(abs(goal[0] - x), abs(goal[1] - y)) + 1, 2), np.int64)
    for i in range(way.shape[0]):
        if not free[y, x]:
            return way[:i]
        way[i, 0], way[i, 1] = x, y
        nx, ny = x + np.sign(goal[0] - x), y + np.sign(goal[1] - y)
        if not (free[y, nx] and free[ny, x]):
            return way[:i]
        x, y = nx, ny
    return way


@device
def _all_cost_well(free, cost):
    bad = False
    for y in range(free.shape[0]):
        for x in range(free.shape[1]):
            bad |= free[y, x] and not (cost[y, x] >= 1.0 and cost[y, x] <= COST_MAX)
    return not bad


@kernel(
    (
        readonly(types.boolean, 2),
        readonly(types.float32, 2),
        types.boolean,
        readonly(types.int64, 2),
        readonly(types.int64, 2),
    )
)
def cheapest_way(free, cost, costly, starts, goals):
    """Return the cheapest way from any start to any goal: whether there is one, its cells (x, y), its cost, and how
    many of its steps are diagonal.

    free: indexed [y, x]. cost: of a cell, looked at where `costly` only. A step costs its length times the mean of
    both cells' costs. A diagonal step needs both cells beside it. Of as cheap ways it is always the same one.
    """
    nothing = np.empty((0, 2), np.int64)
    if _are_beside(starts, free) or _are_beside(goals, free):
        return BAD_START if _are_beside(starts, free) else BAD_GOAL, nothing, np.int64(0), 0
    if costly and not _all_cost_well(free, cost):
        return BAD_COST, nothing, np.int64(0), 0
    if not costly and starts.shape[0] == 1 and goals.shape[0] == 1:
        way = _direct_way(free, starts[0], goals[0])
        if way.shape[0] > 0 and way[-1, 0] == goals[0, 0] and way[-1, 1] == goals[0, 1]:
            turns = _diagonals(way)
            return FOUND, way, (way.shape[0] - 1) * ONE + turns * (DIAGONAL - ONE), turns
    width = free.shape[1]
    made = np.zeros(((free.shape[0] + 15) >> 4, (width + 15) >> 4), np.bool_)
    rim = np.empty((18, 18), np.uint32)
    # nothing is written to these before the search comes there, so what it never comes to costs nothing
    cells, so_far = np.empty(free.size, np.uint32), np.empty(free.size, np.int64)
    before = np.empty(free.size, np.int32)
    keys, tails, count = np.empty(1024, np.int64), np.empty(1024, np.int64), 0
    box = np.array([width, free.shape[0], -1, -1])
    for i in range(goals.shape[0]):
        x, y = goals[i, 0], goals[i, 1]
        if free[y, x]:
            _look(free, x, y, made, cells, rim)
            cells[y * width + x] = (cells[y * width + x] & ~_PASSED) | _GOAL
            box[0], box[1] = min(box[0], x), min(box[1], y)
            box[2], box[3] = max(box[2], x), max(box[3], y)
    if box[2] < 0:
        return NO_WAY, nothing, np.int64(0), 0
    for i in range(starts.shape[0]):
        x, y = starts[i, 0], starts[i, 1]
        at = y * width + x
        if not free[y, x]:
            continue
        _look(free, x, y, made, cells, rim)
        if (cells[at] >> _ARRIVAL_BIT) & 15 == _START:
            continue
        cells[at] = (cells[at] & ~_ARRIVAL) | _START << _ARRIVAL_BIT
        so_far[at], before[at] = 0, -1
        if count == keys.size:
            keys, tails = grown(keys), grown(tails)
        left = _left(x, y, box)
        push(keys, tails, count, left, (left >> 22) << _TAIL_BITS | at)
        count += 1
    while count > 0:
        here = tails[0] & ((1 << _TAIL_BITS) - 1)
        pop(keys, tails, count)
        count -= 1
        known = np.int64(cells[here])
        if known & _DONE:
            continue
        cells[here] = known | _DONE
        if known & _GOAL:
            way = _way_to(here, before, width)
            return FOUND, way, so_far[here], _diagonals(way)
        y, x = here // width, here % width
        if costly:
            bits = np.int64(_LEGAL[known & _AROUND])
        else:
            bits = np.int64(_ONWARD[(known & _ARRIVAL) >> _ARRIVAL_BIT, known & _AROUND])
        for k in range(8):
            if not bits >> k & 1:
                continue
            # a diagonal jump goes on and on, and looks to both of its sides from everywhere
            ax, ay, diagonal, part = x, y, np.int64(0), 0
            while part >= 0:
                nx, ny, straight, arrival = ax, ay, np.int64(0), k
                if costly:
                    nx, ny, part = x + _DX[k], y + _DY[k], -1
                    straight, diagonal = (1, 0) if k < 4 else (0, 1)
                    _look(free, nx, ny, made, cells, rim)
                elif k < 4:
                    straight, part = _jump(k, x, y, free, made, cells, rim), -1
                    if straight == 0:
                        break
                    nx, ny = x + straight * _DX[k], y + straight * _DY[k]
                elif part == 0:  # one further
                    if not _LEGAL[cells[ay * width + ax] & _AROUND] >> k & 1:
                        break
                    ax, ay, diagonal, part = ax + _DX[k], ay + _DY[k], diagonal + 1, 1
                    _look(free, ax, ay, made, cells, rim)
                    nx, ny = ax, ay
                    if not cells[ay * width + ax] & _GOAL:
                        continue
                else:
                    arrival = k - 4 if part == 1 else (k - 3) & 3
                    part = 2 if part == 1 else 0
                    straight = _jump(arrival, ax, ay, free, made, cells, rim)
                    if straight == 0:
                        continue
                    nx, ny = ax + straight * _DX[arrival], ay + straight * _DY[arrival]
                there = ny * width + nx
                known = np.int64(cells[there])
                if known & _DONE:
                    continue
                length = straight * ONE + diagonal * DIAGONAL
                if costly:
                    length = np.int64(length * (0.5 * (np.float64(cost[y, x]) + np.float64(cost[ny, nx]))) + 0.5)
                reached = so_far[here] + length
                if known & _ARRIVAL != _ARRIVAL and reached >= so_far[there]:
                    continue
                so_far[there], before[there] = reached, here
                cells[there] = (known & ~_ARRIVAL) | arrival << _ARRIVAL_BIT
                left = _left(nx, ny, box)
                if count == keys.size:
                    keys, tails = grown(keys), grown(tails)
                push(keys, tails, count, reached + left, (left >> 22) << _TAIL_BITS | there)
                count += 1
    return NO_WAY, nothing, np.int64(0), 0


@device
def _way_to(goal, before, width):
    """Return all cells (x, y) from a start to a goal, over those that each was entered from: diagonally, then on."""
    way = np.empty((0, 2), np.int64)
    count = 0
    for gather in range(2):  # first they are counted
        if gather == 1:
            way = np.empty((count, 2), np.int64)
        at, count, last = np.int64(goal), 0, count
        x, y = at % width, at // width
        while at >= 0:
            bx, by = at % width, at // width  # the next jump's end
            while True:
                wide, high = abs(bx - x), abs(by - y)
                if wide + high > 0:
                    x += np.sign(bx - x) if wide >= high else 0
                    y += np.sign(by - y) if high >= wide else 0
                count += 1
                if gather == 1:
                    way[last - count, 0], way[last - count, 1] = x, y
                if x == bx and y == by:
                    break
            at = np.int64(before[at])
    return way
