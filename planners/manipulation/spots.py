"""Where something could be put down: free room on a remembered support, or in an open container."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float64

from planners.manipulation.carried import Carried
from spatialmem import ObjectState, View

__all__ = ["Spot", "spots_in", "spots_on", "supports_near"]

STEP_M = 0.06
EDGE_M, BESIDE_M = 0.04, 0.04
"""So far from the edge of a support, and from what stands on it, a thing is put."""
HIGH_M, LOW_M = 1.25, 0.2
"""Tops of supports that are higher or lower than that are no places to put things on."""
FLAT = ("bench", "cabinet", "counter", "desk", "nightstand", "table", "tv_stand")
"""What people put things on: the top of its box is a level surface."""
RIM_M = 0.015
"""The tips end so far over the rim of a container."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Spot:
    """Where the bottom of a thing is to be."""

    bottom_W: Float64[np.ndarray, "3"]
    support_id: int | None
    """What it is on or in; None for a bare point."""
    relation: Literal["on", "in"]


def supports_near(view: View, here_W: Float64[np.ndarray, "3"]) -> list[ObjectState]:
    """Return what things could be put on, the nearest first."""
    found = [one for one in view.objects() if _is_support(one)]
    return sorted(found, key=lambda one: (float(np.hypot(*(one.center_W - here_W)[:2])), one.id))


def _is_support(one: ObjectState) -> bool:
    return one.label in FLAT and LOW_M <= _top_m(one) <= HIGH_M


def _top_m(one: ObjectState) -> float:
    return float(one.center_W[2] + one.size_m[2] / 2)


def spots_on(view: View, support: ObjectState, carried: Carried) -> tuple[Spot, ...]:
    """Return free places on a support's top, row by row; none where nothing fits."""
    top_m = _top_m(support)
    inset = carried.radius_m + EDGE_M
    half = support.size_m[:2] / 2 - inset
    if (half < 0.0).any():
        return ()
    xs, ys = (np.linspace(-h, h, max(int(2 * h / STEP_M), 1) + 1) for h in half)
    grid = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
    c, s = math.cos(support.yaw_rad), math.sin(support.yaw_rad)
    points = support.center_W[:2] + grid @ np.array([[c, s], [-s, c]])
    standing = [one for one in view.objects() if one.id not in (support.id, carried.object_id) and _is_at(one, top_m)]
    clear = np.array([_is_clear(p_m, standing, carried.radius_m + BESIDE_M) for p_m in points], bool)
    return tuple(
        Spot(bottom_W=np.array([*p_m, top_m]), support_id=support.id, relation="on") for p_m in points[clear].tolist()
    )


def _is_at(one: ObjectState, top_m: float) -> bool:
    """Return whether a thing reaches into the room over a support's top."""
    low_m, high_m = one.center_W[2] - one.size_m[2] / 2, one.center_W[2] + one.size_m[2] / 2
    return bool(low_m < top_m + 0.4 and high_m > top_m + 0.02)


def _is_clear(p_m: Float64[np.ndarray, "2"], others: Sequence[ObjectState], room_m: float) -> bool:
    """Return whether there is so much room between a point and the boxes of others."""
    for one in others:
        c, s = math.cos(one.yaw_rad), math.sin(one.yaw_rad)
        out = np.abs((p_m - one.center_W[:2]) @ np.array([[c, -s], [s, c]])) - one.size_m[:2] / 2
        if float(np.hypot(*np.maximum(out, 0.0))) < room_m:
            return False
    return True


def spots_in(container: ObjectState, carried: Carried, tips_over_bottom_m: float) -> tuple[Spot, ...]:
    """Return where a thing is let go over an open container, so that the tips stay over its rim.

    tips_over_bottom_m: how far the tips are above the thing's bottom.
    """
    rim_m, floor_m = _top_m(container), float(container.center_W[2] - container.size_m[2] / 2)
    bottom_m = max(rim_m + RIM_M - tips_over_bottom_m, floor_m + 0.02)
    half = np.maximum(container.size_m[:2] / 2 - carried.radius_m - 0.02, 0.0)
    c, s = math.cos(container.yaw_rad), math.sin(container.yaw_rad)
    found = []
    for share in ((0.0, 0.0), (0.5, 0.0), (-0.5, 0.0), (0.0, 0.5), (0.0, -0.5)):
        aside = np.array(share) * half
        x, y = container.center_W[:2] + np.array([[c, -s], [s, c]]) @ aside
        found.append(Spot(bottom_W=np.array([x, y, bottom_m]), support_id=container.id, relation="in"))
    return tuple(found)
