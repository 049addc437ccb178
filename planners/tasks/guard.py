"""`LoopGuard`: what has failed with which facts, so that nothing is tried for ever."""

from __future__ import annotations

from dataclasses import dataclass

from planners.tasks.facts import Facts
from planners.tasks.skills import Call

__all__ = ["Failure", "LoopGuard"]

TRIES = 2
"""The same step that fails with the same facts is tried so often."""
SEARCHES = 1
"""Who has looked everywhere does not so again as long as nothing is known that was not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A call that failed, with what was known when it was made."""

    call: Call
    facts: Facts
    reason: str


class LoopGuard:
    """The failures of one goal."""

    def __init__(self) -> None:
        self._failures: list[Failure] = []

    def note(self, call: Call, facts: Facts, reason: str) -> None:
        """Take down a failure."""
        self._failures.append(Failure(call=call, facts=facts, reason=reason))

    def is_vain(self, call: Call, facts: Facts) -> bool:
        """Return whether a call has failed often enough with the facts as they are."""
        return self._tried(call, facts) >= (SEARCHES if call.skill == "find" else TRIES)

    def last(self, call: Call) -> Failure:
        """Return how a call failed last. Raises StopIteration for one that never did."""
        return next(one for one in reversed(self._failures) if one.call == call)

    def opened_in_vain(self) -> set[int | str | None]:
        """Return what could not be opened."""
        return {one.call.thing for one in self._failures if one.call.skill == "open"}

    def why(self, failure: Failure, facts: Facts) -> str:
        """Return in words why a call is not made again."""
        times = " twice" if self._tried(failure.call, facts) > 1 else ""
        return f"{failure.call} failed{times}, and nothing has changed since: {failure.reason}"

    def _tried(self, call: Call, facts: Facts) -> int:
        return sum(one.call == call and one.facts.is_same(facts) for one in self._failures)
