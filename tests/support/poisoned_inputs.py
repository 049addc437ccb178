"""Inputs with something wrong, and the reason that the gate gives; and what is no input at all."""

import copy
import dataclasses
from typing import Any

import cv2
import numpy as np

from spatialmem.geometry import look_at
from spatialmem.types import (
    Action,
    Detection,
    Detections,
    EncodedImage,
    Pinhole,
    PointScan,
    Reason,
    Recall,
    RgbdFrame,
    RobotState,
)

CAMERA = Pinhole(32, 24, 30.0, 30.0, 15.5, 11.5)
X_WC = look_at((1.0, 2.0, 1.5), (4.0, 3.0, 0.5))
DEPTH = np.arange(24 * 32, dtype=np.uint16).reshape(24, 32) % 7 * 500
RGB = np.random.default_rng(1).integers(0, 255, (24, 32, 3), dtype=np.uint8)
S = 1_000_000_000


def encoded(shape, suffix=".jpg"):
    return EncodedImage(cv2.imencode(suffix, np.full((*shape, 3), 128, np.uint8))[1].tobytes())


def stamped(stamp_ns=5 * S, source="camera"):
    return {"source": source, "stamp_ns": stamp_ns, "received_ns": stamp_ns}


def frame(stamp_ns=5 * S, source="camera", **fields):
    given_fields = {"depth": DEPTH, "camera": CAMERA, "X_WC": X_WC, **fields}
    return RgbdFrame(**stamped(stamp_ns, source), **given_fields)


def full_frame():
    return frame(color=encoded((24, 32)), X_BC=np.eye(4), pose_cov=np.eye(6))


def scan():
    return PointScan(**stamped(), points_S=np.ones((5, 3), np.float32), X_WS=X_WC, X_BS=np.eye(4), pose_cov=np.eye(6))


def robot_state():
    joints = {"wrist": 0.5, "elbow": 1.0}
    return RobotState(**stamped(), X_WB=X_WC, X_WG=X_WC, joint_positions_rad=joints, gripper_width_m=0.1)


MUG = Detection(label="mug", score=0.5, box_px=(1.0, 2.0, 5.0, 9.0))
GOOD = {
    "RgbdFrame": full_frame,
    "PointScan": scan,
    "RobotState": robot_state,
    "Detections": lambda: Detections(**stamped(), camera_source="camera", items=(MUG,)),
    "Action": lambda: Action(**stamped(), verb="placed_on", object_id=3, target_id=4),
    "Recall": lambda: Recall(**stamped(), object_ids=(3, 1)),
}


def vars_of(x):
    return {field.name: getattr(x, field.name) for field in dataclasses.fields(x)}


def poisoned(x, **fields) -> Any:
    """Return a copy with fields that its constructor, checked in tests, would not take."""
    x = copy.copy(x)
    for name, value in fields.items():
        object.__setattr__(x, name, value)
    return x


def rotated(R):
    X = X_WC.copy()
    X[:3, :3] = R
    return X


def moved(row, column, value):
    X = X_WC.copy()
    X[row, column] = value
    return X


def pinhole(**fields):
    return poisoned(CAMERA, **fields)


def covariance(row, column, value):
    cov = np.eye(6)
    cov[row, column] = value
    return cov


