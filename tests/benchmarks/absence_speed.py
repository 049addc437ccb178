"""What looking for everything costs: python tests/benchmarks/absence_speed.py [--objects 10000] [--repeats 200]

Objects of 5 to 50 cm stand on a floor of 20 x 20 m; the camera (640 x 480, range 5 m) looks along it, so that some
hundreds are in view, or they all stand before it. `look` for all of them, each frame, with a pose that is 1 cm and
0.3 degrees uncertain; beside it DynaMem's way of clearing (Liu et al. 2024, as in EVALUATION.md), which projects every
stored point into every frame with NumPy: the same points, no culling, no neighbourhood, no object's box. Frames in
which the things are there, and in which all are gone.
`Octree.miss_seen_through` for a mug and for a table of 2 m, on a map that integrated the same frames; beside it the
integration of that frame. Best and 95 % of the repeats.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np
from measure import show, timed_ms

import spatialmem as sm
from spatialmem.belief.looking import Outcome, Remembered, look
from spatialmem.config import DepthConfig, OctreeConfig
from spatialmem.octree import Octree

CAMERA = sm.Pinhole(640, 480, 525.0, 525.0, 319.5, 239.5)
X_WC = sm.look_at((0.0, 0.0, 1.3), (3.0, 0.0, 0.5))
POINTS = 32
DYNAMEM_NEAR_M, DYNAMEM_SLACK_M = 2.5, 0.1


def objects(count: int, rng: np.random.Generator, *, before_camera: bool) -> Remembered:
    """Boxes on the floor, with points of their surfaces: over 20 x 20 m, or all of them in the picture."""
    size_m = rng.uniform(0.05, 0.5, (count, 3))
    if before_camera:
        x = rng.uniform(1.8, 4.6, count)
        center_W = np.stack([x, rng.uniform(-0.45, 0.45, count) * x, size_m[:, 2] / 2], axis=1)
    else:
        center_W = np.stack([*rng.uniform(-10, 10, (2, count)), size_m[:, 2] / 2], axis=1)
    on_faces = rng.uniform(-0.5, 0.5, (count, POINTS, 3))
    axis = rng.integers(0, 3, (count, POINTS, 1))
    np.put_along_axis(on_faces, axis, np.where(np.take_along_axis(on_faces, axis, 2) < 0, -0.5, 0.5), 2)
    return Remembered(
        center_W=center_W,
        size_m=size_m,
        yaw_rad=np.zeros(count),
        sigma_m=np.full(count, 0.01),
        returned_to_m=np.full(count, 4.0),
        points_mm=np.rint(1000 * on_faces * size_m[:, None]).astype(np.int16),
        point_count=np.full(count, POINTS),
    )


def picture(things: Remembered | None) -> sm.RgbdFrame:
    """A floor, a wall at 7 m, and the things in view, ray by ray."""
    v, u = np.mgrid[: CAMERA.height, : CAMERA.width]
    rays = np.stack([(u - CAMERA.cx) / CAMERA.fx, (v - CAMERA.cy) / CAMERA.fy, np.ones(u.shape)], -1) @ X_WC[:3, :3].T
    z = np.minimum(np.where(rays[..., 2] < 0, 1.3 / np.maximum(-rays[..., 2], 1e-6), 60.0), 7.0 / rays[..., 0])
    boxes = [] if things is None else zip(things.center_W, things.size_m, strict=True)
    for center, size in boxes:
        low, high = (center + side * size / 2 for side in (-1, 1))
        points_C = sm.transform(sm.inverse(X_WC), np.where(np.indices((2, 2, 2)).reshape(3, -1).T, high, low))
        if points_C[:, 2].min() < 0.3:
            continue
        across = points_C[:, 0] / points_C[:, 2] * CAMERA.fx + CAMERA.cx
        down = points_C[:, 1] / points_C[:, 2] * CAMERA.fy + CAMERA.cy
        left, right = np.rint([across.min(), across.max() + 1]).clip(0, CAMERA.width).astype(int)
        top, bottom = np.rint([down.min(), down.max() + 1]).clip(0, CAMERA.height).astype(int)
        ray, here = rays[top:bottom, left:right], z[top:bottom, left:right]
        a, b = ((corner - X_WC[:3, 3]) / np.where(ray == 0, 1e-12, ray) for corner in (low, high))
        enter, leave = np.minimum(a, b).max(axis=-1), np.maximum(a, b).min(axis=-1)
        here[...] = np.where((enter < leave) & (enter < here), enter, here)
    depth = np.rint(1000 * z.clip(0, 60)).astype(np.uint16)
    return sm.RgbdFrame(source="camera", stamp_ns=1, received_ns=1, depth=depth, camera=CAMERA, X_WC=X_WC)


def dynamem(frame: sm.RgbdFrame, points_W: np.ndarray) -> np.ndarray:
    """Return which stored points DynaMem clears: in view, nearer than 2.5 m, and not hidden by more than 0.1 m."""
    points_C = sm.transform(sm.inverse(frame.X_WC), points_W)
    x, y, z = points_C[:, 0], points_C[:, 1], points_C[:, 2]
    ahead = np.maximum(z, np.float32(1e-3))
    u = np.rint(x / ahead * np.float32(CAMERA.fx) + np.float32(CAMERA.cx))
    v = np.rint(y / ahead * np.float32(CAMERA.fy) + np.float32(CAMERA.cy))
    valid = (z > 0) & (z < DYNAMEM_NEAR_M) & (u >= 0) & (v >= 0) & (u < CAMERA.width) & (v < CAMERA.height)
    u, v = u[valid].astype(int), v[valid].astype(int)
    cleared = np.zeros(len(z), bool)
    cleared[valid] = z[valid] < frame.depth[v, u] * np.float32(0.001) + np.float32(DYNAMEM_SLACK_M)
    return cleared


def spread(call: Callable[[], object], repeats: int) -> str:
    """Best and 95 % of so many calls."""
    call()
    times = [timed_ms(call) for _ in range(repeats)]
    return f"{min(times):.2f} / {np.percentile(times, 95):.2f} ms"


def looks(count: int, repeats: int) -> list[list[str]]:
    """How long it takes to look for all objects."""
    rows = []
    for before_camera in (False, True):
        things = objects(count, np.random.default_rng(0), before_camera=before_camera)
        points_W = (things.center_W[:, None] + things.points_mm * 0.001).reshape(-1, 3).astype(np.float32)
        for gone in (False, True):
            frame = picture(None if gone else things)

            def ask(threads: int = 1, things: Remembered = things, frame: sm.RgbdFrame = frame):
                return look(frame, things, DepthConfig(), pose_sigma_m=0.01, pose_sigma_rad=0.005, threads=threads)

            found = ask()
            in_view = int((found.counts[:, [Outcome.OUT, Outcome.FAR]].sum(axis=1) < POINTS).sum())
            through = int((found.outcome == Outcome.THROUGH).sum())
            few = max(repeats // 10, 5) if before_camera else repeats
            rows.append(
                [
                    f"{'all gone' if gone else 'as they stand'}",
                    f"{in_view}",
                    f"{through}",
                    spread(ask, few),
                    spread(lambda ask=ask: ask(2), few),
                    spread(lambda frame=frame, points_W=points_W: dynamem(frame, points_W), max(repeats // 10, 5)),
                ]
            )
    return rows


def misses(repeats: int) -> list[list[str]]:
    """How long it takes to take a thing out of the map."""
    return [
        missed(name, size_m, voxel_size_m, max(repeats // 20, 5))
        for name, size_m in (("mug", (0.09, 0.09, 0.1)), ("table of 2 m", (1.0, 2.0, 0.8)))
        for voxel_size_m in (0.05, 0.02, 0.01)
    ]


def missed(name: str, size_m: tuple[float, float, float], voxel_size_m: float, repeats: int) -> list[str]:
    """One thing that stood in three frames, and is gone in the next."""
    octree = Octree(OctreeConfig(voxel_size_m=voxel_size_m, threads=2, budget_mib=2048))
    center, size = np.array([[2.6, 0.0, size_m[2] / 2]]), np.array([size_m])
    thing = Remembered(
        center_W=center, size_m=size, yaw_rad=np.zeros(1), sigma_m=np.zeros(1), returned_to_m=np.zeros(1),
        points_mm=np.zeros((1, 1, 3), np.int16), point_count=np.zeros(1, np.int64),
    )  # fmt: skip
    there, gone = picture(thing), picture(None)
    for _ in range(3):
        octree.integrate_image(there.depth, 0.001, CAMERA, X_WC)
    octree.integrate_image(gone.depth, 0.001, CAMERA, X_WC)
    before, times, count = octree.dump(), [], 0

    def clear(fresh: Octree) -> int:
        return fresh.miss_seen_through(gone.depth, 0.001, CAMERA, X_WC, center, size, np.zeros(1))

    for _ in range(repeats):
        fresh = Octree.load(before, octree.config)
        start = time.perf_counter()
        count = clear(fresh)
        times.append(1e3 * (time.perf_counter() - start))
    again = spread(lambda: clear(fresh), repeats)
    integrating = spread(lambda: octree.integrate_image(gone.depth, 0.001, CAMERA, X_WC), repeats)
    first = f"{min(times):.2f} / {np.percentile(times, 95):.2f} ms"
    return [name, f"{100 * voxel_size_m:.0f} cm", f"{count}", first, again, integrating]


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--objects", type=int, default=10_000)
    parser.add_argument("--repeats", type=int, default=200)
    options = parser.parse_args()
    misses_rows = misses(options.repeats)  # makes octrees, which load the kernels
    show(
        f"looking for {options.objects} remembered objects, {POINTS} points each, best / 95 %",
        ["", "in view", "seen through", "look", "look, 2 threads", "DynaMem's way, NumPy"],
        looks(options.objects, options.repeats),
    )
    show(
        "taking a thing out of the map, 640 x 480, range 5 m, 2 threads, best / 95 %",
        ["", "voxels", "set", "miss_seen_through", "again, nothing to set", "integrate_image"],
        misses_rows,
    )
