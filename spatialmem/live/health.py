"""How a live memory is, in one word and a reason; and the rates of the last seconds that this goes by."""

from __future__ import annotations

import enum
import math
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from spatialmem.live.config import LiveConfig
from spatialmem.live.inbox import Tally

__all__ = ["Health", "Moment", "Rates", "SourceRates", "judge"]


class Health(str, enum.Enum):
    """How far what a live memory says can be relied on."""

    OK = "OK"
    DEGRADED = "DEGRADED"
    """What is told is new, but some of what came in is not in it."""
    STALE = "STALE"
    """Nothing new has come in for longer than `LiveConfig.stale_s`: what is told was true then."""
    FAULT = "FAULT"
    """Nothing more will come in until somebody mends what the reason says."""


@dataclass(frozen=True, slots=True)
class SourceRates:
    """What became of a source's inputs in the last seconds: per second, and in all."""

    sent_hz: float
    admitted_hz: float
    dropped: int
    unposed: int
    lost: int
    rejected: Mapping[str, int]
    sent: int

    @property
    def rejected_count(self) -> int:
        """How many were rejected, whatever the reason."""
        return sum(self.rejected.values())


class Rates:
    """The rates over a window, by tallies that are noted now and then."""

    def __init__(self, window_s: float):
        self._window_ns = int(window_s * 1e9)
        self._noted: deque[tuple[int, dict[str, Tally]]] = deque()

    def note(self, now_ns: int, tallies: dict[str, Tally]) -> dict[str, SourceRates]:
        """Take down the tallies of a moment, and return the rates since the beginning of the window, by source."""
        noted = self._noted
        noted.append((now_ns, tallies))
        while len(noted) > 2 and noted[1][0] <= now_ns - self._window_ns:
            noted.popleft()
        then_ns, then = noted[0]
        seconds = max((now_ns - then_ns) / 1e9, 1e-9)
        return {name: _since(then.get(name, Tally()), tally, seconds) for name, tally in tallies.items()}


def _since(then: Tally, now: Tally, seconds: float) -> SourceRates:
    sent, admitted = now.sent - then.sent, now.admitted - then.admitted
    return SourceRates(
        sent_hz=sent / seconds,
        admitted_hz=admitted / seconds,
        dropped=now.dropped - then.dropped,
        unposed=now.unposed - then.unposed,
        lost=now.lost - then.lost,
        rejected=dict(sorted((now.rejected - then.rejected).items())),
        sent=sent,
    )


@dataclass(frozen=True, slots=True)
class Moment:
    """What a verdict goes by."""

    age_s: float
    """Of the newest frame in the memory; infinite before the first."""
    busy_s: float
    hanging: int
    is_running: bool
    trouble: str
    """Why the memory's file cannot be written, or ""."""
    failed: Mapping[str, str]
    """The sources that have failed, and how."""
    silent: Mapping[str, float]
    """The sources of frames or scans that nothing came from for longer than `stale_s`, and for how long [s]."""
    rates: Mapping[str, SourceRates]


def judge(moment: Moment, config: LiveConfig) -> tuple[Health, str]:
    """Return how a live memory is, and why; "" where it is well. The worst of it is told."""
    if moment.trouble:
        return Health.FAULT, moment.trouble
    if moment.hanging >= config.takeovers_max:
        return Health.FAULT, (
            f"{moment.hanging} inputs in a row hang, and nobody else takes over: the memory does not return from what "
            f"it is told. Look at its disk."
        )
    worse = [why for name, rates in moment.rates.items() if (why := _losses(name, rates, config))]
    worse += [f"{name} has failed: {why}" for name, why in moment.failed.items()]
    worse += [f"nothing from {name} for {seconds:.1f} s" for name, seconds in moment.silent.items()]
    if moment.age_s > config.stale_s:
        return Health.STALE, "; ".join([_why_stale(moment), *worse])
    return (Health.DEGRADED, "; ".join(worse)) if worse else (Health.OK, "")


def _why_stale(moment: Moment) -> str:
    since = f"the newest frame came in {moment.age_s:.2f} s ago"
    if math.isinf(moment.age_s):
        since = "no frame or scan has come in yet"
    if moment.busy_s > 0.1:
        return f"{since}, and the next is being taken in for {moment.busy_s:.2f} s"
    if not moment.is_running:
        return f"{since}, and nobody takes any in"
    return since


def _losses(name: str, rates: SourceRates, config: LiveConfig) -> str:
    """Return what of a source did not come in, in words; "" where nothing worth telling."""
    said = []
    if rates.dropped:
        said.append(f"{rates.dropped} dropped, for they come faster than they are taken in")
    if rates.unposed:
        said.append(f"{rates.unposed} without a pose")
    if rates.lost:
        said.append(f"{rates.lost} lost")
    if rates.rejected_count > config.rejected_share_max * max(rates.sent, 1):
        reasons = ", ".join(f"{count} {reason}" for reason, count in rates.rejected.items())
        said.append(f"rejected: {reasons}")
    return f"of {rates.sent} of {name}: {'; '.join(said)}" if said else ""
