"""The movable things of a home: what each model is made of, and its class label.

K of a thing is on what it rests on, in the middle of its footprint, with z up: with q = identity it stands.
"""

from __future__ import annotations

import math

from sim.worlds.kinds.carpentry import box, centered, cylinder, ring, shade, sphere
from sim.worlds.kinds.mesh_things import MESH_THINGS
from sim.worlds.shapes import Color, Model, Shape
from spatialmem import ConfigError

__all__ = ["LABELS", "MODELS", "label_of"]

RED: Color = (196, 56, 50)
BLUE: Color = (56, 92, 168)
GREEN: Color = (64, 138, 82)
YELLOW: Color = (234, 196, 64)
WHITE: Color = (240, 240, 236)
CREAM: Color = (232, 220, 194)
BLACK: Color = (36, 36, 40)
GRAY: Color = (140, 144, 150)


def _model(shapes: tuple[Shape, ...], mass_kg: float, x: float, y: float, z: float, friction: float = 0.8) -> Model:
    """Return a thing with its mass and its extent as it stands."""
    return Model(shapes, mass_kg=mass_kg, friction=friction, footprint_m=(x, y), height_m=z)


def _block(x: float, y: float, z: float, color: Color, mass_kg: float) -> Model:
    """Return one plain box."""
    return _model((centered(x, y, 0.0, z, color),), mass_kg, x, y, z)


def _round(radius: float, height: float, color: Color, mass_kg: float) -> Model:
    """Return one upright cylinder."""
    return _model((cylinder(radius, 0.0, height, color),), mass_kg, 2 * radius, 2 * radius, height)


def _package(x: float, y: float, z: float, color: Color, band: Color, mass_kg: float) -> Model:
    """Return a box with a printed band round it."""
    low, high = 0.55 * z, 0.8 * z
    shapes = (
        centered(x, y, 0.0, low, color),
        centered(x, y, low, high, band),
        centered(x, y, high, z, color),
    )
    return _model(shapes, mass_kg, x, y, z)


def _book(x: float, y: float, z: float, cover: Color) -> Model:
    """Return a lying book: two covers, a spine, and pages between."""
    t = 0.004
    shapes = (
        centered(x, y, 0.0, t, cover),
        centered(x, y, z - t, z, cover),
        box((-x / 2, -y / 2, t), (-x / 2 + t, y / 2, z - t), cover),
        box((-x / 2 + t, -y / 2 + 0.005, t), (x / 2 - 0.005, y / 2 - 0.005, z - t), CREAM),
    )
    return _model(shapes, 0.5, x, y, z)


def _bottle(color: Color, cap: Color, height: float = 0.26, radius: float = 0.036) -> Model:
    """Return a bottle: body, shoulder, neck and cap."""
    neck = 0.62 * height
    shapes = (
        cylinder(radius, 0.0, neck, color),
        cylinder(radius * 0.7, neck, neck + 0.12 * height, color),
        cylinder(radius * 0.4, neck + 0.12 * height, 0.93 * height, color),
        cylinder(radius * 0.45, 0.93 * height, height, cap),
    )
    return _model(shapes, 0.6, 2 * radius, 2 * radius, height)


def _can(color: Color) -> Model:
    """Return a drinks can."""
    shapes = (
        cylinder(0.030, 0.0, 0.008, GRAY),
        cylinder(0.033, 0.008, 0.107, color),
        cylinder(0.030, 0.107, 0.115, GRAY),
    )
    return _model(shapes, 0.35, 0.066, 0.066, 0.115)


def _cup(color: Color) -> Model:
    """Return a cup without a handle; it is hollow."""
    shapes = (cylinder(0.032, 0.0, 0.008, color), *ring(10, 0.035, 0.005, 0.008, 0.095, color, lean_rad=0.06))
    return _model(shapes, 0.2, 0.084, 0.084, 0.095)


def _bowl(color: Color) -> Model:
    """Return a bowl; it is hollow."""
    shapes = (
        cylinder(0.045, 0.0, 0.012, color),
        *ring(12, 0.066, 0.007, 0.008, 0.068, color, lean_rad=0.5),
    )
    return _model(shapes, 0.35, 0.178, 0.178, 0.070)


def _plate(color: Color) -> Model:
    """Return a plate: a foot and a rim."""
    shapes = (cylinder(0.075, 0.0, 0.008, shade(color, 0.95)), cylinder(0.120, 0.008, 0.018, color))
    return _model(shapes, 0.4, 0.24, 0.24, 0.018)


def _vase(color: Color) -> Model:
    """Return a vase with a belly and a neck."""
    shapes = (
        cylinder(0.045, 0.0, 0.03, color),
        cylinder(0.060, 0.03, 0.14, color),
        cylinder(0.045, 0.14, 0.18, color),
        cylinder(0.028, 0.18, 0.24, color),
        cylinder(0.038, 0.24, 0.25, shade(color, 0.9)),
    )
    return _model(shapes, 0.8, 0.12, 0.12, 0.25)


