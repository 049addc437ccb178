"""Which objects and rooms an instruction names; or a refusal that says what is not known, and what may be meant.

What is a name in a text, `phrases` says. A name with a number means that object or room, whatever stands about it,
also where it is missing or seen too seldom to be confirmed. A label means the confirmed objects of it, of which those
that are missing count only where no other is left, and the rooms of it; all of them in the plural, or after "all",
"both", "every". Where one is meant and several are left, what narrows it to one is

  - words before it: the value of an attribute (red, open), "held", "missing", the label of a room (kitchen table)
  - what it is on, in, inside, at or from, after it: the mug on table-4, the cup in the kitchen. After "put" and the
    like the last of these is where it shall go, and narrows nothing

What is one thing already is not checked against what follows it: the fridge in the hall is the fridge, if there is one.

Nothing is guessed: where several are left, where a word before it says nothing that is known, or where anything in the
text names nothing, the answer is Unknown, and says so for each.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Union

import numpy as np

from spatialmem.belief import How
from spatialmem.errors import InputError
from spatialmem.queries import small_words as small
from spatialmem.queries.asked import Asked, split_name
from spatialmem.queries.phrases import Phrase, Vocabulary, phrases_of, vocabulary
from spatialmem.queries.resting import HOW_WORDS, carried_by, supports
from spatialmem.queries.words import cleaned, forms, key, quoted, shown
from spatialmem.types import Grounding, Mention, ObjectState, Room, Unknown
from spatialmem.types.objects import WHERE

__all__ = ["Named", "ground", "named"]

Thing = Union[ObjectState, Room]  # noqa: UP007 - used at run time on 3.10
TEXT_MAX = 4000
"""An instruction has no more characters."""
TOLD_MAX = 5
"""So many of what may be meant are told."""
LABELS_TOLD = 12
ANCHORS_MAX = 64
"""Among more things than this it is not asked on which one something is."""
CALLED_P_MIN = 0.1
YES = ("yes", "true", "1")


@dataclass(frozen=True, slots=True)
class Named:
    """What a phrase of a text means."""

    phrase: Phrase
    things: tuple[Thing, ...]
    """What may be meant, by id, objects first."""
    problem: str = ""
    """Why it is not settled what is meant."""


def ground(asked: Asked, text: object) -> Grounding | Unknown:
    """Return the objects and rooms that a text names, in its order; see `GraphQuestions.ground`."""
    found = named(asked, text)
    problems = list(dict.fromkeys(one.problem for one in found if one.problem))
    if not found:
        problems = [f"{_cut(str(text))} names nothing"]
    if not found or any(not one.things and "did you mean" not in one.problem for one in found):
        problems.append(_labels_told(asked))
    if problems:
        return Unknown("; ".join(problems))
    return Grounding(
        mentions=tuple(
            Mention(
                text=one.phrase.text,
                kind="room" if isinstance(thing, Room) else "object",
                id=thing.id,
                name=thing.name,
            )
            for one in found
            for thing in one.things
        )
    )


def named(asked: Asked, text: object) -> tuple[Named, ...]:
    """Return what each phrase of a text means, as far as that is settled. Raises InputError for what is no text."""
    if not isinstance(text, str) or len(text) > TEXT_MAX:
        told = f"{len(text)} characters long" if isinstance(text, str) else repr(text)
        raise InputError(f"the text is {told}; a text of up to {TEXT_MAX} characters is needed.")
    rooms = asked.rooms
    known = vocabulary(asked.objects.kept.labels, tuple(sorted({room.label for room in rooms})))
    meant = [_meant(asked, phrase, rooms, known) for phrase in phrases_of(text, known)]
    for i in range(len(meant) - 1, 0, -1):
        if _narrows(meant, i):
            meant[i - 1], meant[i] = _narrowed(asked, meant[i - 1], meant[i])
    return tuple(_settled(asked, one) for one in meant)


# What a phrase means by itself.


def _meant(asked: Asked, phrase: Phrase, rooms: Sequence[Room], known: Vocabulary) -> Named:
    if phrase.kind == "unknown":
        return Named(phrase, (), _nothing(asked, phrase.text, rooms))
    if phrase.kind == "name":
        return _of_name(asked, phrase, rooms)
    if phrase.kind == "quoted":
        name = split_name(phrase.head)
        if name is not None:
            exact = _of_name(asked, replace(phrase, head=name.label, number=name.number), rooms)
            if exact.things:
                return exact
        label = cleaned(phrase.head)
        objects = tuple(one for one in asked.objects.kept.labels if cleaned(one) == label)
        places = tuple(sorted({room.label for room in rooms if room.label == label}))
        if not objects and not places:
            objects, places, several = known.labels(key(label))
            phrase = replace(phrase, every=phrase.every or several)
        if not objects and not places:
            return exact if name is not None else Named(phrase, (), _nothing(asked, phrase.head, rooms))
        phrase = replace(phrase, objects=objects, rooms=places)
    return _of_label(asked, phrase, rooms)


def _of_name(asked: Asked, phrase: Phrase, rooms: Sequence[Room]) -> Named:
    """Return the object, or the room, of a label and a number."""
    wanted = {cleaned(phrase.head), *forms(key(phrase.head))} - {""}
    things: list[Thing] = []
    record = asked.objects.object(phrase.number)
    if not isinstance(record, Unknown) and phrase.hint != "room":
        labels = (record.label, *record.label_p)
        if any(cleaned(one) in wanted or key(one) in wanted for one in labels) or not (wanted or cleaned(record.label)):
            things.append(record)
    if phrase.hint != "object":
        things += [room for room in rooms if room.id == phrase.number and wanted & {key(room.label), "room"}]
    if len(things) == 1:
        return Named(phrase, tuple(things))
    told = quoted(cleaned(phrase.own.strip('"“”')))
    if things:
        return Named(phrase, tuple(things), f"{told} is an object and a room; say which: object {told}, or room {told}")
    same = [one for label in phrase.objects for one in asked.objects.objects(label, missing=True)]
    others = f"; there {_is(same)} {_told(asked, same)}" if same else ""
    if not isinstance(record, Unknown):
        return Named(phrase, (), f"{told} is no object: object {record.id} is {shown(record)}{others}")
    if same:
        return Named(phrase, (), f"{told} is not remembered{others}")
    return Named(phrase, (), _nothing(asked, phrase.head, rooms, told))


def _of_label(asked: Asked, phrase: Phrase, rooms: Sequence[Room]) -> Named:
    """Return the objects and rooms of a label that are as the words before it say."""
    objects: list[ObjectState] = []
    if phrase.hint != "room":
        objects = [one for label in phrase.objects for one in asked.objects.objects(label, missing=True)]
        objects.sort(key=lambda one: one.id)
    is_missing = "missing" in map(key, phrase.modifiers)
    there = objects if is_missing else [one for one in objects if not one.missing] or objects
    things: list[Thing] = [*there]
    if phrase.hint != "object":
        things += [room for room in rooms if room.label in phrase.rooms]
    if not things:
        return Named(phrase, (), _hardly(asked, phrase))
    for word in phrase.modifiers:
        left = _that_are(asked, things, key(word), rooms)
        if not left:
            label = phrase.own.strip('"“”')
            reason = f"of no {quoted(cleaned(label))} it is known that it is {quoted(cleaned(word))}"
            return Named(phrase, tuple(things), f"{reason}; there {_is(things)} {_told(asked, things)}")
        things = left
    return Named(phrase, tuple(things))


def _that_are(asked: Asked, things: Sequence[Thing], word: str, rooms: Sequence[Room]) -> list[Thing]:
    """Return the things of which a word is known: an attribute, where it is held or missing, or the room it is in."""
    objects = [one for one in things if isinstance(one, ObjectState)]
    found: set[int] = {one.id for one in objects if (word == "missing" and one.missing) or _has(one, word)}
    if word == "held":
        how, _ = supports(asked, np.array([one.id for one in objects], np.int64))
        found |= {one.id for one, rests in zip(objects, how.tolist(), strict=True) if rests == How.HELD}
    within = {room.id for room in rooms if key(room.label) == word}
    if within and objects:
        at = asked.graph.room_ids(np.array([one.center_W for one in objects]))
        found |= {one.id for one, room in zip(objects, at.tolist(), strict=True) if room in within}
    return [one for one in objects if one.id in found]


def _has(one: ObjectState, word: str) -> bool:
    """Return whether an attribute of an object is told by a word: {"colour": "dark red"} by "red"."""
    return any(
        word == key(value) or word in map(key, value.split()) or (word == key(name) and value.lower() in YES)
        for name, value in one.attributes.items()
        if name not in WHERE
    )


# What the next phrase tells of it.


def _narrows(meant: Sequence[Named], i: int) -> bool:
    """Return whether a phrase says which one the phrase before it means."""
    before, own = meant[i - 1], meant[i]
    if (
        own.phrase.preposition not in small.PLACES
        or own.phrase.joined
        or before.phrase.clause != own.phrase.clause
        or not own.things
        or not before.things
        or before.problem
        or not any(isinstance(one, ObjectState) for one in before.things)
    ):
        return False
    told = before.phrase.kind == "label" or before.phrase.every or len(before.things) > 1
    return told and _destination(meant, own.phrase.clause) != i


def _destination(meant: Sequence[Named], clause: int) -> int:
    """Return which phrase says where something shall go, after a verb such as "put"; -1 for none."""
    own = [i for i, one in enumerate(meant) if one.phrase.clause == clause and one.things]
    if not own or meant[own[0]].phrase.verb not in small.PUTS:
        return -1
    into = [i for i in own if meant[i].phrase.preposition in small.INTO]
    at = [i for i in own if meant[i].phrase.preposition in small.PLACES and meant[i].phrase.preposition != "from"]
    onto = [i for i in at if any(isinstance(one, ObjectState) for one in meant[i].things)]
    return (into or onto or at or [-1])[-1]


def _narrowed(asked: Asked, one: Named, by: Named) -> tuple[Named, Named]:
    """Return what is left of both: things that are on, in or at others; those others."""
    objects = [thing for thing in one.things if isinstance(thing, ObjectState)]
    if len(by.things) > ANCHORS_MAX:
        return one, by
    how = {"on": How.ON, "atop": How.ON, "upon": How.ON, "in": How.IN, "inside": How.IN}.get(by.phrase.preposition)
    for exact in dict.fromkeys((how, None)):
        rests = np.array([_at(asked, objects, other, exact) for other in by.things])
        if rests.any():
            left = tuple(objects[i] for i in np.flatnonzero(rests.any(axis=0)))
            others = tuple(by.things[i] for i in np.flatnonzero(rests.any(axis=1)))
            return replace(one, things=left), replace(by, things=by.things if by.phrase.every else others)
    where = f"{by.phrase.preposition} {_told(asked, by.things)}"
    problem = f"no {_label(one.phrase)} is known to be {where}; there {_is(objects)} {_told(asked, objects)}"
    return replace(one, problem=problem), by


def _at(asked: Asked, objects: Sequence[ObjectState], other: Thing, how: int | None) -> list[bool]:
    """Return which objects are on or in another, or in a room."""
    if isinstance(other, ObjectState):
        return carried_by(asked, objects, other, how).tolist()
    return (asked.graph.room_ids(np.array([one.center_W for one in objects])) == other.id).tolist()


def _settled(asked: Asked, one: Named) -> Named:
    """Say of what is not settled that several are left."""
    count, wanted = len(one.things), one.phrase.count
    several = one.phrase.every or wanted > 1
    if one.problem or (count == wanted if several and wanted else several or count == 1):
        return one
    if wanted > 1:
        there = f"there {_is(one.things)} {count} of {_label(one.phrase)}, not {wanted}"
        return replace(one, problem=f"{there}: {_told(asked, one.things)}")
    return replace(one, problem=f"{_label(one.phrase)} may be {_told(asked, one.things, 'or')}: say which")


# What is said.


def _label(phrase: Phrase) -> str:
    return quoted(cleaned(phrase.text.strip('"“”')))


def _cut(text: str) -> str:
    return quoted(cleaned(text))


def _is(things: Sequence[Thing]) -> str:
    return "is" if len(things) == 1 else "are"


def _told(asked: Asked, things: Sequence[Thing], last: str = "and") -> str:
    """Return the names of the first few things, with where they are, if there are several. last: before the last."""
    first, places = things[:TOLD_MAX], {}
    objects = [one for one in first if isinstance(one, ObjectState)]
    if len(things) > 1 and objects:
        how, under = supports(asked, np.array([one.id for one in objects], np.int64))
        for one, rests, other in zip(objects, how.tolist(), under.tolist(), strict=True):
            carrier = asked.objects.object(other)
            if one.missing:
                places[one.id] = " (missing)"
            elif not isinstance(carrier, Unknown):
                places[one.id] = f" ({HOW_WORDS[rests]} {shown(carrier)})"
    names = [shown(one) + (places.get(one.id, "") if isinstance(one, ObjectState) else "") for one in first]
    if len(things) > TOLD_MAX:
        return f"{', '.join(names)} and {len(things) - TOLD_MAX} more"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {last} {names[-1]}"


def _nothing(asked: Asked, text: str, rooms: Sequence[Room], told: str = "") -> str:
    """Say that words name nothing, and what is called nearly so."""
    labels = {key(label): label for label in (*asked.objects.kept.labels, *(room.label for room in rooms))}
    labels.pop("", None)
    words = [key(text), *(key(word) for word in text.split()[::-1])]
    close = dict.fromkeys(one for word in words for one in difflib.get_close_matches(word, labels, n=3))
    reason = f"{told or _cut(text)} names nothing here"
    if close:
        return f"{reason}, did you mean {' or '.join(quoted(cleaned(labels[one])) for one in [*close][:3])}?"
    return reason


def _labels_told(asked: Asked) -> str:
    every = sorted({cleaned(label) for label in asked.objects.kept.labels} | {room.label for room in asked.rooms})
    more = f" and {len(every) - LABELS_TOLD} more" if len(every) > LABELS_TOLD else ""
    return f"known are {', '.join(map(quoted, every[:LABELS_TOLD])) or 'no things yet'}{more}"


def _hardly(asked: Asked, phrase: Phrase) -> str:
    """Say that nothing is mostly called so, and what was called so now and then."""
    others = [
        (-max(one.label_p.get(label, 0.0) for label in phrase.objects), one.id, one)
        for one in asked.objects.objects(missing=True)
        if phrase.objects
    ]
    if others and min(others)[0] <= -CALLED_P_MIN:
        p, _, one = min(others)
        return f"nothing is mostly called {_label(phrase)}; {shown(one)} was called so with P = {-p:.2f}"
    return f"nothing called {_label(phrase)} is remembered any more"
