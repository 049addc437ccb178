"""The words everyone shares: what goes in, what comes out, and the three states of space.

Frames (monogram notation; inner letters cancel, `X_WK = X_WC @ X_CK`):

    W world, z up    B robot base, x forward, z up    C camera, z forward, x right, y down
    S scanner        G gripper                        K object

`X_WC` is the 4x4 pose of C in W, `p_WC` its translation [m], `points_C` are points in C. Stamps are integer
nanoseconds of the sensor's clock. Depth is `uint16` times `depth_unit_m`, along the optical axis; 0 = no return.
"""

from __future__ import annotations

from spatialmem.types.beliefs import Candidate, Change, Explanation, Presence, Whereabouts
from spatialmem.types.commands import Command
from spatialmem.types.inputs import (
    Action,
    Detection,
    Detections,
    EncodedImage,
    Input,
    Pinhole,
    PointScan,
    Recall,
    RgbdFrame,
    RobotState,
)
from spatialmem.types.objects import Evidence, FrozenDict, ObjectState, Obstacle, RelativeObject, SimilarObject
from spatialmem.types.past import PastObject, PastRelation
from spatialmem.types.space import Box, Boxes, Capsule, ExpectedDepth, Mesh, RayHits, Spheres, State, Surface
from spatialmem.types.topology import (
    ExploreSpot,
    Floor,
    Grounding,
    Mention,
    Nearby,
    Place,
    Relation,
    Room,
    Route,
    SearchPlan,
    SearchStep,
    Stand,
)
from spatialmem.types.verdicts import Reason, Receipt, Rejected, Unknown

__all__ = [
    "Action",
    "Box",
    "Boxes",
    "Candidate",
    "Capsule",
    "Change",
    "Command",
    "Detection",
    "Detections",
    "EncodedImage",
    "Evidence",
    "ExpectedDepth",
    "Explanation",
    "ExploreSpot",
    "Floor",
    "FrozenDict",
    "Grounding",
    "Input",
    "Mention",
    "Mesh",
    "Nearby",
    "ObjectState",
    "Obstacle",
    "PastObject",
    "PastRelation",
    "Pinhole",
    "Place",
    "PointScan",
    "Presence",
    "RayHits",
    "Reason",
    "Recall",
    "Receipt",
    "Rejected",
    "Relation",
    "RelativeObject",
    "RgbdFrame",
    "RobotState",
    "Room",
    "Route",
    "SearchPlan",
    "SearchStep",
    "SimilarObject",
    "Spheres",
    "Stand",
    "State",
    "Surface",
    "Unknown",
    "Whereabouts",
]
