"""Questions that need several rooms: one function file each, and `BeliefQuestions`, their methods.

where     where something is, how surely, and whether to go there
history   what became known of one object
changed   what changed since a stamp
explain   why it is believed
meant     which objects a label, a number, a name or attributes mean
asked     what they share
"""

from spatialmem.queries.questions import BeliefQuestions

__all__ = ["BeliefQuestions"]
