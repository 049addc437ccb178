"""Sources of given inputs, and whether inputs came back as they were."""

import dataclasses
from typing import Any

import numpy as np

from spatialmem import Detection, EncodedImage, open_episode

opened: Any = open_episode
"""For its members beyond those of every Source."""


class Listed:
    """A source of given inputs."""

    def __init__(self, inputs, world="world", name="listed"):
        self.inputs, self.world, self.name = list(inputs), world, name

    def __iter__(self):
        return iter(self.inputs)

    def __len__(self):
        return len(self.inputs)


def same(a, b):
    """Whether two values are the same to the last bit and of the same type."""
    if isinstance(a, Detection):
        return isinstance(b, Detection) and not differing(a, b)
    if isinstance(a, tuple):
        return isinstance(b, tuple) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, np.ndarray):
        return isinstance(b, np.ndarray) and a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, EncodedImage):
        return isinstance(b, EncodedImage) and a.data == b.data
    return a == b


def differing(a, b):
    return [f.name for f in dataclasses.fields(a) if not same(getattr(a, f.name), getattr(b, f.name))]


def assert_same_inputs(expected, got):
    assert len(expected) == len(got)
    for a, b in zip(expected, got, strict=True):
        assert type(a) is type(b)
        assert differing(a, b) == [], f"input at {a.stamp_ns}"
