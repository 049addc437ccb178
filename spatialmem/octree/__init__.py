"""Long-term metric memory: a hashed wide octree of free, occupied and unknown space.

octree.py     `Octree`, the room's one stateful class: what it is told
queryable.py  `Queryable`: what can be asked, of an octree, a view, a memory
queries/      the answers, one file per question
snapshot.py   `Snapshot`: one published state, as flat arrays
blocks.py     `Blocks`: a state as plain arrays, in canonical order
root_blocks.py  single roots as bytes: what changed since a generation
serialize.py  a state as bytes, and back
storage.py    the pools behind it: child rows, leaves, and which of them older views still need
batch.py      the leaves that one update touches, from fresh slots to published
image.py      a depth image into a batch
scan.py       a point scan into a batch
"""

from spatialmem.octree.blocks import Blocks, blocks_of
from spatialmem.octree.octree import Octree, OctreeView
from spatialmem.octree.queries.columns import Columns
from spatialmem.octree.queryable import Queryable
from spatialmem.octree.snapshot import Snapshot

__all__ = ["Blocks", "Columns", "Octree", "OctreeView", "Queryable", "Snapshot", "blocks_of"]
