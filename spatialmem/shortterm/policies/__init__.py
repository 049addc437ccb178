"""Replacement policies: which unit a full buffer forgets. `policy_of` makes the one that the configuration names."""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points

from spatialmem.errors import ConfigError, did_you_mean
from spatialmem.protocols import Policy
from spatialmem.shortterm.policies.adjacent_merge import AdjacentMerge
from spatialmem.shortterm.policies.fifo import Fifo
from spatialmem.shortterm.policies.lfu import Lfu
from spatialmem.shortterm.policies.lru import Lru
from spatialmem.shortterm.policies.memory_bank import MemoryBank
from spatialmem.shortterm.policies.survival_value import SurvivalValue
from spatialmem.shortterm.policies.w_tiny_lfu import WTinyLfu

__all__ = ["POLICIES", "policy_of"]

_PLAIN = {kind.name: kind for kind in (AdjacentMerge, Fifo, Lfu, Lru, MemoryBank, SurvivalValue)}
POLICIES = (*_PLAIN, WTinyLfu.name)
"""The names that a configuration may give, besides those that other packages announce."""
GROUP = "spatialmem.policies"
"""The group of entry points by which packages announce theirs: each a function of the capacity."""


def policy_of(name: str, *, capacity: int) -> Policy:
    """Make a policy by its name, for a buffer of about `capacity` units. Raises ConfigError for another name."""
    if capacity < 1:
        raise ConfigError(f"a buffer of {capacity} units has nothing to replace; 1 or more are needed.")
    if name in _PLAIN:
        return _PLAIN[name]()
    if name == WTinyLfu.name:
        return WTinyLfu(capacity)
    announced = {entry.name: entry for entry in entry_points(group=GROUP)}
    if name not in announced:
        allowed = (*POLICIES, *sorted(announced))
        raise ConfigError(
            f"no replacement policy is called {name!r}; allowed: {', '.join(allowed)}.{did_you_mean(name, allowed)}"
        )
    return _announced(announced[name], capacity)


def _announced(entry: EntryPoint, capacity: int) -> Policy:
    """Make a policy of another package."""
    try:
        policy = entry.load()(capacity)
    except Exception as error:  # whatever it is, it is that package's
        raise ConfigError(f"the policy {entry.name!r} ({entry.value}) could not be made: {error}") from error
    if not isinstance(policy, Policy):
        raise ConfigError(
            f"the policy {entry.name!r} ({entry.value}) is a {type(policy).__name__}, not a Policy; "
            f"`spatialmem.testing.check_policy` says what is missing."
        )
    return policy
