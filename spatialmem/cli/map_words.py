"""What a command says of a map that it holds: as a mapping for `--json`, and as lines of a table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from spatialmem.octree import Queryable

__all__ = ["map_facts", "map_figures", "mib_of", "shown_length", "shown_size"]


def map_figures(octree: Queryable) -> dict[str, Any]:
    """Return how large a map is and what it holds. Units are in the names."""
    bounds, volumes = octree.bounds_m(), octree.volumes_m3()
    return {
        "voxel_size_m": octree.voxel_size_m,
        "leaves": octree.leaf_count,
        "roots": octree.root_count,
        "mib": mib_of(octree),
        "bounds_m": None if bounds is None else [[round(float(x), 4) for x in corner] for corner in bounds],
        "occupied_m3": round(volumes["occupied"], 4),
        "free_m3": round(volumes["free"], 4),
    }


def map_facts(figures: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield names and values for `console.print_facts`."""
    count = f"{figures['leaves']} leaves in {figures['roots']} roots"
    yield "map", f"{count}, {shown_size(figures['mib'])}, voxels of {shown_length(figures['voxel_size_m'])}"
    if figures["bounds_m"]:
        low, high = figures["bounds_m"]
        spans = (f"{axis} {a:.1f} to {b:.1f}" for axis, a, b in zip("xyz", low, high, strict=True))
        yield "known space", ", ".join(spans) + " m"
    yield "volume", f"{figures['occupied_m3']:.2f} m³ occupied, {figures['free_m3']:.1f} m³ free"


# What a picture and a text say is rounded from what the document holds, or 5.746 would be 5.7 here and 5.8 there.


def mib_of(octree: Queryable) -> float:
    """Return the size of a map [MiB] as the document has it."""
    return round(octree.nbytes / 2**20, 2)


def shown_size(mib: float) -> str:
    """Return a size in words."""
    return f"{mib:.1f} MiB"


def shown_length(meters: float) -> str:
    """Return the edge of a voxel in words."""
    return f"{meters * 100:g} cm" if meters < 1 else f"{meters:g} m"
