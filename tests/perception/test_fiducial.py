"""Tags are found where they were painted, at a slant too, and are told apart."""

import cv2
import numpy as np
import pytest

from perception import FiducialDetector
from perception.fiducial import FAMILIES
from spatialmem import InputError
from spatialmem.testing import check_detector

WIDTH, HEIGHT = 320, 240
SLANTED = ((100, 60), (200, 75), (190, 170), (95, 180))


def tag(family, number, side=160):
    dictionary = cv2.aruco.getPredefinedDictionary(getattr(cv2.aruco, FAMILIES[family][0]))
    return cv2.aruco.generateImageMarker(dictionary, number, side)


def painted(*tags):
    """A grey wall with (image of a tag, its corners on the wall) on white paper. RGB."""
    wall = np.full((HEIGHT, WIDTH), 150, np.uint8)
    for image, corners in tags:
        paper = cv2.copyMakeBorder(image, 20, 20, 20, 20, cv2.BORDER_CONSTANT, value=255)
        side = image.shape[0]
        inner = np.array([[0, 0], [side, 0], [side, side], [0, side]], np.float32) + 20 - 0.5
        H = cv2.getPerspectiveTransform(inner, np.array(corners, np.float32))
        seen = cv2.warpPerspective(paper, H, (WIDTH, HEIGHT), flags=cv2.INTER_AREA)
        there = cv2.warpPerspective(np.full_like(paper, 255), H, (WIDTH, HEIGHT)) > 128
        wall = np.where(there, seen, wall)
    return np.repeat(wall[..., None], 3, axis=2)


def box_of(item):
    assert item.box_px is not None
    return item.box_px


@pytest.mark.parametrize("family", FAMILIES)
def test_a_tag_at_a_slant_is_read_and_lies_in_its_corners(family, frame_of):
    detector = FiducialDetector(family)
    number = len(detector.labels) * 2 // 3
    (item,) = check_detector(detector, frame_of(painted((tag(family, number), SLANTED))))
    assert item.label == detector.labels[number]
    assert item.label.endswith(f":{number}")
    assert item.score == 1.0
    corners = np.array(SLANTED, float)
    np.testing.assert_allclose(box_of(item), (*corners.min(axis=0), *corners.max(axis=0)), atol=1.0)
    true = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.fillConvexPoly(true, corners.astype(np.int32), 1)
    assert item.mask is not None
    assert (item.mask & (true == 1)).sum() / (item.mask | (true == 1)).sum() > 0.97


def test_labels_name_the_family_and_the_tag(frame_of):
    detector = FiducialDetector()
    assert (detector.family, detector.labels[17], len(detector.labels)) == ("apriltag_36h11", "tag36h11:17", 587)
    assert FiducialDetector("aruco_4x4_50").labels[3] == "aruco4x4_50:3"
    assert len({FiducialDetector(family).labels[0] for family in FAMILIES}) == len(FAMILIES)


@pytest.mark.parametrize("turn", range(4))
def test_a_turned_tag_is_the_same_tag(turn, frame_of):
    corners = SLANTED[turn:] + SLANTED[:turn]
    (item,) = FiducialDetector().detect(frame_of(painted((tag("apriltag_36h11", 5), corners))))
    assert (item.label, item.score) == ("tag36h11:5", 1.0)


def square(u, v, side):
    return ((u, v), (u + side, v), (u + side, v + side), (u, v + side))


def test_several_tags_come_by_number_then_from_left_to_right(frame_of):
    nine, two = tag("apriltag_36h11", 9), tag("apriltag_36h11", 2)
    image = painted((nine, square(20, 20, 70)), (two, square(200, 120, 70)), (two, square(60, 140, 70)))
    items = check_detector(FiducialDetector(), frame_of(image))
    assert [item.label for item in items] == ["tag36h11:2", "tag36h11:2", "tag36h11:9"]
    assert [round(box_of(item)[0], -1) for item in items] == [60, 200, 20]


def test_tags_of_another_family_are_not_there(frame_of):
    image = painted((tag("aruco_6x6_250", 9), SLANTED))
    assert FiducialDetector("aruco_6x6_250").detect(frame_of(image))
    assert FiducialDetector("apriltag_25h9").detect(frame_of(image)) == ()


def test_each_bit_that_was_put_right_costs(frame_of):
    side = 160
    scores = []
    for wrong in range(3):
        image = tag("aruco_6x6_250", 30, side)
        for i in range(wrong):  # one of the 6 x 6 inner cells, of 20 px
            cell = np.s_[20 * (i + 2) : 20 * (i + 3), 40:60]
            image[cell] = 255 - image[cell]
        (item,) = FiducialDetector("aruco_6x6_250").detect(frame_of(painted((image, SLANTED))))
        assert item.label == "aruco6x6_250:30"
        scores.append(item.score)
    np.testing.assert_allclose(scores, [1, 5 / 6, 4 / 6])  # up to five can be put right


def test_a_wall_without_tags_and_noise_have_none(frame_of):
    noise = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3)).astype(np.uint8)
    assert FiducialDetector().detect(frame_of(painted())) == ()
    assert FiducialDetector().detect(frame_of(noise)) == ()


def test_an_unknown_family_and_a_frame_without_colour_are_refused(frame_of):
    with pytest.raises(InputError, match=r"no family of tags 'tag36h11'; there are apriltag_16h5, "):
        FiducialDetector("tag36h11")
    with pytest.raises(InputError, match="FiducialDetector looks at colour"):
        FiducialDetector().detect(frame_of(None, np.full((HEIGHT, WIDTH), 2.0)))
