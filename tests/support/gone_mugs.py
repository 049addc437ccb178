"""A memory file of a table with two mugs and a bowl on it, one of which is taken away while a camera looks on."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from cast_boxes import WALL, frame_of, masked

import spatialmem as sm

TABLE = ((1.2, -0.8, 0.66), (1.9, 0.8, 0.7))
FLOOR = ((-3.0, -4.0, -0.1), (4.0, 4.0, 0.0))
THINGS = {
    "mug": ((1.4, -0.30, 0.7), (1.5, -0.20, 0.82)),
    "other mug": ((1.4, 0.25, 0.7), (1.5, 0.35, 0.82)),
    "bowl": ((1.5, 0.0, 0.7), (1.7, 0.15, 0.78)),
}
LABELS = {"mug": "mug", "other mug": "mug", "bowl": "bowl", "table": "table"}
STEP_NS = 200_000_000
COLORS = {
    "mug": (220, 60, 50),
    "other mug": (60, 90, 220),
    "bowl": (240, 220, 120),
    "table": (120, 80, 40),
    "floor": (90, 90, 90),
    "wall": (200, 200, 200),
}


def tell(
    memory: sm.SpatialMemory,
    things: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    *,
    from_step: int,
    steps: int,
) -> None:
    """Tell the memory pictures of the table, 5 a second, from a camera that sways, with all that is on it detected."""
    boxes = {**things, "table": TABLE, "floor": FLOOR, "wall": WALL}
    colors = np.array([*(COLORS[name] for name in boxes), (0, 0, 0)], np.uint8)  # the last one for nothing
    for step in range(from_step, from_step + steps):
        eye = (0.0, 0.25 * float(np.sin(0.7 * step)), 1.4)
        seen, shows = frame_of(*boxes.values(), X_WC=sm.look_at(eye, (1.45, 0.0, 0.76)))
        stamp_ns = 10**9 + step * STEP_NS
        frame = sm.RgbdFrame(
            source="camera",
            stamp_ns=stamp_ns,
            received_ns=stamp_ns,
            depth=seen.depth,
            camera=seen.camera,
            X_WC=seen.X_WC,
            color=colors[shows],
        )
        items = tuple(
            masked(shows, number, LABELS[name])
            for number, name in enumerate(boxes)
            if name in LABELS and (shows == number).any()
        )
        found = sm.Detections(
            source="detector", camera_source="camera", stamp_ns=stamp_ns, received_ns=stamp_ns, items=items
        )
        for x in (frame, found):
            receipt = memory.observe(x)
            assert receipt, receipt


def mug_taken_away(path: Path, *, found_again: bool = False) -> None:
    """Write the file: four seconds with all three things, two without the mug.

    found_again: then two more, in which a mug stands at the other end of the table.
    """
    with sm.SpatialMemory.open(path) as memory:
        tell(memory, THINGS, from_step=0, steps=20)
        left = {name: box for name, box in THINGS.items() if name != "mug"}
        tell(memory, left, from_step=20, steps=10)
        if found_again:
            elsewhere = ((1.4, 0.55, 0.7), (1.5, 0.65, 0.82))
            tell(memory, {**left, "mug": elsewhere}, from_step=30, steps=10)
        memory.flush()
