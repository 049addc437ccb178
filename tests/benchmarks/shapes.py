"""Boxes, free shapes and surfaces of the map of the office walk, one core: python tests/benchmarks/shapes.py"""

from __future__ import annotations

import numpy as np
from measure import best_s, show
from questions import walked

from spatialmem import Box, Capsule, Octree, Spheres, State

SHAPES = 20_000
RADIUS_M = 0.3


def regions(octree: Octree) -> list[str]:
    """Million voxels a second that are merged into boxes; milliseconds of a surface; seconds of its mesh."""
    row = [f"{octree.voxel_size_m * 100:.0f} cm"]
    volumes = octree.volumes_m3()
    for state, name in ((State.OCCUPIED, "occupied"), (State.FREE, "free")):
        boxes = octree.boxes(state=state)
        filled_m3 = (boxes.size_m**3).sum()
        assert abs(filled_m3 - volumes[name]) < 1e-6 * volumes[name], (filled_m3, volumes)
        voxels = volumes[name] / octree.voxel_size_m**3
        took_s = best_s(lambda s=state: octree.boxes(state=s), 3)
        row += [f"{voxels / 1e6:.2f}", f"{len(boxes.size_m) / 1e6:.2f}", f"{voxels / took_s / 1e6:.0f}"]
    surface_s, mesh_s = best_s(octree.surface, 3), best_s(octree.surface_mesh, 1)
    row += [f"{len(octree.surface().points_W) / 1e6:.2f}", f"{1e3 * surface_s:.0f}"]
    return [*row, f"{len(octree.surface_mesh().triangles) / 1e6:.2f}", f"{mesh_s:.1f}"]


def shapes(octree: Octree) -> list[list[str]]:
    """Thousand shapes a second, and how many are free; centres on free voxels, so that few end at once."""
    rng = np.random.default_rng(0)
    free = octree.boxes(state=State.FREE)
    weight = free.size_m**3 / (free.size_m**3).sum()
    chosen = rng.choice(len(weight), SHAPES, p=weight)
    centres = free.center_W[chosen] + rng.uniform(-0.5, 0.5, (SHAPES, 3)) * free.size_m[chosen, None]
    ends = centres + rng.normal(0, 0.5, (SHAPES, 3))
    half = np.full(3, RADIUS_M)
    rows = []
    for name, shape in (
        (f"boxes of {2 * RADIUS_M} m", Box(centres - half, centres + half)),
        (f"spheres of {RADIUS_M} m", Spheres(centres, RADIUS_M)),
        ("capsules of 0.1 m, 0.8 m long", Capsule(centres, ends, 0.1)),
    ):
        for unknown_is in (State.FREE, State.OCCUPIED):
            answers = octree.is_free(shape, unknown_is=unknown_is)
            took_s = best_s(lambda s=shape, u=unknown_is: octree.is_free(s, unknown_is=u), 3)
            row = [f"{octree.voxel_size_m * 100:.0f} cm", name, unknown_is.name]
            rows.append([*row, f"{SHAPES / took_s / 1e3:.0f}", f"{100 * answers.mean():.0f} %"])
    return rows


if __name__ == "__main__":
    region_rows, shape_rows = [], []
    for size in (0.05, 0.02, 0.01):
        octree = walked(size)
        region_rows.append(regions(octree))
        shape_rows += shapes(octree)
    of = [f"{state} {what}" for state in ("occupied", "free") for what in ("voxels, M", "boxes, M", "M voxels/s")]
    show(
        "regions of the office walk, one core",
        ["voxel", *of, "surface, M", "ms", "triangles, M", "s"],
        region_rows,
    )
    show("is_free, one core", ["voxel", "shape", "unknown is", "thousand/s", "free"], shape_rows)
