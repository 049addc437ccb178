"""Each policy beside a plain rendering of its definition, over random runs; and what makes it itself."""

import math
import random
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from spatialmem import InputError
from spatialmem.shortterm.policies import sketch, survival_value
from spatialmem.shortterm.policies.adjacent_merge import AdjacentMerge
from spatialmem.shortterm.policies.fifo import Fifo
from spatialmem.shortterm.policies.lfu import Lfu
from spatialmem.shortterm.policies.lru import Lru
from spatialmem.shortterm.policies.memory_bank import MemoryBank
from spatialmem.shortterm.policies.ranking import Ranking
from spatialmem.shortterm.policies.sketch import FrequencySketch
from spatialmem.shortterm.policies.survival_value import HALF_LIFE, TAU, TICKS, SurvivalValue
from spatialmem.shortterm.policies.w_tiny_lfu import WTinyLfu

CAPACITY = 12


class Plain:
    """A policy by its definition: all events of the held units are kept, and the victim is looked up among all."""

    def __init__(self):
        self.events: dict[int, list[tuple[str, Any]]] = {}
        self.order: list[int] = []
        self.newest = None

    def on_insert(self, unit_id, stamp_ns, **_):
        if unit_id not in self.events:
            self.newest = unit_id
        self.events.setdefault(unit_id, []).append(("in", stamp_ns))
        self.used(unit_id)

    def on_recall(self, unit_id, stamp_ns):
        if unit_id in self.events:
            self.events[unit_id].append(("recall", stamp_ns))
            self.used(unit_id)

    def on_remove(self, unit_id, stamp_ns):
        self.events.pop(unit_id, None)

    def used(self, unit_id):
        self.order = [*(i for i in self.order if i != unit_id), unit_id]

    def recalls(self, unit_id):
        return sum(name == "recall" for name, _ in self.events[unit_id])

    def rank(self, unit_id, stamp_ns) -> Any:
        raise NotImplementedError

    def victim(self, stamp_ns):
        others = [i for i in self.events if i != self.newest] or list(self.events)
        unit_id = min(others, key=lambda i: self.rank(i, stamp_ns))
        del self.events[unit_id]
        return unit_id


class PlainFifo(Plain):
    def rank(self, unit_id, stamp_ns):
        return list(self.events).index(unit_id)


class PlainLru(Plain):
    def rank(self, unit_id, stamp_ns):
        return self.order.index(unit_id)


class PlainLfu(Plain):
    def rank(self, unit_id, stamp_ns):
        return self.recalls(unit_id), self.order.index(unit_id)


class PlainMemoryBank(Plain):
    def rank(self, unit_id, stamp_ns):
        last_ns = max(stamp for _, stamp in self.events[unit_id])
        age = Fraction(max(0, stamp_ns - last_ns), 1 + self.recalls(unit_id))
        return -age, last_ns, unit_id


def told(policies, seed, operations=1500, *, kinds=("",)):
    """Tell several policies the same random run; yield what each gives as the victim."""
    rng, held, stamp_ns = random.Random(seed), set(), 0
    for i in range(operations):
        stamp_ns += rng.choice((0, 1, 3, 10)) * 10**9
        choice = rng.random()
        if choice < 0.4:
            kind = rng.choice(kinds)
            for policy in policies:
                policy.on_insert(i, stamp_ns, kind=kind)
            held.add(i)
        elif held:
            unit_id = rng.choice(sorted(held))
            for policy in policies:
                if choice < 0.8:
                    policy.on_recall(unit_id, stamp_ns)
                elif choice < 0.9:
                    policy.on_insert(unit_id, stamp_ns)
                elif choice < 0.95:
                    policy.on_remove(unit_id, stamp_ns)
            if 0.9 <= choice < 0.95:
                held.remove(unit_id)
        if len(held) > CAPACITY:
            victims = [policy.victim(stamp_ns) for policy in policies]
            held.remove(victims[0])
            yield victims


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    ("policy", "plain"), [(Fifo, PlainFifo), (Lru, PlainLru), (Lfu, PlainLfu), (MemoryBank, PlainMemoryBank)]
)
def test_it_is_its_definition(policy, plain, seed):
    victims = list(told([policy(), plain()], seed))
    assert len(victims) > 100
    assert all(ours == theirs for ours, theirs in victims)


