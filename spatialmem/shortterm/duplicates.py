"""When two remembered objects, or two detections of one frame, are one thing.

Two objects are one thing if they have the same label, the smaller one's box lies at least half inside the other's, both
widened by how uncertain they are, and no picture ever showed them side by side. With two labels they are one thing if
they fill the same place: detectors give one thing several names at once. Boxes here are along W's axes.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float64, Int64

from spatialmem.shortterm.faces import AXES_W, STRAIGHT
from spatialmem.shortterm.fusion import Sightings
from spatialmem.shortterm.labels import most_probable
from spatialmem.shortterm.noting import mean_embedding
from spatialmem.shortterm.table import Notes, Table

__all__ = ["absorb", "distinct", "known_as", "merge_pairs"]

INSIDE_SHARE = 0.5
"""Of the smaller box's volume."""
DETECTION_INSIDE_SHARE = 0.7
SAME_PLACE_IOU = 0.5
"""Of two boxes with different labels: what they share, of what they fill together."""
WIDER_M = 0.02
ALIASES_MAX = 256
"""So many ids of others lead to one object at most; the oldest lead nowhere then."""
APART_MAX = 64
"""So many objects are kept that each was seen beside; the newest."""


def inside_share(
    a_low: Float64[np.ndarray, "k 3"],
    a_high: Float64[np.ndarray, "k 3"],
    b_low: Float64[np.ndarray, "k 3"],
    b_high: Float64[np.ndarray, "k 3"],
) -> Float64[np.ndarray, "k"]:
    """Return how much of the smaller box lies inside the other, by volume, for k pairs."""
    common = np.maximum(np.minimum(a_high, b_high) - np.maximum(a_low, b_low), 0.0)
    smaller = np.minimum(np.prod(a_high - a_low, axis=1), np.prod(b_high - b_low, axis=1))
    return np.prod(common, axis=1) / np.maximum(smaller, 1e-12)


def same_place_iou(
    a_low: Float64[np.ndarray, "k 3"],
    a_high: Float64[np.ndarray, "k 3"],
    b_low: Float64[np.ndarray, "k 3"],
    b_high: Float64[np.ndarray, "k 3"],
) -> Float64[np.ndarray, "k"]:
    """Return the intersection over union of k pairs of boxes, by volume."""
    common = np.prod(np.maximum(np.minimum(a_high, b_high) - np.maximum(a_low, b_low), 0.0), axis=1)
    both = np.prod(a_high - a_low, axis=1) + np.prod(b_high - b_low, axis=1)
    return common / np.maximum(both - common, 1e-12)


def distinct(seen: Sightings) -> Int64[np.ndarray, "n"]:
    """Return which detection of a frame stands for each: of those that are one thing, the one with the highest score.

    A detection that stands for itself is kept.
    """
    straight = seen.faces[:, STRAIGHT]
    low, high = straight[..., 0] - WIDER_M / 2, straight[..., 1] + WIDER_M / 2
    labels = [lifted.label for lifted in seen.lifted]
    stands_for = np.arange(len(seen))
    kept: list[int] = []
    for i in sorted(range(len(seen)), key=lambda i: (-seen.lifted[i].score, i)):
        one = np.full(len(kept), i)
        same = np.array([labels[j] == labels[i] for j in kept], bool)
        corners = low[one], high[one], low[kept], high[kept]
        share = np.where(
            same, inside_share(*corners) / DETECTION_INSIDE_SHARE, same_place_iou(*corners) / SAME_PLACE_IOU
        )
        if len(share) and share.max() >= 1.0:
            stands_for[i] = kept[int(np.argmax(share))]
        else:
            kept.append(i)
    return stands_for


def merge_pairs(
    table: Table, rows: Int64[np.ndarray, "k"], others: Int64[np.ndarray, "k"], seen_now: set[int]
) -> list[tuple[int, int]]:
    """Return the ids (kept, dropped) of pairs that are one thing; note those that were seen side by side.

    seen_now: ids that the last frame showed. The older one is kept.
    """
    if len(rows) == 0:
        return []
    corners = _corners(table, rows, others)
    overlap, same_place = inside_share(*corners).tolist(), (same_place_iou(*corners) >= SAME_PLACE_IOU).tolist()
    pairs = set()
    ids = zip(table.ids[rows].tolist(), table.ids[others].tolist(), strict=True)
    for (a, b), share, one_place in zip(ids, overlap, same_place, strict=True):
        first, second = table.notes[a], table.notes[b]
        if a == b:
            continue
        if most_probable(first.votes) != most_probable(second.votes):
            if one_place:
                pairs.add((min(a, b), max(a, b)))
        elif share < INSIDE_SHARE and a in seen_now and b in seen_now:
            _note(first.apart, b)
            _note(second.apart, a)
        elif share >= INSIDE_SHARE and b not in first.apart and a not in second.apart:
            pairs.add((min(a, b), max(a, b)))
    return sorted(pairs)


