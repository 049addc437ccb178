"""Boxes of objects on a picture: where they are, which edges, which colour; their names and arrows."""

import dataclasses
import itertools
import math
import subprocess
import sys

import numpy as np
import pytest
from drawn_objects import object_of
from hypothesis import given, settings
from hypothesis import strategies as st

from spatialmem.pictures import canvas, style
from spatialmem.pictures.keys import marks_of
from spatialmem.pictures.objects import (
    LINE_PX,
    SIDE_MIN_PX,
    draw_arrows,
    draw_boxes,
    draw_names,
    label_color,
    reach_of,
)
from spatialmem.pictures.projection import plan, slanted

ABOVE = plan(np.zeros(2), np.array([8.0, 6.0]), width_px=800, height_px=600)
NOWHERE = np.zeros((0, 3))


def paper(color=style.FREE):
    return canvas.blank(ABOVE.height_px, ABOVE.width_px, color)


def footprint_m(one) -> np.ndarray:
    """For the middle of every pixel: how far it is within the box's floor [m]."""
    rows, columns = np.mgrid[: ABOVE.height_px, : ABOVE.width_px]
    x = ABOVE.left_m + (columns + 0.5) / ABOVE.px_per_m - one.center_W[0]
    y = ABOVE.bottom_m + (ABOVE.height_px - rows - 0.5) / ABOVE.px_per_m - one.center_W[1]
    cos, sin = math.cos(one.yaw_rad), math.sin(one.yaw_rad)
    side = np.maximum(one.size_m[:2], SIDE_MIN_PX / ABOVE.px_per_m) / 2
    return np.minimum(side[0] - np.abs(cos * x + sin * y), side[1] - np.abs(-sin * x + cos * y))


boxes = st.builds(
    object_of,
    st.integers(1, 999),
    st.sampled_from(["mug", "chair", "bed", "plant", "person"]),
    st.tuples(st.floats(1.5, 6.5), st.floats(1.5, 4.5), st.floats(0, 2)),
    st.tuples(st.floats(0.01, 1.8), st.floats(0.01, 1.8), st.floats(0, 2)),
    yaw_rad=st.floats(-math.pi / 4, math.pi / 4),
    confirmed=st.booleans(),
)


@given(boxes)
@settings(max_examples=40)
def test_a_box_is_drawn_where_it_is_and_nowhere_else(one):
    image = paper()
    draw_boxes(image, [one], ABOVE)
    within = footprint_m(one)
    changed = (image != style.FREE).any(axis=2)
    assert not changed[within < -6 / ABOVE.px_per_m].any()
    colored = np.abs(image.astype(int) - label_color(one.label)).max(axis=2) < 60
    edge = np.abs(within) < 0.7 / ABOVE.px_per_m
    assert colored[edge].mean() > (0.95 if one.confirmed else 0.3)
    deep = within > 6 / ABOVE.px_per_m
    assert changed[deep].all() if one.confirmed else not changed[deep].any()


@pytest.mark.parametrize("ground", [style.FREE, style.OCCUPIED, style.UNKNOWN, (200, 120, 60)])
@pytest.mark.parametrize("label", ["mug", "chair", "bed", "plant", "person", "tv", "door"])
def test_an_outline_stands_out_from_any_ground(ground, label):
    """On each side of it, or in it, the luminance is at least 2.5 times that of the other (WCAG's contrast)."""
    image = paper(ground)
    one = object_of(1, label, (4.0, 3.0, 0.0), (2.0, 2.0, 1.0))
    draw_boxes(image, [one], ABOVE, filled=False)
    across = image[300, 290:310]  # the left side is at column 300
    luminance = ((across / 255.0) ** 2.2) @ (0.2126, 0.7152, 0.0722) + 0.05
    assert luminance.max() / luminance.min() > 2.5


def test_a_small_thing_lies_on_a_large_one_in_any_order():
    table = object_of(1, "table", (4.0, 3.0, 0.4), (2.0, 1.0, 0.8))
    mug = object_of(2, "mug", (4.2, 3.1, 0.8), (0.1, 0.1, 0.1))
    for objects in ([table, mug], [mug, table]):
        image = paper()
        draw_boxes(image, objects, ABOVE)
        x, y = ABOVE.pixels(np.array([[4.2 + 0.05, 3.1, 0.0]]))[0]
        assert tuple(image[int(y), int(x)]) == label_color("mug")


