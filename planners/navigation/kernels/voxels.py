"""Ways through free voxels: A* (Hart, Nilsson and Raphael 1968) in 26 directions.

What is known of voxels is kept in blocks of 8 x 8 x 8 that are made where the search comes, so a search costs memory
for the space that it looked at, not for the whole grid. Steps are left out where another way from the voxel before is
shorter, or as long and ends with a shorter step (Harabor and Grastien 2011, without their jumps): in the open 1, 3 or
7 of 26 are left. Lengths are whole parts of 2^-28 of a voxel, so such ties are exact.
"""

from __future__ import annotations

from itertools import product

import numpy as np
from numba import types

from planners.navigation.kernels.compile import device, kernel, readonly
from planners.navigation.kernels.heap import grown, pop, push

__all__ = ["shortest_way"]

_STEPS = [(dx, dy, dz) for dx in (-1, 0, 1) for dy in (-1, 0, 1) for dz in (-1, 0, 1)]
_SELF = 13
"""The step that is none; as a direction of arrival, that of a start."""


def _number(step: tuple[int, ...]) -> int:
    return 9 * step[0] + 3 * step[1] + step[2] + 13


_ONE = 1 << 28
_LENGTHS = (0, *(round(n**0.5 * _ONE) for n in (1, 2, 3)))
_FLAT, _STEEP = _LENGTHS[2] - _LENGTHS[1], _LENGTHS[3] - _LENGTHS[2]


def _between(a: tuple[int, ...], b: tuple[int, ...]) -> int:
    """Return the voxels of the box that two voxels span, as bits: a step from one to the other needs them all."""
    spans = [range(min(c, d), max(c, d) + 1) for c, d in zip(a, b, strict=True)]
    return sum(1 << _number(voxel) for voxel in product(*spans))


def _length(a: tuple[int, ...], b: tuple[int, ...]) -> int:
    """Return the length of a step; more than any way that is asked for, if the voxels are no neighbours."""
    apart = [abs(c - d) for c, d in zip(a, b, strict=True)]
    return _LENGTHS[sum(apart)] if max(apart) <= 1 else 9 * _ONE


def _instead(arrival: tuple[int, ...], step: tuple[int, ...]) -> list[int]:
    """Return what must be free about a voxel, as bits, for each other way from the one before to the one after it.

    Such a way of one or two steps must be shorter, or as long and end with a shorter step. From any shortest way that
    ends with the shortest last step of all, no step is left out by that, whatever way came first to each voxel of it.
    """
    first, here = tuple(-d for d in arrival), (0, 0, 0)
    whole = _length(first, here) + _length(here, step)
    needs = [_between(first, step)] if _length(first, step) < whole else []
    for over in _STEPS:
        length = _length(first, over) + _length(over, step)
        if over not in (here, first, step) and (length, _length(over, step)) < (whole, _length(here, step)):
            needs.append(_between(first, over) | _between(over, step))
    needs.sort(key=lambda bits: (bin(bits).count("1"), bits))
    return [need for i, need in enumerate(needs) if all(need & less != less for less in needs[:i])]


def _ways_instead() -> np.ndarray:
    """Return `_instead` for every direction of arrival and step, ended by bits that never are; a start has none."""
    lists = [[_instead(a, b) if _SELF not in (_number(a), _number(b)) else [] for b in _STEPS] for a in _STEPS]
    table = np.full((27, 27, 1 + max(len(one) for row in lists for one in row)), -1, np.int64)
    for a, row in enumerate(lists):
        for b, one in enumerate(row):
            table[a, b, : len(one)] = one
    return table


def _following(instead: np.ndarray) -> np.ndarray:
    """Return for each direction of arrival the steps that go on from there in the open, ended by the step of none."""
    table = np.full((27, 27), _SELF, np.int64)
    for k in range(27):
        steps = [step for step in range(27) if step != _SELF and instead[k, step, 0] < 0]
        table[k, : len(steps)] = steps
    return table


