"""How labels and names are written for people and language models, read back, compared, and counted as tokens.

A label is what a detector said: data, maybe hostile. Where it stands in a text it is always quoted, whole and with its
number: "coffee table-12". Between two quotes there is never a line's end nor an unescaped quote, and `read_quoted`
gives back what was written.
"""

from __future__ import annotations

import functools
import re
import unicodedata

from spatialmem.types import ObjectState, Room

__all__ = ["LABEL_MAX", "QUOTED", "cleaned", "forms", "key", "quoted", "read_quoted", "shown", "token_count"]

LABEL_MAX = 64
"""Labels are cut to so many characters."""
_STRIPPED = frozenset(("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"))
"""Unicode's categories of characters that control, divide lines, turn the direction of writing, or are none."""
QUOTED = r'"(?:[^"\\]|\\.)*"'
"""What `quoted` wrote, as a regular expression."""
_ESCAPED = re.compile(r'[\\"]')
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_PIECE = re.compile(r"[A-Za-z]+| (?![A-Za-z])|[^A-Za-z ]")
"""Runs of letters, and every other character but the space before a word, which is part of the word."""
_VOWELS, _RARE = frozenset("aeiouyAEIOUY"), frozenset("jqxzJQXZ")
LETTERS_SHORT = 6
_UNLIKE = {
    "children": "child", "feet": "foot", "knives": "knife", "leaves": "leaf", "loaves": "loaf", "men": "man",
    "mice": "mouse", "people": "person", "scarves": "scarf", "shelves": "shelf", "teeth": "tooth", "women": "woman",
}  # fmt: skip
"""Plurals that are not made with an s."""


@functools.lru_cache(maxsize=1 << 14)
def cleaned(text: str) -> str:
    """Return a label or the like as it may stand in a line: one space between words, no controls, `LABEL_MAX` long."""
    plain = " ".join(text.split())
    if not plain.isprintable():
        kept = (letter for letter in plain if unicodedata.category(letter) not in _STRIPPED)
        plain = " ".join("".join(kept).split())
    return plain[:LABEL_MAX].strip()


def quoted(text: str) -> str:
    r"""Return a cleaned text between quotes, its own quotes and backslashes escaped: "18\" bowl"."""
    if '"' not in text and "\\" not in text:
        return f'"{text}"'
    return '"' + _ESCAPED.sub(r"\\\g<0>", text) + '"'


def read_quoted(text: str) -> str:
    """Return what `quoted` was given."""
    return _ESCAPE.sub(r"\1", text[1:-1])


def shown(one: ObjectState | Room) -> str:
    """Return the name of an object or a room as it stands in a text: "mug-3", quotes included."""
    return quoted(f"{cleaned(one.label)}-{one.id}")


@functools.lru_cache(maxsize=1 << 14)
def key(text: str) -> str:
    """Return what is compared of a word or a label: its letters and digits, without case, accents and divisions.

    "Coffee table", "coffee-table", "coffee_table" and "CoffeeTable" are the same: "coffeetable".
    """
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(letter for letter in plain if letter.isalnum())


@functools.lru_cache(maxsize=1 << 14)
def forms(word: str) -> tuple[str, ...]:
    """Return a `key`, and of what it may be the plural: "dishes" -> "dishes", "dishe", "dish"; the likeliest last."""
    if word in _UNLIKE:
        return word, _UNLIKE[word]
    for plural, one in _UNLIKE.items():
        if len(word) > len(plural) and word.endswith(plural):
            return word, word[: -len(plural)] + one  # bookshelves
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return (word,)
    found = [word, word[:-1]]
    if word.endswith(("ses", "xes", "zes", "ches", "shes", "oes")):
        found.append(word[:-2])
    if word.endswith("ies"):
        found.append(word[:-3] + "y")
    return tuple(found)


def token_count(text: str) -> int:
    """Return how many tokens of a language model a text has at most, as far as can be said without its tokenizer.

    A word has one for every 3 letters begun, one that is longer than 6 letters for every 2; more where vowels and
    consonants do not take turns, for capitals and for rare letters, as in what is no word. Every digit, mark and line's
    end is one. A character beyond ASCII has one for each of its bytes, which is what a byte-level BPE falls back to.
    Chosen so that it is above the counts of five tokenizers (of GPT-4, Claude 2, DeepSeek V3, Qwen and Mistral 7B) on
    names of things, on briefs and on random letters. Texts divided between words have no less together than as one.
    """
    return sum(map(_piece_count, _PIECE.findall(text)))


@functools.lru_cache(maxsize=1 << 14)
def _piece_count(piece: str) -> int:
    if not (piece.isascii() and piece.isalpha()):
        return len(piece.encode("utf-8", "surrogatepass"))
    count = len(piece)
    vowels = sum(letter in _VOWELS for letter in piece)
    capitals, rare = sum(map(str.isupper, piece[1:])), sum(letter in _RARE for letter in piece)
    usual = -(-count // (3 if count <= LETTERS_SHORT else 2))
    return min(count, max(usual, abs(count - 2 * vowels)) + capitals + rare)
