"""What fridges, cabinets, wardrobes and kitchen units are made of: cases of panels, boards inside, doors that turn.

Each function takes the size [m] (x front to back, y width, z) and returns the Model in K: floor level, front +x.
`left` and `right` are as seen by someone in front of it: left is -y. A door hangs at its outer front edge, so it
stays within its own width until it stands straight out.
"""

from __future__ import annotations

from sim.worlds.kinds.carpentry import box, centered, cylinder, panels, pick, shade
from sim.worlds.kinds.open_furniture import ABOVE_M, CERAMIC, DARK, STEEL, WOODS, _key
from sim.worlds.shapes import Color, Leaf, Model, Shape, Support, Vector

__all__ = ["cabinet", "counter", "fridge", "stove", "wardrobe", "washbasin"]

GAP_M = 0.003
"""Round a closed door."""
HANDLE_M = 0.03
"""How far a handle stands out; it belongs to the size."""
OPEN_RAD = 1.9
FRONTS: tuple[Color, ...] = ((232, 230, 224), (206, 212, 208), (150, 168, 172), (196, 172, 140))


def _door(
    name: str, *, front: float, low: tuple[float, float], high: tuple[float, float], thickness: float, hinge_side: int,
    color: Color, handle: Color = STEEL,
) -> Leaf:  # fmt: skip
    """Return a door whose outer face is at x = front, between (y, z) low and high; hinge_side is the sign of y."""
    width, height = high[0] - low[0], high[1] - low[1]
    hinge_y = high[0] if hinge_side > 0 else low[0]
    a, b = (-width, 0.0) if hinge_side > 0 else (0.0, width)
    far = -hinge_side * (width - 0.045)
    grip = min(0.18, height / 3)
    middle = min(height / 2, max(grip, 1.0 - low[1]))  # within a hand's reach
    shapes = (
        box((-thickness, a, 0.0), (0.0, b, height), color),
        box((0.0, far - 0.01, middle - grip), (HANDLE_M, far + 0.01, middle + grip), handle),
    )
    turn = (0.0, OPEN_RAD) if hinge_side > 0 else (-OPEN_RAD, 0.0)
    return Leaf(name, (front, hinge_y, low[1]), *turn, shapes)


def _case(size: Vector, base: float, t: float, levels: int, fronts: Color, wood: Color) -> Model:
    """Return a case with a wall in the middle, a door on either half and boards behind each."""
    x, y, z = size
    front, thick = x / 2 - HANDLE_M, 0.02
    inside = front - thick - GAP_M
    shapes: list[Shape] = [
        *panels((-x / 2, -y / 2, base), (inside, y / 2, z), t, wood),
        box((-x / 2 + t, -t / 2, base + t), (inside, t / 2, z - t), wood),
    ]
    if base > 0:
        shapes.append(box((-x / 2 + 0.03, -y / 2 + 0.02, 0.0), (inside - 0.03, y / 2 - 0.02, base), shade(wood, 0.6)))
    gap = (z - base - t) / levels
    supports, leaves = [], []
    for side, name in ((-1, "left"), (1, "right")):
        low, high = sorted((side * t / 2, side * (y / 2 - t)))
        for i in range(levels):
            floor = base + t + i * gap
            if i:
                shapes.append(box((-x / 2 + t, low, floor - t), (inside - 0.01, high, floor), shade(wood, 0.95)))
            deep = inside - 0.01 - (-x / 2 + t)
            center = (-x / 2 + t + deep / 2, (low + high) / 2, floor)
            supports.append(Support(f"{name}-{i + 1}", center, (deep, high - low), gap - t, behind=name))
        a, b = sorted((side * GAP_M / 2, side * (y / 2 - GAP_M)))
        leaves.append(
            _door(name, front=front, low=(a, base + GAP_M), high=(b, z - GAP_M), thickness=thick,
                  hinge_side=side, color=fronts)
        )  # fmt: skip
    return Model(tuple(shapes), tuple(leaves), tuple(supports))


