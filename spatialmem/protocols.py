"""What others may plug in. A class fits by having these members; nothing needs to be inherited."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float32

from spatialmem.types import Command, Detection, Input, RgbdFrame, RobotState

__all__ = ["Clock", "Detector", "Embedder", "MergingPolicy", "Planner", "Policy", "Robot", "Source"]


@runtime_checkable
class Clock(Protocol):
    """Tells the time. A recording's clock is its stamps; a robot's is its computer's."""

    def now_ns(self) -> int:
        """Return the time now [ns]."""
        ...


@runtime_checkable
class Source(Protocol):
    """Where inputs come from: a recorded episode, a simulation, a robot. Iterating again starts again."""

    name: str
    world: str

    def __iter__(self) -> Iterator[Input]:
        """Yield inputs in the order in which they were recorded."""
        ...

    def __len__(self) -> int:
        """Return how many inputs there are."""
        ...


@runtime_checkable
class Detector(Protocol):
    """Finds objects in one frame. Never keeps or changes the frame's arrays."""

    labels: tuple[str, ...]

    def detect(self, frame: RgbdFrame) -> Sequence[Detection]:
        """Return what is seen in the frame; labels are from `labels`."""
        ...


@runtime_checkable
class Embedder(Protocol):
    """Describes the look of one detection as a vector, so that similar things have similar vectors."""

    dimension: int

    def embed(self, frame: RgbdFrame, detection: Detection) -> Float32[np.ndarray, "d"]:
        """Return a vector of length 1, shape (dimension,)."""
        ...


@runtime_checkable
class Robot(Protocol):
    """A body that can be told to move and asked what it sees."""

    def command(
        self,
        *,
        base_velocity_B: tuple[float, float, float] | None = None,
        joint_positions_rad: dict[str, float] | None = None,
        gripper_width_m: float | None = None,
    ) -> None:
        """Set new targets: base (forward m/s, left m/s, turn rad/s), arm joints, gripper. None leaves one as it is."""
        ...

    def state(self) -> RobotState:
        """Return where it is now."""
        ...

    def frame(self) -> RgbdFrame:
        """Return what its camera sees now."""
        ...


@runtime_checkable
class Planner(Protocol):
    """Turns a view of the memory and the robot's state into the next command. Never waits for the memory."""

    def step(self, view: Any, state: RobotState) -> Command:
        """Return the command for the next control tick. Never raises for what the view does not know: its `status` and
        `reason` say what becomes of the goal."""
        ...


@runtime_checkable
class Policy(Protocol):
    """Chooses what the short-term buffer forgets when it is full. It holds ids, not memories.

    The configuration names it (`shortterm.policy`) by its entry point in the group `spatialmem.policies`: a function
    that takes the capacity, how many units there is room for, and returns a policy.

    A unit enters first; while the buffer is too full then, `victim` is asked. What entered last is not the victim
    right afterwards, as long as another is held. The same calls in the same order give the same victims and the same
    bytes; nothing is drawn by chance. `spatialmem.testing.check_policy` holds a policy to all this.
    """

    def on_insert(
        self, unit_id: int, stamp_ns: int, *, kind: str = "", embedding: Float32[np.ndarray, "d"] | None = None
    ) -> None:
        """Take in a unit that entered the buffer. For one that is held: it was seen again, which is no recall.

        kind: its label, for policies that learn by kind. embedding: its look, for policies that compare.
        """
        ...

    def on_recall(self, unit_id: int, stamp_ns: int) -> None:
        """Count that a unit was asked for. It may be held no more, or never have been."""
        ...

    def on_remove(self, unit_id: int, stamp_ns: int) -> None:
        """Forget a unit that is gone by itself: not there any more, or one with another. It may not be held."""
        ...

    def victim(self, stamp_ns: int) -> int:
        """Choose the unit to drop, forget it, and return it. Raises InputError where none is held."""
        ...

    def dump(self) -> bytes:
        """Return all that the policy knows as bytes; the same state is the same bytes."""
        ...

    def load(self, data: bytes) -> None:
        """Take the state that `dump` wrote in place of its own. Raises InputError for anything else."""
        ...


@runtime_checkable
class MergingPolicy(Policy, Protocol):
    """A policy that makes room by making one unit stand for several."""

    def merge(self, stamp_ns: int) -> tuple[int, int | None]:
        """Do as `victim`; return the unit to drop and the one that stands for it now, None where it goes for good."""
        ...
