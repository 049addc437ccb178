"""`MemoryFile`: what of a memory goes into its store, and how a memory is made of that again.

A journal row holds the admitted input, the settings it was integrated with, and the streams of the gate that changed
since the row before: integrating it again needs no gate. A checkpoint holds the gate, the objects, what is believed of
them, the graph, and the octree's roots. Pictures of objects, changes, places and relations are rows of their own.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import zstandard

from spatialmem.belief import Belief
from spatialmem.codec import decode_input, encode_input
from spatialmem.config import BeliefConfig, Config, DepthConfig, LongTermConfig, ShortTermConfig, checked
from spatialmem.consolidate import load as load_longterm
from spatialmem.errors import ConfigError, InputError, MemoryCorrupt, StoreError, ViewExpired
from spatialmem.gate import Admitted, GateState, Stream, window_after
from spatialmem.graph import Graph
from spatialmem.graph_rows import mended_places, mended_rests, row_of_places, row_of_rest, row_of_spot
from spatialmem.longterm import LongTerm
from spatialmem.object_rows import lost_row, row_of_change
from spatialmem.octree import Octree, Snapshot
from spatialmem.octree.root_blocks import blocks_from_roots, changed_roots, root_blocks
from spatialmem.rooms import NO_EFFECTS, Effects, Rooms
from spatialmem.shortterm import ShortTerm, crop_of
from spatialmem.store import Checkpoint, JournalRow, Pieces, Row, Store
from spatialmem.store.rows import Value
from spatialmem.types import Input
from spatialmem.view import View

__all__ = ["KEPT", "MemoryFile", "Moment", "kept_config", "refuse_other_settings"]

CHECKPOINT_ROWS, CHECKPOINT_BYTES = 256, 128 << 20
"""A checkpoint is due after so many inputs, or so many bytes of them: that is what opening has to integrate again."""
KEPT = ("voxel_size_m", "color", "last_seen")
"""Settings of the octree that belong to the map, and cannot change."""


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a journal row holds."""

    input: bytes
    gate: tuple[Stream, ...]
    follows: bool
    """Whether the input's own stream is written without its window of stamps, which grows by the input's stamp."""
    sensor: DepthConfig | None


