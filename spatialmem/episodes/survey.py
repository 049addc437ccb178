"""Takes stock of an episode in one pass: stamps, depth, colour, poses, and what the gate would reject."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float64

from spatialmem.config import Config
from spatialmem.episodes.report import Finding
from spatialmem.geometry import is_rigid
from spatialmem.protocols import Source
from spatialmem.types import Reason, Rejected, RgbdFrame

__all__ = ["FrameFacts", "Survey", "describe", "survey"]

STATISTICS_STEP = 4
"""Depth statistics are of every 4th row and column."""
SATURATED = 65535
REJECTED_MAX = 0.1
"""More than this share of rejected inputs is an error."""
VALID_MIN = 0.1
COMPARABLE_MIN = 0.05
"""Frames with a smaller share of valid depth are not compared."""
PERIOD_MIN_NS = 100_000
OTHER_KINDS = {
    "PointScan": "scans",
    "RobotState": "robot_states",
    "Detections": "detections",
    "Action": "actions",
    "Recall": "recalls",
}
"""Kinds of input besides frames, and the facts that count them."""


@dataclass(frozen=True, slots=True, eq=False)
class FrameFacts:
    """What is kept of one RGB-D frame.

    X_WC is None where the pose or the depth is no use for comparisons, depth_unit_m where depth is float.
    """

    index: int
    source: str
    X_WC: Float64[np.ndarray, "4 4"] | None
    depth_unit_m: float | None
    valid_share: float
    median_m: float
    far_m: float
    has_color: bool


@dataclass(slots=True)
class Survey:
    """What one pass over an episode found."""

    input_count: int = 0
    frames: list[FrameFacts] = field(default_factory=list)
    stamps_ns: dict[str, list[int]] = field(default_factory=dict)
    """By source and kind of input, as recorded."""
    kinds: Counter[str] = field(default_factory=Counter)
    """How many inputs of each kind: "RgbdFrame"."""
    admitted_frame_count: int = 0
    rejects: Counter[str] = field(default_factory=Counter)
    rejects_of: dict[str, Counter[str]] = field(default_factory=dict)
    """By kind: a few bad frames among many robot states are not few."""
    first_reject: dict[str, str] = field(default_factory=dict)
    """By reason, the gate's words for the first."""

    @property
    def depth_median_m(self) -> float:
        """The median over frames of their median depth, in the unit as given [m]; 0 where no frame has any."""
        medians = [frame.median_m for frame in self.frames if frame.valid_share > 0]
        return float(np.median(medians)) if medians else 0.0

    @property
    def path_absurd(self) -> bool:
        """Whether many frames are farther out, or farther apart in their time, than the gate believes."""
        rejects = self.rejects_of.get(RgbdFrame.__name__, Counter())
        beyond = rejects[Reason.OUTSIDE_WORLD.value] + rejects[Reason.TELEPORT.value]
        return beyond > REJECTED_MAX * len(self.frames)


def survey(source: Source) -> Survey:
    """Read the whole episode once."""
    from spatialmem.gate import GateState, admit

    state, config = GateState(), Config(world=source.world)
    found = Survey()
    for index, x in enumerate(source):
        kind = type(x).__name__
        found.input_count += 1
        found.kinds[kind] += 1
        found.stamps_ns.setdefault(f"{x.source} {kind}", []).append(x.stamp_ns)
        answer, state = admit(x, state, config)
        if isinstance(answer, Rejected):
            found.rejects[answer.reason.value] += 1
            found.rejects_of.setdefault(kind, Counter())[answer.reason.value] += 1
            found.first_reject.setdefault(answer.reason.value, answer.detail)
        elif isinstance(x, RgbdFrame):
            found.admitted_frame_count += 1
        if isinstance(x, RgbdFrame):
            found.frames.append(_facts(index, x))
    return found


def _facts(index: int, frame: RgbdFrame) -> FrameFacts:
    depth = frame.depth[::STATISTICS_STEP, ::STATISTICS_STEP]
    is_float = depth.dtype != np.uint16
    valid = depth[np.isfinite(depth) & (depth > 0)] if is_float else depth[(depth > 0) & (depth < SATURATED)]
    unit_m = 1.0 if is_float else frame.depth_unit_m
    camera = frame.camera
    comparable = frame.depth.shape == (camera.height, camera.width) and camera.fx > 0 and camera.fy > 0
    comparable = comparable and valid.size >= COMPARABLE_MIN * depth.size and is_rigid(frame.X_WC, 1e-2)
    median, far = np.percentile(valid, (50, 95)) if valid.size else (0.0, 0.0)
    return FrameFacts(
        index=index,
        source=frame.source,
        X_WC=frame.X_WC if comparable and valid.size else None,
        depth_unit_m=None if is_float else frame.depth_unit_m,
        valid_share=valid.size / max(1, depth.size),
        median_m=float(median) * unit_m,
        far_m=float(far) * unit_m,
        has_color=frame.color is not None,
    )