def test_tiny_things_are_enlarged_and_the_key_says_so():
    image = paper()
    mug = object_of(2, "mug", (4.0, 3.0, 0.8), (0.02, 0.02, 0.1))
    draw_boxes(image, [mug], ABOVE)
    rows, columns = np.nonzero((image == label_color("mug")).all(axis=2))
    for extent in (rows, columns):
        assert extent.max() - extent.min() + 1 == pytest.approx(SIDE_MIN_PX + LINE_PX, abs=2)
    assert ("", "small ones enlarged") in marks_of([mug], ABOVE, named=1)
    assert ("", "small ones enlarged") not in marks_of([object_of(1, "bed", (4, 3, 0), (2, 1, 1))], ABOVE, named=1)


def test_from_above_only_the_top_is_seen_from_a_slant_the_sides_too():
    one = object_of(1, "fridge", (4.0, 3.0, 0.9), (0.8, 0.6, 1.8), yaw_rad=0.3)
    counts = []
    for view in (ABOVE, slanted(ABOVE, elevation_rad=math.radians(62), z_min_m=0.0, z_max_m=2.0)):
        image = paper()
        draw_boxes(image, [one], view, filled=False)
        colored = (image == label_color("fridge")).all(axis=2)
        counts.append(colored.sum() / view.px_per_m)
        top_W = one.center_W + np.array([0.0, 0.0, 0.9])
        # The middle of the top is empty; the middle of its edges is not.
        x, y = view.pixels(top_W[None])[0]
        assert not colored[int(y) - 2 : int(y) + 3, int(x) - 2 : int(x) + 3].any()
        way = np.array([-math.sin(0.3), math.cos(0.3), 0.0]) * 0.3
        for edge_W in (top_W + way, top_W - way):
            x, y = view.pixels(edge_W[None])[0]
            assert colored[int(y) - 2 : int(y) + 3, int(x) - 2 : int(x) + 3].any()
    assert counts[1] > 1.5 * counts[0]


def test_what_is_not_confirmed_is_dashed_and_not_filled():
    sure = object_of(1, "bed", (4.0, 3.0, 0.3), (2.0, 1.5, 0.6))
    images = [paper(), paper()]
    draw_boxes(images[0], [sure], ABOVE)
    draw_boxes(images[1], [dataclasses.replace(sure, confirmed=False)], ABOVE)
    lines = [(image == label_color("bed")).all(axis=2).sum() for image in images]
    assert 0.15 < lines[1] / lines[0] < 0.6
    assert tuple(images[1][300, 400]) == style.FREE
    assert tuple(images[0][300, 400]) != style.FREE


def test_an_arrow_is_as_long_as_the_way_of_a_second():
    image = paper()
    moving = object_of(1, "person", (2.0, 3.0, 0.9), (0.4, 0.4, 1.8), velocity_W_m_s=(1.5, 0.0, 0.0))
    draw_arrows(image, [moving, object_of(2, "bed", (5.0, 3.0, 0.0), (1.0, 1.0, 1.0))], ABOVE)
    rows, columns = np.nonzero((image == label_color("person")).all(axis=2))
    assert columns.max() == pytest.approx(350, abs=3)
    assert columns.min() == pytest.approx(200, abs=3)
    assert abs(rows.mean() - 300) < 2
    assert (image[:, 400:] == style.FREE).all()


@given(st.lists(boxes, max_size=70, unique_by=lambda one: one.id))
@settings(max_examples=15)
def test_names_are_written_within_the_picture_and_counted(objects):
    image = paper()
    framed = np.pad(image, ((40, 40), (40, 40), (0, 0)), constant_values=7)
    inner = framed[40:-40, 40:-40]
    named = draw_names(inner, objects, ABOVE, NOWHERE)
    assert (named > 0) == (len(objects) > 0)
    assert named <= len(objects)
    for part in (framed[:40], framed[-40:], framed[:, :40], framed[:, -40:]):
        assert (part == 7).all()
    again = paper()
    assert draw_names(again, objects[::-1], ABOVE, NOWHERE) == named
    assert again.tobytes() == np.ascontiguousarray(inner).tobytes()


