"""What tables, seats, beds and other furniture without doors are made of.

Each function takes the size [m] (x front to back, y width, z) and returns the Model in K: floor level, front +x.
"""

from __future__ import annotations

from sim.worlds.kinds.carpentry import box, centered, cylinder, four_legs, panels, pick, shade, sphere
from sim.worlds.shapes import Color, Model, Shape, Support, Vector

__all__ = [
    "bathtub",
    "bed",
    "bench",
    "chair",
    "desk",
    "lamp",
    "nightstand",
    "plant",
    "shelf",
    "sofa",
    "table",
    "toilet",
    "tv_stand",
]

ABOVE_M = 1.0
"""Headroom of what has nothing above it."""
BELOW_TABLE_M = 0.22
"""Headroom on a chair, which may stand under a table."""
WOODS: tuple[Color, ...] = ((176, 128, 82), (146, 98, 60), (204, 164, 116), (112, 76, 50), (226, 218, 204))
FABRICS: tuple[Color, ...] = ((92, 112, 140), (128, 132, 130), (150, 88, 76), (98, 122, 96), (70, 78, 92))
COVERS: tuple[Color, ...] = ((122, 150, 186), (176, 96, 96), (130, 160, 124), (196, 172, 120), (140, 124, 164))
LINEN: Color = (240, 238, 230)
CERAMIC: Color = (244, 244, 242)
STEEL: Color = (164, 168, 172)
DARK: Color = (38, 38, 42)


def _key(kind: str, size: Vector) -> str:
    """Pieces of one kind and size look alike: the chairs of a table."""
    return f"{kind} {size[0]:.2f} {size[1]:.2f} {size[2]:.2f}"


def table(size: Vector) -> Model:
    """A top on four legs, with an apron below it. Low ones are coffee tables."""
    x, y, z = size
    wood = pick(WOODS, _key("table", size))
    top = z - 0.035
    apron = min(0.08, z / 6)
    edges = (
        box((-x / 2 + 0.09, -y / 2 + 0.05, top - apron), (x / 2 - 0.09, -y / 2 + 0.07, top), shade(wood, 0.85)),
        box((-x / 2 + 0.09, y / 2 - 0.07, top - apron), (x / 2 - 0.09, y / 2 - 0.05, top), shade(wood, 0.85)),
    )
    legs = four_legs(x - 0.06, y - 0.06, top, 0.06, shade(wood, 0.8))
    return Model(
        (centered(x, y, top, z, wood), *legs, *edges), supports=(Support("top", (0.0, 0.0, z), (x, y), ABOVE_M),)
    )


def desk(size: Vector) -> Model:
    """A top on two panels, open to the front, with drawers on one side."""
    x, y, z = size
    wood = pick(WOODS, _key("desk", size))
    body = shade(wood, 0.85)
    top, right, drawers = z - 0.03, y / 2 - 0.02, min(0.36, y / 3)
    shapes = [
        centered(x, y, top, z, wood),
        box((-x / 2 + 0.02, -right, 0.0), (x / 2 - 0.05, -right + 0.03, top), body),
        box((-x / 2 + 0.02, right - drawers, 0.08), (x / 2 - 0.06, right, top), body),
        box((-x / 2 + 0.02, -right + 0.03, top - 0.35), (-x / 2 + 0.04, right - drawers, top), body),
        box((-x / 2 + 0.04, right - drawers + 0.03, 0.0), (x / 2 - 0.1, right - 0.03, 0.08), shade(body, 0.7)),
    ]
    height = (top - 0.08) / 3
    for i in range(3):
        low = 0.08 + i * height
        shapes.append(
            box(
                (x / 2 - 0.06, right - drawers + 0.01, low + 0.01),
                (x / 2 - 0.045, right - 0.01, low + height - 0.01),
                shade(wood, 1.08),
            )
        )
        middle = right - drawers / 2
        knob = low + height / 2
        shapes.append(box((x / 2 - 0.045, middle - 0.05, knob), (x / 2 - 0.03, middle + 0.05, knob + 0.012), STEEL))
    return Model(tuple(shapes), supports=(Support("top", (0.0, 0.0, z), (x, y), ABOVE_M),))


