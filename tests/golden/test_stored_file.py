"""A file of every released format is kept, and opens with the state that it was closed with.

`PYTHONPATH=tests/support python tests/golden/test_stored_file.py` makes the file of the format that is written today,
`format_N.smem`, and its line in `stored.csv`; it refuses where there is one. A kept file is never made anew.
"""

from __future__ import annotations

import shutil
import sys
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from spatialmem import (
    Config,
    Detection,
    Detections,
    EncodedImage,
    OctreeConfig,
    Pinhole,
    PointScan,
    Recall,
    Receipt,
    RgbdFrame,
    RobotState,
    ShortTermConfig,
    SpatialMemory,
    View,
    open_episode,
)
from spatialmem.memory_file import MemoryFile
from spatialmem.sealed import content_hash
from spatialmem.store.checking import verify
from spatialmem.store.schema import FORMAT
from spatialmem.store.upkeep import info

HERE = Path(__file__).parent
KEPT = [line.split(",") for line in (HERE / "stored.csv").read_text().split()[1:]]
"""File, number of its newest input, hash of its map, and its objects: the map is the same on every CPU, to the bit."""
CONFIG = Config(
    octree=OctreeConfig(voxel_size_m=0.2, budget_mib=16, color=True, last_seen=True),
    shortterm=ShortTermConfig(confirm_sightings=1, confirm_viewpoints=1),
)
FRAMES, AFTER_CHECKPOINT = 8, 3


@pytest.fixture(params=KEPT, ids=[line[0] for line in KEPT])
def kept(request, tmp_path):
    """A copy of a kept file, with the number of its newest input, and its state."""
    name, *known = request.param
    return Path(shutil.copy(HERE / name, tmp_path)), known


def test_there_is_one_of_this_format():
    assert f"format_{FORMAT}.smem" in [line[0] for line in KEPT]


def test_it_opens_as_it_was_closed(kept):
    path, known = kept
    for read_only in (True, False):
        with SpatialMemory.open(path, read_only=read_only) as memory:
            assert told(memory) == known
    assert verify(path).problems == ()


def test_it_is_made_anew_of_its_journal(kept):
    path, known = kept
    with SpatialMemory.open(path, read_only=True) as memory:
        state_hash = memory.state_hash()
    file = MemoryFile.open(path, read_only=True)
    *_, last = file.replay()
    file.store.close()
    view = last.view(file.config.world)
    assert told(view) == known
    assert view.state_hash() == state_hash


def test_it_goes_on(kept):
    path, (seq, *_) = kept
    with SpatialMemory.open(path) as memory:
        stamp_ns = memory.view().stamp_ns + 10**9
        scan = PointScan(source="new", stamp_ns=stamp_ns, received_ns=stamp_ns, points_S=_points(), X_WS=np.eye(4))
        assert memory.observe(scan) == Receipt(int(seq) + 1)
        known = memory.state_hash()
    with SpatialMemory.open(path) as memory:
        assert memory.state_hash() == known
    assert info(path).format == FORMAT
    assert verify(path).problems == ()


def told(memory: SpatialMemory | View) -> list[str]:
    """What is kept of a memory in `stored.csv`."""
    view = memory if isinstance(memory, View) else memory.view()
    objects = "|".join(f"{one.name}:{':'.join(f'{c:.2f}' for c in one.center_W)}" for one in view.objects())
    return [str(view.seq), content_hash(view.dump_map()), objects or "none"]


def _points() -> np.ndarray:
    return np.array([[1.0, 0.5, 0.25], [2.0, -1.0, 0.0]], np.float32)


def make() -> None:
    """Write a file with a checkpoint, inputs after it, and one of each kind that the map takes."""
    path = HERE / f"format_{FORMAT}.smem"
    if path.exists():
        sys.exit(f"{path.name} is there; a kept file is never made anew.")
    episode = open_episode("synthetic")
    frames = [small(x) for x in islice(episode, 0, FRAMES * 10, 10) if isinstance(x, RgbdFrame)]
    with SpatialMemory.open(path, CONFIG) as memory:
        for frame in frames[:-AFTER_CHECKPOINT]:
            assert all(memory.observe(x) for x in (frame, seen_in(frame), robot_at(frame)))
    memory = SpatialMemory.open(path)
    for frame in frames[-AFTER_CHECKPOINT:]:
        assert all(memory.observe(x) for x in (frame, seen_in(frame), robot_at(frame)))
    assert memory.objects()
    assert memory.observe(Recall(source="planner", **at(frames[-1]), object_ids=(memory.objects()[0].id,)))
    stamp_ns = frames[-1].stamp_ns
    scan = PointScan(source="lidar", stamp_ns=stamp_ns, received_ns=stamp_ns, points_S=_points(), X_WS=np.eye(4))
    assert memory.observe(scan)
    assert memory._file is not None
    memory._file.store.close()  # without the checkpoint that closing the memory writes
    others = [",".join(line) for line in KEPT if line[0] != path.name]
    lines = ["file,seq,map_hash,objects", *others, ",".join([path.name, *told(memory)])]
    (HERE / "stored.csv").write_text("\n".join(lines) + "\n")


def at(frame: RgbdFrame) -> dict[str, Any]:
    return {"stamp_ns": frame.stamp_ns, "received_ns": frame.received_ns}


def seen_in(frame: RgbdFrame) -> Detections:
    """The middle of the picture, as one thing: what it shows of the room is looked at from all sides."""
    height, width = frame.depth.shape
    mask = np.zeros(frame.depth.shape, bool)
    mask[round(height * 0.35) : round(height * 0.65), round(width * 0.35) : round(width * 0.65)] = True
    look = np.full(4, 0.5, np.float32)
    things = (Detection(label="wall", score=0.75, mask=mask, embedding=look),)
    return Detections(source="detector", camera_source=frame.source, items=things, **at(frame))


def robot_at(frame: RgbdFrame) -> RobotState:
    return RobotState(source="robot", X_WB=frame.X_WC, **at(frame))


def small(frame: RgbdFrame) -> RgbdFrame:
    """Return every eighth row and column of a frame; colour as PNG, which every decoder reads alike."""
    camera, step = frame.camera, 8
    depth = np.ascontiguousarray(frame.depth[::step, ::step])
    height, width = depth.shape
    pinhole = Pinhole(width, height, camera.fx / step, camera.fy / step, camera.cx / step, camera.cy / step)
    color = frame.color.pixels if isinstance(frame.color, EncodedImage) else frame.color
    png = None
    if color is not None:
        png = EncodedImage(cv2.imencode(".png", np.ascontiguousarray(color[::step, ::step, ::-1]))[1].tobytes())
    return replace(frame, depth=depth, camera=pinhole, color=png)


if __name__ == "__main__":
    make()
