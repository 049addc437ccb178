"""Remembered objects with what a picture shows of them; the rest is of no matter."""

import numpy as np

from spatialmem.types import Candidate, ObjectState, Presence, Whereabouts


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


def believed(one: ObjectState, p_there: float, *, missing: bool = False, candidates=()) -> Whereabouts:
    """What is believed of an object. candidates: ids, places and probabilities of what may be it."""
    return Whereabouts(
        object=one,
        p_there=p_there,
        presence=Presence.MISSING if missing else Presence.THERE,
        p_W=one.center_W,
        sigma_m=0.01,
        place="",
        last_seen_ns=1,
        last_looked_ns=2,
        looked_from_W=np.zeros(3),
        missing_since_ns=2 if missing else None,
        candidates=tuple(Candidate(p=p, p_W=np.array(p_W, float), object_id=other) for other, p_W, p in candidates),
        seen_seq=1,
        looked_seq=2,
        go_m=1.0,
        elsewhere_m=2.0,
    )