def chair(size: Vector) -> Model:
    """Seat, four legs and a back of two rails."""
    x, y, z = size
    wood = pick(WOODS, _key("chair", size))
    seat = pick((*FABRICS, wood), _key("seat", size))
    post = 0.035
    shapes = [centered(x - 0.01, y - 0.01, 0.42, 0.46, seat), *four_legs(x - 0.02, y - 0.02, 0.42, post, wood)]
    back = -x / 2 + 0.01
    for side in (-1, 1):
        edge = side * (y / 2 - 0.01 - post / 2)
        shapes.append(box((back, edge - post / 2, 0.46), (back + post, edge + post / 2, z), wood))
    for low, high in ((0.56, 0.64), (z - 0.15, z - 0.02)):
        shapes.append(
            box((back + 0.008, -y / 2 + 0.01 + post, low), (back + 0.028, y / 2 - 0.01 - post, high), shade(wood, 1.1))
        )
    rest = (x - 0.05, y - 0.04)
    return Model(tuple(shapes), supports=(Support("seat", (0.02, 0.0, 0.46), rest, BELOW_TABLE_M),))


def sofa(size: Vector) -> Model:
    """Base, cushions, back and two arms; one cushion a place, so a narrow one is an armchair."""
    x, y, z = size
    fabric = pick(FABRICS, _key("sofa", size))
    arm, back, seat = 0.16, 0.22, 0.43
    dark, light = shade(fabric, 0.85), shade(fabric, 1.12)
    shapes = [
        *four_legs(x - 0.08, y - 0.08, 0.08, 0.05, DARK),
        centered(x, y, 0.08, 0.28, dark),
        box((-x / 2, -y / 2, 0.28), (-x / 2 + back, y / 2, z), fabric),
        box((-x / 2 + back, -y / 2, 0.28), (x / 2, -y / 2 + arm, 0.60), fabric),
        box((-x / 2 + back, y / 2 - arm, 0.28), (x / 2, y / 2, 0.60), fabric),
    ]
    places = max(1, round((y - 2 * arm) / 0.65))
    width = (y - 2 * arm) / places
    for i in range(places):
        low = -y / 2 + arm + i * width
        high = low + width - 0.006
        shapes.append(box((-x / 2 + back, low + 0.006, 0.28), (x / 2 - 0.01, high, seat), light))
        shapes.append(box((-x / 2 + back, low + 0.03, seat), (-x / 2 + back + 0.1, high - 0.03, z - 0.05), light))
    depth = x - back - 0.11
    middle = (-x / 2 + back + 0.1 + x / 2 - 0.01) / 2
    support = Support("seat", (middle, 0.0, seat), (depth, y - 2 * arm - 0.02), ABOVE_M)
    return Model(tuple(shapes), supports=(support,))


def bed(size: Vector) -> Model:
    """Headboard at the back, frame, mattress, pillows and a cover."""
    x, y, z = size
    wood, cover = pick(WOODS, _key("bed", size)), pick(COVERS, _key("cover", size))
    frame, mattress, spread = 0.30, 0.50, 0.525
    head = -x / 2 + 0.05
    shapes = [
        *four_legs(x - 0.06, y - 0.06, 0.14, 0.07, shade(wood, 0.7)),
        box((-x / 2, -y / 2, 0.14), (head, y / 2, z), wood),
        box((head, -y / 2, 0.14), (x / 2, y / 2, frame), shade(wood, 0.9)),
        box((head, -y / 2 + 0.03, frame), (x / 2 - 0.03, y / 2 - 0.03, mattress), LINEN),
        box((head + 0.62, -y / 2 + 0.01, frame + 0.02), (x / 2 - 0.01, y / 2 - 0.01, spread), cover),
        box((head + 0.52, -y / 2 + 0.01, mattress), (head + 0.62, y / 2 - 0.01, spread + 0.015), shade(cover, 1.25)),
    ]
    sleepers = 2 if y > 1.3 else 1
    for i in range(sleepers):
        middle = (i - (sleepers - 1) / 2) * (y / sleepers) * 0.94
        half = min(0.32, y / sleepers / 2 - 0.07)
        shapes.append(
            box((head + 0.07, middle - half, mattress), (head + 0.45, middle + half, 0.60), shade(LINEN, 0.95))
        )
    support = Support("top", ((head + 0.64 + x / 2 - 0.02) / 2, 0.0, spread), (x / 2 - head - 0.66, y - 0.06), ABOVE_M)
    return Model(tuple(shapes), supports=(support,))


