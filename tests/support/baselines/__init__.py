"""Memories of objects to compare with: all are told the same inputs and asked the same questions.

asked        `ObjectMemory`, what every one of them is, and the `Place` that they answer with
hearing      what they share: detections find their frame and are lifted
text         words as vectors, without a download
last_seen    label -> where it was seen last
vector_log   every detection as a caption with its pose; the most similar caption answers
limits       the two ends: no memory, and one that knows the truth
ours         the short-term memory, asked alike
"""

from baselines.asked import ObjectMemory, Place
from baselines.last_seen import LastSeen
from baselines.limits import NoMemory, Oracle
from baselines.ours import Ours
from baselines.text import text_vector
from baselines.vector_log import VectorLog

__all__ = ["LastSeen", "NoMemory", "ObjectMemory", "Oracle", "Ours", "Place", "VectorLog", "text_vector"]
