"""A 50 Hz control loop beside the ingest of 640 x 480 at 30 per second: python tests/benchmarks/control_loop.py

Three measurements, each of its own `attach`: `ticks`, how long a tick with a local question takes, with the loop alone
beside it; `overload`, three times as many frames as can be taken in; `watchdog`, an ingest that hangs or is killed.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
from measure import machine

from spatialmem import (
    Capsule,
    Config,
    Detection,
    Detections,
    OctreeConfig,
    Pinhole,
    RgbdFrame,
    RobotState,
    SpatialMemory,
    State,
)
from spatialmem.episodes.synthetic import SyntheticRoom, _faces_of, _rays
from spatialmem.live import Attached, Health, LiveConfig, attach

CAMERA = Pinhole(640, 480, 480.0, 480.0, 319.5, 239.5)
FRAME_HZ, TICK_HZ = 30.0, 50.0
START_NS = 10**12
SHELL = {"floor", "ceiling", "corridor", "wall-1", "wall-2", "wall-3", "wall-4"}


class Walk:
    """The closed walk through the built-in room, drawn once, and what a detector finds in each of its frames."""

    def __init__(self) -> None:
        room = SyntheticRoom()
        room.camera = CAMERA
        self._frames = [room.frame(index) for index in range(len(room))]
        self._found = [_boxes(room, frame) for frame in self._frames]

    def inputs(self, number: int, hz: float) -> tuple[RobotState, RgbdFrame, Detections]:
        """Return what comes in with frame number 0, 1, ...: where the robot is, the frame, what is found in it."""
        stamp_ns = START_NS + int(number / hz * 1e9)
        stamps: dict[str, Any] = {"stamp_ns": stamp_ns, "received_ns": stamp_ns}
        index = number % len(self._frames)
        frame = dataclasses.replace(self._frames[index], **stamps)
        X_WB = np.eye(4)
        X_WB[:2, 3] = frame.X_WC[:2, 3]
        found = Detections(source="detector", camera_source=frame.source, items=self._found[index], **stamps)
        return RobotState(source="robot", X_WB=X_WB, **stamps), frame, found


def _boxes(room: SyntheticRoom, frame: RgbdFrame) -> tuple[Detection, ...]:
    """Return the boxes about what the picture shows of the room's things: what a good detector finds."""
    _, face = room._cast(frame.X_WC, _rays(CAMERA, frame.X_WC))
    names = ["", *(box.name for box in room.boxes for _ in _faces_of(box))]
    items = []
    for name in sorted({names[number] for number in np.unique(face)} - {""} - SHELL):
        v, u = np.nonzero(np.isin(face, [number for number, one in enumerate(names) if one == name]))
        box_px = float(u.min()), float(v.min()), float(u.max() + 1), float(v.max() + 1)
        if len(u) >= 200:
            items.append(Detection(label=name.split("-")[0], score=0.9, box_px=box_px))
    return tuple(items)


class Feeder:
    """Puts a walk's inputs at a rate, in a thread."""

    def __init__(self, attached: Attached, walk: Walk | _Later, hz: float, *, stamps_hz: float | None = None):
        self._attached, self._walk, self._hz, self._stamps_hz = attached, walk, hz, stamps_hz or hz
        self.stopped, self.sent = threading.Event(), 0
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        began_s = time.monotonic()
        while not self.stopped.is_set():
            time.sleep(max(began_s + self.sent / self._hz - time.monotonic(), 0.0))
            for x in self._walk.inputs(self.sent, self._stamps_hz):
                self._attached.put(x)
            self.sent += 1

    def stop(self) -> None:
        self.stopped.set()
        self.thread.join()


def ask(view: Any) -> None:
    """Ask what a controller asks: is the way ahead free, what is near."""
    robot = view.robot
    if robot is None:
        return
    here = robot.X_WB[:3, 3] + np.array([0.0, 0.0, 0.5])
    ahead = here + np.array([0.5, 0.0, 0.0])
    view.is_free(Capsule(here[None], ahead[None], 0.25), unknown_is=State.OCCUPIED)
    view.nearest_obstacles(k=3)


def loop(attached: Attached, seconds: float) -> dict[str, Any]:
    """Tick for so long, and return how that went."""
    took_ms, late, ages, health = [], 0, [], dict.fromkeys(Health, 0)
    began_s = time.monotonic()
    for number in range(int(seconds * TICK_HZ)):
        due_s = began_s + number / TICK_HZ
        time.sleep(max(due_s - time.monotonic(), 0.0))
        started_s = time.perf_counter()
        turn = attached.tick()
        ask(turn.view)
        took_ms.append(1e3 * (time.perf_counter() - started_s))
        late += time.monotonic() - due_s > 1.0 / TICK_HZ
        ages.append(turn.age_s)
        health[turn.health] += 1
    p50, p99, p999 = np.quantile(took_ms, [0.5, 0.99, 0.999])
    return {
        "ticks": len(took_ms),
        "p50_ms": round(float(p50), 3),
        "p99_ms": round(float(p99), 3),
        "p99.9_ms": round(float(p999), 3),
        "max_ms": round(max(took_ms), 3),
        "missed": late,
        "age_p99_s": round(float(np.quantile(ages, 0.99)), 3),
        "health": {one.value: count for one, count in health.items() if count},
    }


def memory_at_5_cm() -> SpatialMemory:
    return SpatialMemory(Config(octree=OctreeConfig(voxel_size_m=0.05, threads=1)))


