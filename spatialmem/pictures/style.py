"""The colours and sizes of pictures. Colours are told apart with any kind of colour vision (Okabe and Ito, 2008)."""

from __future__ import annotations

PAPER = (255, 255, 255)
INK = (28, 32, 40)
FAINT = (104, 112, 124)

OCCUPIED = (27, 38, 68)
FREE = (247, 246, 242)
UNKNOWN = (204, 208, 214)
UNKNOWN_STROKE = (188, 193, 200)

FURNITURE = (222, 199, 164)
FURNITURE_EDGE = (160, 126, 84)
OBJECT = (0, 114, 178)

LABELS = (
    (51, 34, 136),
    (17, 119, 51),
    (136, 34, 85),
    (153, 153, 51),
    (170, 68, 153),
    (68, 170, 153),
    (204, 102, 119),
)
"""Of remembered objects: Tol's "muted" scheme (SRON/EPS/TN/09-002, 2021) without its two that are pale on paper."""

ROOMS = (
    (207, 219, 243),
    (219, 231, 196),
    (243, 243, 207),
    (255, 219, 219),
    (219, 243, 255),
)
"""Tints of rooms: Tol's "pale" scheme (SRON/EPS/TN/09-002, 2021) with 30 % of white, and without its grey, which is
like unknown space."""
PLACE = (96, 110, 132)
EDGE = (150, 162, 182)
WAY = (0, 114, 178)

MOVED = (170, 68, 153)
BROUGHT = (0, 114, 178)

PATH = (230, 97, 0)
CASING = (255, 255, 255)
START = (0, 158, 115)
END = (204, 51, 17)
HEIGHTS = (
    (237, 248, 190),
    (199, 233, 180),
    (127, 205, 187),
    (65, 182, 196),
    (29, 145, 192),
    (34, 94, 168),
    (37, 52, 148),
    (8, 29, 88),
)
"""From low to high: ColorBrewer's YlGnBu (Harrower and Brewer, 2003) without its lightest step."""
PHOTO_GROUND = (240, 241, 243)

TITLE_PX = 46
HEADING_PX = 34
CAPTION_PX = 25
MARGIN_PX = 56
GAP_PX = 44
