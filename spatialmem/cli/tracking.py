"""One object through a memory file's journal: what `track` does."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from spatialmem.cli import console
from spatialmem.cli.compiling import prepare_kernels
from spatialmem.cli.interrupt import interrupt_asked
from spatialmem.cli.memory_files import file_settings
from spatialmem.cli.object_words import object_document, shown_attributes, shown_place
from spatialmem.cli.opened_memory import id_of, refuse_other_label
from spatialmem.errors import InputError, StoreError
from spatialmem.memory_file import MemoryFile, Moment
from spatialmem.object_rows import evidence_of
from spatialmem.types import Evidence, ObjectState, Unknown

__all__ = ["track_object"]


@dataclasses.dataclass(slots=True)
class Track:
    """What was known of one object, after each input that changed it."""

    steps: list[tuple[int, str, ObjectState]] = dataclasses.field(default_factory=list)
    """The input's number, its kind, and the object after it."""
    ids: tuple[int, ...] = ()
    """What it is called at the end, its own number first; none where it is not remembered then."""
    all_ids: set[int] = dataclasses.field(default_factory=set)
    """Every number that it ever had."""
    seq: int = 0
    """The newest input that was replayed."""
    interrupted: bool = False


def track_object(path: Path, name: str, *, crops: Path | None, until: int | None, as_json: bool) -> int:
    """Replay, answer on stdout, and return the exit code. Raises InputError for an object that never was."""
    object_id = id_of(name)
    if crops is not None and crops.exists():
        raise InputError(f"--crops {crops} exists; give a new folder.")
    settings = file_settings(path, None, None, {})
    say = console.asides()
    prepare_kernels(say)
    file = MemoryFile.open(path, settings, read_only=True)
    with contextlib.closing(file.store), say.status(f"Replaying {path.name} ..."):
        _refuse_cut(file)
        track, newest = _followed(file.replay(until), object_id), until or file.store.durable_seq
    if not track.steps:
        if track.interrupted:
            raise KeyboardInterrupt  # nothing can be said of it yet, not even that it never was
        raise InputError(
            f"{name!r} is nothing that {path} ever remembered; `spatialmem objects {path}` lists what it does."
        )
    refuse_other_label(name, (one for _, _, one in track.steps))
    pictures = tuple(picture for picture in evidence_of(path, track.all_ids) if picture.seq <= track.seq)
    if crops is not None and pictures:
        _write_crops(crops, pictures)
    with interrupt_asked():  # a whole answer, then
        if as_json:
            console.print_json(_document(path, track, pictures, crops))
        else:
            _print(path, track, pictures, crops)
        if track.interrupted:
            words = f"Interrupted after {track.seq} of {newest} inputs; the answer is for those."
            say.print(words, markup=False, soft_wrap=True)
    return console.INTERRUPTED if track.interrupted else console.GOOD


def _refuse_cut(file: MemoryFile) -> None:
    """Raise StoreError for a journal that `replay` would refuse, in words about objects."""
    dropped = file.store.dropped_until
    if dropped:
        raise StoreError(
            f"an object is followed from the first input on, and {file.store.path} keeps none before number "
            f"{dropped + 1}: its journal was cut to its budget, so `track` has nothing to start from. "
            f"`spatialmem objects {file.store.path}` lists what it remembers."
        )


def _followed(moments: Iterator[Moment], object_id: int) -> Track:
    """Go through the moments; an interrupt ends it early, not badly."""
    track, last = Track(), None
    with interrupt_asked() as asked:
        for moment in moments:
            track.seq = moment.seq
            objects = moment.rooms.every()
            one = objects.object(object_id)
            if not isinstance(one, Unknown) and one is not last:
                track.steps.append((moment.seq, type(moment.newest).__name__, one))
                last = one
            track.ids = objects.known_as(object_id)
            track.all_ids |= {object_id, *track.ids}
            if asked.is_set():
                track.interrupted = True
                break
    return track


def _write_crops(folder: Path, pictures: tuple[Evidence, ...]) -> None:
    try:
        folder.mkdir(parents=True)
        for picture in pictures:
            (folder / f"{picture.stamp_ns}-{picture.object_id}.jpg").write_bytes(picture.jpeg)
    except OSError as error:
        raise InputError(f"the pictures cannot be written into {folder}: {error.strerror}.") from error


def _document(path: Path, track: Track, pictures: tuple[Evidence, ...], crops: Path | None) -> dict[str, Any]:
    last = track.steps[-1][2]
    return {
        "file": str(path),
        "object": object_document(last),
        "remembered": bool(track.ids),
        "also_known_as": list(track.ids[1:]),
        "steps": [{"seq": seq, "input": kind, **object_document(one)} for seq, kind, one in track.steps],
        "pictures": [{"stamp_ns": picture.stamp_ns, "seq": picture.seq} for picture in pictures],
        "crops": None if crops is None or not pictures else str(crops),
        "interrupted": track.interrupted,
    }


def _print(path: Path, track: Track, pictures: tuple[Evidence, ...], crops: Path | None) -> None:
    out, first_ns = console.answers(), track.steps[0][2].first_ns
    columns = ("input", "after [s]", "x y z [m]", "moved [cm]", "+- [m]", "m/s", "label", "state")
    rows = []
    before = None
    for seq, kind, one in track.steps:
        moved_m = 0.0 if before is None else float(((one.center_W - before.center_W) ** 2).sum()) ** 0.5
        speed_m_s = float((one.velocity_W_m_s**2).sum()) ** 0.5
        sigma_m = max(float(one.covariance_W[i, i]) for i in range(3)) ** 0.5
        told = "" if kind == "Detections" else f"by {kind}"
        state = ", ".join(filter(None, ["" if one.confirmed else "tentative", shown_attributes(one), told]))
        after = f"{(one.stamp_ns - first_ns) / 1e9:.2f}"
        label = f"{one.label} {100 * one.label_p[one.label]:.0f} %"
        cells = (shown_place(one), f"{100 * moved_m:.1f}", f"{sigma_m:.3f}", f"{speed_m_s:.2f}", label, state)
        rows.append((str(seq), after, *cells))
        before = one
    console.print_table(out, columns, rows, left=("label", "state"))
    out.print()
    console.print_facts(out, track.steps[-1][2].name, _facts(path, track, pictures, crops))


def _facts(path: Path, track: Track, pictures: tuple[Evidence, ...], crops: Path | None) -> Iterator[tuple[str, str]]:
    last = track.steps[-1][2]
    yield "in", str(path)
    seen = f"{last.sightings} times from {last.viewpoints} viewpoints in {(last.stamp_ns - last.first_ns) / 1e9:.1f} s"
    yield "seen", f"{seen}, last by {last.source}"
    yield "at the end", "remembered" if track.ids else "no longer remembered"
    if track.ids[1:]:
        yield "was also", ", ".join(str(other) for other in track.ids[1:])
    where = f", in {crops}" if crops is not None and pictures else "; --crops DIR writes them" if pictures else ""
    yield "pictures", f"{len(pictures) or 'none'}{where}"