def ticks(walk: Walk, seconds: float) -> Iterator[tuple[str, dict[str, Any]]]:
    with attach(memory_at_5_cm()) as attached:
        feeder = Feeder(attached, walk, FRAME_HZ)
        time.sleep(2.0)
        told = loop(attached, seconds)
        feeder.stop()
        yield "with ingest", {**told, **_tallies(attached)}
        time.sleep(0.5)
        yield "without", loop(attached, min(seconds, 60.0))


def overload(walk: Walk, seconds: float) -> Iterator[tuple[str, dict[str, Any]]]:
    """Find how many frames a second can be taken in, then bring three times as many, then the usual rate again."""
    with attach(memory_at_5_cm(), config=LiveConfig(window_s=0.5)) as attached:
        feeder = Feeder(attached, walk, 1000.0, stamps_hz=FRAME_HZ)
        time.sleep(2.0)
        before, began_s = attached.status().tallies["camera"].admitted, time.monotonic()
        time.sleep(5.0)
        most_hz = (attached.status().tallies["camera"].admitted - before) / (time.monotonic() - began_s)
        feeder.stop()
    with attach(memory_at_5_cm(), config=LiveConfig(window_s=0.5)) as attached:
        feeder, waiting = Feeder(attached, walk, 3.0 * most_hz, stamps_hz=FRAME_HZ), []
        stop = threading.Event()

        def watch() -> None:
            while not stop.wait(0.01):
                waiting.append(max(len(feed.waiting) for feed in attached._inbox.feeds))

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        told = loop(attached, seconds)
        feeder.stop()
        began_s = time.monotonic()
        normal_s = None
        gentle = Feeder(attached, _Later(walk, feeder.sent, FRAME_HZ), FRAME_HZ)  # its stamps go on
        while time.monotonic() - began_s < 10.0:
            if attached.tick().health is Health.OK:
                normal_s = time.monotonic() - began_s
                break
            time.sleep(0.01)
        gentle.stop()
        stop.set()
        time.sleep(0.5)
        tallies = attached.status().tallies
        exact = not any(one.waiting for one in tallies.values())
        yield (
            "overload",
            {
                "most_hz": round(most_hz, 1),
                "queue_max": max(waiting),
                "accounted_exactly": exact,
                "normal_after_s": None if normal_s is None else round(normal_s, 2),
                **told,
                **_tallies(attached),
            },
        )


class _Later:
    """A walk whose stamps begin where another ended."""

    def __init__(self, walk: Walk, sent: int, hz: float):
        self._walk, self._shift_ns = walk, int(sent / hz * 1e9)

    def inputs(self, number: int, hz: float) -> tuple[Any, ...]:
        own = self._walk.inputs(number, hz)
        return tuple(
            dataclasses.replace(x, stamp_ns=x.stamp_ns + self._shift_ns, received_ns=x.received_ns + self._shift_ns)
            for x in own
        )


class _Troubled(SpatialMemory):
    """One whose `observe` can be made to hang, or to end the thread that calls it, before it takes anything in."""

    def __init__(self, config: Config):
        super().__init__(config)
        self.trouble: str | None = None
        self.freed = threading.Event()

    def observe(self, x: Any) -> Any:
        trouble, self.trouble = self.trouble, None
        if trouble == "hangs":
            self.freed.wait(30.0)
        elif trouble == "killed":
            raise SystemExit
        return super().observe(x)


def watchdog(walk: Walk, times: int) -> Iterator[tuple[str, dict[str, Any]]]:
    for trouble in ("hangs", "killed"):
        stale_s, back_s = [], []
        for _ in range(times):
            memory = _Troubled(Config(octree=OctreeConfig(voxel_size_m=0.05, threads=1)))
            with attach(memory) as attached:
                feeder = Feeder(attached, walk, FRAME_HZ)
                _until(lambda one=attached: one.tick().health is Health.OK)
                began_s, memory.trouble = time.monotonic(), trouble
                seq = memory.view().seq
                if trouble == "hangs":
                    _until(lambda one=attached: one.tick().health is Health.STALE)
                    stale_s.append(time.monotonic() - began_s)
                _until(lambda one=attached: one.status().restarts > 0)
                _until(
                    lambda one=attached, seq=seq: (
                        one.tick().health in (Health.OK, Health.DEGRADED) and one.tick().view.seq > seq + 3
                    )
                )
                back_s.append(time.monotonic() - began_s)
                memory.freed.set()
                feeder.stop()
        yield (
            trouble,
            {
                "times": times,
                "stale_after_max_s": round(max(stale_s), 3) if stale_s else "taken over before it was stale",
                "back_after_max_s": round(max(back_s), 3),
            },
        )


def _until(holds: Any, seconds: float = 20.0) -> None:
    end_s = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end_s:
            sys.exit("what was waited for has not come")
        time.sleep(0.002)


def _tallies(attached: Attached) -> dict[str, Any]:
    tallies = attached.status().tallies
    return {
        name: f"{one.admitted} of {one.sent}, {one.dropped} dropped, {sum(one.rejected.values())} rejected"
        for name, one in tallies.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="A control loop beside the ingest.")
    parser.add_argument("--seconds", type=float, default=600.0, help="of ticks; a tenth of it of overload")
    parser.add_argument("--times", type=int, default=20, help="that the ingest hangs, and is killed")
    parser.add_argument("--only", choices=("ticks", "overload", "watchdog"))
    given = parser.parse_args()
    print(machine())
    walk = Walk()
    parts = {
        "ticks": lambda: ticks(walk, given.seconds),
        "overload": lambda: overload(walk, given.seconds / 10),
        "watchdog": lambda: watchdog(walk, given.times),
    }
    for name, part in parts.items():
        if given.only in (None, name):
            for title, told in part():
                print(f"{title}: {json.dumps(told)}", flush=True)


if __name__ == "__main__":
    main()