def _corners(
    table: Table, rows: Int64[np.ndarray, "k"], others: Int64[np.ndarray, "k"]
) -> list[Float64[np.ndarray, "k 3"]]:
    """Return the low and high corners of both boxes, widened by one sigma of where they are."""
    corners = []
    for side in (rows, others):
        sigma = np.sqrt(np.diagonal(table.rest_cov[side], axis1=1, axis2=2))
        offset = table.faces[side][:, STRAIGHT]
        rest = table.rest[side]
        corners += [rest + offset[..., 0] - sigma - WIDER_M / 2, rest + offset[..., 1] + sigma + WIDER_M / 2]
    return corners


def _note(apart: set[int], object_id: int) -> None:
    apart.add(object_id)
    if len(apart) > APART_MAX:
        apart.remove(min(apart))


def absorb(table: Table, kept: int, dropped: int) -> None:
    """Add to one object all that is known of another, and drop that.

    Position and motion are those of the one that was seen more often; the faces reach as far as either's.
    """
    a, b = table.row_of[kept], table.row_of[dropped]
    if table.sightings[b] > table.sightings[a]:
        better, worse = b, a
    else:
        better, worse = a, b
    _reach(table, better, worse)
    for name in ("rest", "rest_cov", "motion", "motion_cov", "moving", "evidence", "faces", "faces_var", "known"):
        getattr(table, name)[a] = getattr(table, name)[better]
    table.turn[a] += table.turn[b]
    table.first_ns[a] = min(table.first_ns[a], table.first_ns[b])
    if table.stamp_ns[b] > table.stamp_ns[a]:
        table.stamp_ns[a], table.view[a] = table.stamp_ns[b], table.view[b]
        table.notes[kept].source = table.notes[dropped].source
    table.sightings[a] += table.sightings[b]
    table.viewpoints[a] += table.viewpoints[b]
    table.confirmed[a] |= table.confirmed[b]
    table.score[a] = max(table.score[a], table.score[b])
    _merge_notes(table, kept, dropped)
    table.drop(dropped)


def _reach(table: Table, better: int, worse: int) -> None:
    """Move the faces of an object out to where another's are, less two sigmas of where the two are to each other."""
    shift = AXES_W @ (table.rest[worse] - table.rest[better])
    target = table.faces[worse] + shift[:, None]
    cov = table.rest_cov[worse] + table.rest_cov[better]
    slack = 2 * np.sqrt(np.einsum("ai,ij,aj->a", AXES_W, cov, AXES_W))[:, None]
    sign = np.array([-1.0, 1.0])
    beyond = (target - table.faces[better]) * sign > slack
    table.faces[better] = np.where(beyond, target, table.faces[better])
    learned: Bool[np.ndarray, "5 2"] = beyond & table.known[worse]
    table.known[better] = np.where(beyond, table.known[worse], table.known[better])
    table.faces_var[better] = np.where(learned, table.faces_var[worse], table.faces_var[better])


def known_as(into: Notes, gone: Notes, gone_id: int) -> tuple[int, ...]:
    """Return the ids that one object answers to when it stands for another, too: the newest, so many at most."""
    return tuple(sorted({*into.aliases, gone_id, *gone.aliases})[-ALIASES_MAX:])


def _merge_notes(table: Table, kept: int, dropped: int) -> None:
    into, gone = table.notes[kept], table.notes[dropped]
    for label, count in gone.votes.items():
        into.votes[label] = into.votes.get(label, 0.0) + count
    if gone.embedding is not None:
        into.embedding = mean_embedding(into.embedding, into.embedded, gone.embedding, gone.embedded)
        into.embedded += gone.embedded
    into.attributes = {**gone.attributes, **into.attributes}
    into.apart |= gone.apart
    into.shown = max(into.shown, gone.shown)
    into.apart.discard(kept)
    into.aliases = known_as(into, gone, dropped)
    for other in sorted(gone.apart):
        if other in table.notes:
            table.notes[other].apart.add(kept)
