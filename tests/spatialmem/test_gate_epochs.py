"""What the gate remembers: order, motion, epochs and counts."""

import csv
import json
import math
import sys
from typing import Any

import cv2
import msgspec
import numpy as np
import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from recordings import OFFICE_WALK, needs_office_walk

from spatialmem.config import Config, GateConfig
from spatialmem.gate import Admitted, GateState, admit
from spatialmem.types import Action, EncodedImage, Pinhole, PointScan, RgbdFrame, RobotState

CONFIG = Config()
S = 1_000_000_000
FAR = 500.0


def robot(stamp_s=5.0, x=0.0, yaw=0.0, *, source="robot", ahead_s=0.0, received_s=None, **fields) -> Any:
    """Return a robot state at (x, 0, 0) [m]; ahead_s: how far its clock is ahead of ours."""
    X_WB = np.eye(4)
    X_WB[:2, :2] = [[math.cos(yaw), -math.sin(yaw)], [math.sin(yaw), math.cos(yaw)]]
    X_WB[0, 3] = x
    received_s = stamp_s - ahead_s if received_s is None else received_s
    stamps = {"stamp_ns": round(stamp_s * S), "received_ns": round(received_s * S)}
    return RobotState(source=source, X_WB=X_WB, **stamps, **fields)


def feed(inputs, state=None, config=CONFIG):
    """Return what became of each input, "admitted" or the reason against it, and the state after all."""
    verdicts, state = [], state or GateState()
    for x in inputs:
        result, state = admit(x, state, config)
        verdicts.append("admitted" if isinstance(result, Admitted) else result.reason.value)
    return verdicts, state


def walk(count, start_s=5.0, x=0.0, **fields):
    """Return inputs at 10 Hz that move at 1 m/s."""
    return [robot(start_s + 0.1 * i, x + 0.1 * i, **fields) for i in range(count)]


# --- order ---


def test_late_inputs_pass_inside_the_window_and_once():
    stamps = [5.0, 6.0, 5.5, 5.5, 5.0, 4.9, 6.2, 5.1]
    verdicts, state = feed([robot(stamp) for stamp in stamps])
    assert verdicts == ["admitted"] * 3 + ["duplicate"] * 2 + ["stamp_backwards", "admitted", "stamp_backwards"]
    assert state.stream("robot", "RobotState").recent_ns == (round(5.5 * S), 6 * S, round(6.2 * S))


def test_duplicates_are_those_of_one_source_and_kind():
    robots = [robot(), robot(source="other"), robot(5.0, FAR)]
    actions = [Action(source="robot", stamp_ns=5 * S, received_ns=5 * S, verb="opened", object_id=i) for i in (1, 2)]
    assert feed([*robots, *actions])[0] == ["admitted", "admitted", "duplicate", "admitted", "duplicate"]


def test_memory_of_stamps_is_bounded_and_what_it_forgot_is_late(monkeypatch):
    monkeypatch.setattr(sys.modules[GateState.__module__], "RECENT_MAX", 4)
    _, state = feed([robot(5.0 + 0.01 * i) for i in range(10)])
    assert len(state.stream("robot", "RobotState").recent_ns) == 4
    assert feed([robot(5.01), robot(5.055), robot(5.08), robot(5.065)], state)[0] == [
        "stamp_backwards",
        "stamp_backwards",
        "duplicate",
        "admitted",
    ]


def test_stamps_far_ahead_of_their_arrival_are_refused():
    assert feed([robot(5.0, ahead_s=2.0), robot(6.0, ahead_s=2.001)])[0] == ["admitted", "stamp_future"]


# --- motion ---


