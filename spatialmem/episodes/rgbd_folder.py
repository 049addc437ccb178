"""Reads the library's own RGB-D folder: `frames.csv`, `intrinsics.json` and one file for each image.

frames.csv has a header and a row for each frame: `stamp_ns` (integer), `depth` (a path in the folder), `X_WC_00` ..
`X_WC_23`, the first three rows of the camera's pose in the world, z up [m], and `color` (a path) where there is colour:
the column may be absent, and its cells empty. A fourth row `X_WC_30` .. `X_WC_33` and other columns (`index`) may be
there and are ignored.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from jaxtyping import Float64

from spatialmem.episodes.intrinsics import INTRINSICS_EXAMPLE, read_intrinsics
from spatialmem.episodes.recording import FrameRecord, RgbdRecording, title_of
from spatialmem.errors import EpisodeError

__all__ = ["is_rgbd_folder", "open_rgbd_folder"]

POSE_COLUMNS = tuple(f"X_WC_{row}{column}" for row in range(3) for column in range(4))
COLUMNS = ("stamp_ns", "depth", *POSE_COLUMNS)
"""What the table must have; `color` it may have."""


def is_rgbd_folder(folder: Path) -> bool:
    """Whether this is the layout of a folder."""
    return (folder / "frames.csv").is_file()


def open_rgbd_folder(folder: Path, *, world: str = "world") -> RgbdRecording:
    """Read the table of frames; images are read when their turn comes.

    Raises EpisodeError with the line for a damaged row, a missing column or an empty name of a depth image.
    """
    intrinsics = read_intrinsics(folder / "intrinsics.json")
    if intrinsics.depth_unit_m is None:
        raise EpisodeError(
            f"{folder / 'intrinsics.json'} does not say depth_unit_m, the metres of one unit of depth. "
            f"It must look like {INTRINSICS_EXAMPLE}."
        )
    return RgbdRecording(
        _read_table(folder / "frames.csv"),
        name=title_of(folder),
        world=world,
        camera=intrinsics.camera,
        depth_unit_m=intrinsics.depth_unit_m,
    )


def _read_table(path: Path) -> list[FrameRecord]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            table = csv.reader(file, strict=True)
            header = [name.strip() for name in next(table, [])]
            _check_header(header, path)
            return [_parse_row(header, row, path, table.line_num) for row in table if any(map(str.strip, row))]
    except OSError as error:
        raise EpisodeError(f"cannot read {path}: {error.strerror}.") from error
    except (csv.Error, UnicodeDecodeError) as error:
        raise EpisodeError(f"{path} is not a CSV table: {error}. The file is damaged.") from error


def _check_header(header: list[str], path: Path) -> None:
    lacking = ", ".join(name for name in COLUMNS if name not in header)
    if not lacking:
        return
    lacking = lacking.replace(", ".join(POSE_COLUMNS), f"{POSE_COLUMNS[0]} .. {POSE_COLUMNS[-1]}")
    line = ",".join(header)
    shown = line[:60] + "..." * (len(line) > 60)
    fix = "Separate the columns by commas." if ";" in line else "It must name every column."
    raise EpisodeError(f"{path}: the header lacks {lacking}; the first line is '{shown}'. {fix}")


def _parse_row(header: list[str], row: list[str], path: Path, line: int) -> FrameRecord:
    where = f"{path}, line {line}"
    if len(row) != len(header):
        raise EpisodeError(f"{where}: {len(row)} values under {len(header)} columns; the row is damaged.")
    values = {name: value.strip() for name, value in zip(header, row, strict=True)}
    if not values["depth"]:
        raise EpisodeError(f"{where}: the depth column is empty; it must name an image file in the folder.")
    try:
        stamp_ns = int(values["stamp_ns"])
    except ValueError as error:
        raise EpisodeError(f"{where}: stamp_ns is '{values['stamp_ns']}'; it must be an integer [ns].") from error
    return FrameRecord(
        stamp_ns=stamp_ns,
        depth_path=path.parent / values["depth"],
        color_path=path.parent / values["color"] if values.get("color") else None,
        X_WC=_parse_matrix(values, where),
    )


def _parse_matrix(values: dict[str, str], where: str) -> Float64[np.ndarray, "4 4"]:
    X_WC = np.eye(4)
    for name in POSE_COLUMNS:
        try:
            X_WC[int(name[-2]), int(name[-1])] = float(values[name])
        except ValueError as error:
            raise EpisodeError(f"{where}: {name} is '{values[name]}'; it must be a number.") from error
    return X_WC
