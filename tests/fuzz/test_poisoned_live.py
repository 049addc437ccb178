"""Poison among what is good, told to an attached memory: each rejected by its name or masked, and nothing else happens.

What the memory knows at the end is, part by part and to the byte, what one knows that was told the good alone. The
gate's tallies say how much was rejected, and are a part of the state's hash: for the comparison they are set aside, and
held to what was sent.
"""

from collections import Counter
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from live_robot import settle
from poisoned_stream import Stream, poisoned_stream
from recordings import OFFICE_WALK, needs_office_walk

from spatialmem import (
    Config,
    ManualClock,
    OctreeConfig,
    Receipt,
    Rejected,
    ShortTermConfig,
    SpatialMemory,
    open_episode,
)
from spatialmem.gate import MASKS, GateState
from spatialmem.live import LiveConfig, attach
from spatialmem.sealed import content_hash
from spatialmem.view import decode_state

CONFIG = Config(
    octree=OctreeConfig(voxel_size_m=0.2, budget_mib=16, threads=1),
    shortterm=ShortTermConfig(confirm_sightings=2, confirm_viewpoints=1),
)
DEEP = LiveConfig(queue_max=1024)
"""Nothing gives way: all of it is to be judged."""


class Answering(SpatialMemory):
    """Keeps what it answered to each input."""

    def __init__(self, config: Config):
        super().__init__(config)
        self.answers: list[tuple[Any, Receipt | Rejected]] = []

    def observe(self, x: Any) -> Receipt | Rejected:
        answer = super().observe(x)
        self.answers.append((x, answer))
        return answer


def told(inputs: list[Any]) -> tuple[Answering, Any]:
    """Return a memory that was told inputs while it was attached, and the tallies by source."""
    memory, clock = Answering(CONFIG), ManualClock(1)
    with attach(memory, config=DEEP, clock=clock) as live:
        for x in inputs:
            live.put(x)
            clock.advance(1)  # they come in this order
        settle(live)
        tallies = live.status().tallies
    return memory, tallies


def knowledge(memory: SpatialMemory) -> tuple[Any, str]:
    """Return a memory's state with the gate's tallies set aside, and its hash. Of streams that never gave anything
    good, nothing but a tally is known."""
    state = decode_state(memory.dump())
    streams = [stream for stream in GateState.load(state.gate).streams if dict(stream.counts).get("admitted")]
    gate = GateState(tuple(replace(stream, counts=()) for stream in streams))
    state = msgspec.structs.replace(state, gate=gate.dump())
    return state, content_hash(msgspec.msgpack.encode(state))


def judge(stream: Stream) -> int:
    """Hold what became of a stream to what must have; return how many of its inputs were poisoned."""
    memory, tallies = told(stream.inputs)
    for x, answer in memory.answers:
        kind, reason = stream.wanted.get(id(x), ("", ""))
        if kind:
            assert isinstance(answer, Rejected), f"{kind} was let in"
            assert answer.reason.value == reason, f"{kind}: {answer}"
        elif x.source != "head":
            assert isinstance(answer, Receipt), f"what is good was rejected: {answer}"
    head = tallies["head"]
    assert (head.rejected, head.admitted) == (stream.unposed, sum(x.source == "head" for x in stream.clean))
    assert not any(one.dropped or one.unposed or one.lost for one in tallies.values())
    assert sum(one.sent for one in tallies.values()) == len(stream.inputs) == len(memory.answers)
    assert sum(one.admitted for one in tallies.values()) == len(stream.clean)
    masked = sum((Counter(counts) for counts in memory.counts.values()), Counter())
    assert {name: count for name, count in masked.items() if name in MASKS} == stream.masked
    clean, _ = told(stream.clean)
    assert all(isinstance(answer, Receipt) for _, answer in clean.answers)
    (state, state_hash), (wanted, wanted_hash) = knowledge(memory), knowledge(clean)
    for part in state.__struct_fields__:
        assert getattr(state, part) == getattr(wanted, part), f"{part} is another than without the poison"
    assert state_hash == wanted_hash
    return len(stream.wanted) + sum(stream.unposed.values())


def judge_many(seeds: range) -> None:
    count, kinds = 0, set()
    for seed in seeds:
        stream = poisoned_stream(seed)
        try:
            count += judge(stream)
        except BaseException as error:
            error.args = (f"seed {seed}: {error}",)
            raise
        assert not kinds or kinds == stream.kinds
        kinds = stream.kinds
    print(f"\n{len(seeds)} seeds of {len(kinds)} kinds of poison: {count} inputs rejected by name, no good one")


@pytest.mark.usefixtures("unchecked_shapes")
def test_3_seeds_of_every_kind_of_poison():
    judge_many(range(3))


@pytest.mark.slow
@pytest.mark.usefixtures("unchecked_shapes")
def test_200_seeds_of_every_kind_of_poison():
    judge_many(range(1000, 1200))


@needs_office_walk
def test_nothing_of_a_real_walk_is_rejected():
    memory = SpatialMemory(Config(octree=OctreeConfig(voxel_size_m=0.05, threads=1)))
    with attach(memory, config=DEEP) as live:
        for x in open_episode(OFFICE_WALK):
            live.put(x)
        settle(live)
        tallies = live.status().tallies
    assert {name: (one.sent, one.admitted) for name, one in tallies.items()} == {"camera": (373, 373)}
    assert memory.counts == {"camera": {"admitted": 373}}
