"""Follow rays through the map, and draw what the map expects a camera to see."""

import numpy as np

import spatialmem as sm

memory = sm.SpatialMemory(sm.Config(octree=sm.OctreeConfig(voxel_size_m=0.05)))
for frame in sm.open_episode("synthetic"):
    memory.observe(frame)

turn_rad = np.linspace(0, 2 * np.pi, 8, endpoint=False)
directions_W = np.stack([np.cos(turn_rad), np.sin(turn_rad), np.zeros(8)], axis=1)
origins_W = np.repeat([[1.0, 0.5, 1.2]], 8, axis=0)
rays = memory.raycast(origins_W, directions_W, range_max_m=5.0)  # unknown space ends a ray, and says so
for angle, state, distance_m in zip(np.degrees(turn_rad), rays.state, rays.distance_m, strict=True):
    print(f"{angle:5.0f} deg: {sm.State(state).name:8s} after {distance_m:.2f} m")

expected = memory.depth_image(frame.X_WC, frame.camera, range_max_m=5.0)  # of the last frame's pose
measured_m = frame.depth * frame.depth_unit_m
both = (measured_m > 0) & (expected.depth_m > 0)
off_m = np.abs(measured_m[both] - expected.depth_m[both])
print(f"{both.sum()} pixels, half of them within {np.median(off_m) * 1000:.0f} mm of what the map expects")
