"""The words everyone shares: what goes in, what comes out, and the three states of space.

Frames (monogram notation; inner letters cancel, `X_WK = X_WC @ X_CK`):

    W world, z up    B robot base, x forward, z up    C camera, z forward, x right, y down
    S scanner        G gripper                        K object

`X_WC` is the 4x4 pose of C in W, `p_WC` its translation [m], `points_C` are points in C. Stamps are integer
nanoseconds of the sensor's clock. Depth is `uint16` times `depth_unit_m`, along the optical axis; 0 = no return.
"""

from __future__ import annotations

import enum
import functools
from dataclasses import dataclass, field
from typing import Literal, Union

import numpy as np
from jaxtyping import Bool, Float, Float32, Float64, Int32, UInt8, UInt16

__all__ = [
    "Action",
    "Box",
    "Boxes",
    "Capsule",
    "Detection",
    "Detections",
    "EncodedImage",
    "ExpectedDepth",
    "Input",
    "Mesh",
    "ObjectState",
    "Obstacle",
    "Pinhole",
    "PointScan",
    "RayHits",
    "Reason",
    "Recall",
    "Receipt",
    "Rejected",
    "RelativeObject",
    "RgbdFrame",
    "RobotState",
    "SimilarObject",
    "Spheres",
    "State",
    "Surface",
    "Unknown",
]


class State(enum.IntEnum):
    """What is known of a piece of space. The three are never merged; whoever asks says what UNKNOWN means."""

    UNKNOWN = 0
    FREE = 1
    OCCUPIED = 2


@dataclass(frozen=True, slots=True)
class Unknown:
    """The honest answer where the memory does not know. It is false in a condition, and never `None`."""

    reason: str
    look_next: tuple[float, float, float] | None = None
    """A point p_W [m] worth looking at to find out, where there is one."""

    def __bool__(self) -> bool:
        return False


@dataclass(frozen=True, slots=True)
class Pinhole:
    """A rectified camera: pixel (u, v) = (fx x / z + cx, fy y / z + cy), whole numbers at pixel centres."""

    width: int
    height: int
    fx: float
    fy: float
    cx: float
    cy: float


@dataclass(frozen=True, eq=False)
class EncodedImage:
    """A JPEG or PNG as its bytes; `pixels` is the decoded form that every reader sees."""

    data: bytes

    @functools.cached_property
    def pixels(self) -> UInt8[np.ndarray, "h w 3"] | None:
        """The image as RGB, read-only; None where the bytes are not an image."""
        import cv2

        try:
            bgr = cv2.imdecode(np.frombuffer(self.data, np.uint8), cv2.IMREAD_COLOR) if self.data else None
        except cv2.error:  # OpenCV raises for some kinds of damage, and returns nothing for others
            bgr = None
        if bgr is None:
            return None
        rgb = cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)
        rgb.setflags(write=False)
        return rgb


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Stamped:
    """What every input carries."""

    source: str
    """The sensor's name: order, motion and counts are kept by it, and `Config.sensors` may have settings for it."""
    stamp_ns: int
    """When it was measured, by the sensor's clock."""
    received_ns: int
    """When it reached this process, on the same clock as `stamp_ns`; equal to it for a recording."""
    world: str = "world"
    """The name of the world frame; the same as `Config.world`, or the input is rejected."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RgbdFrame(_Stamped):
    """A posed depth image, with colour where there is some.

    depth: uint16 in units of `depth_unit_m`, or float [m] (quantised once, at the gate); shape (height, width).
    color: RGB of the same size, raw or encoded. X_WC: camera in world. X_BC: camera on the robot.
    pose_cov: covariance of X_WC, order (rotation [rad], translation [m]), in C.
    """

    depth: UInt16[np.ndarray, "h w"] | Float[np.ndarray, "h w"]
    camera: Pinhole
    X_WC: Float64[np.ndarray, "4 4"]
    depth_unit_m: float = 0.001
    color: EncodedImage | UInt8[np.ndarray, "h w 3"] | None = None
    X_BC: Float64[np.ndarray, "4 4"] | None = None
    pose_cov: Float64[np.ndarray, "6 6"] | None = None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PointScan(_Stamped):
    """A posed LiDAR or radar scan: end points in the scanner's frame [m], shape (n, 3)."""

    points_S: Float32[np.ndarray, "n 3"]
    X_WS: Float64[np.ndarray, "4 4"]
    X_BS: Float64[np.ndarray, "4 4"] | None = None
    pose_cov: Float64[np.ndarray, "6 6"] | None = None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Detection:
    """One object that a detector saw in one frame: a label, a score in [0, 1], and a box or a mask."""

    label: str
    score: float
    box_px: tuple[float, float, float, float] | None = None
    """(u_min, v_min, u_max, v_max) in pixels."""
    mask: Bool[np.ndarray, "h w"] | None = None
    embedding: Float32[np.ndarray, "d"] | None = None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Detections(_Stamped):
    """All that one detector found in the frame of `camera_source` with the same `stamp_ns`."""

    camera_source: str
    items: tuple[Detection, ...] = ()


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RobotState(_Stamped):
    """Where the robot is and how it moves: base pose and twist, joints, gripper."""

    X_WB: Float64[np.ndarray, "4 4"]
    linear_velocity_B_m_s: tuple[float, float, float] = (0.0, 0.0, 0.0)
    angular_velocity_B_rad_s: tuple[float, float, float] = (0.0, 0.0, 0.0)
    joint_positions_rad: dict[str, float] = field(default_factory=dict)
    X_WG: Float64[np.ndarray, "4 4"] | None = None
    gripper_width_m: float | None = None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Action(_Stamped):
    """What the robot itself did to an object, so that the memory can follow."""

    verb: Literal["picked_up", "placed_on", "placed_in", "opened", "closed", "pushed"]
    object_id: int
    target_id: int | None = None
    """What it was placed on or in."""
    succeeded: bool = True


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Recall(_Stamped):
    """A planner used these memories: the one way in which asking may strengthen them."""

    object_ids: tuple[int, ...]


