"""Evidence: which part of a picture is kept of a detection, and how large."""

import math

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import spatialmem as sm
from spatialmem.shortterm.evidence import crop_of

WIDTH, HEIGHT = 320, 240
CAMERA = sm.Pinhole(WIDTH, HEIGHT, 300.0, 300.0, 159.5, 119.5)
RED, GREY = (210, 30, 40), (128, 128, 128)


def frame_of(color):
    depth = np.full((HEIGHT, WIDTH), 2000, np.uint16)
    return sm.RgbdFrame(
        source="camera", stamp_ns=1, received_ns=1, depth=depth, camera=CAMERA, X_WC=np.eye(4), color=color
    )


def painted(u, v, width, height):
    """A red thing on grey: where its first pixel is, and its size."""
    rgb = np.full((HEIGHT, WIDTH, 3), GREY, np.uint8)
    rgb[v : v + height, u : u + width] = RED
    return rgb


def boxed(*box_px, mask=None):
    return sm.Detection(label="mug", score=0.9, box_px=box_px or None, mask=mask)


def sides_of(u, v, width, height):
    """The box of whole pixels: the pixel at (0, 0) reaches from -0.5 to 0.5."""
    return u - 0.5, v - 0.5, u + width - 0.5, v + height - 0.5


def decoded(jpeg):
    assert jpeg is not None
    pixels = sm.EncodedImage(jpeg).pixels
    assert pixels is not None
    return pixels


def is_red(pixels):
    return (np.abs(pixels.astype(int) - RED) < 40).all(axis=-1)


def test_a_box_is_shown_with_a_tenth_around_it():
    pixels = decoded(crop_of(frame_of(painted(100, 80, 60, 40)), boxed(*sides_of(100, 80, 60, 40)), quality=95))
    assert pixels.shape == (40 + 2 * 4, 60 + 2 * 6, 3)
    assert is_red(pixels[6:-6, 8:-8]).all()
    assert not is_red(pixels[:3]).any()
    assert not is_red(pixels[:, :5]).any()


def test_the_bounds_of_a_mask_are_a_box():
    frame, mask = frame_of(painted(100, 80, 60, 40)), np.zeros((HEIGHT, WIDTH), bool)
    mask[80, 100:130] = mask[119, 130:160] = mask[100, 140] = True
    of_mask = crop_of(frame, boxed(mask=mask))
    assert of_mask == crop_of(frame, boxed(*sides_of(100, 80, 60, 40)))
    assert of_mask == crop_of(frame, boxed(*sides_of(100, 80, 60, 40), mask=~mask))  # the box comes first


@pytest.mark.parametrize("encoded", [False, True])
def test_colours_stay_what_they_are(encoded):
    rgb = painted(0, 0, WIDTH, HEIGHT)
    color = sm.EncodedImage(cv2.imencode(".png", rgb[..., ::-1])[1].tobytes()) if encoded else rgb
    pixels = decoded(crop_of(frame_of(color), boxed(10.0, 10.0, 200.0, 200.0)))
    assert np.abs(pixels.astype(int) - RED).max() < 8


@given(
    box=st.tuples(*[st.floats(-500, 800)] * 4),
    size_max_px=st.integers(1, 400),
)
def test_a_crop_is_the_part_of_the_picture_that_its_box_covers(box, size_max_px):
    """A picture whose colours say where a pixel was: the middle of the crop is the middle of the clipped box."""
    ramp = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    ramp[..., 0] = np.linspace(0, 255, WIDTH).round()[None]
    ramp[..., 2] = np.linspace(0, 255, HEIGHT).round()[:, None]
    jpeg = crop_of(frame_of(ramp), boxed(*box), size_max_px=size_max_px, quality=100)
    u_min, v_min, u_max, v_max = box
    inside = max(u_min, -0.5) < min(u_max, WIDTH - 0.5) and max(v_min, -0.5) < min(v_max, HEIGHT - 0.5)
    assert (jpeg is not None) == inside
    if jpeg is None:
        return
    pixels = decoded(jpeg)
    low = np.maximum([u_min - 0.1 * (u_max - u_min), v_min - 0.1 * (v_max - v_min)], -0.5)
    high = np.minimum([u_max + 0.1 * (u_max - u_min), v_max + 0.1 * (v_max - v_min)], [WIDTH - 0.5, HEIGHT - 0.5])
    seen_px = high - low
    assert max(pixels.shape[:2]) <= size_max_px
    shown_px = np.array(pixels.shape[1::-1])
    assert (shown_px <= seen_px + 2).all()  # never larger than it was seen, but for pixels touched at the rim
    if max(seen_px) + 2 <= size_max_px:
        assert (shown_px >= seen_px - 1e-9).all()
    shares = (low + high) / 2 / (WIDTH - 1, HEIGHT - 1)
    middle = pixels.astype(float).mean(axis=(0, 1))[[0, 2]]
    assert middle == pytest.approx(255 * np.clip(shares, 0, 1), abs=8)


@pytest.mark.parametrize(("width", "height"), [(300, 100), (100, 200), (200, 3), (161, 160)])
def test_the_longer_side_is_shrunk_and_the_shape_kept(width, height):
    frame, detection = frame_of(painted(0, 0, WIDTH, HEIGHT)), boxed(*sides_of(5, 5, width, height))
    shrunk, whole = (decoded(crop_of(frame, detection, size_max_px=size)).shape for size in (160, 1000))
    assert max(shrunk) == 160
    assert max(whole) > 160
    assert min(shrunk[:2]) == pytest.approx(min(whole[:2]) * 160 / max(whole), abs=0.5)


def test_shrinking_takes_means():
    """A board of single black and white pixels becomes even grey."""
    board = np.repeat((np.add.outer(np.arange(HEIGHT), np.arange(WIDTH)) % 2 * 255).astype(np.uint8)[..., None], 3, 2)
    pixels = decoded(crop_of(frame_of(board), boxed(-0.5, -0.5, WIDTH - 0.5, HEIGHT - 0.5)))
    assert np.abs(pixels.astype(int) - 128).max() < 6


def test_nothing_to_show_is_none():
    frame = frame_of(painted(0, 0, WIDTH, HEIGHT))
    assert crop_of(frame_of(None), boxed(1.0, 1.0, 50.0, 50.0)) is None
    assert crop_of(frame_of(sm.EncodedImage(b"no picture")), boxed(1.0, 1.0, 50.0, 50.0)) is None
    assert crop_of(frame, boxed()) is None
    assert crop_of(frame, boxed(mask=np.zeros((HEIGHT, WIDTH), bool))) is None
    for box in (
        (50.0, 50.0, 50.0, 90.0),  # no width
        (90.0, 50.0, 50.0, 90.0),  # the wrong way round
        (-60.0, 50.0, -20.0, 90.0),  # left of the picture
        (WIDTH - 0.5, 50.0, WIDTH + 9.0, 90.0),
        (math.nan, 50.0, 60.0, 90.0),
        (10.0, 50.0, math.inf, 90.0),
    ):
        assert crop_of(frame, boxed(*box)) is None


def test_the_same_detection_is_the_same_bytes_and_changes_nothing():
    rgb = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
    before, detection = rgb.copy(), boxed(20.0, 30.0, 260.0, 200.0)
    assert crop_of(frame_of(rgb), detection) == crop_of(frame_of(rgb), detection)
    assert (rgb == before).all()


def test_a_lower_quality_is_fewer_bytes():
    rgb = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
    sizes = [len(crop_of(frame_of(rgb), boxed(20.0, 30.0, 90.0, 90.0), quality=q) or b"") for q in (30, 85, 95)]
    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[-1]
