"""What was kept of one object on one sheet: the pictures of it, the newest first, under what is believed of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import UInt8

from spatialmem.pictures import canvas, style
from spatialmem.types import Evidence, Presence, Whereabouts

__all__ = ["draw_evidence"]

TILE_PX, COLUMNS, COLUMNS_MIN, SHOWN_MAX = 300, 4, 2, 24
CAPTION_PX = 64
"""The strip below a picture: when it was taken, and of which input it is."""
LINE_PX, TITLE_LINE_PX = 38, 92
LARGER_MAX = 12.0
"""A picture of a few pixels is not drawn larger than this: nothing more is to be seen on it."""


def draw_evidence(whereabouts: Whereabouts, pictures: Sequence[Evidence], *, now_ns: int) -> UInt8[np.ndarray, "h w 3"]:
    """Return a sheet of the pictures of an object as RGB: the first 24 of them, in the order given.

    now_ns: the moment that times are told before.
    """
    lines = _lines(whereabouts, len(pictures), now_ns)
    shown = pictures[:SHOWN_MAX]
    columns = min(max(len(shown), COLUMNS_MIN), COLUMNS)
    rows = -(-len(shown) // columns)
    words_px = max(
        canvas.text_width(whereabouts.object.name, style.TITLE_PX, bold=True),
        *(canvas.text_width(line, style.CAPTION_PX) for line in lines),
    )
    tiles_px = columns * TILE_PX + (columns - 1) * style.GAP_PX
    top = style.MARGIN_PX + TITLE_LINE_PX + len(lines) * LINE_PX
    sheet = canvas.blank(
        top + rows * (TILE_PX + CAPTION_PX) + style.MARGIN_PX // 2,
        max(tiles_px, words_px) + 2 * style.MARGIN_PX,
        style.PAPER,
    )
    canvas.text(sheet, whereabouts.object.name, (style.MARGIN_PX, 90), style.TITLE_PX, style.INK, bold=True)
    for n, line in enumerate(lines):
        canvas.text(sheet, line, (style.MARGIN_PX, 90 + 46 + n * LINE_PX), style.CAPTION_PX, style.FAINT)
    for n, picture in enumerate(shown):
        x = style.MARGIN_PX + n % columns * (TILE_PX + style.GAP_PX)
        y = top + n // columns * (TILE_PX + CAPTION_PX)
        _place(sheet[y : y + TILE_PX + CAPTION_PX, x : x + TILE_PX], picture, now_ns)
    return sheet


def _lines(one: Whereabouts, count: int, now_ns: int) -> list[str]:
    """Return what is believed of the object, in a few short lines."""
    was = ", was " if one.presence == Presence.MISSING else ", "
    place = was + one.place if one.place not in ("", one.presence.value) else ""
    surely = "P" if one.presence == Presence.HELD else "P(still there)"
    lines = [
        f"{surely} {one.p_there:.2f} · {one.presence.value}{place}",
        f"seen {_ago(one.last_seen_ns, now_ns)}",
    ]
    if one.last_looked_ns:
        lines[-1] += f" · looked at its place {_ago(one.last_looked_ns, now_ns)}"
    if one.missing_since_ns is not None:
        lines.append(f"looked for and not there {_ago(one.missing_since_ns, now_ns)}")
    lines.append(_count_words(count))
    return lines


def _count_words(count: int) -> str:
    if count == 0:
        return "no pictures are kept"
    words = "1 picture" if count == 1 else f"{count} pictures, the newest first"
    return words if count <= SHOWN_MAX else f"{words}; {SHOWN_MAX} of them shown"


def _ago(stamp_ns: int, now_ns: int) -> str:
    return f"{(now_ns - stamp_ns) / 1e9:.1f} s ago"


def _place(tile: UInt8[np.ndarray, "h w 3"], picture: Evidence, now_ns: int) -> None:
    """Draw a picture into the middle of its tile, and what it is below it."""
    canvas.box(tile, 0, 0, TILE_PX, TILE_PX, style.PHOTO_GROUND)
    crop = _decoded(picture.jpeg)
    if crop is None:
        canvas.text(tile, "cannot be read", (TILE_PX / 2, TILE_PX / 2), style.CAPTION_PX, style.FAINT, align="center")
    else:
        y, x = (TILE_PX - crop.shape[0]) // 2, (TILE_PX - crop.shape[1]) // 2
        tile[y : y + crop.shape[0], x : x + crop.shape[1]] = crop
    words = f"{_ago(picture.stamp_ns, now_ns)} · input {picture.seq}"
    canvas.text(tile, words, (0, TILE_PX + 34), style.CAPTION_PX - 3, style.FAINT)


def _decoded(jpeg: bytes) -> UInt8[np.ndarray, "h w 3"] | None:
    """Return a picture at the size at which it is drawn; None for what cannot be read."""
    import cv2

    image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR) if jpeg else None
    if image is None:
        return None
    share = min(TILE_PX / max(image.shape[:2]), LARGER_MAX)
    size = max(round(image.shape[1] * share), 1), max(round(image.shape[0] * share), 1)
    how = cv2.INTER_AREA if share < 1 else cv2.INTER_CUBIC
    return np.ascontiguousarray(cv2.resize(image, size, interpolation=how)[..., ::-1])