Input = Union[RgbdFrame, PointScan, Detections, RobotState, Action, Recall]  # noqa: UP007 - used at run time on 3.10
"""All that a memory can be told."""


class Reason(str, enum.Enum):
    """Why an input was rejected. The value is what counters and `--json` show."""

    NOT_AN_INPUT = "not_an_input"
    BAD_FIELD = "bad_field"
    BAD_STAMP = "bad_stamp"
    OTHER_WORLD = "other_world"
    STAMP_BACKWARDS = "stamp_backwards"
    STAMP_FUTURE = "stamp_future"
    DUPLICATE = "duplicate"
    BAD_INTRINSICS = "bad_intrinsics"
    BAD_POSE = "bad_pose"
    POSE_NOT_RIGID = "pose_not_rigid"
    OUTSIDE_WORLD = "outside_world"
    TELEPORT = "teleport"
    DEPTH_DTYPE = "depth_dtype"
    DEPTH_SHAPE = "depth_shape"
    DEPTH_EMPTY = "depth_empty"
    DEPTH_ALL_INVALID = "depth_all_invalid"
    DEPTH_UNIT = "depth_unit"
    COLOR_DTYPE = "color_dtype"
    COLOR_SIZE = "color_size"
    COLOR_UNREADABLE = "color_unreadable"
    POINTS_SHAPE = "points_shape"
    POINTS_ALL_INVALID = "points_all_invalid"
    BAD_COVARIANCE = "bad_covariance"
    DETECTIONS_TOO_MANY = "detections_too_many"
    DETECTIONS_ALL_INVALID = "detections_all_invalid"
    MAP_FULL = "map_full"


