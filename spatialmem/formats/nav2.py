"""A map for Nav2's map server: a PGM image and the YAML file that describes it.

The server takes p = (255 - pixel) / 255 for how occupied a pixel is: above `occupied_thresh` it is occupied, below
`free_thresh` free, between them unknown. We write 0, 254 and 205 (p = 1, 0.004, 0.196), and a free_thresh of 0.1:
with the 0.25 that is common, 205 would be read as free.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from jaxtyping import Bool, UInt8

from spatialmem.errors import InputError
from spatialmem.files import refuse_unwritable, write_whole
from spatialmem.octree import Columns, Queryable
from spatialmem.types import State

__all__ = ["CELLS_MAX", "refuse_vast", "write_nav2_map"]

FREE_PIXEL, OCCUPIED_PIXEL, UNKNOWN_PIXEL = 254, 0, 205
OCCUPIED_THRESH, FREE_THRESH = 0.65, 0.1
CELLS_MAX = 1 << 28
"""A larger picture of the ground is refused, before it is made."""


def write_nav2_map(
    path: str | Path, view: Queryable, *, z_min_m: float, z_max_m: float, robot_radius_m: float = 0.0
) -> tuple[Path, Path]:
    """Write the map from above as NAME.yaml and NAME.pgm, and return both paths.

    z_min_m, z_max_m: heights in the world; a cell is occupied if any voxel of these layers is, else free if any is,
    else unknown. robot_radius_m: cells whose centre is nearer than this to the centre of an occupied cell become
    occupied, so that the robot may be planned for as a point; Nav2's own inflation layer wants 0. The image is cut to
    what is known, its first row is the greatest y. Raises InputError where nothing is known in the band, and where
    the files cannot be written; neither is then left.
    """
    path = refuse_unwritable(path, (".yaml",))
    image_path = refuse_unwritable(path.with_suffix(".pgm"), (".pgm",))
    if not (math.isfinite(robot_radius_m) and 0 <= robot_radius_m <= 100):
        raise InputError(f"robot_radius_m is {robot_radius_m}; it must be a length of 0 to 100 m.")
    if not (math.isfinite(z_min_m) and math.isfinite(z_max_m)):
        raise InputError(f"the band from {z_min_m} m to {z_max_m} m has no end; give two finite heights.")
    view = view.view()
    refuse_vast(view)
    columns = view.columns(z_min_m, z_max_m)
    known = columns.state != State.UNKNOWN
    if not known.any():
        raise InputError(
            f"nothing is known between {z_min_m:g} m and {z_max_m:g} m of height; known space is {_heights(view)}."
        )
    rows, cols = (np.flatnonzero(known.any(axis=axis)) for axis in (1, 0))
    window = np.s_[rows[0] : rows[-1] + 1, cols[0] : cols[-1] + 1]
    state = _inflated(columns, robot_radius_m)[window]
    pixels = np.full(state.shape, UNKNOWN_PIXEL, np.uint8)
    pixels[state == State.FREE] = FREE_PIXEL
    pixels[state == State.OCCUPIED] = OCCUPIED_PIXEL
    origin_m = columns.origin_m + np.array([cols[0], rows[0]]) * columns.voxel_size_m
    description = _yaml(image_path.name, columns.voxel_size_m, [float(x) for x in origin_m])
    write_whole({image_path: _pgm(pixels[::-1]), path: description})
    return path, image_path


def refuse_vast(view: Queryable) -> None:
    """Raise InputError where the map from above would be larger than any that is meant."""
    bounds = view.bounds_m()
    if bounds is None:
        return
    wide, deep = (float(x) for x in np.ceil((bounds[1] - bounds[0])[:2] / view.voxel_size_m))
    if wide * deep > CELLS_MAX:
        raise InputError(
            f"seen from above the map has {wide:.0f} x {deep:.0f} cells, more than {CELLS_MAX} in all; "
            f"single voxels far away make it so. Take larger voxels."
        )


def _inflated(columns: Columns, radius_m: float) -> UInt8[np.ndarray, "h w"]:
    """Return the states, with all that is nearer than the radius to an occupied cell occupied too."""
    occupied: Bool[np.ndarray, "h w"] = columns.state == State.OCCUPIED
    if radius_m == 0 or not occupied.any():
        return columns.state
    from scipy.ndimage import distance_transform_edt

    distance = np.asarray(distance_transform_edt(~occupied))
    return np.where(distance * columns.voxel_size_m < radius_m, np.uint8(State.OCCUPIED), columns.state)


def _pgm(pixels: UInt8[np.ndarray, "h w"]) -> bytes:
    height, width = pixels.shape
    return f"P5\n{width} {height}\n255\n".encode() + pixels.tobytes()


def _yaml(image: str, resolution_m: float, origin_m: list[float]) -> bytes:
    import yaml

    settings = {
        "image": image,
        "mode": "trinary",
        "resolution": float(resolution_m),
        "origin": [round(origin_m[0], 9), round(origin_m[1], 9), 0.0],  # of the lower left pixel: x, y [m], yaw
        "negate": 0,
        "occupied_thresh": OCCUPIED_THRESH,
        "free_thresh": FREE_THRESH,
    }
    return yaml.safe_dump(settings, sort_keys=False, default_flow_style=None).encode()


def _heights(view: Queryable) -> str:
    bounds = view.bounds_m()
    return "empty" if bounds is None else f"from {bounds[0][2]:.2f} m to {bounds[1][2]:.2f} m"
