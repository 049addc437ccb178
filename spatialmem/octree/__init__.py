"""Long-term metric memory: a hashed wide octree of free, occupied and unknown space.

octree.py     `Octree`, the room's one stateful class: integrate, ask, measure
storage.py    the pools behind it: root table, child rows, leaves, and who owns which slot
batch.py      the leaves that one update touches, from collected to committed
image.py      a depth image into a batch
scan.py       a point scan into a batch
columns.py    the map from above, by height, its bounds and volumes
"""

from spatialmem.octree.columns import Columns
from spatialmem.octree.octree import Octree

__all__ = ["Columns", "Octree"]
