"""How far is the nearest obstacle, and which way leads away from it: what a local planner asks ten thousand times."""

import numpy as np

import spatialmem as sm

memory = sm.SpatialMemory(sm.Config(octree=sm.OctreeConfig(voxel_size_m=0.05)))
for frame in sm.open_episode("synthetic"):
    memory.observe(frame)

low, high = memory.bounds_m()
bounds_m = (np.array([low[0], low[1], 0.1]), np.array([high[0], high[1], 1.5]))  # the band a robot passes through
field = memory.clearance(bounds_m, unknown_is=sm.State.FREE)  # a copy: it outlives what is observed later

position_W = np.array([[1.0, 0.5, 0.5]])
for _ in range(40):  # climb to the most open place nearby
    position_W = position_W + 0.05 * field.gradient(position_W)
start_m, end_m = field.clearance_m(np.array([[1.0, 0.5, 0.5]]))[0], field.clearance_m(position_W)[0]
print(f"clearance {start_m:.2f} m at the start, {end_m:.2f} m at {position_W[0].round(2)}")

points_W = np.random.default_rng(0).uniform(*bounds_m, (100_000, 3))
clearance_m = field.clearance_m(points_W)
print(f"a robot of 0.3 m radius fits at {np.mean(clearance_m > 0.3):.0%} of {len(points_W):,} points")