def cabinet(size: Vector) -> Model:
    """A sideboard with two doors, boards inside and a top to put things on."""
    x, y, z = size
    wood, fronts = pick(WOODS, _key("cabinet", size)), pick((*FRONTS, *WOODS[:3]), _key("fronts", size))
    case = _case((x, y, z - 0.02), 0.07, 0.02, max(1, round((z - 0.07) / 0.36)), fronts, wood)
    top = centered(x, y, z - 0.02, z, shade(wood, 0.92))
    supports = (Support("top", (0.0, 0.0, z), (x, y), ABOVE_M), *case.supports)
    return Model((*case.shapes, top), case.leaves, supports)


def wardrobe(size: Vector) -> Model:
    """A tall case with two doors and boards behind them."""
    wood = pick(WOODS, _key("wardrobe", size))
    return _case(size, 0.08, 0.022, max(3, round(size[2] / 0.48)), shade(wood, 1.08), wood)


def fridge(size: Vector) -> Model:
    """Thick walls, one door, glass boards inside."""
    x, y, z = size
    white = pick(((238, 240, 242), (186, 190, 194), (96, 100, 106)), _key("fridge", size))
    lining, base, t, thick = (236, 240, 244), 0.05, 0.045, 0.05
    front = x / 2 - HANDLE_M
    inside = front - thick - GAP_M
    shapes: list[Shape] = [
        centered(x - 0.14, y - 0.04, 0.0, base, DARK),
        *panels((-x / 2, -y / 2, base), (inside, y / 2, z), t, white),
        box((-x / 2 + t, -y / 2 + t, base + t), (-x / 2 + t + 0.004, y / 2 - t, z - t), lining),
    ]
    levels = max(2, round((z - base) / 0.36))
    gap = (z - base - 2 * t) / levels
    supports = []
    back, edge = -x / 2 + t + 0.004, inside - 0.04
    for i in range(levels):
        floor = base + t + i * gap
        if i:
            shapes.append(box((back, -y / 2 + t, floor - 0.012), (edge, y / 2 - t, floor), (204, 220, 224)))
        center = ((back + edge) / 2, 0.0, floor)
        headroom = gap - (0.012 if i < levels - 1 else 0.0)
        supports.append(Support(f"board-{i + 1}", center, (edge - back, y - 2 * t), headroom, behind="door"))
    door = _door(
        "door", front=front, low=(-y / 2 + GAP_M, base + 0.01), high=(y / 2 - GAP_M, z - GAP_M), thickness=thick,
        hinge_side=1, color=shade(white, 0.98), handle=(120, 122, 126),
    )  # fmt: skip
    return Model(tuple(shapes), (door,), tuple(supports))


def _unit(size: Vector, fronts: Color, top: Color, places: int) -> list[Shape]:
    """Return a kitchen unit: plinth, body, fronts with handles and a worktop that stands over a little."""
    x, y, z = size
    shapes = [
        box((-x / 2, -y / 2 + 0.005, 0.0), (x / 2 - 0.08, y / 2 - 0.005, 0.1), DARK),
        box((-x / 2, -y / 2 + 0.002, 0.1), (x / 2 - 0.045, y / 2 - 0.002, z - 0.04), shade(fronts, 0.9)),
        box((-x / 2, -y / 2, z - 0.04), (x / 2, y / 2, z), top),
    ]
    width = y / places
    for i in range(places):
        low, high = -y / 2 + i * width + 0.004, -y / 2 + (i + 1) * width - 0.004
        middle = (low + high) / 2
        shapes.append(box((x / 2 - 0.045, low, 0.11), (x / 2 - 0.027, high, z - 0.05), fronts))
        shapes.append(box((x / 2 - 0.027, middle - 0.08, z - 0.12), (x / 2 - 0.008, middle + 0.08, z - 0.105), STEEL))
    return shapes


