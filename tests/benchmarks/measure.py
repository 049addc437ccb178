"""What every benchmark here shares: the machine it ran on, the office walk, fair timing, and one table."""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from recordings import DATA, OFFICE_WALK, office_walk_frames

__all__ = ["best_s", "machine", "office_walk", "office_walk_colors", "prototype_folder", "show", "timed_ms"]

RANGE_MAX_M = 5.0


def machine() -> str:
    """The processor, its count, and the versions that matter."""
    import numba

    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line.split(":")[1].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line]
        model = names[0] if names else model
    return f"{model}, {os.cpu_count()} cores, Python {platform.python_version()}, Numba {numba.__version__}"


def office_walk(every: int = 1):
    """Depth images, their camera and poses: cut to 528x352, which the prototype needs. Exits where absent."""
    if not OFFICE_WALK.exists():
        sys.exit(f"the office walk is not under {DATA}; set SPATIALMEM_DATA to the folder that holds office_walk/.")
    from spatialmem import Pinhole

    frames = list(office_walk_frames(slice(None, None, every)))
    full = frames[0][1]
    camera = Pinhole(528, 352, full.fx, full.fy, full.cx, full.cy)
    return [np.ascontiguousarray(depth[:352, :528]) for depth, _, _ in frames], camera, [X for _, _, X in frames]


def office_walk_colors():
    """The colour images of `office_walk()`, RGB, cut alike."""
    import csv

    import cv2

    for row in csv.DictReader((OFFICE_WALK / "frames.csv").open()):
        image = cv2.imread(str(OFFICE_WALK / row["color"]), cv2.IMREAD_COLOR)
        assert image is not None
        yield np.ascontiguousarray(image[:352, :528, ::-1])


def prototype_folder() -> Path | None:
    """Where the shared octree prototype is, if it is."""
    folder = Path(os.environ.get("SPATIALMEM_PROTOTYPE") or DATA.parent / "reference" / "octree_prototype")
    return folder if (folder / "nbpool2.py").exists() else None


def timed_ms(call: Callable[..., object], *arguments: object, **options: object) -> float:
    """How long one call takes [ms]."""
    start = time.perf_counter()
    call(*arguments, **options)
    return 1e3 * (time.perf_counter() - start)


def best_s(call: Callable[[], object], repeats: int = 5) -> float:
    """The best time of a few runs [s]."""
    return min(timed_ms(call) for _ in range(repeats)) / 1e3


def show(title: str, columns: list[str], rows: list[list[str]]) -> None:
    """Print one table, with the machine below it."""
    table = Table(title=title, caption=machine())
    for column in columns:
        table.add_column(column, justify="left" if column == columns[0] else "right")
    for row in rows:
        table.add_row(*row)
    Console(width=140).print(table)