def test_few_things_are_all_named_and_crowds_in_part():
    few = [object_of(n, "chair", (1.0 + n, 3.0, 0.4), (0.5, 0.5, 0.9)) for n in range(1, 7)]
    assert draw_names(paper(), few, ABOVE, NOWHERE) == 6
    crowd = [object_of(n, "chair", (3.0 + 0.05 * (n % 20), 2.0 + 0.05 * (n // 20), 0.4), (0.3, 0.3, 0.9))
             for n in range(1, 401)]  # fmt: skip
    named = draw_names(paper(), crowd, ABOVE, NOWHERE)
    assert 10 < named < 400
    assert ("", f"{named} of 400 named") in marks_of(crowd, ABOVE, named=named)


def test_no_name_hides_the_ends_of_the_path():
    path_W = np.array([[2.0, 3.0, 0.0], [6.0, 3.0, 0.0]])
    crowd = [object_of(n, "chair", (1.5 + 0.25 * (n % 20), 2.4 + 0.25 * (n // 20), 0.4), (0.1, 0.1, 0.9))
             for n in range(1, 101)]  # fmt: skip
    image = paper()
    assert draw_names(image, crowd, ABOVE, path_W) > 10
    for x in (200, 600):
        rows, columns = np.mgrid[: ABOVE.height_px, : ABOVE.width_px]
        assert (image[np.hypot(columns - x, rows - 300) < 8] == style.FREE).all()


def test_the_key_explains_what_is_there_and_nothing_else():
    bed = object_of(1, "bed", (4.0, 3.0, 0.3), (2.0, 1.5, 0.6))
    doubtful = object_of(2, "dog", (2.0, 3.0, 0.3), (1.0, 0.5, 0.6), confirmed=False)
    moving = object_of(3, "cat", (2.0, 3.0, 0.3), (0.4, 0.5, 0.6), velocity_W_m_s=(0.0, 0.3, 0.0))
    assert marks_of([], ABOVE, named=0) == ()
    assert [mark for mark, _ in marks_of([bed], ABOVE, named=1)] == ["box"]
    assert [mark for mark, _ in marks_of([bed], ABOVE, named=1, filled=False)] == ["empty box"]
    assert [mark for mark, _ in marks_of([doubtful], ABOVE, named=1)] == ["dashed box"]
    assert [mark for mark, _ in marks_of([bed, doubtful, moving], ABOVE, named=3)] == ["box", "dashed box", "arrow"]
    assert marks_of([bed, doubtful], ABOVE, named=1)[-1] == ("", "1 of 2 named")


def test_reach_holds_every_corner():
    one = object_of(1, "bed", (4.0, 3.0, 0.3), (2.0, 1.0, 0.6), yaw_rad=math.pi / 4 - 1e-9)
    low, high = reach_of([one]).min(axis=0), reach_of([one]).max(axis=0)
    half = 1.5 / math.sqrt(2)
    assert (low[0], low[1], high[0], high[1]) == pytest.approx((4 - half, 3 - half, 4 + half, 3 + half))
    assert reach_of([]).shape == (0, 3)


def test_a_label_has_one_colour_in_every_process():
    code = "from spatialmem.pictures.objects import label_color; print(*map(label_color, ('mug', 'Stuhl', '椅子')))"
    seen = {
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert seen == {" ".join(str(label_color(label)) for label in ("mug", "Stuhl", "椅子")) + "\n"}
    assert len({label_color(f"label {n}") for n in range(100)}) == len(style.LABELS)


VISION = {
    "all three cones": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}
"""Linear RGB as others see it (Machado, Oliveira and Fernandes 2009, severity 1)."""


@pytest.mark.parametrize("vision", VISION)
def test_colours_of_labels_are_told_apart_with_any_colour_vision(vision):
    """CIELAB distances of at least 15: six times what can just be seen (2.3)."""
    share = np.array(style.LABELS) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    seen = np.clip(linear @ np.array(VISION[vision]).T, 0, 1)
    to_xyz = [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.072175], [0.0193339, 0.119192, 0.9503041]]
    xyz = seen @ np.array(to_xyz).T / (0.95047, 1.0, 1.08883)
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    lab = np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=1)
    assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(lab, 2)) > 15
