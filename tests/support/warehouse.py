"""A large flat building seen from above: rooms with doors, tables in rows, and many small things on them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

import spatialmem as sm

__all__ = ["LABELS", "Warehouse"]

CAMERA = sm.Pinhole(320, 240, 200.0, 200.0, 159.5, 119.5)
HEIGHT_M = 3.0
"""Of the camera over the floor, looking straight down."""
ROOM_M, DOOR_M, WALL_M, WALL_TOP_M = 10.0, 1.0, 0.2, 1.4
"""From above only the tops of walls are seen: they are where a wall is looked for."""
TABLE_M, TABLE_TOP_M = (2.0, 1.0), 0.75
THING_M = 0.12
STEP_M = (3.0, 2.2)
"""Between two pictures; each shows a little more."""
LABELS = tuple(f"kind{chr(ord('a') + i // 26)}{chr(ord('a') + i % 26)}" for i in range(30))


@dataclass(frozen=True)
class Warehouse:
    """Square rooms of 10 m, side by side; each with 8 tables of 25 things."""

    rooms: int
    """Along each side."""

    @property
    def side_m(self) -> float:
        return self.rooms * ROOM_M

    def tables_m(self) -> np.ndarray:
        """The middles of the tables (x, y), shape (n, 2)."""
        own = np.array([(x, y) for x in (2.4, 7.6) for y in (1.7, 3.9, 6.1, 8.3)])
        corners = ROOM_M * np.stack(np.meshgrid(np.arange(self.rooms), np.arange(self.rooms)), axis=-1).reshape(-1, 2)
        return (corners[:, None] + own).reshape(-1, 2)

    def things_W(self) -> np.ndarray:
        """The middles of the things, shape (n, 3)."""
        x, y = np.meshgrid(np.linspace(-0.84, 0.84, 5), np.linspace(-0.38, 0.38, 5))
        offsets = np.column_stack([x.ravel(), y.ravel(), np.full(25, TABLE_TOP_M + THING_M / 2)])
        tables = self.tables_m()
        return (np.column_stack([tables, np.zeros(len(tables))])[:, None] + offsets).reshape(-1, 3)

    def boxes(self) -> np.ndarray:
        """Everything solid: x and y of two corners, and the height of its top; the lower ones first."""
        found = []
        for k in range(self.rooms + 1):
            at = k * ROOM_M
            for room in range(self.rooms):
                low, middle, high = room * ROOM_M, (room + 0.5) * ROOM_M, (room + 1) * ROOM_M
                ends = [(low, high)] if k in (0, self.rooms) else [
                    (low, middle - DOOR_M / 2), (middle + DOOR_M / 2, high)
                ]  # fmt: skip
                for a, b in ends:
                    found.append((at - WALL_M / 2, a, at + WALL_M / 2, b, WALL_TOP_M))
                    found.append((a, at - WALL_M / 2, b, at + WALL_M / 2, WALL_TOP_M))
        half = np.array(TABLE_M) / 2
        found += [(x - half[0], y - half[1], x + half[0], y + half[1], TABLE_TOP_M) for x, y in self.tables_m()]
        half_m = THING_M / 2
        found += [(x - half_m, y - half_m, x + half_m, y + half_m, z + half_m) for x, y, z in self.things_W()]
        boxes = np.array(found)
        return boxes[np.argsort(boxes[:, 4], kind="stable")]

    def inputs(self, passes: int = 3, period_ns: int = 500_000_000) -> Iterator[sm.Input]:
        """Frames of a camera that passes over all of it, each with the robot's state and what is in it."""
        boxes, things, stamp_ns = self.boxes(), self.things_W(), 0
        across, along = (np.arange(step / 2, self.side_m, step) for step in STEP_M)
        way = [(x, y) for i, y in enumerate(along) for x in (across if i % 2 == 0 else across[::-1])]
        for number in range(passes):
            shift = 0.25 * np.array([number, -number]) + 0.1
            for x, y in way if number % 2 == 0 else way[::-1]:
                stamp_ns += period_ns
                yield from self.seen(np.array([x, y]) + shift, stamp_ns, boxes, things)

    def seen(self, p_m: np.ndarray, stamp_ns: int, boxes: np.ndarray, things: np.ndarray) -> Iterator[sm.Input]:
        """What is told from one place."""
        X_WC = np.diag([1.0, -1.0, -1.0, 1.0])
        X_WC[:3, 3] = *p_m, HEIGHT_M
        X_WB = np.eye(4)
        X_WB[:2, 3] = p_m
        yield sm.RobotState(source="base", stamp_ns=stamp_ns, received_ns=stamp_ns, X_WB=X_WB)
        frame = sm.RgbdFrame(
            source="camera", stamp_ns=stamp_ns, received_ns=stamp_ns, depth=_depth(p_m, boxes), camera=CAMERA, X_WC=X_WC
        )
        yield frame
        half_m = THING_M / 2
        items = []
        for k in np.flatnonzero((np.abs(things[:, :2] - p_m) < (2.1, 1.5)).all(axis=1)).tolist():
            u0, v0, u1, v1 = _pixels(p_m, things[k, :2] - half_m, things[k, :2] + half_m, things[k, 2] + half_m)
            if min(u0, v0) > 1 and u1 < CAMERA.width - 1 and v1 < CAMERA.height - 1:
                box = (float(u0), float(v0), float(u1), float(v1))
                items.append(sm.Detection(label=LABELS[k % len(LABELS)], score=0.9, box_px=box))
        yield sm.Detections(
            source="detector", camera_source="camera", stamp_ns=stamp_ns, received_ns=stamp_ns, items=tuple(items)
        )


def _pixels(p_m: np.ndarray, low_m: np.ndarray, high_m: np.ndarray, top_m: float) -> tuple[int, int, int, int]:
    """The picture's columns and rows that an upright box's top covers."""
    z_m = HEIGHT_M - top_m
    u0, u1 = (round(CAMERA.cx + CAMERA.fx * float(c) / z_m) for c in (low_m[0] - p_m[0], high_m[0] - p_m[0]))
    v0, v1 = (round(CAMERA.cy - CAMERA.fy * float(c) / z_m) for c in (high_m[1] - p_m[1], low_m[1] - p_m[1]))
    return u0, v0, u1, v1


def _depth(p_m: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """The depth image [mm]: tops only, the higher ones over the lower ones."""
    depth = np.full((CAMERA.height, CAMERA.width), round(1000 * HEIGHT_M), np.uint16)
    near = (boxes[:, 2] > p_m[0] - 3) & (boxes[:, 0] < p_m[0] + 3)
    near &= (boxes[:, 3] > p_m[1] - 3) & (boxes[:, 1] < p_m[1] + 3)
    for x0, y0, x1, y1, top_m in boxes[near]:
        u0, v0, u1, v1 = _pixels(p_m, np.array([x0, y0]), np.array([x1, y1]), top_m)
        rows, columns = slice(max(v0, 0), max(v1 + 1, 0)), slice(max(u0, 0), max(u1 + 1, 0))
        depth[rows, columns] = round(1000 * (HEIGHT_M - top_m))
    return depth