def nightstand(size: Vector) -> Model:
    """A small chest with a drawer and an open compartment."""
    x, y, z = size
    wood = pick(WOODS, _key("nightstand", size))
    split = 0.06 + (z - 0.06) * 0.55
    shapes = (
        *four_legs(x - 0.02, y - 0.02, 0.06, 0.04, shade(wood, 0.7)),
        *panels((-x / 2, -y / 2, 0.06), (x / 2 - 0.01, y / 2, split), 0.018, wood),
        box((-x / 2, -y / 2, split), (x / 2 - 0.02, y / 2, z - 0.02), wood),
        box((x / 2 - 0.02, -y / 2 + 0.01, split + 0.01), (x / 2 - 0.005, y / 2 - 0.01, z - 0.03), shade(wood, 1.1)),
        box((x / 2 - 0.005, -0.05, (split + z) / 2 - 0.006), (x / 2, 0.05, (split + z) / 2 + 0.006), STEEL),
        centered(x, y, z - 0.02, z, shade(wood, 0.95)),
    )
    inner = Support("board", (0.0, 0.0, 0.078), (x - 0.05, y - 0.05), split - 0.018 - 0.078)
    return Model(shapes, supports=(Support("top", (0.0, 0.0, z), (x, y), ABOVE_M), inner))


def shelf(size: Vector) -> Model:
    """A bookshelf: sides, a back and boards about 0.34 m apart; the top is a support where one can see it."""
    x, y, z = size
    wood, t = pick(WOODS, _key("shelf", size)), 0.022
    shapes = list(panels((-x / 2, -y / 2, 0.06), (x / 2, y / 2, z), t, wood))
    shapes.append(box((-x / 2 + 0.02, -y / 2 + 0.01, 0.0), (x / 2 - 0.03, y / 2 - 0.01, 0.06), shade(wood, 0.7)))
    levels = max(2, round((z - 0.06) / 0.36))
    gap = (z - 0.06) / levels
    supports = []
    for i in range(levels):
        low = 0.06 + i * gap + (t if i == 0 else t / 2)
        if i:
            shapes.append(
                box(
                    (-x / 2 + t, -y / 2 + t, low - t),
                    (x / 2 - 0.005, y / 2 - t, low),
                    shade(wood, 0.92),
                )
            )
        headroom = 0.06 + (i + 1) * gap - (t if i == levels - 1 else t / 2) - low
        supports.append(Support(f"board-{i + 1}", (t / 2, 0.0, low), (x - t - 0.01, y - 2 * t), headroom))
    if z <= 1.35:
        supports.append(Support("top", (0.0, 0.0, z), (x, y), ABOVE_M))
    return Model(tuple(shapes), supports=tuple(supports))


def bench(size: Vector) -> Model:
    """A low bench with a board for shoes below the seat."""
    x, y, z = size
    wood = pick(WOODS, _key("bench", size))
    shapes = (
        centered(x, y, z - 0.04, z, wood),
        box((-x / 2 + 0.01, -y / 2 + 0.02, 0.0), (x / 2 - 0.01, -y / 2 + 0.05, z - 0.04), shade(wood, 0.8)),
        box((-x / 2 + 0.01, y / 2 - 0.05, 0.0), (x / 2 - 0.01, y / 2 - 0.02, z - 0.04), shade(wood, 0.8)),
        box((-x / 2 + 0.02, -y / 2 + 0.05, 0.10), (x / 2 - 0.02, y / 2 - 0.05, 0.12), shade(wood, 0.9)),
    )
    below = Support("board", (0.0, 0.0, 0.12), (x - 0.04, y - 0.10), z - 0.16)
    return Model(shapes, supports=(Support("top", (0.0, 0.0, z), (x, y), ABOVE_M), below))


def tv_stand(size: Vector) -> Model:
    """A low board with a television on it, which stands at its back."""
    x, y, z = size
    wood, top = pick(WOODS, _key("tv_stand", size)), 0.46
    half, back = min(0.55, y / 2 - 0.05), -x / 2 + 0.06
    screen: tuple[Shape, ...] = (
        box((back - 0.01, -0.15, top), (back + 0.13, 0.15, top + 0.015), DARK),
        box((back, -0.04, top + 0.015), (back + 0.03, 0.04, top + 0.08), DARK),
        box((back, -half, top + 0.08), (back + 0.045, half, z), DARK),
        box((back + 0.045, -half + 0.015, top + 0.1), (back + 0.048, half - 0.015, z - 0.015), (62, 74, 92)),
    )
    third = (y - 0.02) / 3
    fronts = tuple(
        box(
            (x / 2 - 0.02, -y / 2 + 0.01 + i * third + 0.005, 0.12),
            (x / 2 - 0.006, -y / 2 + 0.01 + (i + 1) * third - 0.005, top - 0.04),
            shade(wood, 1.1),
        )
        for i in range(3)
    )
    body = (
        centered(x - 0.06, y - 0.1, 0.0, 0.1, shade(wood, 0.6)),
        box((-x / 2, -y / 2, 0.1), (x / 2 - 0.02, y / 2, top - 0.02), wood),
        centered(x, y, top - 0.02, top, shade(wood, 0.95)),
    )
    front = back + 0.14
    support = Support("top", ((front + x / 2) / 2, 0.0, top), (x / 2 - front, y), ABOVE_M)
    return Model((*body, *fronts, *screen), supports=(support,))