def counter(size: Vector) -> Model:
    """A kitchen counter; one of 1.5 m or more has a sink at its right end, the rest of the top is free."""
    x, y, z = size
    fronts = pick(FRONTS, _key("counter", size))
    top = pick(((120, 112, 104), (176, 150, 118), (84, 86, 90)), _key("worktop", size))
    shapes = _unit(size, fronts, top, max(1, round(y / 0.6)))
    free = y
    if y >= 1.5:
        sink = y / 2 - 0.34
        free = y - 0.64
        shapes += [
            box((-x / 2 + 0.14, sink - 0.24, z), (x / 2 - 0.08, sink + 0.24, z + 0.006), STEEL),
            box((-x / 2 + 0.17, sink - 0.21, z + 0.006), (x / 2 - 0.11, sink + 0.21, z + 0.009), shade(STEEL, 0.7)),
            cylinder(0.016, z, z + 0.24, STEEL, at=(-x / 2 + 0.08, sink)),
            box((-x / 2 + 0.08, sink - 0.012, z + 0.215), (-x / 2 + 0.25, sink + 0.012, z + 0.24), STEEL),
        ]
    support = Support("top", (0.0, -(y - free) / 2, z), (x, free), ABOVE_M)
    return Model(tuple(shapes), supports=(support,))


def stove(size: Vector) -> Model:
    """A hob above an oven."""
    x, y, z = size
    shapes = [
        box((-x / 2, -y / 2, 0.0), (x / 2 - 0.08, y / 2, 0.08), DARK),
        box((-x / 2, -y / 2, 0.08), (x / 2 - 0.04, y / 2, z - 0.02), (222, 224, 226)),
        box((-x / 2, -y / 2, z - 0.02), (x / 2 - 0.01, y / 2, z), DARK),
        box((x / 2 - 0.04, -y / 2 + 0.02, 0.2), (x / 2 - 0.025, y / 2 - 0.02, z - 0.18), (56, 58, 62)),
        box((x / 2 - 0.025, -y / 2 + 0.06, z - 0.23), (x / 2, y / 2 - 0.06, z - 0.21), STEEL),
    ]
    for i in range(4):
        knob = -y / 2 + y * (i + 0.7) / 4.4
        shapes.append(box((x / 2 - 0.04, knob - 0.02, z - 0.11), (x / 2 - 0.015, knob + 0.02, z - 0.07), DARK))
    for dx, dy, radius in ((-0.13, -0.14, 0.09), (-0.13, 0.14, 0.07), (0.13, -0.14, 0.07), (0.13, 0.14, 0.09)):
        shapes.append(cylinder(radius, z, z + 0.002, (96, 60, 56), at=(dx - 0.01, dy)))
    return Model(tuple(shapes), supports=(Support("top", (-0.01, 0.0, z + 0.002), (x - 0.04, y), ABOVE_M),))


def washbasin(size: Vector) -> Model:
    """A vanity unit: a basin on one side of its top, with a tap, and room beside it."""
    x, y, z = size
    top = z - 0.10
    shapes = _unit((x, y, top), pick(FRONTS, _key("washbasin", size)), CERAMIC, 2)
    deep, wide = x - 0.12, min(0.5, y - 0.24)
    middle, t = y / 2 - wide / 2 - 0.02, 0.02
    low, high = middle - wide / 2, middle + wide / 2
    shapes += [
        box((-deep / 2 + 0.04, low, top), (deep / 2 + 0.04, high, top + 0.02), CERAMIC),
        box((-deep / 2 + 0.04, low, top + 0.02), (-deep / 2 + 0.04 + t, high, z), CERAMIC),
        box((deep / 2 + 0.04 - t, low, top + 0.02), (deep / 2 + 0.04, high, z), CERAMIC),
        box((-deep / 2 + 0.04 + t, low, top + 0.02), (deep / 2 + 0.04 - t, low + t, z), CERAMIC),
        box((-deep / 2 + 0.04 + t, high - t, top + 0.02), (deep / 2 + 0.04 - t, high, z), CERAMIC),
        cylinder(0.014, top, top + 0.2, STEEL, at=(-x / 2 + 0.035, middle)),
        box((-x / 2 + 0.035, middle - 0.01, top + 0.18), (-x / 2 + 0.16, middle + 0.01, top + 0.2), STEEL),
    ]
    free = y - wide - 0.03
    return Model(tuple(shapes), supports=(Support("top", (0.0, -y / 2 + free / 2, top), (x, free), ABOVE_M),))
