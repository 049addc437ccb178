"""The parts furniture and things are built from: boxes by their corners, upright cylinders, spheres, colours by chance.

Lengths in metres, in the frame K of what is built.
"""

from __future__ import annotations

import math
import zlib

from sim.worlds.shapes import Color, Shape, Vector

__all__ = ["box", "centered", "cylinder", "four_legs", "panels", "pick", "ring", "shade", "sphere"]


def box(low: Vector, high: Vector, color: Color) -> Shape:
    """Return the box between two corners."""
    center = ((low[0] + high[0]) / 2, (low[1] + high[1]) / 2, (low[2] + high[2]) / 2)
    return Shape("box", (high[0] - low[0], high[1] - low[1], high[2] - low[2]), center, color=color)


def centered(x: float, y: float, z_low: float, z_high: float, color: Color) -> Shape:
    """Return a box x by y round the axis of K, from one height to another."""
    return box((-x / 2, -y / 2, z_low), (x / 2, y / 2, z_high), color)


def cylinder(
    radius: float, z_low: float, z_high: float, color: Color, *, at: tuple[float, float] = (0.0, 0.0)
) -> Shape:
    """Return an upright cylinder."""
    return Shape("cylinder", (radius, z_high - z_low), (*at, (z_low + z_high) / 2), color=color)


def sphere(radius: float, center: Vector, color: Color) -> Shape:
    """Return a ball."""
    return Shape("sphere", (radius,), center, color=color)


def ring(count: int, radius: float, wall: float, z_low: float, z_high: float, color: Color, *, lean_rad: float = 0.0):
    """Return boards that stand in a circle and lean outwards: the wall of a bowl. `radius` is at half height."""
    length = 2 * (radius + wall / 2) * math.tan(math.pi / count) * (1 + lean_rad * (z_high - z_low) / (3 * radius))
    boards = []
    for i in range(count):
        angle = 2 * math.pi * i / count
        center = (radius * math.cos(angle), radius * math.sin(angle), (z_low + z_high) / 2)
        size = (wall, length, (z_high - z_low) / math.cos(lean_rad))
        boards.append(Shape("box", size, center, (0.0, lean_rad, angle), color))
    return tuple(boards)


def four_legs(x: float, y: float, height: float, thickness: float, color: Color) -> tuple[Shape, ...]:
    """Return four square legs at the corners of a rectangle x by y."""
    legs = []
    for sx in (-1, 1):
        for sy in (-1, 1):
            a, b = sx * (x - thickness) / 2, sy * (y - thickness) / 2
            h = thickness / 2
            legs.append(box((a - h, b - h, 0.0), (a + h, b + h, height), color))
    return tuple(legs)


def panels(low: Vector, high: Vector, thickness: float, color: Color) -> tuple[Shape, ...]:
    """Return a case open to the front (+x): floor, top, back and two sides."""
    (x0, y0, z0), (x1, y1, z1), t = low, high, thickness
    return (
        box((x0, y0, z0), (x1, y1, z0 + t), color),
        box((x0, y0, z1 - t), (x1, y1, z1), color),
        box((x0, y0, z0 + t), (x0 + t, y1, z1 - t), color),
        box((x0 + t, y0, z0 + t), (x1, y0 + t, z1 - t), color),
        box((x0 + t, y1 - t, z0 + t), (x1, y1, z1 - t), color),
    )


def shade(color: Color, factor: float) -> Color:
    """Return a darker (below 1) or lighter colour."""
    red, green, blue = (min(255, round(channel * factor)) for channel in color)
    return red, green, blue


def pick(colors: tuple[Color, ...], key: str) -> Color:
    """Return one of the colours, always the same for the same key."""
    return colors[zlib.crc32(key.encode()) % len(colors)]
