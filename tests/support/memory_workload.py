"""What a memory is told in the tests of its file: a sensor with troubles, and a shelf whose things come and go.

And what a clean run of each prefix knows.
"""

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
from spatialmem.belief import Entry
from spatialmem.geometry import look_at
from spatialmem.graph_rows import row_of_places, row_of_rest, row_of_spot
from spatialmem.object_rows import lost_row
from spatialmem.rooms import Effects, Rooms
from spatialmem.store import Store
from spatialmem.store.rows import Value

CAMERA = Pinhole(width=64, height=48, fx=50.0, fy=50.0, cx=31.5, cy=23.5)
CONFIG = Config(
    octree=OctreeConfig(voxel_size_m=0.2, budget_mib=32, threads=1, color=True, last_seen=True),
    gate=GateConfig(epoch_after_frames=4),
    shortterm=ShortTermConfig(objects_max=12, policy="lru", confirm_sightings=1, confirm_viewpoints=1, frames_s=0.4),
)
"""An epoch is believed early, and so is an object, of which there is room for few: short runs have all of it."""
LONG_SEED, LONG_INPUTS = 7, 400
"""The stream of the process that is killed, known on both sides."""


VERBS: tuple[Any, ...] = ("picked_up", "placed_on", "placed_in", "opened", "closed", "pushed")


def stream(seed: int, count: int) -> list[Input]:
    """Return inputs of several kinds in a row: good ones, late ones, of another world, jumps that are believed."""
    rng, inputs, at_W = np.random.default_rng(seed), [], np.zeros(3)
    frames: list[RgbdFrame] = []
    shelf = _Shelf(rng)
    for i in range(count):
        stamp_ns = (i + 1) * 10**8
        at_W = at_W + rng.uniform(-0.2, 0.2, 3)
        kind = rng.random()
        if kind < 0.02:
            at_W = at_W + rng.choice([-20.0, 20.0], 3)
        known: dict[str, Any] = {"source": "camera", "stamp_ns": stamp_ns, "received_ns": stamp_ns}
        X_WC = look_at(at_W, at_W + rng.normal(0, 1, 3) * [1, 1, 0.2])
        if shelf.newest is not None:
            inputs.append(shelf.found())
        elif kind >= 0.8:
            inputs.append(shelf.frame(stamp_ns))
        elif 0.05 <= kind < 0.2:
            points_S = rng.normal(0, 2, (60, 3)).astype(np.float32)
            inputs.append(PointScan(**{**known, "source": "lidar"}, points_S=points_S, X_WS=X_WC))
        elif 0.2 <= kind < 0.25:
            inputs.append(Recall(**{**known, "source": "planner"}, object_ids=(i % 20, i)))
        elif 0.25 <= kind < 0.28:
            state = {"X_WB": X_WC, "X_WG": X_WC, "joint_positions_rad": {"arm": 0.1 * i}}
            inputs.append(RobotState(**{**known, "source": "wheels"}, **state))
        elif 0.28 <= kind < 0.35:
            verb, (one, other) = VERBS[rng.integers(0, len(VERBS))], rng.integers(1, 9, 2).tolist()
            inputs.append(Action(**{**known, "source": "arm"}, verb=verb, object_id=one, target_id=other))
        elif 0.4 <= kind < 0.65 and frames:
            inputs.append(_found(rng, frames[-1 - min(rng.integers(0, 8), len(frames) - 1)]))
        else:
            if kind < 0.05:
                known["world"] = "elsewhere"
            elif kind < 0.4:
                known["stamp_ns"] = max(0, stamp_ns - 5 * 10**9)
            frames.append(RgbdFrame(**known, **_images(rng), camera=CAMERA, X_WC=X_WC))
            inputs.append(frames[-1])
    return inputs


