"""What is at these points, may a robot stand here, what stands in this box: every question takes many at once."""

import numpy as np

import spatialmem as sm

memory = sm.SpatialMemory(sm.Config(octree=sm.OctreeConfig(voxel_size_m=0.05)))
for frame in sm.open_episode("synthetic"):
    memory.observe(frame)
view = memory.view()  # one moment: the answers below belong together, whatever is observed meanwhile

points_W = np.array([[1.0, 0.5, 1.2], [2.97, 0.5, 1.2], [9.0, 9.0, 9.0]])
for point, state in zip(points_W, view.state(points_W), strict=True):
    print(f"{point} is {sm.State(state).name}")
print("in cubes of 0.4 m:", [sm.State(s).name for s in view.state(points_W, level=3)])

spheres = sm.Spheres(center_W=points_W, radius_m=np.full(3, 0.2))
print("a ball of 0.2 m fits:", view.is_free(spheres, unknown_is=sm.State.OCCUPIED))
robot = sm.Capsule(start_W=points_W[:1] * [1, 1, 0] + [0, 0, 0.4], end_W=points_W[:1], radius_m=np.array([0.25]))
print("a standing robot fits:", view.is_free(robot, unknown_is=sm.State.OCCUPIED))

boxes = view.boxes((np.array([-1.0, -1.0, 0.0]), np.array([1.0, 1.0, 1.0])), state=sm.State.OCCUPIED)
print(f"{len(boxes.size_m)} boxes are occupied there, the largest {boxes.size_m.max():.2f} m wide")
