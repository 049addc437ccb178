"""Small homes built by hand, without randomness, for tests of everything in sim."""

import math

from sim.worlds.home import Doorway, Furniture, Home, Room, Thing
from sim.worlds.kinds.catalogue import label_of
from sim.worlds.kinds.furniture import model_of

FRIDGE = Furniture("fridge-1", 0.45, 3.5, 0.0, (0.68, 0.62, 1.70))
COUNTER = Furniture("counter-1", 0.4, 1.5, 0.0, (0.62, 1.80, 0.90))
TABLE = Furniture("table-1", 6.5, 1.6, 0.3, (0.85, 1.40, 0.74))
CHAIR = Furniture("chair-1", 7.3, 1.9, 3.4, (0.45, 0.44, 0.90))


def two_rooms() -> Home:
    """A kitchen and a living room with an open door between them, and a hall behind a doorway without a door.

    Six things: a mug, a bowl and a book on the table, an apple in the closed fridge, a bottle on the counter, a box
    on the floor.
    """
    return Home(
        "two_rooms",
        rooms=(
            Room("kitchen", (0.0, 0.0), (4.0, 4.0)),
            Room("living", (4.0, 0.0), (9.0, 4.0)),
            Room("hall", (4.0, 4.0), (9.0, 6.0)),
        ),
        doorways=(
            Doorway("door-1", ("kitchen", "living"), (4.0, 2.0), door=True, hinge=-1, angle_rad=1.7),
            Doorway("door-2", ("living", "hall"), (7.0, 4.0)),
        ),
        furniture=(FRIDGE, COUNTER, TABLE, CHAIR),
        things=(
            on(TABLE, "top", "mug-1", "mug_red", -0.1, 0.3),
            on(TABLE, "top", "bowl-1", "bowl_white", 0.1, -0.4),
            on(TABLE, "top", "book-1", "book_blue", 0.15, 0.0, yaw_rad=0.5),
            on(FRIDGE, "board-2", "apple-1", "apple", 0.0, 0.05),
            on(COUNTER, "top", "bottle-1", "bottle_green", 0.0, -0.1),
            Thing("box-1", "box_brown", "floor", (8.4, 3.2, 0.0)),
        ),
    )


def on(piece: Furniture, support: str, name: str, model: str, x_m: float, y_m: float, *, yaw_rad: float = 0.0) -> Thing:
    """A thing that stands on a support of a piece of furniture, so far from the support's middle along its own axes."""
    assert name.rsplit("-", 1)[0] == label_of(model)
    (x, y, z) = next(s.center_m for s in model_of(piece).supports if s.name == support)
    x, y = x + x_m, y + y_m
    c, s = math.cos(piece.yaw_rad), math.sin(piece.yaw_rad)
    p_WK = (piece.x_m + c * x - s * y, piece.y_m + s * x + c * y, z)
    half = (piece.yaw_rad + yaw_rad) / 2
    return Thing(name, model, f"{piece.name}/{support}", p_WK, (math.cos(half), 0.0, 0.0, math.sin(half)))
