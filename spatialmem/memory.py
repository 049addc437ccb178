"""`SpatialMemory`: wires the rooms together; the only writer. What goes in passes the gate first."""

from __future__ import annotations

import threading
from pathlib import Path

from spatialmem.belief import Belief, BeliefView
from spatialmem.config import Config, checked
from spatialmem.consolidate import load as load_longterm
from spatialmem.errors import ConfigError, InputError, MapFull, StoreError
from spatialmem.gate import GateState, admit
from spatialmem.graph import Graph, GraphView
from spatialmem.memory_file import MemoryFile, Moment, refuse_other_settings
from spatialmem.object_rows import OlderChanges, changes_of, evidence_of
from spatialmem.octree import Octree, Queryable, Snapshot
from spatialmem.past_file import past_rows
from spatialmem.queries import BeliefQuestions, GraphQuestions, PastView
from spatialmem.queries.as_of import as_of
from spatialmem.queries.asked import Asked, id_of
from spatialmem.queries.changed import changed
from spatialmem.queries.history import history
from spatialmem.rooms import Rooms, sensor_of
from spatialmem.shortterm import ObjectQuestions, ObjectsView, ShortTerm, policy_of
from spatialmem.types import Action, Change, Detections, Evidence, Input, Reason, Recall, Receipt, Rejected, Unknown
from spatialmem.view import View, decode_state

__all__ = ["SpatialMemory"]


