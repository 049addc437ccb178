"""The floor as a graph: places that one can stand on, ways between them, rooms.

graph        `Graph`, the room's one stateful class: what it is told
graph_view   `GraphView`: what it answers
levels       which heights are floors
flags        what the map says of each cell, where it has changed
tiles        64x64 cells of that, and what follows
derive       how it follows: free floor, clearance, places, edges
looks        which floor a frame shows
rooms        the floor divided into rooms; room_table: which places and cells are in which
routes       ways over places, then over cells
network      places and edges as flat arrays
history      what is written down of it as rows, and when; past_floor: one tile of that, and a floor of such tiles
state        what does not follow from the map as bytes, and back
"""

from spatialmem.graph.graph import Graph
from spatialmem.graph.graph_view import GraphView
from spatialmem.graph.history import PlacesNote, RestNote, SpotNote
from spatialmem.graph.past_floor import PastFloor, TilePlaces

__all__ = ["Graph", "GraphView", "PastFloor", "PlacesNote", "RestNote", "SpotNote", "TilePlaces"]