@pytest.mark.parametrize(
    ("dt_s", "x", "yaw", "verdict"),
    [
        (0.1, 1.249, 0.0, "admitted"),  # 10 m/s and 0.25 m of slack
        (0.1, 1.251, 0.0, "teleport"),
        (0.1, -1.251, 0.0, "teleport"),
        (-0.1, 1.251, 0.0, "teleport"),
        (1.0, 10.2, 0.0, "admitted"),
        (0.1, 0.0, 1.749, "admitted"),  # 15 rad/s and 0.25 rad of slack
        (0.1, 0.0, 1.751, "teleport"),
        (0.1, 0.0, -1.751, "teleport"),
        (0.01, 0.0, 0.3999, "admitted"),
        (0.01, 0.0, 0.4001, "teleport"),
        (0.19, 0.0, 3.0999, "admitted"),
        (0.19, 0.0, 3.1001, "teleport"),
        (0.2, 0.0, math.pi, "admitted"),
    ],
)
def test_nothing_moves_or_turns_faster_than_it_can(dt_s, x, yaw, verdict):
    assert feed([robot(5.0), robot(5.0 + dt_s, x, yaw)])[0] == ["admitted", verdict]


def test_motion_is_judged_against_the_newest_by_stamp():
    inputs = [robot(5.0, 0.0), robot(5.5, 5.0), robot(5.1, 1.0), robot(5.2, 0.0), robot(5.6, 6.0)]
    assert feed(inputs)[0] == ["admitted", "admitted", "admitted", "teleport", "admitted"]


def test_every_kind_with_a_pose_can_teleport():
    depth, camera = np.full((24, 32), 1500, np.uint16), Pinhole(32, 24, 30.0, 30.0, 15.5, 11.5)
    inputs = []
    for x in (robot(1.0), robot(1.1, FAR)):
        stamps: Any = {"source": "s", "stamp_ns": x.stamp_ns, "received_ns": x.stamp_ns}
        inputs.append(RgbdFrame(**stamps, depth=depth, camera=camera, X_WC=x.X_WB))
        inputs.append(PointScan(**stamps, points_S=np.ones((5, 3), np.float32), X_WS=x.X_WB))
    assert feed(inputs)[0] == ["admitted", "admitted", "teleport", "teleport"]


# --- epochs ---


def test_after_30_that_agree_a_jump_is_believed():
    _, state = feed(walk(5))
    verdicts, state = feed(walk(29, 5.5, FAR), state)
    assert verdicts == ["teleport"] * 29
    result, state = admit(robot(8.4, FAR + 2.9), state, CONFIG)
    assert isinstance(result, Admitted)
    assert result.epoch == 1
    assert feed([robot(8.5, FAR + 3.0), robot(8.6, 0.0)], state)[0] == ["admitted", "teleport"]
    assert state.counts() == {"robot": {"admitted": 6, "teleport": 29}}


def test_the_length_of_the_run_is_a_setting():
    config = Config(gate=GateConfig(epoch_after_frames=2))
    inputs = [robot(5.0), *walk(3, 5.1, FAR)]
    assert feed(inputs, config=config)[0] == ["admitted", "teleport", "admitted", "admitted"]


@examples(30, quick=10)
@given(st.integers(0, 2**32 - 1))
def test_jumps_that_do_not_agree_never_begin_an_epoch(seed):
    places = np.random.default_rng(seed).permutation(200) * 3.0 - 300.0  # 3 m apart, 0.35 m is possible
    inputs = [robot(5.0 + 0.01 * i, float(x)) for i, x in enumerate(places)]
    _, state = feed(inputs)
    assert state.stream("robot", "RobotState").epoch == 0
    assert state.counts("robot")["robot"]["teleport"] > 90


def test_stamps_that_do_not_agree_never_begin_an_epoch():
    _, state = feed([robot(1000.0)])
    verdicts, _ = feed([robot(900.0 - 2 * i) for i in range(100)], state)
    assert verdicts == ["stamp_backwards"] * 100
    by_many_clocks = [robot(500.0 + 0.1 * i, ahead_s=-400.0 * (i % 2)) for i in range(100)]
    assert feed(by_many_clocks, state)[0] == ["stamp_backwards"] * 100


def test_an_admitted_input_ends_a_run():
    state, verdicts = feed([robot(5.0)])[1], []
    for i in range(4):
        more, state = feed([*walk(20, 6 + 3 * i, FAR), robot(8 + 3 * i, 0.0)], state)
        verdicts += more
    assert verdicts == (["teleport"] * 20 + ["admitted"]) * 4


