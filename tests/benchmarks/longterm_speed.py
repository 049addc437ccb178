"""What leaving things behind costs and saves: python tests/benchmarks/longterm_speed.py [--objects 10000]

Objects of 30 labels stand on a grid, 0.5 m apart, and are believed in. A camera 3 m above goes straight over them at
1.5 m/s, 30 pictures a second, and each shows the objects under it. Once all of them are recent, once those that it is
far from are in long-term memory, with leave_s = 0: what goes and comes back with every picture is the most there is.
Told, in ms: what goes and comes back; the frame held against objects, and its detections taken in; then questions of a
view of that moment, each asked of a fresh one. The memory's map is left out.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from belief_speed import SENSOR, Nowhere, asked_of, believed, looks_down, top_of
from measure import show, timed_ms
from objects_speed import LABELS, camera_at, filled

import spatialmem as sm
from spatialmem import consolidate
from spatialmem.config import LongTermConfig
from spatialmem.longterm import LongTerm
from spatialmem.queries.where import where
from spatialmem.shortterm import ObjectsView, ShortTerm

FRAMES, SPEED_M_S, RATE_HZ = 200, 1.5, 30.0
NEVER = LongTermConfig(leave_m=1e6, return_m=1e5)
AT_ONCE = LongTermConfig(leave_s=0.0)


def every(short: ShortTerm, lasting: LongTerm) -> ObjectsView:
    """All objects, of which nothing was asked yet."""
    return consolidate.both(short.view(), lasting.view())


def measured(count: int, longterm: LongTermConfig) -> tuple[dict[str, list[float]], int, int]:
    """Time frames and questions; return besides how many objects are in long-term memory, and what went and came."""
    rng = np.random.default_rng(0)
    short, places = filled(count, rng)
    belief, lasting = believed(short, places, rng), LongTerm(longterm)
    ms: dict[str, list[float]] = {}
    start_W, stamp_ns, moved = places[len(places) // 2 + round(count**0.5) // 4], short.view().stamp_ns, 0

    def note(name: str, value: float) -> None:
        ms.setdefault(name, []).append(value)

    for number in range(FRAMES):
        stamp_ns += round(1e9 / RATE_HZ)
        eye_W = start_W + np.array([number * SPEED_M_S / RATE_HZ, 0.0, 0.0])
        frame = looks_down(eye_W, stamp_ns, places)
        before = set(lasting.view().lot.items)
        gather = timed_ms(consolidate.gather, short, lasting, frame, SENSOR)
        leave = timed_ms(consolidate.leave, short, lasting, belief.view(), frame, SENSOR)
        moved += len(before ^ set(lasting.view().lot.items)) if number else 0
        near = np.flatnonzero((np.abs(places - eye_W) < [1.4, 1.0, 1.0]).all(axis=1))[:30]
        lifted = [(int(k) + 1, top_of(int(k), places[k], rng)) for k in near]
        see = timed_ms(
            short.see, [one for _, one in lifted], stamp_ns=stamp_ns, X_WC=camera_at(number), source="camera"
        )
        about = consolidate.both(short.view(), lasting.view(), near_only=True)
        look = timed_ms(belief.look, frame, about, SENSOR, number + 1_000_000)
        begin = time.perf_counter()
        belief.see(lifted, {}, frame=frame, source="camera", objects=every(short, lasting), sensor=SENSOR,
                   seq=number + 1_000_000, space=Nowhere())  # fmt: skip
        believe = 1e3 * (time.perf_counter() - begin)
        if number:  # with the first one, nearly all of them go
            note("goes and comes back", gather + leave)
            note("objects follow", see)
            note("belief, both", look + believe)
            note("all of it", gather + leave + see + look + believe)
        short.move(sm.RobotState(source="robot", stamp_ns=stamp_ns, received_ns=stamp_ns, X_WB=np.eye(4)))
        note("objects(label)", timed_ms(every(short, lasting).objects, LABELS[0]))
        note("objects()", timed_ms(every(short, lasting).objects))
        note("nearest_obstacles(5, 3 s)", timed_ms(every(short, lasting).nearest_obstacles, 5, 3.0))
        asked = asked_of(every(short, lasting), belief, stamp_ns)
        note("where(label)", timed_ms(where, asked, LABELS[number % 30], from_W=None))
        note("where(id)", timed_ms(where, asked, 1, from_W=None))
    return ms, len(lasting.view().lot), moved


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--objects", type=int, default=10_000)
    given = parser.parse_args()
    plain, _, _ = measured(given.objects, NEVER)
    ours, parked, moved = measured(given.objects, AT_ONCE)
    rows = [
        [name, *(f"{np.quantile(t, q):.3f}" for t in (plain[name], ours[name]) for q in (0.0, 0.5, 0.99))]
        for name in plain
    ]
    title = f"{given.objects} objects, {parked} of them left behind; {moved / FRAMES:.1f} go or come with a picture"
    show(title, ["what", *(f"{where}, {what}" for where in ("recent", "left") for what in ("best", "50 %", "99 %"))],
         rows)  # fmt: skip


if __name__ == "__main__":
    main()
