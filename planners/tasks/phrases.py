"""What somebody types to a robot as goals: "fetch the mug to the kitchen; put it on the table". No more than this:

    find X | look for X                    see where it is
    fetch X | bring [me] X [to Y]          bring it to a thing or a room; without one to where the robot was
    put X on Y | put X in Y                also: put X back, to where it was before
    open X | close X

One order after the other, divided by ";" or "then". X and Y are what `Find` and the others take: a label, a name,
words; "a mug" is any mug; "it" and "that" are the thing that was meant before, "that mug" is the mug that was.
"""

from __future__ import annotations

import re

from planners.tasks.goals import Again, Before, Close, Fetch, Find, Goal, Open, Put, Thing, checked_goals
from spatialmem import InputError

__all__ = ["goals_of"]

ORDERS = "find X, fetch X, fetch X to Y, put X on Y, put X in Y, put X back, open X, close X"
DIVIDED = re.compile(r"\s*(?:[;\n]+|[,.;]?\s+(?:and\s+)?then\s)\s*", re.IGNORECASE)
ANY = re.compile(r"^(?:an?|any|some) (?=\S)", re.IGNORECASE)
"""Before a label it says that any of them will do, which is what a label means."""
FORMS = (
    (r"(?:find|look for|search for) (?P<what>.+)", lambda m: Find(_thing(m["what"]))),
    (r"(?:fetch|bring|get)(?: me)? (?P<what>.+?) (?:to|into) (?P<to>.+)", lambda m: _fetch(m["what"], m["to"])),
    (r"(?:fetch|bring|get)(?: me)? (?P<what>.+)", lambda m: Fetch(_thing(m["what"]))),
    (r"(?:put|place) (?P<what>.+?) back(?: (?:where|to where) it (?:was|belongs))?", lambda m: _back(m["what"])),
    (r"(?:put|place) back (?P<what>.+)", lambda m: _back(m["what"])),
    (r"(?:put|place) (?P<what>.+?) (?P<on>onto|on|into|inside|in) (?P<to>.+)", lambda m: _put(m)),
    (r"open (?P<what>.+)", lambda m: Open(_thing(m["what"]))),
    (r"(?:close|shut) (?P<what>.+)", lambda m: Close(_thing(m["what"]))),
)


def goals_of(text: str) -> tuple[Goal, ...]:
    """Return a text as goals. Raises InputError for what is no such text."""
    if not isinstance(text, str) or not text.strip():
        raise InputError(f"the task is {text!r}; say what to do: {ORDERS}; divided by ';'.")
    orders = [one.strip(" .!,") for one in DIVIDED.split(text.strip())]
    return checked_goals([_goal(one) for one in orders if one])


def _goal(order: str) -> Goal:
    for form, make in FORMS:
        found = re.fullmatch(form, order, re.IGNORECASE)
        if found is not None:
            return make(found)
    raise InputError(f"{order!r} is no order; there are: {ORDERS}; divided by ';'.")


def _thing(words: str) -> Thing:
    """Return what some words mean, or may be asked for."""
    words = ANY.sub("", words.strip())
    if words.lower() in ("it", "that", "that one", "the same"):
        return Again()
    found = re.fullmatch(r"(?:that|the same) (?P<label>[\w-]+)", words, re.IGNORECASE)
    return words if found is None else Again(found["label"].lower())


def _fetch(what: str, to: str) -> Fetch:
    return Fetch(_thing(what), None if to.strip().lower() == "me" else _thing(to))


def _back(what: str) -> Put:
    return Put(_thing(what), Before())


def _put(found: re.Match[str]) -> Put:
    target = _thing(found["to"])
    return Put(_thing(found["what"]), target, "on" if found["on"].lower().startswith("on") else "in")
