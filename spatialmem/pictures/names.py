"""Names on a picture: each on a plate of its own, beside what it names, where it hides least and no other name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int, UInt8

from spatialmem.pictures import canvas, style

__all__ = ["Tag", "hidden_px", "place_tags", "plate_size", "shortened", "summed", "write_plate", "write_tags"]

RINGS_PX = (5, 16, 30, 48, 72, 105, 145)
"""How far a plate may be from what it names, the nearest first; from the second on a line leads there."""
AROUND = np.array(sorted(
    ((x / 4, y / 4) for x in range(-4, 5) for y in range(-4, 5) if max(abs(x), abs(y)) == 4),
    key=lambda way: (abs(way[0] * way[1]), -way[0], way[1]),
))  # fmt: skip
"""Ways out of a square: right, above, below and left first, corners last."""
RING_OF = np.repeat(np.array(RINGS_PX, float), len(AROUND))
LEADS = np.arange(len(RING_OF)) >= len(AROUND)
NEARNESS = np.tile(np.arange(len(AROUND)) / len(AROUND), len(RINGS_PX))
"""Among the places of one ring the first counts as a little nearer [px]."""
HIDING_COST = 1.0
"""A pixel that a plate or its line hides counts as much as this many pixels of distance."""
COST_MAX = 200.0
"""A name that would have to be farther away, or hide more, is left out."""
SAMPLES = 24
"""Points at which a line is looked at to say what it hides."""
BAR_PX = 4
"""The width of the bar in the label's colour at the left end of a plate."""
ROOM_PX = 8
"""A name is written into what is larger than its plate by so much."""
GAP_PX = 3
"""Between two plates, and from a plate to the border of the picture."""
LENGTH_MAX = 24
"""A longer label is shortened on the picture."""


@dataclass(frozen=True, slots=True, eq=False)
class Tag:
    """A name, and the convex outline [px] of what it names, its corners in turn."""

    words: str
    outline_px: Float[np.ndarray, "n 2"]
    color: canvas.Color
    struck: bool = False
    """Whether the name is struck out."""


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """Where a tag's plate is: its upper left corner and size [px], and the line that leads to it, if one has to."""

    tag: Tag
    x: int
    y: int
    width: int
    height: int
    leader_px: Float[np.ndarray, "2 2"] | None


def plate_size(words: str, size_px: int, *, bold: bool = False) -> tuple[int, int]:
    """Return the width and the height of a name's plate [px]."""
    return canvas.text_width(words, size_px, bold=bold) + 2 * size_px // 3, size_px + size_px // 2


def write_plate(
    image: UInt8[np.ndarray, "h w 3"], words: str, x: int, y: int, size_px: int, *, bold: bool = False
) -> None:
    """Write a name on a light plate whose upper left corner is (x, y)."""
    width, height = plate_size(words, size_px, bold=bold)
    canvas.box(image, x, y, width, height, style.FREE, 0.8)
    canvas.text(image, words, (x + width / 2, y + size_px), size_px, style.INK, bold=bold, align="center")


def summed(busy: Bool[np.ndarray, "h w"]) -> Int[np.ndarray, "h1 w1"]:
    """Return how many marked pixels are above and left of each corner of a pixel (a summed-area table; Crow 1984)."""
    return np.pad(busy.cumsum(axis=0, dtype=np.int32).cumsum(axis=1, dtype=np.int32), ((1, 0), (1, 0)))


def hidden_px(
    busy_sum: Int[np.ndarray, "h1 w1"], corners: Int[np.ndarray, "n 2"], width: int, height: int
) -> Int[np.ndarray, "n"]:
    """Return how many of the summed pixels each of n plates hides; corners: their upper left ones (x, y)."""
    bottom, right = busy_sum.shape[0] - 1, busy_sum.shape[1] - 1
    x, y = (np.clip(corners[:, i], 0, most) for i, most in ((0, right), (1, bottom)))
    x1, y1 = np.clip(corners[:, 0] + width, 0, right), np.clip(corners[:, 1] + height, 0, bottom)
    return busy_sum[y1, x1] - busy_sum[y, x1] - busy_sum[y1, x] + busy_sum[y, x]


def place_tags(
    tags: Sequence[Tag],
    *,
    busy: Bool[np.ndarray, "h w"],
    kept: Bool[np.ndarray, "h w"],
    size_px: int,
    all_or_none: bool = False,
) -> tuple[Placed, ...]:
    """Return where names go, as far as there is room for them; what comes first chooses first.

    Each takes the place that is near and hides little of what is marked as busy. No plate reaches beyond the picture,
    onto another plate, onto the middle of what another names or onto what is to be kept clear, and no line to a name
    crosses any of these. all_or_none: return nothing where not all find a place.
    """
    taken, busy_sum = kept.copy(), summed(busy)
    middles = [_pixels(_middle(tag)[None], taken.shape) for tag in tags]
    for middle in middles:
        taken[middle] = True
    placed = []
    for tag, own in zip(tags, middles, strict=True):
        taken[own] = kept[own]
        here = next((one for one in _choices(tag, busy, busy_sum, size_px) if _fits(one, taken)), None)
        taken[own] = True
        if here is not None:
            _take(here, taken)
            placed.append(here)
        elif all_or_none:
            return ()
    return tuple(placed)


def write_tags(image: UInt8[np.ndarray, "h w 3"], placed: Sequence[Placed], size_px: int) -> None:
    """Write names where they were placed, all lines below all plates."""
    for one in placed:
        if one.leader_px is not None:
            canvas.polyline(image, one.leader_px, style.CASING, 4)
            canvas.polyline(image, one.leader_px, one.tag.color, 2)
    for one in placed:
        write_plate(image, one.tag.words, one.x + BAR_PX, one.y, size_px)
        canvas.box(image, one.x, one.y, BAR_PX, one.height, one.tag.color)
        if one.tag.struck:
            inset = size_px // 4
            canvas.box(
                image, one.x + BAR_PX + inset, one.y + one.height // 2, one.width - BAR_PX - 2 * inset, 2, style.INK
            )


