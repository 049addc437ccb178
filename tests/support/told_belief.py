"""A belief that is told of hand-made objects on a table, with frames whose truth is known: one room alone."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from cast_boxes import WALL, frame_of
from looked_for import FLOOR, TABLE
from told_objects import Told, seen_box

from spatialmem import Action, Detection, ObjectState, RgbdFrame, RobotState, look_at
from spatialmem.belief import Belief, Entry, Instant, Verdict
from spatialmem.config import BeliefConfig, DepthConfig, ShortTermConfig

__all__ = ["AT_W", "EYE", "Rig", "S", "box_of"]

Point = tuple[float, float, float]
S = 10**9
EYE, AT_W = (0.0, 0.0, 1.4), (1.45, 0.0, 0.76)
SEARCHED_FROM = ((0.3, 0.3, 1.4), (0.3, -0.3, 1.4))
SENSOR = DepthConfig()


def box_of(one: ObjectState) -> tuple[Sequence[float], Sequence[float]]:
    """An object's box as (low, high)."""
    return (one.center_W - one.size_m / 2).tolist(), (one.center_W + one.size_m / 2).tolist()


class Rig:
    """A belief and what it is told of. Every input is a second after the one before, unless said otherwise."""

    def __init__(self, *records: ObjectState, config: BeliefConfig | None = None, searched: bool = False):
        """searched: its detector had looked at the table before anything was seen there, and reported nothing."""
        self.config = BeliefConfig() if config is None else config
        self.belief, self.objects = Belief(self.config, ShortTermConfig()), Told(records)
        self.stamp_ns, self.seq = 0, 0
        self.sees_m = np.inf
        """How far the map lets one see."""
        self.log: dict[int, Entry] = {}
        """All changes by number, as a file has them."""
        for eye in SEARCHED_FROM if searched else ():
            self.see(after_s=0.1, boxes=[], eye=eye)
        self.stamp_ns = S

    def frame(self, *boxes: Any, eye: Point = EYE, at: Point = AT_W) -> RgbdFrame:
        """A frame of boxes on the table, with a wall behind it."""
        seen, _ = frame_of(*boxes, TABLE, FLOOR, WALL, X_WC=look_at(eye, at))
        return dataclasses.replace(seen, stamp_ns=self.stamp_ns, received_ns=self.stamp_ns)

    def _next(self, after_s: float) -> None:
        self.seq += 1
        self.stamp_ns += round(after_s * S)

    def _noted(self, verdict: Verdict) -> Verdict:
        """Do with the objects what a verdict asks for, as the rooms do."""
        for object_id in verdict.missing:
            self.objects.change(object_id, missing=True)
        self.log.update({one.number: one for one in self.belief.take_changes()})
        return verdict

    def look(self, *boxes: Any, after_s: float = 1.0, **eye: Any) -> Verdict:
        """Show it a frame."""
        self._next(after_s)
        return self._noted(self.belief.look(self.frame(*boxes, **eye), self.objects, SENSOR, self.seq))

    def see(
        self, *ids: int, after_s: float = 1.0, gone: Mapping[int, int] | None = None, source: str = "detector",
        boxes: Sequence[Any] | None = None, items: Sequence[Detection] = (), **eye: Any,
    ) -> Verdict:  # fmt: skip
        """Let a detector report these objects where they are now, and no others.

        boxes: what is there; else they. items: what it found besides.
        """
        self._next(after_s)
        for object_id in ids:
            self.objects.change(object_id, missing=False, stamp_ns=self.stamp_ns)
        here = [box_of(self.objects.records[object_id]) for object_id in ids] if boxes is None else boxes
        verdict = self.belief.see(
            [(object_id, seen_box(self.objects.records[object_id])) for object_id in ids],
            gone or {},
            frame=self.frame(*here, **eye),
            source=source,
            objects=self.objects,
            sensor=SENSOR,
            seq=self.seq,
            space=self,
            items=items,
        )
        return self._noted(verdict)

    def settle(self, *ids: int, times: int = 3) -> None:
        """Let a detector report objects a few times."""
        for _ in range(times):
            self.see(*ids)

    def see_around(self, *ids: int) -> None:
        """Let a detector report objects, and nothing else on the table, from two sides, nearer than elsewhere."""
        for eye in ((0.55, 0.0, 1.3), (0.5, 0.6, 1.3)):
            self.see(*ids, eye=eye)

    def act(
        self, verb: Any, object_id: int, target_id: int | None = None, *, after_s: float = 1.0, **said: Any
    ) -> Verdict:
        """Tell it of what the robot did; what the objects are after it is up to the test."""
        self._next(after_s)
        stamps = {"stamp_ns": self.stamp_ns, "received_ns": self.stamp_ns}
        action = Action(source="arm", **stamps, verb=verb, object_id=object_id, target_id=target_id, **said)
        return self._noted(self.belief.act(action, self.objects, self.seq))

    def carry(self, p_WG: Sequence[float]) -> None:
        """Tell it where the gripper is."""
        self._next(0.1)
        X_WG = np.eye(4)
        X_WG[:3, 3] = p_WG
        self.belief.carry(
            RobotState(source="robot", stamp_ns=self.stamp_ns, received_ns=self.stamp_ns, X_WB=np.eye(4), X_WG=X_WG)
        )

    def identify(self, old: int, new: int) -> None:
        """Let an old object be where a new one was seen, as the rooms do it."""
        record = self.objects.records.pop(new)
        self.objects.change(
            old, center_W=record.center_W, size_m=record.size_m, missing=False, attributes=dict(record.attributes)
        )
        self.belief.identify((old, new), self.objects, Instant(self.stamp_ns, self.seq, np.array(EYE)))
        self.log.update({one.number: one for one in self.belief.take_changes()})

    # what it believes

    def p(self, object_id: int, *, at_s: float | None = None) -> float:
        """P(still there), now or at another time."""
        view = self.belief.view()
        stamp_ns = self.stamp_ns if at_s is None else round(at_s * S)
        return float(view.p_there(view.rows([object_id]), self.objects, stamp_ns)[0])

    def cell(self, object_id: int, name: str) -> Any:
        """What is kept of an object in one column."""
        view = self.belief.view()
        row = view.rows([object_id])[0]
        return getattr(view.table, name)[row] if row >= 0 else None

    def weights(self) -> dict[tuple[int, int], float]:
        """How probable it is of pairs that they are one thing."""
        return self.belief.view().link_weights(self.objects, self.stamp_ns)

    def told(self, *, undone: bool = False) -> list[tuple[int, str]]:
        """What became known and still holds: (object, kind); or what was taken back."""
        return [(one.object_id, one.kind) for _, one in sorted(self.log.items()) if bool(one.undone_seq) is undone]

    def sight_m(self, eyes_W: np.ndarray, targets_W: np.ndarray) -> np.ndarray:
        """See `belief.known.Space`."""
        away_m = np.sqrt(((targets_W - eyes_W) ** 2).sum(axis=1))
        return np.minimum(away_m, self.sees_m).astype(np.float32)

    def is_free(self, points_W: np.ndarray) -> np.ndarray:
        """See `belief.known.Space`: what is under nothing of it is."""
        inside = [
            (np.abs(points_W - one.center_W) <= one.size_m / 2 + 0.01).all(axis=1)
            for one in self.objects.records.values()
        ]
        table = (points_W[:, 2] <= 0.7) & (points_W[:, 2] >= 0.66)
        return ~np.any([*inside, table], axis=0)
