"""How often what rests is said to move, in a real recording: python tests/benchmarks/objects_at_rest.py [MODEL.onnx]

In the office walk nothing moves but the camera. FastestDet gives boxes without outlines, often of a part or of a
neighbour. Every sighting of a confirmed object after which it has a velocity is wrong. One walk has few of them, so it
is seen eight times: as it was, backwards, at half the rate, and with a fifth of the detections left out by chance.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from measure import show
from recordings import DATA, OFFICE_WALK

import spatialmem as sm
from perception import OnnxDetector
from spatialmem.config import ShortTermConfig
from spatialmem.shortterm import Lifted, ShortTerm, lift

RANGE_MAX_M = 5.0
LEFT_OUT = 0.2
GAP_S = 0.5
PART_SHARE = 0.6
CAUSES = "another's label", "a gap before", "a part of it", "none of these"


@dataclass
class Seen:
    """One frame: what was found in it and lifted."""

    stamp_ns: int
    X_WC: np.ndarray
    lifted: list[Lifted]


@dataclass
class RestScore:
    """How often confirmed objects were said to move."""

    sightings: int = 0
    moving: int = 0
    ever: set[int] = field(default_factory=set)
    at_the_end: int = 0
    confirmed: int = 0
    causes: dict[str, int] = field(default_factory=lambda: dict.fromkeys(CAUSES, 0))
    """Of the sightings after which an object that rested before is said to move."""


def walk(model: Path) -> list[Seen]:
    """Look at every frame of the office walk."""
    detector, settings, frames = OnnxDetector(model), ShortTermConfig(), []
    for frame in sm.open_episode(OFFICE_WALK):
        assert isinstance(frame, sm.RgbdFrame)
        found = (lift(x, frame, settings=settings, range_max_m=RANGE_MAX_M) for x in detector.detect(frame))
        frames.append(Seen(frame.stamp_ns, frame.X_WC, [one for one in found if one is not None]))
    return frames


def variants(frames: list[Seen]) -> dict[str, list[Seen]]:
    """Return the walk as it was and in other ways that are as likely."""
    both_ends_ns = frames[0].stamp_ns + frames[-1].stamp_ns
    found = {
        "as it was": frames,
        "backwards": [Seen(both_ends_ns - x.stamp_ns, x.X_WC, x.lifted) for x in reversed(frames)],
        "even frames": frames[::2],
        "odd frames": frames[1::2],
    }
    for seed in range(4):
        rng = np.random.default_rng(seed)
        found[f"a fifth left out, {seed}"] = [
            Seen(x.stamp_ns, x.X_WC, [one for one in x.lifted if rng.random() >= LEFT_OUT]) for x in frames
        ]
    return found


def score_of(frames: list[Seen]) -> RestScore:
    """Remember what a walk shows, and count."""
    memory, score = ShortTerm(ShortTermConfig()), RestScore()
    for seen in frames:
        before = memory.view()
        ids = memory.see(seen.lifted, stamp_ns=seen.stamp_ns, X_WC=seen.X_WC, source="detector")
        view = memory.view()
        for object_id, shown in {i: one for i, one in zip(ids, seen.lifted, strict=True) if i is not None}.items():
            now, was = view.object(object_id), before.object(object_id)
            if isinstance(now, sm.Unknown) or not now.confirmed:
                continue
            score.sightings += 1
            if now.velocity_W_m_s.any():
                score.moving += 1
                score.ever.add(object_id)
                if not isinstance(was, sm.Unknown) and not was.velocity_W_m_s.any():
                    score.causes[cause(was, now, shown)] += 1
    score.confirmed = len(memory.view())
    score.at_the_end = sum(bool(one.velocity_W_m_s.any()) for one in memory.view().objects())
    return score


def cause(was: sm.ObjectState, now: sm.ObjectState, shown: Lifted) -> str:
    """Return what is odd about the sighting that made an object move."""
    if shown.label != was.label:
        return CAUSES[0]
    if now.stamp_ns - was.stamp_ns > GAP_S * 1e9:
        return CAUSES[1]
    return CAUSES[2] if (np.sort(shown.size_m) < PART_SHARE * np.sort(was.size_m)).any() else CAUSES[3]


def told(score: RestScore) -> list[str]:
    """A score in words."""
    share = 100 * score.moving / max(score.sightings, 1)
    return [str(score.confirmed), str(score.sightings), f"{score.moving}: {share:.2f} %", str(len(score.ever)),
            str(score.at_the_end), *(str(score.causes[name]) for name in CAUSES)]  # fmt: skip


def main() -> None:
    """Print one row for each way to see the walk."""
    model = Path(sys.argv[1]) if len(sys.argv) > 1 else DATA / "models" / "FastestDet.onnx"
    if not OFFICE_WALK.exists() or not model.exists():
        sys.exit(f"the office walk or {model.name} is not under {DATA}; set SPATIALMEM_DATA to the folder with both.")
    columns = ["walk", "confirmed", "sightings of them", "said to move", "objects", "at the end",
               *(f"began with {name}" for name in CAUSES)]  # fmt: skip
    show("what rests", columns, [[name, *told(score_of(x))] for name, x in variants(walk(model)).items()])


if __name__ == "__main__":
    main()
