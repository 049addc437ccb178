"""A detector that looks at frames on their way into a memory, and what became of what it found."""

from __future__ import annotations

import contextlib
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

from spatialmem.errors import InputError, told
from spatialmem.protocols import Detector, Embedder
from spatialmem.types import Detection, Detections, Rejected, RgbdFrame

__all__ = ["Lookout"]


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
    trouble: str = ""
    """What it said of the newest frame; "" where it could look at it."""
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
        except (Exception, SystemExit) as error:  # whatever a foreign detector does: a walk shall not end by one frame
            self.failed_count += 1
            self.trouble = told(error) + "."
            self.failure = self.failure or self.trouble
            return None
        self.trouble = ""
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
