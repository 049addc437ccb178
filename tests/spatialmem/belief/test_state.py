"""What is believed, as bytes: the same for the same, and nothing else than what was written is read."""

import dataclasses
from typing import Any

import msgspec
import numpy as np
import pytest
from cast_boxes import MUG
from hypothesis import given
from hypothesis import strategies as st
from told_belief import Rig
from told_objects import record

from spatialmem import InputError, ShortTermConfig
from spatialmem.belief import Belief
from spatialmem.belief import state as states
from spatialmem.belief.table import COLUMNS, Table
from spatialmem.sealed import seal, unseal

TABLE = record(2, "table", (1.45, 0.0, 0.68), (0.9, 1.8, 0.04))


@pytest.fixture(scope="module")
def rich():
    """A belief that has something of everything: a missing mug, links, words, moves, something held and carried."""
    it = Rig(record(1), TABLE, record(3, "cup", (1.45, 0.4, 0.76)))
    for object_id in (2, 1, 3):
        it.settle(object_id)
    for name in ("first", "second"):  # something that is glimpsed, and no more
        it.objects.records[7] = record(7, name, (1.45, -0.2, 0.76), confirmed=False)
        it.see(7, eye=(0.3, 0.6 if name == "first" else -0.6, 1.4))
    it.see(gone={7: 0})
    del it.objects.records[7]
    for _ in range(3):
        it.look()
    it.objects.change(2, attributes={"state": "open"})
    it.see(2)
    it.objects.change(3, attributes={"held": "yes"})
    it.act("picked_up", 3)
    it.carry((1.0, 0.0, 1.0))
    for object_id, y in ((8, 0.1), (9, -0.4)):
        it.objects.records[object_id] = record(object_id, center_W=(1.45, y, 0.76), first_ns=it.stamp_ns)
        it.see(object_id)
    it.look(MUG)
    return it


def test_it_has_something_of_everything(rich):
    state = decoded(rich.belief.dump())
    empty = [name for name, value in state.items() if not value and name not in ("format",)]
    assert empty == []


def decoded(data):
    return msgspec.msgpack.decode(unseal(b"smbelief", data, "", ""))


def sealed(state):
    return seal(b"smbelief", msgspec.msgpack.encode(state))


def load(data):
    return Belief.load(data, ShortTermConfig())


def test_the_same_belief_is_the_same_bytes(rich):
    data = rich.belief.dump()
    assert load(data).dump() == data
    assert rich.belief.view().dump() == data


def test_rows_are_written_by_id_whatever_their_places():
    one, other = Rig(record(1), record(5, center_W=(1.45, 0.4, 0.76))), Rig()
    one.settle(1, 5)
    kept = one.belief.view().kept
    turned = {name: column[::-1].copy() for name, column in kept.columns.items()}
    assert dataclasses.replace(kept, columns=turned).dump() == kept.dump() != other.belief.dump()


def test_a_table_is_read_without_its_free_rows():
    table = Table(4)
    for object_id in (7, 3, 5):
        table.looks[table.add(object_id)] = 10 * object_id
    table.drop(3)
    again = states.table_of({name: getattr(table, name) for name in COLUMNS})
    assert sorted(again.row_of) == [5, 7]
    assert [int(again.looks[again.row_of[i]]) for i in (5, 7)] == [50, 70]
    assert len(states.table_of({name: np.zeros(0, kind) for name, (kind, _) in COLUMNS.items()})) == 0


def test_what_is_not_a_belief_is_refused(rich):
    data = rich.belief.dump()
    for wrong in (b"", data[:-1], data[:40] + bytes([data[40] ^ 1]) + data[41:], data + b"x", b"smmemory" + data[8:]):
        with pytest.raises(InputError):
            load(wrong)
    with pytest.raises(InputError, match="has format 2, 1 is what this version reads"):
        load(sealed({**decoded(data), "format": 2}))
    with pytest.raises(InputError, match="not written by this version"):
        load(sealed({**decoded(data), "more": 1}))


def row_with(state, **cells):
    """The rows of a state with some cells of the first otherwise."""
    kind = np.dtype([(name, dtype, shape) for name, (dtype, shape) in COLUMNS.items()])
    lines = np.frombuffer(state["rows"], kind).copy()
    for name, value in cells.items():
        lines[name][0] = value
    return {**state, "rows": lines.tobytes()}


@pytest.mark.parametrize(
    "cells",
    [
        {"ids": 0}, {"ids": -1}, {"ids": 2}, {"ids": 9}, {"there": np.nan}, {"there": -0.1}, {"gone": np.inf},
        {"there": 0.0, "gone": 0.0}, {"left": 2.0}, {"how": 4}, {"how": -1}, {"point_count": 33}, {"point_count": -1},
        {"looks": -1}, {"misses": -3}, {"reports": -5}, {"seen_ns": -1}, {"anchor": np.nan}, {"looked_from": 1e300},
        {"watch_misses": np.inf}, {"sigma_m": -1.0}, {"support": -7}, {"clarity": np.nan},
    ],
    ids=str,
)  # fmt: skip
def test_rows_that_cannot_be_are_refused(rich, cells):
    with pytest.raises(InputError, match="belie"):
        load(sealed(row_with(decoded(rich.belief.dump()), **cells)))


