"""Reads the TUM RGB-D benchmark's layout: `rgb.txt`, `depth.txt`, `groundtruth.txt` and the images they name.

Sturm, Engelhard, Endres, Burgard, Cremers, "A Benchmark for the Evaluation of RGB-D SLAM Systems", IROS 2012.
Depth is in units of 1/5000 m. One frame is yielded for each depth image, at its stamp; its pose is interpolated
there, and the colour image nearest in time, within 20 ms, comes with it. Without `rgb.txt` there is depth alone.

Limitation: the lens distortion of freiburg1 and freiburg2 is not undone (freiburg3 comes rectified).
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Sequence
from pathlib import Path

from spatialmem.episodes.intrinsics import INTRINSICS_EXAMPLE, Intrinsics, read_intrinsics
from spatialmem.episodes.recording import FrameRecord, RgbdRecording, title_of
from spatialmem.episodes.trajectory import StampedPose, interpolate, parse_pose, parse_stamp_ns, read_rows
from spatialmem.errors import EpisodeError

__all__ = ["associate", "is_tum", "open_tum"]

DEPTH_UNIT_M = 1 / 5000
COLOR_APART_MAX_NS = 20_000_000
POSE_GAP_MAX_NS = 100_000_000

# The colour cameras' calibration as the benchmark publishes it under "File formats": depth is registered to colour.
PUBLISHED = {
    "freiburg1": Intrinsics(640, 480, 517.3, 516.5, 318.6, 255.3),
    "freiburg2": Intrinsics(640, 480, 520.9, 521.0, 325.1, 249.7),
    "freiburg3": Intrinsics(640, 480, 535.4, 539.2, 320.1, 247.6),
}


def is_tum(folder: Path) -> bool:
    """Whether this is the layout of a folder."""
    beside = (folder / "rgb.txt").is_file() or (folder / "groundtruth.txt").is_file()
    return beside and (folder / "depth.txt").is_file()


def open_tum(folder: Path, *, world: str = "world") -> RgbdRecording:
    """Read the lists of images and poses; images are read when their turn comes.

    Depth images without a true pose within 0.1 s on both sides are skipped: `left_out["depth_without_pose"]`. Those
    without colour are yielded without: `left_out["color_without_depth"]` counts colour images that fitted none.
    Raises EpisodeError with the line of what is damaged.
    """
    intrinsics = _intrinsics(folder)
    depths = _read_images(folder / "depth.txt")
    colors = sorted(_read_images(folder / "rgb.txt")) if (folder / "rgb.txt").exists() else []
    trajectory = _read_trajectory(folder / "groundtruth.txt")
    color_of = associate(
        [stamp for stamp, _ in depths], [stamp for stamp, _ in colors], apart_max_ns=COLOR_APART_MAX_NS
    )
    records = []
    for index, (stamp_ns, depth_path) in enumerate(depths):
        X_WC = interpolate(trajectory, stamp_ns, gap_max_ns=POSE_GAP_MAX_NS)
        if X_WC is None:
            continue
        color_path = colors[color_of[index]][1] if index in color_of else None
        records.append(FrameRecord(stamp_ns, depth_path, color_path, X_WC))
    if depths and not records:
        raise EpisodeError(
            f"{folder}: none of {len(depths)} depth images, the first at {depths[0][0] / 1e9:.6f} s, has poses within "
            f"0.1 s on both sides; groundtruth.txt has {len(trajectory)} poses. Are the stamps of one clock?"
        )
    return RgbdRecording(
        records,
        name=title_of(folder),
        world=world,
        camera=intrinsics.camera,
        depth_unit_m=intrinsics.depth_unit_m or DEPTH_UNIT_M,
        left_out={
            "depth_without_pose": len(depths) - len(records),
            "color_without_depth": len(colors) - len(color_of),
        },
    )


def associate(stamps_ns: Sequence[int], others_ns: Sequence[int], *, apart_max_ns: int) -> dict[int, int]:
    """Pair indices of two lists of stamps; `others_ns` is in order.

    Two stamps are a pair when each is the other's nearest and they are no further apart than allowed. Pairs are
    one to one and never cross: of two that crossed, one would have a nearer partner.
    """
    ordered = sorted(range(len(stamps_ns)), key=lambda i: stamps_ns[i])
    sorted_ns = [stamps_ns[i] for i in ordered]
    pairs = {}
    for rank, i in enumerate(ordered):
        j = _nearest(others_ns, stamps_ns[i])
        if j is None or abs(others_ns[j] - stamps_ns[i]) > apart_max_ns:
            continue
        if _nearest(sorted_ns, others_ns[j]) == rank:
            pairs[i] = j
    return pairs


def _nearest(sorted_ns: Sequence[int], stamp_ns: int) -> int | None:
    """Return the index of the nearest stamp, the first of equals; None of no stamps."""
    if not sorted_ns:
        return None
    after = bisect.bisect_left(sorted_ns, stamp_ns)
    if after == len(sorted_ns):
        return bisect.bisect_left(sorted_ns, sorted_ns[-1])
    if after == 0 or sorted_ns[after] - stamp_ns < stamp_ns - sorted_ns[after - 1]:
        return after
    return bisect.bisect_left(sorted_ns, sorted_ns[after - 1])


def _read_images(path: Path) -> list[tuple[int, Path]]:
    images = []
    for where, row in read_rows(path):
        if len(row) < 2:
            raise EpisodeError(f"{where}: '{' '.join(row)}' must be a stamp [s] and the name of an image file.")
        images.append((parse_stamp_ns(row[0], where), path.parent / row[1]))
    return images


def _read_trajectory(path: Path) -> list[StampedPose]:
    trajectory = []
    for where, row in read_rows(path):
        if len(row) != 8:
            raise EpisodeError(f"{where}: {len(row)} values; a pose has the 8 values stamp tx ty tz qx qy qz qw.")
        p_WC, q_WC = parse_pose(row[1:], where)
        trajectory.append(StampedPose(parse_stamp_ns(row[0], where), p_WC, q_WC))
    return sorted(trajectory, key=lambda pose: pose.stamp_ns)


def _intrinsics(folder: Path) -> Intrinsics:
    beside = folder / "intrinsics.json"
    if beside.exists():
        return read_intrinsics(beside)
    camera = re.search(r"freiburg[123]", folder.resolve().name)
    if camera is None:
        raise EpisodeError(
            f"{folder} does not say its camera: its name has none of {', '.join(PUBLISHED)} in it and there is no "
            f"intrinsics.json. Put one there, such as {INTRINSICS_EXAMPLE}; without depth_unit_m the unit is 1/5000 m."
        )
    return PUBLISHED[camera[0]]
