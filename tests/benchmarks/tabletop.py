"""Things matched in the labelled tabletop scenes, one set of settings for all: python tests/benchmarks/tabletop.py"""

from __future__ import annotations

import sys

import numpy as np
from measure import DATA, best_s, show
from tabletop_scenes import FOLDER, matched, scenes  # after measure, which puts tests/support on the path

from perception import TabletopSegmenter, TabletopSettings
from spatialmem import RgbdFrame


def row(name: str, frame: RgbdFrame, truth: np.ndarray, segmenter: TabletopSegmenter) -> list[str]:
    """Masks, things matched at two overlaps, and seconds."""
    masks = [item.mask for item in segmenter.detect(frame) if item.mask is not None]
    shares = ["{}/{}".format(*matched(masks, truth, iou)) for iou in (0.5, 0.9)]
    return [name, str(len(masks)), *shares, f"{1e3 * best_s(lambda: segmenter.detect(frame), 3):.0f}"]


if __name__ == "__main__":
    if not FOLDER.exists():
        sys.exit(f"the labelled scenes are not under {DATA}; set SPATIALMEM_DATA to what holds tabletop_labelled/.")
    segmenter = TabletopSegmenter(TabletopSettings(level_max_rad=None))  # where up is, the scenes do not say
    rows = [row(name, frame, truth, segmenter) for name, (frame, truth) in scenes().items()]
    show("Tabletop", ["scene", "masks", "IoU >= 0.5", "IoU >= 0.9", "ms, best of 3"], rows)
