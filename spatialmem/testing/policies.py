"""Does a replacement policy keep its promises?"""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np

from spatialmem.errors import InputError
from spatialmem.protocols import MergingPolicy, Policy

__all__ = ["check_policy"]

KINDS, DIMENSION = ("mug", "chair", "book", ""), 4


def check_policy(make: Callable[[], Policy], *, operations: int = 10_000, capacity: int = 50, seed: int = 0) -> None:
    """Check a `Policy` by a long random run; `make` gives a new one each time, for about `capacity` units.

    The victim must be a held unit, exactly one, and not the one that entered last just before while there is another;
    recalls and removals of units that are not held must pass; the same calls must give the same victims and bytes;
    and a policy that takes the state of another must go on as that one does. Raises AssertionError.
    """
    policy = make()
    assert isinstance(policy, Policy), f"{type(policy).__name__} lacks one of on_insert, on_recall, ... of Policy"
    _check_empty(policy)
    _check_order(make)
    _check_run(make, operations, capacity, seed)
    _check_load(make)


def _check_empty(policy: Policy) -> None:
    """Nothing is held, and unknown units are no error."""
    policy.on_recall(3, 10)
    policy.on_remove(4, 11)
    try:
        unit_id = policy.victim(12)
    except InputError:
        return
    raise AssertionError(f"victim() gave {unit_id}, but nothing was held; raise InputError then")


def _check_order(make: Callable[[], Policy]) -> None:
    """Each unit goes once, and what entered last is not the first to go."""
    for count in (1, 2, 3, 20):
        policy, held = make(), set(range(count))
        for unit_id in held:
            policy.on_insert(unit_id, unit_id * 10**9)
        for _ in range(count):
            victim = policy.victim(count * 10**9)
            assert victim in held, f"victim() gave {victim}, which is not held; held were {sorted(held)}"
            assert victim != count - 1 or len(held) < count or count == 1, f"victim() gave {victim}, which came last"
            held.remove(victim)
        _check_empty(policy)


def _check_load(make: Callable[[], Policy]) -> None:
    """What is no state is refused, and changes nothing."""
    policy = make()
    policy.on_insert(7, 10**9)
    before = policy.dump()
    for data in (b"", b"\xc1", b"no state", before[:-1], before + b"\x00"):
        try:
            policy.load(data)
        except InputError:
            assert policy.dump() == before, "load() refused some bytes, but took a part of them"
        else:
            raise AssertionError(f"load() took the {len(data)} bytes {data[:20]!r}, which no dump() wrote")


class _Run:
    """Two policies that are told the same; the second is stopped and loaded anew now and then."""

    def __init__(self, make: Callable[[], Policy], seed: int):
        self.make, self.rng = make, random.Random(seed)
        self.policies = [make(), make()]
        self.held: dict[int, None] = {}
        self.gone: list[int] = []
        self.stamp_ns, self.next_id = 0, 0

    def tell(self, call: str, unit_id: int, **options: object) -> None:
        for policy in self.policies:
            getattr(policy, call)(unit_id, self.stamp_ns, **options)

    def a_held(self) -> int:
        return self.rng.choice(list(self.held)) if self.held else -1

    def insert(self, unit_id: int) -> None:
        look = np.array([self.rng.gauss(0, 1) for _ in range(DIMENSION)], np.float32)
        look /= np.float32(np.linalg.norm(look))
        self.tell(
            "on_insert", unit_id, kind=self.rng.choice(KINDS), embedding=look if self.rng.random() < 0.8 else None
        )
        self.held[unit_id] = None

    def drop(self, entered: int | None) -> None:
        """Ask for one victim; it and what is dumped must be the same of both."""
        merging = isinstance(self.policies[0], MergingPolicy) and self.rng.random() < 0.5
        said = [_dropped(policy, self.stamp_ns, merging=merging) for policy in self.policies]
        assert said[0] == said[1], f"the same calls gave {said[0]} and, after dump and load, {said[1]}"
        victim, kept = said[0]
        assert victim in self.held, f"victim() gave {victim!r}, which is not held"
        assert victim != entered or len(self.held) == 1, f"victim() gave {victim}, which had entered just before"
        del self.held[victim]
        assert kept is None or kept in self.held, f"merge() says that {kept} stands for {victim}, but it is not held"
        self.gone.append(victim)

    def stop_and_load(self) -> None:
        data = self.policies[1].dump()
        assert data == self.policies[0].dump(), "the same calls gave other bytes, or those of a loaded policy differ"
        self.policies[1] = self.make()
        self.policies[1].load(data)
        assert self.policies[1].dump() == data, "dump() after load() is not what was loaded"


def _dropped(policy: Policy, stamp_ns: int, *, merging: bool) -> tuple[int, int | None]:
    if merging and isinstance(policy, MergingPolicy):
        return policy.merge(stamp_ns)
    return policy.victim(stamp_ns), None


def _check_run(make: Callable[[], Policy], operations: int, capacity: int, seed: int) -> None:
    run = _Run(make, seed)
    for i in range(operations):
        run.stamp_ns = max(0, run.stamp_ns + run.rng.choice((0, 10**7, 10**9, 60 * 10**9, -(10**8))))  # late ones too
        choice, entered = run.rng.random(), None
        if choice < 0.45:
            again = run.rng.choice(run.gone[-3 * capacity :]) if run.gone and run.rng.random() < 0.3 else run.next_id
            if again not in run.held:
                entered = again
            run.next_id += again == run.next_id
            run.insert(again)
        elif choice < 0.80:
            run.tell("on_recall", run.a_held())
        elif choice < 0.85:
            run.tell("on_recall", run.next_id + run.rng.randrange(1000))
        elif choice < 0.92 and run.held:
            run.insert(run.a_held())
        elif choice < 0.96 and run.held:
            unit_id = run.a_held()
            run.tell("on_remove", unit_id)
            del run.held[unit_id]
        else:
            run.tell("on_remove", run.next_id + run.rng.randrange(1000))
        while len(run.held) > capacity - (i % 97 == 0) * (capacity // 4):  # room for several is asked for now and then
            run.drop(entered)
        if i % 211 == 210:
            run.stop_and_load()
    while run.held:
        run.drop(None)
    run.stop_and_load()
    for policy in run.policies:
        _check_empty(policy)
