"""Plays an episode into a memory: what `replay` and `picture` have in common."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from rich.console import Console

from spatialmem.cli.detecting import look_at_frames
from spatialmem.cli.interrupt import interrupt_asked
from spatialmem.cli.progress import progress_line, shown_name
from spatialmem.cli.resuming import KnownInputs, News, resumed
from spatialmem.episodes.bags import BagRecording
from spatialmem.episodes.recording import RgbdRecording
from spatialmem.gate import Admitted, GateState, admit
from spatialmem.lookout import Lookout
from spatialmem.memory import SpatialMemory
from spatialmem.pictures import ColorSampler
from spatialmem.protocols import Source
from spatialmem.types import Detections, Input, PointScan, Reason, Rejected, RgbdFrame

__all__ = ["Walk", "play"]

LOST = (Reason.MAP_FULL, Reason.COLOR_UNREADABLE)
"""Rejections that mean the recording holds more than the map shows, by no fault of the data's contents."""
BREAKS_PATH = (Reason.TELEPORT,)
SENSED = (RgbdFrame, PointScan)
"""The kinds of input that a map is made of."""
REFRESH_S = 0.2


@dataclass
class Walk:
    """What happened while an episode was played."""

    episode: str
    input_count: int
    read_count: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    known_count: int = 0
    """Inputs that the memory file had already; they were passed over."""
    rejected_before: int = 0
    """Inputs between those: played before, and rejected then."""
    first_stamp_ns: int | None = None
    last_stamp_ns: int = 0
    elapsed_s: float = 0.0
    passed_over_s: float = 0.0
    """How much of it went by until the last input that was passed over."""
    interrupted: bool = False
    left_out: dict[str, int] = field(default_factory=dict)
    """Images that the reader found no partner for, by reason."""
    unreadable: dict[str, int] = field(default_factory=dict)
    """Image files that could not be read, by kind: depth, color."""
    damage: tuple[str, ...] = ()
    """What of the recording's file is lost, in sentences."""
    example: Rejected | None = None
    """The first rejection, for its detail."""
    kinds: Counter[str] = field(default_factory=Counter)
    """How many inputs of each kind were read: "RgbdFrame"."""
    mapped_count: int = 0
    """How many frames and scans of the episode the memory has now, those included that it had before."""
    positions: list[Any] = field(default_factory=list)
    """p_WC of every admitted frame, NaN where the path breaks."""

    @property
    def admitted_count(self) -> int:
        """How many inputs were admitted."""
        return self.read_count - sum(self.rejected.values()) - self.known_count - self.rejected_before

    @property
    def kept_count(self) -> int:
        """How many inputs of the episode the memory has now, those included that it had before."""
        return self.admitted_count + self.known_count

    @property
    def sensed_count(self) -> int:
        """How many frames and scans were read: what a map is made of."""
        return sum(self.kinds[kind.__name__] for kind in SENSED)

    @property
    def unit(self) -> str:
        """What the inputs are called that were read: frames, or inputs where there are others."""
        return "frames" if self.sensed_count == self.read_count else "inputs"

    @property
    def duration_s(self) -> float:
        """From the first stamp to the last [s]."""
        return 0.0 if self.first_stamp_ns is None else (self.last_stamp_ns - self.first_stamp_ns) / 1e9

    @property
    def frames_per_s(self) -> float:
        """Inputs per second of replay, decoding included."""
        return self.read_count / self.elapsed_s if self.elapsed_s > 0 else 0.0

    @property
    def path_W(self) -> np.ndarray:
        """Where the sensor was [m], shape (n, 3), rows of NaN between pieces."""
        return np.array(self.positions, float).reshape(-1, 3)

    @property
    def path_length_m(self) -> float:
        """Length of the path [m], without the jumps between its pieces."""
        steps = np.linalg.norm(np.diff(self.path_W, axis=0), axis=1)
        return float(np.nansum(steps))

    @property
    def lost(self) -> dict[str, int]:
        """How many inputs, and image files of inputs, were lost, by reason."""
        rejected = {reason.value: self.rejected[reason.value] for reason in LOST if self.rejected[reason.value]}
        unreadable = {f"unreadable_{kind}": count for kind, count in self.unreadable.items()}
        return {**rejected, **unreadable, **({"damaged_places": len(self.damage)} if self.damage else {})}

    def note(self, x: Input, answer: object) -> None:
        """Take down one input and the memory's answer to it."""
        self.read_count += 1
        self.kinds[type(x).__name__] += 1
        if isinstance(answer, Rejected):
            self.rejected[answer.reason.value] += 1
            if self.example is None:  # a Rejected is false, so `or` would never keep it
                self.example = answer
            if answer.reason in BREAKS_PATH and self.positions and isinstance(x, SENSED):
                self.positions.append((np.nan,) * 3)
            return
        self._follow(x)

    def pass_over(self, x: Input, *, known: bool) -> None:
        """Take down one input that the memory was not told: it has it, or it rejected it when it was played before."""
        self.read_count += 1
        self.kinds[type(x).__name__] += 1
        if known:
            self.known_count += 1
            self._follow(x)
        else:
            self.rejected_before += 1

    def _follow(self, x: Input) -> None:
        """Take down when and where an input was taken that is in the memory."""
        if self.first_stamp_ns is None:
            self.first_stamp_ns = x.stamp_ns
        self.last_stamp_ns = max(self.last_stamp_ns, x.stamp_ns)
        if isinstance(x, SENSED):
            self.mapped_count += 1
            self.positions.append((x.X_WC if isinstance(x, RgbdFrame) else x.X_WS)[:3, 3])


