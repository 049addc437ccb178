"""The checkers of detectors and embedders pass good ones and name what is wrong with bad ones."""

import dataclasses

import numpy as np
import pytest

from spatialmem import Detection, EncodedImage, Pinhole, RgbdFrame
from spatialmem.testing import check_detector, check_embedder

HEIGHT, WIDTH = 6, 8
MASK = np.arange(HEIGHT * WIDTH).reshape(HEIGHT, WIDTH) % 5 == 0
UNIT = np.array([0.6, 0.8], np.float32)
GOOD = Detection(label="mug", score=0.5, box_px=(0.0, 1.0, 7.0, 5.0), mask=MASK, embedding=UNIT)


def frame(color=None):
    return RgbdFrame(
        source="c",
        stamp_ns=1,
        received_ns=1,
        depth=np.full((HEIGHT, WIDTH), 900, np.uint16),
        camera=Pinhole(WIDTH, HEIGHT, 8.0, 8.0, 3.5, 2.5),
        X_WC=np.eye(4),
        color=color,
    )


class Finding:
    """A detector that finds these, each time anew, and may do something to the frame."""

    def __init__(self, *items, labels=("mug", "bowl"), spoil=lambda frame: None):
        self.labels, self._items, self._spoil = labels, items, spoil

    def detect(self, frame):
        self._spoil(frame)
        return self._items


@pytest.mark.parametrize("color", [None, np.zeros((HEIGHT, WIDTH, 3), np.uint8), EncodedImage(b"png")])
def test_a_good_detector_passes_and_its_answer_is_returned(color):
    boxed = Detection(label="bowl", score=1.0, box_px=(2.0, 2.0, 2.0, 2.0))
    assert check_detector(Finding(GOOD, boxed), frame(color)) == (GOOD, boxed)
    assert check_detector(Finding(), frame(color)) == ()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"label": "cup"}, "'cup', which is not among labels"),
        ({"score": 1.5}, "score must be from 0 to 1, it is 1.5"),
        ({"score": float("nan")}, "score must be from 0 to 1"),
        ({"score": np.float32(0.5)}, "score must be a float, it is a float32"),
        ({"box_px": None, "mask": None}, "neither a box nor a mask"),
        ({"box_px": (0.0, 1.0, 8.0, 5.0)}, "not inside 0 to 7 and 0 to 5"),
        ({"box_px": (-0.5, 1.0, 7.0, 5.0)}, "not inside"),
        ({"box_px": (5.0, 1.0, 4.0, 5.0)}, "from its lower to its upper corner"),
        ({"box_px": (0.0, float("nan"), 4.0, 5.0)}, "from its lower to its upper corner"),
        ({"box_px": (0, 1, 4, 5)}, "four floats"),
        ({"box_px": [0.0, 1.0, 4.0, 5.0]}, "a box must be a tuple"),
        ({"mask": MASK.astype(np.uint8)}, "a mask must be bool, it is uint8"),
        ({"mask": MASK[:, :4]}, r"the mask has shape \(6, 4\), not \(6, 8\)"),
        ({"mask": np.zeros_like(MASK)}, "the mask is empty"),
        ({"mask": [[True]]}, "a mask must be an array"),
        ({"embedding": UNIT.astype(np.float64)}, "the embedding must be float32"),
        ({"embedding": UNIT * 2}, "the embedding must have length 1"),
        ({"embedding": np.zeros(2, np.float32)}, "the embedding must have length 1"),
    ],
)
@pytest.mark.usefixtures("unchecked_shapes")
def test_a_bad_detection_is_named(changes, says):
    with pytest.raises(AssertionError, match=says):
        check_detector(Finding(dataclasses.replace(GOOD, **changes)), frame())


@pytest.mark.parametrize(
    ("labels", "says"),
    [((), "labels must not be empty"), (["mug"], "labels must be a tuple"), (("mug", " "), "one is ' '")],
)
@pytest.mark.usefixtures("unchecked_shapes")
def test_bad_labels_are_named(labels, says):
    with pytest.raises(AssertionError, match=says):
        check_detector(Finding(labels=labels), frame())


