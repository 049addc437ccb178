"""A robot turns round in a home and asks what is about it. Needs [sim]; a detector of yours takes the place of ours."""

import numpy as np

import spatialmem as sm
from sim import DetectorSettings, Simulation, generate_home

detector = DetectorSettings(miss_rate=0.2, false_rate=0.05, swap_rate=0.05)  # as bad as real ones
settings = sm.ShortTermConfig(objects_max=50, policy="survival-value")
memory = sm.SpatialMemory(sm.Config(world="home-2", shortterm=settings))
with Simulation(generate_home(2), mode="fast", detector=detector) as simulation:
    for _ in range(160):  # eight seconds: once round
        for x in simulation.inputs():
            memory.observe(x)
        simulation.robot.command(base_velocity_B=(0.0, 0.0, 0.8))
        simulation.step()

view = memory.view()  # one moment: the answers below agree with each other
print(f"{len(view.objects())} objects of {len({one.label for one in view.objects()})} labels")
for near in view.around()[:3]:
    one, degrees = near.object, np.degrees(near.bearing_rad)
    sure = f"{100 * one.label_p[one.label]:.0f} %"
    print(f"{one.name} ({sure}): {near.distance_m:.2f} m, {degrees:+.0f} degrees, seen {one.sightings} times")
first = view.nearest_obstacles(k=1, robot_radius_m=0.45)[0]
print(f"nearest obstacle: {first.object.name}, {first.distance_m:.2f} m off")
try:
    view.objects("charir")
except sm.UnknownLabel as unknown:
    print(f"refused: {unknown}")
