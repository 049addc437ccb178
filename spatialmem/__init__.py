"""spatialmem: the SQLite of robot memory.

Posed camera frames go in; one memory answers what is where, free, occupied or honestly unknown. The names in
`__all__` are the whole public surface, with `spatialmem.testing` beside it. What needs compiled kernels or
large libraries loads on first use.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from spatialmem._version import __version__
from spatialmem.clock import ManualClock, SystemClock
from spatialmem.config import Config, DepthConfig, GateConfig, OctreeConfig, load_config
from spatialmem.errors import ConfigError, EpisodeError, InputError, MapFull, QueryError, SpatialMemError
from spatialmem.protocols import Clock, Detector, Embedder, Planner, Policy, Robot, Source
from spatialmem.types import (
    Action,
    Detection,
    Detections,
    EncodedImage,
    Input,
    Pinhole,
    PointScan,
    RayHits,
    Reason,
    Recall,
    Receipt,
    Rejected,
    RgbdFrame,
    RobotState,
    State,
    Unknown,
)

if TYPE_CHECKING:
    from spatialmem.episodes import open_episode
    from spatialmem.memory import SpatialMemory
    from spatialmem.octree import Octree

_LAZY = {
    "Octree": "spatialmem.octree",
    "SpatialMemory": "spatialmem.memory",
    "open_episode": "spatialmem.episodes",
}

__all__ = [
    "Action",
    "Clock",
    "Config",
    "ConfigError",
    "DepthConfig",
    "Detection",
    "Detections",
    "Detector",
    "Embedder",
    "EncodedImage",
    "EpisodeError",
    "GateConfig",
    "Input",
    "InputError",
    "ManualClock",
    "MapFull",
    "Octree",
    "OctreeConfig",
    "Pinhole",
    "Planner",
    "PointScan",
    "Policy",
    "QueryError",
    "RayHits",
    "Reason",
    "Recall",
    "Receipt",
    "Rejected",
    "RgbdFrame",
    "Robot",
    "RobotState",
    "Source",
    "SpatialMemError",
    "SpatialMemory",
    "State",
    "SystemClock",
    "Unknown",
    "__version__",
    "load_config",
    "open_episode",
]


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        value = getattr(importlib.import_module(_LAZY[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'spatialmem' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)