def _candle(color: Color) -> Model:
    """Return a candle on a small dish."""
    shapes = (
        cylinder(0.045, 0.0, 0.008, GRAY),
        cylinder(0.028, 0.008, 0.11, color),
        cylinder(0.003, 0.11, 0.122, BLACK),
    )
    return _model(shapes, 0.25, 0.09, 0.09, 0.122)


def _laptop(color: Color) -> Model:
    """Return an open laptop: its screen leans back."""
    lean, depth, width = 0.3, 0.23, 0.33
    tall = 0.21
    hinge = -depth / 2 + 0.02
    middle = (hinge - math.sin(lean) * tall / 2, 0.0, 0.018 + math.cos(lean) * tall / 2)
    shift = (depth / 2 + hinge - math.sin(lean) * tall - 0.006) / 2  # the middle of the footprint to K

    def moved(shape: Shape, turn: float = 0.0) -> Shape:
        x, y, z = shape.center_m
        return Shape("box", shape.size_m, (x - shift, y, z), (0.0, turn, 0.0), shape.color)

    forward = (math.cos(lean), 0.0, math.sin(lean))
    pane = (middle[0] + 0.005 * forward[0], 0.0, middle[2] + 0.005 * forward[2])
    shapes = (
        moved(centered(depth, width, 0.0, 0.018, color)),
        moved(box((hinge + 0.02, -width / 2 + 0.02, 0.018), (hinge + 0.12, width / 2 - 0.02, 0.02), BLACK)),
        moved(Shape("box", (0.008, width, tall), middle, color=color), -lean),
        moved(Shape("box", (0.004, width - 0.02, tall - 0.02), pane, color=(70, 96, 132)), -lean),
    )
    length = depth / 2 - (hinge - math.sin(lean) * tall - 0.006)
    return _model(shapes, 1.6, length, width, 0.018 + math.cos(lean) * tall + 0.003)


def _phone(color: Color) -> Model:
    """Return a phone on its back."""
    shapes = (centered(0.075, 0.155, 0.0, 0.008, color), centered(0.068, 0.145, 0.008, 0.010, (58, 70, 88)))
    return _model(shapes, 0.2, 0.075, 0.155, 0.010)


def _remote() -> Model:
    """Return a remote control."""
    keys = (
        centered(0.03, 0.012, 0.020, 0.022, GRAY),
        box((-0.01, 0.055, 0.020), (0.01, 0.075, 0.022), RED),
        box((-0.015, -0.07, 0.020), (0.015, -0.02, 0.022), GRAY),
    )
    return _model((centered(0.05, 0.18, 0.0, 0.02, BLACK), *keys), 0.15, 0.05, 0.18, 0.022)


def _pillow(color: Color) -> Model:
    """Return a cushion, thick in the middle."""
    shapes = (
        centered(0.40, 0.40, 0.03, 0.09, color),
        centered(0.32, 0.32, 0.0, 0.03, shade(color, 0.95)),
        centered(0.32, 0.32, 0.09, 0.12, shade(color, 1.05)),
    )
    return _model(shapes, 0.5, 0.40, 0.40, 0.12)


def _fruit(radius: float, color: Color) -> Model:
    """Return a round fruit."""
    return _model((sphere(radius, (0.0, 0.0, radius), color),), 0.18, 2 * radius, 2 * radius, 2 * radius)


def _ball(radius: float, color: Color) -> Model:
    """Return a ball."""
    return _model((sphere(radius, (0.0, 0.0, radius), color),), 0.4, 2 * radius, 2 * radius, 2 * radius)


def _shoe(color: Color) -> Model:
    """Return one shoe, with its toe at +x."""
    shapes = (
        centered(0.28, 0.10, 0.0, 0.022, WHITE),
        box((-0.135, -0.045, 0.022), (0.13, 0.045, 0.058), color),
        box((-0.135, -0.042, 0.058), (0.02, 0.042, 0.105), color),
        box((-0.10, -0.028, 0.105), (0.0, 0.028, 0.108), BLACK),
    )
    return _model(shapes, 0.4, 0.28, 0.10, 0.108)


def _pot(color: Color) -> Model:
    """Return a cooking pot with a lid and two handles."""
    shapes = (
        cylinder(0.105, 0.0, 0.11, color),
        cylinder(0.108, 0.11, 0.12, shade(color, 1.2)),
        cylinder(0.018, 0.12, 0.145, BLACK),
        box((-0.02, -0.135, 0.08), (0.02, -0.10, 0.092), BLACK),
        box((-0.02, 0.10, 0.08), (0.02, 0.135, 0.092), BLACK),
    )
    return _model(shapes, 1.4, 0.216, 0.27, 0.145)


