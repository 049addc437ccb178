"""Similar things have similar vectors: painted ones, where it is known why, and those of a simulated home."""

import contextlib
import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perception import AppearanceEmbedder
from spatialmem import Detection, Embedder, InputError, Pinhole, RgbdFrame
from spatialmem.testing import check_embedder

WIDTH, HEIGHT = 80, 60
RED, BLUE, GREY = (200, 30, 30), (30, 40, 200), (128, 128, 128)
EMBEDDER = AppearanceEmbedder()


def patch(color, *, u=20, v=15, width=30, height=24, wall=GREY, depth_m=1.0, light=1.0):
    """Colour and depth of a rectangle before a wall, and its detection by a mask and by a box."""
    image = np.empty((HEIGHT, WIDTH, 3), np.uint8)
    image[:] = wall
    image[v : v + height, u : u + width] = np.array(color) * light
    depth = np.full((HEIGHT, WIDTH), 3.0)
    depth[v : v + height, u : u + width] = depth_m
    mask = depth == depth_m
    box_px = (float(u), float(v), float(u + width - 1), float(v + height - 1))
    return image, depth, Detection(label="x", score=0.5, mask=mask), Detection(label="x", score=0.5, box_px=box_px)


@pytest.fixture
def vector(frame_of):
    """The vector of a patch, by its mask or by its box."""

    def embed(color, *, by="mask", **options):
        image, depth, masked, boxed = patch(color, **options)
        return check_embedder(EMBEDDER, frame_of(image, depth), masked if by == "mask" else boxed)

    return embed


@pytest.mark.parametrize("by", ["mask", "box"])
def test_a_vector_is_of_length_one_and_like_itself(by, vector):
    assert isinstance(EMBEDDER, Embedder)
    one = vector(RED, by=by)
    assert float(one @ one) == pytest.approx(1)


@pytest.mark.parametrize("by", ["mask", "box"])
def test_what_looks_alike_is_nearer(by, vector):
    red = vector(RED, by=by)
    moved = vector(RED, by=by, u=35, v=20, light=0.9)
    shorter = vector(RED, by=by, height=8)
    farther = vector(RED, by=by, width=15, height=12, depth_m=2.0)  # the same size in metres
    blue = vector(BLUE, by=by)
    assert red @ moved > 0.97
    assert red @ farther > 0.97
    assert red @ blue < red @ shorter < red @ moved
    assert red @ blue < 0.8


def test_size_in_metres_tells_things_of_one_colour_apart(vector):
    near, far = vector(RED, depth_m=0.5), vector(RED, depth_m=2.5)
    again = vector(RED, depth_m=0.55)
    assert near @ again > near @ far + 0.05


def test_a_box_leaves_out_the_wall_behind(vector):
    """A box with a wide rim, on walls of other colours: by depth, the wall is not in it."""
    image, depth, _, _ = patch(RED, u=25, v=18, width=30, height=24)
    wide = Detection(label="x", score=0.5, box_px=(22.0, 16.0, 58.0, 44.0))
    other = np.where(depth[..., None] > 2, np.array([20, 200, 20], np.uint8), image)
    grey, green = (EMBEDDER.embed(_frame(picture, depth), wide) for picture in (image, other))
    assert grey @ green > 0.999
    flat = np.full_like(depth, 3.0)  # without the jump in depth it cannot be known
    grey, green = (EMBEDDER.embed(_frame(picture, flat), wide) for picture in (image, other))
    assert grey @ green < 0.999


def _frame(color, depth_m):
    height, width = depth_m.shape
    return RgbdFrame(
        source="c",
        stamp_ns=1,
        received_ns=1,
        depth=np.rint(depth_m * 1000).astype(np.uint16),
        camera=Pinhole(width, height, 300.0, 300.0, (width - 1) / 2, (height - 1) / 2),
        X_WC=np.eye(4),
        color=color,
    )


def test_without_depth_there_is_still_a_vector(vector, frame_of):
    image, depth, masked, boxed = patch(RED)
    for item in (masked, boxed):
        plain = check_embedder(EMBEDDER, frame_of(image, np.zeros_like(depth)), item)
        assert plain @ vector(RED) > plain @ vector(BLUE)


def test_depth_may_be_in_metres(frame_of):
    image, depth, masked, _ = patch(RED)
    frame = frame_of(image, depth)
    metres = dataclasses.replace(frame, depth=depth.copy())
    metres.depth[0, 0] = np.nan
    np.testing.assert_allclose(EMBEDDER.embed(metres, masked), EMBEDDER.embed(frame, masked), atol=1e-4)


@given(
    st.integers(0, 2**32 - 1),
    st.tuples(st.floats(-20, 100), st.floats(-20, 80)),
    st.tuples(st.floats(0, 90), st.floats(0, 70)),
)
@settings(max_examples=60)
def test_every_box_with_a_pixel_in_the_frame_has_a_vector(seed, corner, size):
    rng = np.random.default_rng(seed)
    frame = _frame(
        rng.integers(0, 256, (HEIGHT, WIDTH, 3)).astype(np.uint8), rng.choice([0.0, 1.0, 2.0, 9.0], (60, 80))
    )
    (u, v), (wide, high) = corner, size
    item = Detection(label="x", score=0.5, box_px=(u, v, u + wide, v + high))
    if 0 <= round(u + wide / 2) < WIDTH and 0 <= round(v + high / 2) < HEIGHT:  # its middle is in the frame
        assert (check_embedder(EMBEDDER, frame, item) >= 0).all()
        return
    with contextlib.suppress(InputError):
        check_embedder(EMBEDDER, frame, item)


def test_what_cannot_be_looked_at_is_refused(frame_of):
    image, depth, masked, _ = patch(RED)
    frame = frame_of(image, depth)
    for item, says in (
        (Detection(label="mug", score=0.5), "'mug' has neither a mask nor a box"),
        (Detection(label="mug", score=0.5, mask=np.zeros((HEIGHT, WIDTH), bool)), "'mug' has no pixel"),
        (Detection(label="mug", score=0.5, mask=np.ones((4, 4), bool)), r"mask of 'mug' has shape \(4, 4\)"),
    ):
        with pytest.raises(InputError, match=says):
            EMBEDDER.embed(frame, item)
    with pytest.raises(InputError, match="AppearanceEmbedder looks at colour"):
        EMBEDDER.embed(dataclasses.replace(frame, color=None), masked)


def test_a_thing_is_recalled_from_another_side():
    pytest.importorskip("pybullet")
    pytest.importorskip("embreex")
    from thing_views import recalled, thing_views

    views = thing_views(1, sides=2)
    for boxed in (False, True):
        items = [dataclasses.replace(v.detection, mask=None) if boxed else v.detection for v in views]
        vectors = np.array([EMBEDDER.embed(v.frame, item) for v, item in zip(views, items, strict=True)])
        asked, same, alike, chance = recalled(views, vectors)
        assert asked > 30
        assert chance < 0.15 * asked
        assert same > 0.5 * asked, (same, asked)
        assert alike > 0.7 * asked, (alike, asked)
