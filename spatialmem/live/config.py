"""How long things may take before a live memory says that they are late."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

__all__ = ["LiveConfig"]

Wait = Annotated[float, Meta(gt=0, le=60)]


class LiveConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A live memory's queues and limits of time."""

    queue_max: Annotated[int, Meta(ge=1, le=1024)] = 8
    """So many inputs of each source wait at most; the oldest gives way to the next, and that is counted."""
    pose_wait_s: Annotated[float, Meta(ge=0, le=10)] = 0.2
    """So long a frame waits for the robot's pose at its stamp; after that it is left out, and counted."""
    pose_gap_s: Wait = 0.25
    """A pose between two that were told is believed where each is within this of the frame."""
    stale_s: Wait = 0.25
    """What the memory knows is stale once no frame or scan has come in for so long."""
    hung_s: Wait = 1.0
    """Whoever takes so long over one input hangs, and another takes over."""
    takeovers_max: Annotated[int, Meta(ge=1, le=100)] = 3
    """While so many that were given up hang, no other takes over: what they wait for has to be mended first."""
    window_s: Wait = 2.0
    """Rates and losses are told of the last so many seconds."""
    rejected_share_max: Annotated[float, Meta(ge=0, le=1)] = 0.2
    """More than this share of a source's inputs rejected in the window is told as degraded."""
