"""`LongTerm`: the confirmed objects that were left behind; the room's one stateful class."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
from jaxtyping import Float64, Int64

from spatialmem.config import LongTermConfig
from spatialmem.errors import InputError
from spatialmem.longterm.lot import Lot
from spatialmem.longterm.near import Near
from spatialmem.longterm.parked import Parked
from spatialmem.longterm.state import Kept, unread_of
from spatialmem.longterm.watch import Camera, Watch, return_m
from spatialmem.longterm.worth import least_worth, worth

__all__ = ["LongTerm", "LongTermView"]

SLACK = 32
"""Where there is no room, so many parts of the budget's are made at once: to ask what all are worth takes time."""


class LongTermView:
    """What was kept after one input. Reading it waits for nothing and nothing changes it."""

    __slots__ = ("kept",)

    def __init__(self, kept: Kept):
        self.kept = kept

    @property
    def lot(self) -> Lot:
        """The objects."""
        return self.kept.lot

    @property
    def counts(self) -> dict[str, int]:
        """How many there are, and how many were forgotten so far."""
        return {"long_term": len(self.kept.lot), "forgotten": self.kept.forgotten}

    def dump(self) -> bytes:
        """Return all of it as bytes, for `LongTerm.load`; the same memory is the same bytes."""
        return self.kept.dump()


class LongTerm:
    """One thread tells it; any thread may read the views that it gives. It knows of its objects what readers see."""

    def __init__(self, config: LongTermConfig):
        self.config = config
        self.become(Kept(config, Lot.empty(), {}, 0, Watch()))

    # what it is told

    def park(self, objects: Sequence[Parked]) -> None:
        """Keep objects that were left behind, or that had to go for others."""
        if objects:
            for one in objects:
                self._near.add(one)
            watch = self._kept.watch.without([one.record.id for one in objects])
            self._publish(lot=self._kept.lot.changed(objects, ()), watch=watch)

    def give_back(self, ids: Iterable[int]) -> tuple[bytes, ...]:
        """Return objects as their bytes, by id, and keep them no longer; what is not here is left out."""
        items = self._kept.lot.items
        gone = sorted({object_id for object_id in ids if object_id in items})
        if not gone:
            return ()
        self._drop(gone)
        return tuple(items[object_id].data for object_id in gone)

    def recall(self, ids: Iterable[int]) -> None:
        """Count that objects were of use, those that are kept elsewhere, too."""
        recalls = dict(self._kept.recalls)
        for object_id in ids:
            recalls[object_id] = recalls.get(object_id, 0) + 1
        self._publish(recalls=recalls)

    def pass_on(self, gone: Mapping[int, int]) -> None:
        """Count the recalls of objects that are not remembered any more for what stands for them now; 0 for nothing."""
        if any(object_id in self._kept.recalls for object_id in gone):
            recalls = dict(self._kept.recalls)
            for object_id, heir in sorted(gone.items()):
                count = recalls.pop(object_id, 0)
                if heir and count:
                    recalls[heir] = recalls.get(heir, 0) + count
            self._publish(recalls=recalls)

    def note(self, source: str, camera: Camera) -> None:
        """Note where a camera is."""
        self._publish(watch=self._kept.watch.noted(source, camera, self.config))

    def left(
        self,
        ids: Int64[np.ndarray, "n"],
        center_W: Float64[np.ndarray, "n 3"],
        size_m: Float64[np.ndarray, "n 3"],
        stamp_ns: int,
    ) -> list[int]:
        """Return which of the recent objects at rest were left behind, by id. Call it where `is_due`."""
        radius_m = np.sqrt((size_m * size_m).sum(axis=1)) / 2
        watch, left = self._kept.watch.checked(ids, center_W, radius_m, stamp_ns, self.config)
        self._publish(watch=watch)
        return left

    def forget(self, ids: Iterable[int]) -> None:
        """Forget objects for good."""
        gone = sorted(ids)
        recalls = {object_id: n for object_id, n in self._kept.recalls.items() if object_id not in set(gone)}
        self._drop(gone)
        self._publish(recalls=recalls, forgotten=self._kept.forgotten + len(gone))

    # what it answers

    def is_due(self, stamp_ns: int) -> bool:
        """Return whether it is time to ask what was left behind."""
        return self._kept.watch.is_due(stamp_ns, self.config)

    def about(self, p_W: Float64[np.ndarray, "3"], reach_m: float) -> list[int]:
        """Return what is so near to a camera that it is recent again, by id. reach_m: so far the camera sees."""
        return self._near.within(p_W, return_m(self.config, reach_m)) if len(self._kept.lot) else []

    @property
    def is_full(self) -> bool:
        """Whether objects take more than the budget. The last one stays."""
        return self._kept.lot.size > self.config.budget_mib << 20 and len(self._kept.lot) > 1

    def least(self, p: Mapping[int, float]) -> list[int]:
        """Return what has to be forgotten for the others, by id. p: that each object is still there."""
        kept, items = self._kept, self._kept.lot.items
        ids = np.array(sorted(items), np.int64)
        sizes = np.array([items[object_id].size for object_id in ids.tolist()], np.int64)
        value = worth(
            np.array([p[object_id] for object_id in ids.tolist()]),
            np.array([kept.recalls.get(object_id, 0) for object_id in ids.tolist()], np.int64),
            np.array([items[object_id].record.sightings for object_id in ids.tolist()], np.int64),
            sizes,
        )
        budget = self.config.budget_mib << 20
        return least_worth(ids, value, sizes, kept.lot.size - budget + budget // SLACK).tolist()

    def view(self) -> LongTermView:
        """Return what is kept at this moment. Never waits."""
        return self._view

    def dump(self) -> bytes:
        """Return all of it as bytes; the same memory is the same bytes."""
        return self._view.dump()

    @classmethod
    def load(cls, data: bytes, read: Callable[[bytes], Parked]) -> LongTerm:
        """Make one of the bytes of `dump`, as if it had never stopped. Raises InputError for damaged bytes.

        read: makes an object of its bytes.
        """
        state = unread_of(data)
        objects = [read(one) for one in state.objects]
        ids = [one.record.id for one in objects]
        if any(one >= other for one, other in itertools.pairwise(ids)):
            raise InputError("the objects of this long-term memory are not by id: it is damaged.")
        made = cls(state.config)
        made.become(Kept(state.config, Lot.empty().changed(objects, ()), state.recalls, state.forgotten, state.watch))
        return made

    def become(self, kept: Kept) -> None:
        """Be what was kept at another moment."""
        self._near, self._kept, self._view = Near(), kept, LongTermView(kept)
        for one in kept.lot.items.values():
            self._near.add(one)

    def _drop(self, ids: list[int]) -> None:
        for object_id in ids:
            self._near.drop(self._kept.lot.items[object_id])
        self._publish(lot=self._kept.lot.changed((), ids))

    def _publish(
        self,
        *,
        lot: Lot | None = None,
        recalls: dict[int, int] | None = None,
        forgotten: int | None = None,
        watch: Watch | None = None,
    ) -> None:
        """Make this the moment that is read: one assignment."""
        kept = self._kept
        self._kept = Kept(
            self.config,
            kept.lot if lot is None else lot,
            kept.recalls if recalls is None else recalls,
            kept.forgotten if forgotten is None else forgotten,
            kept.watch if watch is None else watch,
        )
        self._view = LongTermView(self._kept)
