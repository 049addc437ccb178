"""What remembering objects costs: python tests/benchmarks/objects_speed.py [--objects 10000] [--detections 30]

Objects of 30 labels stand on a grid, 0.5 m apart, each seen three times; then 200 frames show each so many of them side
by side, with 1 cm of noise. Told: the whole of `ShortTerm.see`, with the publishing of a view, and its parts; beside it
the plain way, a dense matrix of distances to all objects (scipy's cdist) with every wrong label forbidden, and one
assignment; what a reader asks; and lifting, on ray-cast frames of a home. Best and median of the frames.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from measure import show, timed_ms

import spatialmem as sm
from spatialmem.config import ShortTermConfig
from spatialmem.shortterm import ShortTerm, following, lift, short_term
from spatialmem.shortterm.faces import AXES_W
from spatialmem.shortterm.lift import Lifted

LABELS = tuple(f"thing_{number}" for number in range(30))
SPACING_M, HALF_M, FRAMES = 0.5, 0.06, 200


def sighting(number: int, p_W: np.ndarray, rng: np.random.Generator) -> Lifted:
    """A box of 12 cm, seen from all sides, 1 cm off; the pose may be wrong by as much again."""
    p_W = p_W + rng.normal(0, 0.01, 3)
    reach = AXES_W @ p_W
    wide = HALF_M * np.abs(AXES_W).sum(axis=1)
    return Lifted(
        label=LABELS[number % len(LABELS)],
        score=0.8,
        points_W=np.repeat(p_W[None].astype(np.float32), 100, axis=0),
        centroid_W=p_W,
        covariance_W=np.eye(3) * 2e-4,
        sway_W=np.hstack([np.zeros((3, 3)), np.eye(3) * 0.01]),
        center_W=p_W,
        size_m=np.full(3, 2 * HALF_M),
        yaw_rad=0.0,
        faces_m=np.stack([reach - wide, reach + wide], axis=1),
        seen=np.ones((5, 2), bool),
        pixel_m=0.005,
        embedding=None,
    )


def camera_at(step: int) -> np.ndarray:
    """A camera that has moved on enough to be another viewpoint."""
    X_WC = np.eye(4)
    X_WC[0, 3] = 0.2 * step
    return X_WC


def filled(count: int, rng: np.random.Generator) -> tuple[ShortTerm, np.ndarray]:
    """A memory of so many confirmed objects, and where they are."""
    side = int(np.ceil(np.sqrt(count)))
    number = np.arange(count)
    places = np.stack([number % side, number // side, np.zeros(count)], axis=1) * SPACING_M
    memory = ShortTerm(ShortTermConfig(objects_max=count + 1000, tentative_max=count + 1000, tentative_s=1e6))
    stamp_ns = 0
    for turn in range(3):
        for start in range(0, count, 200):
            stamp_ns += 10_000_000
            some = [sighting(k, places[k], rng) for k in range(start, min(start + 200, count))]
            memory.see(some, stamp_ns=stamp_ns, X_WC=camera_at(turn), source="camera")
    assert len(memory.view()) >= 0.99 * count, f"{len(memory.view())} of {count} are confirmed"
    return memory, places


def plain(centers_W: np.ndarray, labels: np.ndarray, seen: list[Lifted], seen_labels: np.ndarray) -> np.ndarray:
    """Return the object of each detection, -1 for none within 15 cm: the nearest, over all objects at once."""
    from scipy.optimize import linear_sum_assignment
    from scipy.spatial.distance import cdist

    cost = cdist(np.array([one.centroid_W for one in seen]), centers_W)
    cost[seen_labels[:, None] != labels] = 1e3
    i, j = linear_sum_assignment(cost)
    found = np.full(len(seen), -1)
    good = cost[i, j] <= 0.15
    found[i[good]] = j[good]
    return found


def remembering(count: int, detections: int) -> list[list[str]]:
    """Time frames among many objects, and the parts of each."""
    rng = np.random.default_rng(0)
    memory, places = filled(count, rng)
    labels = np.arange(count) % len(LABELS)
    parts: dict[str, list[float]] = {}

    def timed(name: str, call):
        def inner(*arguments, **options):
            start = time.perf_counter()
            result = call(*arguments, **options)
            spent[name] = spent.get(name, 0.0) + 1e3 * (time.perf_counter() - start)
            return result

        return inner

    for name in ("assign", "follow", "begin"):
        setattr(following, name, timed(name, getattr(following, name)))
    for name in ("derive", "merge_pairs"):
        setattr(short_term, name, timed(name, getattr(short_term, name)))
    stamp_ns = memory.view().stamp_ns
    for frame in range(FRAMES):
        stamp_ns += 200_000_000
        first = int(rng.integers(0, count - detections))
        seen = [sighting(k, places[k], rng) for k in range(first, first + detections)]
        spent: dict[str, float] = {}
        cpu_s = time.process_time()
        whole = timed_ms(memory.see, seen, stamp_ns=stamp_ns, X_WC=camera_at(frame), source="camera")
        parts.setdefault("a frame, all in", []).append(whole)
        parts.setdefault("the same, processor time", []).append(1e3 * (time.process_time() - cpu_s))
        tracks = sum(spent.get(name, 0.0) for name in ("assign", "follow", "begin", "merge_pairs", "derive"))
        parts.setdefault("association and tracks", []).append(tracks)
        parts.setdefault("of that association", []).append(spent.get("assign", 0.0))
        shown = labels[first : first + detections]
        start = time.perf_counter()
        found = plain(places, labels, seen, shown)
        parts.setdefault("the plain way: association alone", []).append(1e3 * (time.perf_counter() - start))
        assert (found == np.arange(first, first + detections)).all()
        state = sm.RobotState(source="robot", stamp_ns=stamp_ns, received_ns=stamp_ns, X_WB=at(places[first]),
                              linear_velocity_B_m_s=(0.5, 0.0, 0.0))  # fmt: skip
        parts.setdefault("a motion", []).append(timed_ms(memory.move, state))
        view = memory.view()
        parts.setdefault("nearest_obstacles(5, 3 s)", []).append(timed_ms(view.nearest_obstacles, 5, 3.0))
        parts.setdefault("relative(id)", []).append(timed_ms(view.relative, first + 1))
    return [
        [name, f"{min(ms):.3f}", f"{np.median(ms):.3f}", f"{np.quantile(ms, 0.95):.3f}"] for name, ms in parts.items()
    ]


def at(p_W: np.ndarray) -> np.ndarray:
    """A pose without rotation."""
    X_WB = np.eye(4)
    X_WB[:3, 3] = p_W
    return X_WB


def lifting() -> list[list[str]]:
    """Time the lifting of every detection of a tour's first frames, with masks and with boxes only."""
    import dataclasses

    from sim import Simulation, TourRun, generate_home

    home, settings = generate_home(0), ShortTermConfig()
    run = TourRun(lambda: Simulation(home, mode="fast", seed=0), name=home.name, duration_max_s=20.0)
    ms: dict[str, list[float]] = {"lift, mask": [], "lift, box": []}
    frame = None
    for x in run:
        if isinstance(x, sm.RgbdFrame):
            frame = x
        elif isinstance(x, sm.Detections) and frame is not None:
            for item in x.items:
                box = dataclasses.replace(item, mask=None)
                for name, detection in (("lift, mask", item), ("lift, box", box)):
                    ms[name].append(min(timed_ms(lift, detection, frame, settings=settings) for _ in range(2)))
    run.close()
    return rows_of(ms)


def rows_of(ms: dict[str, list[float]]) -> list[list[str]]:
    """One row for each thing measured."""
    return [[name, f"{min(t):.3f}", f"{np.median(t):.3f}", f"{np.quantile(t, 0.95):.3f}"] for name, t in ms.items()]


def main() -> None:
    """Print two tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--objects", type=int, default=10_000)
    parser.add_argument("--detections", type=int, default=30)
    given = parser.parse_args()
    columns = ["what", "best [ms]", "median [ms]", "95 % [ms]"]
    show(f"{given.objects} objects, {given.detections} detections a frame", columns,
         remembering(given.objects, given.detections))  # fmt: skip
    show("one detection, 320x240 (the better of two runs each)", columns, lifting())


if __name__ == "__main__":
    main()