def _basket(color: Color) -> Model:
    """Return an open basket of five boards."""
    x, y, z, t = 0.30, 0.22, 0.14, 0.012
    shapes = (
        centered(x, y, 0.0, t, color),
        box((-x / 2, -y / 2, t), (-x / 2 + t, y / 2, z), shade(color, 0.92)),
        box((x / 2 - t, -y / 2, t), (x / 2, y / 2, z), shade(color, 0.92)),
        box((-x / 2 + t, -y / 2, t), (x / 2 - t, -y / 2 + t, z), color),
        box((-x / 2 + t, y / 2 - t, t), (x / 2 - t, y / 2, z), color),
    )
    return _model(shapes, 0.6, x, y, z)


def _clock(color: Color) -> Model:
    """Return an alarm clock: a face in a frame."""
    shapes = (
        box((-0.0275, -0.06, 0.0), (0.0225, 0.06, 0.09), color),
        box((0.0225, -0.05, 0.01), (0.0255, 0.05, 0.08), WHITE),
        box((0.0255, -0.003, 0.043), (0.0275, 0.003, 0.075), BLACK),
        box((0.0255, 0.0, 0.042), (0.0275, 0.03, 0.048), BLACK),
    )
    return _model(shapes, 0.3, 0.055, 0.12, 0.09)


_MADE: dict[str, tuple[str, Model]] = {
    "apple": ("apple", _fruit(0.038, (192, 44, 40))),
    "apple_green": ("apple", _fruit(0.036, (126, 176, 60))),
    "ball": ("ball", _ball(0.11, (226, 116, 48))),
    "basket": ("basket", _basket((190, 150, 100))),
    "book_red": ("book", _book(0.15, 0.22, 0.032, RED)),
    "book_blue": ("book", _book(0.17, 0.24, 0.040, BLUE)),
    "book_green": ("book", _book(0.13, 0.20, 0.026, GREEN)),
    "book_black": ("book", _book(0.20, 0.27, 0.030, BLACK)),
    "bottle_green": ("bottle", _bottle((56, 116, 70), BLACK, 0.29)),
    "bottle_blue": ("bottle", _bottle((96, 148, 196), WHITE)),
    "bottle_brown": ("bottle", _bottle((112, 66, 34), YELLOW, 0.23, 0.031)),
    "bowl_white": ("bowl", _bowl(WHITE)),
    "bowl_blue": ("bowl", _bowl((96, 130, 172))),
    "box_brown": ("box", _package(0.24, 0.18, 0.14, (186, 146, 98), (206, 176, 130), 0.6)),
    "box_small": ("box", _package(0.14, 0.11, 0.09, (86, 110, 138), CREAM, 0.3)),
    "can_red": ("can", _can(RED)),
    "can_green": ("can", _can(GREEN)),
    "can_blue": ("can", _can(BLUE)),
    "candle": ("candle", _candle(CREAM)),
    "carton": ("carton", _package(0.07, 0.07, 0.22, WHITE, BLUE, 0.9)),
    "carton_juice": ("carton", _package(0.07, 0.09, 0.20, (238, 156, 54), WHITE, 0.9)),
    "cereal": ("cereal", _package(0.07, 0.19, 0.28, YELLOW, RED, 0.4)),
    "clock": ("clock", _clock((72, 124, 122))),
    "cube": ("cube", _block(0.06, 0.06, 0.06, (90, 170, 200), 0.15)),
    "cup_white": ("cup", _cup(WHITE)),
    "cup_green": ("cup", _cup((124, 168, 128))),
    "jar": ("jar", _round(0.04, 0.11, (176, 92, 52), 0.5)),
    "laptop": ("laptop", _laptop((176, 180, 186))),
    "orange": ("orange", _fruit(0.040, (240, 142, 36))),
    "phone": ("phone", _phone(BLACK)),
    "pillow_blue": ("pillow", _pillow((104, 132, 168))),
    "pillow_ochre": ("pillow", _pillow((206, 162, 84))),
    "plate_white": ("plate", _plate(WHITE)),
    "plate_blue": ("plate", _plate((116, 150, 186))),
    "pot": ("pot", _pot((150, 154, 160))),
    "remote": ("remote", _remote()),
    "shoe_black": ("shoe", _shoe(BLACK)),
    "shoe_red": ("shoe", _shoe((170, 62, 58))),
    "towel": ("towel", _block(0.26, 0.18, 0.08, (226, 206, 190), 0.4)),
    "vase_blue": ("vase", _vase((78, 108, 150))),
    "vase_red": ("vase", _vase((164, 78, 62))),
}

_ALL = dict(sorted({**_MADE, **MESH_THINGS}.items()))

MODELS: dict[str, Model] = {key: model for key, (_, model) in _ALL.items()}
"""Every model by its key, in the order of the keys."""

LABELS: dict[str, tuple[str, ...]] = {
    label: tuple(key for key, (of, _) in _ALL.items() if of == label)
    for label in sorted({label for label, _ in _ALL.values()})
}
"""The models of every class."""


def label_of(key: str) -> str:
    """Return the class of a model. Raises ConfigError for a key that is not in the catalogue."""
    if key not in _ALL:
        raise ConfigError(f"no thing is made like '{key}'; there are {', '.join(_ALL)}.")
    return _ALL[key][0]
