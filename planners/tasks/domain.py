"""The planning domain: what the skills need and bring about, in propositions over facts, grounded for one goal.

An atom is a tuple of words and ids:

    ("free",)               the gripper is empty        ("located", x)  x is believed to be where it was seen
    ("held", x)             it holds x                  ("seen", x)     x was seen since the goal was asked for
    ("on" or "in", x, c)    x is on or in c             ("shut", c)     the door of c is closed
    ("given", x)            x was handed over           ("there",)      the robot is where x is to be brought

Operators are those of STRIPS (Fikes and Nilsson 1971) with negated conditions: what they need to be so and not so, what
they make so and not so. Only what concerns the goal is grounded, so a problem has tens of atoms, not thousands.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, Union

from planners.tasks.facts import Fact, Facts

__all__ = ["SOUGHT", "SOUGHT_TARGET", "THERE", "Atom", "Operator", "Problem", "Step", "Want", "problem_of"]

Atom = tuple[Union[str, int], ...]  # noqa: UP007 - used at run time on 3.10
FREE: Atom = ("free",)
THERE: Atom = ("there",)
SOUGHT, SOUGHT_TARGET = 0, -1
"""In place of the ids of things that nobody knows yet: of what is to be fetched or put, and of what it is put on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A skill with the ids that it is for."""

    skill: Literal["find", "go_to", "pick", "place", "open", "close", "hand_over"]
    thing: int
    relation: Literal["on", "in", ""] = ""
    carrier: int = 0

    def __str__(self) -> str:
        words = [self.skill, str(self.thing), self.relation, str(self.carrier) if self.relation else ""]
        return "_".join(word for word in words if word)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """What a step needs and brings about."""

    step: Step
    needs: frozenset[Atom]
    needs_not: frozenset[Atom]
    makes: frozenset[Atom]
    makes_not: frozenset[Atom]

    def is_possible(self, state: frozenset[Atom]) -> bool:
        """Return whether the step can be taken in a state, the atoms that are so."""
        return self.needs <= state and not self.needs_not & state

    def after(self, state: frozenset[Atom]) -> frozenset[Atom]:
        """Return the state after it."""
        return (state - self.makes_not) | self.makes


@dataclass(frozen=True, slots=True, kw_only=True)
class Want:
    """What a goal comes to, for things that are known, or sought (`SOUGHT`): one conjunction."""

    is_so: frozenset[Atom]
    is_not: frozenset[Atom] = frozenset()

    def is_met(self, state: frozenset[Atom]) -> bool:
        """Return whether it is so in a state."""
        return self.is_so <= state and not self.is_not & state


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A state, what is wanted, and what can be done: all that a search needs. Equal problems have equal plans."""

    state: frozenset[Atom]
    want: Want
    operators: tuple[Operator, ...]
    """By the words of their steps."""


def problem_of(facts: Facts, want: Want, *, so: Iterable[Atom] = ()) -> Problem:
    """Return the problem to get from facts to what is wanted. so: what is so besides: "seen", "given", "there"."""
    known = {one.id: one for one in (*facts.aside, *facts.things)}
    atoms = sorted(want.is_so | want.is_not, key=str)
    wanted = sorted({int(one) for atom in atoms for one in atom[1:]})
    things = {i: known.get(i) or Fact(id=i, label="") for i in wanted} | known
    items = _items(atoms, facts, things)
    spots = {(str(atom[0]), int(atom[2])) for atom in atoms if len(atom) == 3}
    aside = {("on", one.id) for one in facts.aside}
    operators = [
        *(one for x in items for one in _of_item(things, x, spots | aside)),
        *(one for x in wanted if x not in items for one in _finding(things, x)),
        *(one for c in sorted(things) if _has_door(things[c], atoms) for one in _of_door(things, c)),
        *(one for atom in atoms if atom[0] == "given" for one in _bringing(int(atom[1]))),
    ]
    state = {atom for one in things.values() for atom in _atoms(one, want)}
    state |= set(so)
    state |= set() if facts.held else {FREE}
    ordered = tuple(sorted(operators, key=lambda one: str(one.step)))
    return Problem(state=frozenset(state), want=want, operators=ordered)


def _items(atoms: Iterable[Atom], facts: Facts, things: dict[int, Fact]) -> tuple[int, ...]:
    """Return what may have to be carried: what is to be elsewhere, and what is in the hand."""
    moved = {int(atom[1]) for atom in atoms if atom[0] in ("held", "given", "on", "in")}
    return tuple(sorted(moved | set(facts.held)))


