"""Hit rates of the replacement policies beside Belady's optimum: python tests/benchmarks/replacement.py

Zipf, uniform and drifting streams over 500 keys, a loop over 150; the mean of some seeds. A merged unit hits only for
the key that it answers exactly. Last column: how long a request takes, by the longest stream's best seed.
"""

from __future__ import annotations

from measure import show, timed_ms
from request_streams import best_hits, hits, stream_of

from spatialmem.shortterm.policies import POLICIES, policy_of

STREAMS, CAPACITIES = ("zipf", "uniform", "drifting", "loop"), (5, 10, 25, 100)
LENGTH, SEEDS = 20_000, 3


def share(name: str | None, stream: str, capacity: int) -> tuple[float, float]:
    """The share of requests that hit [%], mean of the seeds; and the best time of a request [µs]."""
    shares, times_us = [], []
    for seed in range(1 if stream == "loop" else SEEDS):
        requests = stream_of(stream, LENGTH, seed)
        found: list[int] = []
        if name is None:
            elapsed_ms = timed_ms(lambda r=requests, f=found: f.append(best_hits(r, capacity)))
        else:
            policy = policy_of(name, capacity=capacity)
            elapsed_ms = timed_ms(lambda p=policy, r=requests, f=found: f.append(hits(p, r, capacity)))
        shares.append(100 * found[0] / LENGTH)
        times_us.append(1e3 * elapsed_ms / LENGTH)
    return sum(shares) / len(shares), min(times_us)


if __name__ == "__main__":
    for stream in STREAMS:
        rows = []
        for name in (*POLICIES, None):
            cells = [share(name, stream, capacity) for capacity in CAPACITIES]
            rows.append([name or "Belady's optimum", *(f"{cell[0]:.1f}" for cell in cells), f"{cells[-1][1]:.1f}"])
        columns = ["policy", *(f"{capacity} units" for capacity in CAPACITIES), "µs/request"]
        show(f"hits of {LENGTH:,} requests [%], {stream}", columns, rows)