@pytest.mark.usefixtures("unchecked_shapes")
def test_what_is_no_detector_or_detection_is_named():
    with pytest.raises(AssertionError, match="lacks labels or detect"):
        check_detector(object(), frame())  # pyright: ignore[reportArgumentType]
    with pytest.raises(AssertionError, match="item 0 is a str, not a Detection"):
        check_detector(Finding("mug"), frame())

    class Yielding(Finding):
        def detect(self, frame):
            yield GOOD

    with pytest.raises(AssertionError, match="must return a sequence"):
        check_detector(Yielding(), frame())  # pyright: ignore[reportArgumentType]


def test_a_detector_must_repeat_itself():
    scores = iter((0.5, 0.6))

    class Restless(Finding):
        def detect(self, frame):
            return (dataclasses.replace(GOOD, score=next(scores)),)

    with pytest.raises(AssertionError, match="the same detections again"):
        check_detector(Restless(), frame())


def test_a_mask_that_is_used_again_is_named():
    class Saving(Finding):
        def __init__(self):
            super().__init__()
            self.mask = MASK.copy()
            self.calls = 0

        def detect(self, frame):
            self.calls += 1
            self.mask[0, 1] = self.calls > 1
            return (dataclasses.replace(GOOD, mask=self.mask),)

    with pytest.raises(AssertionError, match=r"the same detections again|must not change later"):
        check_detector(Saving(), frame())


def darken(frame):
    frame.color[0, 0] = 3


def deepen(frame):
    frame.depth[0, 0] += 1


@pytest.mark.parametrize("spoil", [darken, deepen])
def test_a_detector_that_changes_the_frame_is_named(spoil):
    with pytest.raises(AssertionError, match="must not change the frame"):
        check_detector(Finding(GOOD, spoil=spoil), frame(np.zeros((HEIGHT, WIDTH, 3), np.uint8)))


class Looking:
    """An embedder of this dimension whose vectors are made so."""

    def __init__(self, make=lambda frame: UNIT.copy(), dimension=2):
        self.dimension, self._make = dimension, make

    def embed(self, frame, detection):
        return self._make(frame)


def test_a_good_embedder_passes_and_its_vector_is_returned():
    np.testing.assert_array_equal(check_embedder(Looking(), frame(), GOOD), UNIT)


@pytest.mark.parametrize(
    ("embedder", "says"),
    [
        (Looking(dimension=3), r"shape \(2,\), but dimension is 3"),
        (Looking(dimension=0), "dimension must be above 0"),
        (Looking(dimension=True), "dimension must be a whole number"),
        (Looking(lambda f: UNIT.astype(np.float64)), "must be float32"),
        (Looking(lambda f: UNIT * np.float32(0.5)), "must have length 1"),
        (Looking(lambda f: UNIT * np.float32("nan")), "must have length 1"),
        (Looking(lambda f: UNIT[None]), "must have shape"),
        (Looking(lambda f: [0.6, 0.8]), "must be an array, it is a list"),
        (object(), "lacks dimension or embed"),
    ],
)
@pytest.mark.usefixtures("unchecked_shapes")
def test_a_bad_embedder_is_named(embedder, says):
    with pytest.raises(AssertionError, match=says):
        check_embedder(embedder, frame(), GOOD)


def test_an_embedder_must_repeat_itself_and_leave_the_frame_alone():
    turns = iter((UNIT, UNIT[::-1].copy()))
    with pytest.raises(AssertionError, match="the same vector again"):
        check_embedder(Looking(lambda f: next(turns)), frame(), GOOD)

    def spoiling(f):
        deepen(f)
        return UNIT.copy()

    with pytest.raises(AssertionError, match="must not change the frame"):
        check_embedder(Looking(spoiling), frame(), GOOD)