INDEFINITE = covariance(1, 2, 3.0) + covariance(2, 1, 3.0) - np.eye(6)
R_WC = X_WC[:3, :3]
FRAME_POISON = [
    ("source_none", {"source": None}, Reason.BAD_FIELD, "source is None"),
    ("source_empty", {"source": ""}, Reason.BAD_FIELD, "1 to 200"),
    ("source_long", {"source": "x" * 201}, Reason.BAD_FIELD, "1 to 200"),
    ("source_line_break", {"source": "a\nb"}, Reason.BAD_FIELD, "printable"),
    ("source_surrogate", {"source": "\ud800"}, Reason.BAD_FIELD, "printable"),
    ("world_number", {"world": 3}, Reason.BAD_FIELD, "world is 3"),
    ("world_other", {"world": "kitchen"}, Reason.OTHER_WORLD, "'kitchen'"),
    ("stamp_negative", {"stamp_ns": -1}, Reason.BAD_STAMP, "-1"),
    ("stamp_float", {"stamp_ns": 5.0}, Reason.BAD_STAMP, "5.0"),
    ("stamp_bool", {"stamp_ns": True}, Reason.BAD_STAMP, "True"),
    ("stamp_none", {"stamp_ns": None}, Reason.BAD_STAMP, "None"),
    ("stamp_huge", {"stamp_ns": 10**5000}, Reason.BAD_STAMP, "bits"),
    ("received_float", {"received_ns": 5.0}, Reason.BAD_STAMP, "received_ns"),
    ("stamp_future", {"stamp_ns": 8 * S}, Reason.STAMP_FUTURE, "3.000 s ahead"),
    ("camera_none", {"camera": None}, Reason.BAD_INTRINSICS, "Pinhole"),
    ("camera_nan", {"camera": pinhole(fy=np.nan)}, Reason.BAD_INTRINSICS, "fy is nan"),
    ("camera_fx_zero", {"camera": pinhole(fx=0.0)}, Reason.BAD_INTRINSICS, "above 0"),
    ("camera_fx_negative", {"camera": pinhole(fx=-30.0)}, Reason.BAD_INTRINSICS, "-30"),
    ("camera_fx_normalised", {"camera": pinhole(fx=0.9)}, Reason.BAD_INTRINSICS, "not normalised"),
    ("camera_fy_endless", {"camera": pinhole(fy=1e9)}, Reason.BAD_INTRINSICS, "no pinhole's"),
    ("camera_width_zero", {"camera": pinhole(width=0)}, Reason.BAD_INTRINSICS, "width is 0"),
    ("camera_height_float", {"camera": pinhole(height=24.0)}, Reason.BAD_INTRINSICS, "height is 24.0"),
    ("camera_huge", {"camera": pinhole(width=10**6, height=10**6)}, Reason.BAD_INTRINSICS, "too large"),
    ("camera_cx_far", {"camera": pinhole(cx=500.0)}, Reason.BAD_INTRINSICS, "far outside"),
    ("camera_cy_inf", {"camera": pinhole(cy=np.inf)}, Reason.BAD_INTRINSICS, "cy is inf"),
    ("unit_zero", {"depth_unit_m": 0.0}, Reason.DEPTH_UNIT, "above 0"),
    ("unit_nan", {"depth_unit_m": np.nan}, Reason.DEPTH_UNIT, "nan"),
    ("unit_negative", {"depth_unit_m": -0.001}, Reason.DEPTH_UNIT, "-0.001"),
    (
        "unit_too_coarse_for_floats",
        {"depth": np.full((24, 32), 1.5), "depth_unit_m": 1.0},
        Reason.DEPTH_UNIT,
        "1 m are",
    ),
    ("unit_text", {"depth_unit_m": "mm"}, Reason.DEPTH_UNIT, "'mm'"),
    ("unit_of_metres", {"depth_unit_m": 1.0}, Reason.DEPTH_UNIT, "median depth is 1500 m"),
    ("unit_too_small", {"depth_unit_m": 1e-6}, Reason.DEPTH_UNIT, "median depth is 0.0015 m"),
    ("float_in_mm", {"depth": DEPTH.astype(np.float32)}, Reason.DEPTH_UNIT, "divide by 1000"),
    ("depth_none", {"depth": None}, Reason.DEPTH_DTYPE, "None"),
    ("depth_list", {"depth": DEPTH.tolist()}, Reason.DEPTH_DTYPE, "list"),
    ("depth_int16", {"depth": DEPTH.astype(np.int16)}, Reason.DEPTH_DTYPE, "int16"),
    ("depth_uint8", {"depth": DEPTH.astype(np.uint8)}, Reason.DEPTH_DTYPE, "uint8"),
    ("depth_complex", {"depth": DEPTH.astype(np.complex64)}, Reason.DEPTH_DTYPE, "complex64"),
    ("depth_object", {"depth": DEPTH.astype(object)}, Reason.DEPTH_DTYPE, "object"),
    ("depth_masked_array", {"depth": np.ma.masked_equal(DEPTH, 500)}, Reason.DEPTH_DTYPE, "MaskedArray"),
    ("depth_3d", {"depth": DEPTH[..., None]}, Reason.DEPTH_SHAPE, "(24, 32, 1)"),
    ("depth_flat", {"depth": DEPTH.ravel()}, Reason.DEPTH_SHAPE, "(768,)"),
    ("depth_turned", {"depth": DEPTH.T}, Reason.DEPTH_SHAPE, "24 x 32"),
    ("depth_empty", {"depth": DEPTH[:, :0]}, Reason.DEPTH_EMPTY, "(24, 0)"),
    ("depth_zeros", {"depth": np.zeros_like(DEPTH)}, Reason.DEPTH_ALL_INVALID, "covered"),
    ("depth_all_saturated", {"depth": np.full_like(DEPTH, 65535)}, Reason.DEPTH_ALL_INVALID, "768"),
    ("depth_all_nan", {"depth": np.full((24, 32), np.nan, np.float32)}, Reason.DEPTH_ALL_INVALID, "depth_nan"),
    ("depth_all_negative", {"depth": np.full((24, 32), -1.0)}, Reason.DEPTH_ALL_INVALID, "depth_negative"),
    ("color_float", {"color": RGB / 255}, Reason.COLOR_DTYPE, "float64"),
    ("color_grey", {"color": RGB[..., 0]}, Reason.COLOR_DTYPE, "(24, 32)"),
    ("color_rgba", {"color": np.zeros((24, 32, 4), np.uint8)}, Reason.COLOR_DTYPE, "(24, 32, 4)"),
    ("color_bytes", {"color": b"raw"}, Reason.COLOR_DTYPE, "bytes"),
    ("color_bytearray", {"color": poisoned(EncodedImage(b""), data=bytearray(b"x"))}, Reason.COLOR_DTYPE, "bytearray"),
    ("color_size", {"color": RGB[:12]}, Reason.COLOR_SIZE, "(12, 32, 3)"),
    ("color_jpeg_size", {"color": encoded((48, 64))}, Reason.COLOR_SIZE, "(48, 64)"),
    ("color_png_turned", {"color": encoded((32, 24), ".png")}, Reason.COLOR_SIZE, "(32, 24)"),
    ("color_no_bytes", {"color": EncodedImage(b"")}, Reason.COLOR_UNREADABLE, "JPEG or PNG"),
    ("color_junk", {"color": EncodedImage(b"\x00" * 99)}, Reason.COLOR_UNREADABLE, "JPEG or PNG"),
    ("color_cut", {"color": EncodedImage(encoded((24, 32)).data[:400])}, Reason.COLOR_UNREADABLE, "400 bytes"),
    ("color_endless_header", {"color": EncodedImage(b"\xff\xd8" + b"\xff" * 9999)}, Reason.COLOR_UNREADABLE, "begin"),
    ("pose_none", {"X_WC": None}, Reason.BAD_POSE, "X_WC is None"),
    ("pose_3x4", {"X_WC": X_WC[:3]}, Reason.BAD_POSE, "(3, 4)"),
    ("pose_float32", {"X_WC": X_WC.astype(np.float32)}, Reason.BAD_POSE, "float32"),
    ("pose_object", {"X_WC": X_WC.astype(object)}, Reason.BAD_POSE, "object"),
    ("pose_nan", {"X_WC": moved(0, 0, np.nan)}, Reason.BAD_POSE, "NaN"),
    ("pose_inf", {"X_WC": moved(1, 3, np.inf)}, Reason.BAD_POSE, "inf"),
    ("pose_last_row", {"X_WC": X_WC.T}, Reason.BAD_POSE, "transposed"),
    ("pose_skewed", {"X_WC": moved(0, 0, X_WC[0, 0] + 0.01)}, Reason.POSE_NOT_RIGID, "not orthonormal"),
    ("pose_scaled", {"X_WC": rotated(R_WC * 1.5)}, Reason.POSE_NOT_RIGID, "scaled by 1.5"),
    ("pose_reflected", {"X_WC": rotated(R_WC * [1, 1, -1])}, Reason.POSE_NOT_RIGID, "is reflected:"),
    ("pose_mirrored", {"X_WC": rotated(R_WC * -2.0)}, Reason.POSE_NOT_RIGID, "reflected and scaled by 2"),
    ("pose_zero", {"X_WC": rotated(R_WC * 0.0)}, Reason.POSE_NOT_RIGID, "not orthonormal"),
    ("pose_vast", {"X_WC": rotated(R_WC * 1e300)}, Reason.POSE_NOT_RIGID, "rotation of X_WC"),
    ("pose_outside", {"X_WC": moved(2, 3, 101.0)}, Reason.OUTSIDE_WORLD, "101.0"),
    ("mount_scaled", {"X_BC": np.diag((2.0, 2.0, 2.0, 1.0))}, Reason.POSE_NOT_RIGID, "X_BC"),
    ("mount_shape", {"X_BC": np.eye(3)}, Reason.BAD_POSE, "X_BC"),
    ("cov_shape", {"pose_cov": np.eye(3)}, Reason.BAD_COVARIANCE, "(6, 6)"),
    ("cov_nan", {"pose_cov": covariance(1, 1, np.nan)}, Reason.BAD_COVARIANCE, "NaN"),
    ("cov_negative", {"pose_cov": covariance(1, 1, -1e-9)}, Reason.BAD_COVARIANCE, "-1e-09"),
    ("cov_vague", {"pose_cov": covariance(1, 1, 1e12)}, Reason.BAD_COVARIANCE, "1e+12 rad^2 in rotation"),
    ("cov_far", {"pose_cov": covariance(4, 4, 1e5)}, Reason.BAD_COVARIANCE, "100000 m^2 in translation"),
    (
        "cov_indefinite",
        {"pose_cov": INDEFINITE},
        Reason.BAD_COVARIANCE,
        "eigenvalue -2",
    ),
    ("cov_lopsided", {"pose_cov": covariance(1, 2, 0.1)}, Reason.BAD_COVARIANCE, "transpose by 0.1"),
]
"""What a frame is poisoned with: a name, the fields, the reason that is given, and what is said."""

