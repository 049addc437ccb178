"""A corridor with a thing every few metres, and a robot that drives along it: what is far behind it is left behind.

`Corridor` tells a memory of it, by pictures that are cast ray by ray; `Buffers` tells the rooms of objects alone, by
sightings without pictures.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from cast_boxes import frame_of, masked
from object_sightings import sighting

import spatialmem as sm
from spatialmem import consolidate
from spatialmem.belief import Belief, Instant
from spatialmem.config import BeliefConfig, DepthConfig, LongTermConfig, ShortTermConfig
from spatialmem.longterm import LongTerm
from spatialmem.shortterm import ObjectsView, ShortTerm

__all__ = ["LEAVES_SOON", "NEVER_LEAVES", "SPACING_M", "Buffers", "Corridor", "S"]

S = 10**9
SPACING_M = 4.0
LEAVES_SOON = LongTermConfig(leave_s=1.0)
NEVER_LEAVES = LongTermConfig(leave_m=1e6, return_m=1e5)
Box = tuple[tuple[float, float, float], tuple[float, float, float]]
BACK: Box = ((-100.0, 2.0, 0.0), (100.0, 2.2, 3.0))
GROUND: Box = ((-100.0, -3.0, -0.1), (100.0, 3.0, 0.0))
SENSOR = DepthConfig()


def box_at(x: float, y: float = 1.3) -> Box:
    """A box of 30 cm on the floor."""
    return (x - 0.15, y - 0.15, 0.0), (x + 0.15, y + 0.15, 0.3)


class Corridor:
    """Things by name, "mug 0" is a mug; `drive` goes to one and watches it. It drives at 2 m/s."""

    def __init__(
        self,
        memory: sm.SpatialMemory,
        labels: Sequence[str] = ("mug", "cup", "bowl", "mug", "box", "cup"),
        *,
        spacing_m: float = SPACING_M,
    ):
        self.memory = memory
        self.things: dict[str, Box] = {
            f"{label} {number}": box_at(spacing_m * number) for number, label in enumerate(labels)
        }
        self.stamp_ns, self.x_m, self.inputs = S, 0.0, []
        self.look: Mapping[str, Sequence[float]] = {}
        """What embedding its detector gives, by name."""

    @property
    def stamps(self) -> dict[str, Any]:
        """Of the next input."""
        return {"stamp_ns": self.stamp_ns, "received_ns": self.stamp_ns}

    def tell(self, x: sm.Input) -> None:
        """Tell the memory an input, and keep it."""
        self.inputs.append(x)
        assert self.memory.observe(x)

    def drive(self, x_m: float, *, times: int = 4, detect: bool = True) -> None:
        """Go to a place, and take so many pictures of what is there, from other viewpoints each."""
        self.stamp_ns += round(abs(x_m - self.x_m) / 2.0 * S)
        self.x_m = x_m
        for i in range(times):
            eye = np.array([x_m + 0.15 * i, -1.0, 1.2])
            frame, shows = frame_of(*self.things.values(), GROUND, BACK, X_WC=sm.look_at(eye, (x_m, 1.3, 0.2)))
            self.tell(dataclasses.replace(frame, **self.stamps))
            items = []
            for number, name in enumerate(self.things):
                if np.count_nonzero(shows == number) >= 15:
                    look = self.look.get(name)
                    embedding = None if look is None else np.array(look, np.float32)
                    items.append(dataclasses.replace(masked(shows, number, name.split()[0]), embedding=embedding))
            if detect:
                found = sm.Detections(source="detector", camera_source="camera", items=tuple(items), **self.stamps)
                self.tell(found)
            self.stamp_ns += S // 5

    def tour(self, *numbers: int) -> None:
        """Drive to things by their numbers, one after the other."""
        for number in numbers:
            self.drive(SPACING_M * number)

    def wait(self, seconds: float) -> None:
        """Let time pass; then take a picture, of which nobody says anything."""
        self.stamp_ns += round(seconds * S)
        self.drive(self.x_m, times=1, detect=False)

    def act(self, verb: Any, object_id: int, target_id: int | None = None) -> None:
        """Let the robot say what it did."""
        self.tell(sm.Action(source="arm", verb=verb, object_id=object_id, target_id=target_id, **self.stamps))


class Buffers:
    """Short-term and long-term memory, and a belief in what they hold. A cube stands every few metres."""

    def __init__(self, longterm: LongTermConfig, sensing: ShortTermConfig | None = None, *, bytes_each: int = 0):
        """bytes_each: of every cube's embedding."""
        self.sensing = ShortTermConfig() if sensing is None else sensing
        self.short, self.lasting = ShortTerm(self.sensing), LongTerm(longterm)
        self.belief = Belief(BeliefConfig(), self.sensing)
        self.stamp_ns, self.seq, self.bytes_each = S, 0, bytes_each
        self.known: set[int] = set()
        """All that was ever confirmed."""

    @property
    def every(self) -> ObjectsView:
        """The objects of both."""
        return consolidate.both(self.short.view(), self.lasting.view())

    def look(self, number: int, *, seconds: float = 0.2, dx: float = 0.0) -> None:
        """Look at the cube of a number, moved by dx [m], and take part in what follows, as the rooms do."""
        self.stamp_ns, self.seq = self.stamp_ns + round(seconds * S), self.seq + 1
        X_WC = np.eye(4)
        X_WC[:3, 3] = SPACING_M * number + 0.15 * (self.seq % 4), -1.0, 0.0
        depth = np.ones((2, 2), np.uint16)
        stamps: dict[str, Any] = {"stamp_ns": self.stamp_ns, "received_ns": self.stamp_ns}
        frame = sm.RgbdFrame(source="c", depth=depth, camera=sm.Pinhole(2, 2, 2.0, 2.0, 0.5, 0.5), X_WC=X_WC, **stamps)
        consolidate.gather(self.short, self.lasting, frame, SENSOR)
        consolidate.leave(self.short, self.lasting, self.belief.view(), frame, SENSOR)
        look = np.ones(self.bytes_each // 4, np.float32) if self.bytes_each else None
        cube = sighting(f"kind {number % 3}", (SPACING_M * number + dx, 1.0, 0.0), embedding=look)
        with self.short._undone_on_error():
            about = {"stamp_ns": self.stamp_ns, "X_WC": X_WC, "source": "detector"}
            _, _, gone, left = self.short._see([cube], **about)
        consolidate.keep(self.lasting, left)
        self.lasting.pass_on(dict.fromkeys(gone, 0))
        self.belief.adopt(self.every, self.seq)
        consolidate.forget_surplus(self.short, self.lasting, self.belief, Instant(self.stamp_ns, self.seq))
        self.known |= {one.id for one in self.every.objects(missing=True)}

    def visit(self, number: int, times: int = 4) -> None:
        """Look at a cube a few times, 10 s after the last one."""
        for i in range(times):
            self.look(number, seconds=0.2 if i else 10.0)
