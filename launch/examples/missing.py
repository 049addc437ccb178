"""Something is taken away behind the robot's back; it looks again, and says what it knows. Needs [sim]."""

import spatialmem as sm
from sim import Simulation, generate_home

memory = sm.SpatialMemory(sm.Config(world="home-2"))


def look_round(simulation, seconds):
    """Turn left and take in what is seen."""
    for _ in range(round(20 * seconds)):  # ticks of 0.05 s
        for x in simulation.inputs():
            memory.observe(x)
        simulation.robot.command(base_velocity_B=(0.0, 0.0, 0.8))
        simulation.step()


def say(label):
    """Print where such a thing is, or that this is not known."""
    answer = memory.where(label)
    if isinstance(answer, sm.Unknown):
        print(f"{label}: not known, {answer.reason}")
        return
    for one in answer:
        go = "worth going" if one.worth_going else "not worth going"
        print(f"{one.object.name}: {one.presence.value}, P = {one.p_there:.2f}, {one.go_m:.1f} m, {go}")


with Simulation(generate_home(2), mode="fast") as simulation:
    look_round(simulation, 5.0)
    say("teddy")
    simulation.world.remove("teddy-1")
    look_round(simulation, 8.0)  # once round
    say("teddy")

why = memory.explain(memory.objects("teddy", missing=True)[0].id)
assert not isinstance(why, sm.Unknown)  # it is remembered
for change in why.changes:  # memory.changed(since_ns) has those of all objects
    print(f"input {change.seq}: {change.name} {change.kind}, last known otherwise at {change.since_ns / 1e9:.1f} s")
print(*why.sentences, sep="\n")
