"""What believing costs: python tests/benchmarks/belief_speed.py [--objects 10000] [--detections 30]

Boxes of 12 cm of 30 labels stand on a floor, 0.5 m apart, each seen three times. Then a camera 3 m above looks straight
down, another place each time, with so many of those in view reported. Told: the look at a frame's depth and the taking
in of its detections, all of the belief's part with the publishing of a view; beside it DynaMem's way of the same look,
all points of all objects projected with NumPy; and `where` by label and by id, `changed` and `explain`, each asked of a
view that nobody has asked yet. Best, median, 95 % and 99 % of the frames.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace

import numpy as np
from measure import show, timed_ms
from objects_speed import LABELS, SPACING_M, camera_at, filled, sighting

import spatialmem as sm
from spatialmem.belief import Belief
from spatialmem.config import BeliefConfig, DepthConfig, ShortTermConfig
from spatialmem.graph import Graph
from spatialmem.queries.asked import Asked
from spatialmem.queries.changed import changed
from spatialmem.queries.explain import explain
from spatialmem.queries.where import where
from spatialmem.shortterm import ObjectsView, ShortTerm
from spatialmem.shortterm.lift import Lifted

CAMERA = sm.Pinhole(320, 240, 280.0, 280.0, 159.5, 119.5)
HEIGHT_M, FRAMES, TOP_POINTS = 3.0, 200, 100
SENSOR = DepthConfig()
NO_FLOOR, NO_MAP = Graph(sm.GraphConfig(), 0.05).view(), sm.Octree(sm.OctreeConfig(budget_mib=16, threads=1))


def looks_down(p_W: np.ndarray, stamp_ns: int, places: np.ndarray) -> sm.RgbdFrame:
    """What a camera straight above a place sees: the floor, and the tops of the boxes."""
    X_WC = np.diag([1.0, -1.0, -1.0, 1.0])
    X_WC[:3, 3] = p_W + np.array([0.0, 0.0, HEIGHT_M])
    depth = np.full((CAMERA.height, CAMERA.width), round(1000 * (HEIGHT_M + 0.06)), np.uint16)
    away = places - p_W
    near = away[(np.abs(away[:, :2]) < HEIGHT_M).all(axis=1)]
    top_m = HEIGHT_M - 0.06
    for x, y, _ in near:
        u0, u1 = (round(CAMERA.cx + CAMERA.fx * (x + side) / top_m) for side in (-0.06, 0.06))
        v0, v1 = (round(CAMERA.cy - CAMERA.fy * (y - side) / top_m) for side in (-0.06, 0.06))
        depth[max(v0, 0) : max(v1 + 1, 0), max(u0, 0) : max(u1 + 1, 0)] = round(1000 * top_m)
    return sm.RgbdFrame(source="camera", stamp_ns=stamp_ns, received_ns=stamp_ns, depth=depth, camera=CAMERA, X_WC=X_WC)


def top_of(number: int, p_W: np.ndarray, rng: np.random.Generator) -> Lifted:
    """A box with points on its top."""
    one = sighting(number, p_W, rng)
    on_top = np.array([0.0, 0.0, 0.06]) + rng.uniform(-0.055, 0.055, (TOP_POINTS, 3)) * [1, 1, 0]
    return replace(one, points_W=(one.center_W + on_top).astype(np.float32))


def believed(memory: ShortTerm, places: np.ndarray, rng: np.random.Generator) -> Belief:
    """Tell a belief of all objects of a memory."""
    belief = Belief(BeliefConfig(), ShortTermConfig())
    view = memory.view()
    for start in range(0, len(places), 200):
        numbers = range(start, min(start + 200, len(places)))
        seen = [(number + 1, top_of(number, places[number], rng)) for number in numbers]
        tell(belief, memory, seen, looks_down(places[start], view.stamp_ns, places), start + 1)
    return belief


class Nowhere:
    """Space of which nothing is known."""

    def sight_m(self, eyes_W: np.ndarray, targets_W: np.ndarray) -> np.ndarray:
        return np.zeros(len(eyes_W), np.float32)

    def is_free(self, points_W: np.ndarray) -> np.ndarray:
        return np.zeros(len(points_W), bool)


def tell(belief: Belief, memory: ShortTerm, seen: list[tuple[int, Lifted]], frame: sm.RgbdFrame, seq: int) -> None:
    """Tell a belief of the detections of one frame."""
    belief.see(seen, {}, frame=frame, source="camera", objects=memory.view(), sensor=SENSOR, seq=seq,
               space=Nowhere())  # fmt: skip


def projected(points_W: np.ndarray, frame: sm.RgbdFrame) -> int:
    """DynaMem's way: project all points, and count those that the depth is beyond."""
    X_WC, camera = frame.X_WC, frame.camera
    points_C = (points_W - X_WC[:3, 3]) @ X_WC[:3, :3]
    z = points_C[:, 2]
    u = np.rint(points_C[:, 0] / z * camera.fx + camera.cx).astype(int)
    v = np.rint(points_C[:, 1] / z * camera.fy + camera.cy).astype(int)
    seen = (z > 0) & (u >= 0) & (u < camera.width) & (v >= 0) & (v < camera.height)
    return int((frame.depth[v[seen], u[seen]] * 0.001 > z[seen] + 0.1).sum())


