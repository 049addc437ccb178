"""Networks of a few numbers, one for each head: what they must find in a picture of patches is known."""

import contextlib
import dataclasses

import cv2
import numpy as np
import pytest
import tiny_onnx
from recordings import DATA, OFFICE_WALK, needs, office_walk_frames

from perception import OnnxDetector
from spatialmem import Detector, EncodedImage, FormatError, InputError, RgbdFrame
from spatialmem.testing import check_detector

RED, GREEN = (255, 0, 0), (0, 255, 0)
LABELS = ("tomato", "lime")
LETTERBOXED = {"columns": tiny_onnx.yolo_columns, "rows": tiny_onnx.yolo_rows, "end": tiny_onnx.end_to_end}
HEADS = {"fastest": tiny_onnx.fastest_det, **LETTERBOXED}
NAMES = {"fastest": "FastestDet", "columns": "YOLO, columns", "rows": "YOLO, rows", "end": "end to end"}


def picture(width, height, *patches):
    """Black, with (colour, u, v, width, height) painted."""
    image = np.zeros((height, width, 3), np.uint8)
    for color, u, v, wide, high in patches:
        image[v : v + high, u : u + wide] = color
    return image


def box_of(item):
    assert item.box_px is not None
    return item.box_px


@pytest.fixture
def model(tmp_path):
    """Write a model, and labels beside it."""

    def write(data, *, names=LABELS, stem="model"):
        path = tmp_path / f"{stem}.onnx"
        path.write_bytes(data)
        if names is not None:
            path.with_suffix(".names").write_text("".join(f"{name}\n" for name in names))
        return path

    return write


