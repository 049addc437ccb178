"""`Capacity`: how many confirmed objects there is room for, in number and bytes, and which one goes for the next.

Tentative ones are let go by `forgettable`.
"""

from __future__ import annotations

import numpy as np

from spatialmem.config import ShortTermConfig
from spatialmem.protocols import MergingPolicy, Policy
from spatialmem.shortterm.labels import most_probable
from spatialmem.shortterm.policies import policy_of
from spatialmem.shortterm.table import Notes, Table

__all__ = ["Capacity", "forgettable"]

OBJECT_BYTES = 2048
"""What an object takes besides its embedding, about: its row, its notes, and its record in views."""


class Capacity:
    """The sizes of the objects that are held, and the policy that is told of them. `len` is how many there are."""

    def __init__(self, config: ShortTermConfig, policy: Policy | None):
        """policy: else the one that the configuration names. Raises ConfigError."""
        self._policy = policy_of(config.policy, capacity=config.objects_max) if policy is None else policy
        self._count_max, self._bytes_max = config.objects_max, config.budget_mib << 20
        self._sizes: dict[int, int] = {}
        self._bytes = 0
        self.state = self._policy.dump()
        """The policy's, as of the last `settle`."""

    def __len__(self) -> int:
        return len(self._sizes)

    def hold(self, object_id: int, notes: Notes, stamp_ns: int) -> None:
        """Take in an object, or one that was seen again."""
        self._policy.on_insert(object_id, stamp_ns, kind=most_probable(notes.votes), embedding=notes.embedding)
        self.weigh(object_id, notes)

    def weigh(self, object_id: int, notes: Notes) -> None:
        """Note what an object takes [bytes]."""
        size = OBJECT_BYTES + (0 if notes.embedding is None else notes.embedding.nbytes) + 64 * len(notes.votes)
        self._bytes += size - self._sizes.get(object_id, 0)
        self._sizes[object_id] = size

    def recall(self, object_id: int, stamp_ns: int) -> None:
        """Tell the policy that an object was of use."""
        self._policy.on_recall(object_id, stamp_ns)

    def let_go(self, object_id: int, stamp_ns: int) -> None:
        """Tell the policy of an object that went by itself, where it was held."""
        if object_id in self._sizes:
            self._bytes -= self._sizes.pop(object_id)
            self._policy.on_remove(object_id, stamp_ns)

    def surplus(self, stamp_ns: int) -> tuple[int, int | None] | None:
        """Return the object to drop now and the one that stands for it; None where there is room. The last one stays.

        Where the policy names what it was never given, the object of the lowest id goes.
        """
        if len(self._sizes) <= 1 or (len(self._sizes) <= self._count_max and self._bytes <= self._bytes_max):
            return None
        if isinstance(self._policy, MergingPolicy):
            object_id, heir = self._policy.merge(stamp_ns)
        else:
            object_id, heir = self._policy.victim(stamp_ns), None
        if object_id not in self._sizes:
            object_id, heir = min(self._sizes), None
            self._policy.on_remove(object_id, stamp_ns)
        if heir == object_id or heir not in self._sizes:
            heir = None
        self._bytes -= self._sizes.pop(object_id)
        return object_id, heir

    def settle(self) -> None:
        """Write down what the policy knows, for whoever reads this moment."""
        self.state = self._policy.dump()

    def load(self, state: bytes, held: dict[int, Notes]) -> None:
        """Hold these objects, and take a policy's state in place of its own. Raises InputError for another policy's."""
        self._policy.load(state)
        self.state, self._sizes, self._bytes = state, {}, 0
        for object_id, notes in held.items():
            self.weigh(object_id, notes)


def forgettable(table: Table, stamp_ns: int, source: str, config: ShortTermConfig) -> list[int]:
    """Return the tentative things that a detector has not seen again for long, and the oldest of too many.

    Only its own: another's clock may tell another time.
    """
    rows = np.flatnonzero((table.ids > 0) & ~table.confirmed)
    rows = rows[np.lexsort((table.ids[rows], table.stamp_ns[rows]))]
    own = np.array([table.notes[object_id].source == source for object_id in table.ids[rows].tolist()], bool)
    late = own & (np.abs(stamp_ns - table.stamp_ns[rows]) > int(config.tentative_s * 1e9))
    surplus = np.arange(len(rows)) < len(rows) - config.tentative_max
    return table.ids[rows[late | surplus]].tolist()
