"""A text that never has more tokens than a budget: facts are put in the best first, until one does not fit."""

from __future__ import annotations

from dataclasses import dataclass, field

from spatialmem.queries.words import token_count

__all__ = ["Group", "Page"]


@dataclass(slots=True)
class Group:
    """A line that lists things after the same words: "on "table-4": "mug-3", "bowl-5""."""

    lead: str
    items: list[str] = field(default_factory=list)


class Page:
    """Lines under headings, in the order in which the headings were first named, and how much was left out."""

    def __init__(self, budget: int, headings: tuple[str, ...]):
        self.left = budget - token_count(_more(10**7))
        self.full = False
        """A fact did not fit: no other is put in any more."""
        self.left_out = 0
        self._parts: dict[str, list[str | Group]] = {heading: [] for heading in headings}
        self._titles: dict[str, str] = {}
        self._groups: dict[tuple[str, int], Group] = {}

    def title(self, heading: str, text: str) -> bool:
        """Set the words that stand over what a heading has; return whether they fit."""
        if heading in self._titles or not self._takes(text + "\n"):
            return False
        self._titles[heading] = text
        self._parts.setdefault(heading, [])
        return True

    def line(self, heading: str, text: str, title: str = "") -> bool:
        """Put a line under a heading, and the title over it where it is the first; return whether they fit."""
        first = "" if not title or heading in self._titles else title
        if not self._takes(f"{first}\n{text}\n" if first else f"{text}\n"):
            return False
        if first:
            self._titles[heading] = first
        self._parts[heading].append(text)
        return True

    def item(self, heading: str, number: int, lead: str, text: str, title: str) -> bool:
        """Put a thing into the line of that number under a heading, which begins so; return whether it fits."""
        group = self._groups.get((heading, number))
        first = "" if heading in self._titles else title + "\n"
        if not self._takes(f"{first}{lead}{text}\n" if group is None else f", {text}"):
            return False
        if first:
            self._titles[heading] = title
        if group is None:
            group = self._groups[heading, number] = Group(lead)
            self._parts.setdefault(heading, []).append(group)
        group.items.append(text)
        return True

    def has(self, heading: str, number: int) -> bool:
        """Return whether a heading has the line of a number."""
        return (heading, number) in self._groups

    @property
    def numbers(self) -> set[int]:
        """The numbers of all lines that things were put into."""
        return {number for _, number in self._groups}

    def text(self) -> str:
        """Return all of it."""
        lines = []
        for heading, parts in self._parts.items():
            if heading in self._titles:
                lines.append(self._titles[heading] if parts else self._titles[heading].removesuffix(":"))
            lines += [one if isinstance(one, str) else one.lead + ", ".join(one.items) for one in parts]
        if self.left_out:
            lines.append(_more(self.left_out))
        return "\n".join(lines) + "\n"

    def _takes(self, text: str) -> bool:
        """Take the tokens of a text from what is left, if there are so many."""
        cost = token_count(text)
        if self.full or cost > self.left:
            self.full = True
            return False
        self.left -= cost
        return True


def _more(count: int) -> str:
    return f"and {count} more {'thing' if count == 1 else 'things'} not told here\n".rstrip()
