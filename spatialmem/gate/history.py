"""What the gate remembers of each stream: order in time, motion between sightings, epochs, counts."""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass, replace

import msgspec

from spatialmem.config import GateConfig
from spatialmem.errors import InputError
from spatialmem.types import Reason, Rejected

RECENT_MAX, STREAMS_MAX = 4096, 1024


@dataclass(frozen=True, slots=True)
class Sighting:
    """When, and for inputs with a pose where, one input was taken. pose: the 3x4 of X_W* row by row [m]."""

    stamp_ns: int
    received_ns: int
    pose: tuple[float, ...] | None = None


@dataclass(frozen=True, slots=True)
class Stream:
    """What the gate remembers of one source and kind of input. Plain values only, so that it can be written down."""

    source: str = ""
    kind: str = ""
    recent_ns: tuple[int, ...] = ()  # admitted stamps inside the late window, rising; the last is the newest
    floor_ns: int = 0  # older stamps are too late
    ahead_ns: int = 0  # how far this source's clock is known to be ahead of ours, where it is
    last: Sighting | None = None  # the newest admitted, by its stamp
    run_count: int = 0  # rejected since the last admitted one, and in agreement with each other
    run_newest: Sighting | None = None
    epoch: int = 0
    counts: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class GateState:
    """All that the gate remembers, sorted by source and kind. `GateState()` has seen nothing."""

    streams: tuple[Stream, ...] = ()

    def counts(self, source: str | None = None) -> dict[str, dict[str, int]]:
        """Return by source how many inputs were "admitted" or rejected by each reason, and what was masked.

        Things that named no source are counted under "". With `source`: only that one, {} if it was never heard of.
        """
        totals: dict[str, dict[str, int]] = {}
        for stream in self.streams:
            if source is None or stream.source == source:
                total = totals.setdefault(stream.source, {})
                for name, count in stream.counts:
                    total[name] = total.get(name, 0) + count
        return {name: dict(sorted(total.items())) for name, total in totals.items()}

    def stream(self, source: str, kind: str) -> Stream:
        """Return what is known of a source and kind ("RgbdFrame"), a fresh stream where nothing is."""
        known = (stream for stream in self.streams if stream.source == source and stream.kind == kind)
        return next(known, Stream(source, kind))

    @property
    def is_full(self) -> bool:
        """Whether no further source can be remembered."""
        return len(self.streams) >= STREAMS_MAX

    def dump(self) -> bytes:
        """Return the state as bytes."""
        return msgspec.msgpack.encode(self)

    @classmethod
    def load(cls, data: bytes) -> GateState:
        """Read what `dump` wrote. Raises InputError for anything else."""
        try:
            return msgspec.msgpack.decode(data, type=cls)
        except (msgspec.MsgspecError, ValueError) as error:
            raise InputError(f"these {len(data)} bytes are not a gate's state: {error}.") from error

    def changes_since(self, before: GateState) -> tuple[Stream, ...]:
        """Return the streams that are not as they were."""
        known = {(stream.source, stream.kind): stream for stream in before.streams}
        return tuple(stream for stream in self.streams if known.get((stream.source, stream.kind)) != stream)

    def with_changes(self, changed: tuple[Stream, ...]) -> GateState:
        """Return the state with these streams in their place."""
        streams = {(stream.source, stream.kind): stream for stream in (*self.streams, *changed)}
        return GateState(tuple(streams[key] for key in sorted(streams)))

    def counted(self, stream: Stream, counts: dict[str, int]) -> GateState:
        """Return the state with `stream` in its place and `counts` added to its own."""
        totals = dict(stream.counts)
        for name, count in counts.items():
            totals[name] = totals.get(name, 0) + count
        return self.with_changes((replace(stream, counts=tuple(sorted(totals.items()))),))


def follow(stream: Stream, seen: Sighting, gate: GateConfig) -> tuple[Stream, Rejected | None]:
    """Add a sighting to its stream, or to the run of those that contradict it until the run is believed."""
    fault = _contradiction(stream, seen, gate)
    if fault is None:
        return _advanced(stream, seen, gate), None
    if fault.reason is Reason.DUPLICATE:
        return stream, fault
    count, newest = 1, seen
    if stream.run_newest is not None and _agree(stream.run_newest, seen, gate):
        count = stream.run_count + (seen.stamp_ns != stream.run_newest.stamp_ns)
        newest = max(stream.run_newest, seen, key=lambda sighting: sighting.stamp_ns)
    if count < gate.epoch_after_frames:
        return replace(stream, run_count=count, run_newest=newest), fault
    stream = replace(stream, epoch=stream.epoch + 1, last=None)
    if seen.stamp_ns < stream.floor_ns:  # the clock went back: what it showed before is not a duplicate now
        stream = replace(stream, recent_ns=(), floor_ns=0)
    return _advanced(stream, seen, gate), None