OTHER_POISON = [
    ("PointScan", {"points_S": np.ones((5, 2), np.float32)}, Reason.POINTS_SHAPE),
    ("PointScan", {"points_S": np.ones((5, 3), int)}, Reason.POINTS_SHAPE),
    ("PointScan", {"points_S": np.ones((0, 3), np.float32)}, Reason.POINTS_ALL_INVALID),
    ("PointScan", {"points_S": np.full((5, 3), np.inf, np.float32)}, Reason.POINTS_ALL_INVALID),
    ("PointScan", {"points_S": np.full((5, 3), 9000.0, np.float32)}, Reason.DEPTH_UNIT),
    ("PointScan", {"points_S": np.full((5, 3), 0.001, np.float32)}, Reason.DEPTH_UNIT),
    ("PointScan", {"X_WS": moved(0, 3, 1e9)}, Reason.OUTSIDE_WORLD),
    ("RobotState", {"X_WB": rotated(R_WC * -1.0)}, Reason.POSE_NOT_RIGID),
    ("RobotState", {"linear_velocity_B_m_s": (0.0, np.nan, 0.0)}, Reason.BAD_FIELD),
    ("RobotState", {"angular_velocity_B_rad_s": (0.0, 0.0)}, Reason.BAD_FIELD),
    ("RobotState", {"joint_positions_rad": {"wrist": np.inf}}, Reason.BAD_FIELD),
    ("RobotState", {"joint_positions_rad": {3: 0.5}}, Reason.BAD_FIELD),
    ("RobotState", {"gripper_width_m": 10**400}, Reason.BAD_FIELD),
    ("Detections", {"items": ("mug",)}, Reason.DETECTIONS_ALL_INVALID),
    ("Detections", {"camera_source": ""}, Reason.BAD_FIELD),
    ("Action", {"verb": "thrown"}, Reason.BAD_FIELD),
    ("Action", {"object_id": -1}, Reason.BAD_FIELD),
    ("Action", {"succeeded": 1}, Reason.BAD_FIELD),
    ("Recall", {"object_ids": (1, 2.5)}, Reason.BAD_FIELD),
    ("Recall", {"world": "kitchen"}, Reason.OTHER_WORLD),
]
"""The kind of input, what it is poisoned with, and the reason that is given."""


