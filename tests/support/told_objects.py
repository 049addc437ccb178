"""Objects as a belief is told of them, made by hand: no detector, no tracks, nothing but what a test says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from spatialmem import Detection, ObjectState, Unknown
from spatialmem.columns import Shown
from spatialmem.shortterm.faces import AXES_W
from spatialmem.types import FrozenDict

__all__ = ["Seen", "Told", "record", "seen_box"]

S = 10**9


def record(
    object_id: int,
    label: str = "mug",
    center_W: Sequence[float] | np.ndarray = (1.45, 0.0, 0.76),
    size_m: Sequence[float] = (0.1, 0.1, 0.12),
    *,
    attributes: Mapping[str, str] | None = None,
    sigma_m: float = 0.005,
    first_ns: int = S,
    stamp_ns: int = S,
    **fields: Any,
) -> ObjectState:
    """An object that is confirmed and at rest, unless the fields say otherwise."""
    known = {
        "label_p": FrozenDict({label: 1.0}),
        "label_entropy_nat": 0.0,
        "confirmed": True,
        "yaw_rad": 0.0,
        "covariance_W": np.eye(3) * sigma_m**2,
        "velocity_W_m_s": np.zeros(3),
        "sightings": 3,
        "viewpoints": 2,
        "score": 0.9,
        "source": "detector",
        "embedding": None,
        "missing": False,
        **fields,
    }
    center, size = np.array(center_W, float), np.array(size_m, float)
    return ObjectState(
        id=object_id, label=label, center_W=center, size_m=size, attributes=FrozenDict(dict(attributes or {})),
        first_ns=first_ns, stamp_ns=stamp_ns, **known,
    )  # fmt: skip


class Told:
    """The objects at one moment: what `belief.known.Objects` asks for. Their anchors are the middles of their boxes."""

    def __init__(self, records: Iterable[ObjectState] = ()):
        self.records = {one.id: one for one in records}

    @property
    def shown(self) -> Shown:
        """The columns, with a free row in the middle as tables have them."""
        every = list(self.records.values())
        half = len(every) // 2
        rows = [*every[:half], None, *every[half:]]
        empty = record(0, confirmed=False)
        filled = [one or empty for one in rows]
        return Shown(
            ids=np.array([0 if one is None else one.id for one in rows], np.int64),
            stamp_ns=np.array([one.stamp_ns for one in filled], np.int64),
            confirmed=np.array([one.confirmed for one in filled]),
            center_W=np.stack([one.center_W for one in filled]),
            size_m=np.stack([one.size_m for one in filled]),
            yaw_rad=np.array([one.yaw_rad for one in filled]),
            velocity_W_m_s=np.stack([one.velocity_W_m_s for one in filled]),
            anchor_W=np.stack([one.center_W for one in filled]),
            covariance_W=np.stack([one.covariance_W for one in filled]),
            missing=np.array([one.missing for one in filled]),
        )

    def object(self, object_id: int) -> ObjectState | Unknown:
        return self.records.get(object_id, Unknown(f"object {object_id} is not remembered here"))

    def objects(
        self, label: str | None = None, *, confirmed: bool = True, missing: bool = False
    ) -> tuple[ObjectState, ...]:
        every = (self.records[i] for i in sorted(self.records))
        return tuple(
            one
            for one in every
            if (one.confirmed or not confirmed) and label in (None, one.label) and (missing or not one.missing)
        )

    def change(self, object_id: int, **fields: Any) -> ObjectState:
        """Let an object be otherwise from now on."""
        for name in ("center_W", "size_m"):
            if name in fields:
                fields[name] = np.array(fields[name], float)
        if "attributes" in fields:
            fields["attributes"] = FrozenDict(fields["attributes"])
        self.records[object_id] = replace(self.records[object_id], **fields)
        return self.records[object_id]


@dataclass(frozen=True)
class Seen:
    """What one detection showed: `belief.known.Sighting`."""

    points_W: np.ndarray
    size_m: np.ndarray
    pixel_m: float = 0.01
    score: float = 0.9
    seen: np.ndarray = field(default_factory=lambda: np.ones((5, 2), bool))
    faces_m: np.ndarray = field(default_factory=lambda: np.zeros((5, 2)))
    sway_W: np.ndarray | None = None
    coarse: bool = False
    detection: Detection | None = None


def seen_box(one: ObjectState, eye_W: Sequence[float] = (0.0, 0.0, 1.4), **fields: Any) -> Seen:
    """The front, as a camera at eye_W sees it: a grid of points on the face towards it."""
    low, high = one.center_W - one.size_m / 2, one.center_W + one.size_m / 2
    x = low[0] if eye_W[0] < one.center_W[0] else high[0]
    y, z = np.meshgrid(np.linspace(low[1], high[1], 12), np.linspace(low[2], high[2], 12))
    points = np.stack([np.full(y.size, x), y.ravel(), z.ravel()], axis=1).astype(np.float32)
    corners = np.stack(np.meshgrid(*zip(low, high, strict=True)), axis=-1).reshape(-1, 3)
    along = corners @ AXES_W.T
    faces_m = np.stack([along.min(axis=0), along.max(axis=0)], axis=1)
    return Seen(points_W=points, size_m=one.size_m, faces_m=faces_m, **fields)
