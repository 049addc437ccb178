"""The checker of policies passes good ones and names what is wrong with bad ones."""

from typing import Any

import pytest

from spatialmem import InputError
from spatialmem.shortterm.policies.adjacent_merge import AdjacentMerge
from spatialmem.shortterm.policies.fifo import Fifo
from spatialmem.shortterm.policies.lfu import Lfu
from spatialmem.shortterm.policies.lru import Lru
from spatialmem.testing import check_policy


class NoDump:
    def on_insert(self, unit_id, stamp_ns, **_):
        pass

    on_recall = on_remove = on_insert

    def victim(self, stamp_ns):
        return 0


class Anything(Fifo):
    def victim(self, stamp_ns):
        return 0


class Kept(Fifo):
    """Does not forget what it gives."""

    def victim(self, stamp_ns):
        if not self._order:
            raise self._nothing_held()
        return next(iter(self._order))


class LastIn(Fifo):
    def victim(self, stamp_ns):
        if not self._order:
            raise self._nothing_held()
        return self._order.popitem(last=True)[0]


class Remembers(Lru):
    """A recall brings back what has left."""

    def on_recall(self, unit_id, stamp_ns):
        self._order[unit_id] = None


class DeafToRemovals(Lru):
    def on_remove(self, unit_id, stamp_ns):
        pass


class Raises(Lru):
    def on_recall(self, unit_id, stamp_ns):
        self._order.move_to_end(unit_id)


class HalfState(Lfu):
    """Forgets its counts when it is stopped."""

    def _written(self):
        units, newest = super()._written()
        return tuple((unit_id, 1) for unit_id, _ in units), newest


class Whatever(Fifo):
    def load(self, data):
        try:
            super().load(data)
        except InputError:
            self._order.clear()


class Shared(Lru):
    """All of them are one."""

    _one: Any = None

    def __init__(self):
        super().__init__()
        Shared._one = self._order if Shared._one is None else Shared._one
        self._order = Shared._one


class StandsForNobody(AdjacentMerge):
    def merge(self, stamp_ns):
        return super().merge(stamp_ns)[0], -5


def test_good_ones_pass():
    check_policy(Lru, operations=400, capacity=10)
    check_policy(AdjacentMerge, operations=400, capacity=10)


@pytest.mark.parametrize(
    ("policy", "says"),
    [
        (NoDump, "lacks one of"),
        (Anything, "nothing was held"),
        (Kept, "nothing was held"),
        (LastIn, "came last"),
        (Remembers, "nothing was held"),
        (DeafToRemovals, "which is not held"),
        (HalfState, "the same calls gave"),
        (Whatever, "which no dump"),
        (Shared, "gave"),
        (StandsForNobody, "stands for"),
    ],
)
def test_bad_ones_are_named(policy, says):
    with pytest.raises(AssertionError, match=says):
        check_policy(policy, operations=1500, capacity=10)


def test_what_a_policy_raises_comes_through():
    with pytest.raises(KeyError):
        check_policy(Raises, operations=400, capacity=10)
