"""Detections at the door: bad items are left out and counted, good ones leave it canonical; nothing makes it raise."""

import dataclasses
from typing import Any

import msgspec
import numpy as np
import pytest
from poisoned_detections import BOX, GOOD, ITEM_POISON, MASK, PART_POISON, S, given, item, random_item
from poisoned_inputs import HostileArray, poisoned
from recorded_inputs import Listed, differing, opened

from spatialmem import (
    Config,
    Detection,
    Detections,
    OctreeConfig,
    Pinhole,
    Reason,
    Receipt,
    Rejected,
    RgbdFrame,
    RobotState,
    SpatialMemory,
    record_mcap,
)
from spatialmem.codec import decode_input, encode_input
from spatialmem.gate import MASKS, Admitted, GateState, admit
from spatialmem.gate.detections import DETECTIONS_MAX, LEFT_OUT, MASK_PIXELS_MAX, TAKEN_OFF
from spatialmem.view import decode_state

CONFIG = Config(octree=OctreeConfig(budget_mib=8))

WALL = RgbdFrame(
    source="camera", stamp_ns=S, received_ns=S, X_WC=np.eye(4), depth=np.full((24, 32), 2010, np.uint16),
    camera=Pinhole(32, 24, 30.0, 30.0, 15.5, 11.5),
)  # fmt: skip


def frame_at(stamp_s: float) -> RgbdFrame:
    """The wall, seen by the camera that `given` names."""
    stamp_ns = round(stamp_s * S)
    return dataclasses.replace(WALL, source="never heard of", stamp_ns=stamp_ns, received_ns=stamp_ns)


def frame_of(x: Detections) -> RgbdFrame:
    """The frame that detections are of."""
    return dataclasses.replace(WALL, source=x.camera_source, stamp_ns=x.stamp_ns, received_ns=x.stamp_ns)


def framed(found: list[Any]) -> list[Any]:
    """Detections, each after its frame."""
    return [one for x in found for one in (frame_of(x), x)]


def judged(*items) -> Any:
    return admit(given(*items), GateState(), CONFIG)[0]


def admitted(*items) -> tuple[tuple[Detection, ...], dict[str, int]]:
    result = judged(*items)
    assert isinstance(result, Admitted), result
    return result.input.items, result.masked  # type: ignore[union-attr]


@pytest.mark.parametrize(("bad", "name", "said"), [p[1:] for p in ITEM_POISON], ids=[p[0] for p in ITEM_POISON])
def test_a_bad_item_among_good_ones_is_left_out_and_counted(bad, name, said):
    items, masked = admitted(GOOD, bad, GOOD)
    assert [one.label for one in items] == ["chair", "chair"]
    assert masked == {name: 1}
    assert name in LEFT_OUT
    alone, state = admit(given(bad), GateState(), CONFIG)
    assert isinstance(alone, Rejected)
    assert (alone.reason, said in alone.detail) == (Reason.DETECTIONS_ALL_INVALID, True), alone.detail
    assert state.counts() == {"detector": {"detections_all_invalid": 1}}


@pytest.mark.parametrize(("bad", "name", "said"), [p[1:] for p in PART_POISON], ids=[p[0] for p in PART_POISON])
def test_a_bad_part_is_taken_off_and_the_item_stays_if_it_has_a_place(bad, name, said):
    other = {"mask": MASK} if "box_px" in bad else {"box_px": BOX}
    items, masked = admitted(item(**other, **bad))
    assert getattr(items[0], next(iter(bad))) is None
    assert getattr(items[0], next(iter(other))) is not None
    assert masked == {name: 1}
    assert name in TAKEN_OFF
    alone = judged(item(**bad))
    assert isinstance(alone, Rejected)
    assert (alone.reason, said in alone.detail) == (Reason.DETECTIONS_ALL_INVALID, True), alone.detail


def test_every_name_that_counts_is_a_mask():
    assert set(LEFT_OUT) | set(TAKEN_OFF) <= set(MASKS)
    assert len(set(MASKS)) == len(MASKS)


def test_all_that_is_wrong_with_one_input_is_counted_apart():
    bad = [entry for _, entry, _, _ in ITEM_POISON] + [item(**parts) for _, parts, _, _ in PART_POISON]
    _, masked = admitted(GOOD, *bad)
    assert set(masked) == set(LEFT_OUT) | set(TAKEN_OFF)
    assert sum(masked[name] for name in LEFT_OUT) == len(bad)
    assert sum(masked[name] for name in TAKEN_OFF) == len(PART_POISON)


def test_a_picture_in_which_nothing_was_found_is_admitted():
    assert admitted() == ((), {})


