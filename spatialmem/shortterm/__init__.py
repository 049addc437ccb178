"""The bounded buffer of recent object states: lifting, association, tracks, replacement.

    Detection, RgbdFrame -> lift -> Lifted -> ShortTerm.see -> ObjectsView

support, foreground, standing  which pixels are a thing's own, and where it is without any
faces, uncertainty, lift       one detection in space, with covariance
associate, duplicates          which object it is; which objects are one
following                      one frame's detections given to the objects
track, sway, fusion            where it is, how it moves, how far it reaches
labels, noting                 what it is called, and how often and from where it was seen
waiting, placing               frames whose detections may still come, and those when they come
deeds                          what the robot's own actions say
evidence                       pictures of objects
table, state                   the objects as columns, and as bytes
short_term                     `ShortTerm`, the one stateful class
objects_view, contact          what readers ask
questions                      the same as methods of a memory and a view
capacity, policies/            which object goes when the buffer is full
leaving                        one that goes, whole, and comes back
"""

from spatialmem.shortterm.evidence import crop_of
from spatialmem.shortterm.leaving import Left, read_left
from spatialmem.shortterm.lift import Lifted, lift
from spatialmem.shortterm.objects_view import ObjectsView
from spatialmem.shortterm.placing import Pictured
from spatialmem.shortterm.policies import policy_of
from spatialmem.shortterm.questions import ObjectQuestions
from spatialmem.shortterm.short_term import ShortTerm

__all__ = [
    "Left", "Lifted", "ObjectQuestions", "ObjectsView", "Pictured", "ShortTerm", "crop_of", "lift", "policy_of",
    "read_left",
]  # fmt: skip
