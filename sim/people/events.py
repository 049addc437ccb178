"""What people did, as it truly happened: the log that a memory is judged by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float64

from sim.poses import position_quaternion

__all__ = ["Event"]

WORDS = {
    "take": "took {object} from {source}",
    "put": "put {object} on {target}",
    "take_away": "took {object} away",
    "bring_back": "came with {object}",
    "open": "opened {object}",
    "close": "closed {object}",
    "enter": "came home",
    "leave": "left",
    "walk_to": "went to {target}",
}


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Event:
    """One thing that a person did, or could not do."""

    stamp_ns: int
    """When it was done."""
    person: str
    verb: str
    """take, put, take_away, bring_back, open, close, enter, leave or walk_to."""
    object: str = ""
    """A thing's name, or a hinge's: fridge-1/door."""
    from_support: str = ""
    """What carried it before: table-1/top, floor; "" for what was away, or in the hand."""
    to_support: str = ""
    """What carries it now; of walk_to, where the person went."""
    X_WK_before: Float64[np.ndarray, "4 4"] | None = None
    """Where the thing was; None for what was away, and for hinges."""
    X_WK_after: Float64[np.ndarray, "4 4"] | None = None
    """Where it is now; None for what is away, or in the hand."""
    angle_rad: float | None = None
    """How far a hinge is open now."""
    seen_by_robot: bool = False
    """Whether a picture showed the thing, the leaf's body, or who came or went, from when the deed began until 0.25 s
    after the stamp: pictures come less often than ticks, so it becomes true up to 0.25 s after the event is logged.
    Of leave and take_away, the deed is the last moment at the door.
    """
    failed: str = ""
    """Why it was not done; "" for what was."""

    @property
    def words(self) -> str:
        """A few words for a log: "took mug-1 from table-1/top, unseen"."""
        said = WORDS[self.verb].format(
            object=self.object, source=self.from_support or "somewhere", target=self.to_support or "somewhere"
        )
        if self.failed:
            deed = " ".join(word for word in (self.verb, self.object, self.to_support) if word)
            return f"could not do '{deed}': {self.failed}"
        return said if self.verb == "walk_to" else f"{said}, {'seen' if self.seen_by_robot else 'unseen'}"

    def as_dict(self) -> dict[str, Any]:
        """Return the event as JSON's types; poses as a position [m] and a quaternion wxyz."""
        poses = {"X_WK_before": self.X_WK_before, "X_WK_after": self.X_WK_after}
        plain = {
            name: None if X is None else [list(part) for part in position_quaternion(X)] for name, X in poses.items()
        }
        return {
            "stamp_ns": self.stamp_ns,
            "person": self.person,
            "verb": self.verb,
            "object": self.object,
            "from_support": self.from_support,
            "to_support": self.to_support,
            **plain,
            "angle_rad": self.angle_rad,
            "seen_by_robot": self.seen_by_robot,
            "failed": self.failed,
            "words": self.words,
        }
