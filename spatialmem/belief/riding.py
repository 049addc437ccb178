"""What goes along with what it is on or in, when somebody else moves that in view: it rides.

Who carries a basket away carries what is in it. From when a carrier is seen to move, or to be elsewhere, what was on or
in it is as far from its middle as it was before, wherever that is seen, and is not judged by its old place. That ends
when it was itself seen at rest, in a carrier at rest; when it is seen elsewhere, it was moved by itself; when it is
missed there, it is missing. What nobody sees may slide and roll on the way: it is anywhere in its carrier then, and it
is in it a little less surely. A carrier that is seen to move teaches nothing of how often its load moves by itself.

Only of what can be carried, see `CARRIED_MOST_M`: a cupboard that is found a little beside where it was has mostly been
measured better.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64

from spatialmem.belief.boxes import gap_m, half_of
from spatialmem.belief.chances import p_of, put_filter
from spatialmem.belief.glance import Instant
from spatialmem.belief.hiding import hide
from spatialmem.belief.known import Objects
from spatialmem.belief.mind import TOUCH_M, Mind
from spatialmem.belief.misses import forget_places
from spatialmem.belief.persistence import doubted
from spatialmem.belief.settling import SETTLING, is_displaced, row_in, sigma_of
from spatialmem.belief.state import Ride
from spatialmem.belief.table import How
from spatialmem.types import ObjectState, Unknown

__all__ = ["Along", "end_rides", "has_left", "ride", "stays_in"]

CARRIED_MOST_M = 0.8
"""What is longer is not carried about with things in it."""
ALONG_P = 0.95
"""So surely what was on or in something goes along with it, unseen: assumed, for nothing was seen to contradict it."""
WIDER_M = 0.01
"""A box reaches so much beyond where it was seen to end."""
SPREAD = 12**0.5
"""What lies anywhere in something is off its middle by so much less than that is long, one standard deviation."""


class Along(NamedTuple):
    """How far something that nobody sees went along with its carrier, for who keeps the objects."""

    id: int
    shift_W: tuple[float, float, float]
    """Since the last input that showed the carrier [m]."""
    sigma_m: float
    """How well it is known where it is, along each axis."""


def ride(mind: Mind, seen: Collection[int], objects: Objects, at: Instant) -> tuple[Along, ...]:
    """Let what is on or in the carriers that a frame shows go along with them; return what is not seen of that.

    Call it before the sightings are taken in. seen: what the frame shows, by id. objects: as they are after it.
    """
    told: list[Along] = []
    for carrier_id in sorted(seen):
        carrier = objects.object(carrier_id)
        if isinstance(carrier, Unknown) or not _is_carried(mind, carrier, objects):
            continue
        _mount(mind, carrier, seen, objects, at)
        for rider_id in _riders(mind, carrier_id):
            one = _follow(mind, rider_id, carrier)
            if rider_id not in seen:
                told.append(one)
                row = mind.table.row_of[rider_id]
                if mind.table.last_ns[row] == mind.table.seen_ns[row]:  # it was seen until now
                    _doubt(mind, row, objects, at)
    return tuple(told)


def end_rides(mind: Mind, seen: Collection[int], objects: Objects, at: Instant) -> None:
    """Let what was seen at rest in a carrier at rest be there, and follow what cannot be looked for on its way.

    Call it after the sightings were taken in.
    """
    table = mind.table
    for carrier_id in sorted({one.carrier for one in mind.rides.values()} & set(seen)):
        carrier, under = objects.object(carrier_id), table.row_of.get(carrier_id, -1)
        if under < 0 or isinstance(carrier, Unknown):
            continue
        hide(mind, carrier_id, objects, at)
        for rider_id in _riders(mind, carrier_id):
            row, rider = table.row_of[rider_id], objects.object(rider_id)
            if isinstance(rider, Unknown) or rider_id not in seen:
                if table.hidden[row]:
                    forget_places(table, row)
            elif not table.on_its_way[row] and (table.on_its_way[under] or table.settling[under] < SETTLING):
                mind.rides[rider_id] = _ride(carrier_id, rider.center_W - carrier.center_W)
            elif not table.on_its_way[row]:
                del mind.rides[rider_id]
                table.settling[row] = 0  # it is measured anew


def stays_in(mind: Mind, row: int, record: ObjectState, objects: Objects) -> bool:
    """Return whether an object is seen within what it was in, where that can be carried: then it has not left it."""
    carrier = objects.object(int(mind.table.support[row])) if mind.table.how[row] == How.IN else Unknown("")
    if isinstance(carrier, Unknown) or carrier.missing or carrier.size_m.max() > CARRIED_MOST_M:
        return False
    apart_m = np.abs(record.center_W - carrier.center_W)
    return bool((apart_m <= half_of(carrier.size_m, carrier.yaw_rad) + WIDER_M).all())


def has_left(mind: Mind, record: ObjectState, objects: Objects) -> bool:
    """Return whether what went along with something is seen at rest apart from that, which is at rest as well."""
    ride = mind.rides.get(record.id)
    carrier = Unknown("") if ride is None else objects.object(ride.carrier)
    if isinstance(carrier, Unknown) or carrier.velocity_W_m_s.any() or record.velocity_W_m_s.any():
        return False
    return not carrier.missing and gap_m(record, carrier) > TOUCH_M


def _is_carried(mind: Mind, carrier: ObjectState, objects: Objects) -> bool:
    """Return whether something takes others along: it is on its way, or elsewhere than where it settled."""
    table, row = mind.table, mind.table.row_of.get(carrier.id, -1)
    if row < 0 or not table.known[row] or table.how[row] == How.HELD or carrier.size_m.max() > CARRIED_MOST_M:
        return False
    if any(one.carrier == carrier.id for one in mind.rides.values()):
        return True
    if not table.resting_on(carrier.id) or table.by_hand[row]:
        return False
    shown = objects.shown
    moves = bool(carrier.velocity_W_m_s.any())
    return moves or is_displaced(table, row, shown, row_in(shown, carrier.id), mind.config.moved_m)


def _mount(mind: Mind, carrier: ObjectState, seen: Collection[int], objects: Objects, at: Instant) -> None:
    """Let what is on or in a carrier ride from now on, from where both had settled."""
    table, row = mind.table, mind.table.row_of[carrier.id]
    for other in table.resting_on(carrier.id):
        its, record = table.row_of[other], objects.object(other)
        if other in mind.rides or not table.known[its] or isinstance(record, Unknown):
            continue
        if not table.on_its_way[row] and not any(one.carrier == carrier.id for one in mind.rides.values()):
            offset_W = table.center[its] - table.center[row]
        elif other in seen:  # it came into it on the way
            offset_W = record.center_W - carrier.center_W
        else:
            continue
        mind.rides[other] = _ride(carrier.id, offset_W)
        if other not in seen and table.last_ns[its] > table.seen_ns[its]:
            _doubt(mind, its, objects, at)


def _doubt(mind: Mind, row: int, objects: Objects, at: Instant) -> None:
    """Let it be a little less sure where something is that goes along unseen."""
    table, rows = mind.table, np.array([row])
    p = float(p_of(table, rows, objects, mind.rates, at.stamp_ns)[0])
    put_filter(table, rows, doubted(1, p * ALONG_P))
    table.last_ns[row] = max(int(table.last_ns[row]), at.stamp_ns)


def _follow(mind: Mind, rider_id: int, carrier: ObjectState) -> Along:
    """Let something be where its carrier took it; return how far that is. What is in it is not beside it."""
    table, row = mind.table, mind.table.row_of[rider_id]
    offset_W = np.array(mind.rides[rider_id].offset_W)
    if table.how[row] == How.IN:
        half_m = half_of(carrier.size_m, carrier.yaw_rad)[:2]
        offset_W[:2] = np.clip(offset_W[:2], -half_m, half_m)
    shift_W = carrier.center_W + offset_W - table.center[row]
    table.center[row] += shift_W
    table.anchor[row] += shift_W
    sigma_m = float(np.hypot(sigma_of(carrier.covariance_W), carrier.size_m.max() / SPREAD))
    table.sigma_m[row] = sigma_m
    x, y, z = (float(m) for m in shift_W)
    return Along(rider_id, (x, y, z), sigma_m)


def _riders(mind: Mind, carrier_id: int) -> list[int]:
    return sorted(rider for rider, one in mind.rides.items() if one.carrier == carrier_id)


def _ride(carrier_id: int, offset_W: Float64[np.ndarray, "3"]) -> Ride:
    x, y, z = (float(m) for m in offset_W)
    return Ride(carrier_id, (x, y, z))
