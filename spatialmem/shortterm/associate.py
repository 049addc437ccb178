"""Which detection is which object: costs for the few pairs that are near, and the cheapest assignment of all.

A pair costs -ln of how well it fits: position (Mahalanobis, half its square), label, and size. A detection that fits
nothing within `GATE` is something new. The assignment is exact (Jonker and Volgenant 1987, from scipy).
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float64, Int64

from spatialmem.shortterm.faces import AXES_W, DIAGONAL, STRAIGHT
from spatialmem.shortterm.fusion import Sightings
from spatialmem.shortterm.labels import label_cost, most_probable
from spatialmem.shortterm.table import Table
from spatialmem.shortterm.track import predict, rest_predict

__all__ = ["assign", "near_pairs"]

GATE = 8.13
"""Half of 16.27: 99.9 % of the chi-square distribution with three degrees of freedom."""
NEAR_M = 0.3
"""Boxes farther apart than this are not looked at."""
SIZE_SIGMA = 0.5
"""Of the logarithm of how large an object looks along one axis."""
SIZE_LEAST_M = 0.03
"""Differences in size are judged as if everything were larger by this."""
SHAPE_SHARE, SHAPE_SHARE_OPEN = 0.03, 0.1
"""How far the middle may be off besides, one standard deviation as a share of the object's size; the second where a
part is hidden."""
SURE_SIGMA_M = 0.012
"""Whoever knows to this where an object is knows it well enough."""
DOUBTFUL = 2.0
"""So much more costs what is not confirmed yet, or missing: it may never have been there, or be gone."""
SLACK_SHARE = 0.3
"""Where nothing hides either, a smaller box may lie off the middle of a larger one by this share of the difference."""
FAMILIAR = 3.0
"""A label with a lower cost is one that the object is taken for now and then: parts of it may be hidden."""
FORBIDDEN = 1e6
LEAP_M_S, LEAP_S = 1.5, 0.5
"""A thing that was seen so lately may have been moved at this speed since, if nothing else can be meant."""
LEAP_SIZE_COST, LEAP_SIGHTINGS = 1.0, 3


def near_pairs(
    table: Table, middle_W: Float64[np.ndarray, "m 3"], half_m: Float64[np.ndarray, "m 3"]
) -> tuple[Int64[np.ndarray, "k"], Int64[np.ndarray, "k"]]:
    """Return which detections and rows of the table have boxes that touch or nearly do, by detection and then id."""
    reach = half_m + NEAR_M
    nobody = np.zeros(0, np.int64)
    if len(middle_W) == 0:
        return nobody, nobody
    low, high = (middle_W - reach).min(axis=0), (middle_W + reach).max(axis=0)
    middle, half = table.middle[:, 0], table.half[:, 0]
    about = np.flatnonzero((middle + half >= low[0]) & (middle - half <= high[0]))
    for axis in (1, 2):  # what is near to none of them goes first: of 10,000 objects a few are in view
        middle, half = table.middle[about, axis], table.half[about, axis]
        about = about[(middle + half >= low[axis]) & (middle - half <= high[axis])]
    apart_x = np.abs(middle_W[:, :1] - table.middle[about, 0]) <= reach[:, :1] + table.half[about, 0]
    which, column = np.nonzero(apart_x)
    rows = about[column]
    for axis in (1, 2):
        gap = np.abs(middle_W[which, axis] - table.middle[rows, axis])
        near = gap <= reach[which, axis] + table.half[rows, axis]
        which, rows = which[near], rows[near]
    order = np.lexsort((table.ids[rows], which))
    return which[order], rows[order]


def assign(
    table: Table,
    seen: Sightings,
    *,
    stamp_ns: int,
    noise_m2_s3: float,
    coast_s: float,
) -> tuple[Int64[np.ndarray, "m"], Bool[np.ndarray, "m"], tuple[Int64[np.ndarray, "k"], Int64[np.ndarray, "k"]]]:
    """Return the row of each detection's object, -1 for new ones; which of them leapt; and the pairs that are near.

    What leapt is where its filters did not expect it: somebody has taken it up. It is believed where a detection has
    only one object of its label near it, that was seen a moment ago and is not seen elsewhere now.
    """
    from scipy.optimize import linear_sum_assignment

    found = np.full(len(seen), -1, np.int64)
    which, rows = near_pairs(table, seen.middle, seen.half)
    if len(which) == 0:
        return found, np.zeros(len(seen), bool), (which, rows)
    cost = _costs(table, seen, which, rows, stamp_ns, noise_m2_s3, coast_s)
    kept = cost < FORBIDDEN
    names, columns = np.unique(table.ids[rows[kept]], return_inverse=True)
    sure = table.confirmed[rows[kept]] & ~table.missing[rows[kept]]
    matrix = np.full((len(seen), len(names) + len(seen)), FORBIDDEN)
    matrix[which[kept], columns] = cost[kept] + np.where(sure, 0.0, DOUBTFUL)
    matrix[np.arange(len(seen)), len(names) + np.arange(len(seen))] = GATE + DOUBTFUL
    taken, column = linear_sum_assignment(matrix)
    real = column < len(names)
    found[taken[real]] = table.rows(names[column[real]].tolist())
    leaps = found < 0
    _follow_leaps(table, seen, found, which, rows, stamp_ns)
    return found, leaps & (found >= 0), (which, rows)


def _follow_leaps(
    table: Table,
    seen: Sightings,
    found: Int64[np.ndarray, "m"],
    which: Int64[np.ndarray, "k"],
    rows: Int64[np.ndarray, "k"],
    stamp_ns: int,
) -> None:
    """Give detections that fit nothing the one object that they can be, in place; the nearest comes first."""
    taken = set(found.tolist())
    leaps = []
    for i in np.flatnonzero(found < 0).tolist():
        label = seen.lifted[i].label
        about = rows[which == i].tolist()
        alike = [row for row in about if most_probable(table.notes[int(table.ids[row])].votes) == label]
        if len(alike) != 1 or alike[0] in taken or table.sightings[alike[0]] < LEAP_SIGHTINGS:
            continue
        row = alike[0]
        since_s = (stamp_ns - int(table.stamp_ns[row])) * 1e-9
        apart = seen.middle[i] - table.middle[row]
        apart_m2 = float((apart * apart).sum())
        straight = table.faces[row][list(STRAIGHT)]
        half = (straight[:, 1] - straight[:, 0]) / 2
        size = _size_cost(seen.half[i : i + 1], half[None], np.zeros((1, 3), bool))[0]
        if 0 < since_s <= LEAP_S and apart_m2 <= (LEAP_M_S * since_s) ** 2 and size <= LEAP_SIZE_COST:
            leaps.append((apart_m2, i, row))
    for _, i, row in sorted(leaps):
        if row not in taken:
            found[i] = row
            taken.add(row)


def _costs(
    table: Table,
    seen: Sightings,
    which: Int64[np.ndarray, "k"],
    rows: Int64[np.ndarray, "k"],
    stamp_ns: int,
    noise_m2_s3: float,
    coast_s: float,
) -> Float64[np.ndarray, "k"]:
    """Return what each pair costs; FORBIDDEN beyond the gate."""
    labels = np.array(
        [
            label_cost(table.notes[object_id].votes, seen.lifted[i].label, seen.lifted[i].score)
            for i, object_id in zip(which.tolist(), table.ids[rows].tolist(), strict=True)
        ]
    )
    familiar = labels < FAMILIAR
    straight = table.faces[rows][:, STRAIGHT]
    half = (straight[..., 1] - straight[..., 0]) / 2
    offset = straight.mean(axis=2)
    smaller = seen.half[which] < half
    ends_now, ends = (flags[:, STRAIGHT].all(axis=2) for flags in (seen.seen[which], table.known[rows]))
    open_end = np.where(smaller, ~ends_now, ~ends)
    size = _size_cost(seen.half[which], half, open_end & familiar[:, None])
    slack = np.abs(seen.half[which] - half) * np.where(open_end & familiar[:, None], 1.0, SLACK_SHARE)
    away, noise = seen.middle[which] - offset, seen.covariance[which].copy()
    share = np.where(open_end & familiar[:, None], SHAPE_SHARE_OPEN, SHAPE_SHARE)
    noise[:, [0, 1, 2], [0, 1, 2]] += seen.face_var[which, None] + (share * 2 * np.maximum(half, seen.half[which])) ** 2
    dt_s = np.maximum(stamp_ns - table.stamp_ns[rows], 0) * 1e-9
    faces, seen_faces, outline = table.faces[rows], seen.faces[which], seen.covariance[which].copy()
    outline[:, [0, 1, 2], [0, 1, 2]] += seen.face_var[which, None]
    rest_cov = rest_predict(table.rest_cov[rows], dt_s)
    distance = _distance(away - table.rest[rows], slack, rest_cov + noise, noise)
    distance += _askew_gap(faces, seen_faces, table.rest[rows], rest_cov + outline)
    moved, moved_cov = predict(table.motion[rows], table.motion_cov[rows], np.minimum(dt_s, coast_s), noise_m2_s3)
    on_its_way = _distance(away - moved[:, :3], slack, moved_cov[:, :3, :3] + noise, noise)
    on_its_way += _askew_gap(faces, seen_faces, moved[:, :3], moved_cov[:, :3, :3] + outline)
    distance = np.where(dt_s <= coast_s, np.minimum(distance, on_its_way), distance)
    total = labels + size + distance
    return np.where(total <= GATE, total, FORBIDDEN)


def _size_cost(
    seen_half_m: Float64[np.ndarray, "k 3"], half_m: Float64[np.ndarray, "k 3"], open_end: Bool[np.ndarray, "k 3"]
) -> Float64[np.ndarray, "k"]:
    """Return what it costs that a detection is larger or smaller than the object; nothing where one is cut off."""
    ratio = np.log((2 * seen_half_m + SIZE_LEAST_M) / (2 * half_m + SIZE_LEAST_M))
    return np.where(open_end, 0.0, (ratio / SIZE_SIGMA) ** 2 / 2).sum(axis=1)


def _askew_gap(
    faces_m: Float64[np.ndarray, "k 5 2"],
    seen_faces_m: Float64[np.ndarray, "k 5 2"],
    p_W: Float64[np.ndarray, "k 3"],
    cov: Float64[np.ndarray, "k 3 3"],
) -> Float64[np.ndarray, "k"]:
    """Return what it costs that boxes along the diagonals of the floor lie apart: half the square of the gap in sigmas.

    A long thing that stands askew has a large box along W's axes, and others stand in its empty corners.
    """
    axes = list(DIAGONAL[:2])
    own = faces_m[:, axes] + np.einsum("ai,ni->na", AXES_W[axes], p_W)[..., None]
    other = seen_faces_m[:, axes]
    gap = np.maximum(np.maximum(own[..., 0] - other[..., 1], other[..., 0] - own[..., 1]), 0.0)
    var = np.einsum("ai,nij,aj->na", AXES_W[axes], cov, AXES_W[axes])
    return (gap * gap / var).sum(axis=1) / 2


def _distance(
    apart_m: Float64[np.ndarray, "k 3"],
    slack_m: Float64[np.ndarray, "k 3"],
    cov: Float64[np.ndarray, "k 3 3"],
    noise: Float64[np.ndarray, "k 3 3"],
) -> Float64[np.ndarray, "k"]:
    """Return half the square of the Mahalanobis distance beyond the slack, plus half of ln |cov| / |noise|.

    The second makes a vague object dearer than a well-known one at the same distance.
    """
    beyond = np.sign(apart_m) * np.maximum(np.abs(apart_m) - slack_m, 0.0)
    chi2 = (beyond * np.linalg.solve(cov, beyond[..., None])[..., 0]).sum(axis=1)
    vague = np.linalg.slogdet(cov)[1] - np.linalg.slogdet(noise + np.eye(3) * SURE_SIGMA_M**2)[1]
    vague = np.maximum(vague, 0.0)
    return (chi2 + vague) / 2
