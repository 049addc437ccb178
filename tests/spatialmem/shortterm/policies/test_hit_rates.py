"""Hit rates beside what is known in closed form, and beside the optimum that knows the future."""

import random

import numpy as np
import pytest
from request_streams import (
    KEYS,
    LOOP,
    best_hits,
    best_hits_tried_out,
    hits,
    lru_share_on_zipf,
    stream_of,
)

from spatialmem.shortterm.policies import POLICIES, policy_of

pytestmark = pytest.mark.usefixtures("unchecked_shapes")  # half a million calls; test_policies.py has them checked
CAPACITIES = (5, 25, 100)
STREAMS = ("zipf", "uniform", "drifting", "loop")


def share(name, stream, capacity):
    return hits(policy_of(name, capacity=capacity), stream, capacity) / len(stream)


def test_the_optimum_is_what_trying_every_victim_finds():
    rng = random.Random(3)
    for _ in range(150):
        keys, capacity = rng.randint(2, 6), rng.randint(1, 4)
        stream = [rng.randrange(keys) for _ in range(rng.randint(1, 16))]
        assert best_hits(stream, capacity) == best_hits_tried_out(stream, capacity), (stream, capacity)


@pytest.mark.parametrize("stream", STREAMS)
def test_no_policy_beats_the_optimum(stream):
    requests = stream_of(stream, 1500, seed=1)
    for capacity in CAPACITIES:
        best = best_hits(requests, capacity)
        for name in POLICIES:
            assert hits(policy_of(name, capacity=capacity), requests, capacity) <= best, (name, capacity)


@pytest.mark.parametrize("name", ["fifo", "lru"])
@pytest.mark.parametrize("capacity", [1, 5, LOOP - 1])
def test_a_loop_one_longer_than_the_buffer_never_hits(name, capacity):
    requests = (
        [i % (capacity + 1) for i in range(20 * (capacity + 1))] if capacity < LOOP - 1 else stream_of("loop", 900, 0)
    )
    assert share(name, requests, capacity) == 0


@pytest.mark.parametrize("name", POLICIES)
def test_a_loop_that_fits_hits_but_for_the_first_time(name):
    requests = [i % 20 for i in range(400)]
    assert hits(policy_of(name, capacity=20), requests, 20) == 380


@pytest.mark.parametrize("capacity", [5, 25, 100])
def test_the_optimum_on_a_loop(capacity):
    requests = stream_of("loop", 100 * LOOP, 0)
    assert best_hits(requests, capacity) / len(requests) == pytest.approx((capacity - 1) / (LOOP - 1), abs=0.01)


@pytest.mark.parametrize("name", POLICIES)
def test_nothing_can_be_learned_from_a_uniform_stream(name):
    requests, capacity = stream_of("uniform", 5000, seed=2), 100
    expected = capacity / KEYS
    sigma = np.sqrt(expected * (1 - expected) / len(requests))
    # the buffer fills at first: about `capacity` requests hit less often
    assert share(name, requests, capacity) == pytest.approx(expected, abs=4 * sigma + capacity / len(requests))


@pytest.mark.parametrize("capacity", [10, 100])
def test_lru_on_zipf_is_what_che_says(capacity):
    requests = stream_of("zipf", 20_000, seed=4)
    assert share("lru", requests, capacity) == pytest.approx(lru_share_on_zipf(capacity), abs=0.015)


def test_counting_wins_where_wishes_stay_and_loses_where_they_drift():
    still, drifting = stream_of("zipf", 4000, seed=5), stream_of("drifting", 4000, seed=5)
    names = ("fifo", "lru", "lfu", "memory-bank", "survival-value", "w-tinylfu")
    stays, drifts = ({name: share(name, stream, 25) for name in names} for stream in (still, drifting))
    for counting in ("lfu", "memory-bank", "survival-value", "w-tinylfu"):
        assert stays[counting] > stays["lru"] + 0.03 > stays["fifo"] + 0.06
    assert drifts["lfu"] < drifts["fifo"] - 0.1
    assert drifts["w-tinylfu"] > drifts["lru"] > drifts["fifo"]


def test_what_was_merged_away_is_a_miss():
    policy, capacity = policy_of("adjacent-merge", capacity=3), 3
    assert hits(policy, [0, 10, 20, 30, 0, 10], capacity) < 2  # one kind: two of them became one
