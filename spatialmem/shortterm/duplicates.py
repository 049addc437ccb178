"""When two remembered objects, or two detections of one frame, are one thing.

Two objects are one thing if they have the same label, much of the smaller one's box lies inside the other's, both
widened by how uncertain they are, and no picture ever showed them side by side. What fills the same place is one thing
whatever its labels, and whatever some picture showed: detectors give one thing several names, and several boxes.

Boxes here are along W's axes and, once more, along those turned by 45 degrees; the smaller share counts. Arrays of
corners have shape (n, 2, 3): these two.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float64, Int64

from spatialmem.shortterm.faces import AXES_W, DIAGONAL, STRAIGHT
from spatialmem.shortterm.fusion import Sightings
from spatialmem.shortterm.labels import most_probable
from spatialmem.shortterm.noting import mean_embedding
from spatialmem.shortterm.table import Notes, Table
from spatialmem.types.objects import WHERE

__all__ = ["absorb", "distinct", "known_as", "merge_pairs", "relocate"]

INSIDE_SHARE, INSIDE_SHARE_OPEN = 0.5, 0.3
"""Of the smaller box's volume; the second where an end of either was never seen: solid things share no place, and what
does is a part."""
DETECTION_INSIDE_SHARE = 0.7
SAME_PLACE_IOU = 0.5
"""Of two boxes with different labels: what they share, of what they fill together."""
WIDER_M = 0.02
ALIASES_MAX = 256
"""So many ids of others lead to one object at most; the oldest lead nowhere then."""
MOVED_AND_SHAPED = (
    "rest", "rest_cov", "motion", "motion_cov", "moving", "evidence", "since", "faces", "faces_var", "known",
)  # fmt: skip
"""The columns that say where an object is, how it moves and how far it reaches."""
APART_MAX = 64
"""So many objects are kept that each was seen beside; the newest."""


Corners = tuple[Float64[np.ndarray, "k 2 3"], Float64[np.ndarray, "k 2 3"]]
"""Low and high."""


def inside_share(a: Corners, b: Corners) -> Float64[np.ndarray, "k"]:
    """Return how much of the smaller box lies inside the other, by volume, for k pairs."""
    common, one, other = _volumes(a, b)
    return (common / np.maximum(np.minimum(one, other), 1e-12)).min(axis=1)


def same_place_iou(a: Corners, b: Corners) -> Float64[np.ndarray, "k"]:
    """Return the intersection over union of k pairs of boxes, by volume."""
    common, one, other = _volumes(a, b)
    return (common / np.maximum(one + other - common, 1e-12)).min(axis=1)


def _volumes(
    a: Corners, b: Corners
) -> tuple[Float64[np.ndarray, "k 2"], Float64[np.ndarray, "k 2"], Float64[np.ndarray, "k 2"]]:
    """Return what two boxes have in common, and each of them, by volume."""
    common = np.maximum(np.minimum(a[1], b[1]) - np.maximum(a[0], b[0]), 0.0)
    return common.prod(axis=2), (a[1] - a[0]).prod(axis=2), (b[1] - b[0]).prod(axis=2)


def _corners(faces_m: Float64[np.ndarray, "n 5 2"], wider_m: Float64[np.ndarray, "n 5"] | float) -> Corners:
    """Return the corners of boxes that reach to the faces and so much beyond."""
    both = [list(STRAIGHT), list(DIAGONAL)]
    return (faces_m[..., 0] - wider_m)[:, both], (faces_m[..., 1] + wider_m)[:, both]


def distinct(seen: Sightings) -> Int64[np.ndarray, "n"]:
    """Return which detection of a frame stands for each: of those that are one thing, the one with the highest score.

    A detection that stands for itself is kept.
    """
    low, high = _corners(seen.faces, WIDER_M / 2)
    labels = [lifted.label for lifted in seen.lifted]
    stands_for = np.arange(len(seen))
    kept: list[int] = []
    for i in sorted(range(len(seen)), key=lambda i: (-seen.lifted[i].score, i)):
        one = np.full(len(kept), i)
        same = np.array([labels[j] == labels[i] for j in kept], bool)
        corners = (low[one], high[one]), (low[kept], high[kept])
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
    corners = _remembered(table, rows), _remembered(table, others)
    whole = table.known[rows][:, STRAIGHT].all(axis=(1, 2)) & table.known[others][:, STRAIGHT].all(axis=(1, 2))
    inside = inside_share(*corners) >= np.where(whole, INSIDE_SHARE, INSIDE_SHARE_OPEN)
    same_place = same_place_iou(*corners) >= SAME_PLACE_IOU
    pairs = set()
    ids = zip(table.ids[rows].tolist(), table.ids[others].tolist(), strict=True)
    for (a, b), within, one_place in zip(ids, inside.tolist(), same_place.tolist(), strict=True):
        first, second = table.notes[a], table.notes[b]
        if a == b:
            continue
        alike = most_probable(first.votes) == most_probable(second.votes)
        beside = b in first.apart or a in second.apart
        if one_place or (alike and within and not beside):
            pairs.add((min(a, b), max(a, b)))
        elif alike and not within and a in seen_now and b in seen_now:
            _note(first.apart, b)
            _note(second.apart, a)
    return sorted(pairs)


def _remembered(table: Table, rows: Int64[np.ndarray, "k"]) -> Corners:
    """Return the corners of objects, widened by one sigma of where they are."""
    sigma = np.sqrt(np.einsum("ai,nij,aj->na", AXES_W, table.rest_cov[rows], AXES_W))
    along = np.einsum("ai,ni->na", AXES_W, table.rest[rows])
    return _corners(table.faces[rows] + along[..., None], sigma + WIDER_M / 2)


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
    for name in MOVED_AND_SHAPED:
        getattr(table, name)[a] = getattr(table, name)[better]
    table.turn[a] += table.turn[b]
    table.first_ns[a] = min(table.first_ns[a], table.first_ns[b])
    if table.stamp_ns[b] > table.stamp_ns[a]:
        table.stamp_ns[a], table.view[a] = table.stamp_ns[b], table.view[b]
        table.notes[kept].source = table.notes[dropped].source
    table.sightings[a] += table.sightings[b]
    table.viewpoints[a] += table.viewpoints[b]
    table.confirmed[a] |= table.confirmed[b]
    table.missing[a] &= table.missing[b]
    table.score[a] = max(table.score[a], table.score[b])
    _merge_notes(table, kept, dropped)
    table.drop(dropped)


def relocate(table: Table, kept: int, dropped: int) -> None:
    """Let an object that was moved be where it was seen anew, under another id until now; that one is dropped."""
    a, b = table.row_of[kept], table.row_of[dropped]
    for name in (*MOVED_AND_SHAPED, "turn", "stamp_ns", "view"):
        getattr(table, name)[a] = getattr(table, name)[b]
    table.sightings[a] += table.sightings[b]
    table.viewpoints[a] += table.viewpoints[b]
    table.confirmed[a], table.missing[a] = True, False
    table.score[a] = max(table.score[a], table.score[b])
    table.notes[kept].source = table.notes[dropped].source
    attributes = table.notes[kept].attributes
    for name in WHERE:
        attributes.pop(name, None)
    attributes.update(table.notes[dropped].attributes)
    table.notes[kept].apart.clear()
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
    for other in sorted(gone.apart):
        _note(into.apart, other)
    into.shown = max(into.shown, gone.shown)
    into.apart.discard(kept)
    into.aliases = known_as(into, gone, dropped)
