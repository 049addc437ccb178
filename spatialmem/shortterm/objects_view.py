"""`ObjectsView`: the objects at one moment, in the world or before the robot. Immutable; made by `ShortTerm` only."""

from __future__ import annotations

import math
from collections import ChainMap
from collections.abc import Callable, Iterator, MutableMapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np
from jaxtyping import Float, Float32, Float64, Int64

from spatialmem.columns import Shown
from spatialmem.errors import InputError, UnknownLabel
from spatialmem.geometry import inverse, transform
from spatialmem.records import Both, Records
from spatialmem.shortterm.contact import clearance_m, contact_s
from spatialmem.shortterm.faces import folded
from spatialmem.shortterm.labels import LABELS_MAX
from spatialmem.shortterm.state import Kept
from spatialmem.shortterm.table import Table
from spatialmem.types import Box, ObjectState, Obstacle, RelativeObject, RobotState, SimilarObject, Unknown

__all__ = ["ObjectsView", "shown_of"]

ALIKE_DIGITS = 3
"""Of what is equally alike to so many digits, what is recent comes first."""
_NO_ROBOT = Unknown("where the robot is was never told; observe a RobotState")


class ObjectsView:
    """What was known of the objects after one input. Reading it waits for nothing and nothing changes it."""

    __slots__ = ("_aliases", "_held", "_records", "_shown", "counts", "kept")

    def __init__(
        self,
        records: Records | Both,
        aliases: MutableMapping[int, int],
        shown: Shown | Callable[[], Shown],
        kept: Kept,
        *,
        counts: dict[str, int],
        held: tuple[int, ...],
    ):
        """shown: the columns, or what makes them when they are first asked for."""
        self._records, self._aliases, self._shown = records, aliases, shown
        self.kept = kept
        """What is recent, to be written down."""
        self.counts = MappingProxyType(counts)
        """How many objects there are ("confirmed", "tentative"), and were "dropped", "expired" and "merged" so far, and
        how many detections were "unplaced": without depth."""
        self._held = held

    def with_lasting(
        self,
        lasting: Records,
        aliases: dict[int, int],
        shown: Callable[[], Shown],
        *,
        counts: dict[str, int],
        held: tuple[int, ...],
    ) -> ObjectsView:
        """Return the same moment with objects that are kept elsewhere, as if they were here. Copies nothing.

        aliases: the ids that lead to them. shown: the columns of all, theirs and those that are here. counts: to be
        told besides. held: which of them the robot holds.
        """
        assert isinstance(self._records, Records)
        return ObjectsView(
            Both(self._records, lasting),
            ChainMap(aliases, self._aliases) if aliases else self._aliases,
            shown,
            self.kept,
            counts={**self.counts, "confirmed": self.counts["confirmed"] + len(lasting), **counts},
            held=(*self._held, *held),
        )

    @property
    def shown(self) -> Shown:
        """The columns of all objects, tentative ones included."""
        if not isinstance(self._shown, Shown):
            self._shown = self._shown()
        return self._shown

    def held(self) -> tuple[int, ...]:
        """Return what the robot holds, by id, and what goes with it."""
        return tuple(sorted({*self._held, *self.kept.grips}))

    @property
    def robot(self) -> RobotState | None:
        """The robot's last state; None before the first."""
        robot = self.kept.robot  # with joints of its own, that nobody changes ours
        return robot and replace(robot, joint_positions_rad=dict(robot.joint_positions_rad))

    @property
    def stamp_ns(self) -> int:
        """Of the last sighting, motion or deed."""
        return self.kept.stamp_ns

    @property
    def coast_s(self) -> float:
        """What moves is carried on from its last sighting for so long."""
        return self.kept.config.coast_s

    def dump(self) -> bytes:
        """Return all that was known as bytes, for `ShortTerm.load`; the same memory is the same bytes."""
        return self.kept.dump()

    def known_as(self, object_id: int) -> tuple[int, ...]:
        """Return the ids that an object has gone by, its own first; none where it is not remembered."""
        own = self._aliases.get(object_id, object_id)
        if own not in self._records:
            return ()
        return own, *sorted(alias for alias, other in self._aliases.items() if other == own)

    def __len__(self) -> int:
        return self.counts["confirmed"]

    def __iter__(self) -> Iterator[ObjectState]:
        return iter(self.objects())

    def objects(
        self, label: str | None = None, *, confirmed: bool = True, missing: bool = False
    ) -> tuple[ObjectState, ...]:
        """See `ObjectQuestions.objects`."""
        if label is not None:
            self._refuse_unknown((label,))
        return tuple(
            record
            for record in (self._records.values() if label is None else self._records.labelled(label))
            if (record.confirmed or not confirmed) and (missing or not record.missing)
        )

    def object(self, object_id: int) -> ObjectState | Unknown:
        """See `ObjectQuestions.object`."""
        record = self._records.get(self._aliases.get(object_id, object_id))
        return record if record is not None else Unknown(f"object {object_id} is not remembered here")

    def relative(self, object_id: int) -> RelativeObject | Unknown:
        """See `ObjectQuestions.relative`."""
        if self.kept.robot is None:
            return _NO_ROBOT
        record = self.object(object_id)
        return record if isinstance(record, Unknown) else self._before(record, self.kept.robot)

    def around(self, *, confirmed: bool = True) -> tuple[RelativeObject, ...] | Unknown:
        """See `ObjectQuestions.around`."""
        if self.kept.robot is None:
            return _NO_ROBOT
        found = [self._before(record, self.kept.robot) for record in self.objects(confirmed=confirmed)]
        return tuple(sorted(found, key=lambda one: (one.distance_m, one.object.id)))

    def nearest_obstacles(
        self,
        k: int = 5,
        horizon_s: float = 3.0,
        *,
        robot_radius_m: float = 0.45,
        robot_height_m: float = 1.5,
        ground_m: float = 0.02,
        confirmed: bool = False,
    ) -> tuple[Obstacle, ...] | Unknown:
        """See `ObjectQuestions.nearest_obstacles`."""
        _refuse_bad_count(k)
        lengths = {"robot_radius_m": robot_radius_m, "robot_height_m": robot_height_m, "ground_m": ground_m}
        _refuse_not_finite({"horizon_s": horizon_s, **lengths})
        if not 0 < horizon_s <= 60 or robot_radius_m <= 0:
            raise InputError(
                f"horizon_s is {horizon_s:g}, robot_radius_m {robot_radius_m:g}; horizon_s must be above 0 and at most "
                f"60, robot_radius_m above 0."
            )
        robot = self.kept.robot
        if robot is None:
            return _NO_ROBOT
        shown, floor_m = self.shown, float(robot.X_WB[2, 3])
        low, high = (shown.center_W[:, 2] + sign * shown.size_m[:, 2] / 2 for sign in (-1, 1))
        there = (shown.ids > 0) & ~shown.missing & (high > floor_m + ground_m) & (low < floor_m + robot_height_m)
        rows = self._not_held(np.flatnonzero(there & (shown.confirmed | (not confirmed))))
        vx, vy, _ = robot.linear_velocity_B_m_s
        p_m, speed_m_s = robot.X_WB[:2, 3], math.hypot(vx, vy)
        rows = self._about(rows, robot, k, robot_radius_m, speed_m_s * horizon_s, horizon_s)
        center = self._carried_on(rows, robot.stamp_ns)[:, :2]
        size, yaw, velocity = shown.size_m[rows, :2], shown.yaw_rad[rows], shown.velocity_W_m_s[rows, :2]
        gap = clearance_m(np.broadcast_to(p_m, center.shape), center, size, yaw, robot_radius_m)
        contact = contact_s(
            center,
            size,
            yaw,
            velocity,
            pose=(float(p_m[0]), float(p_m[1]), math.atan2(robot.X_WB[1, 0], robot.X_WB[0, 0])),
            twist=(vx, vy, robot.angular_velocity_B_rad_s[2]),
            radius_m=robot_radius_m,
            horizon_s=horizon_s,
        )
        order = np.lexsort((shown.ids[rows], gap, contact))[:k].tolist()
        return tuple(
            Obstacle(
                object=self._records[int(shown.ids[rows[i]])], contact_s=float(contact[i]), distance_m=float(gap[i])
            )
            for i in order
        )

    def _not_held(self, rows: Int64[np.ndarray, "n"]) -> Int64[np.ndarray, "m"]:
        """Leave out what the robot holds: it comes along."""
        return rows[~np.isin(self.shown.ids[rows], self._held)] if self._held else rows

    def _about(
        self,
        rows: Int64[np.ndarray, "n"],
        robot: RobotState,
        k: int,
        radius_m: float,
        reach_m: float,
        horizon_s: float,
    ) -> Int64[np.ndarray, "m"]:
        """Leave out what can neither be touched within the horizon nor be among the k nearest."""
        if len(rows) <= k:
            return rows
        away = self._carried_on(rows, robot.stamp_ns)[:, :2] - robot.X_WB[:2, 3]
        middle_m = np.sqrt((away * away).sum(axis=1))
        size, velocity = self.shown.size_m[rows, :2], self.shown.velocity_W_m_s[rows, :2]
        nearest_m = middle_m - np.sqrt((size * size).sum(axis=1)) / 2 - radius_m
        kth_m = float(np.partition(middle_m, k - 1)[k - 1]) - radius_m
        reach_m = reach_m + np.sqrt((velocity * velocity).sum(axis=1)) * horizon_s
        return rows[nearest_m <= np.maximum(reach_m, kth_m)]

    def similar(
        self,
        embedding: Float[np.ndarray, "d"],
        k: int = 5,
        *,
        within: str | Box | Sequence[str] | Sequence[int] | None = None,
        confirmed: bool = True,
    ) -> tuple[SimilarObject, ...]:
        """See `ObjectQuestions.similar`."""
        _refuse_bad_count(k)
        asked = _direction(embedding)
        records = [
            record
            for record in self._within(within, confirmed)
            if record.embedding is not None and record.embedding.shape == asked.shape
        ]
        if not records:
            return ()
        table = np.stack([record.embedding for record in records if record.embedding is not None])
        cosine = np.einsum("nd,d->n", table, asked).astype(np.float64)
        ids = np.array([record.id for record in records])
        long_ago = np.array([self._is_lasting(record.id) for record in records])
        order = np.lexsort((ids, -cosine, long_ago, -cosine.round(ALIKE_DIGITS)))[:k].tolist()
        return tuple(SimilarObject(object=records[i], similarity=min(max(float(cosine[i]), -1.0), 1.0)) for i in order)

    def _is_lasting(self, object_id: int) -> bool:
        return isinstance(self._records, Both) and object_id in self._records.lasting

    def _within(
        self, within: str | Box | Sequence[str] | Sequence[int] | None, confirmed: bool
    ) -> tuple[ObjectState, ...]:
        every = self.objects(confirmed=confirmed)
        if within is None:
            return every
        if isinstance(within, Box):
            low, high = np.asarray(within.low_W), np.asarray(within.high_W)
            return tuple(one for one in every if ((low <= one.center_W) & (one.center_W <= high)).all(axis=1).any())
        names = (within,) if isinstance(within, str) else tuple(within)
        labels = {name for name in names if isinstance(name, str)}
        self._refuse_unknown(tuple(sorted(labels)))
        ids = {self._aliases.get(name, name) for name in names if not isinstance(name, str)}
        return tuple(one for one in every if one.label in labels or one.id in ids)

    def _refuse_unknown(self, labels: tuple[str, ...]) -> None:
        for label in labels:
            if label not in self.kept.labels and len(self.kept.labels) < LABELS_MAX:
                raise UnknownLabel(label, self.kept.labels)

    def _carried_on(self, rows: Int64[np.ndarray, "n"], stamp_ns: int) -> Float64[np.ndarray, "n 3"]:
        """Return where objects are at a stamp: what moves goes on for at most coast_s."""
        dt_s = np.clip((stamp_ns - self.shown.stamp_ns[rows]) * 1e-9, 0.0, self.coast_s)
        return self.shown.center_W[rows] + self.shown.velocity_W_m_s[rows] * dt_s[:, None]

    def _before(self, record: ObjectState, robot: RobotState) -> RelativeObject:
        dt_s = min(max((robot.stamp_ns - record.stamp_ns) * 1e-9, 0.0), self.coast_s)
        X_BW = inverse(robot.X_WB)
        center_B = transform(X_BW, record.center_W + record.velocity_W_m_s * dt_s)
        heading_rad = math.atan2(robot.X_WB[1, 0], robot.X_WB[0, 0])
        velocity: Float32[np.ndarray, "3"] | Float64[np.ndarray, "3"] = transform(
            _rotation(X_BW), record.velocity_W_m_s
        )
        x, y = float(center_B[0]), float(center_B[1])
        return RelativeObject(
            object=record,
            center_B=center_B,
            yaw_B_rad=float(folded(record.yaw_rad - heading_rad)),
            velocity_B_m_s=velocity,
            distance_m=math.hypot(x, y),
            bearing_rad=math.atan2(y, x),
        )


