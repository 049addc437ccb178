"""Finds the names in an instruction, by labels that are known and a list of small words; no grammar beyond that.

A name is
  - what stands between double quotes, with the number or without: "mug-3", "mug"
  - a label and a number: mug-3, coffee table-12, mug 3
  - a label: singular or plural, in any case, its words divided by spaces, hyphens, underscores, capitals or nothing; of
    several that begin at a word the longest
  - any other word that is neither a small word (`small_words`: the, on, please, it, ...) nor a verb: it names nothing
    that is known, and is told as such, never passed over. Where it stands before a name it says which one: the red
    table. Where it stands behind a label, both name something else: the mug holder.
A verb is what a clause begins with, or one of a list after "and", "to", "please", a pronoun or an auxiliary. Words that
refer to others (it, them, there) are passed over; "the other one" names nothing.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

from spatialmem.queries import small_words as small
from spatialmem.queries.asked import number_of
from spatialmem.queries.words import QUOTED, forms, key, read_quoted

__all__ = ["Phrase", "Vocabulary", "phrases_of", "vocabulary"]

HINTS = ("room", "object")
"""Before a name these say which of the two it is."""
SPAN_MAX = 8
"""No label has more words."""
_TOKEN = re.compile(rf"(?P<quoted>{QUOTED}|“[^”]*”)|(?P<word>[^\W_]+)|(?P<mark>[.,;:!?()\n])")


class Vocabulary(NamedTuple):
    """The labels that are known, by their keys and those of what may be their plurals."""

    objects: dict[str, tuple[str, ...]]
    rooms: dict[str, tuple[str, ...]]
    longest: int
    """So many words a label may be divided into."""

    def labels(self, text: str) -> tuple[tuple[str, ...], tuple[str, ...], bool]:
        """Return the labels of objects and of rooms that a key means, and whether it is a plural of theirs."""
        for form in forms(text):
            objects, rooms = self.objects.get(form, ()), self.rooms.get(form, ())
            if objects or rooms:
                own = {key(label) for label in (*objects, *rooms)}
                return objects, rooms, text not in own and any(len(text) > len(one) for one in own)
        return (), (), False


@functools.lru_cache(maxsize=8)
def vocabulary(object_labels: tuple[str, ...], room_labels: tuple[str, ...]) -> Vocabulary:
    """Return labels by their keys."""
    tables: tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]] = {}, {}
    longest = 3
    for table, labels in zip(tables, (object_labels, room_labels), strict=True):
        for label in labels:
            for form in forms(key(label)):
                if form:
                    table[form] = (*table.get(form, ()), label)
            longest = max(longest, min(len(re.findall(r"[^\W_]+", label)), SPAN_MAX))
    return Vocabulary(*tables, longest)


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that name something, or nothing that is known."""

    text: str
    """As they stand, with what says which one."""
    kind: Literal["name", "label", "quoted", "unknown"]
    own: str = ""
    """Without what says which one."""
    head: str = ""
    """Of a name the label, of a quoted one what is between the quotes, of a label its key."""
    number: int = 0
    objects: tuple[str, ...] = ()
    rooms: tuple[str, ...] = ()
    """The labels that it means."""
    modifiers: tuple[str, ...] = ()
    hint: str = ""
    """"room" or "object", where the text says so."""
    every: bool = False
    """All of them are meant."""
    count: int = 0
    """So many are meant; 0 where none is told."""
    preposition: str = ""
    """That it stands behind, in its clause."""
    joined: bool = False
    """It stands behind "and" or a comma."""
    clause: int = 0
    verb: str = ""


class _Token(NamedTuple):
    kind: str
    text: str
    word: str
    """Its key; of a mark itself."""
    start: int
    end: int