@pytest.mark.parametrize("items", [None, "mug", 3, {"a": GOOD}, np.zeros(3), iter([GOOD])])
def test_items_are_a_tuple_or_a_list(items):
    result, _ = admit(poisoned(given(), items=items), GateState(), CONFIG)
    assert isinstance(result, Rejected)
    assert result.reason is Reason.BAD_FIELD
    assert isinstance(admit(poisoned(given(), items=[GOOD]), GateState(), CONFIG)[0], Admitted)


def test_a_million_items_are_refused_by_their_count():
    result = judged(*[GOOD] * 10**6)
    assert (result.reason, "1000000" in result.detail) == (Reason.DETECTIONS_TOO_MANY, True)
    assert len(admitted(*[GOOD] * DETECTIONS_MAX)[0]) == DETECTIONS_MAX


def test_masks_beyond_all_measure_are_refused_before_they_are_copied():
    large = np.broadcast_to(True, (5000, 5000))
    result = judged(*[item(mask=large)] * (MASK_PIXELS_MAX // large.size + 1))
    assert (result.reason, "pixels" in result.detail) == (Reason.DETECTIONS_TOO_MANY, True)


@pytest.mark.parametrize(
    ("label", "kept"),
    [
        ("potted plant", "potted plant"),
        ("  potted \t\r\n plant ", "potted plant"),
        ("mu\x00g\x7f", "mug"),
        ("\x1b[31mmug\u202e", "[31mmug"),
        ("Täßchen 茶碗", "Täßchen 茶碗"),
        (np.str_("mug"), "mug"),
        ("x" * 10_000, "x" * 64),
        ("\n" * 3000 + "mug", "mug"),
        ("ab " * 3000, ("ab " * 22)[:64].rstrip()),
        (("\x07" + "x" * 31 + "\u2028") * 300, "x" * 31 + " " + "x" * 31),
        ("'; DROP TABLE object_state; --", "'; DROP TABLE object_state; --"),
    ],
)
def test_labels_are_data(label, kept):
    (one,), masked = admitted(item(label=label, box_px=BOX))
    assert (one.label, type(one.label), masked) == (kept, str, {})


@pytest.mark.parametrize(
    ("score", "kept"), [(0, 0.0), (1, 1.0), (np.float32(0.25), 0.25), (1 + 1e-7, 1.0), (-0.0, 0.0)]
)
def test_scores_become_plain(score, kept):
    (one,), _ = admitted(item(score=score, box_px=BOX))
    assert (one.score, type(one.score), str(one.score)) == (kept, float, str(kept))


@pytest.mark.parametrize(
    ("box", "alone", "in_picture"),
    [
        ((1, 2, 5, 9), (1.0, 2.0, 5.0, 9.0), (1.0, 2.0, 5.0, 9.0)),
        ([1.5, 2.5, np.float32(5), np.int16(9)], (1.5, 2.5, 5.0, 9.0), (1.5, 2.5, 5.0, 9.0)),
        (np.array(BOX, np.float32), BOX, BOX),
        ((-20.0, -3.0, 5.0, 9.0), (-0.5, -0.5, 5.0, 9.0), (-0.5, -0.5, 5.0, 9.0)),
        ((0.0, 0.0, 40.0, 30.0), (0.0, 0.0, 40.0, 30.0), (0.0, 0.0, 31.5, 23.5)),
        ((31.5, 0.0, 40.0, 20.0), (31.5, 0.0, 40.0, 20.0), None),
    ],
)
def test_boxes_are_clipped_to_the_picture_as_far_as_it_is_known(box, alone, in_picture):
    (one,), masked = admitted(item(box_px=box))
    assert (one.box_px, masked) == (alone, {})
    assert one.box_px is not None
    assert {type(side) for side in one.box_px} == {float}
    items, masked = admitted(item(label="seen", mask=MASK), item(box_px=box))
    assert [one.box_px for one in items[1:]] == ([] if in_picture is None else [in_picture])
    assert masked == ({} if in_picture else {"detection_box": 1, "detection_place": 1})


def test_a_mask_of_another_picture_is_taken_off():
    other = np.ones((12, 16), bool)
    items, masked = admitted(item(mask=other, box_px=BOX), item(mask=MASK), item(mask=other), *[item(mask=MASK)] * 2)
    assert [one.mask is None for one in items] == [True, False, False, False]
    assert masked == {"detection_mask": 2, "detection_place": 1}
    items, masked = admitted(item(mask=MASK), *[item(mask=other)] * 2)
    assert [one.mask.shape for one in items if one.mask is not None] == [(12, 16)] * 2
    items, _ = admitted(item(mask=other), item(mask=MASK))
    assert [one.mask.shape for one in items if one.mask is not None] == [(12, 16)]


def test_embeddings_have_length_one_and_are_kept_where_they_had():
    rng = np.random.default_rng(3)
    unit = rng.standard_normal(64)
    unit = (unit / np.linalg.norm(unit)).astype(np.float32)
    kinds = [
        unit,
        unit * np.float32(7),
        unit.astype(">f8") * 1e300,
        unit.astype(float) * 1e-300,
        unit.astype(np.float16),
    ]
    items, masked = admitted(*[item(box_px=BOX, embedding=embedding) for embedding in kinds])
    assert masked == {}
    for one in items:
        assert one.embedding is not None
        assert one.embedding.dtype == np.dtype(np.float32)
        assert abs(np.linalg.norm(one.embedding.astype(float)) - 1) < 1e-6
        np.testing.assert_allclose(one.embedding, unit, atol=1e-3)
    assert items[0].embedding is not None
    assert items[0].embedding.tobytes() == unit.tobytes()
    nearly = unit * np.float32(1 + 5e-7)
    (one,), _ = admitted(item(box_px=BOX, embedding=nearly))
    assert one.embedding is not None
    assert one.embedding.tobytes() == nearly.tobytes() != unit.tobytes()


def test_attributes_are_cleaned_as_labels_are_and_in_the_order_of_their_names():
    said = {"state": " half\topen", "color": "x" * 100, "a\x00b": "c"}
    (one, none), masked = admitted(item(box_px=BOX, attributes=said), item(box_px=BOX, attributes={}))
    assert one.attributes == {"ab": "c", "color": "x" * 64, "state": "half open"}
    assert one.attributes is not None
    assert list(one.attributes) == sorted(one.attributes)
    assert none.attributes is None
    assert masked == {}
    said["state"] = "closed"
    assert one.attributes["state"] == "half open"


def test_arrays_are_copied_contiguous_read_only_and_canonical():
    wide = np.zeros((24, 64), np.uint8)
    wide[3:9, 8:40:2] = 255  # true, by another byte than 1
    mask, embedding = wide.view(bool)[:, ::2], np.zeros(16, ">f4")[::2]
    embedding[3] = 1.0
    (one,), _ = admitted(item(mask=mask, embedding=embedding))
    wide[:], embedding[:] = 0, 0
    assert one.mask is not None
    assert one.embedding is not None
    assert one.mask.tobytes() == MASK.tobytes()
    assert one.embedding.tolist() == [0, 0, 0, 1, 0, 0, 0, 0]
    for array in (one.mask, one.embedding):
        assert array.flags.c_contiguous
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


# --- whatever is handed in ---


def poisoned_item(rng: np.random.Generator) -> tuple[Any, bool]:
    """Return an entry with one thing wrong, and whether it can stay."""
    if rng.random() < 0.5:
        return ITEM_POISON[int(rng.integers(len(ITEM_POISON)))][1], False
    fields = PART_POISON[int(rng.integers(len(PART_POISON)))][1]
    one = random_item(rng)
    stays = not (("box_px" in fields and one.mask is None) or ("mask" in fields and one.box_px is None))
    return poisoned(one, **fields), stays


class Unhashable(type):
    """A metaclass whose classes can be neither hashed nor compared."""

    def __eq__(cls, other):
        raise RuntimeError

    __hash__ = None  # type: ignore[assignment]


class Hostile(metaclass=Unhashable):
    def _raise(self, *_: object):
        raise RuntimeError

    __class__ = property(_raise)  # type: ignore[assignment]
    __repr__ = __str__ = __eq__ = __len__ = __iter__ = __index__ = __float__ = __bool__ = __array__ = _raise  # type: ignore[assignment]
    __hash__ = None  # type: ignore[assignment]


class HostileDetection(Detection):
    def __getattribute__(self, name):
        raise RuntimeError


HOSTILE = [
    Hostile(),
    Hostile,
    object.__new__(HostileDetection),
    np.ones((24, 32)).view(HostileArray),
    np.datetime64(3, "s"),
]


@pytest.mark.usefixtures("unchecked_shapes")
@pytest.mark.parametrize("index", range(len(HOSTILE)))  # pytest asks a parameter about itself
def test_no_code_of_others_runs(index):
    bad = HOSTILE[index]
    assert admitted(GOOD, bad)[1] == {"detection_kind": 1}
    for part in ("label", "score", "box_px", "mask", "embedding"):
        (one, *_), masked = admitted(GOOD, item(label="a", box_px=BOX, mask=MASK), poisoned(GOOD, **{part: bad}))
        assert one.label == "chair"
        assert masked[f"detection_{part.removesuffix('_px')}"] == 1
    assert admitted(GOOD, item(box_px=(bad, 0.0, 1.0, 1.0)))[1]["detection_box"] == 1


@pytest.mark.usefixtures("unchecked_shapes")
def test_200_seeds_of_poison_never_raise_and_leave_the_memory_as_it_was():
    memory, clean = SpatialMemory(CONFIG), SpatialMemory(CONFIG)
    assert memory.observe(WALL)
    assert clean.observe(WALL)
    taken: list[Any] = []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        good = [random_item(rng) for _ in range(rng.integers(0, 4))]
        bad = [poisoned_item(rng) for _ in range(rng.integers(1, 5))]
        entries = [(one, True) for one in good] + bad
        entries = [entries[i] for i in rng.permutation(len(entries))]
        assert memory.observe(frame_at(5.0 + 0.1 * seed))
        before = decode_state(memory.dump())
        answer = memory.observe(given(*[entry for entry, _ in entries], stamp_s=5.0 + 0.1 * seed))
        kept = sum(stays for _, stays in entries)
        if kept == 0:
            assert isinstance(answer, Rejected)
            assert answer.reason is Reason.DETECTIONS_ALL_INVALID
            assert answer.detail.isprintable()
            after = decode_state(memory.dump())
            assert after == msgspec.structs.replace(before, gate=after.gate)  # there it is counted
        else:
            assert isinstance(answer, Receipt)
            verdict, _ = admit(given(*[e for e, _ in entries], stamp_s=5.0 + 0.1 * seed), GateState(), CONFIG)
            assert isinstance(verdict, Admitted)
            x: Any = verdict.input
            assert len(x.items) == kept
            assert sum(verdict.masked.get(name, 0) for name in LEFT_OUT) == len(entries) - kept
            taken.append(x)
    assert 100 < len(taken) < 200
    for x in taken:
        assert clean.observe(frame_of(x))
        assert clean.observe(x)
    counted = memory.counts["detector"]
    assert counted["admitted"] == len(taken) == clean.counts["detector"]["admitted"]
    assert clean.counts["detector"] == {"admitted": len(taken)}  # what was admitted is good as it is
    robot = RobotState(source="robot", stamp_ns=S, received_ns=S, X_WB=np.eye(4))
    assert memory.observe(robot) == Receipt(1 + 200 + len(taken) + 1)


@pytest.fixture(scope="module")
def run() -> list[Any]:
    """What the gate makes of 30 inputs with some poison in them."""
    inputs: list[Any] = []
    for seed in range(30):
        rng = np.random.default_rng((5, seed))
        entries = [random_item(rng) for _ in range(rng.integers(1, 5))] + [poisoned_item(rng)[0] for _ in range(2)]
        result = admit(given(*entries, stamp_s=5 + seed), GateState(), CONFIG)[0]
        assert isinstance(result, Admitted)
        inputs.append(result.input)
    assert {one.mask is None for x in inputs for one in x.items} == {True, False}
    assert {one.embedding is None for x in inputs for one in x.items} == {True, False}
    return inputs


def test_what_was_admitted_passes_again_and_comes_back_from_bytes_to_the_last_bit(run):
    for x in run:
        again = admit(x, GateState(), CONFIG)[0]
        assert isinstance(again, Admitted)
        assert again.masked == {}
        for other in (again.input, decode_input(encode_input(x))):
            assert differing(x, other) == []
            assert encode_input(other) == encode_input(x)
        for one in decode_input(encode_input(x)).items:  # type: ignore[union-attr]
            for array in (one.mask, one.embedding):
                assert array is None or not array.flags.writeable


def journal_of(memory: Any) -> list[Any]:
    """Return the inputs that a memory's file holds."""
    return [decode_input(data) for _, data in memory._file.inputs()]


def test_a_memory_file_and_a_recording_give_them_back(run, tmp_path):
    plain = SpatialMemory(CONFIG)
    with SpatialMemory.open(tmp_path / "a.smem", CONFIG) as filed:
        for x in framed(run):
            assert plain.observe(x)
            assert filed.observe(x)
        assert filed.state_hash() == plain.state_hash()
    with SpatialMemory.open(tmp_path / "a.smem") as reopened:
        assert reopened.state_hash() == plain.state_hash()
        kept = journal_of(reopened)
        assert [differing(x, y) for x, y in zip(framed(run), kept, strict=True)] == [[]] * len(framed(run))
        later = dataclasses.replace(run[0], stamp_ns=100 * S, received_ns=100 * S)
        for x in (frame_of(later), later):
            assert reopened.observe(x) == plain.observe(x)
    loaded = SpatialMemory.load(plain.dump(), CONFIG)
    assert loaded.state_hash() == plain.state_hash()

    record_mcap(Listed(framed(run)), tmp_path / "a.mcap")
    replayed = SpatialMemory(CONFIG)
    recorded = list(opened(tmp_path / "a.mcap"))
    assert [differing(x, y) for x, y in zip(framed(run), recorded, strict=True)] == [[]] * len(framed(run))
    for x in (*recorded, frame_of(later), later):
        assert replayed.observe(x)
    assert replayed.state_hash() == plain.state_hash()
