"""The leases that a live memory asks at every tick: those it was given, and those of planners that it follows."""

from __future__ import annotations

import threading
from collections.abc import Mapping

from spatialmem.errors import InputError, ViewExpired, told
from spatialmem.leases import Broken, Lease, Leased
from spatialmem.protocols import Clock
from spatialmem.view import View

__all__ = ["Leasing"]


class Leasing:
    """Asks leases in turn, as far as there is time. Any thread may call any method; `ask` is for one loop."""

    def __init__(self, clock: Clock):
        self._clock = clock
        self._changing = threading.Lock()
        """Held while `_leases` is changed; not while one is asked."""
        self._leases: list[Lease] = []
        self._followed: list[tuple[Leased, Lease | None]] = []
        self._failed: dict[str, str] = {}

    @property
    def failed(self) -> Mapping[str, str]:
        """The planners that cannot tell their lease, and why."""
        return dict(self._failed)

    def take(self, lease: Lease) -> None:
        """Ask a lease from now on, until it breaks or is let go of. Raises InputError for what is none."""
        if not isinstance(lease, Lease):
            raise InputError(f"a Lease is needed, this is a {type(lease).__name__}: Lease([premise, ...]).")
        with self._changing:
            if lease not in self._leases:
                self._leases.append(lease)

    def drop(self, lease: Lease) -> bool:
        """Let go of a lease; return whether it was asked until then."""
        with self._changing:
            is_asked = lease in self._leases
            if is_asked:
                self._leases.remove(lease)
            return is_asked

    def follow(self, planner: Leased) -> None:
        """Ask the lease that a planner has by then. Raises InputError for what has no `lease`."""
        if not isinstance(planner, Leased):
            raise InputError(f"a planner with a lease is needed; {type(planner).__name__} has no attribute lease.")
        if all(one is not planner for one, _ in self._followed):
            self._followed.append((planner, None))

    def unfollow(self, planner: Leased) -> None:
        """Ask a planner's lease no more."""
        for one, lease in self._followed:
            if one is planner and lease is not None:
                self.drop(lease)
        self._followed = [(one, lease) for one, lease in self._followed if one is not planner]

    def ask(self, view: View, began_ns: int, budget_ms: float) -> tuple[list[tuple[Lease, Broken]], int]:
        """Ask leases of a view, one at least; once `budget_ms` have passed since `began_ns` no further one.

        Return those that have broken, each once, and how many were not asked: they come first the next time.
        """
        broken, asked = self._renewed(), 0
        with self._changing:
            leases = list(self._leases)
        for lease in leases:
            if asked and (self._clock.now_ns() - began_ns) / 1e6 > budget_ms:
                break
            try:
                ends = lease.check(view)
            except ViewExpired:  # it is asked of the next view
                break
            asked += 1
            if not ends:
                self._put_behind(lease)
            elif self.drop(lease):  # another thread may have let go of it meanwhile
                broken += [(lease, end) for end in ends]
        return broken, len(leases) - asked

    def _put_behind(self, lease: Lease) -> None:
        """Have a lease come behind those that are still to be asked, if it has not been let go of meanwhile."""
        with self._changing:
            if lease in self._leases:
                self._leases.remove(lease)
                self._leases.append(lease)

    def _renewed(self) -> list[tuple[Lease, Broken]]:
        """Take up the leases that followed planners have taken since the last time, and let go of those before; return
        those that a planner itself has found broken."""
        broken = []
        for index, (planner, before) in enumerate(self._followed):
            lease = self._lease_of(planner)
            if lease is not before:
                self._followed[index] = planner, lease
                if before is not None and self.drop(before):
                    broken += [(before, end) for end in before.broken]
                if lease is not None:
                    self.take(lease)
        return broken

    def _lease_of(self, planner: Leased) -> Lease | None:
        """Return the lease that a planner has; None where it cannot tell, which is taken down."""
        name = f"planner {type(planner).__name__}"
        try:
            lease = planner.lease
        except Exception as error:  # of somebody else's planner
            self._failed[name] = told(error)
            return None
        if lease is None or isinstance(lease, Lease):
            self._failed.pop(name, None)
            return lease
        self._failed[name] = f"its lease is a {type(lease).__name__}; a Lease or None is needed"
        return None
