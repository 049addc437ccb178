"""The kinds of furniture: their usual sizes, and what a piece of each is made of."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from sim.worlds.home import Furniture
from sim.worlds.kinds import hollow_furniture as hollow
from sim.worlds.kinds import open_furniture as plain
from sim.worlds.shapes import Model, Vector
from spatialmem import ConfigError

__all__ = ["KINDS", "SIZE_RANGE", "default_size", "model_of"]

KINDS: dict[str, tuple[Vector, Callable[[Vector], Model]]] = {
    "armchair": ((0.82, 0.86, 0.80), plain.sofa),
    "bathtub": ((0.75, 1.60, 0.56), plain.bathtub),
    "bed": ((2.06, 1.50, 0.95), plain.bed),
    "bench": ((0.36, 0.95, 0.46), plain.bench),
    "cabinet": ((0.45, 0.95, 0.88), hollow.cabinet),
    "chair": ((0.45, 0.44, 0.90), plain.chair),
    "counter": ((0.62, 1.80, 0.90), hollow.counter),
    "desk": ((0.65, 1.30, 0.74), plain.desk),
    "fridge": ((0.68, 0.62, 1.70), hollow.fridge),
    "lamp": ((0.36, 0.36, 1.60), plain.lamp),
    "nightstand": ((0.40, 0.44, 0.52), plain.nightstand),
    "plant": ((0.42, 0.42, 1.10), plain.plant),
    "shelf": ((0.30, 0.90, 1.80), plain.shelf),
    "sofa": ((0.90, 1.95, 0.82), plain.sofa),
    "stove": ((0.62, 0.60, 0.90), hollow.stove),
    "table": ((0.85, 1.40, 0.74), plain.table),
    "toilet": ((0.66, 0.40, 0.80), plain.toilet),
    "tv_stand": ((0.42, 1.40, 1.14), plain.tv_stand),
    "wardrobe": ((0.62, 1.20, 2.00), hollow.wardrobe),
    "washbasin": ((0.48, 0.80, 0.92), hollow.washbasin),
}
"""Kind -> usual size along x (front to back), y (width) and z [m], and the function that builds it."""

SIZE_RANGE = (0.55, 1.8)
"""A piece may be so much smaller or larger than usual, in each direction."""


def default_size(kind: str) -> Vector:
    """Return the usual size of a kind [m]. Raises ConfigError for a kind that does not exist."""
    if kind not in KINDS:
        raise ConfigError(f"no furniture is called '{kind}'; there are {', '.join(KINDS)}.")
    return KINDS[kind][0]


def model_of(piece: Furniture) -> Model:
    """Return what a piece of furniture is made of, in its frame K.

    Raises ConfigError for a kind that does not exist, or a size too far from what is usual for it.
    """
    usual = default_size(piece.kind)
    for axis, length, middle in zip("xyz", piece.size_m, usual, strict=True):
        low, high = SIZE_RANGE[0] * middle, SIZE_RANGE[1] * middle
        if not low <= length <= high:
            raise ConfigError(
                f"{piece.name} is {length:g} m along {axis}; a {piece.kind} is {low:.2f} to {high:.2f} m there."
            )
    return _built(piece.kind, tuple(piece.size_m))


@lru_cache(maxsize=1024)
def _built(kind: str, size: Vector) -> Model:
    return KINDS[kind][1](size)
