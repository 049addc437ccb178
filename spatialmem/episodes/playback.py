"""What the reader of a recording has to say: files it could not read, images it left out, what it took for granted."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from spatialmem.episodes.bags import BagRecording
from spatialmem.episodes.recording import RgbdRecording
from spatialmem.episodes.report import Finding
from spatialmem.protocols import Source
from spatialmem.types import Reason

__all__ = ["judge_playback"]

UNREADABLE_MAX = 0.1
"""More than this share of unreadable depth images is an error; colour the map does without."""
NAMED_MAX = 3
"""So many files are named for each reason."""


def judge_playback(source: Source, findings: list[Finding], facts: dict[str, float | int | str]) -> list[Finding]:
    """Return findings with those of the reader added, and add its facts; `source` has been read once before.

    Rejections of frames whose depth could not be read are left out: the files are named instead.
    """
    if isinstance(source, BagRecording):
        return [*_damaged(source), *findings, *_left_out(source, facts), *_granted(source)]
    if not isinstance(source, RgbdRecording):
        return findings
    depths = _unread(source, "depth")
    explained = {f"rejected_{Reason.DEPTH_EMPTY.value}"} if depths else set()
    kept = [finding for finding in findings if finding.name not in explained]
    unreadable = _unreadable(source, depths, _unread(source, "color"), facts)
    return [*unreadable, *kept, *_left_out(source, facts), *_granted(source)]


def _unread(recording: RgbdRecording, kind: str) -> dict[Path, str]:
    return {path: problem.why for path, problem in recording.problems.items() if problem.kind == kind}


def _unreadable(
    recording: RgbdRecording, depths: dict[Path, str], colors: dict[Path, str], facts: dict[str, float | int | str]
) -> list[Finding]:
    if not depths and not colors:
        return []
    facts.update({"unreadable_depth": len(depths), "unreadable_color": len(colors)})
    depth_count = len({record.depth_path for record in recording.records})
    color_count = len({record.color_path for record in recording.records if record.color_path is not None})
    said, fixes = [], []
    if depths:
        said.append(f"{len(depths)} of {depth_count} depth images could not be read, their frames are lost: ")
        said[-1] += _by_reason(depths)
        fixes.append("restore the files, one channel of 16 bits each, or take their rows out.")
    if colors:
        said.append(f"{len(colors)} of {color_count} colour images could not be read, their frames have depth alone: ")
        said[-1] += _by_reason(colors)
        fixes = fixes or ["restore the files; the map does not need them."]
    severity = "error" if len(depths) > UNREADABLE_MAX * depth_count else "warning"
    return [Finding("unreadable_image", severity, "; ".join(said) + ".", fixes[0])]


def _by_reason(problems: dict[Path, str]) -> str:
    """Return "2 missing (depth/1.png, depth/2.png), 1 empty (depth/5.png)"."""
    said = []
    for why in dict.fromkeys(problems.values()):
        paths = [path for path, reason in problems.items() if reason == why]
        said.append(f"{len(paths)} {why} ({_names(paths)})")
    return ", ".join(said)


def _names(paths: list[Path]) -> str:
    names = ", ".join(f"{path.parent.name}/{path.name}" for path in paths[:NAMED_MAX])
    return names + f" and {len(paths) - NAMED_MAX} more" * (len(paths) > NAMED_MAX)


def _damaged(recording: BagRecording) -> list[Finding]:
    if not recording.damage:
        return []
    fix = "copy the file again if the original is whole; else go on with what is left."
    return [Finding("damaged_recording", "warning", " ".join(recording.damage), fix)]


def _left_out(recording: BagRecording | RgbdRecording, facts: dict[str, float | int | str]) -> Iterable[Finding]:
    """Report what the reader did not find a partner for."""
    facts.update({f"left_out_{reason}": count for reason, count in recording.left_out.items()})
    for reason, count in recording.left_out.items():
        if count:
            what = "image or message was" if count == 1 else "images or messages were"
            message = f"{count} {what} left out ({reason.replace('_', ' ')})."
            yield Finding(f"left_out_{reason}", "info", message)


def _granted(recording: BagRecording | RgbdRecording) -> list[Finding]:
    if not recording.notes:
        return []
    return [Finding("taken_for_granted", "info", "; ".join(recording.notes) + ".")]
