import math

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatialmem import EncodedImage, Pinhole, RgbdFrame
from spatialmem.geometry import look_at
from spatialmem.pictures.colored import ColorSampler, draw_colors
from spatialmem.pictures.projection import Projection

CAMERA = Pinhole(160, 120, 120.0, 120.0, 79.5, 59.5)
GROUND = (1, 2, 3)
RED, BLUE = (200, 30, 30), (30, 30, 200)


def wall_frame(*, eye, target, distance_m=2.0, color=RED, index=0):
    """A camera that sees one wall, square to its axis, all over its image."""
    return RgbdFrame(
        source="camera",
        stamp_ns=index,
        received_ns=index,
        depth=np.full((120, 160), round(distance_m * 1000), np.uint16),
        camera=CAMERA,
        X_WC=look_at(np.array(eye, float), np.array(target, float)),
        color=np.full((120, 160, 3), color, np.uint8),
    )


def samples_of(*frames):
    sampler = ColorSampler()
    for frame in frames:
        sampler.offer(frame)
    return sampler.samples


def looking_north(px_per_m=50.0):
    """Eye in the south, 45 degrees up; the point (0, 0, 0) is in the middle."""
    return Projection(-2.0, -2.0, px_per_m, round(4 * px_per_m), round(4 * px_per_m), math.radians(45))


def draw(frames, view, **options):
    settings = {"range_max_m": 5.0, "z_max_m": 5.0, "ground": GROUND, **options}
    return draw_colors(samples_of(*frames), view, **settings)


def at(image, view, point):
    x, y = view.pixels(np.array([point]))[0]
    return tuple(int(value) for value in image[int(y), int(x)])


def test_a_wall_that_faces_the_eye_is_drawn_in_its_colour_where_it_is():
    view = looking_north()
    image = draw([wall_frame(eye=(0, -2, 0), target=(0, 0, 0))], view)
    assert at(image, view, (0.0, 0.0, 0.0)) == RED
    assert at(image, view, (1.0, 0.0, 0.6)) == RED
    assert at(image, view, (0.0, 0.0, 1.4)) == GROUND  # above what the camera saw


def test_a_wall_seen_from_behind_is_left_out():
    view = looking_north()
    image = draw([wall_frame(eye=(0, 2, 0), target=(0, 0, 0))], view)
    assert (image == GROUND).all()


def test_the_nearer_surface_hides_the_farther_whatever_comes_first():
    view = looking_north()
    near = wall_frame(eye=(0, -2.5, 0), target=(0, 0, 0), color=BLUE)  # at y = -0.5
    far = wall_frame(eye=(0, -1.5, 0.5), target=(0, 0, 0.5), color=RED)  # at y = 0.5
    for frames in ([near, far], [far, near]):
        image = draw(frames, view)
        assert at(image, view, (0.0, -0.5, 0.2)) == BLUE
        assert at(image, view, (0.0, 0.5, 1.2)) == RED


def test_what_is_above_the_cut_or_out_of_range_is_left_out():
    view = looking_north()
    frame = wall_frame(eye=(0, -2, 0), target=(0, 0, 0))
    cut = draw([frame], view, z_max_m=0.2)
    assert at(cut, view, (0.0, 0.0, 0.1)) == RED
    assert at(cut, view, (0.0, 0.0, 0.4)) == GROUND
    assert (draw([frame], view, range_max_m=1.9) == GROUND).all()


@pytest.mark.parametrize("px_per_m", [12.0, 50.0, 200.0])
def test_no_holes_at_any_scale(px_per_m):
    view = looking_north(px_per_m)
    image = draw([wall_frame(eye=(0, -2, 0), target=(0, 0, 0))], view)
    for x in np.linspace(-0.8, 0.8, 9):
        for z in np.linspace(-0.6, 0.6, 7):
            assert at(image, view, (x, 0.0, z)) == RED


def test_unreadable_or_wrongly_sized_colour_is_nothing():
    frame = wall_frame(eye=(0, -2, 0), target=(0, 0, 0))
    small = cv2.imencode(".png", np.zeros((10, 10, 3), np.uint8))[1]
    sampler = ColorSampler()
    for color in (EncodedImage(b"not an image"), EncodedImage(small.tobytes())):
        sampler.offer(
            RgbdFrame(
                source="camera",
                stamp_ns=0,
                received_ns=0,
                depth=frame.depth,
                camera=CAMERA,
                X_WC=frame.X_WC,
                color=color,
            )
        )
    assert (draw_colors(sampler.samples, looking_north(), range_max_m=5.0, z_max_m=5.0, ground=GROUND) == GROUND).all()
    assert (draw_colors((), looking_north(), range_max_m=5.0, z_max_m=5.0, ground=GROUND) == GROUND).all()


@given(count=st.integers(0, 300), count_max=st.integers(2, 20))
def test_the_sampler_is_bounded_and_even(count, count_max):
    sampler = ColorSampler(count_max=count_max)
    for index in range(count):
        sampler.offer(wall_frame(eye=(index, 0, 0), target=(index, 1, 0)))
    kept = [round(float(sample.X_WC[0, 3])) for sample in sampler.samples]
    assert len(kept) <= count_max
    assert len(kept) >= min(count, count_max // 2)
    steps = set(np.diff(kept).tolist())
    assert len(steps) <= 1
    if kept:
        assert kept[0] == 0
        assert count - kept[-1] <= (steps.pop() if steps else count)


def test_frames_without_colour_are_not_kept():
    frame = wall_frame(eye=(0, 0, 0), target=(0, 1, 0))
    sampler = ColorSampler()
    sampler.offer(
        RgbdFrame(source="camera", stamp_ns=0, received_ns=0, depth=frame.depth, camera=CAMERA, X_WC=frame.X_WC)
    )
    assert sampler.samples == ()
