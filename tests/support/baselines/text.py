"""Words as vectors without a model: the words of a text and their parts, hashed."""

from __future__ import annotations

import functools
import re
import zlib

import numpy as np

__all__ = ["DIMENSION", "text_vector"]

DIMENSION = 256
GRAMS = (3, 4, 5)
"""Letters in a row that count as a part of a word."""
IDLE = frozenset(["a", "an", "are", "at", "find", "in", "is", "of", "on", "some", "the", "there", "what", "where"])
"""Words that say nothing about a thing."""


@functools.lru_cache(maxsize=65536)
def text_vector(text: str) -> np.ndarray:
    """Return a vector of length 1, shape (DIMENSION,), float32; all 0 for a text without words. Not to be written to.

    Every word, and every 3 to 5 letters in a row of it (its ends marked; Bojanowski et al. 2017), adds 1 or -1 to one
    number (feature hashing: Weinberger et al. 2009). Same text, same vector, everywhere. It knows spellings, not
    meanings: "mugs" is like "mug", "cup" is not.
    """
    vector = np.zeros(DIMENSION, np.float32)
    for word in re.findall(r"[^\W_]+", text.lower()):
        if word in IDLE:
            continue
        marked = f"<{word}>"
        parts = [marked[i : i + n] for n in GRAMS for i in range(len(marked) - n + 1)]
        for part in (word, *parts):
            code = zlib.crc32(part.encode())
            vector[code % DIMENSION] += 1.0 if code >> 16 & 1 else -1.0
    length = float(np.sqrt((vector * vector).sum()))
    if length > 0:
        vector /= np.float32(length)
    vector.setflags(write=False)
    return vector
