"""The two ends between which a memory of objects lies: none at all, and the truth."""

from __future__ import annotations

from collections.abc import Iterable

from baselines.asked import Place, most_alike
from baselines.hearing import Hearing
from baselines.last_seen import PLACE_BYTES
from spatialmem import Input, RgbdFrame, Unknown
from spatialmem.shortterm import Lifted

__all__ = ["NoMemory", "Oracle"]


class _Listed:
    """Answers from a list of places."""

    _places: tuple[Place, ...] = ()

    def objects(self) -> tuple[Place, ...]:
        """Return the list."""
        return self._places

    def where(self, label: str) -> Place | Unknown:
        """Return the first place of this label."""
        return next((one for one in self._places if one.label == label), Unknown(f"no {label} is there"))

    def nearest(self, text: str, k: int) -> tuple[Place, ...]:
        """Return the k places whose labels are most like a text."""
        return most_alike(text, self._places, k)

    @property
    def stored_bytes(self) -> int:
        """The labels and places."""
        return sum(len(one.label.encode()) + PLACE_BYTES for one in self._places)


class NoMemory(_Listed, Hearing):
    """Knows what the last frame shows, the surest first, and nothing else."""

    name = "no memory"

    def saw(self, lifted: list[Lifted], frame: RgbdFrame, source: str) -> None:
        """Forget what was, and take this."""
        self._places = tuple(
            Place(label=one.label, p_W=one.center_W, stamp_ns=frame.stamp_ns, score=one.score)
            for one in sorted(lifted, key=lambda one: -one.score)
        )


class Oracle(_Listed):
    """Knows where everything is, for it is told."""

    name = "oracle"

    def observe(self, x: Input) -> None:
        """Need no input."""

    def tell(self, places: Iterable[Place]) -> None:
        """Take the truth."""
        self._places = tuple(places)
