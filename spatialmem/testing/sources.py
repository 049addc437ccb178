"""Does a source of inputs keep its promises?"""

from __future__ import annotations

import itertools
from typing import get_args

from spatialmem.config import Config
from spatialmem.gate import GateState, admit
from spatialmem.protocols import Source
from spatialmem.types import Input, Rejected

__all__ = ["check_source"]


def check_source(source: Source, *, inputs_max: int = 100) -> None:
    """Check a `Source` by reading up to `inputs_max` inputs, twice.

    It must have a name, a world and a length; yield inputs of its own world, in the order of their stamps per
    source and kind; yield the same again when iterated again; and the gate must admit at least one.
    Raises AssertionError.
    """
    assert isinstance(source, Source), f"{type(source).__name__} lacks name, world, __iter__ or __len__ of Source"
    assert isinstance(source.name, str), f"name must be text, it is {source.name!r}"
    assert source.name, "name must not be empty"
    inputs = list(itertools.islice(source, inputs_max))
    assert inputs, "a source must yield at least one input"
    assert len(source) >= len(inputs), f"len() is {len(source)}, but {len(inputs)} inputs came"
    newest: dict[tuple[str, type], int] = {}
    for i, x in enumerate(inputs):
        assert isinstance(x, get_args(Input)), f"input {i} is a {type(x).__name__}, none of the input types"
        assert x.world == source.world, f"input {i} is of world {x.world!r}, its source of {source.world!r}"
        before = newest.get((x.source, type(x)))
        assert before is None or x.stamp_ns > before, f"input {i} of {x.source!r} is not later than the one before it"
        newest[x.source, type(x)] = x.stamp_ns
    again = [(x.source, x.stamp_ns) for x in itertools.islice(source, inputs_max)]
    assert again == [(x.source, x.stamp_ns) for x in inputs], "iterating again must yield the same inputs"

    state, config = GateState(), Config(world=source.world)
    verdicts = []
    for x in inputs:
        verdict, state = admit(x, state, config)
        verdicts.append(verdict)
    rejected = [v for v in verdicts if isinstance(v, Rejected)]
    assert len(rejected) < len(verdicts), f"the gate rejects every input; the first because: {rejected[0].detail}"
