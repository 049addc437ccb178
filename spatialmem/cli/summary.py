"""What a replay says at its end: as a mapping for `--json`, and as tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from spatialmem.cli import console
from spatialmem.cli.map_words import map_facts, map_figures, mib_of, shown_length, shown_size
from spatialmem.cli.memory_files import shown_bytes
from spatialmem.cli.object_words import object_facts, object_figures, shown_labels
from spatialmem.cli.walk import Walk
from spatialmem.lookout import Lookout
from spatialmem.memory import SpatialMemory
from spatialmem.octree import Queryable
from spatialmem.protocols import Source

__all__ = ["exit_code", "picture_notes", "print_summary", "shown_kinds", "summary_of", "tell_outcome"]

DAMAGE_TOLD_MAX = 3


def summary_of(walk: Walk, memory: SpatialMemory, source: Source, picture: str | None) -> dict[str, Any]:
    """Return everything there is to say about a replay. Units are in the names."""
    from spatialmem.gate import MASKS

    masked: Counter[str] = Counter()
    for counts in memory.counts.values():
        masked.update({name: count for name, count in counts.items() if name in MASKS})
    return {
        "episode": walk.episode,
        "unit": walk.unit,
        "kinds": dict(sorted(walk.kinds.items())),
        "frames": {
            "in_episode": len(source),
            "played": walk.read_count,
            "admitted": walk.admitted_count,
            "already_in_memory": walk.known_count,
            "rejected_before": walk.rejected_before,
            "rejected": dict(sorted(walk.rejected.items())),
            "masked_values": dict(sorted(masked.items())),
            "left_out_by_reader": walk.left_out,
            "unreadable_files": walk.unreadable,
            "damage": list(walk.damage),
        },
        "duration_s": round(walk.duration_s, 3),
        "path_length_m": _path_length_m(walk),
        "replay_s": round(walk.elapsed_s, 3),
        "frames_per_s": round(walk.frames_per_s, 1),
        "map": map_figures(memory),
        "objects": object_figures(memory),
        "state_hash": memory.view().state_hash(),
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
    yield f"{summary['unit']} admitted", f"{frames['admitted']}{share}"
    if summary["unit"] != "frames":
        yield "of these kinds", shown_kinds(summary["kinds"])
    if frames["already_in_memory"]:
        before = f", and {frames['rejected_before']} rejected when played before" if frames["rejected_before"] else ""
        yield "passed over", f"{frames['already_in_memory']} that the memory file has already{before}"
    yield "rejected", _counted(frames["rejected"])
    if frames["masked_values"]:
        yield "values masked", _counted(frames["masked_values"])
    if frames["left_out_by_reader"]:
        yield "left out by reader", _counted(frames["left_out_by_reader"])
    if frames["unreadable_files"]:
        yield "unreadable files", _counted(frames["unreadable_files"])
    if frames["admitted"] or frames["already_in_memory"]:  # else there is neither a first stamp nor a path
        yield "recording", f"{summary['duration_s']:.1f} s, {_walked(summary['path_length_m'])}"
    yield "replay", f"{summary['replay_s']:.2f} s, {summary['frames_per_s']:.0f} {summary['unit']}/s with decoding"
    yield from map_facts(tree)
    for detector in summary.get("detectors", ()):
        yield from _detector_facts(detector)
    yield from object_facts(summary["objects"])
    yield "state hash", summary["state_hash"]
    if summary.get("memory"):
        yield from _memory_facts(summary["memory"])
    if summary["picture"]:
        yield "picture", console.shown_path(summary["picture"])


def _detector_facts(figures: dict[str, Any]) -> Iterator[tuple[str, str]]:
    found = f"{figures['detections']} detections in {figures['frames']} frames: {shown_labels(figures['by_label'])}"
    rejected = f"; rejected: {_counted(figures['rejected'])}" if figures["rejected"] else ""
    failed = f"; {figures['failed_frames']} frames could not be looked at" if figures["failed_frames"] else ""
    late = f"; {figures['too_late']} frames were looked at too late" if figures["too_late"] else ""
    yield figures["detector"], found + rejected + failed + late


def _memory_facts(memory: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield "memory file", f"{console.shown_path(memory['file'])}, {shown_bytes(memory['bytes'])}"
    inputs = f"1 to {memory['inputs']}" if memory["inputs"] else "none"
    inputs += f", {memory['inputs_before']} of them from before" if memory["inputs_before"] else ""
    durable = f"durable up to {memory['durable']}" if memory["durable"] < memory["inputs"] else "all durable"
    yield "inputs in it", f"{inputs}, {durable}; the newest stamp is {memory['last_stamp_ns'] / 1e9:.3f} s"
    if memory["inputs"] > memory["inputs_before"]:
        yield "journalled", f"{memory['durable_per_s']:.0f} inputs/s, durable, with decoding"


def shown_kinds(kinds: Mapping[str, int]) -> str:
    """Return "12 RgbdFrame, 60 RobotState": how many inputs there were of each kind, in the order given."""
    return ", ".join(f"{count} {kind}" for kind, count in kinds.items())


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items()) or "none"


def _path_length_m(walk: Walk) -> float:
    return round(walk.path_length_m, 3)


def _walked(meters: float) -> str:
    return f"{meters:.1f} m walked"


def picture_notes(walk: Walk, memory: Queryable) -> list[str]:
    """Return what is written under the title of a picture."""
    return [
        f"{walk.mapped_count} frames",
        _walked(_path_length_m(walk)),
        f"voxels of {shown_length(memory.voxel_size_m)}",
        shown_size(mib_of(memory)),
    ]


def exit_code(walk: Walk, lookouts: Sequence[Lookout] = ()) -> int:
    """Return the exit code that a replay earns, with the detectors that looked at its frames."""
    if walk.interrupted:
        return console.INTERRUPTED
    if walk.mapped_count == 0 and (walk.sensed_count or not walk.kept_count):
        return console.BAD
    return console.LOSSES if walk.lost or any(lookout.has_losses for lookout in lookouts) else console.GOOD


def _sentences(damage: tuple[str, ...]) -> str:
    """Return the first few sentences about a damaged file, to be put after others."""
    more = f" And {len(damage) - DAMAGE_TOLD_MAX} more places." if len(damage) > DAMAGE_TOLD_MAX else ""
    return "".join(f" {sentence}" for sentence in damage[:DAMAGE_TOLD_MAX]) + more


def tell_outcome(say: Console, walk: Walk, code: int, *, undrawn: Path | None = None, kept: Path | None = None) -> None:
    """Say in one sentence why a replay did not go as hoped; of detectors `tell_failures` does.

    undrawn: a picture that an interrupt prevented. kept: the memory file that has what was played.
    """
    first = "" if walk.example is None else f" The first rejection ({walk.example.reason.value}): {walk.example.detail}"
    if code == console.INTERRUPTED:
        words = f"Interrupted after {walk.read_count} of {walk.input_count} {walk.unit}; the figures are for those."
        words += "" if undrawn is None else f" The picture {undrawn} was not drawn."
        words += "" if kept is None else f" {kept} has them; run the command again to go on."
    elif code == console.BAD:
        hint = "" if walk.lost else " `spatialmem check` may name the fix."
        reader = f" The reader left out: {_counted(walk.left_out)}." if walk.left_out else ""
        what = "frame" if walk.sensed_count or not walk.read_count else "input"
        words = f"No {what} was admitted.{first}{reader}{_sentences(walk.damage)}{hint}"
    elif code == console.LOSSES and walk.lost:
        words = f"Something was lost: {_counted(walk.lost)}.{_sentences(walk.damage)}{first}"
    else:
        return
    say.print(words, markup=False, soft_wrap=True)
