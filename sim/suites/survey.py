"""A memory of a whole home as it is: pictures without noise from all over the floor, taken without driving there."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, UInt16

from sim.poses import compose, yaw_pose
from sim.sensors import Camera, SegmentationDetector
from sim.suites.setup import Setup
from sim.suites.true_floor import TrueFloor
from sim.worlds import World
from spatialmem import Input, Rejected, RgbdFrame, RobotState, SpatialMemory

__all__ = ["surveyed"]

SQUARE_M = 1.5
"""One place of each such square of floor is looked from: the one with most room."""
YAWS = 6
"""So many pictures are taken at each, all round."""
BETWEEN_NS = 2_000_000_000
"""Between two pictures: no camera comes to the next place faster than the memory's gate believes."""


def surveyed(
    world: World,
    setup: Setup,
    camera: Camera,
    floor: TrueFloor,
    memory: SpatialMemory,
    start_ns: int,
    *,
    detector: SegmentationDetector | None = None,
    besides: Sequence[np.ndarray] = (),
    all_over: bool = True,
) -> int:
    """Tell a memory all that pictures from all over the home show; return when the last one is taken [ns].

    Nothing of it is in the world: no robot stands where it is looked from. besides: X_WB that are looked from, too;
    with all_over=False from there alone.
    """
    detector = SegmentationDetector(world, setup.detector, seed=0) if detector is None else detector
    poses, stamp_ns = [*(_poses(floor) if all_over else ()), *besides], start_ns
    for number, X_WB in enumerate(poses):
        stamp_ns = start_ns + number * BETWEEN_NS
        for x in _told(world, setup, camera, detector, X_WB, stamp_ns):
            if isinstance(x, RgbdFrame) and not x.depth.any():
                break  # it looks over all that is near: a picture without depth, and what is found in it, is none
            answer = memory.observe(x)
            if isinstance(answer, Rejected):
                raise RuntimeError(f"the survey's own input was rejected: {answer.detail}")
    return stamp_ns


def _poses(floor: TrueFloor) -> list[np.ndarray]:
    """Return where to look from: X_WB all over the floor."""
    cells: Bool[np.ndarray, "h w"] = floor.main
    rows, columns = np.nonzero(cells)
    middles, clear = floor.middles_m(cells), floor.clearance_m[rows, columns]
    squares = np.floor(middles / SQUARE_M).astype(int)
    best: dict[tuple[int, int], int] = {}
    for number, (i, j) in enumerate(squares.tolist()):
        if (i, j) not in best or clear[number] > clear[best[i, j]]:
            best[i, j] = number
    return [
        yaw_pose(float(middles[k, 0]), float(middles[k, 1]), 2 * math.pi * turn / YAWS)
        for _, k in sorted(best.items())
        for turn in range(YAWS)
    ]


def _told(
    world: World, setup: Setup, camera: Camera, detector: SegmentationDetector, X_WB: np.ndarray, stamp_ns: int
) -> list[Input]:
    X_WC, settings = compose(X_WB, setup.kind.X_BC), setup.camera
    shot = camera.look(X_WC)
    detector.keep(stamp_ns, shot, "camera")
    depth_m = np.where(shot.depth_m <= settings.range_max_m, shot.depth_m, 0.0)
    depth: UInt16[np.ndarray, "h w"] = np.round(depth_m / settings.depth_unit_m).astype(np.uint16)
    shared = {"stamp_ns": stamp_ns, "received_ns": stamp_ns, "world": world.home.name}
    frame = RgbdFrame(
        source="camera",
        depth=depth,
        camera=camera.pinhole,
        X_WC=X_WC,
        depth_unit_m=settings.depth_unit_m,
        color=shot.color,
        X_BC=np.array(setup.kind.X_BC),
        **shared,
    )
    return [RobotState(source="robot", X_WB=X_WB, **shared), frame, detector.detections(frame)]
