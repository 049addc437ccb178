"""Small inputs for what is live: frames of a wall, the robot's states, a clock that is moved by hand."""

import time
from collections.abc import Callable

import numpy as np

from spatialmem import Detections, ManualClock, Pinhole, RgbdFrame, RobotState
from spatialmem.live import UnposedFrame

CAMERA = Pinhole(32, 24, 30.0, 30.0, 15.5, 11.5)
X_BC = np.array([[0.0, 0.0, 1.0, 0.1], [-1.0, 0.0, 0.0, 0.0], [0.0, -1.0, 0.0, 1.0], [0.0, 0.0, 0.0, 1.0]])
S = 10**9


def base_at(x_m: float, y_m: float = 0.0) -> np.ndarray:
    X_WB = np.eye(4)
    X_WB[:2, 3] = x_m, y_m
    return X_WB


def frame(stamp_ns: int, source: str = "camera", x_m: float = 0.0, depth_mm: int = 2000, **fields) -> RgbdFrame:
    depth = np.full((CAMERA.height, CAMERA.width), depth_mm, np.uint16)
    kept = {"depth": depth, "camera": CAMERA, "X_WC": base_at(x_m) @ X_BC, **fields}
    return RgbdFrame(source=source, stamp_ns=stamp_ns, received_ns=stamp_ns, **kept)


def unposed(stamp_ns: int, source: str = "camera") -> UnposedFrame:
    depth = np.full((CAMERA.height, CAMERA.width), 2000, np.uint16)
    return UnposedFrame(source=source, stamp_ns=stamp_ns, received_ns=stamp_ns, depth=depth, camera=CAMERA, X_BC=X_BC)


def found(stamp_ns: int, camera_source: str = "camera") -> Detections:
    return Detections(source="detector", stamp_ns=stamp_ns, received_ns=stamp_ns, camera_source=camera_source, items=())


def state(stamp_ns: int, x_m: float = 0.0, source: str = "robot") -> RobotState:
    return RobotState(source=source, stamp_ns=stamp_ns, received_ns=stamp_ns, X_WB=base_at(x_m))


def clock(now_s: float = 100.0) -> ManualClock:
    return ManualClock(int(now_s * S))


def of_another_world():
    """Give frames of a world that is not the memory's."""
    return [frame(i * S, world="attic") for i in range(1, 4)]


def walking():
    """Give frames of a camera that goes ahead, 0.1 m each."""
    return (frame(i * S // 10, x_m=i / 100) for i in range(1, 60))


def unplugged():
    """Give one frame, then fail."""
    yield frame(S)
    raise OSError("unplugged")


def until(holds: Callable[[], object], seconds: float = 10.0) -> None:
    """Wait until something holds; fail where it does not in time."""
    end = time.monotonic() + seconds
    while not holds() and time.monotonic() < end:
        time.sleep(0.002)
    assert holds()