class _Shelf:
    """Boxes at six places before a wall, looked at by a camera that sways: taken away, put back, moved."""

    PLACES_M = np.linspace(-1.0, 1.0, 6)
    HALF_M, DEPTH_M, WALL_M = 0.14, 2.0, 3.0

    def __init__(self, rng: np.random.Generator):
        self._rng, self._things = rng, dict(enumerate(["cup", "cup", "box"]))
        self._away: list[str] = []
        self.newest: tuple[RgbdFrame, np.ndarray] | None = None
        """The frame whose detections come next, and the place that each of its pixels shows."""

    def frame(self, stamp_ns: int) -> RgbdFrame:
        """Return the next picture; now and then something has happened before it."""
        self._live()
        y_m = float(self._rng.uniform(-0.1, 0.1))
        v, u = np.meshgrid(np.arange(CAMERA.height), np.arange(CAMERA.width), indexing="ij")
        across = y_m - (u - CAMERA.cx) / CAMERA.fx * self.DEPTH_M
        within = np.abs((v - CAMERA.cy) / CAMERA.fy * self.DEPTH_M) <= self.HALF_M
        shows = np.full(u.shape, -1)
        for place in self._things:
            shows[within & (np.abs(across - self.PLACES_M[place]) <= self.HALF_M)] = place
        depth = np.where(shows >= 0, self.DEPTH_M, self.WALL_M) * 1000 + self._rng.integers(-3, 4, u.shape)
        color = np.array([[200, 60, 50], [60, 90, 200], [90, 160, 90], [40, 40, 40]], np.uint8)[shows % 4]
        X_WC = look_at(np.array([0.0, y_m, 1.0]), np.array([1.0, y_m, 1.0]))
        stamps: dict[str, Any] = {"stamp_ns": stamp_ns, "received_ns": stamp_ns}
        seen = RgbdFrame(
            source="head", **stamps, depth=depth.astype(np.uint16), color=color, camera=CAMERA, X_WC=X_WC
        )  # fmt: skip
        self.newest = seen, shows
        return seen

    def found(self) -> Detections:
        """Return what a detector finds in the last picture: what it shows, and whether boxes are open."""
        assert self.newest is not None
        (frame, shows), self.newest = self.newest, None
        items = []
        for place, label in sorted(self._things.items()):
            if self._rng.random() < 0.9 and (shows == place).any():
                said = {"state": str(self._rng.choice(["open", "closed"]))} if label == "box" else None
                items.append(Detection(label=label, score=0.9, mask=shows == place, attributes=said))
        stamps: dict[str, Any] = {"stamp_ns": frame.stamp_ns, "received_ns": frame.received_ns}
        return Detections(source="eyes", **stamps, camera_source="head", items=tuple(items))

    def _live(self) -> None:
        if self._rng.random() >= 0.3:
            return
        free = [place for place in range(len(self.PLACES_M)) if place not in self._things]
        if self._away and self._rng.random() < 0.5:
            self._things[free[self._rng.integers(0, len(free))]] = self._away.pop(0)
        elif self._things:
            place = sorted(self._things)[self._rng.integers(0, len(self._things))]
            label = self._things.pop(place)
            if self._rng.random() < 0.5:
                self._away.append(label)
            else:
                self._things[free[self._rng.integers(0, len(free))]] = label


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
        self.changes: list[dict[int, Entry]] = [{}]
        """By number of the newest admitted input: what became known of objects until then."""
        self.floor: list[dict[str, dict[int, tuple[Value, ...]]]] = [{"node": {}, "edge": {}}]
        """Likewise: the rows of places, and of how things rest, by table and number."""
        self.next_input = [0]
        """By number of the newest admitted input: which input of the stream comes next."""
        for i, x in enumerate(inputs, 1):
            with _effects() as effects:
                self.answers.append(memory.observe(x))
            if isinstance(self.answers[-1], Receipt):
                self.hashes.append(memory.state_hash())
                entries = memory.view()._belief().kept.entries
                self.changes.append({**self.changes[-1], **{one.number: one for one in entries}})
                nodes = {note.number: row_of_places(note) for note in effects[0].places}
                nodes |= {note.number: row_of_spot(note) for note in effects[0].spots}
                edges = {note.number: row_of_rest(note) for note in effects[0].rests}
                before = self.floor[-1]
                self.floor.append({"node": {**before["node"], **nodes}, "edge": {**before["edge"], **edges}})
                self.next_input.append(i)

    def rest(self, memory: SpatialMemory) -> list[Input]:
        """Return what comes after what a memory has taken."""
        return self.inputs[self.next_input[memory.view().seq] :]


def assert_prefix(memory: SpatialMemory, clean: CleanRun) -> int:
    """Assert that a memory is what the clean run was after the same number of inputs; return that number."""
    seq = memory.view().seq
    assert memory.state_hash() == clean.hashes[seq], f"after input {seq} it is another state"
    return seq


def assert_changes(path: Path, clean: CleanRun, *, recovered: bool = False) -> int:
    """Assert that a file that was opened for writing has what became known until its newest input; return how much.

    recovered: of a damaged file, so that some may be missing, and are said to be.
    """
    with Store.open(path, read_only=True) as store:
        rows, wanted = list(store.rows("object_state")), clean.changes[store.last_seq]
    assert [row[0] for row in rows] == sorted(wanted)
    for row in rows:
        if row[6] is None:
            assert recovered, f"row {row[0]} is lost"
            assert row == lost_row(row[0])
            continue
        one = wanted[row[0]]
        assert row[:6] == (one.number, one.object_id, one.since_ns, one.stamp_ns, one.seq, one.undone_seq), row
    assert_floor(path, clean, recovered=recovered)
    return len(rows)


def assert_floor(path: Path, clean: CleanRun, *, recovered: bool = False) -> None:
    """Assert that a file has the rows of places and of how things rest that were written until its newest input.

    recovered: of a damaged file, so that some may be missing.
    """
    with Store.open(path, read_only=True) as store:
        for table, wanted in clean.floor[store.last_seq].items():
            found = {row[0]: row for row in store.rows(table)}
            if not recovered:
                assert found == wanted
                continue
            assert sorted(found) == list(range(1, len(found) + 1))
            assert len(found) >= len(wanted)
            for number, row in found.items():
                if row[-1] is None or row[2] == "floor":  # in place of what is lost
                    continue
                later = clean.floor[-1][table][number]
                assert row == wanted.get(number) or (*row[:-4], *row[-3:-2], row[-1]) == (
                    *later[:-4],
                    *later[-3:-2],
                    later[-1],
                ), row  # its end may have come out after what is left of the journal


@contextlib.contextmanager
def _effects() -> Iterator[list[Effects]]:
    """Yield what the inputs that are observed meanwhile do that a file keeps rows of."""
    found: list[Effects] = []
    whole = Rooms.take_in

    def kept(*args: Any) -> Effects:
        found.append(whole(*args))
        return found[-1]

    with mock.patch.object(Rooms, "take_in", kept):
        yield found


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