def shown_of(table: Table) -> Shown:
    """Return copies of a table's columns, that nothing changes any more."""
    where = (table.center, table.size, table.yaw, table.velocity, table.rest, table.rest_cov)
    copies = [column.copy() for column in (table.ids, table.stamp_ns, table.confirmed, *where, table.missing)]
    for column in copies:
        column.setflags(write=False)
    return Shown(*copies)


def _refuse_bad_count(k: object) -> None:
    if isinstance(k, bool) or not isinstance(k, (int, np.integer)) or k < 1:
        raise InputError(f"k is {k!r}; a whole number of 1 or more is needed.")


def _refuse_not_finite(given: dict[str, Any]) -> None:
    for name, value in given.items():
        number = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
        if not number or not math.isfinite(value):
            raise InputError(f"{name} is {value!r}; a finite number is needed.")


def _direction(embedding: object) -> Float32[np.ndarray, "d"]:
    """Return an embedding of length 1. Raises InputError for what has no direction."""
    try:
        given = np.asarray(embedding)
    except ValueError:  # rows of different lengths
        given = np.empty(0, object)
    if given.ndim != 1 or given.dtype.kind not in "fiu":
        what = (
            f"shape {given.shape} of {given.dtype}" if isinstance(embedding, np.ndarray) else type(embedding).__name__
        )
        raise InputError(f"the embedding is {what}; one row of finite numbers, not all of them 0, is needed.")
    asked = given.astype(np.float64)
    with np.errstate(over="ignore"):  # said below
        length = math.sqrt(float((asked * asked).sum()))
    if not math.isfinite(length) or length == 0:
        raise InputError(
            f"the embedding has the length {length:g}; one row of finite numbers, not all of them 0, is needed."
        )
    return (asked / length).astype(np.float32)


def _rotation(X: Float64[np.ndarray, "4 4"]) -> Float64[np.ndarray, "4 4"]:
    """Return a transform without its translation: for directions."""
    turned = X.copy()
    turned[:3, 3] = 0.0
    return turned
