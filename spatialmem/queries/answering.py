"""`Answering`: what a view or a memory has to have so that it can be asked."""

from __future__ import annotations

from spatialmem.belief import BeliefView
from spatialmem.errors import QueryError
from spatialmem.graph import GraphView
from spatialmem.octree import Queryable
from spatialmem.queries.asked import Asked, checked_stamp
from spatialmem.shortterm import ObjectsView

__all__ = ["Answering"]


class Answering:
    """What questions are answered from. A memory answers from its newest state, a view from its own."""

    def _objects(self) -> ObjectsView:
        """Return the objects to answer from."""
        raise NotImplementedError

    def _belief(self) -> BeliefView:
        """Return the belief to answer from."""
        raise NotImplementedError

    def _graph(self) -> GraphView:
        """Return the floor to answer from."""
        raise NotImplementedError

    def _space(self) -> Queryable:
        """Return the map to answer from."""
        raise NotImplementedError

    def _now_ns(self) -> int:
        """Return the newest stamp that is known."""
        raise NotImplementedError

    def _version(self) -> int:
        """Return the number of the last input that is known of."""
        raise NotImplementedError

    def _asked(self, at_ns: int | None) -> Asked:
        now_ns = self._now_ns()
        stamp_ns = now_ns if at_ns is None else checked_stamp(at_ns, "at_ns")
        if stamp_ns < now_ns:
            raise QueryError(f"at_ns is {at_ns}; the newest that was told is of {now_ns} ns: ask for that or later.")
        return Asked(self._objects(), self._belief(), self._graph(), self._space(), stamp_ns, self._version())