def test_a_recall_that_comes_late_makes_nothing_older():
    policy = MemoryBank()
    for unit_id, stamp_ns in ((1, 50), (2, 40), (3, 60)):
        policy.on_insert(unit_id, stamp_ns)
    policy.on_insert(1, 5)  # seen at 5, heard of only now
    assert policy.victim(70) == 2


# --- survival value ---


class PlainSurvivalValue(Plain):
    """The formula of the module, from all that ever happened; time in turnovers, as exact fractions."""

    def __init__(self):
        super().__init__()
        self.now, self.lives, self.by_id = Fraction(0), [], {}

    def on_insert(self, unit_id, stamp_ns, *, kind=""):
        if unit_id not in self.events:
            self.now += Fraction(TICKS // max(1, len(self.events)), TICKS)
            self.newest, self.events[unit_id] = unit_id, [("in", self.now)]
            self.by_id[unit_id] = {"kind": kind, "from": self.now, "asked": None, "until": None, "gone": False}
            self.lives.append(self.by_id[unit_id])
        elif self.weight(unit_id) < 1:  # worth as much as a new one
            self.events[unit_id] = [("in", self.now)]
        else:
            self.events[unit_id].append(("seen", self.now))

    def on_recall(self, unit_id, stamp_ns):
        if unit_id in self.events:
            self.events[unit_id].append(("recall", self.now))
            life = self.by_id[unit_id]
            life["asked"] = self.now if life["asked"] is None else life["asked"]

    def on_remove(self, unit_id, stamp_ns):
        if unit_id in self.events:
            del self.events[unit_id]
            self.by_id[unit_id].update(until=self.now, gone=True)

    def victim(self, stamp_ns):
        unit_id = super().victim(stamp_ns)
        self.by_id[unit_id]["until"] = self.now
        return unit_id

    def weight(self, unit_id):
        counted = [at for name, at in self.events[unit_id] if name != "seen"]
        return math.fsum(2.0 ** -float((self.now - at) / Fraction(HALF_LIFE)) for at in counted)

    def rank(self, unit_id, stamp_ns):
        return round(self.value(unit_id), 12), max(at for _, at in self.events[unit_id]), unit_id

    def rates(self, lives, asked, gone):
        """Events by time at risk, with a prior of one event."""
        ends = [self.now if life["until"] is None else life["until"] for life in lives]
        held = sum(end - life["from"] for life, end in zip(lives, ends, strict=True))
        first = [end if life["asked"] is None else life["asked"] for life, end in zip(lives, ends, strict=True)]
        waited = sum(end - life["from"] for life, end in zip(lives, first, strict=True))
        asked_count = sum(life["asked"] is not None for life in lives)
        gone_count = sum(life["gone"] for life in lives)
        return (1 + asked_count) / (1 / asked + float(waited)), (1 + gone_count) / (1 / gone + float(held))

    def value(self, unit_id):
        kind = self.by_id[unit_id]["kind"]
        asked, gone = self.rates(self.lives, 1 / TAU, 1 / TAU)
        asked_k, gone_k = self.rates([life for life in self.lives if life["kind"] == kind], asked, gone)
        asked_i = (1 + self.weight(unit_id)) / (1 / asked_k + TAU)
        return asked_i / (asked_i + gone_k)


@pytest.mark.parametrize("seed", range(3))
def test_the_least_value_goes_and_its_value_is_the_formula(seed):
    ours, plain = SurvivalValue(), PlainSurvivalValue()
    for count, (victim, expected) in enumerate(told([ours, plain], seed, 300, kinds=("mug", "wall clock", "cat"))):
        assert victim == expected, f"victim {count}"
        for unit_id in plain.events if count % 20 == 0 else ():
            assert ours.value(unit_id) == pytest.approx(plain.value(unit_id), rel=1e-9)
            assert 0 < ours.value(unit_id) < 1


def test_kinds_that_are_asked_for_stay_and_those_that_go_by_themselves_do_not():
    policy = SurvivalValue()
    for i in range(60):
        policy.on_insert(i, i, kind=("mug", "clock", "cat")[i % 3])
        if i % 3 == 0:
            policy.on_recall(i, i)
        if i % 3 == 2 and i < 54:
            policy.on_remove(i, i)
    policy.on_insert(99, 99, kind="clock")
    mug, clock, cat = (policy.value(unit_id) for unit_id in (57, 58, 59))
    assert mug > clock > cat
    assert policy.victim(99) % 3 == 2


def test_the_kinds_that_labels_make_are_bounded(monkeypatch):
    monkeypatch.setattr(survival_value, "KINDS_MAX", 20)
    policy, sizes = SurvivalValue(), []
    for i in range(200):
        policy.on_insert(i, i, kind=f"label {i}")
        if i > 10:
            policy.victim(i)
        sizes.append(len(policy.dump()))
    assert max(sizes[40:]) <= max(sizes[:40]) + 20
    with pytest.raises(InputError, match="unit -1 is not held"):
        policy.value(-1)


# --- W-TinyLFU ---


def run_of(policy, keys, capacity=CAPACITY):
    """Ask for keys, as a cache does; return what is held in the end."""
    held = set()
    for i, key in enumerate(keys):
        if key in held:
            policy.on_recall(key, i)
        else:
            policy.on_insert(key, i)
            held.add(key)
            if len(held) > capacity:
                held.remove(policy.victim(i))
    return held


def test_what_is_asked_for_often_outlasts_a_scan_and_is_forgotten_in_time():
    wanted = [1, 2, 3, 4, 5] * 8
    scan = list(range(100, 140))
    assert {1, 2, 3, 4, 5} <= run_of(WTinyLfu(CAPACITY), wanted + scan)
    assert not {1, 2, 3, 4, 5} & run_of(Lru(), wanted + scan)
    others = list(range(200, 211)) * 20
    assert len({1, 2, 3, 4, 5} & run_of(WTinyLfu(CAPACITY), wanted + others)) <= 1  # for one of twelve there is room
    assert {1, 2, 3, 4, 5} <= run_of(Lfu(), wanted * 3 + others)


def test_what_is_protected_goes_last():
    policy = WTinyLfu(CAPACITY)
    for unit_id in range(10):
        policy.on_insert(unit_id, unit_id)
    for unit_id in (3, 1):
        policy.on_recall(unit_id, 20)
    assert [policy.victim(30) for _ in range(10)] == [8, 0, 2, 4, 5, 6, 7, 3, 1, 9]  # 8 is too many in the window


def test_counts_are_kept_for_what_has_left():
    policy = WTinyLfu(CAPACITY)
    for i in range(6):
        policy.on_recall(77, i)  # asked for before it was ever seen
    held = run_of(policy, [*range(CAPACITY), 77, *range(50, 60)])
    assert 77 in held


@pytest.mark.parametrize("capacity", [1, 5, 100])
def test_the_sketch_never_counts_too_little_and_seldom_too_much(capacity):
    rng, counts, truth = random.Random(capacity), FrequencySketch(capacity), {}
    for _ in range(10 * capacity - 1):
        key = int(rng.paretovariate(1.0))
        counts.add(key)
        truth[key] = truth.get(key, 0) + 1
    counted = {key: counts.count(key) for key in truth}
    assert all(counted[key] >= min(15, count) for key, count in truth.items())
    assert sum(counted[key] > count for key, count in truth.items()) <= len(truth) / 20
    counts.add(10**9)  # the last of the sample: all are halved
    assert all(counts.count(key) == counted[key] // 2 for key in truth if key != 10**9)
    assert counts.additions == 5 * capacity


def test_the_hash_is_fixed():
    assert sketch._mixed(0) == 0xE220A8397B1DCDAF  # the first number of SplitMix64 from the seed 0
    counts = FrequencySketch(4)
    for key in (1, 2, 3, 2**40):
        counts.add(key)
    assert [np.flatnonzero(list(row)).tolist() for row in counts.rows] == [
        [9, 16, 48, 49],
        [5, 43, 45, 56],
        [11, 26, 37, 40],
        [23, 31, 40, 47],
    ]


# --- adjacent merge ---


class PlainAdjacentMerge:
    """A list in time; every pair but the newest's is compared at every merge."""

    def __init__(self):
        self.units = []

    def on_insert(self, unit_id, look):
        self.units.append({"id": unit_id, "look": look.astype(float), "count": 1, "recalls": 0})

    def on_recall(self, unit_id):
        for unit in self.units:
            unit["recalls"] += unit["id"] == unit_id

    def merge(self):
        pairs = list(zip(self.units[:-2], self.units[1:-1], strict=True))
        a, b = max(pairs, key=lambda pair: float(pair[0]["look"] @ pair[1]["look"]))
        kept, gone = (b, a) if b["recalls"] >= a["recalls"] else (a, b)
        mean = kept["look"] * kept["count"] + gone["look"] * gone["count"]
        kept["look"] = mean / np.linalg.norm(mean)
        kept["count"] += gone["count"]
        kept["recalls"] += gone["recalls"]
        self.units.remove(gone)
        return gone["id"], kept["id"]


def look(rng):
    vector = rng.standard_normal(8)
    return (vector / np.linalg.norm(vector)).astype(np.float32)


@pytest.mark.parametrize("seed", range(3))
def test_the_most_similar_neighbours_are_merged(seed):
    rng, ours, plain = np.random.default_rng(seed), AdjacentMerge(), PlainAdjacentMerge()
    for i in range(300):
        embedding = look(rng)
        ours.on_insert(i, i, embedding=embedding)
        plain.on_insert(i, embedding)
        recalled = int(rng.integers(0, i + 1))
        ours.on_recall(recalled, i)
        plain.on_recall(recalled)
        if i >= CAPACITY:
            assert ours.merge(i) == plain.merge()
    for unit in plain.units:
        assert ours.stands_for(unit["id"]) == unit["count"]
    assert sum(unit["count"] for unit in plain.units) == 300


def test_who_is_recalled_more_often_keeps_its_id_and_stands_for_both():
    rng, policy = np.random.default_rng(0), AdjacentMerge()
    same = look(rng)
    for unit_id, embedding in enumerate([look(rng), same, same, look(rng), look(rng)]):
        policy.on_insert(unit_id, unit_id, embedding=embedding)
    policy.on_recall(1, 9)
    assert policy.merge(10) == (2, 1)
    assert (policy.stands_for(1), policy.stands_for(0)) == (2, 1)
    with pytest.raises(InputError, match="unit 2 is not held"):
        policy.stands_for(2)


def test_two_kinds_are_merged_last_and_the_last_one_for_good():
    rng, policy = np.random.default_rng(0), AdjacentMerge()
    same = look(rng)
    for unit_id, kind in enumerate(["mug", "cat", "cat", "mug"]):
        policy.on_insert(unit_id, unit_id, kind=kind, embedding=-same if unit_id == 2 else same)
    assert policy.merge(9) == (1, 2)  # opposite looks, but both are cats
    assert policy.merge(9) == (0, 2)
    assert policy.merge(9) == (2, 3)
    assert policy.merge(9) == (3, None)
    with pytest.raises(InputError, match="holds no unit"):
        policy.merge(9)


def test_of_equal_pairs_the_first_is_merged():
    policy = AdjacentMerge()
    for unit_id in range(5):
        policy.on_insert(unit_id, unit_id)
    assert [policy.merge(9) for _ in range(5)] == [(0, 1), (1, 2), (2, 3), (3, 4), (4, None)]


def test_the_newest_that_is_left_is_spared_as_if_it_had_always_been():
    policy, loaded = AdjacentMerge(), AdjacentMerge()
    for unit_id in range(3):
        policy.on_insert(unit_id, unit_id)
    policy.on_recall(0, 5)
    policy.on_remove(2, 6)
    loaded.load(policy.dump())
    assert policy.merge(9) == loaded.merge(9) == (0, 1)


def test_a_look_is_copied():
    rng, policy = np.random.default_rng(0), AdjacentMerge()
    embedding = look(rng)
    policy.on_insert(1, 1, embedding=embedding)
    before = policy.dump()
    embedding[:] = 0
    assert policy.dump() == before


# --- ranking ---


@pytest.mark.parametrize("seed", range(5))
def test_a_ranking_is_a_sorted_list_and_stays_small(seed):
    rng, ranking, plain = random.Random(seed), Ranking(), {}
    for _ in range(3000):
        unit_id = rng.randrange(20)
        if rng.random() < 0.7:
            plain[unit_id] = rng.randrange(10)
            ranking.put(unit_id, plain[unit_id])
        else:
            plain.pop(unit_id, None)
            ranking.drop(unit_id)
        but = rng.randrange(20)
        others = [(key, i) for i, key in plain.items() if i != but]
        assert ranking.least(but=but) == (min(others)[1] if others else None)
        assert ranking.in_order() == sorted(plain.items(), key=lambda entry: (entry[1], entry[0]))
        assert len(ranking._heap) <= 2 * len(plain) + 200
