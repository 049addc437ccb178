"""Map files, in and out: other people's, and the octree's own.

octomap/  OctoMap's `.bt` and `.ot`: read into an octree, written from one
ply.py    PLY out: surface points or a mesh
nav2.py   a Nav2 map out: PGM and YAML, by height band and robot radius
dump.py   our own state of an octree as a file
scene_graph.py, spark_dsg.py   scene graphs as JSON: ours out and in, Spark-DSG's in; plain_json.py: what both refuse
"""

from spatialmem.formats.dump import read_dump, write_dump
from spatialmem.formats.nav2 import write_nav2_map
from spatialmem.formats.octomap import read_octomap, write_octomap
from spatialmem.formats.ply import write_ply
from spatialmem.formats.scene_graph import read_scene_graph, write_scene_graph
from spatialmem.formats.spark_dsg import read_spark_dsg

__all__ = [
    "read_dump",
    "read_octomap",
    "read_scene_graph",
    "read_spark_dsg",
    "write_dump",
    "write_nav2_map",
    "write_octomap",
    "write_ply",
    "write_scene_graph",
]
