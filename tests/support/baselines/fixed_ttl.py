"""A fixed time to live: what was not seen for so long is dropped, whatever it is."""

from __future__ import annotations

from typing import Literal

from baselines.asked import Place, most_alike
from baselines.last_seen import LastSeen
from baselines.short_term_only import ShortTermOnly
from spatialmem import Input, RgbdFrame, Unknown

__all__ = ["FixedTtl"]


class FixedTtl:
    """A memory whose places end ttl_s after they were seen last; time is that of the newest frame.

    of: what has the time to live. "label": the last place of a label, as the last-seen dictionary has it. "object":
    every confirmed object of the short-term memory, which is the better one, for it knows two mugs.
    """

    def __init__(self, ttl_s: float, *, of: Literal["label", "object"] = "object"):
        self.name = f"fixed time to live, {ttl_s:g} s" + (", by label" if of == "label" else "")
        self._ttl_ns, self._now_ns = round(ttl_s * 1e9), 0
        self._kept = LastSeen() if of == "label" else ShortTermOnly()

    def observe(self, x: Input) -> None:
        """Take in an input, and the time of frames."""
        if isinstance(x, RgbdFrame):
            self._now_ns = max(self._now_ns, x.stamp_ns)
        self._kept.observe(x)

    def objects(self) -> tuple[Place, ...]:
        """Return what is not too old."""
        return tuple(one for one in self._kept.objects() if self._now_ns - one.stamp_ns <= self._ttl_ns)

    def where(self, label: str) -> Place | Unknown:
        """Return the place of this label seen last, unless it is too old."""
        same = [one for one in self.objects() if one.label == label]
        return max(same, key=lambda one: one.stamp_ns, default=Unknown(f"no {label} was seen lately"))

    def nearest(self, text: str, k: int) -> tuple[Place, ...]:
        """Return the k places whose labels are most like a text, of those that are not too old."""
        return most_alike(text, self.objects(), k)

    @property
    def stored_bytes(self) -> int:
        """What the memory behind it stores: old places are passed over, not taken out."""
        return self._kept.stored_bytes
