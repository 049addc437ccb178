"""What `spatialmem attach` is told in one file: the memory, its sources, detectors and limits, held to their ranges."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from spatialmem.config import Config
from spatialmem.live.config import LiveConfig

__all__ = ["AttachConfig"]


class AttachConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All settings of a live memory."""

    sources: Annotated[dict[str, Any], Meta(min_length=1)]
    """By name: one of the words of `spatialmem.live.sources`, and its settings."""
    memory: str | None = None
    """Its file; without one it lives in the process alone."""
    settings: Config = Config()
    """Of the memory."""
    live: LiveConfig = LiveConfig()
    detectors: tuple[str, ...] = ()
    """As `--detector`: WORD or WORD:TEXT."""
    embedder: str | None = None
    tick_hz: Annotated[float, Meta(ge=0.1, le=1000)] = 50.0
    """Of the control loop that `spatialmem attach` runs in place of a robot's."""
    status_s: Annotated[float, Meta(ge=0.1, le=3600)] = 1.0
    """So often a line is said."""
