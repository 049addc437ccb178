"""The labelled tabletop scenes (mOSD, PCD files) as frames with the true object of every pixel."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from recordings import DATA

from spatialmem import Pinhole, RgbdFrame

FOLDER = DATA / "tabletop_labelled"
CAMERA = Pinhole(640, 480, 525.0, 525.0, 319.5, 239.5)  # what the points' x / z and y / z say, to 1e-7 px
TABLE = 1
"""The label of what things stand on; 0 is no label. All above are things."""


def scenes() -> dict[str, tuple[RgbdFrame, np.ndarray]]:
    """By name: the frame, and its labels, shape (480, 640). Where up is in them is not known."""
    return {path.stem: _scene(path) for path in sorted(FOLDER.glob("*.pcd"))}


def matched(masks: list[np.ndarray], truth: np.ndarray, iou_min: float = 0.5) -> tuple[int, int]:
    """How many true things have a mask of their own that overlaps by iou_min, and how many there are."""
    things = [truth == number for number in np.unique(truth) if number > TABLE]
    best = [max(((m & t).sum() / (m | t).sum() for m in masks), default=0.0) for t in things]
    return sum(iou >= iou_min for iou in best), len(things)  # above 0.5 no mask can serve two


def _scene(path: Path) -> tuple[RgbdFrame, np.ndarray]:
    data = path.read_bytes()
    head, _, _ = data.partition(b"DATA binary_compressed\n")
    assert b"FIELDS label x y z rgba" in head
    at = len(head) + len(b"DATA binary_compressed\n")
    packed, size = np.frombuffer(data[at : at + 8], "<u4").tolist()
    raw = np.frombuffer(_unpacked(data[at + 8 : at + 8 + packed], size), "<u4").reshape(5, 480, 640)
    z, rgba = raw[3].view("<f4"), raw[4]
    color = np.stack([rgba >> shift & 255 for shift in (16, 8, 0)], axis=-1).astype(np.uint8)
    frame = RgbdFrame(
        source=path.stem,
        stamp_ns=1,
        received_ns=1,
        depth=np.rint(np.nan_to_num(z) * 1000).astype(np.uint16),
        camera=CAMERA,
        X_WC=np.eye(4),
        color=color,
    )
    return frame, raw[0].astype(np.int64)


def _unpacked(data: bytes, size: int) -> bytes:
    """LZF (M. Lehmann's liblzf): runs of plain bytes, and copies of what came before."""
    out, at = bytearray(), 0
    while at < len(data):
        control = data[at]
        at += 1
        if control < 32:
            out += data[at : at + control + 1]
            at += control + 1
            continue
        length = control >> 5
        if length == 7:
            length += data[at]
            at += 1
        start = len(out) - ((control & 31) << 8) - data[at] - 1
        at += 1
        for i in range(start, start + length + 2):  # one by one: a copy may run into itself
            out.append(out[i])
    assert len(out) == size
    return bytes(out)