def asked_of(objects: ObjectsView, belief: Belief, stamp_ns: int) -> Asked:
    """What a question is answered from, where nothing is known of space."""
    return Asked(objects, belief.view(), NO_FLOOR, NO_MAP, stamp_ns)


def measured(count: int, detections: int) -> list[list[str]]:
    """Time frames among many objects, and questions."""
    rng = np.random.default_rng(0)
    memory, places = filled(count, rng)
    belief = believed(memory, places, rng)
    all_points = np.concatenate([top_of(k, places[k], rng).points_W[:32] for k in range(count)])
    ms: dict[str, list[float]] = {}
    stamp_ns = memory.view().stamp_ns
    for number in range(FRAMES):
        stamp_ns += 33_000_000
        middle = int(rng.integers(0, count))
        frame = looks_down(places[middle], stamp_ns, places)
        near = np.flatnonzero((np.abs(places - places[middle]) < [1.4, 1.0, 1.0]).all(axis=1))[:detections]
        lifted = [(int(k) + 1, top_of(int(k), places[k], rng)) for k in near]
        memory.see([one for _, one in lifted], stamp_ns=stamp_ns, X_WC=camera_at(number), source="camera")
        objects = memory.view()
        look = timed_ms(belief.look, frame, objects, SENSOR, number + 1_000_000)
        start = time.perf_counter()
        tell(belief, memory, lifted, frame, number + 1_000_000)
        see = 1e3 * (time.perf_counter() - start)
        ms.setdefault("look at a frame", []).append(look)
        ms.setdefault("take in its detections", []).append(see)
        ms.setdefault("absence and belief, both", []).append(look + see)
        ms.setdefault("all points projected (NumPy)", []).append(timed_ms(projected, all_points, frame))
        asked = asked_of(memory.view(), belief, stamp_ns)
        ms.setdefault("where(label)", []).append(timed_ms(where, asked, LABELS[number % 30], from_W=None))
        asked = asked_of(memory.view(), belief, stamp_ns)
        ms.setdefault("where(id)", []).append(timed_ms(where, asked, middle + 1, from_W=None))
        ms.setdefault("changed(a second ago)", []).append(timed_ms(changed, asked, stamp_ns - 10**9, None))
        ms.setdefault("explain(id)", []).append(timed_ms(explain, asked, middle + 1))
    return [[name, f"{min(t):.3f}", *(f"{np.quantile(t, q):.3f}" for q in (0.5, 0.95, 0.99))] for name, t in ms.items()]


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--objects", type=int, default=10_000)
    parser.add_argument("--detections", type=int, default=30)
    given = parser.parse_args()
    side_m = SPACING_M * np.ceil(np.sqrt(given.objects))
    show(f"{given.objects} objects on {side_m:.0f} x {side_m:.0f} m, up to {given.detections} detections a frame",
         ["what", "best [ms]", "median [ms]", "95 % [ms]", "99 % [ms]"],
         measured(given.objects, given.detections))  # fmt: skip


if __name__ == "__main__":
    main()
