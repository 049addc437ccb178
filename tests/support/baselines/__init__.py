"""Memories of objects to compare with: all are told the same inputs and asked the same questions.

asked            `ObjectMemory`, what every one of them is, and the `Place` that they answer with
hearing          what they share: detections find their frame and are lifted
text             words as vectors, without a download
last_seen        label -> where it was seen last
vector_log       every detection as a caption with its pose; the most similar caption answers
fixed_ttl        what was not seen for a fixed time is dropped
dynamem          stored points, cleared where a frame sees through them
limits           the two ends: no memory, and one that knows the truth
ours             a whole memory, asked alike
short_term_only  its short-term memory alone: ours without belief
"""

from baselines.asked import ObjectMemory, Place
from baselines.dynamem import DynaMem
from baselines.fixed_ttl import FixedTtl
from baselines.last_seen import LastSeen
from baselines.limits import NoMemory, Oracle
from baselines.ours import Ours
from baselines.short_term_only import ShortTermOnly
from baselines.text import text_vector
from baselines.vector_log import VectorLog

__all__ = [
    "DynaMem",
    "FixedTtl",
    "LastSeen",
    "NoMemory",
    "ObjectMemory",
    "Oracle",
    "Ours",
    "Place",
    "ShortTermOnly",
    "VectorLog",
    "text_vector",
]