@dataclass(slots=True)
class _Reading:
    """How far the text was read."""

    text: str
    tokens: list[_Token]
    known: Vocabulary
    found: list[Phrase] = field(default_factory=list)
    i: int = 0
    waiting: list[_Token] = field(default_factory=list)
    """Words that name nothing so far."""
    start: int = -1
    """Where the label begins that the last phrase is, while words behind it would make it another; else -1."""
    determined: bool = False
    every: bool = False
    count: int = 0
    preposition: str = ""
    joined: bool = False
    clause: int = 0
    verb: str = ""
    verb_may_come: Literal["", "known", "any"] = "any"


def phrases_of(text: str, known: Vocabulary) -> tuple[Phrase, ...]:
    """Return what a text names, in its order."""
    reading = _Reading(text, list(_tokens(text)), known)
    while reading.i < len(reading.tokens):
        _read(reading, reading.tokens[reading.i])
    _end_phrase(reading)
    return tuple(reading.found)


def _tokens(text: str) -> Iterator[_Token]:
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or ""
        word = key(match[0]) if kind == "word" else match[0]
        yield _Token(kind, match[0], word, match.start(), match.end())


def _read(now: _Reading, token: _Token) -> None:
    """Take in the next word, or as many as name a thing."""
    if token.kind == "quoted":
        _add(now, 1, Phrase(token.text, "quoted", token.text, read_quoted(token.text)))
        return
    if token.kind == "word" and (_named(now) or _labelled(now)):
        return
    now.i += 1
    if token.kind == "mark":
        _end_phrase(now)
        now.joined, now.verb_may_come = token.word == ",", "known" if token.word == "," else "any"
        if token.word not in ",()":
            now.clause, now.preposition, now.verb = now.clause + 1, "", ""
    elif not _small(now, token):
        _other(now, token)


def _named(now: _Reading) -> bool:
    """Take in a label with a number."""
    for count in range(min(now.known.longest, len(now.tokens) - now.i - 1), 0, -1):
        words, number = now.tokens[now.i : now.i + count], now.tokens[now.i + count]
        value = number_of(number.text)
        if value is None or any(one.kind != "word" for one in words):
            continue
        head = "".join(one.word for one in words)
        objects, rooms, several = now.known.labels(head)
        near = _gap(now, number, words[-1])
        glued = near in ("-", "_") and all(_gap(now, b, a) in ("-", "_") for a, b in itertools.pairwise(words))
        if glued or ((objects or rooms) and not several and near in ("-", "_", " ", " #")):
            text = now.text[words[0].start : number.end]
            _add(now, count + 1, Phrase(text, "name", text, head, value, objects, rooms))
            return True
    return False


def _labelled(now: _Reading) -> bool:
    """Take in a label without a number: of those that begin here the longest."""
    for count in range(min(now.known.longest, len(now.tokens) - now.i), 0, -1):
        words = now.tokens[now.i : now.i + count]
        if any(one.kind != "word" for one in words):
            continue
        head = "".join(one.word for one in words)
        objects, rooms, several = now.known.labels(head)
        if (objects or rooms) and not (count == 1 and _no_thing(now, words[0])):
            text = now.text[words[0].start : words[-1].end]
            _add(now, count, Phrase(text, "label", text, head, 0, objects, rooms, every=several))
            return True
    return False


def _no_thing(now: _Reading, token: _Token) -> bool:
    """Return whether a word that is a label is none here: can you, water the plant."""
    if now.determined or now.waiting:
        return False
    if token.word in small.SMALL or token.word in small.PREPOSITIONS or token.word in small.CONJUNCTIONS:
        return True
    return bool(now.verb_may_come) and _is_object(now, now.i + 1)


def _is_object(now: _Reading, i: int) -> bool:
    """Return whether a word begins what a verb is about."""
    if i >= len(now.tokens):
        return False
    then = now.tokens[i]
    if then.kind != "word" or then.word in small.DETERMINERS or then.word in ("me", "us", "it", "them"):
        return then.kind != "mark"
    return any(now.known.labels(then.word)[:2])