def test_bad_contents_neither_carry_on_a_run_nor_end_it():
    _, state = feed([robot(5.0)])
    bad = [robot(5.1 + 0.01 * i, FAR, linear_velocity_B_m_s=(math.nan, 0.0, 0.0)) for i in range(40)]
    assert feed(bad, state)[0] == ["bad_field"] * 40
    jump = walk(30, 5.1, FAR)
    mixed = [x for pair in zip(jump, bad, strict=False) for x in pair]
    assert feed(mixed, state)[0] == ["teleport", "bad_field"] * 29 + ["admitted", "bad_field"]


def test_one_input_repeated_is_no_run():
    _, state = feed([robot(5.0)])
    assert set(feed([robot(5.1, FAR)] * 100, state)[0]) == {"teleport"}


def test_a_run_may_arrive_out_of_order():
    _, state = feed([robot(5.0)])
    run = walk(40, 5.1, FAR)
    shuffled = [run[i ^ 1] for i in range(40)]
    assert feed(shuffled, state)[0] == ["teleport"] * 29 + ["admitted"] * 11


def test_a_clock_that_was_set_back_is_believed_and_its_old_stamps_are_new():
    once = walk(50, 5.0)
    verdicts, state = feed(once + once)
    assert verdicts == ["admitted"] * 50 + ["stamp_backwards"] * 29 + ["admitted"] * 21
    assert state.stream("robot", "RobotState").epoch == 1
    assert state.stream("robot", "RobotState").recent_ns[-1] == once[-1].stamp_ns


def test_kinds_without_a_pose_survive_a_set_clock_too():
    def actions(start_s):
        stamps = [round((start_s + i) * S) for i in range(31)]
        return [Action(source="a", stamp_ns=s, received_ns=s, verb="opened", object_id=1) for s in stamps]

    verdicts = feed(actions(1000) + actions(10))[0]
    assert verdicts == ["admitted"] * 31 + ["stamp_backwards"] * 29 + ["admitted"] * 2


def test_a_source_that_never_says_when_it_was_received_is_believed():
    assert feed(walk(90, 1e9, received_s=0.0))[0] == ["stamp_future"] * 29 + ["admitted"] * 61


def test_one_admitted_stamp_far_ahead_locks_nobody_out():
    verdicts, state = feed([*walk(5), robot(1e6, 0.4), *walk(40, 5.5, 0.5)])
    assert verdicts == ["admitted"] * 6 + ["stamp_backwards"] * 29 + ["admitted"] * 11
    assert state.stream("robot", "RobotState").epoch == 1


def test_a_clock_that_stays_ahead_is_believed_and_so_is_its_correction():
    verdicts, state = feed(walk(5) + walk(60, 3605.5, 0.5, ahead_s=3600.0))
    assert verdicts == ["admitted"] * 5 + ["stamp_future"] * 29 + ["admitted"] * 31
    assert feed([robot(3611.6, 6.6, ahead_s=3603.0)], state)[0] == ["stamp_future"]
    verdicts, state = feed(walk(40, 11.5, 6.5), state)
    assert verdicts == ["stamp_backwards"] * 29 + ["admitted"] * 11
    assert feed([robot(15.6, 10.6, ahead_s=3.0)], state)[0] == ["stamp_future"]


@examples(100, quick=30)
@given(st.lists(st.tuples(st.floats(0, 20), st.floats(-50, 50), st.floats(-9, 9)), max_size=60), st.floats(0, 20))
def test_whatever_came_before_a_good_source_is_soon_heard_again(past, start_s):
    _, state = feed([robot(stamp_s, x, received_s=max(0.0, stamp_s + late_s)) for stamp_s, x, late_s in past])
    verdicts, _ = feed(walk(80, start_s, 7.0), state)
    assert verdicts[-30:] == ["admitted"] * 30


