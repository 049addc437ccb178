"""Every policy: chosen by name, keeps the promises of `Policy`, and its state is bytes."""

import pytest

from spatialmem import ConfigError, InputError, MergingPolicy, Policy
from spatialmem.shortterm.policies import POLICIES, policy_of
from spatialmem.testing import check_policy


@pytest.mark.parametrize("name", POLICIES)
@pytest.mark.parametrize("capacity", [1, 2, 30])
def test_it_keeps_the_promises_of_a_policy(name, capacity):
    check_policy(lambda: policy_of(name, capacity=capacity), operations=700, capacity=capacity, seed=capacity)


def test_a_policy_is_chosen_by_name():
    assert tuple(sorted(POLICIES)) == POLICIES
    for name in POLICIES:
        policy = policy_of(name, capacity=10)
        assert isinstance(policy, Policy)
        assert isinstance(policy, MergingPolicy) == (name == "adjacent-merge")


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(
        ConfigError, match=r"called 'lru2'; allowed: adjacent-merge, .*w-tinylfu\. Did you mean 'lru'\?"
    ):
        policy_of("lru2", capacity=10)
    with pytest.raises(ConfigError, match="0 units"):
        policy_of("lru", capacity=0)


@pytest.mark.parametrize("name", POLICIES)
def test_the_state_of_one_policy_is_not_taken_by_another(name):
    state = policy_of("fifo" if name != "fifo" else "lru", capacity=10).dump()
    with pytest.raises(InputError, match=r"not of|are not the state"):
        policy_of(name, capacity=10).load(state)


@pytest.mark.parametrize("name", POLICIES)
def test_a_damaged_state_is_refused_or_is_a_state(name):
    """What is loaded of flipped bits can be told anything, and gives each of its units once."""
    whole = policy_of(name, capacity=4)
    for unit_id in range(6):
        whole.on_insert(unit_id, unit_id * 10**9, kind="ab"[unit_id % 2])
        whole.on_recall(unit_id // 2, unit_id * 10**9)
    data, refused = whole.dump(), 0
    for i in range(0, 8 * min(len(data), 400), 3):
        flipped = bytearray(data)
        flipped[i // 8] ^= 1 << i % 8
        policy = policy_of(name, capacity=4)
        try:
            policy.load(bytes(flipped))
        except InputError:
            refused += 1
            continue
        victims = [policy.victim(10**10) for _ in range(6)]
        assert len(set(victims)) == 6
        with pytest.raises(InputError, match="holds no unit"):
            policy.victim(10**10)
    assert refused > 0


@pytest.mark.parametrize("name", POLICIES)
def test_only_lru_and_those_that_count_hear_recalls(name):
    policy = policy_of(name, capacity=3)
    for unit_id in (1, 2, 3):
        policy.on_insert(unit_id, unit_id)
        policy.on_recall(1, 10 + unit_id)
    policy.on_insert(4, 20)
    victim = policy.victim(20)
    assert victim == (1 if name == "fifo" else 2)
