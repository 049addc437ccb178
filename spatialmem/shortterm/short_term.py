"""`ShortTerm`: the bounded buffer of recent object states; the room's one stateful class."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from jaxtyping import Float64, Int64

from spatialmem.config import ShortTermConfig
from spatialmem.errors import InputError
from spatialmem.geometry import inverse, transform
from spatialmem.protocols import Policy
from spatialmem.shortterm.associate import assign
from spatialmem.shortterm.capacity import Capacity
from spatialmem.shortterm.deeds import heed
from spatialmem.shortterm.duplicates import absorb, distinct, known_as, merge_pairs
from spatialmem.shortterm.fusion import Sightings, begin, derive, follow, halt, halt_unseen, restart
from spatialmem.shortterm.labels import LABELS_MAX
from spatialmem.shortterm.lift import Lifted
from spatialmem.shortterm.noting import note, note_labels, record_of, touch
from spatialmem.shortterm.objects_view import ObjectsView, Shown
from spatialmem.shortterm.placing import Pictured, placed
from spatialmem.shortterm.state import Kept, Written, kept_of, table_of, written
from spatialmem.shortterm.table import Table
from spatialmem.shortterm.waiting import frame_of, is_late, waiting
from spatialmem.types import Action, Detections, ObjectState, RgbdFrame, RobotState

__all__ = ["ShortTerm"]


class ShortTerm:
    """The objects that were seen lately. One thread tells it; any thread may read the views that it gives.

    A thing is tentative until it was seen `confirm_sightings` times from `confirm_viewpoints` viewpoints, and is
    forgotten if it is not seen again for `tentative_s` before. Confirmed things stay until the policy drops them.
    """

    def __init__(self, config: ShortTermConfig, policy: Policy | None = None):
        """policy: what to drop when it is full; else the one that `config.policy` names. Raises ConfigError."""
        self.config = config
        self._capacity = Capacity(config, policy)
        self._table = Table()
        self._labels: tuple[str, ...] = ()
        self._next_id, self._stamp_ns = 1, 0
        self._robot: RobotState | None = None
        self._frames: tuple[RgbdFrame, ...] = ()
        self._records: dict[int, ObjectState] = {}
        self._written: dict[int, Written] = {}
        self._aliases: dict[int, int] = {}
        self._counts = {"dropped": 0, "expired": 0, "merged": 0, "unplaced": 0, "misfit": 0, "unheeded": 0}
        self._grips: dict[int, tuple[float, float, float]] = {}
        self._held: tuple[int, ...] = ()
        self._columns, self._known = Shown.of(self._table), dict(self._aliases)
        self._publish(())

    # what it is told

    def keep(self, frame: RgbdFrame) -> None:
        """Let a frame wait for its detections."""
        settings = self.config
        self._frames = waiting(
            self._frames,
            frame,
            seconds=settings.frames_s,
            count_max=settings.frames_max,
            bytes_max=settings.frames_mib << 20,
        )
        self._publish(())

    def awaits(self, found: Detections) -> bool:
        """Return whether the frame that these detections were made of is still kept."""
        return frame_of(self._frames, found) is not None

    def detect(self, found: Detections, *, range_max_m: float) -> tuple[Pictured, ...]:
        """Take in what a detector found in a frame that waits; return what is worth a picture.

        range_max_m: depth is believed up to here. What has no depth within it has no place: it is counted as "unplaced"
        and left out, and what is meant for a picture of another size, as "misfit". Raises InputError where no such
        frame waits.
        """
        frame = frame_of(self._frames, found)
        if frame is None:
            raise InputError(f"no frame of {found.camera_source!r} with stamp_ns {found.stamp_ns} waits.")
        what = placed(found, frame, self.config, range_max_m=range_max_m)
        with self._undone_on_error():
            self._counts["misfit"] += what.misfits
            self._counts["unplaced"] += what.unplaced
            _, shown = self._see(what.lifted, stamp_ns=frame.stamp_ns, X_WC=frame.X_WC, source=found.source)
        return tuple(Pictured(object_id, what.items[i], frame) for i, object_id in shown)

    def see(
        self, lifted: Sequence[Lifted], *, stamp_ns: int, X_WC: Float64[np.ndarray, "4 4"], source: str
    ) -> tuple[int | None, ...]:
        """Take in what one frame shows; return the id of each detection's object, None where it was left out.

        Detections of one frame that are one thing count once, as the one with the highest score; those with another
        label give it their votes. X_WC: where the camera was.
        """
        return self._see(lifted, stamp_ns=stamp_ns, X_WC=X_WC, source=source)[0]

    def _see(
        self, lifted: Sequence[Lifted], *, stamp_ns: int, X_WC: Float64[np.ndarray, "4 4"], source: str
    ) -> tuple[tuple[int | None, ...], list[tuple[int, int]]]:
        """Do as `see`; return besides which of the detections show an object better than before, and its id."""
        wanted, seen = list(range(len(lifted))), Sightings(list(lifted))
        stand_in = dict(zip(wanted, (wanted[k] for k in distinct(seen)), strict=True))
        if any(i != j for i, j in stand_in.items()):
            wanted = [i for i in wanted if stand_in[i] == i]
            seen = Sightings([lifted[i] for i in wanted])
        fresh = {lifted[i].label for i in stand_in}.difference(self._labels)
        if fresh and len(self._labels) < LABELS_MAX:
            self._labels = tuple(sorted({*self._labels, *fresh}))
        came_to_rest = self._pass_time(stamp_ns)
        rows, leaps, (which, near) = assign(
            self._table,
            seen,
            stamp_ns=stamp_ns,
            noise_m2_s3=self.config.acceleration_m_s2**2,
            coast_s=self.config.coast_s,
        )
        restart(self._table, rows[leaps])
        again = np.flatnonzero(rows >= 0)
        if len(again):
            noise_m2_s3, coast_s = self.config.acceleration_m_s2**2, self.config.coast_s
            follow(self._table, rows[again], seen, again, stamp_ns=stamp_ns, noise_m2_s3=noise_m2_s3, coast_s=coast_s)
        near_ids = self._table.ids[near]
        rows = self._begin(rows, seen, stamp_ns)
        ids = self._table.ids[rows].tolist()
        better = note(self._table, rows, seen, self.config, stamp_ns=stamp_ns, X_WC=X_WC, source=source)
        others = [(i, j) for i, j in stand_in.items() if lifted[i].label != lifted[j].label]
        row_of = dict(zip(wanted, rows.tolist(), strict=True))
        note_labels(self._table, [(row_of[j], lifted[i]) for i, j in others])
        gone = self._merge(ids, which, near_ids, stamp_ns)
        gone |= self._expire(stamp_ns, source)
        gone |= self._make_room(ids, stamp_ns)
        self._capacity.settle()
        self._publish([*ids, *came_to_rest], gone)
        told: list[int | None] = [None] * len(lifted)
        for i, object_id in zip(wanted, ids, strict=True):
            told[i] = self._aliases.get(object_id, object_id)
        for i, j in others:
            told[i] = told[j]
        return tuple(told), [(wanted[k], ids[k]) for k in better if ids[k] in self._records]

    def move(self, state: RobotState) -> None:
        """Learn where the robot is. What it holds goes with its gripper."""
        last = self._robot
        if last is not None and last.source == state.source and is_late(state.stamp_ns, last.stamp_ns, self.config):
            return  # where the robot was then is of no use now
        self._robot = state
        held: list[int] = []
        if state.X_WG is not None:
            for object_id in self._held:  # what was picked up before it was known where the gripper is
                if object_id not in self._grips:
                    self._grip(object_id)
            for object_id in sorted(self._grips):
                self._put(object_id, transform(state.X_WG, np.array(self._grips[object_id])), state.stamp_ns)
                held.append(object_id)
        self._publish([*held, *self._pass_time(state.stamp_ns)])

    def act(self, action: Action) -> None:
        """Follow what the robot did to an object. What failed, or was done to something unknown, changes nothing."""
        object_id = self._aliases.get(action.object_id, action.object_id)
        notes = self._table.notes.get(object_id)
        if notes is None or not action.succeeded:
            self._counts["unheeded"] += notes is None
            self._publish(())
            return
        target_id = None if action.target_id is None else self._aliases.get(action.target_id, action.target_id)
        known = target_id in self._table.row_of and target_id != object_id
        heed(notes.attributes, action, target_id if known else None)
        self._grips.pop(object_id, None)
        if "held" in notes.attributes:
            self._grip(object_id)
        touch(self._table, self._table.rows([object_id]), action.stamp_ns, self.config)
        self._publish((object_id, *self._pass_time(action.stamp_ns)))

    def recall(self, ids: Iterable[int], stamp_ns: int) -> None:
        """Tell the policy that these objects were of use."""
        with self._undone_on_error():
            for object_id in ids:
                self._capacity.recall(self._aliases.get(object_id, object_id), stamp_ns)
            self._capacity.settle()
        self._publish(())

    # what it answers

    def view(self) -> ObjectsView:
        """Return the objects as they are known at this moment. Never waits."""
        return self._view

    def dump(self) -> bytes:
        """Return all that it knows as bytes; the same memory is the same bytes."""
        return self._view.dump()

    @classmethod
    def load(cls, data: bytes, policy: Policy | None = None) -> ShortTerm:
        """Make one of the bytes of `dump`, as if it had never stopped; its configuration is in them.

        policy: a fresh one of the same kind; else the one that the configuration names. Raises InputError for damaged
        bytes, and for another policy's.
        """
        kept = kept_of(data)
        made = cls(kept.config, policy)
        made._become(kept)
        return made

    def _become(self, kept: Kept) -> None:
        """Be what was written down."""
        self._table = table_of(kept.objects)
        self._labels, self._next_id, self._stamp_ns = kept.labels, kept.next_id, kept.stamp_ns
        self._counts, self._robot, self._frames = dict(kept.counts), kept.robot, kept.frames
        self._grips, self._records, self._written = dict(kept.grips), {}, {}
        ids = sorted(self._table.row_of)
        notes = self._table.notes
        self._aliases = {alias: object_id for object_id in ids for alias in notes[object_id].aliases}
        confirmed = [i for i in ids if self._table.confirmed[self._table.row_of[i]]]
        self._capacity.load(kept.policy, {object_id: notes[object_id] for object_id in confirmed})
        self._publish(ids)

    @contextlib.contextmanager
    def _undone_on_error(self) -> Iterator[None]:
        """Be as before where what is done meanwhile raises: a policy of somebody else's may."""
        before = self._view.kept
        try:
            yield
        except BaseException:
            self._become(before)
            raise

    # one frame

    def _begin(self, rows: Int64[np.ndarray, "m"], seen: Sightings, stamp_ns: int) -> Int64[np.ndarray, "m"]:
        """Give every detection that fits nothing an object of its own; return the rows of all."""
        fresh = np.flatnonzero(rows < 0)
        rows = rows.copy()
        for i in fresh.tolist():
            rows[i] = self._table.add(self._next_id)
            self._next_id += 1
        self._table.first_ns[rows[fresh]] = self._table.stamp_ns[rows[fresh]] = stamp_ns
        if len(fresh):
            begin(self._table, rows[fresh], seen, fresh)
        return rows

    def _merge(
        self, ids: list[int], which: Int64[np.ndarray, "k"], near_ids: Int64[np.ndarray, "k"], stamp_ns: int
    ) -> set[int]:
        """Make one of objects that are one thing, where this frame looked; return the ids that are gone."""
        rows = self._table.rows([ids[i] for i in which.tolist()])
        pairs = merge_pairs(self._table, rows, self._table.rows(near_ids.tolist()), set(ids))
        heirs: dict[int, int] = {}
        for kept, dropped in pairs:
            if kept not in heirs and dropped not in heirs:
                self._unname(kept, dropped)
                absorb(self._table, kept, dropped)
                heirs[dropped] = kept
                if dropped in self._grips:
                    self._grips.setdefault(kept, self._grips.pop(dropped))
                self._aliases.update(dict.fromkeys(self._table.notes[kept].aliases, kept))
                self._counts["merged"] += 1
                self._capacity.let_go(dropped, stamp_ns)
        for i, object_id in enumerate(ids):
            while object_id in heirs:
                object_id = heirs[object_id]
            ids[i] = object_id
        return set(heirs)

    # time

    def _pass_time(self, stamp_ns: int) -> list[int]:
        """Let it be as late as an input says; return the ids of what came to rest, unseen for long."""
        if is_late(stamp_ns, self._stamp_ns, self.config):
            return []
        self._stamp_ns = stamp_ns
        noise_m2_s3, coast_s = self.config.acceleration_m_s2**2, self.config.coast_s
        rows = halt_unseen(self._table, stamp_ns=stamp_ns, noise_m2_s3=noise_m2_s3, coast_s=coast_s)
        return self._table.ids[rows].tolist()

    # what goes

    def _expire(self, stamp_ns: int, source: str) -> set[int]:
        """Forget tentative things that this detector has not seen again, and the oldest of too many.

        Only its own: another's clock may tell another time.
        """
        table = self._table
        rows = np.flatnonzero((table.ids > 0) & ~table.confirmed)
        rows = rows[np.lexsort((table.ids[rows], table.stamp_ns[rows]))]
        own = np.array([table.notes[object_id].source == source for object_id in table.ids[rows].tolist()], bool)
        late = own & (np.abs(stamp_ns - table.stamp_ns[rows]) > int(self.config.tentative_s * 1e9))
        surplus = np.arange(len(rows)) < len(rows) - self.config.tentative_max
        gone = table.ids[rows[late | surplus]].tolist()
        for object_id in gone:
            self._drop(object_id)
        self._counts["expired"] += len(gone)
        return set(gone)

    def _make_room(self, ids: list[int], stamp_ns: int) -> set[int]:
        """Tell the policy what is confirmed now or was seen again, and drop what it names until the rest fits."""
        table, gone = self._table, set()
        for object_id in sorted(set(ids)):
            row = table.row_of.get(object_id)
            if row is not None and table.confirmed[row]:
                self._capacity.hold(object_id, table.notes[object_id], stamp_ns)
                gone |= self._drop_surplus(stamp_ns)
        return gone

    def _drop_surplus(self, stamp_ns: int) -> set[int]:
        """Drop what the policy names, as long as there are too many objects or bytes; the last one stays.

        Where the policy merges, the id of what is dropped leads to what stands for it: another thing, and only its own
        place and name are known from then on.
        """
        gone: set[int] = set()
        while (surplus := self._capacity.surplus(stamp_ns)) is not None:
            object_id, heir = surplus
            if heir is not None:
                self._unname(heir, object_id)
                notes, gone_notes = self._table.notes[heir], self._table.notes[object_id]
                notes.aliases, gone_notes.aliases = known_as(notes, gone_notes, object_id), ()
                self._aliases.update(dict.fromkeys(notes.aliases, heir))
            self._drop(object_id)
            self._counts["dropped" if heir is None else "merged"] += 1
            gone.add(object_id)
        return gone

    def _unname(self, *object_ids: int) -> None:
        """Let no id lead to these objects but their own, until it is settled what they are."""
        for object_id in object_ids:
            for alias in self._table.notes[object_id].aliases:
                del self._aliases[alias]

    def _drop(self, object_id: int) -> None:
        """Forget an object and the ids that stood for it."""
        self._unname(object_id)
        self._grips.pop(object_id, None)
        self._table.drop(object_id)

    # what the robot does

    def _grip(self, object_id: int) -> None:
        """Fix an object to the gripper, where it is known where that is."""
        if self._robot is not None and self._robot.X_WG is not None:
            row = self._table.row_of[object_id]
            grip = transform(inverse(self._robot.X_WG), self._table.rest[row])
            self._grips[object_id] = (float(grip[0]), float(grip[1]), float(grip[2]))

    def _put(self, object_id: int, p_W: Float64[np.ndarray, "3"], stamp_ns: int) -> None:
        """Set where an object is, at rest."""
        row = self._table.rows([object_id])
        self._table.rest[row] = p_W
        touch(self._table, row, stamp_ns, self.config)
        halt(self._table, row)

    # what readers see

    def _publish(self, changed: Iterable[int], gone: set[int] | None = None) -> None:
        """Make this the moment that is read: one assignment. Only what changed is made anew."""
        table = self._table
        alive = sorted({object_id for object_id in changed if object_id in table.row_of})
        if alive or gone:
            rows = table.rows(alive)
            derive(table, rows, coast_s=self.config.coast_s)
            records, lines = dict(self._records), {**self._written, **written(table, alive)}
            for object_id in gone or ():
                records.pop(object_id, None)
                lines.pop(object_id, None)
            for object_id in alive:
                records[object_id] = record_of(table, object_id)
            self._records, self._written = records, lines
            self._columns, self._known = Shown.of(self._table), dict(self._aliases)
            held = {object_id for object_id in (*self._held, *alive) if object_id in records}
            self._held = tuple(sorted(i for i in held if "held" in records[i].attributes))
        confirmed = len(self._capacity)
        self._view = ObjectsView(
            self._records,
            self._known,
            self._columns,
            Kept(
                config=self.config,
                next_id=self._next_id,
                stamp_ns=self._stamp_ns,
                labels=self._labels,
                counts=dict(self._counts),
                robot=self._robot,
                frames=self._frames,
                grips=dict(self._grips),
                policy=self._capacity.state,
                objects=self._written,
            ),
            counts={"confirmed": confirmed, "tentative": len(table) - confirmed, **self._counts},
            held=self._held,
        )
