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
from spatialmem.config import (
    BeliefConfig,
    Config,
    DepthConfig,
    GateConfig,
    GraphConfig,
    LongTermConfig,
    OctreeConfig,
    ShortTermConfig,
    StoreConfig,
    load_config,
)
from spatialmem.errors import (
    ConfigError,
    EpisodeError,
    FormatError,
    InputError,
    MapFull,
    MemoryCorrupt,
    MemoryLocked,
    MemoryVersion,
    QueryError,
    SpatialMemError,
    StoreError,
    StoreFull,
    UnknownLabel,
    ViewExpired,
)
from spatialmem.geometry import inverse, look_at, transform
from spatialmem.protocols import Clock, Detector, Embedder, MergingPolicy, Planner, Policy, Robot, Source
from spatialmem.types import (
    Action,
    Box,
    Boxes,
    Candidate,
    Capsule,
    Change,
    Command,
    Detection,
    Detections,
    EncodedImage,
    Evidence,
    ExpectedDepth,
    Explanation,
    ExploreSpot,
    Floor,
    Grounding,
    Input,
    Mention,
    Mesh,
    Nearby,
    ObjectState,
    Obstacle,
    PastObject,
    PastRelation,
    Pinhole,
    Place,
    PointScan,
    Presence,
    RayHits,
    Reason,
    Recall,
    Receipt,
    Rejected,
    Relation,
    RelativeObject,
    RgbdFrame,
    RobotState,
    Room,
    Route,
    SearchPlan,
    SearchStep,
    SimilarObject,
    Spheres,
    Stand,
    State,
    Surface,
    Unknown,
    Whereabouts,
)

if TYPE_CHECKING:
    from spatialmem.episodes import open_episode, record_mcap
    from spatialmem.formats import (
        read_octomap,
        read_scene_graph,
        read_spark_dsg,
        write_nav2_map,
        write_octomap,
        write_ply,
        write_scene_graph,
    )
    from spatialmem.memory import SpatialMemory
    from spatialmem.octree import Octree
    from spatialmem.octree.queries.clearance import ClearanceField
    from spatialmem.pictures import ColorSampler, FloorPlan, Stop, Way, draw_map, write_png
    from spatialmem.queries import PastView
    from spatialmem.view import View

_LAZY = {
    "ClearanceField": "spatialmem.octree.queries.clearance",
    "ColorSampler": "spatialmem.pictures",
    "FloorPlan": "spatialmem.pictures",
    "Octree": "spatialmem.octree",
    "PastView": "spatialmem.queries",
    "SpatialMemory": "spatialmem.memory",
    "Stop": "spatialmem.pictures",
    "View": "spatialmem.view",
    "Way": "spatialmem.pictures",
    "draw_map": "spatialmem.pictures",
    "open_episode": "spatialmem.episodes",
    "read_octomap": "spatialmem.formats",
    "read_scene_graph": "spatialmem.formats",
    "read_spark_dsg": "spatialmem.formats",
    "record_mcap": "spatialmem.episodes",
    "write_nav2_map": "spatialmem.formats",
    "write_octomap": "spatialmem.formats",
    "write_ply": "spatialmem.formats",
    "write_png": "spatialmem.pictures",
    "write_scene_graph": "spatialmem.formats",
}

__all__ = [
    "Action",
    "BeliefConfig",
    "Box",
    "Boxes",
    "Candidate",
    "Capsule",
    "Change",
    "ClearanceField",
    "Clock",
    "ColorSampler",
    "Command",
    "Config",
    "ConfigError",
    "DepthConfig",
    "Detection",
    "Detections",
    "Detector",
    "Embedder",
    "EncodedImage",
    "EpisodeError",
    "Evidence",
    "ExpectedDepth",
    "Explanation",
    "ExploreSpot",
    "Floor",
    "FloorPlan",
    "FormatError",
    "GateConfig",
    "GraphConfig",
    "Grounding",
    "Input",
    "InputError",
    "LongTermConfig",
    "ManualClock",
    "MapFull",
    "MemoryCorrupt",
    "MemoryLocked",
    "MemoryVersion",
    "Mention",
    "MergingPolicy",
    "Mesh",
    "Nearby",
    "ObjectState",
    "Obstacle",
    "Octree",
    "OctreeConfig",
    "PastObject",
    "PastRelation",
    "PastView",
    "Pinhole",
    "Place",
    "Planner",
    "PointScan",
    "Policy",
    "Presence",
    "QueryError",
    "RayHits",
    "Reason",
    "Recall",
    "Receipt",
    "Rejected",
    "Relation",
    "RelativeObject",
    "RgbdFrame",
    "Robot",
    "RobotState",
    "Room",
    "Route",
    "SearchPlan",
    "SearchStep",
    "ShortTermConfig",
    "SimilarObject",
    "Source",
    "SpatialMemError",
    "SpatialMemory",
    "Spheres",
    "Stand",
    "State",
    "Stop",
    "StoreConfig",
    "StoreError",
    "StoreFull",
    "Surface",
    "SystemClock",
    "Unknown",
    "UnknownLabel",
    "View",
    "ViewExpired",
    "Way",
    "Whereabouts",
    "__version__",
    "draw_map",
    "inverse",
    "load_config",
    "look_at",
    "open_episode",
    "read_octomap",
    "read_scene_graph",
    "read_spark_dsg",
    "record_mcap",
    "transform",
    "write_nav2_map",
    "write_octomap",
    "write_ply",
    "write_png",
    "write_scene_graph",
]


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        value = getattr(importlib.import_module(_LAZY[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'spatialmem' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)