_D = np.array(_STEPS, np.int64)
_LENGTH = np.array([_length((0, 0, 0), step) for step in _STEPS], np.int64)
_BOX = np.array([_between((0, 0, 0), step) for step in _STEPS], np.int64)
_INSTEAD = _ways_instead()
_FOLLOWING = _following(_INSTEAD)
_ALL = (1 << 27) - 1
_TAIL_BITS = 36
"""Tails of the queue: what is left to go [1/64 voxel], and below it the voxel."""
_ARRIVAL, _UNSEEN = 31, 31
_DONE = 32
"""What is known of a voxel beside the direction of arrival."""


@device
def _left(x, y, z, box):
    """Return the length of the way from a voxel to a box of voxels where nothing is in the way."""
    dx = max(0, box[0] - x, x - box[3])
    dy = max(0, box[1] - y, y - box[4])
    dz = max(0, box[2] - z, z - box[5])
    low, high = min(dx, dy, dz), max(dx, dy, dz)
    return _ONE * high + _FLAT * (dx + dy + dz - low - high) + _STEEP * low


@device
def _look(free, bx, by, bz, state, around, first, rim):
    """Look up what the grid says of the voxels of a block: which ones about each are free, as bits by step.

    rim: room for the block and the voxels about it.
    """
    nx, ny, nz = free.shape
    for i in range(10):
        x = 8 * bx + i - 1
        for j in range(10):
            y = 8 * by + j - 1
            inside = x >= 0 and y >= 0 and x < nx and y < ny
            for k in range(10):
                z = 8 * bz + k - 1
                rim[i, j, k] = 1 if inside and z >= 0 and z < nz and free[x, y, z] else 0
    for i in range(8):
        for j in range(8):
            at = first + 64 * i + 8 * j
            for k in range(8):
                bits = np.uint32(0)
                for a in range(3):
                    for b in range(3):
                        row = rim[i + a, j + b, k] | rim[i + a, j + b, k + 1] << 1 | rim[i + a, j + b, k + 2] << 2
                        bits |= np.uint32(row << (9 * a + 3 * b))
                around[at + k] = bits
                state[at + k] = _UNSEEN


@device
def _is_worth(arrival, k, about):
    """Return whether a step may be made, and no other way makes it needless."""
    if about & _BOX[k] != _BOX[k]:
        return False
    i = 0
    while _INSTEAD[arrival, k, i] >= 0:
        if about & _INSTEAD[arrival, k, i] == _INSTEAD[arrival, k, i]:
            return False
        i += 1
    return True


