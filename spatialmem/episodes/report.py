"""What a check of an episode says: findings with their fix, figures, and the conventions that were tried."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Literal

__all__ = ["EpisodeReport", "Finding", "HypothesisScore"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing worth saying. An "error" makes an episode unfit; a "warning" costs something; "info" is neutral."""

    name: str
    severity: Literal["error", "warning", "info"]
    message: str
    fix: str = ""


@dataclass(frozen=True, slots=True)
class HypothesisScore:
    """How well depth agrees from frame to frame if one convention were true.

    agreement: share of points, 0 to 1; error_mm: median error, in true millimetres if the convention is true.
    """

    name: str
    agreement: float
    error_mm: float


@dataclass(frozen=True, slots=True)
class EpisodeReport:
    """The whole answer: plain values, to be printed or written as JSON."""

    name: str
    findings: tuple[Finding, ...]
    facts: dict[str, float | int | str]
    hypotheses: tuple[HypothesisScore, ...]
    """The best few, best first, and "as given". Empty where nothing could be compared."""

    @property
    def good(self) -> bool:
        """Whether nothing was found that makes the episode unfit."""
        return all(finding.severity != "error" for finding in self.findings)

    def to_dict(self) -> dict[str, Any]:
        """Return the report as JSON's types."""
        return {
            "name": self.name,
            "good": self.good,
            "findings": [dataclasses.asdict(finding) for finding in self.findings],
            "facts": dict(self.facts),
            "hypotheses": [dataclasses.asdict(score) for score in self.hypotheses],
        }
