"""`View`: one moment of a memory, to be asked several questions that must agree with each other."""

from __future__ import annotations

import functools

import msgspec

from spatialmem.belief import BeliefView
from spatialmem.consolidate import both
from spatialmem.errors import InputError
from spatialmem.gate import GateState
from spatialmem.graph import GraphView
from spatialmem.longterm import LongTermView
from spatialmem.octree import OctreeView, Snapshot
from spatialmem.queries import BeliefQuestions, GraphQuestions
from spatialmem.queries.asked import Asked
from spatialmem.sealed import seal, unseal
from spatialmem.shortterm import ObjectQuestions, ObjectsView

__all__ = ["View", "decode_state"]

_MAGIC = b"smmemory"
_FORMAT = 4


class MemoryState(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All that a memory is, as it is written down."""

    format: int
    world: str
    seq: int
    stamp_ns: int
    gate: bytes
    octree: bytes
    objects: bytes
    longterm: bytes
    belief: bytes
    graph: bytes


class View(GraphQuestions, OctreeView, ObjectQuestions, BeliefQuestions):
    """What the memory knew after one input: all its answers are of that moment, whatever is written meanwhile.

    Holding a view costs what has changed since; one that keeps more than a quarter of the octree's budget from being
    used again expires, and raises ViewExpired from then on.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        objects: ObjectsView,
        longterm: LongTermView,
        belief: BeliefView,
        graph: GraphView,
        gate: GateState,
        *,
        world: str,
        seq: int,
        stamp_ns: int,
    ):
        super().__init__(snapshot)
        self._recent, self._longterm, self._believed = objects, longterm, belief
        self._floor, self._gate = graph, gate
        self._every = both(objects, longterm)
        self.world = world
        self.seq = seq
        """The number of the last admitted input that is in it; 0 before the first."""
        self.stamp_ns = stamp_ns
        """The newest stamp among the admitted inputs; 0 before the first."""

    def _objects(self) -> ObjectsView:
        return self._every

    def _belief(self) -> BeliefView:
        return self._believed

    def _graph(self) -> GraphView:
        return self._floor

    def _space(self) -> View:
        return self

    def _asked(self, at_ns: int | None) -> Asked:
        return self._asked_now if at_ns is None else super()._asked(at_ns)

    @functools.cached_property
    def _asked_now(self) -> Asked:
        return super()._asked(None)

    def _now_ns(self) -> int:
        return self.stamp_ns

    def _version(self) -> int:
        return self.seq

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """By source: how many inputs were "admitted" or rejected by each reason, and how many values were masked."""
        return self._gate.counts()

    def dump(self) -> bytes:
        """Return all that the memory knew as bytes, for `SpatialMemory.load`; the same memory is the same bytes."""
        rooms = (self._recent, self._longterm, self._believed, self._floor)
        dumps = self.dump_map(), *(room.dump() for room in rooms)
        state = MemoryState(_FORMAT, self.world, self.seq, self.stamp_ns, self._gate.dump(), *dumps)
        return seal(_MAGIC, msgspec.msgpack.encode(state))


def decode_state(data: bytes) -> MemoryState:
    """Read what `View.dump` wrote. Raises InputError for anything else."""
    content = unseal(_MAGIC, data, "a memory's state", "SpatialMemory.dump()")
    try:
        state = msgspec.msgpack.decode(content, type=MemoryState)
    except (msgspec.MsgspecError, ValueError) as error:
        raise InputError(f"this memory's state was not written by this version of spatialmem: {error}.") from error
    if state.format != _FORMAT:
        raise InputError(f"this memory's state has format {state.format}, {_FORMAT} is what this version reads.")
    return state
