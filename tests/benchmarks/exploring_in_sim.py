"""How much a robot sees by exploring, and how far it drives: python tests/benchmarks/exploring_in_sim.py [--homes 30]

In every home a Husky that knows nothing starts where a simulation stands it, and explores by `Explorer` until that is
done, in the fast mode, with pictures of 320 x 240 at 5 Hz and a map of 5 cm. Beside it the scripted tour of `sim.tour`
is driven: planned with the truth, it turns all round at one or two stops in every room.

seen    the share of the floor that the robot truly gets to which is free or occupied in the map (`explored_share`)
metres  that the base truly drove; turns: how often it turned all round, in sum
held    ticks in which it stood because it would have touched something; why: what it said in the end
tour    what the tour saw, and its metres
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from measure import show

import spatialmem as sm
from planners.navigation import Explorer
from sim import generate_home
from sim.loop import drive
from sim.run import Tour
from sim.scoring import explored_share
from sim.simulation import Simulation
from sim.suites.setup import Setup

SETUP = Setup(width=320, height=240, rate_hz=5.0)
SEEN, LONGER = 0.95, 1.6
"""What is to be reached: of the floor, and of the tour's metres."""


@dataclass(frozen=True, slots=True)
class Driven:
    """What became of one drive."""

    share: float
    metres: float
    seconds: float
    turns: float
    held: int
    missed: int
    """Spots that it did not get to."""
    status: str
    why: str
    step_ms: float
    """99 % of its steps took no longer."""


def driven(seed: int, make: Callable[[Simulation], sm.Planner], duration_max_s: float) -> Driven:
    """Let a planner drive in a home that it knows nothing of."""
    home = generate_home(seed)
    memory = SETUP.memory(home)
    with Simulation(home, robot=SETUP.robot, mode="fast", seed=seed, camera=SETUP.camera) as simulation:
        planner = make(simulation)
        yaws: list[float] = []

        def note(_: object) -> None:
            X_WB = simulation.robot.X_WB()
            yaws.append(math.atan2(X_WB[1, 0], X_WB[0, 0]))

        done = drive(simulation, memory, planner, duration_max_s=duration_max_s, each_tick=note)
        robot = simulation.robot
        share = explored_share(memory.view(), simulation.world, radius_m=robot.pass_m, turn_m=robot.turn_m)
        turned_rad = np.abs(np.diff(np.unwrap(yaws))).sum()
        return Driven(
            share, done.metres, done.elapsed_s, float(turned_rad) / math.tau, robot.blocked_count,
            len(getattr(planner, "missed", ())), done.command.status, done.command.reason, done.step_ms(0.99),
        )  # fmt: skip


def summary(found: list[tuple[Driven, Driven]]) -> list[str]:
    """All homes in words."""
    share = np.array([one.share for one, _ in found])
    metres, tour = (np.array([pair[k].metres for pair in found]) for k in (0, 1))
    ratio = metres / tour
    return [
        f"seen: least {100 * share.min():.1f} %, mean {100 * share.mean():.1f} %; "
        f"{(share >= SEEN).sum()} of {len(share)} homes >= {100 * SEEN:.0f} %",
        f"metres: {metres.sum():.1f} in sum, the tours {tour.sum():.1f}: {metres.sum() / tour.sum():.2f} x; by home "
        f"mean {ratio.mean():.2f} x, median {np.median(ratio):.2f} x, most {ratio.max():.2f} x; "
        f"{(ratio <= LONGER).sum()} of {len(ratio)} homes <= {LONGER} x",
        f"tours: saw {100 * np.mean([one.share for _, one in found]):.1f} % in the mean, least "
        f"{100 * min(one.share for _, one in found):.1f} %",
        f"spatialmem {sm.__version__}",
    ]


def main() -> None:
    """Print a line a home, and what they come to."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--homes", type=int, default=30)
    parser.add_argument("--first", type=int, default=0, help="the seed of the first home")
    parser.add_argument("--seconds", type=float, default=900.0, help="so long a drive lasts at most")
    given = parser.parse_args()
    found, rows = [], []
    for seed in range(given.first, given.first + given.homes):
        started = time.perf_counter()
        one = driven(seed, lambda _: Explorer(config=SETUP.navigation), given.seconds)
        tour = driven(seed, Tour, given.seconds)
        found.append((one, tour))
        rows.append([
            str(seed), f"{100 * one.share:.1f} %", f"{one.metres:.1f}", f"{tour.metres:.1f}",
            f"{one.metres / tour.metres:.2f}", f"{100 * tour.share:.1f} %", f"{one.seconds:.0f}", f"{one.turns:.1f}",
            str(one.held), str(one.missed), f"{one.step_ms:.0f}", f"{one.status}: {one.why}",
        ])  # fmt: skip
        print(*rows[-1], f"{time.perf_counter() - started:.0f} s", sep=" | ", flush=True)
    columns = ["home", "seen", "metres", "tour, m", "x", "tour saw", "seconds", "turns", "held", "missed",
               "p99, ms", "why"]  # fmt: skip
    show("exploring", columns, rows)
    print(*summary(found), sep="\n")


if __name__ == "__main__":
    main()