@pytest.mark.parametrize("kind", HEADS)
def test_each_head_finds_the_patches_where_they_are(kind, model, frame_of):
    detector = OnnxDetector(model(HEADS[kind]()), score_min=0.5)
    assert isinstance(detector, Detector)
    assert detector.head.name == NAMES[kind]
    # 160 x 120 in a square of 64: 20 px of the picture are a square of 8, letterboxed; stretched they are 20 x 15
    high = 15 if kind == "fastest" else 20
    image = picture(160, 120, (RED, 40, 4 * high // 2, 20, high), (GREEN, 100, 2 * high, 20, high))
    found = {item.label: item for item in check_detector(detector, frame_of(image))}
    top = {"tomato": 2 * high, "lime": 2 * high}
    assert set(found) == set(LABELS)
    for label, left in (("tomato", 40), ("lime", 100)):
        # whole numbers are pixel centres, so a patch from 40 to 59 has its edges at 39.5 and 59.5
        expected = (left - 0.5, top[label] - 0.5, left + 19.5, top[label] + high - 0.5)
        np.testing.assert_allclose(box_of(found[label]), expected, atol=2e-3)
        assert found[label].score == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize("kind", LETTERBOXED)
def test_upright_pictures_are_letterboxed_at_the_sides(kind, model, frame_of):
    detector = OnnxDetector(model(HEADS[kind]()), score_min=0.5)
    (item,) = detector.detect(frame_of(picture(120, 160, (RED, 0, 140, 20, 20))))
    np.testing.assert_allclose(box_of(item), (0, 139.5, 19.5, 159), atol=2e-3)  # cut to the picture


def test_scores_are_those_of_the_head(model, frame_of):
    half_red = picture(64, 64, ((128, 0, 0), 16, 24, 8, 8))
    share = 128 / 255
    scores = {"fastest": share, "columns": share, "rows": share**2, "end": share}
    for kind, expected in scores.items():
        (item,) = OnnxDetector(model(HEADS[kind](), stem=kind), score_min=0.2).detect(frame_of(half_red))
        assert item.score == pytest.approx(expected, abs=1e-4), kind
        assert OnnxDetector(model(HEADS[kind](), stem=kind), score_min=0.6).detect(frame_of(half_red)) == ()


def test_fastest_det_weighs_objectness_and_class(model, frame_of):
    """score = obj^0.6 cls^0.4: with blue in it, objectness and class differ nowhere here, so both are set apart."""
    both = picture(64, 64, ((128, 64, 0), 16, 24, 8, 8))  # objectness 192 / 255, best class 128 / 255
    (item,) = OnnxDetector(model(tiny_onnx.fastest_det()), score_min=0.2).detect(frame_of(both))
    assert item.score == pytest.approx((192 / 255) ** 0.6 * (128 / 255) ** 0.4, abs=1e-4)
    assert item.label == "tomato"


def big_boxes(side):
    """Each square proposes the same large box: copies of one thing."""
    count = (side // 8) ** 2
    return np.tile(np.array([[side / 2], [side / 2], [side / 2], [side / 2]], np.float32), count)


def test_copies_are_suppressed_within_a_label_only(model, frame_of):
    columns = tiny_onnx.yolo([{}, {}, {}, {}, {0: 1}, {1: 1}], big_boxes(64), rows=False)
    image = picture(64, 64, (RED, 0, 0, 32, 8), ((0, 200, 0), 32, 32, 16, 8))
    items = OnnxDetector(model(columns), score_min=0.5).detect(frame_of(image))
    assert [item.label for item in items] == ["tomato", "lime"]  # the best first
    kept = OnnxDetector(model(columns), score_min=0.5, nms_iou=1.0).detect(frame_of(image))
    assert [item.label for item in kept] == ["tomato"] * 4 + ["lime"] * 2


def test_end_to_end_boxes_are_not_suppressed_again(model, frame_of):
    corners = np.tile(np.array([[16.0], [16.0], [48.0], [48.0]], np.float32), 64)
    data = tiny_onnx.yolo([{}, {}, {}, {}, {0: 1, 1: 1}, {1: 1}], corners, rows=True)
    items = OnnxDetector(model(data), score_min=0.5).detect(frame_of(picture(64, 64, (RED, 0, 0, 16, 8))))
    assert len(items) == 2


def test_boxes_that_are_no_boxes_and_classes_without_a_label_are_dropped(model, frame_of):
    corners = np.array([[16.0], [16.0], [16.0], [48.0]], np.float32) * np.ones((1, 64), np.float32)
    corners[:, 1], corners[:, 2] = np.nan, (100, 100, 200, 200)  # not a number; outside
    corners[:, 3] = (8, 8, 24, 24)
    data = tiny_onnx.yolo([{}, {}, {}, {}, {0: 1, 1: 1, 2: 1}, {1: 1, 2: 2}], corners, rows=True)
    red = picture(64, 64, (RED, 0, 0, 32, 8))
    (item,) = OnnxDetector(model(data), score_min=0.5).detect(frame_of(red))
    np.testing.assert_allclose(box_of(item), (7.5, 7.5, 23.5, 23.5), atol=1e-3)
    blue = picture(64, 64, ((0, 0, 255), 0, 0, 32, 8))
    assert OnnxDetector(model(data), score_min=0.5).detect(frame_of(blue)) == ()


def test_labels_come_from_where_they_are_first(model, tmp_path):
    named = tiny_onnx.yolo_columns(metadata={"names": "{0: 'rose', 1: 'leaf'}", "imgsz": "[64, 64]"})
    path = model(named, names=None)
    assert OnnxDetector(path).labels == ("rose", "leaf")
    (tmp_path / "other.names").write_text("a\nb\n")
    assert OnnxDetector(path).labels == ("rose", "leaf")
    plain = model(tiny_onnx.yolo_columns(), names=None, stem="plain")
    assert OnnxDetector(plain).labels == ("a", "b")
    path.with_suffix(".names").write_text("beside\nit\n\n")
    assert OnnxDetector(path).labels == ("beside", "it")
    assert OnnxDetector(path, ("x", "y")).labels == ("x", "y")
    with pytest.raises(InputError, match=r"has 2 \.names files"):
        OnnxDetector(plain)


@pytest.mark.parametrize("names", ["{0: 'a', 2: 'b'}", "['a', 3]", "{", "os.getcwd()", "[]", "{'a': 'b'}", "(" * 500])
def test_metadata_that_are_no_names_are_passed_over(names, model):
    path = model(tiny_onnx.yolo_columns(metadata={"names": names, "author": "me"}), names=None)
    with pytest.raises(InputError, match="comes without labels"):
        OnnxDetector(path)


def test_labels_must_fit_the_classes(model):
    path = model(tiny_onnx.yolo_columns(), names=("one", "two", "three"))
    with pytest.raises(InputError, match=r"model.names has 3 labels, but the model .* has 2 classes"):
        OnnxDetector(path)
    with pytest.raises(InputError, match="labels has 1 labels"):
        OnnxDetector(path, ("one",))
    with pytest.raises(InputError, match="label 1 is ' '"):
        OnnxDetector(path, ("one", " "))
    with pytest.raises(InputError, match="there are none"):
        OnnxDetector(model(tiny_onnx.end_to_end(), names=(), stem="end"))


def test_the_input_may_be_of_any_size_if_somebody_says_which(model, frame_of):
    free = ["batch", 3, "height", "width"]
    said = model(tiny_onnx.yolo_columns(shape=free, metadata={"imgsz": "[64, 64]"}), stem="said")
    silent = model(tiny_onnx.yolo_columns(shape=free), stem="silent")
    with pytest.raises(InputError, match=r"any size; say which with input_px"):
        OnnxDetector(silent)
    frame = frame_of(picture(160, 120, (RED, 40, 40, 20, 20)))
    (a,), (b,) = OnnxDetector(said).detect(frame), OnnxDetector(silent, input_px=(64, 64)).detect(frame)
    assert a.box_px == b.box_px
    with pytest.raises(InputError, match="OpenCV cannot run the model"):
        OnnxDetector(silent, input_px=(80, 64))


def test_weights_may_be_listed_as_inputs(model):
    assert OnnxDetector(model(tiny_onnx.yolo_columns(weights_are_inputs=True))).labels == LABELS


def test_unknown_heads_and_inputs_are_refused(model):
    single = tiny_onnx.node("Conv", ["image", "w"], "out", kernel_shape=[8, 8], strides=[8, 8])
    double = tiny_onnx.node("Relu", ["image"], "again")
    weights = {"w": tiny_onnx.looking([{0: 1}, {1: 1}])}
    for data, says in (
        (tiny_onnx.model([single], weights, [1, 3, 64, 64], {"out": [1, 2, 8, 8]}), r"shape \(1, 2, 8, 8\)"),
        (tiny_onnx.model([single, double], weights, [1, 3, 64, 64], {"out": [1], "again": [1]}), "has 2 outputs"),
        (tiny_onnx.model([single], weights, [1, 1, 64, 64], {"out": [1, 2, 8, 8]}), r"inputs of shapes \[\(1, 1, 64"),
    ):
        with pytest.raises(InputError, match=says):
            OnnxDetector(model(data))


def test_a_model_that_is_none_is_named(model, tmp_path, capfd):
    with pytest.raises(InputError, match=r"absent.onnx cannot be read: No such file"):
        OnnxDetector(tmp_path / "absent.onnx")
    whole = tiny_onnx.yolo_columns()
    for data in (b"", b"hello, world", b"\x00" * 100, whole[: len(whole) // 2], b"\xff" * 40):
        with pytest.raises(FormatError, match="no ONNX model"):
            OnnxDetector(model(data))
    with pytest.raises(FormatError, match="OpenCV cannot load this model"):
        OnnxDetector(model(whole.replace(b"Transpose", b"Transpote").replace(b"Conv", b"Cunv")))
    told = capfd.readouterr()
    assert told.out + told.err == ""


def test_every_cut_and_every_flipped_byte_of_the_header_is_an_error_or_a_model(model):
    """Nothing but the two errors of the package comes out of damage; whole weights are left alone here."""
    whole = tiny_onnx.fastest_det()
    start = whole.index(b"tiny")
    for at in [*range(40), *range(start - 8, start + 12)]:
        damaged = bytearray(whole)
        damaged[at] ^= 0x55
        with contextlib.suppress(FormatError, InputError):
            OnnxDetector(model(bytes(damaged)))


@pytest.mark.parametrize("option", ["score_min", "nms_iou"])
@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan")])
def test_shares_are_from_0_to_1(option, value, model):
    with pytest.raises(InputError, match=f"{option} is"):
        OnnxDetector(model(tiny_onnx.yolo_columns()), **{option: value})


@pytest.mark.usefixtures("unchecked_shapes")
def test_a_frame_needs_colour_of_its_size(model, frame_of):
    detector = OnnxDetector(model(tiny_onnx.yolo_columns()))
    frame = frame_of(picture(64, 48))
    for color, says in (
        (None, "has no colour"),
        (EncodedImage(b"no image"), "cannot be read"),
        (picture(48, 64), "must be RGB of the depth's size"),
    ):
        with pytest.raises(InputError, match=says):
            detector.detect(dataclasses.replace(frame, color=color))


def test_encoded_and_read_only_colour_are_seen_alike(model, frame_of):
    detector = OnnxDetector(model(tiny_onnx.yolo_columns()))
    image = picture(160, 120, (RED, 40, 40, 20, 20))
    data = cv2.imencode(".png", image[..., ::-1])[1].tobytes()
    frame = frame_of(image)
    (raw,), (encoded,) = detector.detect(frame), detector.detect(dataclasses.replace(frame, color=EncodedImage(data)))
    assert (raw.box_px, raw.score) == (encoded.box_px, encoded.score)


FASTEST = DATA / "models" / "FastestDet.onnx"


def office_frame(index):
    (depth, camera, X_WC) = next(office_walk_frames(slice(index, index + 1)))
    rows = (OFFICE_WALK / "frames.csv").read_text().splitlines()
    names = dict(zip(rows[0].split(","), rows[1 + index].split(","), strict=True))
    color = EncodedImage((OFFICE_WALK / names["color"]).read_bytes())
    return RgbdFrame(source="c", stamp_ns=1, received_ns=1, depth=depth, camera=camera, X_WC=X_WC, color=color)


@needs(FASTEST)
@needs(OFFICE_WALK)
def test_fastest_det_finds_the_plants_of_the_office():
    detector = OnnxDetector(FASTEST)
    assert (detector.head.name, len(detector.labels), detector.labels[0]) == ("FastestDet", 80, "person")
    frames = [office_frame(index) for index in range(0, 373, 31)]
    found = [item.label for frame in frames for item in check_detector(detector, frame)]
    assert found.count("pottedplant") >= 3
    assert found.count("chair") + found.count("diningtable") >= 3


@needs(FASTEST)
@needs(OFFICE_WALK)
def test_threads_do_not_change_what_is_found():
    before = cv2.getNumThreads()
    try:
        told = []
        for threads in (1, 2, 4):
            cv2.setNumThreads(threads)
            items = OnnxDetector(FASTEST, score_min=0.1).detect(office_frame(62))
            told.append([(item.label, item.score, item.box_px) for item in items])
    finally:
        cv2.setNumThreads(before)
    assert len(told[0]) > 5
    assert told[0] == told[1] == told[2]
