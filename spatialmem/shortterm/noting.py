"""What is counted of every sighting: how often, from where, under which label, with which look."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float32, Float64, Int64

from spatialmem.config import ShortTermConfig
from spatialmem.shortterm.fusion import Sightings
from spatialmem.shortterm.labels import SCORE_LEAST, entropy_nat, posterior, vote
from spatialmem.shortterm.lift import Lifted
from spatialmem.shortterm.table import Notes, Table
from spatialmem.shortterm.waiting import is_late
from spatialmem.types import FrozenDict, ObjectState

__all__ = ["mean_embedding", "note", "note_labels", "record_of", "touch"]

CONFIRM_SCORE = 0.5
"""A thing is confirmed under a name that has as many votes as so many sightings with this score give."""

BETTER = 1.5
"""A picture is kept if it shows an object so many times more clearly than the last that was kept."""


def note(
    table: Table,
    rows: Int64[np.ndarray, "m"],
    seen: Sightings,
    config: ShortTermConfig,
    *,
    stamp_ns: int,
    X_WC: Float64[np.ndarray, "4 4"],
    source: str,
) -> list[int]:
    """Count sightings and viewpoints, votes and embeddings; confirm what has enough.

    Returns which sightings are worth a picture: those that show a confirmed object clearly better than any before. It
    is another viewpoint if the camera was moved, or turned, far enough since the object's last one.
    """
    touch(table, rows, stamp_ns, config)
    table.missing[rows] = False
    table.sightings[rows] += 1
    view = np.concatenate([X_WC[:3, 3], X_WC[:3, 2]])
    moved_m = np.sqrt(((table.view[rows, :3] - view[:3]) ** 2).sum(axis=1))
    cosine = (table.view[rows, 3:] * view[3:]).sum(axis=1)
    other = (table.viewpoints[rows] == 0) | (moved_m >= config.viewpoint_m) | (cosine <= np.cos(config.viewpoint_rad))
    table.viewpoints[rows] += other
    table.view[rows[other]] = view
    for row, sighting in zip(rows.tolist(), seen.lifted, strict=True):
        table.score[row] = max(float(table.score[row]), sighting.score)
        notes = table.notes[int(table.ids[row])]
        notes.source = source
        vote(notes.votes, sighting.label, sighting.score)
        _hear(notes, sighting.attributes or {})
        if sighting.embedding is not None:
            mean = mean_embedding(notes.embedding, notes.embedded, sighting.embedding, 1)
            mean.setflags(write=False)
            notes.embedding, notes.embedded = mean, notes.embedded + 1
    enough = table.sightings[rows] >= config.confirm_sightings
    votes = np.array([max(table.notes[object_id].votes.values()) for object_id in table.ids[rows].tolist()])
    enough &= votes >= CONFIRM_SCORE * config.confirm_sightings
    table.confirmed[rows] |= enough & (table.viewpoints[rows] >= config.confirm_viewpoints)
    return [i for i, row in enumerate(rows.tolist()) if _is_clearer(table, row, seen.lifted[i])]


def _hear(notes: Notes, said: dict[str, str]) -> None:
    """Believe what a detector says of an object, where it says so for the first time or contradicts twice in a row."""
    for name, word in said.items():
        if name not in notes.attributes or notes.said.get(name) == word:
            notes.attributes[name] = word
    notes.said = {name: word for name, word in said.items() if notes.attributes[name] != word}


def touch(table: Table, rows: Int64[np.ndarray, "m"], stamp_ns: int, config: ShortTermConfig) -> None:
    """Note when something was heard of objects: never earlier than before, unless a clock was set back."""
    before = table.stamp_ns[rows]
    table.stamp_ns[rows] = np.where(is_late(stamp_ns, before, config), before, stamp_ns)


def _is_clearer(table: Table, row: int, sighting: Lifted) -> bool:
    """Return whether a sighting shows a confirmed object clearly better than any before, and note how well.

    How well: the detection's score, times how large and how whole the object is in the picture.
    """
    notes = table.notes[int(table.ids[row])]
    whole = max(float(sighting.seen.mean()), 0.1)
    clarity = max(sighting.score, SCORE_LEAST) * max(float(sighting.size_m.max()), 1e-3) / sighting.pixel_m * whole
    if not table.confirmed[row] or clarity < BETTER * notes.shown:
        return False
    notes.shown = clarity
    return True


def note_labels(table: Table, more: list[tuple[int, Lifted]]) -> None:
    """Count the votes of detections that show what the object in a row showed to a better one of another label."""
    for row, sighting in more:
        vote(table.notes[int(table.ids[row])].votes, sighting.label, sighting.score)


def mean_embedding(
    a: Float32[np.ndarray, "d"] | None, a_count: int, b: Float32[np.ndarray, "e"], b_count: int
) -> Float32[np.ndarray, "f"]:
    """Return the mean of two mean embeddings, of length 1; the newer one where they differ in size or cancel."""
    if a is None or a.shape != b.shape:
        a, a_count = b, 0
    total = a.astype(np.float64) * a_count + b.astype(np.float64) * b_count
    length = math.sqrt(float((total * total).sum()))
    mean = (total / length).astype(np.float32) if length > 0 else b.copy()
    mean.setflags(write=False)
    return mean


def record_of(table: Table, object_id: int) -> ObjectState:
    """Return one object as readers see it: nothing in it changes any more."""
    row, notes = table.row_of[object_id], table.notes[object_id]
    arrays = [table.center[row], table.size[row], table.rest_cov[row], table.velocity[row]]
    center_W, size_m, covariance_W, velocity = (array.copy() for array in arrays)
    for array in (center_W, size_m, covariance_W, velocity):
        array.setflags(write=False)
    label_p = posterior(notes.votes)
    return ObjectState(
        id=object_id,
        label=next(iter(label_p)),
        label_p=FrozenDict(label_p),
        label_entropy_nat=entropy_nat(label_p),
        confirmed=bool(table.confirmed[row]),
        center_W=center_W,
        size_m=size_m,
        yaw_rad=float(table.yaw[row]),
        covariance_W=covariance_W,
        velocity_W_m_s=velocity,
        first_ns=int(table.first_ns[row]),
        stamp_ns=int(table.stamp_ns[row]),
        sightings=int(table.sightings[row]),
        viewpoints=int(table.viewpoints[row]),
        score=float(table.score[row]),
        source=notes.source,
        attributes=FrozenDict(dict(sorted(notes.attributes.items()))),
        embedding=notes.embedding,
        missing=bool(table.missing[row]),
    )
