"""On and in what things are after a tour: python tests/benchmarks/relations_in_sim.py [--seeds 20] [--noisy]

Every home is toured in fast mode, and every confirmed object is asked for its relations; what is right, and what
counts, is in tests/support/home_relations.py. The detector reports all that is seen; --noisy is the one of
objects_in_sim.py: it misses 20 %, invents 5 % and swaps the label of 5 %, with 1 cm and 0.5 degrees on every pose.
Then what asking costs among 10,000 objects: boxes of 12 cm in heaps of 25, 0.2 m apart, 400 trays under them, each
asked of a view that nobody has asked yet; --objects 0 leaves it out.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from measure import show, timed_ms

# isort: split
from home_relations import Scored, said_by, score  # after measure: it puts support/ on the path
from object_tours import CAMERA, DETECTOR
from told_objects import Told, record

import spatialmem as sm
from sim import CameraSettings, DetectorSettings, Simulation, TourRun, generate_home, truth_of
from spatialmem.belief.table import How
from spatialmem.belief.table import Table as BeliefTable
from spatialmem.queries.gaps import near_pairs
from spatialmem.queries.relations import NEAR_M, relations

ASKED = 500


def toured(seed: int, *, noisy: bool) -> Scored:
    """Drive one tour, and score what the memory says at its end."""
    home = generate_home(seed)
    camera, detector = (CAMERA, DETECTOR) if noisy else (CameraSettings(), DetectorSettings())
    run = TourRun(lambda: Simulation(home, mode="fast", seed=seed, camera=camera, detector=detector), name=home.name)
    memory = sm.SpatialMemory(sm.Config(world=home.name))
    for x in run:
        memory.observe(x)
    found = score(said_by(memory), memory.objects(), home, truth_of(run.simulation.world))
    run.close()
    return found


def told(found: Scored) -> list[str]:
    """A score in words."""
    cells = [str(found.objects), str(found.unmatched)]
    for kind in ("on", "in"):
        cells += [
            f"{found.precision(kind):.3f} of {found.said[kind]}",
            f"{found.recall(kind):.3f} of {found.true[kind]}",
        ]
    return [*cells, "; ".join(f"{count} x {what}" for what, count in sorted(found.wrong.items()))]


def tours(first: int, count: int, *, noisy: bool) -> list[list[str]]:
    """One row for each home, and one for all."""
    rows, total = [], Scored()
    for seed in range(first, first + count):
        start = time.perf_counter()
        found = toured(seed, noisy=noisy)
        total.add(found)
        rows.append([str(seed), *told(found), f"{time.perf_counter() - start:.0f}"])
    return [*rows, ["all", *told(total), ""]]


class Moment:
    """Objects and what is believed of them, as the questions read them."""

    def __init__(self, count: int):
        trays = [
            record(i + 1, "tray", (3.0 * (i % 20), 3.0 * (i // 20), 0.7), (1.4, 1.4, 0.04)) for i in range(count // 25)
        ]
        self.objects, self.belief = Told(trays), self
        self.table = BeliefTable()
        for tray in trays:
            self.table.add(tray.id)
        for i in range(count - len(trays)):
            tray = trays[i % len(trays)]
            x, y = 0.2 * (i // len(trays) % 5 - 2), 0.2 * (i // len(trays) // 5 - 2)
            one = record(
                len(trays) + i + 1, "box", (tray.center_W + np.array([x, y, 0.08])).tolist(), (0.12, 0.12, 0.12)
            )
            self.objects.records[one.id] = one
            row = self.table.add(one.id)
            self.table.how[row], self.table.support[row] = How.ON, tray.id
        self.shown = self.objects.shown
        self.objects = _Shown(self.objects, self.shown)


class _Shown:
    """Objects whose columns are made once."""

    def __init__(self, objects: Told, shown):
        self.object, self.shown = objects.object, shown


def costs(count: int) -> list[list[str]]:
    """Time questions among many objects."""
    asked, rng = Moment(count), np.random.default_rng(0)
    ids = rng.integers(1, count + 1, ASKED).tolist()
    ms = {"relations(id), all": [timed_ms(relations, asked, object_id) for object_id in ids]}
    ms["of a tray with 24 on it"] = [timed_ms(relations, asked, 1 + object_id % (count // 25)) for object_id in ids]
    ms["near_pairs, all (for topology)"] = [timed_ms(near_pairs, asked.shown, NEAR_M) for _ in range(5)]
    return [[name, f"{min(t):.3f}", *(f"{np.quantile(t, q):.3f}" for q in (0.5, 0.95, 0.99))] for name, t in ms.items()]


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--noisy", action="store_true")
    parser.add_argument("--objects", type=int, default=10_000)
    given = parser.parse_args()
    if given.seeds:
        shares = [f"{kind}: {share}" for kind in ("on", "in") for share in ("precision", "recall")]
        show("what is on and in what, " + ("a bad detector" if given.noisy else "a good detector"),
             ["home", "objects", "unmatched", *shares, "wrong", "s"],
             tours(given.first, given.seeds, noisy=given.noisy))  # fmt: skip
    if given.objects:
        show(
            f"{given.objects} objects",
            ["what", "best [ms]", "median [ms]", "95 % [ms]", "99 % [ms]"],
            costs(given.objects),
        )


if __name__ == "__main__":
    main()