def play(
    source: Source,
    memory: SpatialMemory,
    *,
    limit: int | None,
    sampler: ColorSampler | None,
    say: Console,
    known: KnownInputs | None = None,
    lookouts: Sequence[Lookout] = (),
) -> Walk:
    """Play the first `limit` inputs into the memory under a progress bar. An interrupt ends it early, not badly.

    known: the inputs that the memory's file has already; they are passed over. lookouts: detectors that look at each
    frame; what they find is told to the memory, and not counted among the episode's inputs.
    """
    count = len(source) if limit is None else min(limit, len(source))
    walk = Walk(source.name, count)
    started = time.perf_counter()
    with progress_line(say) as progress, interrupt_asked() as asked:
        bar = progress.add_task(
            shown_name(say, source.name), total=count, rate=0.0, leaves=0, rejects="", unit="frames"
        )
        drawn = started
        seen: News = "new"
        for x, lookout, news in resumed(_inputs(source, limit, lookouts), known):
            if lookout is not None and isinstance(x, Detections):
                _take_in(x, lookout, news, memory, frame_known=seen == "known")
                continue
            seen = news
            mapped = walk.mapped_count
            if news == "new":
                walk.note(x, memory.observe(x))
            else:
                walk.pass_over(x, known=news == "known")
            if sampler is not None and isinstance(x, RgbdFrame) and walk.mapped_count > mapped:
                sampler.offer(x)
            walk.interrupted = asked.is_set()
            now = time.perf_counter()
            if news != "new":
                walk.passed_over_s = now - started
            if now - drawn > REFRESH_S or walk.interrupted or walk.read_count == count:
                drawn, walk.elapsed_s = now, now - started
                progress.update(bar, completed=walk.read_count, **_figures(walk, memory))
            if walk.interrupted:
                break
    walk.elapsed_s = time.perf_counter() - started
    if isinstance(source, BagRecording):
        walk.damage = source.damage
    if isinstance(source, (BagRecording, RgbdRecording)):
        walk.left_out = {reason: count for reason, count in source.left_out.items() if count}
    if isinstance(source, RgbdRecording):
        walk.unreadable = dict(sorted(Counter(problem.kind for problem in source.problems.values()).items()))
    return walk


def _take_in(found: Detections, lookout: Lookout, news: News, memory: SpatialMemory, *, frame_known: bool) -> None:
    """Tell the memory what was found in a frame, the last one that was played, and take down what became of it."""
    verdict, _ = admit(found, GateState(), memory.config)  # alone: is it sound, and what is taken of it?
    taken = verdict.input if isinstance(verdict, Admitted) and isinstance(verdict.input, Detections) else None
    if news != "rejected_before":
        lookout.note(found if taken is None else taken, memory.observe(found) if news == "new" else None)
    elif frame_known and taken is not None:  # it was rejected neither with its frame nor for itself
        lookout.too_late_count += 1


def _inputs(source: Source, limit: int | None, lookouts: Sequence[Lookout]) -> Iterator[tuple[Input, Lookout | None]]:
    """Yield the first inputs and what the detectors found in them, read and looked at ahead of whoever takes them."""
    from spatialmem.episodes.prefetch import prefetch

    with closing(prefetch(look_at_frames(source, lookouts, limit))) as ahead:
        yield from ahead


def _figures(walk: Walk, memory: SpatialMemory) -> dict[str, Any]:
    rejects = ", ".join(f"{reason} {count}" for reason, count in sorted(walk.rejected.items()))
    return {
        "rate": walk.frames_per_s,
        "unit": walk.unit,
        "leaves": memory.leaf_count,
        "rejects": f"rejected: {rejects}" if rejects else "none rejected",
    }