def shortened(label: str) -> str:
    """Return a label that is not longer than a picture bears."""
    return label if len(label) <= LENGTH_MAX else label[: LENGTH_MAX - 1].rstrip() + "…"


def _choices(
    tag: Tag, busy: Bool[np.ndarray, "h w"], busy_sum: Int[np.ndarray, "h1 w1"], size_px: int
) -> Iterator[Placed]:
    """Yield the places where a plate may be, the best first, whatever else is there."""
    width, height = plate_size(tag.words, size_px)
    width += BAR_PX
    corners, costs, leads = _around(tag, width, height)
    leaders = _leaders(tag, corners, width, height)
    costs = costs + HIDING_COST * hidden_px(busy_sum, corners, width, height)
    costs[leads] += HIDING_COST * _crossed_px(leaders[leads], busy)
    for i in np.argsort(costs, kind="stable").tolist():
        if costs[i] <= COST_MAX:
            yield Placed(tag, int(corners[i, 0]), int(corners[i, 1]), width, height, leaders[i] if leads[i] else None)


def _middle(tag: Tag) -> Float[np.ndarray, "2"]:
    return (tag.outline_px.min(axis=0) + tag.outline_px.max(axis=0)) / 2


def _around(
    tag: Tag, width: int, height: int
) -> tuple[Int[np.ndarray, "n 2"], Float[np.ndarray, "n"], Bool[np.ndarray, "n"]]:
    """Return the upper left corners of all plates to try, how far each is [px], and whether a line leads to it."""
    low, high = tag.outline_px.min(axis=0), tag.outline_px.max(axis=0)
    reach, size = (high - low) / 2, np.array([width, height])
    offsets = np.tile(AROUND, (len(RINGS_PX), 1)) * (reach + size / 2 + RING_OF[:, None])
    distances, leads = RING_OF + NEARNESS, LEADS
    if (high - low > size + ROOM_PX).all():
        offsets = np.concatenate([np.zeros((1, 2)), offsets])
        distances, leads = np.append(0.0, distances), np.append(False, leads)
    corners = np.round(_middle(tag) + offsets - size / 2).astype(np.int64)
    return corners, distances, leads


def _leaders(tag: Tag, corners: Int[np.ndarray, "n 2"], width: int, height: int) -> Float[np.ndarray, "n 2 2"]:
    """Return the lines from n plates towards the middle of what they name, up to its outline."""
    outline = tag.outline_px
    middle = _middle(tag)
    start = np.clip(middle, corners, corners + np.array([width, height]))
    sides = np.roll(outline, -1, axis=0) - outline
    # How far beyond each side both ends of a line are: it enters where it is beyond none any more.
    inside = sides[:, 1] * (middle - outline)[:, 0] - sides[:, 0] * (middle - outline)[:, 1]
    outwards = -1.0 if inside.sum() > 0 else 1.0
    apart = start[:, None] - outline
    first, last = outwards * (sides[:, 1] * apart[..., 0] - sides[:, 0] * apart[..., 1]), outwards * inside
    share = np.where(first > 0, first / np.maximum(first - last, 1e-9), 0.0).max(axis=1)
    return np.stack([start, start + np.minimum(share, 1.0)[:, None] * (middle - start)], axis=1)


def _crossed_px(leaders_px: Float[np.ndarray, "n 2 2"], busy: Bool[np.ndarray, "h w"]) -> Float[np.ndarray, "n"]:
    """Return about how many pixels of n lines lie on what is marked."""
    shares = (np.arange(SAMPLES) + 0.5) / SAMPLES
    ways = leaders_px[:, 1] - leaders_px[:, 0]
    points = leaders_px[:, :1] + shares[:, None] * ways[:, None]
    crossed = busy[_pixels(points.reshape(-1, 2), busy.shape)].reshape(points.shape[:2])
    return crossed.mean(axis=1) * np.hypot(ways[:, 0], ways[:, 1])


def _along(line_px: Float[np.ndarray, "2 2"], shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows and columns of the pixels along a line, within the picture."""
    return _pixels(np.linspace(line_px[0], line_px[1], 2 + int(np.abs(line_px[1] - line_px[0]).max())), shape)


def _pixels(points_px: Float[np.ndarray, "n 2"], shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows and columns of points, those outside moved to the border of the picture."""
    places = np.floor(points_px).astype(np.int64)
    return np.clip(places[:, 1], 0, shape[0] - 1), np.clip(places[:, 0], 0, shape[1] - 1)


def _fits(one: Placed, taken: Bool[np.ndarray, "h w"]) -> bool:
    """Return whether a plate lies in the picture, and neither it nor its line meets what is taken."""
    height, width = taken.shape
    if not (GAP_PX <= one.x <= width - GAP_PX - one.width and GAP_PX <= one.y <= height - GAP_PX - one.height):
        return False
    if taken[one.y : one.y + one.height, one.x : one.x + one.width].any():
        return False
    return one.leader_px is None or not taken[_along(one.leader_px, taken.shape)].any()


def _take(one: Placed, taken: Bool[np.ndarray, "h w"]) -> None:
    """Mark what a plate and its line need, with a gap round the plate."""
    rows = slice(max(one.y - GAP_PX, 0), one.y + one.height + GAP_PX)
    taken[rows, max(one.x - GAP_PX, 0) : one.x + one.width + GAP_PX] = True
    if one.leader_px is not None:
        taken[_along(one.leader_px, taken.shape)] = True
