"""What leaves the buffer comes back whole: its row, its notes, its names, its place in the gripper."""

import pytest
from object_sightings import camera_at, sighting

from spatialmem import InputError, ShortTermConfig
from spatialmem.shortterm import ShortTerm, read_left

S = 10**9


def watched(*, policy: str = "fifo") -> ShortTerm:
    """Two mugs and a cup, seen three times each; the two mugs turn out to be one."""
    memory = ShortTerm(ShortTermConfig(policy=policy))
    for i in range(3):
        seen = [
            sighting(label, (float(k), 0.0, 1.0), embedding=(1.0, k)) for k, label in enumerate(("mug", "cup", "mug"))
        ]
        memory.see(seen, stamp_ns=(i + 1) * S, X_WC=camera_at(0.2 * i), source="camera")
    memory.identify(1, 3, 4 * S)
    return memory


@pytest.mark.parametrize("policy", ["fifo", "lru", "lfu", "survival-value", "w-tinylfu", "memory-bank"])
def test_what_comes_back_is_as_it_was(policy):
    memory = watched(policy=policy)
    before = memory.view()
    memory._grips.offsets[1] = (0.1, 0.2, 0.3)
    (left,) = memory.release([1], 5 * S)
    away = memory.view()
    assert [one.id for one in away.objects()] == [2]
    assert (away.known_as(3), away.counts["confirmed"], away.kept.grips) == ((), 1, {})
    assert (left.aliases, left.held, left.record.name) == ((3,), True, "mug-1")
    memory.take_back([left.data], 6 * S)
    after = memory.view()
    assert [one.id for one in after.objects()] == [1, 2]
    assert after.kept.objects == before.kept.objects
    assert (after.known_as(3), after.counts) == (before.known_as(3), before.counts)
    assert after.kept.grips == {1: (0.1, 0.2, 0.3)}
    for one, other in zip(after.objects(), before.objects(), strict=True):
        assert one.center_W.tobytes() == other.center_W.tobytes()
        assert one.label_p == other.label_p
    again = ShortTerm.load(memory.dump())
    assert again.dump() == memory.dump()


def test_it_is_read_without_being_taken_back():
    memory = watched()
    record = memory.view().objects()[0]
    (left,) = memory.release([1], 5 * S)
    read = read_left(left.data, memory.config)
    assert (read.record.id, read.aliases, read.held, read.data) == (1, (3,), False, left.data)
    assert read.record.center_W.tobytes() == record.center_W.tobytes()
    assert read.anchor_W.tobytes() == left.anchor_W.tobytes()


@pytest.mark.parametrize("data", [b"", b"no object", bytes(100)])
def test_other_bytes_are_refused(data):
    memory = watched()
    before = memory.dump()
    with pytest.raises(InputError, match="no object that left short-term memory"):
        read_left(data, memory.config)
    with pytest.raises(InputError):
        memory.take_back([data], 5 * S)
    assert memory.dump() == before


def test_what_has_to_go_for_others_is_given_to_whoever_keeps_it():
    memory = ShortTerm(ShortTermConfig(objects_max=1, confirm_sightings=1, confirm_viewpoints=1))
    seen = [sighting("mug", (0.0, 0.0, 1.0)), sighting("cup", (1.0, 0.0, 1.0))]
    ids, _, gone, left = memory._see(seen, stamp_ns=S, X_WC=camera_at(0.0), source="camera")
    assert ids == (1, 2)
    assert gone == set()
    assert [one.record.name for one in left] == ["mug-1"]
    assert memory.view().counts["dropped"] == 1
