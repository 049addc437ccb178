"""The map from straight above as images: free and occupied space, and the height of what stands there."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32, Shaped, UInt8

from spatialmem.octree import Columns
from spatialmem.pictures import canvas, style
from spatialmem.pictures.projection import Projection
from spatialmem.types import State

__all__ = ["draw_heights", "draw_occupancy", "ramp"]

OVERSAMPLING = 2


def coarsened(columns: Columns, factor: int) -> Columns:
    """Merge factor x factor columns into one, so that a thin wall survives where a pixel holds many voxels.

    Any occupied one makes the whole occupied, else any free one free; the top is the highest.
    """
    if factor == 1:
        return columns
    height, width = columns.state.shape
    pad = [(0, -height % factor), (0, -width % factor)]

    def blocks(cells: Shaped[np.ndarray, "h w"], outside: int | float) -> Shaped[np.ndarray, "h2 f w2 f"]:
        padded = np.pad(cells, pad, constant_values=outside)
        return padded.reshape(padded.shape[0] // factor, factor, padded.shape[1] // factor, factor)

    top = blocks(np.where(np.isnan(columns.top_m), -np.inf, columns.top_m), -np.inf).max(axis=(1, 3))
    return Columns(
        origin_m=columns.origin_m,
        voxel_size_m=columns.voxel_size_m * factor,
        state=blocks(columns.state, State.UNKNOWN).max(axis=(1, 3)),
        top_m=np.where(np.isfinite(top), top, np.nan).astype(np.float32),
    )


def sampled(
    columns: Columns, projection: Projection
) -> tuple[UInt8[np.ndarray, "h2 w2"], Float32[np.ndarray, "h2 w2"]]:
    """Return state and top height of the column under every half pixel; outside the map: unknown, NaN."""
    pixel_m = 1.0 / (projection.px_per_m * OVERSAMPLING)
    columns = coarsened(columns, max(1, int(pixel_m / columns.voxel_size_m)))
    x_m = projection.left_m + (np.arange(projection.width_px * OVERSAMPLING) + 0.5) * pixel_m
    y_m = projection.bottom_m + (np.arange(projection.height_px * OVERSAMPLING)[::-1] + 0.5) * pixel_m
    column = np.floor((x_m - columns.origin_m[0]) / columns.voxel_size_m).astype(int)
    row = np.floor((y_m - columns.origin_m[1]) / columns.voxel_size_m).astype(int)
    state = np.pad(columns.state, 1)  # a border of UNKNOWN, where all that lies outside is looked up
    top = np.pad(columns.top_m, 1, constant_values=np.nan)
    rows, cols = (np.clip(i + 1, 0, n - 1) for i, n in zip((row, column), state.shape, strict=True))
    return state[np.ix_(rows, cols)], top[np.ix_(rows, cols)]


def _halved(image: UInt8[np.ndarray, "h2 w2 3"], projection: Projection) -> UInt8[np.ndarray, "h w 3"]:
    import cv2

    return np.asarray(cv2.resize(image, projection.size_px, interpolation=cv2.INTER_AREA))


def _ground(state: UInt8[np.ndarray, "h w"]) -> UInt8[np.ndarray, "h w 3"]:
    """Unknown space hatched, free space plain."""
    image = canvas.hatch(
        state.shape[0], state.shape[1], style.UNKNOWN, style.UNKNOWN_STROKE, period_px=14 * OVERSAMPLING
    )
    canvas.paint(image, state != State.UNKNOWN, style.FREE)
    return image


def draw_occupancy(columns: Columns, projection: Projection) -> UInt8[np.ndarray, "h w 3"]:
    """Draw occupied columns dark, free ones light, unknown ones grey and hatched."""
    state, _ = sampled(columns, projection)
    image = _ground(state)
    canvas.paint(image, state == State.OCCUPIED, style.OCCUPIED)
    return _halved(image, projection)


def draw_heights(
    columns: Columns, projection: Projection, *, z_min_m: float, z_max_m: float
) -> UInt8[np.ndarray, "h w 3"]:
    """Draw the top of every column in the colour of its height between two heights [m]; the rest as on the plan."""
    state, top = sampled(columns, projection)
    image = _ground(state)
    known = ~np.isnan(top)
    share = np.clip((top[known] - z_min_m) / (z_max_m - z_min_m), 0.0, 1.0)
    image[known] = ramp()[np.round(share * 255).astype(int)]
    return _halved(image, projection)


def ramp() -> UInt8[np.ndarray, "256 3"]:
    """Return the colours of heights, low to high: from pale to dark, evenly perceived, and readable in grey."""
    stops = np.linspace(0, 255, len(style.HEIGHTS))
    channels = [np.interp(np.arange(256), stops, levels) for levels in np.array(style.HEIGHTS, float).T]
    return np.round(np.stack(channels, axis=1)).astype(np.uint8)
