"""The furniture of the built-in room, as axis-aligned boxes: the ground truth of the synthetic episode.

W has its origin on the floor in the middle of the room, x along the long wall, z up. The room is 6 x 5 m and 2.6 m
high; a doorway in the wall at x = 3 leads to a short corridor.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Box", "furnished_room"]

Vector = tuple[float, float, float]

FLOOR, CEILING, WALL, CORRIDOR = (168, 140, 108), (236, 236, 232), (214, 208, 194), (188, 200, 206)
OAK, DARK_WOOD, STEEL = (172, 118, 66), (96, 62, 40), (130, 134, 140)
SOFA_CLOTH, CHAIR_CLOTH = (62, 96, 140), (150, 54, 48)
WHITE, GREEN, ORANGE, BLUE, BLACK = (240, 240, 236), (70, 132, 74), (228, 134, 42), (52, 84, 176), (40, 40, 44)


@dataclass(frozen=True, slots=True)
class Box:
    """One solid box in W [m]. What belongs to one thing shares its `name`: its kind, and a number if there are more."""

    name: str
    min_m: Vector
    max_m: Vector
    color: tuple[int, int, int]

    @property
    def label(self) -> str:
        """The kind of thing: `chair` of `chair-2`."""
        return self.name.split("-")[0]


def furnished_room() -> tuple[Box, ...]:
    """Return all boxes of the room, in a fixed order."""
    return (*_shell(), *_table(), *_chairs(), *_sofa(), *_shelf(), *_along_the_walls(), *_on_the_table())


def _shell() -> list[Box]:
    """Floor, ceiling, walls with a doorway at 0.6 < y < 1.5 below 2.05 m, and the corridor behind it."""
    return [
        Box("floor", (-3.2, -2.7, -0.1), (4.8, 2.7, 0.0), FLOOR),
        Box("ceiling", (-3.2, -2.7, 2.6), (4.8, 2.7, 2.7), CEILING),
        Box("wall-1", (-3.2, -2.7, 0.0), (-3.0, 2.7, 2.6), WALL),
        Box("wall-2", (-3.2, -2.7, 0.0), (4.8, -2.5, 2.6), WALL),
        Box("wall-3", (-3.2, 2.5, 0.0), (4.8, 2.7, 2.6), WALL),
        Box("wall-4", (3.0, -2.7, 0.0), (3.1, 0.6, 2.6), WALL),
        Box("wall-4", (3.0, 1.5, 0.0), (3.1, 2.7, 2.6), WALL),
        Box("wall-4", (3.0, 0.6, 2.05), (3.1, 1.5, 2.6), WALL),
        Box("corridor", (4.6, -2.7, 0.0), (4.8, 2.7, 2.6), CORRIDOR),
    ]


def _legs(name: str, low: Vector, high: Vector, thickness: float, color: tuple[int, int, int]) -> list[Box]:
    """Four legs in the corners of the space from `low` to `high`."""
    corners_x = ((low[0], low[0] + thickness), (high[0] - thickness, high[0]))
    corners_y = ((low[1], low[1] + thickness), (high[1] - thickness, high[1]))
    return [Box(name, (x0, y0, low[2]), (x1, y1, high[2]), color) for x0, x1 in corners_x for y0, y1 in corners_y]


def _table() -> list[Box]:
    top = Box("table", (-0.65, -0.35, 0.70), (0.85, 0.50, 0.74), OAK)
    return [top, *_legs("table", (-0.62, -0.32, 0.0), (0.82, 0.47, 0.70), 0.06, OAK)]


def _chairs() -> list[Box]:
    """Four chairs 0.42 m wide: seat corner, and the side on which the back stands."""
    places = ((-0.95, -0.15, "left"), (0.98, -0.10, "right"), (-0.30, 0.62, "far"), (0.25, -0.80, "near"))
    return [box for number, place in enumerate(places, 1) for box in _chair(f"chair-{number}", *place)]


def _chair(name: str, x: float, y: float, back: str) -> list[Box]:
    size, thin = 0.42, 0.05
    low_x, high_x = (x + size - thin if back == "right" else x), (x + thin if back == "left" else x + size)
    low_y, high_y = (y + size - thin if back == "far" else y), (y + thin if back == "near" else y + size)
    return [
        Box(name, (x, y, 0.42), (x + size, y + size, 0.47), CHAIR_CLOTH),
        Box(name, (low_x, low_y, 0.47), (high_x, high_y, 0.92), CHAIR_CLOTH),
        *_legs(name, (x, y, 0.0), (x + size, y + size, 0.42), 0.04, STEEL),
    ]


def _sofa() -> list[Box]:
    return [
        Box("sofa", (-1.2, -2.45, 0.10), (0.9, -1.60, 0.42), SOFA_CLOTH),
        Box("sofa", (-1.2, -2.45, 0.42), (0.9, -2.20, 0.85), SOFA_CLOTH),
        Box("sofa", (-1.4, -2.45, 0.10), (-1.2, -1.60, 0.62), SOFA_CLOTH),
        Box("sofa", (0.9, -2.45, 0.10), (1.1, -1.60, 0.62), SOFA_CLOTH),
        Box("cushion", (-1.1, -2.20, 0.42), (-0.7, -2.05, 0.78), ORANGE),
    ]


def _shelf() -> list[Box]:
    """A bookshelf against the wall at x = -3, with books, a box and an empty board."""
    sides = [Box("shelf", (-3.0, y, 0.0), (-2.68, y + 0.03, 1.90), DARK_WOOD) for y in (-0.40, 1.07)]
    boards = [
        Box("shelf", (-3.0, -0.40, z), (-2.68, 1.10, z + 0.03), DARK_WOOD) for z in (0.08, 0.54, 1.00, 1.46, 1.87)
    ]
    return [
        *sides,
        *boards,
        Box("books-1", (-2.98, -0.30, 1.03), (-2.76, 0.25, 1.28), GREEN),
        Box("books-2", (-2.98, 0.40, 0.57), (-2.74, 1.00, 0.84), BLUE),
        Box("carton", (-2.97, 0.55, 1.49), (-2.70, 0.95, 1.74), OAK),
    ]


def _along_the_walls() -> list[Box]:
    return [
        Box("cabinet", (0.9, 2.05, 0.0), (2.1, 2.50, 0.80), WHITE),
        Box("lamp", (1.80, 2.20, 0.80), (1.94, 2.34, 1.25), ORANGE),
        Box("picture-1", (-1.5, 2.46, 1.20), (-0.4, 2.50, 1.95), BLUE),
        Box("picture-2", (-0.6, -2.50, 1.35), (0.3, -2.46, 1.95), GREEN),
        Box("bin", (2.55, -2.30, 0.0), (2.85, -2.00, 0.38), STEEL),
    ]


def _on_the_table() -> list[Box]:
    return [
        Box("mug", (-0.25, 0.10, 0.74), (-0.17, 0.18, 0.84), WHITE),
        Box("laptop", (0.15, -0.20, 0.74), (0.50, 0.05, 0.76), BLACK),
        Box("laptop", (0.15, 0.03, 0.76), (0.50, 0.05, 0.97), BLACK),
        Box("bottle", (0.62, 0.25, 0.74), (0.70, 0.33, 1.02), GREEN),
        Box("bowl", (-0.50, -0.22, 0.74), (-0.28, 0.00, 0.81), ORANGE),
    ]
