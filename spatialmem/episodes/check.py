"""Says whether an episode is any good, and what to mend: units, up axis, direction of poses, camera convention.

Two passes over the source: one takes stock (`survey`), one compares pairs of frames with motion between them under
every convention that people mix up (`conventions`). Nothing is learnt from file names; only data is judged.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float32, Float64

from spatialmem.episodes.conventions import AS_GIVEN, CONVENTIONS, Verdict, judge, score_pair
from spatialmem.episodes.playback import judge_playback
from spatialmem.episodes.report import EpisodeReport, Finding, HypothesisScore
from spatialmem.episodes.reprojection import MOTION_MIN_M, choose_pairs, sample_points, view_of
from spatialmem.episodes.survey import FrameFacts, Survey, describe, survey
from spatialmem.episodes.upright import judge_up, sample_normals
from spatialmem.errors import InputError
from spatialmem.protocols import Source
from spatialmem.types import RgbdFrame

__all__ = ["EpisodeReport", "Finding", "HypothesisScore", "check_episode"]


@dataclass(slots=True)
class _Comparisons:
    """What the second pass gathers: scores of pairs, and surface normals with the pose as given."""

    scores: list[Float64[np.ndarray, "2 k"]] = field(default_factory=list)
    normals: list[tuple[Float64[np.ndarray, "4 4"], Float32[np.ndarray, "n 3"]]] = field(default_factory=list)


def check_episode(source: Source, *, pairs_max: int = 40) -> EpisodeReport:
    """Judge an episode; `source` is read twice, and at most `pairs_max` pairs of frames are compared.

    Finds what a memory would suffer from, each with its fix: `pose_inverted`, `opengl_camera`, `body_camera`,
    `left_handed`, `upside_down`, `depth_unit`, `pose_unit`, `up_axis`, `world_tilted`, `poses_disagree`,
    `unreadable_image`, `stamps_backwards`, `stamps_duplicate`, `stamp_unit`, `few_valid_depth`, `rejected_REASON`,
    `no_color`, `no_frames`, `left_out_REASON`, `taken_for_granted`; and `cannot_judge` or `unresolved` where the data
    cannot tell. Errors come first, causes before what follows from them. Raises InputError if pairs_max is below 1.
    """
    if pairs_max < 1:
        raise InputError(f"pairs_max is {pairs_max}; it must be 1 or more.")
    found = survey(source)
    findings, facts = describe(found)
    findings = judge_playback(source, findings, facts)
    if not found.frames:
        return EpisodeReport(source.name, _ordered(findings), facts, ())
    compared = _compare(source, _pairs(found, pairs_max))
    verdict = judge(
        _stacked(compared),
        found.frames[0].depth_unit_m,
        depth_median_m=found.depth_median_m,
        path_absurd=found.path_absurd,
    )
    up_findings, up_facts = _judge_up(found.frames, compared, verdict)
    facts.update({"pairs": len(compared.scores), "convention": str(verdict.convention)})
    facts.update(up_facts)
    if verdict.scores:
        as_given = next(score for score in verdict.scores if score.name == str(AS_GIVEN))
        facts["agreement"], facts["error_mm"] = round(as_given.agreement, 4), round(as_given.error_mm, 2)
    findings = [*verdict.findings, *up_findings, *findings]
    if not found.admitted_frame_count:  # moving the camera would not help: the rejections say what would
        findings = [finding for finding in findings if finding.name != "cannot_judge"]
    return EpisodeReport(source.name, _ordered(findings), facts, verdict.scores)


def _ordered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return errors first, then warnings; within each, unread files before conventions before what they lead to."""
    severities = ("error", "warning", "info")
    return tuple(sorted(findings, key=lambda f: (severities.index(f.severity), f.name != "unreadable_image")))


def _pairs(found: Survey, pairs_max: int) -> list[tuple[int, int]]:
    """Choose pairs within each camera; return places in the episode.

    Where positions are beyond belief they may be in millimetres: neighbours would seem to be far apart.
    """
    pairs, frames = [], found.frames
    motion_min_m = MOTION_MIN_M * (1000 if found.path_absurd else 1)
    cameras = sorted({frame.source for frame in frames})
    for camera in cameras:
        usable = [(f.index, f.X_WC) for f in frames if f.source == camera and f.X_WC is not None]
        if usable:
            poses = np.stack([X_WC for _, X_WC in usable])
            chosen = choose_pairs(poses, pairs_max=max(1, pairs_max // len(cameras)), motion_min_m=motion_min_m)
            pairs += [(usable[a][0], usable[b][0]) for a, b in chosen]
    return pairs


def _compare(source: Source, pairs: list[tuple[int, int]]) -> _Comparisons:
    """Read the episode again and score every pair when its second frame comes by."""
    firsts, ends = {a for a, _ in pairs}, {b: [] for _, b in pairs}
    for a, b in pairs:
        ends[b].append(a)
    last = max(ends, default=-1)
    compared, points, poses = _Comparisons(), {}, {}
    for index, frame in enumerate(source):
        if index > last:
            break
        if not isinstance(frame, RgbdFrame) or (index not in firsts and index not in ends):
            continue
        view = view_of(frame)
        for a in ends.get(index, ()):
            compared.scores.append(score_pair(points[a], poses[a], frame.X_WC, view))
        if index in firsts:
            points[index], poses[index] = sample_points(view), frame.X_WC
            compared.normals.append((frame.X_WC, sample_normals(view)))
    return compared


def _stacked(compared: _Comparisons) -> Float64[np.ndarray, "p 2 k"]:
    """Return the scores as one array, without pairs that show each other nothing under any convention."""
    scores = [score for score in compared.scores if score[0].max() > 0]
    return np.stack(scores) if scores else np.zeros((0, 2, len(CONVENTIONS)))


def _judge_up(
    frames: list[FrameFacts], compared: _Comparisons, verdict: Verdict
) -> tuple[list[Finding], dict[str, float | int | str]]:
    """Judge the up direction in the convention that holds; a left-handed world has to be mended first."""
    if "left_handed" in verdict.convention.changes:
        return [], {}
    right = verdict.convention.camera_in_world
    normals_W = [(normals_C @ right(X)[:3, :3].T).astype(np.float32) for X, normals_C in compared.normals]
    cameras = [right(frame.X_WC) for frame in frames if frame.X_WC is not None]
    return judge_up(cameras, np.concatenate(normals_W) if normals_W else np.zeros((0, 3), np.float32))
