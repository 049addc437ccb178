"""Questions that need several rooms: one function file each, and `BeliefQuestions` and `GraphQuestions`, their methods.

What things do
    where, history, changed, explain   where something is, how surely, since when, and why it is believed
    relations, objects_in, resting     what is on, in and near what; gaps: how far boxes are from each other
    nearest, landmarks                 what is next by the way there, and what one knows a place by
    meant                              which objects a label, a number, a name or attributes mean
Floor
    floor                              the floor cell by cell
    rooms, room_names                  the rooms, and what they are called
    route, ends, points, ways          ways, where they begin and end, and how far it is
    standing, faced, sight             where to stand to see or to reach something
    topology                           all of it as one graph
Searching
    search_order, hypotheses           where to look for something, in which order
    explore, unseen                    what nobody has seen, or not for long
The past
    as_of                              how things were: past_view, past_objects, past_route
Language
    brief, page, facts                 what is known as text, the best first
    ground, phrases, small_words       what an instruction names
    words                              how names are written, and read again
Shared
    asked, answering                   what all of them are answered from
"""

from spatialmem.queries.graph_questions import GraphQuestions
from spatialmem.queries.past_view import PastView
from spatialmem.queries.questions import BeliefQuestions

__all__ = ["BeliefQuestions", "GraphQuestions", "PastView"]