def _small(now: _Reading, token: _Token) -> bool:
    """Take in a word that names nothing."""
    word = token.word
    if word in small.PREPOSITIONS:
        _end_phrase(now)
        if word != "of" or now.tokens[now.i - 2].word not in small.SMALL:  # on top of
            now.preposition = word
        now.verb_may_come = "known" if word == "to" else ""
    elif word in small.CONJUNCTIONS:
        _end_phrase(now)
        now.joined, now.verb_may_come = True, "any" if word == "then" else "known"
    elif word in small.DETERMINERS:
        _end_phrase(now)
        now.determined, now.every, now.verb_may_come = True, word in small.ALL or now.every, ""
    elif word in small.COUNTS or token.text.isdecimal():
        if now.waiting:
            _end_phrase(now)
        now.count = number_of(token.text) or small.COUNTS.get(word, 0)
    elif word in small.SMALL:
        _end_phrase(now)
        now.verb_may_come = "any" if word not in ("is", "are", "was", "were", "there", "here") else "known"
    else:
        return False
    return True


def _other(now: _Reading, token: _Token) -> None:
    """Take in a word that is not known: a verb, or part of a phrase."""
    if now.verb_may_come and not now.determined and not now.waiting and token.word not in HINTS:
        listed = small.is_verb(token.word)
        if listed or _is_object(now, now.i) or (now.verb_may_come == "any" and _is_word(now, now.i)):
            if now.joined:
                now.clause, now.preposition = now.clause + 1, ""
            now.verb, now.verb_may_come, now.joined, now.start = token.word, "", False, -1
            return
    now.waiting.append(token)


def _is_word(now: _Reading, i: int) -> bool:
    """Return whether there is a word that may name something."""
    if i >= len(now.tokens) or now.tokens[i].kind == "mark":
        return False
    word = now.tokens[i].word
    return not (word in small.PREPOSITIONS or word in small.CONJUNCTIONS or word in small.SMALL)


def _add(now: _Reading, count: int, phrase: Phrase) -> None:
    """Add a thing that is named by so many words, with those before it that say which one."""
    hint, begin = "", now.tokens[now.i].start
    last = now.found[-1] if now.found and now.start >= 0 else None
    if phrase.kind != "label" and now.waiting and now.waiting[-1].word in HINTS:
        hint = now.waiting.pop().word
    elif phrase.kind != "label" and last is not None and last.head in HINTS and not now.waiting:  # "room" is a label
        hint, last = last.head, None
        now.found.pop()
    modifiers = tuple(one.text for one in now.waiting)
    if now.waiting:
        begin = now.waiting[0].start
    if last is not None and last.kind == "label":  # the kitchen table; the mug "mug-3"
        now.found.pop()
        modifiers, begin = (*last.modifiers, last.own, *modifiers), now.start
    final = now.tokens[now.i + count - 1]
    text = now.text[begin : final.end] if phrase.kind == "label" else phrase.text
    now.found.append(
        replace(
            phrase,
            text=text,
            modifiers=modifiers,
            hint=hint,
            every=phrase.every or now.every,
            count=now.count,
            preposition=now.preposition,
            joined=now.joined,
            clause=now.clause,
            verb=now.verb,
        )
    )
    now.waiting, now.start = [], begin if phrase.kind == "label" else -1
    now.determined, now.every, now.count, now.joined, now.verb_may_come = False, False, 0, False, ""
    now.i += count


def _end_phrase(now: _Reading) -> None:
    """Tell what is left of a phrase: words that name nothing known."""
    if now.waiting:
        begin = now.waiting[0].start
        if now.start >= 0:  # the mug holder
            begin = now.start
            now.found.pop()
        text = now.text[begin : now.waiting[-1].end]
        now.found.append(Phrase(text, "unknown", preposition=now.preposition, clause=now.clause, verb=now.verb))
        now.joined = False
    now.waiting, now.start, now.determined, now.every, now.count = [], -1, False, False, 0


def _gap(now: _Reading, token: _Token, before: _Token) -> str:
    return now.text[before.end : token.start]
