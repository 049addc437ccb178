"""A robot looks round in a home and asks for rooms, ways, and a text for a language model. Needs the extra [sim]."""

import spatialmem as sm
from sim import Simulation, generate_home

graph = sm.GraphConfig(robot_radius_m=0.3)  # the narrowest robot that will ask
memory = sm.SpatialMemory(sm.Config(world="home-2", graph=graph))
with Simulation(generate_home(2), mode="fast") as simulation:
    for _ in range(170):  # more than once round
        for x in simulation.inputs():
            memory.observe(x)
        simulation.robot.command(base_velocity_B=(0.0, 0.0, 0.8))
        simulation.step()

view = memory.view()  # one moment: the answers below agree with each other
for room in view.rooms():
    print(f"{room.name}: {room.area_m2:.1f} m2 seen, {len(view.objects(in_=room))} things")
(plate,) = view.objects("plate")
way = view.route(None, plate.id)
if isinstance(way, sm.Route):
    print(f"to {plate.name}: {way.length_m:.1f} m, narrowest {way.clearance_m:.2f} m, to {way.arrival} it")
wide = view.route(None, plate.id, robot_radius_m=0.8)
print(f"a robot of 0.8 m: {wide.reason}" if isinstance(wide, sm.Unknown) else "a robot of 0.8 m gets there, too")
print(f"on {[one.object.name for one in view.relations(plate.id) if one.kind == 'on']}")
print(view.ground("bring the chair").reason)
print(view.brief(150, task="bring the plate"))
