"""Reads the RGB-D folders of Gao & Zhang, "14 Lectures on Visual SLAM" (slambook2, chapters 5 and 12).

`color/N.png`, `depth/N.pgm` or `.png`, and `pose.txt` with a row `tx ty tz qx qy qz qw` for N = 1, 2, ...
The folder says neither its camera nor its unit of depth; the book's programs do, and differ. Which of them is right
is measured: depth carried from frame to frame agrees under one of them. An `intrinsics.json` beside replaces them.

The worlds of both sets have y down. They are turned so that z is up: (x, y, z)_W = (x, z, -y) of the file.
There are no stamps; frames are set one second apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from jaxtyping import Float64

from spatialmem.episodes.intrinsics import INTRINSICS_EXAMPLE, read_intrinsics
from spatialmem.episodes.recording import FrameRecord, RgbdRecording, title_of
from spatialmem.episodes.reprojection import choose_pairs, compare, relative_pose, sample_points, view_of
from spatialmem.episodes.trajectory import parse_pose, pose_matrix, read_rows
from spatialmem.errors import EpisodeError
from spatialmem.types import Pinhole

__all__ = ["is_slambook", "open_slambook"]

PERIOD_NS = 1_000_000_000
PAIRS_MAX = 10
"""So many pairs of frames decide which rig is right."""
CLEARLY = 0.15
"""The best rig's agreement must be ahead of the next by this much."""


@dataclass(frozen=True, slots=True)
class Rig:
    """One way to understand a folder. `flipped`: the images' y runs against the poses' (a left-handed world)."""

    camera: Pinhole
    depth_unit_m: float
    flipped: bool = False

    def __str__(self) -> str:
        mirrored = ", poses mirrored in y" if self.flipped else ""
        camera = self.camera
        lens = f"fx {camera.fx:g}, fy {camera.fy:g}, cx {camera.cx:g}, cy {camera.cy:g}"
        return f"unit 1/{1 / self.depth_unit_m:.6g} m with {lens}{mirrored}"


# ch5/rgbd/joinMap.cpp, and ch12/dense_RGBD/pointcloud_mapping.cpp, where fy = -480: those frames were rendered in a
# left-handed world (ICL-NUIM). The same in right-handed terms is fy = 480 and every pose mirrored in y.
PUBLISHED = (
    Rig(Pinhole(640, 480, 518.0, 519.0, 325.5, 253.5), 1 / 1000),
    Rig(Pinhole(640, 480, 481.2, 480.0, 319.5, 239.5), 1 / 5000, flipped=True),
)


def is_slambook(folder: Path) -> bool:
    """Whether this is the layout of a folder."""
    return (folder / "pose.txt").is_file() and (folder / "color").is_dir() and (folder / "depth").is_dir()


def open_slambook(folder: Path, *, world: str = "world") -> RgbdRecording:
    """Read the poses and find out which rig took the images.

    Raises EpisodeError with the line of a damaged pose, or when the unit of depth cannot be told.
    """
    poses = [pose_matrix(*parse_pose(row, where)) for where, row in read_rows(folder / "pose.txt")]
    rigs = _rigs(folder)
    recordings = [_open_as(rig, poses, folder, world) for rig in rigs]
    scores = [_agreement(recording) for recording in recordings]
    best = max(range(len(rigs)), key=lambda i: scores[i])  # the first of equals
    rivals = [rig for rig, score in zip(rigs, scores, strict=True) if scores[best] - score < CLEARLY]
    if any(rig.depth_unit_m != rigs[best].depth_unit_m for rig in rivals):
        found = "; ".join(f"{rig}: {score:.0%}" for rig, score in zip(rigs, scores, strict=True))
        raise EpisodeError(
            f"{folder}: cannot tell the unit of depth, frames agree about equally under each ({found}). "
            f"Put an intrinsics.json there that says depth_unit_m, such as {INTRINSICS_EXAMPLE}."
        )
    return recordings[best]


def _rigs(folder: Path) -> tuple[Rig, ...]:
    """Return the rigs that may be right: the published ones, or what intrinsics.json leaves open."""
    beside = folder / "intrinsics.json"
    if not beside.exists():
        return PUBLISHED
    intrinsics = read_intrinsics(beside)
    units_m = [intrinsics.depth_unit_m] if intrinsics.depth_unit_m else [rig.depth_unit_m for rig in PUBLISHED]
    return tuple(Rig(intrinsics.camera, unit_m, flipped) for unit_m in units_m for flipped in (False, True))


def _open_as(rig: Rig, poses: Sequence[Float64[np.ndarray, "4 4"]], folder: Path, world: str) -> RgbdRecording:
    records = []
    for index, pose in enumerate(poses):
        depth_path = folder / "depth" / f"{index + 1}.pgm"
        records.append(
            FrameRecord(
                stamp_ns=index * PERIOD_NS,
                depth_path=depth_path if depth_path.exists() else depth_path.with_suffix(".png"),
                color_path=folder / "color" / f"{index + 1}.png",
                X_WC=_upright(pose, flipped=rig.flipped),
            )
        )
    return RgbdRecording(
        records,
        name=title_of(folder),
        world=world,
        camera=rig.camera,
        depth_unit_m=rig.depth_unit_m,
        notes=(
            f"the camera and the unit of depth were taken to be {rig}",
            "the world was turned so that z is up: (x, y, z) -> (x, z, -y)",
            f"there are no stamps: frames are set {PERIOD_NS / 1e9:g} s apart",
        ),
    )


def _upright(X_MC: Float64[np.ndarray, "4 4"], *, flipped: bool) -> Float64[np.ndarray, "4 4"]:
    """Return X_WC, z up, of a pose in a world M with y down; `flipped` mirrors y of both M and C first."""
    if flipped:
        mirror = np.array([1.0, -1.0, 1.0, 1.0])
        X_MC = X_MC * mirror[:, None] * mirror[None, :]
    return np.stack([X_MC[0], X_MC[2], -X_MC[1], X_MC[3]])


def _agreement(recording: RgbdRecording) -> float:
    """Return the mean share of depth that agrees between frames with motion between them; 0 if there are none."""
    if not recording.records:
        return 0.0
    pairs = choose_pairs(np.stack([record.X_WC for record in recording.records]), pairs_max=PAIRS_MAX)
    shares = [0.0]
    for pair in pairs:
        records = [replace(recording.records[i], color_path=None) for i in pair]
        a, b = recording.only(records).frames()
        if a.depth.shape == b.depth.shape == (recording.camera.height, recording.camera.width):
            shares.append(compare(sample_points(view_of(a)), relative_pose(a.X_WC, b.X_WC), view_of(b)).share)
    return sum(shares) / max(1, len(shares) - 1)
