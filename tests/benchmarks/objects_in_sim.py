"""How true the remembered objects are after a tour: python tests/benchmarks/objects_in_sim.py [--seeds 10]

Every home is toured in fast mode with a detector that misses 20 %, invents 5 % and swaps the label of 5 %, and with
1 cm and 0.5 degrees of noise on every pose. What is counted, and against what, is in tests/support/object_tours.py.
Then things are moved past a standing robot: by how much their velocity is wrong at the fifth sighting of the motion,
and how little it could be for whoever looks at that thing alone. With 0 seeds a part is left out.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from measure import show
from object_tours import CAMERA, TourScore, moved_thing, tour

from sim import CameraSettings

SPEEDS_M_S = (0.2, 0.3, 0.5, 0.8)
CAMERA_W = np.array([5.42, 2.6, 1.25])
"""Where the standing robot's camera is."""


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
        (errors, score.errors_things_m, score.errors_furniture_m)), str(score.twins),
        str(score.moving_sightings), str(score.moving),
    ]  # fmt: skip


def motions(seeds: int) -> list[list[str]]:
    """One row for each thing and speed: starting in motion, and after two seconds at rest."""
    rows, every = [], []
    for noise, camera in (("2 mm, 0.06 deg", CameraSettings()), ("1 cm, 0.5 deg", CAMERA)):
        for thing, start_m in (("box-1", (7.0, 3.2, 0.0)), ("mug-1", (6.8, 2.2, 0.9))):
            for speed in SPEEDS_M_S:
                for rest_s in (0.0, 2.0):
                    errors, bounds, kept = [], [], 0
                    for seed in range(seeds):
                        for way in ((speed, 0.0), (0.0, -speed), (speed * 0.7, speed * 0.7)):
                            seen = moved_thing(seed, way, thing=thing, start_m=start_m, rest_s=rest_s, camera=camera)
                            if len(seen) >= 5:
                                errors.append(seen[4][1])
                                bounds.append(least_error_m_s(start_m, way, rest_s, camera))
                                kept += len({object_id for object_id, _ in seen[:5]}) == 1
                    rows.append([noise, thing, f"{speed:g}", f"{rest_s:g}", *of_errors(errors),
                                 f"{kept} of {len(errors)}", f"{root_mean_square(bounds):.3f}"])  # fmt: skip
                    every += errors
    return [*rows, ["all", "", "", "", *of_errors(every), "", ""]]


def of_errors(errors: list[float]) -> list[str]:
    """Errors in words: the root of their mean square, the median, the largest, and how many are small enough."""
    within = sum(error <= 0.1 for error in errors)
    figures = (root_mean_square(errors), float(np.median(errors)), max(errors))
    return [*(f"{figure:.3f}" for figure in figures), f"{within} of {len(errors)}"]


def root_mean_square(values: list[float]) -> float:
    return float(np.sqrt(np.mean(np.square(values))))


def least_error_m_s(
    start_m: tuple[float, float, float], way_m_s: tuple[float, float], rest_s: float, camera: CameraSettings
) -> float:
    """Return the Cramer-Rao bound of the velocity's error at the fifth sighting for whoever looks at the thing alone.

    Every frame is wrong by a pose of its own and by nothing else: at r from the camera a sighting has the covariance
    t^2 + a^2 (r'r - r r'). At rest, and until when, it is known to have been.
    """
    information = np.zeros((6, 6))
    for number in range(-round(rest_s * camera.rate_hz), 5):
        gone_s = max(number, 0) / camera.rate_hz
        r = np.array(start_m) + gone_s * np.array([*way_m_s, 0.0]) - CAMERA_W
        cov = np.eye(3) * (camera.pose_noise_m**2 + camera.pose_noise_rad**2 * (r @ r))
        cov -= camera.pose_noise_rad**2 * np.outer(r, r)
        moves = np.hstack([np.eye(3), np.eye(3) * gone_s])
        information += moves.T @ np.linalg.solve(cov, moves)
    return float(np.sqrt(np.trace(np.linalg.inv(information)[3:, 3:])))


def main() -> None:
    """Print the tables asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--motion-seeds", type=int, default=2)
    given = parser.parse_args()
    if given.seeds:
        columns = ["home", "confirmed", "precision", "recall", "identity switches", "median error [cm]", "of things",
                   "of furniture", "false twins", "sightings: said to move", "at the end", "wall [s]"]  # fmt: skip
        show("tours", columns, tours(given.seeds))
    if given.motion_seeds:
        columns = ["pose noise", "thing", "speed, m/s", "rest before, s", "velocity's error at the 5th, m/s: rms",
                   "median", "largest", "within 0.1 m/s", "kept its id", "least rms, seen alone"]  # fmt: skip
        show("moving things", columns, motions(given.motion_seeds))


if __name__ == "__main__":
    main()