class Unhashable(type):
    """A metaclass whose classes can be neither hashed nor compared."""

    def __eq__(cls, other):
        raise RuntimeError

    __hash__ = None  # type: ignore[assignment]


class Hostile(metaclass=Unhashable):
    @property
    def __class__(self):
        raise RuntimeError

    def _raise(self, *args):
        raise RuntimeError

    __repr__ = __str__ = __eq__ = __len__ = __iter__ = __index__ = __float__ = __bool__ = __array__ = _raise  # type: ignore[assignment]
    __hash__ = None  # type: ignore[assignment]


class HostileFrame(RgbdFrame):
    def __getattribute__(self, name):
        if name == "depth":
            raise RecursionError
        return super().__getattribute__(name)


class HostileArray(np.ndarray):
    @property
    def dtype(self):  # type: ignore[override]
        raise RuntimeError


HOSTILE = [
    Hostile(),
    Hostile,
    10**5000,
    -(10**400),
    object.__new__(RgbdFrame),
    HostileFrame(**vars_of(frame())),
    np.zeros((4, 4)).view(HostileArray),
    np.ma.masked_all((24, 32)),
    np.zeros((24, 32), [("a", "f8")]),
    np.broadcast_to(np.uint16(1), (10**6, 10**6)),
    np.array(None),
    np.datetime64(3, "s"),
    type("x" * 999, (), {})(),
    poisoned(CAMERA, width=Hostile()),
    EncodedImage(b"\x89PNG\r\n\x1a\n" + b"\xff" * 99),
]
