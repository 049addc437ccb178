"""What somebody asks for on the command line: a label, a number, a name such as mug-3, or NAME=VALUE attributes."""

from __future__ import annotations

from collections.abc import Sequence

from spatialmem.cli.opened_memory import id_of, object_of
from spatialmem.errors import InputError, UnknownLabel
from spatialmem.shortterm import ObjectQuestions

__all__ = ["wanted"]


def wanted(memory: ObjectQuestions, words: Sequence[str]) -> str | int | dict[str, str]:
    """Return what to ask `where` for. A label that was ever given is meant before a name that reads alike.

    Raises InputError, or UnknownLabel for a label that no detector ever gave.
    """
    attributes, others = {}, []
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            others.append(word)
        elif not name or name in attributes:
            raise InputError(f"{word!r} is no attribute; give each once, as NAME=VALUE, such as state=open.")
        else:
            attributes[name] = value
    if len(others) > 1 or (others and "label" in attributes):
        raise InputError(f"{' '.join(words)!r} names more than one thing; ask for one after the other.")
    one = _named(memory, others[0]) if others else None
    if one is None or not attributes:
        return attributes if one is None else one
    return {**attributes, ("label" if isinstance(one, str) else "id"): str(one)}


def _named(memory: ObjectQuestions, word: str) -> str | int:
    """Return a label, or the number of an object."""
    try:
        memory.objects(word)
    except UnknownLabel as unknown:
        try:
            id_of(word)
        except InputError:
            raise unknown from None
        return object_of(memory, word).id
    return word
