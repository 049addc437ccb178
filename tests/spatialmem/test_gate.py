import dataclasses
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from poisoned_inputs import (
    DEPTH,
    FRAME_POISON,
    GOOD,
    HOSTILE,
    OTHER_POISON,
    R_WC,
    RGB,
    X_WC,
    encoded,
    frame,
    full_frame,
    poisoned,
    rotated,
    scan,
    vars_of,
)

from spatialmem.config import Config
from spatialmem.gate import MASKS, Admitted, GateState, admit
from spatialmem.geometry import rotation_error
from spatialmem.types import (
    EncodedImage,
    Reason,
    Rejected,
    RgbdFrame,
)

CONFIG = Config()


@pytest.mark.parametrize(("poison", "reason", "said"), [p[1:] for p in FRAME_POISON], ids=[p[0] for p in FRAME_POISON])
def test_a_poisoned_frame_is_rejected_by_name_and_the_next_good_one_admitted(poison, reason, said):
    result, state = admit(poisoned(frame(), **poison), GateState(), CONFIG)
    assert isinstance(result, Rejected)
    assert (result.reason, said in result.detail) == (reason, True), result.detail
    source = poison.get("source", "camera")
    assert state.counts() == {"" if reason is Reason.BAD_FIELD and "source" in poison else source: {reason.value: 1}}
    result, state = admit(full_frame(), state, CONFIG)
    assert isinstance(result, Admitted), result
    assert state.counts("camera")["camera"]["admitted"] == 1


@pytest.mark.parametrize(
    ("kind", "poison", "reason"),
    OTHER_POISON,
)
def test_other_kinds_are_judged_too(kind, poison, reason):
    good = GOOD[kind]()
    result, state = admit(poisoned(good, **poison), GateState(), CONFIG)
    assert isinstance(result, Rejected)
    assert result.reason is reason, result.detail
    assert isinstance(admit(good, state, CONFIG)[0], Admitted)


@pytest.mark.parametrize(
    ("kind", "name"), [(kind, field.name) for kind in GOOD for field in dataclasses.fields(GOOD[kind]())]
)
def test_no_field_goes_unjudged(kind, name):
    good = GOOD[kind]()
    assert isinstance(admit(good, GateState(), CONFIG)[0], Admitted)
    assert isinstance(admit(poisoned(good, **{name: object()}), GateState(), CONFIG)[0], Rejected)


def admitted(x, config=CONFIG, state=None) -> Any:
    result, _ = admit(x, state or GateState(), config)
    assert isinstance(result, Admitted), result
    return result


METRES = DEPTH * np.float32(0.001)


@pytest.mark.parametrize(
    ("name", "depth", "value"),
    [
        ("depth_saturated", DEPTH, 65535),
        ("depth_nan", METRES, np.nan),
        ("depth_inf", METRES, np.inf),
        ("depth_inf", METRES, -np.inf),
        ("depth_negative", METRES, -0.25),
        ("depth_overflow", METRES, 65.535),
        ("depth_overflow", METRES.astype(np.float64), 1e300),
        ("depth_nan", METRES.astype(np.float16), np.nan),
    ],
)
def test_pixels_that_are_no_distance_become_no_return_and_are_counted(name, depth, value):
    depth = depth.copy()
    depth[3, 4:9] = value
    result, state = admit(frame(depth=depth), GateState(), CONFIG)
    assert isinstance(result, Admitted)
    assert isinstance(result.input, RgbdFrame)
    expected = DEPTH.copy()
    expected[3, 4:9] = 0
    tolerance = 1 if depth.dtype == np.float16 else 0
    assert np.abs(result.input.depth.astype(int) - expected).max() <= tolerance
    assert result.masked == {name: 5}
    assert name in MASKS
    assert state.counts() == {"camera": {"admitted": 1, name: 5}}


def test_all_that_is_wrong_with_one_frame_is_counted_apart():
    depth = METRES.copy()
    depth[0, :4] = np.nan, np.inf, -1.0, 70.0
    assert admitted(frame(depth=depth)).masked == dict.fromkeys(MASKS[:4], 1)


def test_points_that_are_not_finite_are_dropped():
    points = np.arange(30, dtype=np.float64).reshape(10, 3)
    points[2, 0], points[7, 2], points[8] = np.nan, np.inf, 1e300
    result = admitted(poisoned(scan(), points_S=points))
    kept = np.delete(np.arange(30, dtype=np.float32).reshape(10, 3), [2, 7, 8], axis=0)
    assert result.input.points_S.dtype == np.float32
    assert np.array_equal(result.input.points_S, kept)
    assert result.masked == {"points_not_finite": 3}


def test_float_depth_is_rounded_to_the_nearest_unit():
    depth = np.full((24, 32), 1.0)
    unit_m = 2**-7
    depth[0, :5] = 1.0, 128.499 * unit_m, 128.501 * unit_m, 129.5 * unit_m, 0.0
    result = admitted(frame(depth=depth, depth_unit_m=unit_m))
    assert result.input.depth[0, :5].tolist() == [128, 128, 129, 130, 0]  # 129.5 goes to the even 130
    assert result.masked == {}


def test_only_what_differs_from_a_rotation_is_corrected():
    kept = admitted(frame()).input.X_WC
    assert np.array_equal(kept, X_WC)
    noisy = X_WC.copy()
    noisy[:3, :3] += np.random.default_rng(2).uniform(-1e-4, 1e-4, (3, 3))
    corrected = admitted(frame(X_WC=noisy)).input.X_WC
    assert rotation_error(corrected[:3, :3]) < 1e-9
    assert np.abs(corrected - noisy).max() < 1e-3
    assert np.array_equal(corrected[:3, 3], X_WC[:3, 3])


