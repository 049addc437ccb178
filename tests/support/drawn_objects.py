"""Remembered objects with what a picture shows of them; the rest is of no matter."""

import numpy as np

from spatialmem.types import ObjectState


def object_of(
    object_id: int,
    label: str,
    center_W: tuple[float, float, float],
    size_m: tuple[float, float, float],
    *,
    yaw_rad: float = 0.0,
    confirmed: bool = True,
    velocity_W_m_s: tuple[float, float, float] = (0.0, 0.0, 0.0),
) -> ObjectState:
    return ObjectState(
        id=object_id,
        label=label,
        label_p={label: 1.0},
        label_entropy_nat=0.0,
        confirmed=confirmed,
        center_W=np.array(center_W, float),
        size_m=np.array(size_m, float),
        yaw_rad=yaw_rad,
        covariance_W=1e-4 * np.eye(3),
        velocity_W_m_s=np.array(velocity_W_m_s, float),
        first_ns=0,
        stamp_ns=1,
        sightings=3,
        viewpoints=2,
        score=0.9,
        source="detector",
        attributes={},
        embedding=None,
    )
