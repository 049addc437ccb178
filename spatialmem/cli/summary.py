"""What a replay says at its end: as a mapping for `--json`, and as tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import Console

from spatialmem.cli import console
from spatialmem.cli.map_figures import map_facts, map_figures, mib_of, shown_length, shown_size
from spatialmem.cli.walk import Walk
from spatialmem.memory import SpatialMemory
from spatialmem.protocols import Source

__all__ = ["exit_code", "picture_notes", "print_summary", "summary_of", "tell_outcome"]


def summary_of(walk: Walk, memory: SpatialMemory, source: Source, picture: str | None) -> dict[str, Any]:
    """Return everything there is to say about a replay. Units are in the names."""
    from spatialmem.gate import MASKS

    masked: Counter[str] = Counter()
    for counts in memory.counts.values():
        masked.update({name: count for name, count in counts.items() if name in MASKS})
    return {
        "episode": walk.episode,
        "frames": {
            "in_episode": len(source),
            "played": walk.read_count,
            "admitted": walk.admitted_count,
            "rejected": dict(sorted(walk.rejected.items())),
            "masked_values": dict(sorted(masked.items())),
            "left_out_by_reader": walk.left_out,
            "unreadable_files": walk.unreadable,
        },
        "duration_s": round(walk.duration_s, 3),
        "path_length_m": _path_length_m(walk),
        "replay_s": round(walk.elapsed_s, 3),
        "frames_per_s": round(walk.frames_per_s, 1),
        "map": map_figures(memory),
        "picture": picture,
        "interrupted": walk.interrupted,
    }


def print_summary(out: Console, summary: dict[str, Any]) -> None:
    """Print the summary as one table."""
    out.print()
    console.print_facts(out, summary["episode"], _facts(summary))


def _facts(summary: dict[str, Any]) -> Iterator[tuple[str, str]]:
    frames, tree = summary["frames"], summary["map"]
    share = f" of {frames['played']}" + (" played" if frames["played"] == frames["in_episode"] else
                                         f" played, {frames['in_episode']} in the episode")  # fmt: skip
    yield "frames admitted", f"{frames['admitted']}{share}"
    yield "rejected", _counted(frames["rejected"])
    if frames["masked_values"]:
        yield "values masked", _counted(frames["masked_values"])
    if frames["left_out_by_reader"]:
        yield "left out by reader", _counted(frames["left_out_by_reader"])
    if frames["unreadable_files"]:
        yield "unreadable files", _counted(frames["unreadable_files"])
    if frames["admitted"]:  # else there is neither a first stamp nor a path
        yield "recording", f"{summary['duration_s']:.1f} s, {_walked(summary['path_length_m'])}"
    yield "replay", f"{summary['replay_s']:.2f} s, {summary['frames_per_s']:.0f} frames/s with decoding"
    yield from map_facts(tree)
    if summary["picture"]:
        yield "picture", _from_here(summary["picture"])


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items()) or "none"


def _path_length_m(walk: Walk) -> float:
    return round(walk.path_length_m, 3)


def _walked(meters: float) -> str:
    return f"{meters:.1f} m walked"


def _from_here(path: str) -> str:
    """Return a path below the current directory without that directory, any other as it is."""
    try:
        return str(Path(path).relative_to(Path.cwd()))
    except (ValueError, OSError):  # it lies elsewhere, or the current directory is gone
        return path


def picture_notes(walk: Walk, memory: SpatialMemory) -> list[str]:
    """Return what is written under the title of a picture."""
    return [
        f"{walk.admitted_count} frames",
        _walked(_path_length_m(walk)),
        f"voxels of {shown_length(memory.voxel_size_m)}",
        shown_size(mib_of(memory)),
    ]


def exit_code(walk: Walk) -> int:
    """Return the exit code that a replay earns."""
    if walk.interrupted:
        return console.INTERRUPTED
    if walk.admitted_count == 0:
        return console.BAD
    return console.LOSSES if walk.lost else console.GOOD


def tell_outcome(say: Console, walk: Walk, code: int, *, undrawn: Path | None = None) -> None:
    """Say in one sentence why a replay did not go as hoped. `undrawn` is a picture that an interrupt prevented."""
    first = "" if walk.example is None else f" The first rejection ({walk.example.reason.value}): {walk.example.detail}"
    if code == console.INTERRUPTED:
        words = f"Interrupted after {walk.read_count} of {walk.input_count} frames; the figures are for those."
        words += "" if undrawn is None else f" The picture {undrawn} was not drawn."
    elif code == console.BAD:
        hint = "" if walk.lost else " `spatialmem check` may name the fix."
        words = f"No frame was admitted.{first}{hint}"
    elif code == console.LOSSES:
        words = f"Something was lost: {_counted(walk.lost)}.{first}"
    else:
        return
    say.print(words, markup=False, soft_wrap=True)
