"""Detectors that look at an episode's frames on their way into a memory: what `--detector` does."""

from __future__ import annotations

import contextlib
import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from rich.console import Console

from spatialmem.cli.detectors import open_detector, open_embedder
from spatialmem.errors import InputError, SpatialMemError
from spatialmem.protocols import Detector, Embedder, Source
from spatialmem.types import Detection, Detections, Input, Rejected, RgbdFrame

__all__ = ["Lookout", "look_at_frames", "open_lookouts", "tell_failures"]


@dataclass
class Lookout:
    """One detector, and what became of what it found."""

    source: str
    """Its word: the source of its detections."""
    detector: Detector
    embedder: Embedder | None = None
    frame_count: int = 0
    """Frames whose detections were admitted, those included that a memory file had before."""
    found: Counter[str] = field(default_factory=Counter)
    """Detections in them, by label."""
    rejected: Counter[str] = field(default_factory=Counter)
    looked_count: int = 0
    """Frames that were shown to it."""
    failed_count: int = 0
    failure: str = ""
    """How many frames it could not look at, and what it said of the first."""
    too_late_count: int = 0
    """Frames that a memory file had before, without what was found in them now."""

    @property
    def has_losses(self) -> bool:
        """Whether frames could not be looked at, or what was found in them came too late."""
        return self.failed_count + self.too_late_count > 0

    def look(self, frame: RgbdFrame) -> Detections | None:
        """Return what it finds in a frame; None where it cannot look at it."""
        self.looked_count += 1
        try:
            items = tuple(self._embedded(frame, item) for item in self.detector.detect(frame))
        except Exception as error:  # whatever a foreign detector does; a walk of hours shall not end by one frame
            self.failed_count += 1
            self.failure = self.failure or _sentence(error)
            return None
        return Detections(
            source=self.source,
            stamp_ns=frame.stamp_ns,
            received_ns=frame.received_ns,
            world=frame.world,
            camera_source=frame.source,
            items=items,
        )

    def _embedded(self, frame: RgbdFrame, item: Detection) -> Detection:
        """Return a detection with its look; as it is where it shows too little for one."""
        if self.embedder is None:
            return item
        with contextlib.suppress(InputError):
            return replace(item, embedding=self.embedder.embed(frame, item))
        return item

    def note(self, found: Detections, answer: object) -> None:
        """Take down what a memory answered to what was found."""
        if isinstance(answer, Rejected):
            self.rejected[answer.reason.value] += 1
            return
        self.frame_count += 1
        self.found.update(item.label for item in found.items)

    def figures(self) -> dict[str, Any]:
        """Return everything there is to say."""
        return {
            "detector": self.source,
            "frames": self.frame_count,
            "detections": self.found.total(),
            "by_label": dict(self.found.most_common()),
            "rejected": dict(sorted(self.rejected.items())),
            "failed_frames": self.failed_count,
            "too_late": self.too_late_count,
        }


def _sentence(error: Exception) -> str:
    """Return what an error says, on one line."""
    said = " ".join(str(error).split()).rstrip(".")
    name = "" if isinstance(error, SpatialMemError) else type(error).__name__
    return ": ".join(filter(None, (name, said))) + "."


def open_lookouts(specs: Sequence[str], embedder: str | None) -> tuple[Lookout, ...]:
    """Open the detectors that a command line names. Raises InputError, also for the same word twice."""
    words = Counter(spec.partition(":")[0] for spec in specs)
    twice = [word for word, count in words.items() if count > 1]
    if twice:
        raise InputError(f"--detector {twice[0]} is given twice; a memory tells detectors apart by their word.")
    if embedder is not None and not specs:
        raise InputError("--embedder describes what a --detector finds; give one.")
    look = None if embedder is None else open_embedder(embedder)
    return tuple(Lookout(spec.partition(":")[0], open_detector(spec), look) for spec in specs)


def look_at_frames(
    source: Source, lookouts: Sequence[Lookout], limit: int | None
) -> Iterator[tuple[Input, Lookout | None]]:
    """Yield the first `limit` inputs, and after each frame what each detector found in it, with the detector."""
    inputs = iter(source)
    try:
        for x in itertools.islice(inputs, limit):
            yield x, None
            if not isinstance(x, RgbdFrame):
                continue
            for lookout in lookouts:
                found = lookout.look(x)
                if found is not None:
                    yield found, lookout
    finally:
        close = getattr(inputs, "close", None)
        if close is not None:
            close()


def tell_failures(say: Console, lookouts: Sequence[Lookout], file: Path | None = None) -> None:
    """Say in one sentence for each detector which frames it could not look at, and what it found too late.

    file: the memory file that was played into.
    """
    for lookout in lookouts:
        if lookout.failed_count:
            every = lookout.failed_count == lookout.looked_count
            frames = f"any of the {_frames(lookout.failed_count)}" if every else _frames(lookout.failed_count)
            words = f"The detector {lookout.source} could not look at {frames}. The first: {lookout.failure}"
            say.print(words, markup=False, soft_wrap=True)
        if lookout.too_late_count:
            words = (
                f"What the detector {lookout.source} found in {_frames(lookout.too_late_count)} came too late: {file} "
                f"has their frames already, and they wait no more for detections. Replay into a new file."
            )
            say.print(words, markup=False, soft_wrap=True)


def _frames(count: int) -> str:
    return "1 frame" if count == 1 else f"{count} frames"
