"""The detections of one frame: which are looked at, and where they are."""

from __future__ import annotations

from typing import NamedTuple

from spatialmem.config import ShortTermConfig
from spatialmem.shortterm.leaving import Left
from spatialmem.shortterm.lift import Lifted, lift
from spatialmem.types import Detection, Detections, RgbdFrame

__all__ = ["LOOKED_AT_MAX", "Detected", "Pictured", "Placed", "placed"]

LOOKED_AT_MAX = 100
"""So many detections of one frame are looked at, those with the highest scores: as many as COCO's evaluation counts."""


class Placed(NamedTuple):
    """Detections that have a place, each with it, and how many have none."""

    items: list[Detection]
    lifted: list[Lifted]
    misfits: int
    """They are of a picture of another size than the frame."""
    unplaced: int
    """They have no depth within the range."""


class Pictured(NamedTuple):
    """An object that a frame shows well enough to keep a picture of it."""

    object_id: int
    detection: Detection
    frame: RgbdFrame


class Detected(NamedTuple):
    """What the detections of one frame did to the objects."""

    pictured: tuple[Pictured, ...]
    """Those that it shows well enough for a picture."""
    seen: tuple[tuple[int, Lifted], ...]
    """The ids of those that it shows, and how."""
    gone: dict[int, int]
    """Those that are no longer kept, and what stands for each now; 0 for nothing."""
    left: tuple[Left, ...]
    """Those that had to go for others, as they were: whoever keeps them may give them back."""


def placed(found: Detections, frame: RgbdFrame, config: ShortTermConfig, *, range_max_m: float) -> Placed:
    """Return where the best of a frame's detections are; depth is believed up to range_max_m."""
    wanted = [item for item in found.items if item.score >= config.score_min]
    wanted = sorted(wanted, key=lambda item: -item.score)[:LOOKED_AT_MAX]
    fitting = [item for item in wanted if _fits(item, frame)]
    pairs = [(item, lift(item, frame, settings=config, range_max_m=range_max_m)) for item in fitting]
    items = [item for item, one in pairs if one is not None]
    lifted = [one for _, one in pairs if one is not None]
    return Placed(items, lifted, misfits=len(wanted) - len(fitting), unplaced=len(fitting) - len(items))


def _fits(item: Detection, frame: RgbdFrame) -> bool:
    """Return whether a detection is of a picture of this size: its mask is, or some of its box is in it."""
    if item.mask is not None:
        return item.mask.shape == frame.depth.shape
    height, width = frame.depth.shape
    return item.box_px is not None and item.box_px[0] < width - 0.5 and item.box_px[1] < height - 0.5
