"""Furniture: solid, hollow where it opens, its supports are surfaces with free room above, its doors turn freely."""

import math
from dataclasses import replace

import numpy as np
import pytest

from sim.worlds.home import Furniture
from sim.worlds.kinds.furniture import KINDS, SIZE_RANGE, default_size, model_of
from sim.worlds.making.generate import generate_home
from sim.worlds.outlines import meet, rectangle
from spatialmem import ConfigError

HANDS = 0.002
"""Contact is no overlap [m]."""


def pieces() -> dict[str, Furniture]:
    """One piece of every kind in its usual size, and every size that homes have it in."""
    usual = [Furniture(f"{kind}-1", 0.0, 0.0, 0.0, default_size(kind)) for kind in KINDS]
    drawn = [replace(p, x_m=0.0, y_m=0.0, yaw_rad=0.0) for seed in range(4) for p in generate_home(seed).furniture]
    return {f"{p.kind} {p.size_m}": p for p in (*usual, *drawn)}


PIECES = pieces()


def solids(shapes, *, at=(0.0, 0.0, 0.0), turn=0.0):
    """Outline and heights of boxes, cylinders and balls that stand upright, turned about a vertical axis at `at`."""
    found = []
    c, s = math.cos(turn), math.sin(turn)
    for shape in shapes:
        x, y, z = shape.center_m
        x, y, z = c * x - s * y + at[0], s * x + c * y + at[1], z + at[2]
        if shape.kind == "box":
            outline = rectangle(x, y, turn + shape.rpy_rad[2], shape.size_m[0], shape.size_m[1])
            half = shape.size_m[2] / 2
        else:
            angles = np.linspace(0, 2 * np.pi, 16, endpoint=False)
            outline = np.stack([x + shape.size_m[0] * np.cos(angles), y + shape.size_m[0] * np.sin(angles)], axis=1)
            half = shape.size_m[1] / 2 if shape.kind == "cylinder" else shape.size_m[0]
        found.append((outline, z - half, z + half))
    return found


def overlapping(some, others) -> list:
    return [
        (a, b) for a in some for b in others if a[1] < b[2] - HANDS and b[1] < a[2] - HANDS and meet(a[0], b[0], -HANDS)
    ]


@pytest.mark.parametrize("name", PIECES)
def test_a_piece_fills_its_size_and_stands_on_the_floor(name):
    piece = PIECES[name]
    model = model_of(piece)
    parts = solids(model.shapes) + [part for leaf in model.leaves for part in solids(leaf.shapes, at=leaf.hinge_m)]
    assert all(min(shape.size_m) > 0 for shape in model.shapes)
    low = np.min([[*outline.min(axis=0), z] for outline, z, _ in parts], axis=0)
    high = np.max([[*outline.max(axis=0), z] for outline, _, z in parts], axis=0)
    half = np.array(piece.size_m[:2]) / 2
    assert (low[:2] >= -half - 0.005).all()
    assert (high[:2] <= half + 0.005).all()
    assert low[2] == 0.0
    assert piece.size_m[2] - 1e-9 <= high[2] <= piece.size_m[2] + 0.3  # taps stand out of basins
    assert model.mass_kg == 0.0


@pytest.mark.parametrize("name", PIECES)
def test_supports_are_surfaces_with_free_room_above(name):
    model = model_of(PIECES[name])
    parts = solids(model.shapes)
    names = [support.name for support in model.supports]
    assert len(set(names)) == len(names)
    for support in model.supports:
        x, y, z = support.center_m
        below = rectangle(x, y, 0.0, 0.02, 0.02)
        assert any(abs(top - z) < 1e-6 and meet(outline, below) for outline, _, top in parts) or name.startswith(
            "stove"
        )
        room = (rectangle(x, y, 0.0, *support.size_m), z + 0.001, z + min(support.headroom_m, 0.4))
        assert overlapping([room], parts) == []
        assert support.behind in {"", *(leaf.name for leaf in model.leaves)}


@pytest.mark.parametrize("name", [name for name, piece in PIECES.items() if model_of(piece).leaves])
def test_doors_hide_what_is_behind_them_and_turn_freely(name):
    model = model_of(PIECES[name])
    case = solids(model.shapes)
    for leaf in model.leaves:
        assert 0.0 in (leaf.low_rad, leaf.high_rad)
        wide = leaf.high_rad or leaf.low_rad
        for share in (0.0, 0.05, 0.2, 0.5, 0.8, 1.0):
            assert overlapping(solids(leaf.shapes, at=leaf.hinge_m, turn=share * wide), case) == []
        panel, low, high = solids(leaf.shapes[:1], at=leaf.hinge_m)[0]
        hidden = [support for support in model.supports if support.behind == leaf.name]
        assert hidden
        for support in hidden:
            x, y, z = support.center_m
            half = support.size_m[1] / 2
            assert low <= z
            assert z + support.headroom_m <= high
            assert panel[:, 0].min() >= x + support.size_m[0] / 2
            assert panel[:, 1].min() <= y - half + 0.03
            assert panel[:, 1].max() >= y + half - 0.03
            # open as far as it goes, it leaves the front of the support free
            away = solids(leaf.shapes[:1], at=leaf.hinge_m, turn=wide)[0][0]
            assert not meet(away, rectangle(x + 0.5, y, 0.0, 1.0, 2 * half), -0.01)


def test_what_opens_is_there():
    assert {kind for kind in KINDS if model_of(PIECES[f"{kind} {default_size(kind)}"]).leaves} == {
        "cabinet",
        "fridge",
        "wardrobe",
    }


def test_an_unknown_kind_is_refused_by_name():
    with pytest.raises(ConfigError, match="no furniture is called 'throne'; there are armchair, bathtub"):
        model_of(Furniture("throne-1", 0.0, 0.0, 0.0, (1.0, 1.0, 1.0)))


def test_a_size_no_such_piece_has_is_refused():
    tall = default_size("table")[2] * SIZE_RANGE[1] + 0.01
    with pytest.raises(ConfigError, match=r"table-1 is 1\.3\d+ m along z; a table is 0\.41 to 1\.33 m there"):
        model_of(Furniture("table-1", 0.0, 0.0, 0.0, (0.85, 1.4, tall)))