class SpatialMemory(GraphQuestions, Queryable, ObjectQuestions, BeliefQuestions):
    """Remembers what is where, and answers. Made like this it lives in the process's memory; `open` gives it a file.

    Any thread may call any method. Inputs wait for each other; questions wait for nothing: `view()` is the state
    after the last input, and `memory.state(...)` is `memory.view().state(...)`. Raises ConfigError for settings out
    of range.
    """

    def __init__(self, config: Config | None = None):
        config = checked(Config() if config is None else config, Config)
        self._start(config, Moment.first(config), None)

    def _start(self, config: Config, moment: Moment, file: MemoryFile | None) -> None:
        self.config, self._rooms, self._file = config, moment.rooms, file
        _refuse_impossible(config)
        self._writing = threading.Lock()
        self._closed, self._torn = False, False
        self._publish(moment.gate, seq=moment.seq, stamp_ns=moment.stamp_ns)

    @classmethod
    def open(cls, path: str | Path, config: Config | None = None, *, read_only: bool = False) -> SpatialMemory:
        """Open a memory file, `NAME.smem`, or make one where there is none; it goes on where it ended, however it did.

        Every admitted input is durable within about 20 ms, and `flush` waits for it. config: for a new file; for one
        that exists, its world, voxel size, layers, `shortterm`, `longterm` and `belief` must be the file's, the rest
        may be new. Without one the file's own holds. read_only: nothing is written, also not beside the file, and a
        writer may go on meanwhile. Raises MemoryLocked where another has it open for writing, MemoryCorrupt,
        MemoryVersion, ConfigError, MapFull where octree.budget_mib is too small for it, StoreError.
        """
        if config is not None:
            _refuse_impossible(checked(config, Config))  # before there is a file
        file = MemoryFile.open(path, config, read_only=read_only)
        try:
            memory = cls.__new__(cls)
            memory._start(file.config, file.restore(), file)
        except BaseException:
            file.store.close()
            raise
        if read_only:
            file.store.close()  # all of it is here; a writer's log is not held up by whoever reads
        return memory

    @classmethod
    def load(cls, data: bytes, config: Config | None = None) -> SpatialMemory:
        """Make a memory without a file of the bytes of `dump`, as if it had never stopped.

        config: as it was; its world, voxel size, layers, `shortterm`, `longterm` and `belief` must be those of the
        state. Raises InputError for damaged bytes, ConfigError for another configuration, MapFull where the budget does
        not hold the map.
        """
        state = decode_state(data)
        octree = Octree.load(state.octree, None if config is None else config.octree)
        short_term = ShortTerm.load(state.objects)
        long_term = load_longterm(state.longterm, short_term.config)
        belief = Belief.load(state.belief, short_term.config)
        graph = Graph.load(state.graph, octree, None if config is None else config.graph)
        rooms = Rooms(octree, short_term, long_term, belief, graph)
        kept = Config(
            world=state.world,
            octree=octree.config,
            shortterm=short_term.config,
            longterm=long_term.config,
            belief=belief.config,
            graph=graph.config,
        )
        config = checked(kept if config is None else config, Config)
        if config.world != state.world:
            raise ConfigError(f"world is {config.world!r}, but the state is of {state.world!r}; they must agree.")
        refuse_other_settings("the state", config, kept)
        memory = cls.__new__(cls)
        memory._start(config, Moment(rooms, GateState.load(state.gate), state.seq, state.stamp_ns), None)
        return memory

    # what it is told

    def observe(self, x: Input) -> Receipt | Rejected:
        """Take in one input. Bad data is never raised: it is answered with `Rejected`, and counted.

        With a file, raises StoreFull or StoreError where it cannot be written at the moment: then the input was not
        taken, questions are answered as before, and the next call tries again. What a replacement policy of somebody
        else's raises goes through, and the input was not taken either.
        """
        with self._writing:
            self._refuse_closed()
            before = self._view
            verdict, gate = admit(x, before._gate, self.config)
            if isinstance(verdict, Rejected):
                self._publish(gate, seq=before.seq, stamp_ns=before.stamp_ns)
                return verdict
            admitted, seq = verdict.input, before.seq + 1
            baseless = _baseless(admitted, self._rooms, self.config)
            if baseless is not None:
                return self._not_taken(before, admitted, *baseless)
            sensor = sensor_of(admitted, self.config)
            try:
                row = None if self._file is None else self._file.row_of(verdict, gate, sensor, seq)
            except InputError as too_large:
                return self._not_taken(before, admitted, Reason.BAD_FIELD, str(too_large))
            self._torn = True  # from here on an interrupt would leave map, gate and journal in disagreement
            try:
                effects = self._rooms.take_in(admitted, sensor, seq)
            except MapFull as full:
                self._torn = False
                return self._not_taken(before, admitted, Reason.MAP_FULL, str(full))
            except Exception:
                self._torn = not isinstance(admitted, (Detections, Recall))  # these are undone
                raise
            self._publish(gate, seq=seq, stamp_ns=max(before.stamp_ns, admitted.stamp_ns))
            if self._file is not None and row is not None:
                self._file.append(row, self._view, effects)
            self._torn = False
            return Receipt(seq, verdict.epoch)

    def _not_taken(self, before: View, x: Input, reason: Reason, detail: str) -> Rejected:
        """Count an input that passed the gate, but that there is no room for: its stream is as it was."""
        gate = before._gate.counted(before._gate.stream(x.source, type(x).__name__), {reason.value: 1})
        self._publish(gate, seq=before.seq, stamp_ns=before.stamp_ns)
        return Rejected(reason, detail)

    def _publish(self, gate: GateState, *, seq: int, stamp_ns: int) -> None:
        """Make this the moment that is asked: one assignment."""
        self._view = Moment(self._rooms, gate, seq, stamp_ns).view(self.config.world)

    def _refuse_closed(self) -> None:
        if self._closed:
            raise StoreError("this memory is closed; nothing can be added. Questions are still answered.")
        if self._file is not None and self._file.read_only:
            raise StoreError(f"{self._file.store.path} was opened read-only; nothing can be added to it.")
        if self._file is not None and self._torn:
            raise StoreError(
                f"an input was interrupted half way, and this memory no longer agrees with {self._file.store.path}. "
                f"Close it and open it again: what is durable is whole."
            )

    # what it answers

    def view(self) -> View:
        """Return what the memory knows at this moment, to be asked several questions. Never waits for an input."""
        return self._view

    def _snapshot(self) -> Snapshot:
        return self._view._snapshot()

    def _objects(self) -> ObjectsView:
        return self._view._objects()

    def _belief(self) -> BeliefView:
        return self._view._belief()

    def _graph(self) -> GraphView:
        return self._view._graph()

    def _space(self) -> View:
        return self._view

    def _now_ns(self) -> int:
        return self._view.stamp_ns

    def _asked(self, at_ns: int | None) -> Asked:
        return self._view._asked(at_ns)  # of one moment, whatever is written meanwhile

    def history(self, what: int | str) -> tuple[Change, ...] | Unknown:
        """Return what became known of an object, the oldest first, as it is known now; Unknown where nothing did.

        what: its id, or a name that it has or had. Of what is older than the newest belief.changes_max changes, its
        file has what is durable. Raises QueryError for a name that its object never had, InputError for what is
        neither, and as `open`.
        """
        asked = self._asked(None)
        object_id = id_of(what)
        older = self._older_changes(asked, set(asked.objects.known_as(object_id) or (object_id,)))
        return history(asked, what, older.entries)

    def changed(
        self, since_ns: int | None = None, until_ns: int | None = None, *, since_seq: int | None = None
    ) -> tuple[Change, ...] | Unknown:
        """Return what changed in the world and was noticed since a stamp, and until another, the oldest first.

        What was seen for the first time where nobody had looked before is no change. since_seq: what was noticed by
        inputs after this number; `View.changed` says how to poll with it. One of since_ns and since_seq at least is
        needed. What is older than the newest belief.changes_max changes is read from the file. Unknown where there is
        none, or it has lost some of them. Raises InputError, and as `open`.
        """
        asked = self._asked(None)
        found = changed(asked, since_ns, until_ns, since_seq)
        if not isinstance(found, Unknown) or self._file is None:
            return found
        older = self._older_changes(asked, None)
        if older.lost:
            return Unknown(f"{older.lost} older changes are lost to damage, or not durable yet, in the memory's file")
        return changed(asked, since_ns, until_ns, since_seq, older.entries)

    def as_of(self, stamp_ns: int, *, known_by: int | None = None) -> PastView | Unknown:
        """Return what was so at a stamp [ns], to be asked; as `View.as_of`, and the past is read from the file.

        Its rows are read when they are asked for first: of places all that were written until then, some milliseconds
        for a thousand. Raises InputError for what is no stamp or number, and as `open`; so does what it gives.
        """
        asked = self._asked(None)
        if self._file is None:
            return as_of(asked, stamp_ns, known_by)
        older = self._older_changes(asked, None, taken_back=True)
        if older.lost:
            return Unknown(f"{older.lost} older changes are lost to damage, or not durable yet, in the memory's file")
        return as_of(asked, stamp_ns, known_by, older.entries, past_rows(self._file, asked.graph.kept.history))

    def _older_changes(self, asked: Asked, object_ids: set[int] | None, *, taken_back: bool = False) -> OlderChanges:
        """Return what the file has of changes that are no longer kept here; of some objects, or of all."""
        kept = asked.belief.kept
        oldest = kept.last_number - len(kept.entries) + 1
        if self._file is None or oldest == 1:
            return OlderChanges((), 0)
        return changes_of(self._file.store.path, oldest, object_ids, taken_back=taken_back)

    def evidence(self, object_id: int) -> tuple[Evidence, ...]:
        """Return the pictures of an object that its file keeps, the newest first; none without a file.

        They were kept when it was confirmed, and when it was seen clearly better than before; the newest are durable
        within about 20 ms. They outlive the object: of one that is no longer remembered the file has those that were
        kept under this very id. Raises as `open`.
        """
        ids = self._objects().known_as(object_id) or (object_id,)
        return evidence_of(self._file.store.path, ids) if self._file is not None else ()

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """By source: how many inputs were "admitted" or rejected by each reason, and how many values were masked."""
        return self._view.counts

    @property
    def budgets(self) -> dict[str, tuple[float, float]]:
        """What is taken, and what may be [MiB]: of the map, of long-term memory; of a file, of its inputs and pictures.

        A file's inputs may take more until the next checkpoint, which has what they did. Their settings are
        octree.budget_mib, longterm.budget_mib, store.journal_budget_mib and store.evidence_budget_mib.
        """
        view, config = self._view, self.config
        taken = {
            "map": (view.nbytes, config.octree.budget_mib),
            "long-term": (view._longterm.lot.size, config.longterm.budget_mib),
        }
        if self._file is not None:
            store = self._file.store
            taken["journal"] = store.journal_bytes, config.store.journal_budget_mib
            taken["pictures"] = store.evidence_bytes, config.store.evidence_budget_mib
        return {name: (count / 2**20, float(budget_mib)) for name, (count, budget_mib) in taken.items()}

    def dump(self) -> bytes:
        """Return all that the memory knows as bytes, for `load`; the same memory is the same bytes."""
        return self._view.dump()

    # its file

    @property
    def durable_seq(self) -> int:
        """The number of the newest input that no crash and no power cut can take away; 0 without a file."""
        return 0 if self._file is None else self._file.store.durable_seq

    def flush(self, timeout_s: float | None = None) -> None:
        """Wait until all that was admitted is durable; without a file there is nothing to wait for.

        Raises StoreFull or StoreError where it cannot be written now; it stays queued and is tried again.
        """
        with self._writing:
            if self._file is not None and not self._closed and not self._file.read_only:
                self._file.store.flush(timeout_s)

    def close(self) -> None:
        """Write what waits and close the file. Nothing needs this: a file that was not closed opens as well.

        Questions are answered from the last moment afterwards. Raises StoreFull or StoreError where what waits cannot
        be written.
        """
        with self._writing:
            if not self._closed:
                self._closed = True
                if self._file is not None:
                    self._file.close(None if self._torn else self._view)

    def __enter__(self) -> SpatialMemory:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _baseless(x: Input, rooms: Rooms, config: Config) -> tuple[Reason, str] | None:
    """Return why an input that is sound in itself is about nothing that is known here; None where it is not."""
    if isinstance(x, Detections) and not rooms.objects.awaits(x):
        return Reason.NO_FRAME, (
            f"no frame of camera_source {x.camera_source!r} with stamp_ns {x.stamp_ns} waits for detections; "
            f"frames wait for shortterm.frames_s, {config.shortterm.frames_s:g} s, at most shortterm.frames_max, "
            f"{config.shortterm.frames_max}. Give the frame first, and its own source and stamp."
        )
    if isinstance(x, Action):
        view = rooms.every()
        if not view.known_as(x.object_id):
            return Reason.NO_OBJECT, (
                f"object_id is {x.object_id}, which is not remembered; give the id of one of objects(missing=True)."
            )
        target_id = x.target_id
        if target_id is not None and not set(view.known_as(target_id)) - set(view.known_as(x.object_id)):
            return Reason.NO_OBJECT, (
                f"target_id is {target_id}, which is not another object that is remembered; give the id of one, or "
                f"None for what is not known here."
            )
    return None


def _refuse_impossible(config: Config) -> None:
    """Every pose that passes the gate must be one that the octree can address, and the policy one that there is."""
    policy_of(config.shortterm.policy, capacity=config.shortterm.objects_max)
    farthest_m = max(abs(c) for c in (*config.gate.world_min_m, *config.gate.world_max_m))
    sensors = [config.depth, config.scan, *config.sensors.values()]
    voxel_size_m = config.octree.voxel_size_m
    limit_m = Octree.limit_of(voxel_size_m, max(sensor.range_max_m for sensor in sensors))
    if farthest_m >= limit_m:
        raise ConfigError(
            f"gate.world_min_m and gate.world_max_m reach {farthest_m:g} m; with voxels of "
            f"{voxel_size_m:g} m the map ends at {limit_m:.0f} m. Make the world smaller."
        )