def test_one_bad_source_never_affects_another():
    good, bad = walk(60), [robot(1e5 if i == 3 else 5.0 + 0.1 * i, (-1) ** i * FAR, source="bad") for i in range(60)]
    verdicts, mixed = feed([x for pair in zip(bad, good, strict=True) for x in pair])
    assert verdicts[1::2] == ["admitted"] * 60
    assert mixed.stream("robot", "RobotState") == feed(good)[1].stream("robot", "RobotState")
    assert mixed.counts("bad")["bad"] != {"admitted": 60}


# --- counts and the state itself ---


def test_counts_are_kept_apart_by_source():
    action = Action(source="b", stamp_ns=5 * S, received_ns=5 * S, verb="opened", object_id=1)
    state = GateState()
    for x in (robot(source="b"), robot(3.0, source="b"), robot(source="a", world="kitchen"), 3, action, "text"):
        _, state = admit(x, state, CONFIG)
    expected = {"": {"not_an_input": 2}, "a": {"other_world": 1}, "b": {"admitted": 2, "stamp_backwards": 1}}
    assert state.counts() == expected
    assert list(state.counts()) == sorted(expected)
    assert state.counts("a") == {"a": {"other_world": 1}}
    assert state.counts("nobody") == {}


def test_sources_beyond_the_limit_are_refused_and_the_known_ones_go_on(monkeypatch):
    monkeypatch.setattr(sys.modules[GateState.__module__], "STREAMS_MAX", 2)
    verdicts, state = feed([robot(source=source) for source in ("a", "b", "c", "d")])
    assert verdicts == ["admitted"] * 2 + ["bad_field"] * 2
    assert state.counts() == {"": {"bad_field": 2}, "a": {"admitted": 1}, "b": {"admitted": 1}}
    assert feed([robot(6.0, source="a")], state)[0] == ["admitted"]


def test_the_state_is_unchanged_can_be_written_down_and_goes_on_the_same():
    inputs = [*walk(12), robot(5.5), robot(2.0), *walk(20, 7.0, FAR), *walk(20, 9.0, FAR + 2.0)]
    state = GateState()
    for x in inputs:
        written = msgspec.msgpack.encode(state)
        loaded = msgspec.msgpack.decode(written, type=GateState)
        assert loaded == state
        _, after = admit(x, state, CONFIG)
        assert admit(x, loaded, CONFIG)[1] == after
        assert msgspec.msgpack.encode(state) == written
        state = after
    assert state.stream("robot", "RobotState").epoch == 1


@needs_office_walk
@pytest.mark.parametrize("form", ["encoded", "metres"])
def test_a_real_walk_is_admitted_whole(form):
    camera = json.loads((OFFICE_WALK / "intrinsics.json").read_text())
    camera = Pinhole(*(camera[name] for name in ("width", "height", "fx", "fy", "cx", "cy")))
    state, frames = GateState(), 0
    for row in csv.DictReader((OFFICE_WALK / "frames.csv").read_text().splitlines()):
        depth: Any = cv2.imread(str(OFFICE_WALK / row["depth"]), cv2.IMREAD_UNCHANGED)
        X = np.eye(4)
        X[:3] = [[float(row[f"X_WC_{i}{j}"]) for j in range(4)] for i in range(3)]
        color = EncodedImage((OFFICE_WALK / row["color"]).read_bytes()) if form == "encoded" else None
        given_depth = depth if form == "encoded" else depth * np.float32(0.001)
        stamp_ns = int(row["stamp_ns"])
        x = RgbdFrame(
            source="walk",
            stamp_ns=stamp_ns,
            received_ns=stamp_ns,
            camera=camera,
            X_WC=X,
            depth=given_depth,
            color=color,
        )
        result, state = admit(x, state, CONFIG)
        assert isinstance(result, Admitted), result
        assert isinstance(result.input, RgbdFrame)
        assert np.array_equal(result.input.depth, depth)
        assert (result.masked, result.epoch) == ({}, 0)
        frames += 1
    assert state.counts() == {"walk": {"admitted": frames}}
    assert frames == 373
