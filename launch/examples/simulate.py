"""A robot looks round a simulated home; the run is recorded and replayed to the same memory. Needs [sim,episodes]."""

import sys
import tempfile
from pathlib import Path

import spatialmem as sm
from sim import DetectorSettings, Simulation, TourRun, load_home, truth_of

home = load_home("flat")  # or generate_home(7), or a plan file of yours
detector = DetectorSettings(miss_rate=0.1, false_rate=0.05, swap_rate=0.02)
run = TourRun(lambda: Simulation(home, mode="fast", detector=detector), name=home.name, duration_max_s=4.0)
memory = sm.SpatialMemory(sm.Config(world=run.world))  # inputs carry the name of their world
labels = set()


def told():
    """Every input of the tour, once the memory has it."""
    for x in run:
        memory.observe(x)
        if isinstance(x, sm.Detections):
            labels.update(item.label for item in x.items)
        yield x


folder = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp())
recorded = sm.record_mcap(run, folder / "run.mcap", inputs=told())
mugs = {name: o.support for name, o in truth_of(run.simulation.world).objects.items() if o.label == "mug"}
run.close()

again = sm.SpatialMemory(sm.Config(world=run.world))
for x in sm.open_episode(folder / "run.mcap"):
    again.observe(x)
print(f"{recorded.count} inputs; found: {', '.join(sorted(labels))}")
print(f"where the mugs truly are: {mugs}")
print(f"equal after replay: {again.state_hash() == memory.state_hash()}")