def describe(found: Survey) -> tuple[list[Finding], dict[str, float | int | str]]:
    """Return findings and facts about everything but conventions."""
    facts: dict[str, float | int | str] = {"inputs": found.input_count, "frames": len(found.frames)}
    facts.update({fact: found.kinds[kind] for kind, fact in OTHER_KINDS.items() if found.kinds[kind]})
    findings = [*_judge_stamps(found, facts), *_judge_rejects(found, facts)]
    if not found.frames:
        message = f"there is no RGB-D frame among {found.input_count} inputs; only those can be compared."
        severity = "warning" if found.input_count else "error"
        return [*findings, Finding("no_frames", severity, message, "record depth images with poses.")], facts
    facts["path_length_m"] = round(_path_length_m(found.frames), 3)
    return [*findings, *_judge_images(found, facts)], facts


def _judge_stamps(found: Survey, facts: dict[str, float | int | str]) -> list[Finding]:
    steps_ns = [b - a for stamps in found.stamps_ns.values() for a, b in itertools.pairwise(stamps)]
    if not steps_ns:
        return []
    backwards, repeated = sum(step < 0 for step in steps_ns), steps_ns.count(0)
    of_frames = [stamps for name, stamps in found.stamps_ns.items() if name.endswith(f" {RgbdFrame.__name__}")]
    told = of_frames or found.stamps_ns.values()  # how often the robot tells where it is is not the rate of an episode
    forward = sorted(b - a for stamps in told for a, b in itertools.pairwise(stamps) if b > a)
    every = [stamp for stamps in found.stamps_ns.values() for stamp in stamps]
    facts["duration_s"] = round((max(every) - min(every)) / 1e9, 3)
    findings = []
    if backwards:
        message = f"{backwards} of {len(steps_ns)} stamps go backwards within their source."
        findings.append(Finding("stamps_backwards", "error", message, "sort the inputs by stamp, or mend the clock."))
    if repeated:
        message = f"{repeated} stamps repeat the one before; the gate takes such inputs for duplicates."
        findings.append(Finding("stamps_duplicate", "warning", message, "give each input its own stamp_ns."))
    if forward:
        period_ns = forward[len(forward) // 2]
        facts["rate_hz"] = round(1e9 / period_ns, 3)
        if period_ns < PERIOD_MIN_NS:
            message = f"the median step between stamps is {period_ns} ns, which is {1e9 / period_ns:.0f} Hz."
            findings.append(Finding("stamp_unit", "warning", message, "stamp_ns is in nanoseconds; multiply by 1000."))
    return findings


def _judge_rejects(found: Survey, facts: dict[str, float | int | str]) -> list[Finding]:
    rejected = sum(found.rejects.values())
    facts["rejected"] = rejected
    facts["teleports"] = found.rejects[Reason.TELEPORT.value]
    findings = []
    for reason, count in found.rejects.most_common():
        facts[f"rejected_{reason}"] = count
        many = any(of[reason] > REJECTED_MAX * found.kinds[kind] for kind, of in found.rejects_of.items())
        severity = "error" if many else "warning"
        message = f"the gate would reject {count} of {found.input_count} inputs for {reason}; the first: "
        findings.append(Finding(f"rejected_{reason}", severity, message + found.first_reject[reason]))
    return findings


def _judge_images(found: Survey, facts: dict[str, float | int | str]) -> list[Finding]:
    frames = found.frames
    filled = [frame for frame in frames if frame.valid_share > 0]
    valid_share = float(np.mean([frame.valid_share for frame in frames]))
    colored = sum(frame.has_color for frame in frames)
    facts["depth_valid_share"] = round(valid_share, 4)
    facts["color_frames"] = colored
    if filled:
        facts["depth_median_m"] = float(f"{found.depth_median_m:.4g}")
        facts["depth_far_m"] = float(f"{np.median([frame.far_m for frame in filled]):.4g}")
    findings = []
    if valid_share < VALID_MIN:
        message = f"only {valid_share:.1%} of the depth pixels hold a distance."
        findings.append(Finding("few_valid_depth", "warning", message, "check the sensor, its range and its files."))
    if colored < len(frames):
        message = f"{len(frames) - colored} of {len(frames)} frames have no colour; the map does not need it."
        findings.append(Finding("no_color", "info", message))
    return findings


def _path_length_m(frames: Sequence[FrameFacts]) -> float:
    """Measure the path, source by source; poses that cannot be used are the gate's to report."""
    length_m = 0.0
    for source in sorted({frame.source for frame in frames}):
        p_WC = np.array([f.X_WC[:3, 3] for f in frames if f.source == source and f.X_WC is not None])
        if len(p_WC) > 1:
            length_m += float(np.sqrt(np.square(np.diff(p_WC, axis=0)).sum(axis=1)).sum())
    return length_m
