"""The sensors' random generators: one for each seed, purpose and number, so that no draw depends on another."""

from __future__ import annotations

import numpy as np

__all__ = ["DEPTH", "DETECTIONS", "DRIFT", "POSE", "generator"]

DEPTH, POSE, DRIFT, DETECTIONS = 301, 302, 303, 304


def generator(seed: int, purpose: int, number: int) -> np.random.Generator:
    """Return a generator that gives the same numbers in every process. All three must be 0 or more."""
    return np.random.default_rng((seed, purpose, number))
