"""`Meant`: which things earlier goals meant, so that a later one can say "the one I meant before"."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from planners.tasks.goals import Again
from spatialmem import InputError, Unknown

__all__ = ["Meaning", "Meant"]

FORMAT = 1
KEPT_MAX = 256
"""So many things are kept; of what was meant long before, the memory itself still knows."""
NAMES_TOLD = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """A thing that a goal meant."""

    object_id: int | None
    """None where no such thing was known: it was looked for in vain. Then any of the label is meant."""
    label: str
    stamp_ns: int
    """When the goal began."""
    as_target: bool = False
    """It is what something was to be put on or in, or brought to: "the one I meant" is that only by its label."""

    @property
    def name(self) -> str:
        """What people call it."""
        return f"some {self.label}" if self.object_id is None else f"{self.label}-{self.object_id}"

    @property
    def thing(self) -> int | str:
        """What tells it from others: its id; of what nobody knew, its label."""
        return self.label if self.object_id is None else self.object_id


class Meant:
    """What was meant, the newest last. It outlives a task: hand it to the next one, or write it down with `dump`."""

    def __init__(self, meanings: tuple[Meaning, ...] = ()):
        self._meanings = list(meanings)[-KEPT_MAX:]

    @property
    def meanings(self) -> tuple[Meaning, ...]:
        """Each thing once, the one that was meant last at the end."""
        return tuple(self._meanings)

    def note(self, meaning: Meaning) -> None:
        """Take down that a thing was meant; what was meant before counts anew."""
        same = (meaning.thing, meaning.as_target)
        self._meanings = [one for one in self._meanings if (one.thing, one.as_target) != same]
        self._meanings = [*self._meanings, meaning][-KEPT_MAX:]

    def again(self, again: Again) -> Meaning | Unknown:
        """Return which thing is meant; Unknown, with those that were meant, where it is none."""
        if again.label is None:
            fits = [one for one in self._meanings if not one.as_target]
        else:
            fits = [one for one in self._meanings if one.label == again.label]
        distinct = {one.thing: one for one in reversed(fits)}
        if again.back <= len(distinct):
            return list(distinct.values())[again.back - 1]
        names = [one.name for one in reversed(self._meanings)]
        told = ", ".join(dict.fromkeys(names[:NAMES_TOLD])) or "nothing"
        kind = "thing" if again.label is None else again.label
        count = f"only {len(distinct)}" if distinct else "no"
        return Unknown(f"{count} {kind} was meant before, back={again.back} was asked for; meant were {told}")

    def since_ns(self, object_id: int) -> int | None:
        """Return when the last goal began that was for a thing; None where none was."""
        found = [one.stamp_ns for one in self._meanings if one.object_id == object_id and not one.as_target]
        return max(found, default=None)

    def dump(self) -> bytes:
        """Return all of it as JSON; the same record is the same bytes."""
        told = {"format": FORMAT, "meant": [asdict(one) for one in self._meanings]}
        return json.dumps(told, sort_keys=True, separators=(",", ":")).encode()

    @classmethod
    def load(cls, data: bytes) -> Meant:
        """Read what `dump` wrote. Raises InputError for anything else."""
        try:
            told = json.loads(data)
            is_ours = told["format"] == FORMAT
            meanings = tuple(_checked(Meaning(**one)) for one in told["meant"])
        except (ValueError, TypeError, KeyError) as error:
            raise InputError(f"this is no record of what was meant: {error}; give what Meant.dump() wrote.") from error
        if not is_ours:
            raise InputError(f"this record of what was meant has format {told['format']!r}, {FORMAT} is what is read.")
        return cls(meanings)


def _checked(one: Meaning) -> Meaning:
    kinds = (int, one.object_id), (str, one.label), (int, one.stamp_ns), (bool, one.as_target)
    for kind, value in kinds[one.object_id is None :]:
        if type(value) is not kind:
            raise TypeError(f"{value!r} is no {kind.__name__}")
    return one