class _State(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a checkpoint holds besides the octree's roots."""

    voxel_size_m: float
    color: bool
    last_seen: bool
    stamp_ns: int
    octree_seq: int
    gate: GateState
    objects: bytes = b""
    belief: bytes = b""
    longterm: bytes = b""
    graph: bytes = b""
    """The dumps of the rooms besides the octree, compressed; nothing in files from before there were such."""


@dataclass(slots=True)
class Moment:
    """All that a memory is after input `seq`: what is restored from a file, and goes on from there."""

    rooms: Rooms
    gate: GateState
    seq: int = 0
    stamp_ns: int = 0
    newest: Input | None = None
    """Input `seq`, where it was integrated from the journal."""
    effects: Effects = NO_EFFECTS
    """What it did that the file keeps rows of."""

    def view(self, world: str) -> View:
        """Return it as it can be asked."""
        rooms = self.rooms
        snapshot = rooms.octree._snapshot()
        moments = rooms.objects.view(), rooms.longterm.view(), rooms.belief.view(), rooms.graph.view()
        return View(snapshot, *moments, self.gate, world=world, seq=self.seq, stamp_ns=self.stamp_ns)

    @classmethod
    def first(cls, config: Config) -> Moment:
        """Return the moment before the first input."""
        return cls(Rooms.empty(config), GateState())


class MemoryFile:
    """A memory's store. One thread at a time may use it; the store has a thread of its own that writes."""

    def __init__(self, store: Store, config: Config, *, read_only: bool):
        self.store, self.config, self.read_only = store, config, read_only
        self._gate = GateState()
        """As of the newest row."""
        self._generation = 0
        """Of the octree at the newest checkpoint; 0 where all of it is still to be written."""
        self._pending: tuple[int, Future[None]] | None = None
        self._bytes_since = 0
        self._pictures: list[tuple[int, int, int, bytes]] = []
        self._rows: dict[str, list[tuple[Value, ...]]] = {"object_state": [], "node": [], "edge": []}
        """Those that are not queued yet: object, seq, stamp_ns, JPEG; rows by table."""

    @classmethod
    def open(cls, path: str | Path, config: Config | None = None, *, read_only: bool = False) -> MemoryFile:
        """Open a memory file, or make one where there is none.

        config: for a new file; for one that exists its world, voxel size and layers must be those of the file. Without
        one the file's own holds. Raises as `Store.open`, and ConfigError where they differ.
        """
        if config is None:
            config = kept_config(path) if Path(path).exists() else Config()
        config = checked(config, Config)
        store = Store.open(
            path, world=config.world, config=msgspec.json.encode(config), read_only=read_only,
            journal_budget_mib=config.store.journal_budget_mib, evidence_budget_mib=config.store.evidence_budget_mib,
        )  # fmt: skip
        try:
            file = cls(store, config, read_only=read_only)
            if store.config:  # a recovered file may have lost it
                kept = _config_of(store)
                refuse_other_settings(store.path, config, kept)
        except BaseException:
            store.close()
            raise
        return file

    # out of the file

    def restore(self) -> Moment:
        """Return the memory as it was after the newest durable input. Raises MemoryCorrupt, MapFull."""
        moment = self._checkpointed(self.store.newest_checkpoint())
        self._generation = moment.rooms.octree.view()._snapshot().generation if moment.seq else 0
        if not self.read_only:
            self._mend_rows(moment)
        pictured_until = self.store.last_pictured_seq()
        for _ in self._replayed(moment, None):
            if not self.read_only:
                again = moment.seq <= pictured_until
                self._keep(moment.effects._replace(pictured=()) if again else moment.effects, moment.seq)
        self._gate = moment.gate
        return moment

    def _mend_rows(self, moment: Moment) -> None:
        """Let the rows reach as far as belief and graph do: what a damaged file was recovered of may lack some."""
        view, known = moment.rooms.graph.view(), moment.rooms.belief.view().kept
        changes, places, rests = (self.store.count(table) for table in ("object_state", "node", "edge"))
        entries = {one.number: one for one in known.entries}
        for number in range(changes + 1, known.last_number + 1):
            row = row_of_change(entries[number]) if number in entries else lost_row(number)
            self._rows["object_state"].append(row)
        self._rows["node"] += mended_places(view, places + 1, moment.seq)
        self._rows["edge"] += mended_rests(view, rests + 1)
        self._queue_rows()  # there may be no input left that brings them along

    def replay(self, until_seq: int | None = None) -> Iterator[Moment]:
        """Make the memory anew of the journal alone, input by input: yields the same moment, ever later.

        Raises StoreError where the first inputs are no longer kept.
        """
        if self.store.dropped_until:
            raise StoreError(
                f"{self.store.path} keeps inputs from number {self.store.dropped_until + 1} on; what was before is in "
                f"its checkpoint only, so it cannot be replayed from the start."
            )
        return self._replayed(Moment.first(self.config), until_seq)

    def _checkpointed(self, checkpoint: Checkpoint | None) -> Moment:
        if checkpoint is None:
            return Moment.first(self.config)
        where = f"the checkpoint after input {checkpoint.seq}"
        with _corrupt_if_unreadable(self.store.path, where):
            state = msgspec.msgpack.decode(checkpoint.state, type=_State)
        if not (state.objects and state.belief and state.graph) and not self.store.dropped_until:
            return Moment.first(self.config)  # of an older format, and all of the journal is there: it makes them, too
        with _corrupt_if_unreadable(self.store.path, where):
            objects = _objects_of(state, self.config)
            longterm = _longterm_of(state, self.config)
            belief = _belief_of(state, self.config, objects, checkpoint.seq)
        layers = {name: getattr(state, name) for name in KEPT}
        octree_config = msgspec.structs.replace(self.config.octree, **layers)
        of_objects = {"shortterm": objects.config, "longterm": longterm.config, "belief": belief.config}
        kept = Config(octree=octree_config, **of_objects)
        refuse_other_settings(self.store.path, self.config, kept)
        with _corrupt_if_unreadable(self.store.path, where):
            blocks = blocks_from_roots(checkpoint.blocks, self.config.octree)
            octree = Octree.from_blocks(blocks, self.config.octree, seq=state.octree_seq)
            graph = _graph_of(state, self.config, octree, objects)
        return Moment(Rooms(octree, objects, longterm, belief, graph), state.gate, checkpoint.seq, state.stamp_ns)

    def _replayed(self, moment: Moment, until_seq: int | None) -> Iterator[Moment]:
        for row in self.store.journal(moment.seq, until_seq):
            x, entry = self._read(row)
            moment.effects = moment.rooms.take_in(x, entry.sensor, row.seq)
            moment.gate = moment.gate.with_changes(_whole(entry, row, moment.gate))
            moment.seq, moment.stamp_ns, moment.newest = row.seq, max(moment.stamp_ns, row.stamp_ns), x
            yield moment

    def inputs(self) -> Iterator[tuple[JournalRow, bytes | None]]:
        """Yield the journal's rows with their inputs as bytes (`codec`); None where retention has dropped one."""
        for row in self.store.journal():
            with _corrupt_if_unreadable(self.store.path, f"input {row.seq}"):
                entry = None if row.payload is None else msgspec.msgpack.decode(row.payload, type=_Entry)
            yield row, None if entry is None else entry.input

    def _read(self, row: JournalRow) -> tuple[Input, _Entry]:
        with _corrupt_if_unreadable(self.store.path, f"input {row.seq}"):
            entry = msgspec.msgpack.decode(row.payload or b"", type=_Entry)
            return decode_input(entry.input), entry

    # into the file

    def row_of(self, admitted: Admitted, gate: GateState, sensor: DepthConfig | None, seq: int) -> Row:
        """Return the journal row of an input that is about to be integrated as number `seq`; there is room for it.

        gate: as it is after it. Raises InputError for one too large to be kept, StoreFull or StoreError where nothing
        can be written at the moment.
        """
        x = admitted.input
        changed = gate.changes_since(self._gate)
        own, before = (state.stream(x.source, type(x).__name__) for state in (gate, self._gate))
        follows = window_after(before.recent_ns, x.stamp_ns, own.floor_ns) == own.recent_ns
        if follows:  # a stream of a kilohertz would write its last second again and again
            changed = tuple(replace(s, recent_ns=()) if s == own else s for s in changed)
        payload = msgspec.msgpack.encode(_Entry(encode_input(x), changed, follows, sensor))
        self.store.wait_for_room(len(payload))
        return Row(seq, x.source, type(x).__name__, x.stamp_ns, x.received_ns, payload)

    def append(self, row: Row, view: View, effects: Effects = NO_EFFECTS) -> None:
        """Queue the row of an input that was integrated, and what it did.

        view: as it is after it. A checkpoint follows where due.
        """
        self.store.append(row)
        self._keep(effects, row.seq)
        self._gate = view._gate
        self._bytes_since += len(row.payload)
        self._notice_finished()
        due = view.seq - self.store.checkpoint_seq >= CHECKPOINT_ROWS or self._bytes_since >= CHECKPOINT_BYTES
        if due and self._pending is None:
            self._schedule(view)

    def _keep(self, effects: Effects, seq: int) -> None:
        """Queue pictures and changes. Where the store takes nothing at the moment it is done with the next input."""
        for one in effects.pictured:
            jpeg = crop_of(one.frame, one.detection)
            if jpeg is not None:
                self._pictures.append((one.object_id, seq, one.frame.stamp_ns, jpeg))
        self._rows["object_state"] += [row_of_change(entry) for entry in effects.changes]
        self._rows["node"] += [row_of_places(note) for note in effects.places]
        self._rows["node"] += [row_of_spot(note) for note in effects.spots]
        self._rows["edge"] += [row_of_rest(note) for note in effects.rests]
        self._queue_rows()

    def _queue_rows(self) -> None:
        with contextlib.suppress(StoreError):
            for table, rows in self._rows.items():
                self.store.put(table, rows)
                self._rows[table] = []
            self.store.put_pictures(self._pictures)
            self._pictures = []

    def close(self, view: View | None) -> None:
        """Write what waits, and a checkpoint so that the next opening has nothing to integrate; close the file.

        view: None where it does not agree with the journal: then there is no checkpoint.
        """
        try:
            if view is not None and not self.read_only and view.seq > self.store.checkpoint_seq:
                if self._pending is not None:
                    self._pending[1].exception()  # waits
                    self._notice_finished()
                if view.seq > self.store.checkpoint_seq and self.store.failing is None:
                    self._schedule(view).exception()
        finally:
            self.store.close()

    def _schedule(self, view: View) -> Future[None]:
        snapshot, stamp_ns = view._snapshot(), view.stamp_ns
        rooms = {"objects": view._recent, "belief": view._believed, "longterm": view._longterm, "graph": view._floor}
        octree, gate = self.config.octree, self._gate  # without what was rejected after the newest row
        since = self._generation

        def make() -> Pieces:
            layers = octree.voxel_size_m, octree.color, octree.last_seen
            pack = zstandard.ZstdCompressor(level=1).compress
            state = _State(
                *layers, stamp_ns, snapshot.seq, gate, **{name: pack(room.dump()) for name, room in rooms.items()}
            )
            return Pieces(msgspec.msgpack.encode(state), _blocks_of(snapshot, since))

        future = self.store.schedule_checkpoint(view.seq, make)
        self._pending = snapshot.generation, future
        self._bytes_since = 0
        return future

    def _notice_finished(self) -> None:
        """Where a checkpoint failed, the next one brings its roots too: a view expired, or the disk was full."""
        if self._pending is not None and self._pending[1].done():
            generation, future = self._pending
            if future.exception() is None:
                self._generation = generation
            self._pending = None


def _whole(entry: _Entry, row: JournalRow, before: GateState) -> tuple[Stream, ...]:
    """Return the changed streams of an entry, with the window of stamps that was left out."""
    if not entry.follows:
        return entry.gate
    recent_ns = before.stream(row.source, row.kind).recent_ns
    return tuple(
        replace(s, recent_ns=window_after(recent_ns, row.stamp_ns, s.floor_ns))
        if (s.source, s.kind) == (row.source, row.kind)
        else s
        for s in entry.gate
    )


def _blocks_of(snapshot: Snapshot, since: int) -> Iterator[tuple[int, bytes]]:
    for block in root_blocks(snapshot, changed_roots(snapshot, since)):
        if snapshot.expired:
            raise ViewExpired
        yield block


def _objects_of(state: _State, config: Config) -> ShortTerm:
    if not state.objects:
        return ShortTerm(config.shortterm)
    return ShortTerm.load(zstandard.ZstdDecompressor().decompress(state.objects))


def _longterm_of(state: _State, config: Config) -> LongTerm:
    if not state.longterm:
        return LongTerm(config.longterm)
    return load_longterm(zstandard.ZstdDecompressor().decompress(state.longterm), config.shortterm)


def _belief_of(state: _State, config: Config, objects: ShortTerm, seq: int) -> Belief:
    """Return the belief of a checkpoint; of what is remembered, where it is from before there was any."""
    if not state.belief:
        belief = Belief(config.belief, config.shortterm)
        belief.adopt(objects.view(), seq)
        return belief
    return Belief.load(zstandard.ZstdDecompressor().decompress(state.belief), config.shortterm)


def _graph_of(state: _State, config: Config, octree: Octree, objects: ShortTerm) -> Graph:
    """Return the graph of a checkpoint; of the map alone, where it is from before there was any."""
    if not state.graph:
        return Graph.of(config.graph, octree, objects.view().robot, stamp_ns=state.stamp_ns)
    return Graph.load(zstandard.ZstdDecompressor().decompress(state.graph), octree, config.graph)


def refuse_other_settings(path: str | Path, config: Config, kept: Config) -> None:
    """Raise ConfigError where a memory was kept with other settings, of those that cannot change, than ours."""
    pairs = [(f"octree.{name}", getattr(config.octree, name), getattr(kept.octree, name)) for name in KEPT]
    for part, kind in (("shortterm", ShortTermConfig), ("longterm", LongTermConfig), ("belief", BeliefConfig)):
        ours, its = getattr(config, part), getattr(kept, part)
        names = (field.name for field in msgspec.structs.fields(kind))
        pairs += [(f"{part}.{name}", getattr(ours, name), getattr(its, name)) for name in names]
    for name, ours, its in pairs:
        if ours != its:
            raise ConfigError(
                f"{name} is {ours}, but {path} is kept with {its}; they must agree. Leave it out, or begin anew."
            )


def kept_config(path: str | Path) -> Config:
    """Return the configuration that a memory file was made with. Raises as `Store.open`."""
    with Store.open(path, read_only=True) as store:
        if not store.config:
            raise ConfigError(f"{path} has lost its configuration to damage; give the one that it was made with.")
        return _config_of(store)


def _config_of(store: Store) -> Config:
    """Return the configuration that a file was made with."""
    with _corrupt_if_unreadable(store.path, "its configuration"):
        return msgspec.json.decode(store.config, type=Config)


@contextlib.contextmanager
def _corrupt_if_unreadable(path: Path, where: str) -> Iterator[None]:
    """What was written, and whose checksum holds, but cannot be read, is damage all the same."""
    try:
        yield
    except (msgspec.MsgspecError, zstandard.ZstdError, InputError) as error:
        raise MemoryCorrupt(path, where, str(error)) from error
