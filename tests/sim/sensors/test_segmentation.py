"""The detector finds what the camera saw, and errs as often as it is told to."""

import dataclasses
import math

import numpy as np
import pytest

pytest.importorskip("pybullet")
pytest.importorskip("embreex")

from sim.sensors import CameraSettings, DetectorSettings, SegmentationDetector, camera_of
from sim.sensors.segmentation import SHOTS_KEPT
from spatialmem import Detector, InputError, Pinhole, RgbdFrame, look_at
from spatialmem.testing import check_detector

X_WC = look_at((5.2, 0.7, 1.4), (6.6, 1.6, 0.7))
FRAMES = 400


@pytest.fixture(scope="module")
def shot(home_world):
    return camera_of(home_world, CameraSettings(), "fast").look(X_WC)


def frame_of(stamp_ns, source="camera"):
    return RgbdFrame(
        source=source,
        stamp_ns=stamp_ns,
        received_ns=stamp_ns + 5,
        world="two_rooms",
        depth=np.zeros((240, 320), np.uint16),
        camera=Pinhole(320, 240, 230.0, 230.0, 159.5, 119.5),
        X_WC=np.eye(4),
    )


def detector_of(world, seed=3, **settings):
    return SegmentationDetector(world, DetectorSettings(**settings), seed=seed)


def found(detector, shot, stamp_ns):
    detector.keep(stamp_ns, shot, "camera")
    return detector.detect(frame_of(stamp_ns))


def pixels_of(item) -> int:
    return int(item.mask.sum())


def in_view(world, shot, kinds=("thing", "furniture")):
    names = [shot.names[i] for i, n in enumerate(np.bincount(shot.body[shot.body >= 0].ravel())) if n >= 30]
    return [name for name in names if world.bodies[name].kind in kinds]


def test_it_finds_every_thing_and_piece_of_furniture_exactly(home_world, shot):
    detector = detector_of(home_world)
    assert isinstance(detector, Detector)
    assert detector.labels == ("apple", "book", "bottle", "bowl", "box", "chair", "counter", "fridge", "mug", "table")
    names = in_view(home_world, shot)
    assert {"table-1", "chair-1", "mug-1", "bowl-1", "book-1"} <= set(names)
    items = found(detector, shot, 10)
    assert [item.label for item in items] == [home_world.bodies[name].label for name in names]
    for name, item in zip(names, items, strict=True):
        mask = shot.mask(name)
        np.testing.assert_array_equal(item.mask, mask)
        rows, columns = np.nonzero(mask)
        assert item.box_px == (columns.min(), rows.min(), columns.max(), rows.max())
        assert 0 < item.score < 1


@pytest.mark.parametrize("seed", range(4))
def test_it_keeps_a_detectors_promises(seed, home_world, shot):
    detector = detector_of(home_world, seed, miss_rate=0.2, swap_rate=0.2, false_rate=0.5)
    detector.keep(10, shot, "camera")
    assert check_detector(detector, frame_of(10))


def test_what_shows_few_pixels_is_not_in_view(home_world, shot):
    pixels = {name: int(shot.mask(name).sum()) for name in in_view(home_world, shot)}
    limit = sorted(pixels.values())[2]
    items = found(detector_of(home_world, min_pixels=limit), shot, 10)
    assert len(items) == len(pixels) - 2
    assert min(pixels_of(item) for item in items) == limit


def test_kinds_can_be_chosen(home_world, shot):
    items = found(detector_of(home_world, kinds=("room",)), shot, 10)
    assert {item.label for item in items} == {"floor", "wall"}


def test_what_is_larger_gets_the_better_score(home_world, shot):
    detector, scores, pixels = detector_of(home_world), [], []
    for stamp_ns in range(60):
        items = found(detector, shot, stamp_ns)
        scores.append([item.score for item in items])
        pixels = [pixels_of(item) for item in items]
    by_size = np.mean(scores, axis=0)[np.argsort(pixels)]
    assert by_size[-1] - by_size[0] > 0.2
    assert (np.diff(by_size) > -0.02).all()