@kernel((readonly(types.boolean, 3), readonly(types.int64, 2), readonly(types.int64, 2)))
def shortest_way(free, starts, goals):
    """Return the shortest way from any start to any goal: its voxels (x, y, z), none where there is no way.

    free: indexed [x, y, z]. A step needs all voxels of the box that it spans. Of ways as short it is always the same.
    """
    bx_count, by_count = (free.shape[0] + 7) >> 3, (free.shape[1] + 7) >> 3
    bz_count = (free.shape[2] + 7) >> 3
    slot_of = np.full((bx_count, by_count, bz_count), -1, np.int32)
    corner = np.empty((64, 3), np.int64)  # of each block
    state, so_far = np.empty(64 * 512, np.uint8), np.empty(64 * 512, np.int64)
    around, rim = np.empty(64 * 512, np.uint32), np.empty((10, 10, 10), np.uint32)
    slots = 0
    keys, tails, count = np.empty(1024, np.int64), np.empty(1024, np.int64), 0
    box = np.array([free.shape[0], free.shape[1], free.shape[2], -1, -1, -1])
    for i in range(goals.shape[0]):
        if free[goals[i, 0], goals[i, 1], goals[i, 2]]:
            for k in range(3):
                box[k], box[3 + k] = min(box[k], goals[i, k]), max(box[3 + k], goals[i, k])
    single = box[0] == box[3] and box[1] == box[4] and box[2] == box[5]
    pending = starts.shape[0] if box[3] >= 0 else 0
    here = np.int64(0)
    x, y, z = np.int64(0), np.int64(0), np.int64(0)
    total = np.int64(0)
    table = np.empty(27, np.int64)
    while pending > 0 or count > 0:
        if pending > 0:  # starts are entered by the step of none, one after the other
            pending -= 1
            x, y, z = starts[pending, 0], starts[pending, 1], starts[pending, 2]
            if not free[x, y, z]:
                continue
            total = np.int64(0)
            table[0], steps = _SELF, 1
        else:
            here = tails[0] & ((1 << _TAIL_BITS) - 1)
            pop(keys, tails, count)
            count -= 1
            known = state[here]
            if known & _DONE:
                continue
            state[here] = known | _DONE
            slot, local = here >> 9, here & 511
            x = corner[slot, 0] + (local >> 6)
            y = corner[slot, 1] + ((local >> 3) & 7)
            z = corner[slot, 2] + (local & 7)
            if x >= box[0] and x <= box[3] and y >= box[1] and y <= box[4] and z >= box[2] and z <= box[5]:
                is_goal = single
                for i in range(goals.shape[0]):
                    is_goal = is_goal or (goals[i, 0] == x and goals[i, 1] == y and goals[i, 2] == z)
                if is_goal:
                    return _way_to(x, y, z, slot_of, state)
            total = so_far[here]
            about, arrival, steps = np.int64(around[here]), known & _ARRIVAL, 0
            if about == _ALL:
                while steps < 26 and _FOLLOWING[arrival, steps] != _SELF:
                    table[steps] = _FOLLOWING[arrival, steps]
                    steps += 1
            else:
                for k in range(27):
                    if k != _SELF and _is_worth(arrival, k, about):
                        table[steps] = k
                        steps += 1
        for s in range(steps):
            k = table[s]
            ax, ay, az = x + _D[k, 0], y + _D[k, 1], z + _D[k, 2]
            slot = np.int64(slot_of[ax >> 3, ay >> 3, az >> 3])
            if slot < 0:
                slot = slots
                slots += 1
                if 512 * slots > state.size:
                    state, so_far, around = grown(state), grown(so_far), grown(around)
                    corner = grown(corner.reshape(-1)).reshape(-1, 3)
                slot_of[ax >> 3, ay >> 3, az >> 3] = slot
                corner[slot, 0], corner[slot, 1], corner[slot, 2] = ax & ~7, ay & ~7, az & ~7
                _look(free, ax >> 3, ay >> 3, az >> 3, state, around, 512 * slot, rim)
            there = slot << 9 | (ax & 7) << 6 | (ay & 7) << 3 | (az & 7)
            known = state[there]
            reached = total + _LENGTH[k]
            if known & _DONE or (known & _ARRIVAL != _UNSEEN and reached >= so_far[there]):
                continue
            so_far[there] = reached
            state[there] = (known & ~_ARRIVAL) | k
            left = _left(ax, ay, az, box)
            if count == keys.size:
                keys, tails = grown(keys), grown(tails)
            push(keys, tails, count, reached + left, (left >> 22) << _TAIL_BITS | there)
            count += 1
    return np.empty((0, 3), np.int64)


@device
def _way_to(x, y, z, slot_of, state):
    """Return the voxels from a start to one, by the directions in which they were entered."""
    count, ax, ay, az = 0, x, y, z
    way = np.empty((0, 3), np.int64)
    for gather in range(2):  # first they are counted
        if gather == 1:
            way = np.empty((count, 3), np.int64)
        ax, ay, az = x, y, z
        at = count
        count = 0
        while True:
            at -= 1
            count += 1
            if gather == 1:
                way[at, 0], way[at, 1], way[at, 2] = ax, ay, az
            slot = np.int64(slot_of[ax >> 3, ay >> 3, az >> 3])
            k = state[slot << 9 | (ax & 7) << 6 | (ay & 7) << 3 | (az & 7)] & _ARRIVAL
            if k == _SELF:
                break
            ax, ay, az = ax - _D[k, 0], ay - _D[k, 1], az - _D[k, 2]
    return way