def test_numpy_scalars_and_strided_arrays_become_plain():
    wide = np.zeros((24, 64), ">u2")
    wide[:, ::2] = DEPTH
    x = poisoned(frame(depth_unit_m=0.001, color=RGB[:, ::-1]), stamp_ns=np.int64(7), received_ns=np.uint8(7))
    x = poisoned(x, depth=wide[:, ::2], X_WC=np.asfortranarray(X_WC), source=np.str_("camera"))
    result = admitted(x).input
    assert np.array_equal(result.depth, DEPTH)
    assert result.depth.dtype == np.dtype(np.uint16)
    assert result.depth.flags.c_contiguous
    assert result.X_WC.flags.c_contiguous
    assert (type(result.stamp_ns), type(result.received_ns), type(result.source)) == (int, int, str)


def test_raw_color_is_encoded_and_decodes_to_much_the_same():
    smooth = np.ascontiguousarray(np.broadcast_to(np.arange(32, dtype=np.uint8)[None, :, None] * 8, (24, 32, 3)))
    smooth[..., 0] = 250
    result = admitted(frame(color=smooth)).input.color
    assert isinstance(result, EncodedImage)
    assert result.pixels is not None
    assert np.abs(result.pixels.astype(int) - smooth).mean() < 4


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_encoded_color_passes_unchanged_and_is_not_shared(suffix):
    given_color = encoded((24, 32), suffix)
    result = admitted(frame(color=given_color)).input.color
    assert result.data == given_color.data
    assert result is not given_color


def test_what_the_caller_changes_later_is_not_seen():
    depth, pose, mount, cov, raw = DEPTH.copy(), X_WC.copy(), np.eye(4), np.eye(6), RGB.copy()
    frames = [frame(depth=depth, X_WC=pose, X_BC=mount, pose_cov=cov, color=raw), frame(depth=depth * 0.001)]
    results = [admitted(x).input for x in frames]
    before = [as_bytes(x) for x in results]
    for array in (depth, pose, mount, cov, raw):
        array[...] = 0
    assert [as_bytes(x) for x in results] == before
    for name in ("depth", "X_WC", "X_BC", "pose_cov"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(results[0], name)[0, 0] = 1


def as_bytes(x):
    values = [value.data if isinstance(value, EncodedImage) else value for value in vars_of(x).values()]
    return [(v.tobytes(), v.dtype.str, v.shape) if isinstance(v, np.ndarray) else repr(v) for v in values]


@pytest.mark.parametrize("kind", GOOD)
def test_what_was_admitted_passes_again_to_the_same_bytes(kind):
    x = GOOD[kind]()
    if kind == "RgbdFrame":
        noisy = rotated(R_WC + np.random.default_rng(3).uniform(-1e-4, 1e-4, (3, 3)))
        x = frame(depth=METRES + np.float32(0.0003), color=RGB, X_WC=noisy)
    first, again = admitted(x), admitted(x)
    replayed = admitted(first.input)
    assert as_bytes(first.input) == as_bytes(again.input) == as_bytes(replayed.input)


# --- whatever is handed in ---


@pytest.mark.parametrize("at", range(len(HOSTILE)))  # pytest would print what has no repr
def test_nothing_hostile_makes_it_raise(at):
    hostile, state, given_count = HOSTILE[at], GateState(), 0
    for x in [hostile, *(poisoned(GOOD[kind](), **{name: value}) for kind, name, value in spread(hostile))]:
        result, state = admit(x, state, CONFIG)
        assert type(result) is Rejected
        assert result.detail.isprintable()
        given_count += 1
    assert sum(sum(counts.values()) for counts in state.counts().values()) == given_count


def spread(value):
    for kind in GOOD:
        for name in vars_of(GOOD[kind]()):
            for wrapped in (value, (value,), [value] * 3, {"wrist": value}):
                yield kind, name, wrapped


junk = st.one_of(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    st.lists(st.integers() | st.floats(), max_size=4) | st.dictionaries(st.text(max_size=2), st.floats(), max_size=3),
    st.binary(max_size=40).map(lambda data: EncodedImage(b"\xff\xd8\xff" + data)),
    hnp.arrays(hnp.scalar_dtypes(), hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)),
    hnp.arrays(np.float64, (4, 4), elements=st.floats()) | hnp.arrays(np.float64, (6, 6), elements=st.floats()),
    hnp.arrays(st.sampled_from([np.float16, np.float32, np.float64]), (24, 32), elements=st.floats(width=16)),
    hnp.arrays(np.uint16, (24, 32)),
)


@settings(max_examples=300)
@given(st.lists(st.tuples(st.sampled_from(sorted(GOOD)), st.data()), min_size=1, max_size=4))
def test_nothing_makes_it_raise_and_everything_is_counted(parts):
    state = GateState()
    for kind, data in parts:
        good = GOOD[kind]()
        names = [field.name for field in dataclasses.fields(good)]
        x = poisoned(good, **data.draw(st.dictionaries(st.sampled_from(names), junk, max_size=3)))
        result, state = admit(x, state, CONFIG)
        assert isinstance(result, (Admitted, Rejected))
        if isinstance(result, Rejected):
            assert result.detail.isprintable()
    totals = [count for counts in state.counts().values() for name, count in counts.items() if name not in MASKS]
    assert sum(totals) == len(parts)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=GateState) == state


@given(junk)
def test_things_that_are_no_input_are_named_so(x):
    result, state = admit(x, GateState(), CONFIG)
    assert isinstance(result, Rejected)
    assert result.reason in (Reason.NOT_AN_INPUT, Reason.BAD_FIELD)
    assert sum(state.counts().popitem()[1].values()) == 1
