"""An embedder that needs no training: how a thing is coloured, edged, sized and shaped, as one vector."""

from __future__ import annotations

import itertools

import numpy as np
from jaxtyping import Bool, Float, Float32, Float64, UInt8

from perception.pixels import color_of
from perception.region import points_of, region_of
from spatialmem import Detection, RgbdFrame

__all__ = ["AppearanceEmbedder"]

HUE_BINS, BAND_HUE_BINS, LIGHT_BINS, EDGE_BINS, SIZE_BINS, ASPECT_BINS = 16, 8, 8, 8, 10, 6
BANDS = 3
"""Upper, middle and lower third: a thing is seen from all sides, but seldom upside down."""
GREY_CHROMA = 12.0
"""Of CIE Lab: so much chroma counts half as a colour and half as grey."""
SIZE_LOG2_M = (-6.0, 1.5)
"""Sizes are told apart from 1.6 cm to 2.8 m."""
ASPECT_LOG2 = (-2.0, 2.0)
WEIGHTS = {"hue": 1.0, "light": 0.5, "bands": 0.7, "edges": 0.3, "height": 0.5, "breadth": 0.5, "aspect": 0.3}
"""What each part counts for: its share of the squared length."""
SPREAD = (5.0, 95.0)
"""Percentiles of points between which a thing extends; what is beyond is depth of the background."""


class AppearanceEmbedder:
    """Describes a detection by statistics of its pixels; a `spatialmem.Embedder`, the same on every call.

    Its parts are histograms, as the square roots of their shares, so that the product of two is their Bhattacharyya
    coefficient: hue with one bin for grey (CIE Lab), lightness, hue in three bands from top to bottom, directions of
    edges, height and breadth [m] where there is depth, and height to breadth. Bins are filled by linear interpolation,
    so that a small change moves the vector a little. No part is negative, so products of unlike things are far from 0:
    compare them with each other, not with a fixed bound.

    It tells a red mug from a blue box, not one red mug from another. Limitation: light of another colour moves the hue.
    """

    dimension: int = (HUE_BINS + 1) + LIGHT_BINS + BANDS * (BAND_HUE_BINS + 1) + EDGE_BINS + 2 * SIZE_BINS + ASPECT_BINS

    def embed(self, frame: RgbdFrame, detection: Detection) -> Float32[np.ndarray, "d"]:
        """Return the vector of one detection, of length 1, shape (dimension,).

        The pixels are those of its mask; of a box, those of the ellipse in it that are as deep as its middle. Raises
        InputError without colour, or where no pixel of the detection is in the frame.
        """
        rgb = color_of(frame, asked_by="AppearanceEmbedder")
        region = region_of(frame, detection)
        height_m, breadth_m = _extent_m(points_of(frame, region))
        lab, part = _window(rgb, region)
        light, hues = lab[part][:, 0], lab[part][:, 1:]
        parts = {
            "hue": _hue(hues, HUE_BINS),
            "light": _histogram(light / 100 * LIGHT_BINS, np.ones(len(light)), LIGHT_BINS),
            "bands": _banded(lab, part),
            "edges": _edges(lab[..., 0], part),
            "height": _level(height_m, SIZE_LOG2_M, SIZE_BINS),
            "breadth": _level(breadth_m, SIZE_LOG2_M, SIZE_BINS),
            "aspect": _level(_aspect(part, height_m, breadth_m), ASPECT_LOG2, ASPECT_BINS),
        }
        vector = np.sqrt(np.concatenate([weight * parts[name] for name, weight in WEIGHTS.items()]))
        return (vector / np.sqrt((vector**2).sum())).astype(np.float32)


def _window(
    rgb: UInt8[np.ndarray, "h w 3"], region: Bool[np.ndarray, "h w"]
) -> tuple[Float32[np.ndarray, "y x 3"], Bool[np.ndarray, "y x"]]:
    """Return colour as CIE Lab (0 to 100, then about -100 to 100) and the region, both cut to the region's bounds."""
    import cv2

    rows, columns = np.flatnonzero(region.any(axis=1)), np.flatnonzero(region.any(axis=0))
    window = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    return cv2.cvtColor(rgb[window].astype(np.float32) / 255, cv2.COLOR_RGB2Lab), region[window]


