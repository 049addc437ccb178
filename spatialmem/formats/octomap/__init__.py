"""OctoMap's files (Hornung et al. 2013, "OctoMap: an efficient probabilistic 3D mapping framework"), in and out.

header.py  the text before the nodes
read.py    a file into an octree
write.py   an octree into a file
values.py  log-odds there and here
codes.py   Morton codes of roots, and maps put into canonical order

The grids are the same: the file's resolution is the voxel size, OctoMap's key is our voxel + 32768 along each axis.
A `.bt` file holds states only, a `.ot` file a float log-odds for every node. Trees of the classes OcTree and
ColorOcTree are read; colours are not taken over.
"""

from spatialmem.formats.octomap.read import read_octomap
from spatialmem.formats.octomap.write import write_octomap

__all__ = ["read_octomap", "write_octomap"]