def counted(world, shot, frames=FRAMES, **settings):
    """How many were found of those in view, how many of these under their own label, and how many boxes were false."""
    detector, names = detector_of(world, **settings), in_view(world, shot)
    labels = {world.bodies[name].label for name in names}
    assert len(labels) == len(names)  # so that a label names its object here
    masks = {shot.mask(name).tobytes(): world.bodies[name].label for name in names}
    hits = right = false = 0
    for stamp_ns in range(frames):
        for item in found(detector, shot, stamp_ns * 1000):
            assert item.label in detector.labels
            if item.mask is None:
                false += 1
                assert item.box_px is not None
                u0, v0, u1, v1 = item.box_px
                assert 0 <= u0 < u1 <= 319
                assert 0 <= v0 < v1 <= 239
                assert 0 <= item.score <= 1
            else:
                hits += 1
                right += item.label == masks[item.mask.tobytes()]
    return len(names) * frames, hits, right, false


def binomial(count, share):
    return 5 * math.sqrt(count * share * (1 - share))


def test_rates_are_what_they_are_set_to(home_world, shot):
    miss, swap, rate = 0.2, 0.1, 0.15
    total, hits, right, false = counted(home_world, shot, miss_rate=miss, swap_rate=swap, false_rate=rate)
    assert abs(hits - total * (1 - miss)) < binomial(total, miss)
    assert abs(right - hits * (1 - swap)) < binomial(hits, swap)
    assert abs(false - total * rate) < 5 * math.sqrt(total * rate)


def test_rates_of_one_and_nothing(home_world, shot):
    total, hits, right, false = counted(home_world, shot, 20)
    assert (hits, right, false) == (total, total, 0)
    assert counted(home_world, shot, 20, miss_rate=1.0)[1:] == (0, 0, 0)
    assert counted(home_world, shot, 20, swap_rate=1.0)[1:3] == (total, 0)


def test_a_swapped_label_may_be_any_other(home_world, shot):
    detector = detector_of(home_world, swap_rate=1.0)
    first = [found(detector, shot, stamp_ns)[0].label for stamp_ns in range(150)]
    # nine others; one of them stays away from 150 draws once in five million
    assert set(first) == set(detector.labels) - {home_world.bodies[in_view(home_world, shot)[0]].label}


def told(items):
    return [(item.label, item.score, item.box_px) for item in items]


def test_mistakes_belong_to_the_frame_not_to_the_order_of_asking(home_world, shot):
    settings = {"miss_rate": 0.3, "swap_rate": 0.3, "false_rate": 0.5}
    stamps = [100, 200, 300, 400]
    once, again, other = (detector_of(home_world, seed, **settings) for seed in (3, 3, 4))
    for detector in (once, again, other):
        for stamp_ns in stamps:
            detector.keep(stamp_ns, shot, "camera")
    forwards = {stamp_ns: told(once.detect(frame_of(stamp_ns))) for stamp_ns in stamps}
    backwards = {stamp_ns: told(again.detect(frame_of(stamp_ns))) for stamp_ns in reversed(stamps)}
    assert forwards == backwards
    assert told(once.detect(frame_of(200))) == forwards[200]
    assert len({str(items) for items in forwards.values()}) == len(stamps)
    assert {stamp_ns: told(other.detect(frame_of(stamp_ns))) for stamp_ns in stamps} != forwards


def test_a_frame_that_it_has_no_picture_of_is_refused(home_world, shot):
    detector = detector_of(home_world)
    with pytest.raises(InputError, match="no picture for the frame of 'camera' at 5 ns"):
        detector.detect(frame_of(5))
    for stamp_ns in range(SHOTS_KEPT + 1):
        detector.keep(stamp_ns, shot, "camera")
    assert detector.detect(frame_of(1))
    with pytest.raises(InputError, match="at 0 ns"):
        detector.detect(frame_of(0))
    with pytest.raises(InputError, match="frame of 'other'"):
        detector.detect(frame_of(3, source="other"))


def test_detections_are_an_input_of_the_same_moment(home_world, shot):
    detector = detector_of(home_world)
    detector.keep(50, shot, "camera")
    detections = detector.detections(frame_of(50))
    assert (detections.source, detections.camera_source, detections.world) == ("detector", "camera", "two_rooms")
    assert (detections.stamp_ns, detections.received_ns) == (50, 55)
    assert told(detections.items) == told(detector.detect(frame_of(50)))
    assert dataclasses.is_dataclass(detections)
