"""Expected depth images on the map of the office walk: python tests/benchmarks/depth_image.py"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from measure import RANGE_MAX_M, best_s, show

from depth_agreement import JUMP_M, Agreement, agreement  # isort: skip - measure makes tests/support importable
from recordings import office_walk_frames  # isort: skip

from spatialmem import DepthConfig, Octree, OctreeConfig, Pinhole, State

WIDTH, HEIGHT = 320, 240


def mapped(frames, voxel_size_m: float = 0.05) -> Octree:
    """The map of some frames, answering on one thread."""
    octree = Octree(OctreeConfig(voxel_size_m=voxel_size_m, threads=1, budget_mib=4096))
    for depth, camera, X_WC in frames:
        octree.integrate_image(depth, 0.001, camera, X_WC, DepthConfig(range_max_m=RANGE_MAX_M))
    return octree


def small(camera: Pinhole) -> Pinhole:
    """The recorded camera at 320x240, with the same width of view."""
    f = WIDTH / camera.width
    return Pinhole(WIDTH, HEIGHT, camera.fx * f, camera.fy * f, (WIDTH - 1) / 2, (HEIGHT - 1) / 2)


def rays_of(camera: Pinhole, X_WC: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Origins and directions of all pixels, for `raycast`."""
    v, u = np.mgrid[: camera.height, : camera.width]
    along = np.stack([(u - camera.cx) / camera.fx, (v - camera.cy) / camera.fy, np.ones(u.shape)], axis=-1)
    directions = np.ascontiguousarray(along.reshape(-1, 3) @ X_WC[:3, :3].T)
    return np.broadcast_to(X_WC[:3, 3], directions.shape).copy(), directions


def speed(frames, voxel_size_m: float, unknown_is: State, level: int = 0) -> list[str]:
    """Time of an image at 320x240 from every tenth pose, and of as many single rays."""
    octree, camera = mapped(frames, voxel_size_m), small(frames[0][1])
    options = {"range_max_m": RANGE_MAX_M, "unknown_is": unknown_is}
    images, rays = [], []
    for _, _, X_WC in frames[::10]:
        images.append(1e3 * best_s(lambda X=X_WC: octree.depth_image(X, camera, level=level, **options)))
    if level == 0:
        for _, _, X_WC in frames[::60]:
            ends = rays_of(camera, X_WC)
            rays.append(1e3 * best_s(lambda e=ends: octree.raycast(*e, **options), 2))
    return [
        f"{voxel_size_m * 100:.0f} cm, level {level}, unknown is {unknown_is.name}",
        f"{np.median(images):.1f} ms",
        f"{max(images):.1f} ms",
        f"{np.median(rays):.0f} ms" if rays else "",
    ]


def agree(name: str, frames, octree_of, around_voxels: float, voxel_size_m: float = 0.05) -> list[str]:
    """Agreement with the recorded depth at the poses of every tenth frame, in full resolution."""
    total = Agreement()
    for i in range(0, len(frames), 10):
        depth, camera, X_WC = frames[i]
        image = octree_of(i).depth_image(X_WC, camera, range_max_m=2 * RANGE_MAX_M)
        around_m = around_voxels * voxel_size_m
        total += agreement(depth, camera, X_WC, image, voxel_size_m, range_max_m=RANGE_MAX_M, around_m=around_m)
    off = total.valid - total.edges
    return [
        name,
        f"{around_voxels:g}",
        f"{100 * total.edges / total.valid:.1f} %",
        f"{100 * total.near / total.valid:.1f} %",
        f"{100 * total.near_off_edges / off:.1f} %",
        f"{100 * total.beside_off_edges / off:.1f} %",
        f"{100 * total.before_off_edges / off:.1f} %",
    ]


def agreements(frames) -> list[list[str]]:
    """Of the whole map, of one with a tenth of the frames, of neighbouring frames, and of the very frame alone."""
    every, tenth = mapped(frames), mapped(frames[::10])
    kinds: list[tuple[str, Callable[[int], Octree]]] = [
        ("all frames", lambda i: every),
        ("every tenth", lambda i: tenth),
        ("the frame and 15 around", lambda i: mapped(frames[max(0, i - 15) : i + 16])),
        ("the frame alone", lambda i: mapped(frames[i : i + 1])),
    ]
    rows = [agree(name, frames, octree_of, around) for name, octree_of in kinds[:1] for around in (0, 1, 2)]
    return rows + [agree(name, frames, octree_of, 1) for name, octree_of in kinds[1:]]


if __name__ == "__main__":
    frames = list(office_walk_frames())
    started = time.perf_counter()
    show(
        f"depth_image at {WIDTH}x{HEIGHT}, range {RANGE_MAX_M:g} m, one core, at every tenth pose of the walk",
        ["", "median", "slowest pose", "raycast, as many rays"],
        [
            speed(frames, 0.05, State.FREE),
            speed(frames, 0.05, State.UNKNOWN),
            speed(frames, 0.05, State.OCCUPIED),
            speed(frames, 0.05, State.FREE, 1),
            speed(frames, 0.05, State.FREE, 2),
            speed(frames, 0.02, State.FREE),
            speed(frames, 0.01, State.FREE),
        ],
    )
    show(
        f"agreement with the recorded depth at every tenth pose, 540x360, 5 cm; an edge: a jump over {JUMP_M} m",
        [
            "map of",
            "voxels around edges",
            "edges",
            "to one voxel",
            "... off edges",
            "in its voxel or beside",
            "too near",
        ],
        agreements(frames),
    )
    print(f"{time.perf_counter() - started:.0f} s")
