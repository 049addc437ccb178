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
from watched_table import MUG, Table, moved

from spatialmem import (
    Action,
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
    Unknown,
    View,
    open_episode,
)
from spatialmem.memory_file import MemoryFile
from spatialmem.sealed import content_hash
from spatialmem.store import Store
from spatialmem.store.checking import verify
from spatialmem.store.schema import FORMAT
from spatialmem.store.upkeep import info

HERE = Path(__file__).parent
KEPT = [line.split(",") for line in (HERE / "stored.csv").read_text().split()[1:]]
"""File, number of its newest input, hash of its map, its objects, and what is believed of them, from format 3 on.

The map is the same on every CPU, to the bit.
"""
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
            assert_is(memory.view(), known)
    assert verify(path).problems == ()


def test_what_was_kept_before_there_was_belief_is_believed(kept):
    """All of the journal is there: it makes what there was not when it was written."""
    path, _ = kept
    with SpatialMemory.open(path) as memory:
        objects = memory.objects(missing=True)
        assert [one.object.id for one in memory.whereabouts()] == [one.id for one in objects]
        assert all(one.last_looked_ns > 0 for one in memory.whereabouts())
    with Store.open(path, read_only=True) as store:
        assert {row[1] for row in store.rows("object_state")} >= {one.id for one in objects}


def test_what_was_kept_is_believed_where_its_journal_was_cut(kept, monkeypatch):
    """Then what is in the checkpoint is all that there is of it."""
    path, _ = kept
    monkeypatch.setattr(Store, "dropped_until", property(lambda store: 1))
    with SpatialMemory.open(path, read_only=True) as memory:
        objects, found = memory.objects(missing=True), memory.whereabouts()
        assert [one.object.id for one in found] == [one.id for one in objects]
        assert all(one.last_seen_ns >= one.object.stamp_ns > 0 for one in found)
        assert [one.p_there for one in found] == pytest.approx([0.98] * len(found), abs=0.03) or path.name >= "format_3"


def test_it_is_made_anew_of_its_journal(kept):
    path, known = kept
    file = MemoryFile.open(path, read_only=True)
    *_, last = file.replay()
    file.store.close()
    assert_is(last.view(file.config.world), known)


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


def assert_is(view: View, known: list[str]) -> None:
    """Assert that a memory is as `stored.csv` says; what is believed of older ones is left to the newest belief."""
    assert [*told(view)[:3], known[3] if known[3] == "none" else told(view)[3]] == known


def told(view: View) -> list[str]:
    """What is kept of a memory in `stored.csv`; P(still there) a minute later, for at once it is 0.98 of all."""
    objects = "|".join(f"{one.name}:{':'.join(f'{c:.2f}' for c in one.center_W)}" for one in view.objects())
    places = view.whereabouts(at_ns=view.stamp_ns + 60 * 10**9)
    believed = [f"{one.object.name}:{one.presence.value}:{one.p_there:.3f}" for one in places]
    changes = view.changed(0)
    assert not isinstance(changes, Unknown)
    believed += [f"{one.name}:{one.kind}:{one.place.replace(' ', '_') or 'nowhere'}" for one in changes]
    return [str(view.seq), content_hash(view.dump_map()), objects or "none", "|".join(believed) or "none"]


def _points() -> np.ndarray:
    return np.array([[1.0, 0.5, 0.25], [2.0, -1.0, 0.0]], np.float32)


def make() -> None:
    """Write a file with a checkpoint, inputs after it, and one of each kind.

    A mug is taken away, a cup is moved, a bowl is put into the gripper and onto the table; before and after the
    checkpoint.
    """
    path = HERE / f"format_{FORMAT}.smem"
    if path.exists():
        sys.exit(f"{path.name} is there; a kept file is never made anew.")
    episode = open_episode("synthetic")
    frames = [small(x) for x in islice(episode, 0, FRAMES * 10, 10) if isinstance(x, RgbdFrame)]
    with SpatialMemory.open(path, CONFIG) as memory:
        for frame in frames[:-AFTER_CHECKPOINT]:
            assert all(memory.observe(x) for x in (frame, seen_in(frame), robot_at(frame)))
        table = Table(memory, {"mug": MUG, "cup": moved(MUG, dy=-0.3), "bowl": moved(MUG, dy=0.4)})
        table.camera, table.detector, table.noise = "head", "eyes", 0.0
        table.watch(6)
        del table.things["mug"]
        table.watch(4)
        ids = {one.label: one.id for one in memory.objects(missing=True)}
        table.act("picked_up", ids["bowl"])
        bowl = table.things.pop("bowl")
        table.watch(2)
    memory = table.memory = SpatialMemory.open(path)
    table.things["bowl"], table.things["cup"] = moved(bowl, dx=0.2), moved(MUG, dy=-0.55)
    table.act("placed_on", ids["bowl"], ids["table"])
    table.watch(6)
    for frame in frames[-AFTER_CHECKPOINT:]:
        assert all(memory.observe(x) for x in (frame, seen_in(frame), robot_at(frame)))
    assert {one.presence.value for one in memory.whereabouts()} == {"there", "missing"}
    assert memory.observe(Recall(source="planner", **at(frames[-1]), object_ids=(memory.objects()[0].id,)))
    held = memory.objects()[-1].id
    assert memory.observe(Action(source="arm", **at(frames[-1]), verb="picked_up", object_id=held))
    stamp_ns = frames[-1].stamp_ns
    scan = PointScan(source="lidar", stamp_ns=stamp_ns, received_ns=stamp_ns, points_S=_points(), X_WS=np.eye(4))
    assert memory.observe(scan)
    assert memory._file is not None
    memory._file.store.close()  # without the checkpoint that closing the memory writes
    others = [",".join(line) for line in KEPT if line[0] != path.name]
    lines = ["file,seq,map_hash,objects,belief", *others, ",".join([path.name, *told(memory.view())])]
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