def plant(size: Vector) -> Model:
    """A pot with a stem and a crown of leaves."""
    x, y, z = size
    pot = pick(((176, 96, 66), (226, 222, 214), (88, 92, 98)), _key("plant", size))
    green = pick(((64, 124, 62), (88, 142, 70), (52, 106, 76)), _key("leaves", size))
    radius, crown = min(x, y) / 2, min(x, y) * 0.32
    rim = 0.28 * min(1.0, z)
    leaves = [sphere(crown, (0.0, 0.0, z - crown), green)]
    for i, (dx, dy) in enumerate(((1, 0.3), (-0.6, 0.8), (-0.4, -0.9))):
        reach = radius - crown * 0.82
        tone = shade(green, (0.85, 1.1, 0.95)[i])
        leaves.append(sphere(crown * 0.8, (dx * reach, dy * reach, z - crown * (2.1 + 0.4 * i)), tone))
    trunk = cylinder(0.022, rim, z - crown, (110, 84, 58))
    soil = cylinder(radius * 0.62, rim - 0.03, rim - 0.012, (72, 54, 42))
    base = cylinder(radius * 0.58, 0.0, rim - 0.06, pot)
    collar = cylinder(radius * 0.68, rim - 0.06, rim - 0.02, shade(pot, 0.92))
    return Model((base, collar, soil, trunk, *leaves))


def lamp(size: Vector) -> Model:
    """A floor lamp: foot, pole and shade."""
    x, y, z = size
    radius = min(x, y) / 2
    cloth = pick(((238, 224, 190), (226, 226, 226), (214, 170, 120)), _key("lamp", size))
    return Model(
        (
            cylinder(radius * 0.75, 0.0, 0.025, DARK),
            cylinder(0.014, 0.025, z - 0.28, STEEL),
            cylinder(radius, z - 0.28, z, cloth),
        )
    )


def toilet(size: Vector) -> Model:
    """A bowl with a seat, and the cistern behind it."""
    x, y, z = size
    bowl = y / 2 - 0.01
    return Model(
        (
            box((-x / 2, -y / 2, 0.38), (-x / 2 + 0.18, y / 2, z), CERAMIC),
            box((-x / 2 + 0.02, -0.12, 0.0), (0.08, 0.12, 0.38), shade(CERAMIC, 0.96)),
            cylinder(bowl, 0.16, 0.40, CERAMIC, at=(x / 2 - bowl - 0.02, 0.0)),
            cylinder(0.13, 0.0, 0.16, shade(CERAMIC, 0.96), at=(0.06, 0.0)),
            cylinder(bowl + 0.005, 0.40, 0.43, shade(CERAMIC, 0.92), at=(x / 2 - bowl - 0.02, 0.0)),
            cylinder(0.025, z, z + 0.01, STEEL, at=(-x / 2 + 0.09, 0.0)),
        ),
        supports=(Support("top", (-x / 2 + 0.09, -y / 4, z), (0.18, y / 2 - 0.08), ABOVE_M),),
    )


def bathtub(size: Vector) -> Model:
    """Four walls round a floor; it is hollow."""
    x, y, z = size
    t = 0.07
    return Model(
        (
            box((-x / 2, -y / 2, 0.0), (x / 2, y / 2, 0.14), CERAMIC),
            box((-x / 2, -y / 2, 0.14), (-x / 2 + t, y / 2, z), CERAMIC),
            box((x / 2 - t, -y / 2, 0.14), (x / 2, y / 2, z), CERAMIC),
            box((-x / 2 + t, -y / 2, 0.14), (x / 2 - t, -y / 2 + t, z), CERAMIC),
            box((-x / 2 + t, y / 2 - t, 0.14), (x / 2 - t, y / 2, z), CERAMIC),
            cylinder(0.016, z, z + 0.16, STEEL, at=(0.0, -y / 2 + 0.035)),
            box((-0.012, -y / 2 + 0.035, z + 0.14), (0.012, -y / 2 + 0.15, z + 0.16), STEEL),
        )
    )
