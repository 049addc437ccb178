"""One file per question asked of the map: pure functions of a `Snapshot`. `Queryable` offers each as a method.

arguments.py    what several questions take, checked in one place
points.py       what is known at points
layers.py       colour, and when a voxel was last seen
rays.py         where rays end
depth_image.py  what a camera would see
free_space.py   whether shapes are free
clearance.py    how far the nearest obstacle is
boxes.py        space of one state, as boxes
surface.py      where occupied space ends: points, mesh
nodes.py        nodes of a level within bounds, for the two
columns.py      the map from above
extent.py       bounds, volumes, how occupied each height is
"""
