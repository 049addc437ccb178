"""What is answered about whether things are still where they were seen."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float64

from spatialmem.types.objects import ObjectState

__all__ = ["Candidate", "Change", "ChangeKind", "Explanation", "Presence", "Whereabouts"]

ChangeKind = Literal[
    "first_seen", "appeared", "moved", "missing", "found", "opened", "closed", "picked_up", "placed_on", "placed_in",
    "pushed", "forgotten",
]  # fmt: skip
"""first_seen: where nobody had looked before; appeared: where it had not been; forgotten: by the memory, for want of
room, and nothing that happened in the world."""


class Presence(str, enum.Enum):
    """What is believed of an object."""

    THERE = "there"
    MISSING = "missing"
    """It was looked for, in plain view, and is not there."""
    HELD = "held"
    """The robot has it in its gripper."""
    INSIDE = "inside"
    """It was put into something that is closed: it cannot be seen."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Candidate:
    """Another place where an object may be: something was seen there that may be it."""

    p: float
    p_W: Float64[np.ndarray, "3"]
    object_id: int
    """What was seen there, as long as it is not settled whether it is the same."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Whereabouts:
    """Where an object is, how surely, and what that rests on."""

    object: ObjectState
    p_there: float
    """P(still there) at the moment that was asked for."""
    presence: Presence
    p_W: Float64[np.ndarray, "3"]
    """The middle of its box [m]; of what moves, where it was seen last."""
    sigma_m: float
    """One standard deviation of where it is, along the axis where it is known worst."""
    place: str
    """Where the robot put it, or what it stands on: "on table-4", "in fridge-2", "held"; "" where that is not known."""
    last_seen_ns: int
    """When it was known to be there last: it was seen, or the robot said what it did with it."""
    last_looked_ns: int
    """When its place was last seen, whether or not it was there; 0 for never."""
    looked_from_W: Float64[np.ndarray, "3"] | None
    """Where the camera was then."""
    missing_since_ns: int | None
    """When it was looked for and not there; None unless it is missing."""
    candidates: tuple[Candidate, ...]
    """Other places, the most probable first."""
    seen_seq: int
    looked_seq: int
    """The inputs that the last sighting and the last look are of."""
    go_m: float
    """Expected metres of going there until it is in sight, and of searching from there where it is not."""
    elsewhere_m: float
    """Expected metres without this memory: the best other answer, or a search."""

    @property
    def worth_going(self) -> bool:
        """Whether going there is expected to be no longer than looking elsewhere."""
        return self.go_m <= self.elsewhere_m


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Change:
    """One thing that became known of an object."""

    object_id: int
    name: str
    kind: ChangeKind
    stamp_ns: int
    """Of the frame or the action that showed it [ns]; a slow detector tells it later."""
    since_ns: int
    """It happened after this: until then the contrary was known [ns]."""
    seq: int
    """The input that showed it: by this number whoever polls asks, see `changed`."""
    from_W: Float64[np.ndarray, "3"] | None
    to_W: Float64[np.ndarray, "3"] | None
    looked_from_W: Float64[np.ndarray, "3"] | None
    """Where the camera was."""
    p: float
    """How probable it was then."""
    place: str
    """As in `Whereabouts`, after it."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Explanation:
    """Why a memory believes what it does of one object."""

    whereabouts: Whereabouts
    changes: tuple[Change, ...]
    sightings: int
    looks: int
    """How often its place was looked at and told something, and of those how often it was seen through."""
    seen_through: int
    half_life_s: float
    """After so long without a look, every second thing of its kind has been moved."""
    moves: float
    """How many moves of its kind that rests on; one of which nobody knows when it was counts less. 0: it is assumed."""
    miss_rate: float
    """How often the detector overlooks its kind in plain view."""
    sentences: tuple[str, ...]
    """The same in words."""
