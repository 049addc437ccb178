"""How true P(still there) is, and what it is worth: python tests/benchmarks/belief_calibration.py [--worlds 200]

    --processes N      worlds at a time (default 1)
    --questions N      times at which somebody asks, in each world (default 200)

Drawn worlds (tests/support/belief_worlds.py): six classes whose mean stay is drawn between five minutes and three
weeks, three to six things of each, ten places, a robot that comes by at irregular times, a detector that misses 5 to
30 %. The memory (tests/support/belief_memory.py) begins with one week for all. At random times it is asked of every
thing whose class has shown 20 moves. "Still there" is that the thing was not moved since it was last seen. The others
are told the same sightings. A time-to-live best in hindsight was chosen with the true answers: one for all, or one for
each class of each world. Cleared ones also take a thing for gone once a look did not find it.

ECE has 10 equal-mass bins of all answers; most of these are sure, and so it is told too for those where the memory said
something between 5 and 95 %. Intervals are 95 %, bootstrapped over worlds (of an ECE they reach up rather than down).
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import numpy as np
from measure import show

# isort: split
from belief_memory import ANSWER, answers  # after measure: it puts support/ on the path
from belief_worlds import ARMS, drawn_world

from sim.suites.intervals import mean_interval

BINS = 10
OPEN_P = 0.05, 0.95
HOUR_S, DAY_S = 3600.0, 86400.0
TTLS_S = {"10 minutes": 600.0, "1 hour": HOUR_S, "6 hours": 6 * HOUR_S, "1 day": DAY_S, "1 week": 7 * DAY_S}
HINDSIGHT_S = np.geomspace(30.0, 1e8, 80)
THIRDS_S = {"under an hour": (0.0, HOUR_S), "under a day": (HOUR_S, DAY_S), "longer": (DAY_S, np.inf)}


def asked(seed: int, arm: str, questions: int, by_place: bool) -> np.ndarray:
    """All answers in one world, with its number."""
    told = answers(drawn_world(seed, arm, questions=questions), by_place=by_place)
    found = np.zeros(len(told), np.dtype([*ANSWER.descr, ("world", "i8")]))
    for name in ANSWER.names or ():
        found[name] = told[name]
    found["world"] = seed
    return found


def calibration(found: np.ndarray, worlds: int) -> tuple[tuple[float, float, float], list[tuple[float, float]]]:
    """ECE with its interval, and what was said and what was true in every bin."""
    order = np.argsort(found["p"], kind="stable")
    bins = np.empty(len(found), int)
    for number, rows in enumerate(np.array_split(order, BINS)):
        bins[rows] = number
    cell = found["world"] * BINS + bins
    sums = np.stack([np.bincount(cell, x, worlds * BINS) for x in (np.ones(len(found)), found["p"], found["there"])])
    sums = sums.reshape(3, worlds, BINS)

    def ece(total: np.ndarray) -> np.ndarray:
        return np.abs(total[1] - total[2]).sum(axis=-1) / np.maximum(total[0].sum(axis=-1), 1.0)

    drawn = np.random.default_rng((0, worlds)).multinomial(worlds, np.full(worlds, 1 / worlds), 2000)
    low, high = np.percentile(ece(np.einsum("rw,kwb->krb", drawn, sums)), (2.5, 97.5))
    count, said, true = sums.sum(axis=1)
    return (float(ece(sums.sum(axis=1))), float(low), float(high)), list(
        zip(said / np.maximum(count, 1), true / np.maximum(count, 1), strict=True)
    )


def brier(said: np.ndarray, found: np.ndarray, worlds: int) -> np.ndarray:
    """The mean squared error in each world; not a number where nothing was asked."""
    count = np.bincount(found["world"], minlength=worlds)
    total = np.bincount(found["world"], (said - found["there"]) ** 2, worlds)
    return np.divide(total, count, out=np.full(worlds, np.nan), where=count > 0)


def hindsight(found: np.ndarray, allowed: np.ndarray) -> np.ndarray:
    """What a time-to-live said that was best for these answers; never where it is not `allowed`."""
    said = [(found["age_s"] < ttl_s) & allowed for ttl_s in (0.0, *HINDSIGHT_S, np.inf)]
    return said[int(np.argmin([np.sum(x != found["there"]) for x in said]))]


def others(found: np.ndarray) -> dict[str, np.ndarray]:
    """What simpler memories say."""
    always, looked = np.ones(len(found), bool), found["looked"]
    said = {"always there": always, "last seen of its label": found["newest"], "there till a look fails": looked}
    said |= {f"time-to-live {name}": found["age_s"] < ttl_s for name, ttl_s in TTLS_S.items()}
    said["time-to-live, best in hindsight"] = hindsight(found, always)
    said["the same, cleared"] = hindsight(found, looked)
    own, own_cleared = np.zeros(len(found), bool), np.zeros(len(found), bool)
    _, group = np.unique(np.stack([found["world"], found["dwell_s"]]), axis=1, return_inverse=True)
    order = np.argsort(group.ravel(), kind="stable")
    for rows in np.split(order, np.cumsum(np.bincount(group.ravel()))[:-1]):
        own[rows], own_cleared[rows] = (hindsight(found[rows], x[rows]) for x in (always, looked))
    said["best of each class and world"], said["the same, cleared "] = own, own_cleared
    return {name: x.astype(float) for name, x in said.items()}


def told(mean: tuple[float, float, float], sign: str = "") -> str:
    """A mean and its interval, in hundredths."""
    middle, low, high = (f"{100 * x:{sign}.1f}" for x in mean)
    return "-" if np.isnan(mean[0]) else f"{middle} [{low}, {high}]"


def row_of(name: str, found: np.ndarray, worlds: int) -> list[str]:
    """One row of the first table."""
    unsure = found[(found["p"] > OPEN_P[0]) & (found["p"] < OPEN_P[1])]
    thirds = []
    for low_s, high_s in THIRDS_S.values():
        chosen = found[(found["dwell_s"] >= low_s) & (found["dwell_s"] < high_s)]
        thirds.append(f"{100 * calibration(chosen, worlds)[0][0]:.1f}" if len(chosen) else "-")
    return [name, str(len(found)), f"{100 * found['there'].mean():.0f} %", told(calibration(found, worlds)[0]), *thirds,
            f"{100 * len(unsure) / len(found):.0f} %", told(calibration(unsure, worlds)[0])]  # fmt: skip


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    for name, default in (("worlds", 200), ("processes", 1), ("questions", 200)):
        parser.add_argument(f"--{name}", type=int, default=default)
    given = parser.parse_args()
    worlds, found = given.worlds, {}
    with ProcessPoolExecutor(given.processes) as pool:
        for arm, by_place in [*((arm, True) for arm in ARMS), ("by place", False)]:
            one = partial(asked, arm=arm, questions=given.questions, by_place=by_place)
            name = arm if by_place else f"{arm}, classes only"
            found[name] = np.concatenate(list(pool.map(one, range(worlds), chunksize=4)))
    columns = [
        "worlds",
        "answers",
        "still there",
        "ECE [%]",
        *(f"stays {x}" for x in THIRDS_S),
        "5 to 95 %",
        "ECE of them [%]",
    ]
    show(f"P(still there), {worlds} worlds each", columns, [row_of(name, x, worlds) for name, x in found.items()])
    bins = [[name, *(f"{100 * said:.0f} / {100 * true:.0f}" for said, true in calibration(x, worlds)[1])]
            for name, x in found.items()]  # fmt: skip
    show("said / true in each tenth of the answers [%]", ["worlds", *(str(k + 1) for k in range(BINS))], bins)
    scores: dict[str, dict[str, np.ndarray]] = {}
    for name, x in found.items():
        for memory, said in {"ours": x["p"], **others(x)}.items():
            scores.setdefault(memory, {})[name] = brier(said, x, worlds)
    rows = [[memory, *(told(mean_interval(list(x))) for x in of.values())] for memory, of in scores.items()]
    show("Brier score x 100", ["", *found], rows)
    rows = [[memory, *(told(mean_interval(list(scores["ours"][name] - x)), "+") for name, x in of.items())]
            for memory, of in scores.items() if memory != "ours"]  # fmt: skip
    show("Brier score x 100, ours less each, paired", ["", *found], rows)


if __name__ == "__main__":
    main()
