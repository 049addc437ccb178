"""Is it still there: persistence, looked-and-not-there, learned change rates.

    frames, detections, actions -> Belief -> Verdict (what is missing, moved, or one thing), BeliefView

persistence, hazard, rates     how probable it is that a thing stays, and how fast its kind moves
looking, glance                what a frame's depth says of each remembered object
chances                        the filters of objects, each with its rate
settling, supports, hiding     where things rest, on what, and whether they can be looked for there
riding                         what goes along with what it is on or in, where somebody else moves that in view
boxes                          how far the boxes of objects reach, and how far they are apart
links, matchings, identity     moved or new: what may be one thing, how probably, and when it is
sightings, looks, deeds        what a detection, a frame's depth and the robot's own action say of the objects
reports, misses                what a detector did not report, and how much that says
grasps                         what is said to be held, against what is seen of it
views, arrivals                from where a detector looked; whether something new has come, or was never looked at
log                            what became known, and when
table, state, known            the columns, the same as bytes, and what is told of the objects
mind, verdict                  all of it while it changes, and what the objects are to follow
belief                         `Belief`, the one stateful class
belief_view                    what readers ask
"""

from spatialmem.belief.belief import Belief
from spatialmem.belief.belief_view import BeliefView
from spatialmem.belief.chances import place_label
from spatialmem.belief.glance import Instant
from spatialmem.belief.log import ARRIVALS, FORGOTTEN, STATES, Entry, change_of
from spatialmem.belief.supports import place_words
from spatialmem.belief.table import How
from spatialmem.belief.verdict import Verdict

__all__ = [
    "ARRIVALS", "FORGOTTEN", "STATES", "Belief", "BeliefView", "Entry", "How", "Instant", "Verdict", "change_of",
    "place_label",
    "place_words",
]  # fmt: skip
