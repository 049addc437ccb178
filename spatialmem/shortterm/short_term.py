"""`ShortTerm`: the bounded buffer of recent object states; the room's one stateful class."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
from jaxtyping import Float64, Int64

from spatialmem.config import ShortTermConfig
from spatialmem.errors import InputError
from spatialmem.protocols import Policy
from spatialmem.records import Records
from spatialmem.shortterm.capacity import Capacity, forgettable
from spatialmem.shortterm.deeds import Grips, follow_deed, put, shift
from spatialmem.shortterm.duplicates import absorb, known_as, merge_pairs, relocate
from spatialmem.shortterm.following import followed, one_each
from spatialmem.shortterm.fusion import derive, halt_unseen
from spatialmem.shortterm.labels import LABELS_MAX
from spatialmem.shortterm.leaving import Left, left_of, put_back
from spatialmem.shortterm.lift import Lifted
from spatialmem.shortterm.noting import note, note_labels, record_of
from spatialmem.shortterm.objects_view import ObjectsView, shown_of
from spatialmem.shortterm.placing import Detected, Pictured, placed
from spatialmem.shortterm.state import Kept, Written, kept_of, table_of, written
from spatialmem.shortterm.table import Table
from spatialmem.shortterm.waiting import frame_of, is_late, waiting
from spatialmem.types import Action, Detections, RgbdFrame, RobotState
from spatialmem.types.objects import WHERE

__all__ = ["ShortTerm"]


class ShortTerm:
    """The objects that were seen lately. One thread tells it; any thread may read the views that it gives.

    A thing is tentative until it was seen `confirm_sightings` times from `confirm_viewpoints` viewpoints, and is
    forgotten if it is not seen again for `tentative_s` before. Confirmed things stay until they are released, or the
    policy names them; what left may be given back.
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
        self._records = Records()
        self._written: dict[int, Written] = {}
        self._aliases: dict[int, int] = {}
        self._counts = {"dropped": 0, "expired": 0, "merged": 0, "unplaced": 0, "misfit": 0, "unheeded": 0}
        self._grips = Grips()
        self._held: tuple[int, ...] = ()
        self._columns, self._known = shown_of(self._table), dict(self._aliases)
        self._publish(())

    # what it is told

    def keep(self, frame: RgbdFrame) -> None:
        """Let a frame wait for its detections."""
        self._frames = waiting(self._frames, frame, self.config)
        self._publish(())

    def awaits(self, found: Detections) -> bool:
        """Return whether the frame that these detections were made of is still kept."""
        return frame_of(self._frames, found) is not None

    def frame_of(self, found: Detections) -> RgbdFrame:
        """Return the frame that detections were made of. Raises InputError where it does not wait."""
        frame = frame_of(self._frames, found)
        if frame is None:
            raise InputError(f"no frame of {found.camera_source!r} with stamp_ns {found.stamp_ns} waits.")
        return frame

    def detect(self, found: Detections, *, range_max_m: float) -> Detected:
        """Take in what a detector found in a frame that waits.

        range_max_m: depth is believed up to here. What has no depth within it has no place: it is counted as "unplaced"
        and left out, and what is meant for a picture of another size, as "misfit". Raises InputError where no such
        frame waits.
        """
        frame = self.frame_of(found)
        what = placed(found, frame, self.config, range_max_m=range_max_m)
        with self._undone_on_error():
            self._counts["misfit"] += what.misfits
            self._counts["unplaced"] += what.unplaced
            about = {"stamp_ns": frame.stamp_ns, "X_WC": frame.X_WC, "source": found.source}
            ids, shown, gone, left = self._see(what.lifted, **about)
        pictured = tuple(Pictured(object_id, what.items[i], frame) for i, object_id in shown)
        seen = tuple((i, one) for i, one in zip(ids, what.lifted, strict=True) if i is not None and i not in gone)
        return Detected(pictured, seen, {i: self._aliases.get(i, 0) for i in sorted(gone)}, tuple(left))

    def see(
        self, lifted: Sequence[Lifted], *, stamp_ns: int, X_WC: Float64[np.ndarray, "4 4"], source: str
    ) -> tuple[int | None, ...]:
        """Take in what one frame shows; return the id of each detection's object, None where it was left out.

        Detections of one frame that are one thing count once, as the one with the highest score; those with another
        label give it their votes. X_WC: where the camera was. What the policy names goes for good; see `detect`.
        """
        return self._see(lifted, stamp_ns=stamp_ns, X_WC=X_WC, source=source)[0]

    def _see(
        self, lifted: Sequence[Lifted], *, stamp_ns: int, X_WC: Float64[np.ndarray, "4 4"], source: str
    ) -> tuple[tuple[int | None, ...], list[tuple[int, int]], set[int], list[Left]]:
        """Do as `see`; return besides which detections show an object clearly better, what is gone, and what left."""
        wanted, seen, stand_in = one_each(lifted)
        fresh = {lifted[i].label for i in stand_in}.difference(self._labels)
        if fresh and len(self._labels) < LABELS_MAX:
            self._labels = tuple(sorted({*self._labels, *fresh}))
        came_to_rest = self._pass_time(stamp_ns)
        rows, near = followed(self._table, seen, stamp_ns, self._next_id, self.config)
        self._next_id = max([self._next_id - 1, *self._table.ids[rows].tolist()]) + 1
        ids = self._table.ids[rows].tolist()
        better = note(self._table, rows, seen, self.config, stamp_ns=stamp_ns, X_WC=X_WC, source=source)
        others = [(i, j) for i, j in stand_in.items() if lifted[i].label != lifted[j].label]
        row_of = dict(zip(wanted, rows.tolist(), strict=True))
        note_labels(self._table, [(row_of[j], lifted[i]) for i, j in others])
        gone = self._merge(ids, *near, stamp_ns)
        gone.update(expired := forgettable(self._table, stamp_ns, source, self.config))
        for object_id in expired:
            self._drop(object_id)
        self._counts["expired"] += len(expired)
        left = self._make_room(ids, stamp_ns, gone)
        self._capacity.settle()
        left_ids = {one.record.id for one in left}
        self._publish([*ids, *came_to_rest], gone | left_ids)
        own = {i: self._aliases.get(object_id, object_id) for i, object_id in zip(wanted, ids, strict=True)}
        own.update([(i, own[j]) for i, j in others])
        shown = [(wanted[k], ids[k]) for k in better if ids[k] in self._records or ids[k] in left_ids]
        return tuple(own.get(i) for i in range(len(lifted))), shown, gone, left

    def move(self, state: RobotState) -> None:
        """Learn where the robot is. What it holds goes with its gripper."""
        last = self._robot
        if last is not None and last.source == state.source and is_late(state.stamp_ns, last.stamp_ns, self.config):
            return  # where the robot was then is of no use now
        self._robot = state
        held = self._grips.carry(self._table, state, self._held, self.config)
        self._publish([*held, *self._pass_time(state.stamp_ns)])

    def act(self, action: Action, resting: Iterable[int] = ()) -> None:
        """Follow what the robot did to an object. What failed, or was done to something unknown, changes nothing.

        resting: what is believed to be on or in it, besides what the robot put there: it goes with it.
        """
        object_id = self._aliases.get(action.object_id, action.object_id)
        notes = self._table.notes.get(object_id)
        if notes is None or not action.succeeded:
            self._counts["unheeded"] += notes is None
            self._publish(())
            return
        target_id = None if action.target_id is None else self._aliases.get(action.target_id, action.target_id)
        known = target_id in self._table.row_of and target_id != object_id
        load = self._grips.load(self._table, object_id, resting)
        target = target_id if known else None
        follow_deed(self._table, self._records, self._grips, action, load, target, self._robot, self.config)
        self._publish((*load, *self._pass_time(action.stamp_ns)))

    def lose(self, ids: Iterable[int]) -> None:
        """Hold objects for missing: they were looked for, and are not where they were seen."""
        gone = [object_id for object_id in ids if object_id in self._table.row_of]
        self._table.missing[self._table.rows(gone)] = True
        self._publish(gone)

    def displace(self, ids: Iterable[int]) -> None:
        """Let objects be no longer where the robot put them: they were seen elsewhere."""
        for object_id in (moved := [object_id for object_id in ids if object_id in self._table.row_of]):
            for name in WHERE:
                self._table.notes[object_id].attributes.pop(name, None)
            self._grips.let_go(object_id)
        self._publish(moved)

    def take_along(self, along: Mapping[int, tuple[Sequence[float], float]]) -> None:
        """Let objects be elsewhere with what they are on or in, unseen: by how far, and how well that is known [m]."""
        self._publish(shift(self._table, along))

    def identify(self, kept: int, dropped: int, stamp_ns: int) -> None:
        """Let an object that was moved be what was seen under another id; from then on that id means it, too.

        What the robot put on or in it went with it.
        """
        load = self._grips.load(self._table, kept)
        shift_m = self._records[dropped].center_W - self._records[kept].center_W
        with self._undone_on_error():
            for one in load[1:]:
                self._grips.let_go(one)
                put(self._table, one, self._table.rest[self._table.row_of[one]] + shift_m, stamp_ns, self.config)
            self._unname(kept, dropped)
            relocate(self._table, kept, dropped)
            self._aliases.update(dict.fromkeys(self._table.notes[kept].aliases, kept))
            self._grips.let_go(kept)
            self._grips.let_go(dropped)
            self._capacity.let_go(dropped, stamp_ns)
            self._capacity.hold(kept, self._table.notes[kept], stamp_ns)
            self._capacity.settle()
        self._publish(load, {dropped})

    def recall(self, ids: Iterable[int], stamp_ns: int) -> None:
        """Tell the policy that these objects were of use."""
        with self._undone_on_error():
            for object_id in ids:
                self._capacity.recall(self._aliases.get(object_id, object_id), stamp_ns)
            self._capacity.settle()
        self._publish(())

    def release(self, ids: Iterable[int], stamp_ns: int) -> tuple[Left, ...]:
        """Let confirmed objects go, as they are: whoever keeps them may give them back."""
        leaving = sorted(ids)
        with self._undone_on_error():
            for object_id in leaving:
                self._capacity.let_go(object_id, stamp_ns)
            left = tuple(self._let_go(object_id) for object_id in leaving)
            self._capacity.settle()
        self._publish((), set(leaving))
        return left

    def take_back(self, left: Iterable[bytes], stamp_ns: int) -> None:
        """Take in what left (`Left.data`) as it was, as if it had stayed. The next sighting makes room where needed."""
        with self._undone_on_error():
            ids = [put_back(self._table, self._grips, data) for data in left]
            for object_id in ids:
                notes = self._table.notes[object_id]
                self._aliases.update(dict.fromkeys(notes.aliases, object_id))
                self._capacity.hold(object_id, notes, stamp_ns)
            self._capacity.settle()
        self._publish(ids)

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
        made.become(kept)
        return made

    def become(self, kept: Kept) -> None:
        """Be what was written down."""
        self._table = table_of(kept.objects)
        self._labels, self._next_id, self._stamp_ns = kept.labels, kept.next_id, kept.stamp_ns
        self._counts, self._robot, self._frames = dict(kept.counts), kept.robot, kept.frames
        self._grips, self._records, self._written = Grips(kept.grips), Records(), {}
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
            self.become(before)
            raise

    # one frame

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
                self._grips.pass_on(dropped, kept)
                self._aliases.update(dict.fromkeys(self._table.notes[kept].aliases, kept))
                self._counts["merged"] += 1
                self._capacity.let_go(dropped, stamp_ns)
        for i, object_id in enumerate(ids):
            while object_id in heirs:
                object_id = heirs[object_id]
            ids[i] = object_id
        return set(heirs)

    def _pass_time(self, stamp_ns: int) -> list[int]:
        """Let it be as late as an input says; return the ids of what came to rest, unseen for long."""
        if is_late(stamp_ns, self._stamp_ns, self.config):
            return []
        self._stamp_ns = stamp_ns
        noise, coast_s = self.config.acceleration_m_s2**2, self.config.coast_s
        rows = halt_unseen(self._table, stamp_ns=stamp_ns, noise_m2_s3=noise, coast_s=coast_s)
        return self._table.ids[rows].tolist()

    # what goes

    def _make_room(self, ids: list[int], stamp_ns: int, gone: set[int]) -> list[Left]:
        """Tell the policy what is confirmed now or was seen again, and let go what it names until the rest fits.

        gone: gets what another object stands for now, in place.
        """
        table, left = self._table, []
        for object_id in sorted(table.row_of.keys() & ids):
            if object_id in table.row_of and table.confirmed[table.row_of[object_id]]:
                self._capacity.hold(object_id, table.notes[object_id], stamp_ns)
                left += self._drop_surplus(stamp_ns, gone)
        return left

    def _drop_surplus(self, stamp_ns: int, gone: set[int]) -> list[Left]:
        """Let go what the policy names, as long as there are too many objects or bytes; the last one stays.

        Where the policy merges, the id of what is dropped leads to what stands for it: another thing, and only its own
        place and name are known from then on.
        """
        left = []
        while (surplus := self._capacity.surplus(stamp_ns)) is not None:
            object_id, heir = surplus
            self._counts["dropped" if heir is None else "merged"] += 1
            if heir is None:
                left.append(self._let_go(object_id))
                continue
            self._unname(heir, object_id)
            notes, gone_notes = self._table.notes[heir], self._table.notes[object_id]
            notes.aliases, gone_notes.aliases = known_as(notes, gone_notes, object_id), ()
            self._aliases.update(dict.fromkeys(notes.aliases, heir))
            self._drop(object_id)
            gone.add(object_id)
        return left

    def _let_go(self, object_id: int) -> Left:
        """Let an object leave as it is."""
        left = left_of(self._table, self._grips, object_id, self.config)
        self._drop(object_id)
        return left

    def _unname(self, *object_ids: int) -> None:
        """Let no id lead to these objects but their own, until it is settled what they are."""
        for object_id in object_ids:
            for alias in self._table.notes[object_id].aliases:
                del self._aliases[alias]

    def _drop(self, object_id: int) -> None:
        """Forget an object and the ids that stood for it."""
        self._unname(object_id)
        self._grips.let_go(object_id)
        self._table.drop(object_id)

    # what readers see

    def _publish(self, changed: Iterable[int], gone: set[int] | None = None) -> None:
        """Make this the moment that is read: one assignment. Only what changed is made anew."""
        table = self._table
        alive = sorted({object_id for object_id in changed if object_id in table.row_of})
        if alive or gone:
            rows = table.rows(alive)
            derive(table, rows, coast_s=self.config.coast_s)
            fresh = (record_of(table, object_id) for object_id in alive)
            records = self._records = self._records.changed(fresh, gone or ())
            self._written = {**self._written, **written(table, alive)}
            for object_id in gone or ():
                self._written.pop(object_id, None)
            self._columns, self._known = shown_of(self._table), dict(self._aliases)
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
                grips=dict(self._grips.offsets),
                policy=self._capacity.state,
                objects=self._written,
            ),
            counts={"confirmed": confirmed, "tentative": len(table) - confirmed, **self._counts},
            held=self._held,
        )
