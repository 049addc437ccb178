"""Inputs come back as they were, whatever they hold."""

import contextlib
from dataclasses import fields, is_dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from spatialmem import (
    Action,
    Detection,
    Detections,
    EncodedImage,
    InputError,
    Pinhole,
    PointScan,
    Recall,
    RgbdFrame,
    RobotState,
)
from spatialmem.codec import decode_input, encode_input

NS = st.integers(0, 2**63 - 1)
STAMPED = {"source": st.text(max_size=20), "stamp_ns": NS, "received_ns": NS, "world": st.text(min_size=1, max_size=9)}
POSE = hnp.arrays(np.float64, (4, 4), elements=st.floats(allow_nan=False))
COVARIANCE = st.none() | hnp.arrays(np.float64, (6, 6), elements=st.floats(allow_nan=False))
SCORE = st.floats(0, 1)


def spec(kind, **parts):
    """Draw the fields of an input; it is made in the test, outside of hypothesis' own code."""
    return st.tuples(st.just(kind), st.fixed_dictionaries({**STAMPED, **parts}))


def made(kind, parts):
    if "items" in parts:
        parts = {**parts, "items": tuple(Detection(**item) for item in parts["items"])}
    return kind(**parts)


IMAGE = hnp.arrays(np.uint8, st.tuples(*[st.integers(1, 40)] * 2, st.just(3)))
MASK = hnp.arrays(np.bool_, hnp.array_shapes(min_dims=2, max_dims=2))
ITEM = st.fixed_dictionaries(
    {
        "label": st.text(),
        "score": SCORE,
        "mask": st.none() | MASK,
        "box_px": st.none() | st.tuples(*[SCORE] * 4),
        "attributes": st.none() | st.dictionaries(st.text(max_size=5), st.text(max_size=5), min_size=1, max_size=3),
    }
)
INPUTS = st.one_of(
    spec(
        RgbdFrame,
        depth=hnp.arrays(np.uint16, st.tuples(st.integers(1, 70), st.integers(1, 70))),
        camera=st.just(Pinhole(70, 50, 60.5, 61.25, 34.5, 24.1)),
        X_WC=POSE,
        color=st.none() | IMAGE | st.binary(max_size=50).map(EncodedImage),
        pose_cov=COVARIANCE,
    ),
    spec(
        PointScan,
        points_S=hnp.arrays(np.float32, st.tuples(st.integers(0, 400), st.just(3))),
        X_WS=POSE,
        pose_cov=COVARIANCE,
    ),
    spec(Detections, camera_source=st.text(), items=st.lists(ITEM, max_size=3)),
    spec(
        RobotState,
        X_WB=POSE,
        joint_positions_rad=st.dictionaries(
            st.text(max_size=5) | st.sampled_from(["@", "kind"]), st.floats(allow_nan=False), max_size=4
        ),
        gripper_width_m=st.none() | SCORE,
    ),
    spec(Action, verb=st.just("picked_up"), object_id=st.integers(0, 2**40)),
    spec(Recall, object_ids=st.lists(st.integers(0, 2**40), max_size=5).map(tuple)),
)


def same(a, b) -> bool:
    """Whether two values are of one type and equal bit by bit."""
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if is_dataclass(a):
        return all(same(getattr(a, field.name), getattr(b, field.name)) for field in fields(a))
    if isinstance(a, tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b


@pytest.mark.usefixtures("unchecked_shapes")
class TestInputs:
    """beartype draws random numbers, which hypothesis does not allow here."""

    @given(x=INPUTS)
    def test_an_input_comes_back_as_it_was(self, x):
        x = made(*x)
        data = encode_input(x)
        back = decode_input(data)
        assert same(x, back)
        assert encode_input(back) == data

    @given(x=INPUTS, at=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
    def test_damaged_bytes_are_an_input_or_an_error_of_ours(self, x, at, bit):
        whole = bytearray(encode_input(made(*x)))
        cut = bytes(whole[: int(at * len(whole))])
        whole[int(at * len(whole))] ^= 1 << bit
        with pytest.raises(InputError, match="not an input"):
            decode_input(cut)
        with contextlib.suppress(InputError):
            decode_input(bytes(whole))


def test_what_is_no_input_is_refused():
    for data in (b"", b"\xc0", b"\x81\xa1@\xa3dog"):
        with pytest.raises(InputError, match="not an input"):
            decode_input(data)
