"""Names beside what they name: never onto each other, never beyond the picture, and out of the way of the rest."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatialmem.pictures import canvas, names, style
from spatialmem.pictures.names import Tag, place_tags, shortened, write_tags

HEIGHT, WIDTH = 300, 420
NOTHING = np.zeros((HEIGHT, WIDTH), bool)
RED = (200, 0, 0)


def tag(words, x, y, width=10.0, height=10.0, turn=0.0):
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * (width / 2, height / 2)
    rotation = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    return Tag(words, corners @ rotation + (x, y), RED)


def placed_of(tags, *, busy=NOTHING, kept=NOTHING, size_px=16, **options):
    return place_tags(tags, busy=busy, kept=kept, size_px=size_px, **options)


def rectangle(one):
    return one.x, one.y, one.x + one.width, one.y + one.height


def meet(a, b):
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def points_of(line):
    return np.linspace(line[0], line[1], 200)


some_tags = st.lists(
    st.builds(
        tag,
        st.text("abcdef-_1", min_size=1, max_size=12),
        st.floats(-20, WIDTH + 20),
        st.floats(-20, HEIGHT + 20),
        st.floats(2, 160),
        st.floats(2, 160),
        st.floats(-1, 1),
    ),
    max_size=25,
)


@given(some_tags, st.sampled_from([15, 20]))
@settings(max_examples=60)
def test_no_two_names_meet_and_all_are_in_the_picture(tags, size_px):
    placed = placed_of(tags, size_px=size_px)
    rectangles = [rectangle(one) for one in placed]
    for n, one in enumerate(rectangles):
        assert 0 <= one[0] < one[2] <= WIDTH
        assert 0 <= one[1] < one[3] <= HEIGHT
        assert not any(meet(one, other) for other in rectangles[:n])
    for one in placed:
        if one.leader_px is not None:
            inside = [points_of(one.leader_px)]
            for other in placed:
                if other is not one:
                    left, top, right, bottom = rectangle(other)
                    x, y = inside[0].T
                    assert not ((x > left) & (x < right - 1) & (y > top) & (y < bottom - 1)).any()


@given(some_tags)
@settings(max_examples=40)
def test_a_line_leads_from_the_plate_to_the_outline(tags):
    for one in placed_of(tags):
        if one.leader_px is None:
            continue
        (x, y), end = one.leader_px
        assert one.x <= x <= one.x + one.width
        assert one.y <= y <= one.y + one.height
        outline = one.tag.outline_px
        sides = np.roll(outline, -1, axis=0) - outline
        beyond = sides[:, 1] * (end - outline)[:, 0] - sides[:, 0] * (end - outline)[:, 1]
        middle = outline.mean(axis=0)
        inwards = np.sign(sides[:, 1] * (middle - outline)[:, 0] - sides[:, 0] * (middle - outline)[:, 1])
        reached = inwards * beyond / np.hypot(sides[:, 0], sides[:, 1])  # pixels within each side
        assert reached.min() == pytest.approx(0, abs=0.01)


@given(
    corners=st.lists(st.tuples(st.integers(-60, 60), st.integers(-60, 60)), min_size=1, max_size=8),
    width=st.integers(1, 50),
    height=st.integers(1, 50),
    seed=st.integers(0, 9),
)
def test_what_plates_hide_is_counted(corners, width, height, seed):
    busy = np.random.default_rng(seed).random((40, 50)) < 0.4
    counted = names.hidden_px(names.summed(busy), np.array(corners), width, height)
    for (x, y), count in zip(corners, counted, strict=True):
        assert count == busy[max(y, 0) : max(y + height, 0), max(x, 0) : max(x + width, 0)].sum()


def test_a_name_alone_stands_right_of_its_thing():
    (one,) = placed_of([tag("mug-3", 200, 150)])
    assert one.leader_px is None
    assert 205 < one.x < 215
    assert one.y < 150 < one.y + one.height


def test_a_name_stands_in_what_is_large():
    (one,) = placed_of([tag("bed-1", 200, 150, 150, 100)])
    assert one.leader_px is None
    assert (one.x + one.width / 2, one.y + one.height / 2) == pytest.approx((200, 150), abs=1)


def test_a_name_that_has_to_move_gets_a_line():
    busy = NOTHING.copy()
    busy[122:178, 162:238] = True  # all round it there is much to hide
    busy[144:156, 194:206] = False
    (one,) = placed_of([tag("mug-3", 200, 150)], busy=busy)
    assert not busy[one.y : one.y + one.height, one.x : one.x + one.width].any()
    assert one.leader_px is not None
    assert 15 < np.hypot(*(one.leader_px[1] - one.leader_px[0])) < 80


@given(some_tags)
@settings(max_examples=40)
def test_no_name_hides_the_middle_of_another_thing(tags):
    inside = [one for one in tags if (one.outline_px > 1).all() and (one.outline_px < (WIDTH - 1, HEIGHT - 1)).all()]
    for one in placed_of(inside):
        for other in inside:
            if (x := other.outline_px.mean(axis=0)) is not None and other is not one.tag:
                same = np.floor(x) == np.floor(one.tag.outline_px.mean(axis=0))
                hidden = one.x <= x[0] < one.x + one.width and one.y <= x[1] < one.y + one.height
                assert same.all() or not hidden


def test_names_keep_off_what_is_drawn():
    """A path runs right of the thing: its name goes to the other side."""
    busy = NOTHING.copy()
    busy[:, 220:230] = True
    (one,) = placed_of([tag("mug-3", 210, 150)], busy=busy)
    assert one.x + one.width <= 220
    (free,) = placed_of([tag("mug-3", 210, 150)])
    assert free.x + free.width > 230


def test_what_is_kept_clear_is_never_hidden():
    kept = NOTHING.copy()
    kept[:, 212:] = True
    (one,) = placed_of([tag("mug-3", 210, 150)], kept=kept)
    assert one.x + one.width <= 212


def test_without_room_there_is_no_name():
    full = ~NOTHING
    assert placed_of([tag("mug-3", 210, 150)], kept=full) == ()
    assert placed_of([tag("m" * 60, 210, 150)]) == ()  # wider than the picture
    room_for_some = [tag("something-17", 60 + 3 * n, 150) for n in range(100)]
    count = len(placed_of(room_for_some))
    assert 5 < count < 100
    assert placed_of(room_for_some, all_or_none=True) == ()
    assert len(placed_of(room_for_some[:3], all_or_none=True)) == 3


def test_only_plates_and_lines_are_drawn():
    tags = [tag(f"thing-{n}", 200 + 3 * (n % 4), 150 + 3 * (n // 4)) for n in range(16)]
    placed = placed_of(tags)
    image = canvas.blank(HEIGHT, WIDTH, (90, 140, 90))
    before = image.copy()
    write_tags(image, placed, 16)
    allowed = NOTHING.copy()
    for one in placed:
        allowed[one.y : one.y + one.height, one.x : one.x + one.width] = True
        if one.leader_px is not None:
            near = np.floor(points_of(one.leader_px)).astype(int)
            for dx in range(-4, 5):
                for dy in range(-4, 5):
                    allowed[near[:, 1] + dy, near[:, 0] + dx] = True
    changed = (image != before).any(axis=2)
    assert not (changed & ~allowed).any()
    for one in placed:
        plate = image[one.y : one.y + one.height, one.x : one.x + one.width]
        assert (plate[:, : names.BAR_PX] == RED).all()
        ink: np.ndarray = np.all(np.abs(plate.astype(int) - style.INK) < 60, axis=2)
        assert ink.sum() > 20  # it can be read
        assert not ink[:, -2:].any()
        assert not ink[[0, -1]].any()


def test_the_same_names_go_to_the_same_places():
    tags = [tag(f"thing-{n}", 150 + 9 * n, 150 + 5 * (n % 3), turn=0.1 * n) for n in range(16)]
    one, other = (placed_of(tags) for _ in range(2))
    assert [rectangle(a) for a in one] == [rectangle(b) for b in other]


@pytest.mark.parametrize(("label", "short"), [("mug", "mug"), ("x" * 24, "x" * 24), ("x" * 64, "x" * 23 + "…")])
def test_long_labels_are_shortened(label, short):
    assert shortened(label) == short
