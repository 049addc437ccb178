"""Which conventions of poses and depth make frames agree: the mistakes people make, tried one by one.

A convention says how to get X_WC and metres from what was given: invert the pose or not, turn the camera's axes,
multiply the depth. Frames transported by the right one agree; no other comes near where the camera moves enough.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from jaxtyping import Float32, Float64

from spatialmem.episodes.report import Finding, HypothesisScore
from spatialmem.episodes.reprojection import DepthView, compare, relative_pose
from spatialmem.geometry import inverse

__all__ = ["AS_GIVEN", "CONVENTIONS", "Convention", "Verdict", "judge", "score_pair"]


class _Axes(NamedTuple):
    """A camera frame G in which poses may have been given: X_WC = X_WG X_GC."""

    X_GC: Float64[np.ndarray, "4 4"]
    message: str
    fix: str


_OPENGL = np.diag([1.0, -1.0, -1.0, 1.0])
_BODY = np.array([[0.0, 0, 1, 0], [-1, 0, 0, 0], [0, -1, 0, 0], [0, 0, 0, 1]])
_AXES = {
    "opengl_camera": _Axes(
        _OPENGL,
        "the poses are of an OpenGL camera, which looks along -z with y up (Blender, ARKit, NeRF)",
        "give X_WC = X @ diag(1, -1, -1, 1): z forward, x right, y down.",
    ),
    "body_camera": _Axes(
        _BODY,
        "the poses are of a body, x forward and z up (ROS camera_link), not of its camera's optical frame",
        "give X_WC = X @ [[0, 0, 1, 0], [-1, 0, 0, 0], [0, -1, 0, 0], [0, 0, 0, 1]]: z forward, x right, y down.",
    ),
    "left_handed": _Axes(
        np.diag([1.0, -1.0, 1.0, 1.0]),
        "the poses are left-handed, with y up (Unity, ICL-NUIM)",
        "give X_WC = S @ X @ S with S = diag(1, -1, 1, 1), then turn the world so that z is up.",
    ),
    "upside_down": _Axes(
        np.diag([-1.0, -1.0, 1.0, 1.0]),
        "the images are upside down against the poses",
        "turn the images by 180 degrees, or give X_WC = X @ diag(-1, -1, 1, 1).",
    ),
}
_DEPTH_FACTORS = (2e-4, 1e-3, 1e-2, 0.02, 0.1, 0.2, 0.25, 0.5, 2.0, 4.0, 5.0, 10.0, 50.0, 100.0, 1e3, 5e3)
_INVERTED_MESSAGE = "the poses are inverted: they are X_CW, the world in the camera"
_INVERTED_FIX = "give X_WC, the camera in the world: numpy.linalg.inv(X)."

PAIRS_MIN = 4
CLEARLY = 0.15
"""A convention is named only if its agreement is ahead of what was given by this much, on most pairs."""
FITS, UNFIT = 0.4, 0.25
"""Below the first agreement no convention is believed; below the second, on many pairs, the data is no use."""
MANY = 10
TIE = 0.02
PLAUSIBLE_MIN_M, PLAUSIBLE_MAX_M = 0.2, 20.0
"""Between these the median depth of a recording usually lies; a unit that puts it there is not the first to doubt."""
SEEN_MIN_M, SEEN_MAX_M = 0.05, 60.0
"""Beyond these no median depth lies: a fix that would put it there is the wrong one (the gate would refuse it)."""
_UNITS = {1e3: "millimetres", 100.0: "centimetres", 10.0: "decimetres", 1e-3: "kilometres"}


@dataclass(frozen=True, slots=True, eq=False)
class Convention:
    """One way to read what was given. `changes` names what would have to be mended, () if nothing.

    Depth too small by a factor and positions too large by it look the same from frame to frame: "depth_unit" in
    `changes` blames the depth, "pose_unit" the positions.
    """

    changes: tuple[str, ...]
    inverted: bool
    X_GC: Float64[np.ndarray, "4 4"]
    depth_factor: float

    def __str__(self) -> str:
        unit = "no translation" if math.isinf(self.depth_factor) else f"depth_unit x {self.depth_factor:g}"
        said = {"depth_unit": unit, "pose_unit": f"pose_unit / {self.depth_factor:g}"}
        return " + ".join(said.get(name, name) for name in self.changes) or "as given"

    def camera_in_world(self, X: Float64[np.ndarray, "4 4"]) -> Float64[np.ndarray, "4 4"]:
        """Return X_WC of a pose given in this convention (a reflection for left-handed ones)."""
        return (inverse(X) if self.inverted else X) @ self.X_GC

    def blaming_positions(self) -> Convention:
        """Return the same convention with the positions in another unit, not the depth."""
        if math.isinf(self.depth_factor):
            return self
        return replace(self, changes=tuple(name.replace("depth_unit", "pose_unit") for name in self.changes))


def _all_conventions() -> tuple[Convention, ...]:
    """Return every combination, in order of how much it changes; the first is "as given".

    Infinite depth is the same as no translation. It is never right, but any other factor has to do better.
    """
    conventions = [
        Convention(
            ("pose_inverted",) * inverted + ((axes,) if axes else ()) + ("depth_unit",) * (factor != 1.0),
            inverted,
            _AXES[axes].X_GC if axes else np.eye(4),
            factor,
        )
        for inverted in (False, True)
        for axes in (None, *_AXES)
        for factor in (1.0, *_DEPTH_FACTORS, math.inf)
    ]
    return tuple(sorted(conventions, key=lambda convention: len(convention.changes)))


CONVENTIONS = _all_conventions()
AS_GIVEN = CONVENTIONS[0]
_NO_TRANSLATION = {(c.inverted, c.X_GC.tobytes()): k for k, c in enumerate(CONVENTIONS) if math.isinf(c.depth_factor)}


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """What the pairs say: the convention that holds, findings about it, and the scores to show."""

    convention: Convention
    findings: tuple[Finding, ...]
    scores: tuple[HypothesisScore, ...]


def score_pair(
    points_A: Float32[np.ndarray, "n 3"],
    X_A: Float64[np.ndarray, "4 4"],
    X_B: Float64[np.ndarray, "4 4"],
    view_B: DepthView,
) -> Float64[np.ndarray, "2 k"]:
    """Return agreement and median error [m] of a pair of frames under each of CONVENTIONS.

    Depth times a factor is scored as translation divided by it: agreement is relative to the depth.
    """
    relative: dict[tuple[bool, bytes], Float64[np.ndarray, "4 4"]] = {}
    scores = np.empty((2, len(CONVENTIONS)))
    for k, convention in enumerate(CONVENTIONS):
        key = (convention.inverted, convention.X_GC.tobytes())
        if key not in relative:
            relative[key] = relative_pose(convention.camera_in_world(X_A), convention.camera_in_world(X_B))
        X_BA = relative[key].copy()
        X_BA[:3, 3] /= convention.depth_factor
        agreement = compare(points_A, X_BA, view_B)
        scores[:, k] = agreement.share, agreement.error_m * convention.depth_factor
    return scores


def judge(
    scores: Float64[np.ndarray, "p 2 k"],
    depth_unit_m: float | None,
    *,
    depth_median_m: float = math.nan,
    path_absurd: bool = False,
) -> Verdict:
    """Weigh the scores of p pairs. What was given is doubted only if something else is clearly better.

    depth_unit_m: the unit as given, for the fix to name; None of float depth. depth_median_m: the depth as given, and
    path_absurd: whether the positions as given are beyond belief; they tell which of the two is in another unit.
    """
    if len(scores) < PAIRS_MIN:
        message = (
            f"units and conventions could not be checked: {len(scores)} pairs of frames with enough motion and depth "
            f"between them, {PAIRS_MIN} are needed."
        )
        return Verdict(AS_GIVEN, (Finding("cannot_judge", "warning", message, "record while the camera moves."),), ())
    shares, mean = scores[:, 0], scores[:, 0].mean(axis=0)
    best = _simplest(mean)
    wins = np.count_nonzero(shares[:, best] > shares[:, 0]) / len(shares)
    named = bool(best != 0 and mean[best] >= FITS and mean[best] - mean[0] >= CLEARLY and wins >= 2 / 3)
    holds = CONVENTIONS[best if named else 0]
    positions = named and _positions_to_blame(holds.depth_factor, depth_median_m, path_absurd)
    holds = holds.blaming_positions() if positions else holds
    findings = _name(holds, mean, best, depth_unit_m) if named else _doubts(mean, best, len(scores))
    return Verdict(holds, tuple(findings), _table(scores, positions=positions))


def _positions_to_blame(factor: float, depth_median_m: float, path_absurd: bool) -> bool:
    """Whether it is the positions that are in another unit, where depth differs from them by a factor.

    The depth as given has to be plausible, and either the positions as given are not, or the mended depth would not be.
    """
    if factor == 1.0 or not PLAUSIBLE_MIN_M <= depth_median_m <= PLAUSIBLE_MAX_M:
        return False
    return (factor > 1 and path_absurd) or not SEEN_MIN_M <= depth_median_m * factor <= SEEN_MAX_M


def _simplest(mean: Float64[np.ndarray, "k"]) -> int:
    """Return the best convention; among those as good within a hair, the one that changes least.

    Another unit of depth is believed only if it makes the translations agree better than none at all would: where
    positions are wrong, depth beyond all measure would look best, because they would not matter.
    """
    believable = [k for k in range(len(CONVENTIONS)) if _believable(k, mean)]
    highest = max(mean[k] for k in believable)
    tied = [k for k in believable if mean[k] >= highest - TIE]
    fewest = min(len(CONVENTIONS[k].changes) for k in tied)
    return int(max((k for k in tied if len(CONVENTIONS[k].changes) == fewest), key=lambda k: mean[k]))


def _believable(k: int, mean: Float64[np.ndarray, "k"]) -> bool:
    convention = CONVENTIONS[k]
    if convention.depth_factor == 1.0:
        return True
    return bool(mean[k] >= mean[_NO_TRANSLATION[convention.inverted, convention.X_GC.tobytes()]] + CLEARLY)


def _name(
    convention: Convention, mean: Float64[np.ndarray, "k"], best: int, depth_unit_m: float | None
) -> list[Finding]:
    """Return a finding for each thing that has to be mended."""
    evidence = f"{mean[0]:.0%} of the depth agrees from frame to frame as given, {mean[best]:.0%} if that is mended."
    findings = []
    for name in convention.changes:
        if name == "pose_inverted":
            message, fix = _INVERTED_MESSAGE, _INVERTED_FIX
        elif name == "depth_unit":
            message, fix = _mend_unit(convention.depth_factor, depth_unit_m)
        elif name == "pose_unit":
            message, fix = _mend_positions(convention.depth_factor)
        else:
            message, fix = _AXES[name].message, _AXES[name].fix
        findings.append(Finding(name, "error", f"{message}; {evidence}", fix))
    return findings


def _mend_unit(factor: float, depth_unit_m: float | None) -> tuple[str, str]:
    """Return message and fix for depth that is in another unit than the positions of the poses."""
    wrong = f"too large by {1 / factor:g}" if factor < 1 else f"too small by {factor:g}"
    message = f"the depth is in another unit than the poses: {wrong}"
    if depth_unit_m is None:
        return message, f"multiply the depth by {factor:g}: float depth is in metres, as positions are."
    return (
        message,
        f"set depth_unit_m to {depth_unit_m * factor:g} instead of {depth_unit_m:g}; positions are in metres.",
    )


def _mend_positions(factor: float) -> tuple[str, str]:
    """Return message and fix for positions of poses in another unit than the depth, which is plausible."""
    looks = f"look like {_UNITS[factor]}" if factor in _UNITS else "are in another unit than metres"
    wrong = f"too large by {factor:g}" if factor > 1 else f"too small by {1 / factor:g}"
    mend = f"divide them by {factor:g}" if factor > 1 else f"multiply them by {1 / factor:g}"
    fix = f"{mend} (the translation in X_WC, not the rotation); leave depth_unit_m as it is."
    return f"the positions of the poses {looks}: {wrong} against the depth", fix


def _doubts(mean: Float64[np.ndarray, "k"], best: int, pair_count: int) -> list[Finding]:
    """Return what to say when nothing is clearly better than what was given."""
    if mean[best] < FITS:
        message = (
            f"only {mean[0]:.0%} of the depth agrees from frame to frame, and no convention that was tried does "
            f"clearly better ({CONVENTIONS[best]}: {mean[best]:.0%})."
        )
        fix = "check the intrinsics, that depth and poses are of the same camera, and that their clocks agree."
        severity = "error" if mean[best] < UNFIT and pair_count >= MANY else "warning"
        return [Finding("poses_disagree", severity, message, fix)]
    rivals = [k for k in range(1, len(CONVENTIONS)) if mean[k] > mean[0] - CLEARLY / 3]
    names = sorted({name for k in rivals if len(CONVENTIONS[k].changes) == 1 for name in CONVENTIONS[k].changes})
    if not names:
        return []
    message = f"the camera's motion does not rule out: {', '.join(names)}; what was given agrees to {mean[0]:.0%}."
    return [
        Finding("unresolved", "info", message, "a recording in which the camera moves as well as turns would tell.")
    ]


def _table(scores: Float64[np.ndarray, "p 2 k"], *, positions: bool, count: int = 8) -> tuple[HypothesisScore, ...]:
    """Return the rows to show; `positions`: a factor is of the positions, so errors are in the depth's own unit."""
    mean = scores[:, 0].mean(axis=0)
    order = [int(k) for k in np.argsort(-mean, kind="stable")[:count]]
    rows = order if 0 in order else [*order, 0]
    table = []
    for k in rows:
        convention = CONVENTIONS[k].blaming_positions() if positions else CONVENTIONS[k]
        factor = convention.depth_factor if "pose_unit" in convention.changes else 1.0
        table.append(HypothesisScore(str(convention), float(mean[k]), _median_mm(scores[:, 1, k] / factor)))
    return tuple(table)


def _median_mm(errors_m: Float64[np.ndarray, "p"]) -> float:
    """Return the median of what could be measured [mm]; -1 where nothing could."""
    known = errors_m[np.isfinite(errors_m)]
    return float(np.median(known)) * 1000 if len(known) else -1.0
