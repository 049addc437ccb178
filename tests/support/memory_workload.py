"""What a memory is told in the tests of its file: a sensor with troubles; and what a clean run of each prefix knows."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from spatialmem import (
    Action,
    Config,
    Detection,
    Detections,
    GateConfig,
    Input,
    OctreeConfig,
    Pinhole,
    PointScan,
    Recall,
    Receipt,
    RgbdFrame,
    RobotState,
    ShortTermConfig,
    SpatialMemory,
)
from spatialmem.geometry import look_at
from spatialmem.store import Store

CAMERA = Pinhole(width=64, height=48, fx=50.0, fy=50.0, cx=31.5, cy=23.5)
CONFIG = Config(
    octree=OctreeConfig(voxel_size_m=0.2, budget_mib=32, threads=1, color=True, last_seen=True),
    gate=GateConfig(epoch_after_frames=4),
    shortterm=ShortTermConfig(objects_max=12, policy="lru", confirm_sightings=1, confirm_viewpoints=1, frames_s=0.4),
)
"""An epoch is believed early, and so is an object, of which there is room for few: short runs have all of it."""
LONG_SEED, LONG_INPUTS = 7, 400
"""The stream of the process that is killed, known on both sides."""


def stream(seed: int, count: int) -> list[Input]:
    """Return inputs of several kinds in a row: good ones, late ones, of another world, jumps that are believed."""
    rng, inputs, at_W = np.random.default_rng(seed), [], np.zeros(3)
    frames: list[RgbdFrame] = []
    for i in range(count):
        stamp_ns = (i + 1) * 10**8
        at_W = at_W + rng.uniform(-0.2, 0.2, 3)
        kind = rng.random()
        if kind < 0.02:
            at_W = at_W + rng.choice([-20.0, 20.0], 3)
        known: dict[str, Any] = {"source": "camera", "stamp_ns": stamp_ns, "received_ns": stamp_ns}
        X_WC = look_at(at_W, at_W + rng.normal(0, 1, 3) * [1, 1, 0.2])
        if 0.05 <= kind < 0.2:
            points_S = rng.normal(0, 2, (60, 3)).astype(np.float32)
            inputs.append(PointScan(**{**known, "source": "lidar"}, points_S=points_S, X_WS=X_WC))
        elif 0.2 <= kind < 0.25:
            inputs.append(Recall(**{**known, "source": "planner"}, object_ids=(i % 20, i)))
        elif 0.25 <= kind < 0.28:
            state = {"X_WB": X_WC, "X_WG": X_WC, "joint_positions_rad": {"arm": 0.1 * i}}
            inputs.append(RobotState(**{**known, "source": "wheels"}, **state))
        elif 0.28 <= kind < 0.3:
            inputs.append(Action(**{**known, "source": "arm"}, verb="picked_up", object_id=i % 20))
        elif 0.4 <= kind < 0.65 and frames:
            inputs.append(_found(rng, frames[-1 - min(rng.integers(0, 8), len(frames) - 1)]))
        else:
            if kind < 0.35:
                known["world"] = "elsewhere"
            elif kind < 0.4:
                known["stamp_ns"] = max(0, stamp_ns - 5 * 10**9)
            frames.append(RgbdFrame(**known, **_images(rng), camera=CAMERA, X_WC=X_WC))
            inputs.append(frames[-1])
    return inputs


def _found(rng: np.random.Generator, frame: RgbdFrame) -> Detections:
    """Return detections of a frame, which may wait no more or was never let in; some have an embedding, or no place."""
    items = []
    for _ in range(rng.integers(1, 4)):
        u, v, wide, high = rng.uniform(-8, 64), rng.uniform(-8, 48), rng.uniform(4, 40), rng.uniform(4, 40)
        embedding = rng.normal(0, 1, 6).astype(np.float32) if rng.random() < 0.5 else None
        label, box_px = f"thing {rng.integers(0, 4)}", (u, v, u + wide, v + high)
        items.append(Detection(label=label, score=float(rng.random()), box_px=box_px, embedding=embedding))
    stamps = {"stamp_ns": frame.stamp_ns, "received_ns": frame.received_ns, "world": frame.world}
    return Detections(source="detector", **stamps, camera_source="camera", items=tuple(items))


def _images(rng: np.random.Generator) -> dict[str, Any]:
    slope = np.linspace(0, rng.integers(0, 800), 64)
    depth = (rng.integers(300, 3500) + slope + rng.integers(0, 20, (48, 64))).astype(np.uint16)
    color = np.repeat(rng.integers(0, 256, (48, 1, 3), np.uint8), 64, axis=1)
    return {"depth": depth, "color": color if rng.random() < 0.7 else None}


class CleanRun:
    """What a memory without a file knows after each admitted input of a stream, and where in the stream that is.

    What the gate counted is in the hash too. A file is what was known right after its newest admitted input: what
    was rejected since then lives in memory, until the next input is admitted.
    """

    def __init__(self, inputs: list[Input], config: Config = CONFIG):
        memory = SpatialMemory(config)
        self.inputs, self.answers = inputs, []
        self.hashes = [memory.state_hash()]
        self.next_input = [0]
        """By number of the newest admitted input: which input of the stream comes next."""
        for i, x in enumerate(inputs, 1):
            self.answers.append(memory.observe(x))
            if isinstance(self.answers[-1], Receipt):
                self.hashes.append(memory.state_hash())
                self.next_input.append(i)

    def rest(self, memory: SpatialMemory) -> list[Input]:
        """Return what comes after what a memory has taken."""
        return self.inputs[self.next_input[memory.view().seq] :]


def assert_prefix(memory: SpatialMemory, clean: CleanRun) -> int:
    """Assert that a memory is what the clean run was after the same number of inputs; return that number."""
    seq = memory.view().seq
    assert memory.state_hash() == clean.hashes[seq], f"after input {seq} it is another state"
    return seq


@contextlib.contextmanager
def store_options(**options: Any) -> Iterator[None]:
    """Give every store that is opened meanwhile these options too: a faulty `_vfs`, a small `wal_mib`."""
    whole = Store.open
    with mock.patch.object(Store, "open", lambda *args, **known: whole(*args, **{**known, **options})):
        yield


def as_after_a_crash(path: Path, folder: Path) -> Path:
    """Copy a file that is open for writing as it lies on the disk; return the copy."""
    folder.mkdir(exist_ok=True)
    copy = folder / path.name
    for name in (path.name, path.name + "-wal"):
        found = path.with_name(name)
        (folder / name).write_bytes(found.read_bytes() if found.exists() else b"")
    return copy