def _contradiction(stream: Stream, seen: Sighting, gate: GateConfig) -> Rejected | None:
    if seen.stamp_ns in stream.recent_ns:
        detail = f"{stream.source!r} has given stamp_ns {seen.stamp_ns} already; stamp every {stream.kind} once."
        return Rejected(Reason.DUPLICATE, detail)
    ahead_ns = seen.stamp_ns - seen.received_ns
    if ahead_ns > _ns(gate.future_max_s) + stream.ahead_ns:
        detail = f"stamp_ns is {ahead_ns * 1e-9:.3f} s ahead of received_ns, gate.future_max_s is {gate.future_max_s:g}"
        return Rejected(Reason.STAMP_FUTURE, f"{detail}; synchronise the clocks.")
    if seen.stamp_ns < stream.floor_ns:
        late_s = (stream.recent_ns[-1] - seen.stamp_ns) * 1e-9
        detail = f"stamp_ns is {late_s:.3f} s older than the newest, gate.late_window_s is {gate.late_window_s:g}"
        return Rejected(Reason.STAMP_BACKWARDS, f"{detail}; deliver in order or widen it.")
    fault = "" if stream.last is None else _too_fast(stream.last, seen, gate)
    if not fault:
        return None
    remedy = "check the pose, or raise gate.speed_max_m_s or gate.turn_max_rad_s"
    believed = f"{gate.epoch_after_frames} inputs in a row that agree on the new place are believed"
    return Rejected(Reason.TELEPORT, f"{fault}; {remedy}. {believed}.")


def _agree(run: Sighting, seen: Sighting, gate: GateConfig) -> bool:
    """Whether a sighting carries on a run: in order as far as the late window asks, by the same clock, in reach."""
    drift_ns = (seen.stamp_ns - seen.received_ns) - (run.stamp_ns - run.received_ns)
    late_ns, slack_ns = _ns(gate.late_window_s), _ns(gate.late_window_s) + _ns(gate.future_max_s)
    in_time = seen.stamp_ns >= run.stamp_ns - late_ns and abs(drift_ns) <= slack_ns
    return in_time and not _too_fast(run, seen, gate)


def _too_fast(a: Sighting, b: Sighting, gate: GateConfig) -> str:
    """Say what moved or turned farther from a to b than it can have; "" where nothing did."""
    if a.pose is None or b.pose is None:
        return ""
    p, q, dt_s = a.pose, b.pose, abs(b.stamp_ns - a.stamp_ns) * 1e-9
    reach_m, turn_max_rad = (limit * dt_s + gate.jump_slack_m for limit in (gate.speed_max_m_s, gate.turn_max_rad_s))
    moved_m = math.sqrt(sum((q[i] - p[i]) * (q[i] - p[i]) for i in (3, 7, 11)))
    cosine = (sum(p[i] * q[i] for i in (0, 1, 2, 4, 5, 6, 8, 9, 10)) - 1) / 2
    if moved_m > reach_m:
        return f"it moved {moved_m:.3g} m in {dt_s:.3g} s, {reach_m:.3g} m is possible"
    if turn_max_rad < math.pi and cosine < _cos(turn_max_rad):
        turned_rad = math.acos(max(-1.0, cosine))
        return f"it turned {turned_rad:.3g} rad in {dt_s:.3g} s, {turn_max_rad:.3g} rad is possible"
    return ""


def _cos(angle_rad: float) -> float:
    """Return the cosine of an angle up to pi by its series: the C library's last bit differs from CPU to CPU."""
    term = total = 1.0
    for k in range(2, 32, 2):
        term *= -angle_rad * angle_rad / (k * (k - 1))
        total += term
    return total


def _advanced(stream: Stream, seen: Sighting, gate: GateConfig) -> Stream:
    """Return the stream with a sighting admitted."""
    newest_ns = max([*stream.recent_ns[-1:], seen.stamp_ns])
    floor_ns = max(stream.floor_ns, newest_ns - _ns(gate.late_window_s))
    recent = window_after(stream.recent_ns, seen.stamp_ns, floor_ns)
    if len(recent) == RECENT_MAX:  # whether an older stamp is a duplicate is not known any more
        floor_ns = recent[0]
    ahead_ns = seen.stamp_ns - seen.received_ns
    return replace(
        stream,
        recent_ns=recent,
        floor_ns=floor_ns,
        ahead_ns=ahead_ns if ahead_ns > _ns(gate.future_max_s) else 0,
        last=seen if stream.last is None or seen.stamp_ns > stream.last.stamp_ns else stream.last,
        run_count=0,
        run_newest=None,
    )


def window_after(recent_ns: tuple[int, ...], stamp_ns: int, floor_ns: int) -> tuple[int, ...]:
    """Return a stream's window of stamps with one more in it, cut at the floor and to `RECENT_MAX`."""
    recent = sorted([*recent_ns, stamp_ns])
    return tuple(recent[bisect_left(recent, floor_ns) :][-RECENT_MAX:])


def _ns(seconds: float) -> int:
    return int(min(seconds, 1e10) * 1e9)
