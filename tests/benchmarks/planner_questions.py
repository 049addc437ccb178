"""What a planner's questions cost among many things: python tests/benchmarks/planner_questions.py [--rooms 7]

A flat building of square rooms, each with 8 tables of 25 things (7 x 7 rooms: 9,800 things), seen from above by a
camera that passes over all of it three times. Then every question is asked again and again: of one memory at rest, each
time of a view that nobody has asked yet; and from a second thread while frames with detections go in at 30 a second,
each time of the newest view. Median, 99 %, 99.9 % and the longest [ms]. Questions that need ways over the floor are
told apart, at the end.
"""

from __future__ import annotations

import argparse
import threading
import time
from collections.abc import Callable

import numpy as np
from measure import show
from warehouse import LABELS, Warehouse

import spatialmem as sm

FRAMES_PER_S = 30
START_M = (5.0, 5.0)
"""There the camera goes to and fro while questions are asked."""
CONFIG = sm.Config(
    shortterm=sm.ShortTermConfig(tentative_s=1e6, tentative_max=20_000, objects_max=20_000),
    longterm=sm.LongTermConfig(leave_m=1e5, return_m=9e4),
)
"""All of them stay in the buffer: that is the hardest case."""
Question = Callable[[sm.View, int], object]


def questions(ids: list[int], names: list[str], at_m: np.ndarray) -> tuple[dict[str, Question], dict[str, Question]]:
    """Every question that is answered at once, and those that need ways; `k` says which thing is asked for."""

    def one(k: int) -> int:
        return ids[(k * 7919) % len(ids)]

    def name(k: int) -> str:
        return names[(k * 7919) % len(names)]

    def label(k: int) -> str:
        return LABELS[k % len(LABELS)]

    def p_W(k: int) -> np.ndarray:
        return at_m[(k * 7919) % len(at_m)]

    quick: dict[str, Question] = {
        "objects(label)": lambda view, k: view.objects(label(k)),
        "objects(label, in_=room)": lambda view, k: view.objects(label(k), in_=view.rooms()[k % len(view.rooms())]),
        "objects(in_=thing)": lambda view, k: view.objects(in_=one(k)),
        "object(id)": lambda view, k: view.object(one(k)),
        "relations(id)": lambda view, k: view.relations(one(k)),
        "rooms()": lambda view, k: view.rooms(),
        "room_of(id)": lambda view, k: view.room_of(one(k)),
        "room_of(point)": lambda view, k: view.room_of(p_W(k)),
        "where(id)": lambda view, k: view.where(one(k)),
        "where(label)": lambda view, k: view.where(label(k)),
        "history(id)": lambda view, k: view.history(one(k)),
        "changed(since the last poll)": lambda view, k: view.changed(since_seq=max(view.seq - 3, 0)),
        "changed(a minute ago)": lambda view, k: view.changed(view.stamp_ns - 60 * 10**9),
        "explain(id)": lambda view, k: view.explain(one(k)),
        "nearest_obstacles(5)": lambda view, k: view.nearest_obstacles(5),
        "brief(800)": lambda view, k: view.brief(800),
        "brief(800, task)": lambda view, k: view.brief(800, f"bring {name(k)}"),
        "brief(800, since the last poll)": lambda view, k: view.brief(800, since_seq=max(view.seq - 3, 0)),
        "ground(text)": lambda view, k: view.ground(f"bring {name(k)} to {name(k + 1)}"),
    }
    with_ways: dict[str, Question] = {
        "reachable(100 points)": lambda view, k: view.reachable(np.tile(p_W(k), (100, 1))),
        "route(point)": lambda view, k: view.route(None, p_W(k)[:2] + np.array([0.0, 0.9])),
        "route(id)": lambda view, k: view.route(None, one(k)),
        "where_to_stand(id)": lambda view, k: view.where_to_stand(one(k)),
        "nearest(label)": lambda view, k: view.nearest(label(k)),
        "search_order(label)": lambda view, k: view.search_order(label(k)),
        "explore_value()": lambda view, k: view.explore_value(),
    }
    return quick, with_ways


