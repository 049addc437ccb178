"""Streams of requests to a full buffer, what a policy makes of them, and the best that any could have made of them."""

import heapq
import math

import numpy as np

from spatialmem.protocols import Policy

KEYS, KINDS, DIMENSION = 500, 10, 16
LOOP = 150
"""Keys of the loop: more than any capacity here."""
DRIFT_EVERY = 50
"""After so many requests the drifting stream's most wanted key is another."""
STEP_NS = 10**9


def zipf_weights(keys: int = KEYS) -> np.ndarray:
    """Return the probabilities of Zipf's law with exponent 1."""
    weights = 1 / np.arange(1, keys + 1)
    return weights / weights.sum()


def stream_of(name: str, length: int, seed: int) -> list[int]:
    """Return a stream of keys: "zipf", "uniform", "drifting" (Zipf whose ranks move on over the keys) or "loop"."""
    rng = np.random.default_rng((17, seed))
    if name == "loop":
        return [i % LOOP for i in range(length)]
    if name == "uniform":
        return rng.integers(0, KEYS, length).tolist()
    places = rng.permutation(KEYS)  # so that neighbouring ranks are no neighbours in kind
    ranks = rng.choice(KEYS, length, p=zipf_weights())
    if name == "drifting":
        ranks = (ranks + np.arange(length) // DRIFT_EVERY) % KEYS
    return places[ranks].tolist()


def looks(seed: int = 0) -> np.ndarray:
    """Return a look of length 1 for each key: those of a kind lie close to each other."""
    rng = np.random.default_rng((18, seed))
    centres = rng.standard_normal((KINDS, DIMENSION))
    embeddings = centres[np.arange(KEYS) % KINDS] + 0.3 * rng.standard_normal((KEYS, DIMENSION))
    return (embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)).astype(np.float32)


def hits(policy: Policy, stream: list[int], capacity: int) -> int:
    """Return how many requests found their key held. A key that is missed enters, and a victim goes for it.

    What was merged into another is a miss: the unit that stands for it answers for its own key only.
    """
    embeddings, held, count = looks(), set(), 0
    for i, key in enumerate(stream):
        if key in held:
            count += 1
            policy.on_recall(key, i * STEP_NS)
            continue
        policy.on_insert(key, i * STEP_NS, kind=f"kind-{key % KINDS}", embedding=embeddings[key])
        held.add(key)
        if len(held) > capacity:
            held.remove(policy.victim(i * STEP_NS))
    return count


def best_hits(stream: list[int], capacity: int) -> int:
    """Return the hits of the optimum that knows the future: what is asked for farthest ahead goes (Belady 1966, MIN).

    As with the policies, a key that is missed enters and stays until the next request at least.
    """
    later: dict[int, int] = {}
    next_use = [0] * len(stream)
    for i in range(len(stream) - 1, -1, -1):
        next_use[i] = later.get(stream[i], len(stream) + i)  # never again: any, all different
        later[stream[i]] = i
    held: dict[int, int] = {}
    farthest: list[tuple[int, int]] = []
    count = 0
    for i, key in enumerate(stream):
        if key in held:
            count += 1
        elif len(held) == capacity:
            while held.get(farthest[0][1]) != -farthest[0][0]:
                heapq.heappop(farthest)
            del held[heapq.heappop(farthest)[1]]
        held[key] = next_use[i]
        heapq.heappush(farthest, (-next_use[i], key))
    return count


def best_hits_tried_out(stream: list[int], capacity: int) -> int:
    """Return the same by trying every victim: for short streams only."""
    states = {frozenset[int](): 0}
    for key in stream:
        after: dict[frozenset[int], int] = {}
        for held, count in states.items():
            entered = held | {key}
            choices = [entered] if len(entered) <= capacity else [entered - {gone} for gone in held]
            for choice in choices:
                after[choice] = max(after.get(choice, 0), count + (key in held))
        states = after
    return max(states.values())


def lru_share_on_zipf(capacity: int) -> float:
    """Return the share of hits of LRU by Che's approximation (Che, Tung, Wang 2002): good to about a hundredth."""
    weights, low, high = zipf_weights(), 0.0, 1e9
    for _ in range(200):
        middle = (low + high) / 2
        filled = float((1 - np.exp(-weights * middle)).sum())
        low, high = (middle, high) if filled < capacity else (low, middle)
    return math.fsum((weights * (1 - np.exp(-weights * low))).tolist())
