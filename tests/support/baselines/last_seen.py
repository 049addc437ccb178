"""The simplest memory of objects: for each label, where a thing of that label was seen last."""

from __future__ import annotations

from baselines.asked import Place, most_alike
from baselines.hearing import Hearing
from spatialmem import RgbdFrame, Unknown
from spatialmem.shortterm import Lifted

__all__ = ["PLACE_BYTES", "LastSeen"]

PLACE_BYTES = 3 * 8 + 8 + 8
"""A point, a stamp and a score."""


class LastSeen(Hearing):
    """A dictionary. Of two things of one label it knows the one seen last; what it was told once, it believes.

    Of several of one label in a frame it takes the one with the highest score.
    """

    name = "last-seen dictionary"

    def __init__(self) -> None:
        super().__init__()
        self._places: dict[str, Place] = {}

    def saw(self, lifted: list[Lifted], frame: RgbdFrame, source: str) -> None:
        """Put each label's surest sighting in the place of what was known."""
        for one in sorted(lifted, key=lambda one: one.score):
            self._places[one.label] = Place(label=one.label, p_W=one.center_W, stamp_ns=frame.stamp_ns, score=one.score)

    def objects(self) -> tuple[Place, ...]:
        """Return one place for each label, by label."""
        return tuple(self._places[label] for label in sorted(self._places))

    def where(self, label: str) -> Place | Unknown:
        """Return the last place of a label."""
        return self._places.get(label, Unknown(f"no {label} was seen"))

    def nearest(self, text: str, k: int) -> tuple[Place, ...]:
        """Return the places of the k labels most like a text."""
        return most_alike(text, self.objects(), k)

    @property
    def stored_bytes(self) -> int:
        """The labels and their places."""
        return sum(len(label.encode()) + PLACE_BYTES for label in self._places)