def test_what_is_true_or_false_is_one_byte_of_two(rich):
    state = decoded(rich.belief.dump())
    raw = bytearray(row_with(state, known=True)["rows"])
    raw[next(i for i, byte in enumerate(row_with(state, known=False)["rows"]) if byte != raw[i])] = 7
    with pytest.raises(InputError, match="known of this belief is beyond 0 to 1"):
        load(sealed({**state, "rows": bytes(raw)}))
    with pytest.raises(InputError):
        load(sealed({**state, "rows": bytes(raw[:-1])}))


NAN = float("nan")


@pytest.mark.parametrize(
    "change",
    [
        lambda s: s["entries"][0].update(number=7),
        lambda s: s["entries"][0].update(p=NAN),
        lambda s: s["entries"][0].update(kind="stolen"),
        lambda s: s["entries"][0].update(to_W=[NAN, 0.0, 0.0]),
        lambda s: s["entries"][0].update(stamp_ns=-1),
        lambda s: s["entries"].pop(0),
        lambda s: s.update(last_number=10**6),
        lambda s: s.update(last_number=-1),
        lambda s: s["fits"][0].__setitem__(1, NAN),
        lambda s: s["fits"][0].__setitem__(1, -1.0),
        lambda s: s.update(fits=[]),
        lambda s: s.update(unseen_p=[]),
        lambda s: s["unseen_p"][0].__setitem__(1, 0.0),
        lambda s: s.update(camera_W=[NAN, 0.0, 0.0]),
        lambda s: s["moves"][0][1].__setitem__(4, NAN),
        lambda s: s["moves"][0][1][2].__setitem__(0, [1.0]),
        lambda s: s["moves"][0][1][2][0].__setitem__(0, NAN),
        lambda s: s["learned"][0][0][1][0].__setitem__(0, -1.0),
        lambda s: s["learned"][0][0][1].__setitem__(1, []),
        lambda s: s["learned"][2][0][1].__setitem__(0, NAN),
        lambda s: s["views"][0].__setitem__(1, b"short"),
        lambda s: s["views"][0].__setitem__(1, b"\xff" * len(s["views"][0][1])),
        lambda s: s["views"][0].__setitem__(1, bytes(len(s["views"][0][1]))),
        lambda s: s["views"][0].__setitem__(1, s["views"][0][1] * 5000),
        lambda s: s["glimpses"][0].__setitem__(1, NAN),
        lambda s: s["glimpses"][0].__setitem__(0, -1),
        lambda s: s["config"].update(missing_p=NAN),
        lambda s: s["config"].update(changes_max=0),
        lambda s: s["config"]["dwell_s"].update(mug=-1.0),
    ],
)
def test_what_cannot_be_believed_is_refused(rich, change):
    state = decoded(rich.belief.dump())
    change(state)
    with pytest.raises(InputError):
        load(sealed(state))


WORDS = (0, -1, 1, 2**63 - 1, 2**63, -(2**63), 0.0, -1.0, NAN, float("inf"), 1e308, "", "mug", b"", None, [], {}, True)


def mutated(value: Any, draw) -> Any:
    """The same with one part of it otherwise, somewhere."""
    if isinstance(value, bytes) and value and draw(st.booleans()):
        at = draw(st.integers(0, len(value) - 1))
        return value[:at] + bytes([draw(st.integers(0, 255))]) + value[at + 1 :]
    if isinstance(value, (list, dict)) and value and draw(st.integers(0, 9)):
        parts = dict(value) if isinstance(value, dict) else dict(enumerate(value))
        at = draw(st.sampled_from(sorted(parts)))
        if draw(st.integers(0, 19)) == 0:
            del parts[at]
        else:
            parts[at] = mutated(parts[at], draw)
        return parts if isinstance(value, dict) else list(parts.values())
    return draw(st.sampled_from(WORDS))


@given(st.data())
def test_hostile_bytes_are_refused_or_harm_nothing(rich, data):
    """Whoever can write a file can seal it: what is read all the same must not raise later."""
    state = decoded(rich.belief.dump())
    for _ in range(data.draw(st.integers(1, 3))):
        state = mutated(state, data.draw)
    try:
        belief = load(sealed(state))
    except InputError:
        return
    again = Rig(*rich.objects.records.values())
    again.belief, again.stamp_ns, again.seq = belief, rich.stamp_ns, rich.seq
    again.look(MUG)
    again.see(1, 3, 8)
    again.act("picked_up", 1)
    again.carry((1.0, 0.0, 1.0))
    again.look()
    again.see(2, gone={8: 0, 9: 3})
    assert all(0.0 <= weight <= 1.0 + 1e-9 for weight in again.weights().values())
    assert all(0.0 <= again.p(object_id) <= 1.0 for object_id in (1, 2, 3) if again.cell(object_id, "ids"))
    assert load(belief.dump()).dump() == belief.dump()