def filled(building: Warehouse) -> sm.SpatialMemory:
    """A memory that has seen all of it."""
    memory = sm.SpatialMemory(CONFIG)
    for x in building.inputs():
        answer = memory.observe(x)
        assert isinstance(answer, sm.Receipt), answer
    return memory


def timed(question: Question, view: sm.View, k: int) -> float:
    """How long one answer takes [ms]."""
    start = time.perf_counter()
    question(view, k)
    return 1e3 * (time.perf_counter() - start)


def at_rest(memory: sm.SpatialMemory, asked: dict[str, Question], count: int) -> dict[str, list[float]]:
    """Each question of a memory that is told nothing: what the moment has worked out already is there."""
    return {name: [timed(question, memory.view(), k) for k in range(count)] for name, question in asked.items()}


def while_told(
    memory: sm.SpatialMemory, building: Warehouse, asked: dict[str, Question], seconds: float
) -> tuple[dict[str, list[float]], int]:
    """Each question in turn from a second thread, while frames go in; and how many frames did."""
    took: dict[str, list[float]] = {name: [] for name in asked}
    done = threading.Event()

    def ask() -> None:
        k = 0
        while not done.is_set():
            for name, question in asked.items():
                took[name].append(timed(question, memory.view(), k))
                time.sleep(0.002)
            k += 1

    boxes, things, stamp_ns = building.boxes(), building.things_W(), memory.view().stamp_ns + 60 * 10**9
    p_m, frames = np.array(START_M), 0
    thread = threading.Thread(target=ask)
    thread.start()
    due = end = time.perf_counter()
    end += seconds
    while time.perf_counter() < end:
        stamp_ns += 10**9 // FRAMES_PER_S
        p_m = p_m + np.array([0.02, 0.0]) * (1 if frames % 400 < 200 else -1)
        for x in building.seen(p_m, stamp_ns, boxes, things):
            memory.observe(x)
        frames += 1
        due = max(due + 1 / FRAMES_PER_S, time.perf_counter() - 1 / FRAMES_PER_S)
        time.sleep(max(0.0, due - time.perf_counter()))
    done.set()
    thread.join()
    return took, frames


def rows(took: dict[str, list[float]]) -> list[list[str]]:
    """The figures in words."""
    every = {**took, "all of them": [ms for times in took.values() for ms in times]}
    return [
        [name, f"{len(ms):,}", *(f"{f:.2f}" for f in (*np.percentile(ms, (50, 99, 99.9)), max(ms)))]
        for name, ms in every.items()
    ]


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rooms", type=int, default=7)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seconds", type=float, default=60.0)
    given = parser.parse_args()
    building = Warehouse(given.rooms)
    start = time.perf_counter()
    memory = filled(building)
    view = memory.view()
    records = view.objects()
    title = (
        f"{len(records)} things, {len(view.places())} places, {len(view.rooms())} rooms; "
        f"told in {time.perf_counter() - start:.0f} s"
    )
    ids = [one.id for one in records]
    quick, with_ways = questions(ids, [one.name for one in records], np.array([one.center_W for one in records]))
    columns = ["question, ms", "asked", "p50", "p99", "p99.9", "longest"]
    for what, asked, count in (("", quick, given.count), (", with ways", with_ways, given.count // 6)):
        show(f"{title}; at rest{what}", columns, rows(at_rest(memory, asked, count)))
    for what, asked in (("", quick), (", with ways", with_ways)):
        took, frames = while_told(memory, building, asked, given.seconds)
        shown = f"while {frames / given.seconds:.0f} frames a second go in{what}"
        show(f"{title}; {shown}", columns, rows(took))


if __name__ == "__main__":
    main()
