"""Replacement policies: which unit a full buffer forgets. `policy_of` makes the one that the configuration names."""

from __future__ import annotations

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
"""The names that a configuration may give."""


def policy_of(name: str, *, capacity: int) -> Policy:
    """Make a policy by its name, for a buffer of about `capacity` units. Raises ConfigError for another name."""
    if capacity < 1:
        raise ConfigError(f"a buffer of {capacity} units has nothing to replace; 1 or more are needed.")
    if name in _PLAIN:
        return _PLAIN[name]()
    if name == WTinyLfu.name:
        return WTinyLfu(capacity)
    raise ConfigError(
        f"no replacement policy is called {name!r}; allowed: {', '.join(POLICIES)}.{did_you_mean(name, POLICIES)}"
    )
