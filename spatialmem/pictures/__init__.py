"""A map drawn as a PNG: pure functions from what is known, and the path walked, to an RGB image.

map_picture.py  the whole sheet; what others call
plan.py         free, occupied and unknown space, and heights, from straight above
colored.py      the colours that a camera saw, from a slant
objects.py      remembered objects: their boxes, how they move, their names
graph.py        the floor as a graph: rooms with their names, places, edges
way.py          a way, and the stops of a search
names.py        where names go, so that none hides another
floor_plan.py   a plan known from elsewhere, to hold beside the map
floor.py        where the floor is
projection.py   which pixel shows which point
sheet.py        panels in a row; path, scale bar, axes
keys.py         what the colours mean
canvas.py       text, lines and marks
style.py        colours and sizes
png.py          the file
"""

from spatialmem.pictures.colored import ColorSample, ColorSampler
from spatialmem.pictures.floor_plan import FloorPlan
from spatialmem.pictures.map_picture import Band, draw_map, height_band
from spatialmem.pictures.png import PNG, write_png
from spatialmem.pictures.way import Stop, Way

__all__ = [
    "PNG",
    "Band",
    "ColorSample",
    "ColorSampler",
    "FloorPlan",
    "Stop",
    "Way",
    "draw_map",
    "height_band",
    "write_png",
]
