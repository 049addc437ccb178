"""Hand the map to other programs: OctoMap, a point cloud, Nav2; and read an OctoMap file back."""

import sys
import tempfile
from pathlib import Path

import spatialmem as sm

folder = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp(prefix="spatialmem-"))
memory = sm.SpatialMemory(sm.Config(octree=sm.OctreeConfig(voxel_size_m=0.05)))
for frame in sm.open_episode("synthetic"):
    memory.observe(frame)

view = memory.view()  # one moment, however long the writing takes
nodes = sm.write_octomap(folder / "room.bt", view)
points = sm.write_ply(folder / "room.ply", view)
sm.write_nav2_map(folder / "room.yaml", view, z_min_m=0.2, z_max_m=1.5, robot_radius_m=0.2)
for path in sorted(folder.glob("room.*")):
    print(f"{path.name:10s} {path.stat().st_size:9,d} bytes")
print(f"{nodes:,} OctoMap nodes, {points:,} surface points, in {folder}")

again = sm.read_octomap(folder / "room.bt")
print("the same after reading it back:", again.volumes_m3() == view.volumes_m3())