def _has_door(one: Fact, atoms: Iterable[Atom]) -> bool:
    return one.hinged or ("shut", one.id) in atoms


def _atoms(one: Fact, want: Want) -> Iterator[Atom]:
    """Yield what is so of a thing. Whoever wants a door open or closed is sure of it only if somebody knows: what is to
    be open counts as shut until then, and what is to be shut as open."""
    if one.held:
        yield "held", one.id
    if one.located:
        yield "located", one.id
    if one.rests:
        yield one.rests, one.id, one.carrier_id
    shut: Atom = ("shut", one.id)
    is_shut = one.shut
    if not one.known_state and (shut in want.is_so or shut in want.is_not):
        is_shut = shut in want.is_not
    if is_shut:
        yield shut


def _doors(things: dict[int, Fact], rests: str, carrier_id: int) -> frozenset[Atom]:
    """Return the doors that are in the way to what is on or in something: its own, and of what that is in, and so on.

    They have to be open.
    """
    found: set[Atom] = set()
    seen: set[int] = set()
    while rests and carrier_id not in seen and carrier_id in things:
        seen.add(carrier_id)
        carrier = things[carrier_id]
        if rests == "in":
            found.add(("shut", carrier_id))
        rests, carrier_id = carrier.rests, carrier.carrier_id
    return frozenset(found)


def _of_item(things: dict[int, Fact], x: int, spots: Iterable[tuple[str, int]]) -> Iterator[Operator]:
    """Yield what can be done with a thing that can be carried."""
    yield from _finding(things, x)
    one = things[x]
    here = {(one.rests, one.carrier_id)} if one.rests else {("", 0)}
    for rests, c in sorted(here | set(spots)):
        if rests and c == x:
            continue
        at: frozenset[Atom] = frozenset({(rests, x, c)} if rests else ())
        elsewhere = frozenset() if rests else frozenset((how, x, other) for how, other in spots)
        step = Step(skill="pick", thing=x, relation=rests, carrier=c)  # pyright: ignore[reportArgumentType]
        needs, needs_not = at | {FREE, ("located", x)}, _doors(things, rests, c) | elsewhere
        yield _operator(step, needs, needs_not, {("held", x)}, at | {FREE, THERE})
    for rests, c in sorted(set(spots)):
        if c != x:
            step = Step(skill="place", thing=x, relation=rests, carrier=c)  # pyright: ignore[reportArgumentType]
            needs, doors = {("held", x), ("located", c)}, _doors(things, rests, c)
            yield _operator(step, needs, doors, {FREE, (rests, x, c)}, {("held", x), THERE})


def _finding(things: dict[int, Fact], x: int) -> Iterator[Operator]:
    """Yield a search for a thing: what is believed in something closed is seen once that is open."""
    one = things[x]
    doors = _doors(things, one.rests, one.carrier_id) if one.located else frozenset()
    step = Step(skill="find", thing=x)
    yield _operator(step, set(), doors | {("held", x)}, {("located", x), ("seen", x)}, {THERE})


def _of_door(things: dict[int, Fact], c: int) -> Iterator[Operator]:
    """Yield how a thing is opened and closed: with an empty hand, and from where it can be got at."""
    doors = _doors(things, things[c].rests, things[c].carrier_id) - {("shut", c)}
    needs: set[Atom] = {FREE, ("located", c)}
    yield _operator(Step(skill="open", thing=c), needs | {("shut", c)}, doors, set(), {("shut", c), THERE})
    yield _operator(Step(skill="close", thing=c), needs, doors | {("shut", c)}, {("shut", c)}, {THERE})


def _bringing(x: int) -> Iterator[Operator]:
    """Yield how a thing is brought to where it is wanted, and handed over there."""
    yield _operator(Step(skill="go_to", thing=x), {("held", x)}, {THERE}, {THERE}, set())
    yield _operator(Step(skill="hand_over", thing=x), {("held", x), THERE}, set(), {("given", x), FREE}, {("held", x)})


def _operator(
    step: Step, needs: Iterable[Atom], needs_not: Iterable[Atom], makes: Iterable[Atom], makes_not: Iterable[Atom]
) -> Operator:
    return Operator(
        step=step,
        needs=frozenset(needs),
        needs_not=frozenset(needs_not),
        makes=frozenset(makes),
        makes_not=frozenset(makes_not),
    )
