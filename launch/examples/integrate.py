"""Depth images and poses become a map. Here the camera is made up; yours hands you the same three things."""

import numpy as np

import spatialmem as sm

camera = sm.Pinhole(width=320, height=240, fx=260.0, fy=260.0, cx=159.5, cy=119.5)
memory = sm.SpatialMemory(sm.Config(octree=sm.OctreeConfig(voxel_size_m=0.05)))

for i in range(10):
    depth = np.full((240, 320), 2520, np.uint16)  # a wall 2.52 m ahead, in units of depth_unit_m
    depth[100:140, 140:180] = 1510  # a box in front of it
    X_WC = np.array([[0.0, 0, 1, 0], [-1, 0, 0, 0.02 * i], [0, -1, 0, 1.2], [0, 0, 0, 1]])  # looks along x, 1.2 m up
    now_ns = 33_000_000 * i
    frame = sm.RgbdFrame(
        source="front", stamp_ns=now_ns, received_ns=now_ns, camera=camera, X_WC=X_WC, depth=depth, depth_unit_m=0.001
    )  # fmt: skip
    answer = memory.observe(frame)
    if not answer:
        print(f"rejected: {answer.reason.value}: {answer.detail}")

low, high = memory.bounds_m()
print(f"{memory.view().seq} frames, {memory.leaf_count} leaves, {memory.nbytes / 1024:.0f} KiB")
print(f"known from {low.round(2)} to {high.round(2)} m: {memory.volumes_m3()}")