def _histogram(
    x: Float[np.ndarray, "n"], weights: Float[np.ndarray, "n"], bins: int, *, around: bool = False
) -> Float64[np.ndarray, "bins"]:
    """Return the shares of bins that x falls into, bin i from i to i + 1; what lies between two centres goes to both.

    around: the last bin is beside the first. All 0 where no weight is left.
    """
    x = np.asarray(x, np.float64) - 0.5
    if not around:
        x = np.clip(x, 0, bins - 1)
    low = np.floor(x)
    upper = x - low
    first = low.astype(np.int64) % bins
    second = (first + 1) % bins  # of weight 0 at the upper end
    counts = np.bincount(first, weights * (1 - upper), bins) + np.bincount(second, weights * upper, bins)
    total = counts.sum()
    return counts / total if total > 0 else np.zeros(bins)


def _hue(ab: Float32[np.ndarray, "n 2"], bins: int) -> Float64[np.ndarray, "k"]:
    """Return the shares of hues, and of grey in a last bin."""
    chroma2 = (ab.astype(np.float64) ** 2).sum(axis=1)
    color = chroma2 / (chroma2 + GREY_CHROMA**2)
    turn = np.arctan2(ab[:, 1], ab[:, 0]) / (2 * np.pi) % 1
    shares = _histogram(turn * bins, color, bins, around=True)
    vivid = float(color.mean())
    return np.append(shares * vivid, 1 - vivid)


def _banded(lab: Float32[np.ndarray, "y x 3"], part: Bool[np.ndarray, "y x"]) -> Float64[np.ndarray, "k"]:
    """Return the hues of each third of the rows; an empty third has none."""
    edges = np.linspace(0, len(part), BANDS + 1).round().astype(int)
    bands = []
    for low, high in itertools.pairwise(edges):
        ab = lab[low:high][part[low:high]][:, 1:]
        bands.append(_hue(ab, BAND_HUE_BINS) if len(ab) else np.zeros(BAND_HUE_BINS + 1))
    return np.concatenate(bands) / BANDS


def _edges(light: Float32[np.ndarray, "y x"], part: Bool[np.ndarray, "y x"]) -> Float64[np.ndarray, "k"]:
    """Return the shares of the directions of edges inside the part, by their strength (Dalal and Triggs 2005)."""
    import cv2

    inner = cv2.erode(part.astype(np.uint8), np.ones((3, 3), np.uint8), borderValue=0).astype(bool)
    du, dv = (cv2.Sobel(light, cv2.CV_32F, x, 1 - x)[inner] for x in (1, 0))
    turn = np.arctan2(dv, du) / np.pi % 1
    return _histogram(turn * EDGE_BINS, np.hypot(du, dv), EDGE_BINS, around=True)


def _extent_m(points_W: Float64[np.ndarray, "n 3"]) -> tuple[float, float]:
    """Return height along z, and the largest breadth of four directions across it [m]; 0 where there is no depth."""
    if len(points_W) < 3:
        return 0.0, 0.0
    x, y, z = points_W.T
    across = [x, y, (x + y) * np.sqrt(0.5), (x - y) * np.sqrt(0.5)]
    low, high = np.percentile(np.stack([z, *across]), SPREAD, axis=1)
    return float(high[0] - low[0]), float((high - low)[1:].max())


def _aspect(part: Bool[np.ndarray, "y x"], height_m: float, breadth_m: float) -> float:
    """Return height to breadth, in metres where they are known, otherwise in pixels."""
    return height_m / breadth_m if height_m > 0 and breadth_m > 0 else part.shape[0] / part.shape[1]


def _level(value: float, log2_range: tuple[float, float], bins: int) -> Float64[np.ndarray, "k"]:
    """Return where a value stands on a logarithmic scale, as shares of its bins; all 0 for 0, which is unknown."""
    if value <= 0:
        return np.zeros(bins)
    low, high = log2_range
    return _histogram(np.array([(np.log2(value) - low) / (high - low) * bins]), np.ones(1), bins)
