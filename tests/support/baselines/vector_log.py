"""A log of captions with poses, found again by the similarity of their words: memory as retrieval."""

from __future__ import annotations

from typing import Literal

import numpy as np

from baselines.asked import Place
from baselines.hearing import Hearing
from baselines.last_seen import PLACE_BYTES
from baselines.text import DIMENSION, text_vector
from spatialmem import RgbdFrame, Unknown
from spatialmem.shortterm import Lifted

__all__ = ["VectorLog"]

LIKE_ENOUGH = 0.5
"""A caption that is less like the question (cosine) does not answer it: half of its words and parts are others."""
APART_M = 0.5
"""Captions of one label that are nearer to each other than this are taken for one thing: the distance at which answers
are judged, which no log could know better."""


class VectorLog(Hearing):
    """Every detection becomes a caption, "a mug", with its vector, its stamp, its place and the robot's; nothing goes.

    After ReMEmbR (Anwar et al. 2024), which logs captions of a vision-language model with the robot's poses in a vector
    database. Here captions are made of what a detector says, and no language model reads what is found.

    pose: what a caption's pose is: the thing's, lifted as by all others, or the "robot"'s, as published. first: which
    of equally similar captions comes first: the "newest", or the "surest", of the highest score.
    """

    def __init__(self, *, pose: Literal["thing", "robot"] = "thing", first: Literal["newest", "surest"] = "newest"):
        super().__init__()
        self.name = f"vector log, {first}" + (", robot's pose" if pose == "robot" else "")
        self._pose, self._first = pose, first
        self._captions: list[str] = []
        self._places: list[Place] = []
        self._vectors = np.zeros((64, DIMENSION), np.float32)
        """Of the captions; twice as many rows when they are full. The same below."""
        self._stamps_ns, self._scores = np.zeros(64, np.int64), np.zeros(64)

    def saw(self, lifted: list[Lifted], frame: RgbdFrame, source: str) -> None:
        """Append a caption for each sighting. The robot's pose is the camera's where no RobotState came yet."""
        at_robot = frame.X_WC[:3, 3] if self.robot is None else self.robot.X_WB[:3, 3]
        for one in lifted:
            i = len(self._places)
            if i == len(self._vectors):
                self._grow()
            self._captions.append(f"a {one.label}")
            self._vectors[i] = text_vector(self._captions[i])
            self._stamps_ns[i], self._scores[i] = frame.stamp_ns, one.score
            p_W = one.center_W if self._pose == "thing" else at_robot.copy()
            self._places.append(Place(label=one.label, p_W=p_W, stamp_ns=frame.stamp_ns, score=one.score))

    def _grow(self) -> None:
        self._vectors, self._stamps_ns, self._scores = (
            np.concatenate([rows, np.zeros_like(rows)]) for rows in (self._vectors, self._stamps_ns, self._scores)
        )

    def objects(self) -> tuple[Place, ...]:
        """Return the places of all captions, the first ones first, without those next to one of the same label."""
        told: dict[str, list[Place]] = {}
        for i in self._ranked(np.arange(len(self._places)), np.zeros(len(self._places))):
            place = self._places[i]
            same = told.setdefault(place.label, [])
            if all(np.linalg.norm(place.p_W - other.p_W) > APART_M for other in same):
                same.append(place)
        return tuple(place for label in sorted(told) for place in told[label])

    def where(self, label: str) -> Place | Unknown:
        """Return the pose of the best caption; Unknown where none is like the label."""
        found = self.nearest(label, 1)
        return found[0] if found else Unknown(f"no caption is like '{label}'")

    def nearest(self, text: str, k: int) -> tuple[Place, ...]:
        """Return the poses of the k captions most like a text that are like it at all."""
        cosine = np.round(self._vectors[: len(self._places)] @ text_vector(text), 5)  # equal captions are equal
        like = np.flatnonzero(cosine >= LIKE_ENOUGH)
        return tuple(self._places[i] for i in self._ranked(like, cosine[like])[:k])

    def _ranked(self, rows: np.ndarray, likeness: np.ndarray) -> list[int]:
        """Return these captions from the most alike on; those equally alike as `first` says."""
        newest, surest = -self._stamps_ns[rows], -self._scores[rows]
        then = (newest, surest) if self._first == "surest" else (surest, newest)
        return rows[np.lexsort((*then, -likeness))].tolist()

    @property
    def stored_bytes(self) -> int:
        """Captions, their places and their vectors."""
        return sum(len(text.encode()) for text in self._captions) + len(self._places) * (PLACE_BYTES + 4 * DIMENSION)
