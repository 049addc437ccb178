"""How true the remembered objects are after a tour: python tests/benchmarks/objects_in_sim.py [--seeds 10]

Every home is toured in fast mode with a detector that misses 20 %, invents 5 % and swaps the label of 5 %, and with
1 cm and 0.5 degrees of noise on every pose. What is counted, and against what, is in tests/support/object_tours.py.
Then things are moved past a standing robot: by how much their velocity is wrong at the fifth sighting of the motion.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from measure import show
from object_tours import CAMERA, TourScore, moved_thing, tour

from sim import CameraSettings

SPEEDS_M_S = (0.2, 0.3, 0.5, 0.8)


def tours(seeds: int) -> list[list[str]]:
    """One row for each home, and one for all."""
    rows, scores = [], []
    for seed in range(seeds):
        start = time.perf_counter()
        score, _ = tour(seed)
        scores.append(score)
        rows.append([str(seed), *told(score), f"{time.perf_counter() - start:.0f}"])
    total = TourScore()
    for score in scores:
        for name in vars(total):
            setattr(total, name, getattr(total, name) + getattr(score, name))
    return [*rows, ["all", *told(total), ""]]


def told(score: TourScore) -> list[str]:
    """A score in words."""
    errors = score.errors_things_m + score.errors_furniture_m
    share = score.switches / max(score.sightings, 1)
    return [
        str(score.confirmed), f"{score.precision:.3f}", f"{score.recall:.3f} of {score.wanted}",
        f"{100 * share:.2f} % of {score.sightings}", *(f"{100 * np.median(e):.1f}" for e in
        (errors, score.errors_things_m, score.errors_furniture_m)), str(score.twins), str(score.moving),
    ]  # fmt: skip


def motions(seeds: int) -> list[list[str]]:
    """One row for each thing and speed: starting in motion, and after two seconds at rest."""
    rows = []
    for noise, camera in (("2 mm, 0.06 deg", CameraSettings()), ("1 cm, 0.5 deg", CAMERA)):
        for thing, start_m in (("box-1", (7.0, 3.2, 0.0)), ("mug-1", (6.8, 2.2, 0.9))):
            for speed in SPEEDS_M_S:
                for rest_s in (0.0, 2.0):
                    errors, kept = [], 0
                    for seed in range(seeds):
                        for way in ((speed, 0.0), (0.0, -speed), (speed * 0.7, speed * 0.7)):
                            seen = moved_thing(seed, way, thing=thing, start_m=start_m, rest_s=rest_s, camera=camera)
                            if len(seen) >= 5:
                                errors.append(seen[4][1])
                                kept += len({object_id for object_id, _ in seen[:5]}) == 1
                    within = np.mean(np.array(errors) <= 0.1)
                    rows.append([noise, thing, f"{speed:g}", f"{rest_s:g}", f"{np.median(errors):.3f}",
                                 f"{np.max(errors):.3f}", f"{100 * within:.0f} % of {len(errors)}",
                                 f"{kept} of {len(errors)}"])  # fmt: skip
    return rows


def main() -> None:
    """Print two tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--motion-seeds", type=int, default=2)
    given = parser.parse_args()
    columns = ["home", "confirmed", "precision", "recall", "identity switches", "median error [cm]", "of things",
               "of furniture", "false twins", "said to move", "wall [s]"]  # fmt: skip
    show("tours", columns, tours(given.seeds))
    columns = ["pose noise", "thing", "speed [m/s]", "rest before [s]", "velocity's error at the 5th [m/s]", "largest",
               "within 0.1 m/s", "kept its id"]  # fmt: skip
    show("moving things", columns, motions(given.motion_seeds))


if __name__ == "__main__":
    main()