@dataclass(frozen=True, slots=True)
class Receipt:
    """An input was admitted, as number `seq` (1, 2, ...)."""

    seq: int
    epoch: int = 0
    """How often its source jumped, in place or time, and was believed again: what came before a new epoch may lie
    elsewhere in the same map."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """An input was not admitted. `detail` says the value, what is allowed and what to do. False in a condition."""

    reason: Reason
    detail: str

    def __bool__(self) -> bool:
        return False


@dataclass(frozen=True, slots=True, eq=False)
class ExpectedDepth:
    """What a camera would see of the map, pixel by pixel; for a batch of n poses with n in front of each shape."""

    depth_m: Float32[np.ndarray, "*n h w"]
    """Along the optical axis [m]: the middle of what the ray passes of the node it hits, where it enters unknown space
    if that ends it, 0 where nothing does."""
    state: UInt8[np.ndarray, "*n h w"]
    """What ended each ray: OCCUPIED = hit, UNKNOWN = ran into unknown space, FREE = nothing within the range."""


@dataclass(frozen=True, slots=True, eq=False)
class RayHits:
    """Where n rays ended. `state`: OCCUPIED = hit, FREE = nothing up to the range, UNKNOWN = ran into unknown space."""

    state: UInt8[np.ndarray, "n"]
    distance_m: Float32[np.ndarray, "n"]
    """Along each ray to the face of the voxel that ended it; the range where the state is FREE."""


@dataclass(frozen=True, slots=True, eq=False)
class Box:
    """Boxes along the axes of W, to ask about: `is_free(Box(low_W, high_W), ...)`. n corners each [m]."""

    low_W: Float[np.ndarray, "n 3"]
    high_W: Float[np.ndarray, "n 3"]


@dataclass(frozen=True, slots=True, eq=False)
class Spheres:
    """Spheres to ask about: n centres [m], and one radius for all or one for each [m]."""

    center_W: Float[np.ndarray, "n 3"]
    radius_m: Float[np.ndarray, "n"] | float


@dataclass(frozen=True, slots=True, eq=False)
class Capsule:
    """Capsules to ask about: what a sphere sweeps on its way from start to end, such as an arm's link or a step.

    n starts and ends [m], which may be the same; one radius for all or one for each [m].
    """

    start_W: Float[np.ndarray, "n 3"]
    end_W: Float[np.ndarray, "n 3"]
    radius_m: Float[np.ndarray, "n"] | float


@dataclass(frozen=True, slots=True, eq=False)
class Boxes:
    """Cubes of space, each a node of the octree: n centres and edges [m]."""

    center_W: Float64[np.ndarray, "n 3"]
    size_m: Float64[np.ndarray, "n"]


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """Where occupied space meets free space: the centres of n occupied nodes [m], and which way is free."""

    points_W: Float32[np.ndarray, "n 3"]
    normals_W: Float32[np.ndarray, "n 3"]
    """Of length 1, to the free side; zero where free sides cancel, as on a wall one node thin."""


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """Triangles in W. Their corners run anticlockwise seen from outside."""

    vertices_W: Float32[np.ndarray, "n 3"]
    """[m], each place once."""
    triangles: Int32[np.ndarray, "m 3"]
    """Which three vertices."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ObjectState:
    """What is remembered of one object, as of its last sighting."""

    id: int
    """Given once, in order; never used again."""
    label: str
    label_p: dict[str, float]
    """How probable each label is that it was ever given, the most probable first; what is left is for all others."""
    label_entropy_nat: float
    confirmed: bool
    center_W: Float64[np.ndarray, "3"]
    size_m: Float64[np.ndarray, "3"]
    yaw_rad: float
    """Of its box, with its size along its own x, y and z: in [-pi/4, pi/4), for a box has no front."""
    covariance_W: Float64[np.ndarray, "3 3"]
    """Of `center_W`, the middle of the box [m^2], at `stamp_ns`."""
    velocity_W_m_s: Float64[np.ndarray, "3"]
    """Zero unless it moves beyond doubt."""
    first_ns: int
    stamp_ns: int
    """Of the last sighting, or of what the robot did to it since; first_ns of the first one."""
    sightings: int
    viewpoints: int
    score: float
    source: str
    """The best that a detector gave it, and who saw it last."""
    attributes: dict[str, str]
    """Such as {"state": "open"}, {"held": "yes"}, {"on": "12"}: the id of another object for "on" and "in"."""
    embedding: Float32[np.ndarray, "d"] | None
    """The mean of the detector's, of length 1."""

    @property
    def name(self) -> str:
        """What people call it: mug-3."""
        return f"{self.label}-{self.id}"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RelativeObject:
    """An object as the robot has it before it: in B, at the stamp of the robot's last state."""

    object: ObjectState
    center_B: Float64[np.ndarray, "3"]
    """The middle of its box [m]; what moves is carried on from its last sighting."""
    yaw_B_rad: float
    velocity_B_m_s: Float64[np.ndarray, "3"]
    """Its velocity over the ground, along the axes of B."""
    distance_m: float
    bearing_rad: float
    """Over the floor, from B's origin to `center_B`; positive to the left."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Obstacle:
    """An object that the robot might run into."""

    object: ObjectState
    contact_s: float
    """From the robot's last state until its disc touches the object's box if both go on as they do; else infinite."""
    distance_m: float
    """From disc to box at the robot's last state; 0 where they touch."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SimilarObject:
    """An object that looks like what was asked for."""

    object: ObjectState
    similarity: float
    """The cosine between the embeddings, -1 to 1."""
