"""`spatialmem info`: what is in a memory file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import typer

from spatialmem.cli import console, options

if TYPE_CHECKING:
    from spatialmem.store.upkeep import Info

__all__ = ["info"]


def info(file: options.MemoryFile, as_json: options.AsJson = False) -> None:
    """Say what is in a memory file, also while it is in use. Writes nothing."""
    from spatialmem.store.upkeep import info as look

    with console.asides().status(f"Reading {file.name} ..."):
        found = look(file)
    if as_json:
        console.print_json(_document(str(file), found))
    else:
        console.print_facts(console.answers(), str(file), _facts(found))
    raise typer.Exit(console.GOOD)


def _document(name: str, found: Info) -> dict[str, Any]:
    return {
        "file": name,
        "format": found.format,
        "world": found.world,
        "inputs": found.seq,
        "first_stamp_ns": found.first_stamp_ns,
        "last_stamp_ns": found.last_stamp_ns,
        "checkpoint": found.checkpoint_seq,
        "dropped_until": found.dropped_until,
        "file_bytes": found.file_bytes,
        "log_bytes": found.log_bytes,
        "rows": found.rows,
        "payload_bytes": found.payload_bytes,
        "config": _settings(found.config),
    }


def _settings(config: bytes) -> dict[str, Any] | None:
    """Return the settings as the file has them, also those that this version does not know; None if unreadable."""
    import msgspec

    try:
        return msgspec.json.decode(config, type=dict[str, Any])
    except msgspec.MsgspecError:
        return None


def _facts(found: Info) -> Iterator[tuple[str, str]]:
    from spatialmem.cli.map_words import shown_length
    from spatialmem.cli.memory_files import shown_bytes

    settings = _settings(found.config) or {}
    octree = settings.get("octree", {})
    yield "format", str(found.format)
    yield "world", found.world
    spans = f"1 to {found.seq}, {(found.last_stamp_ns - found.first_stamp_ns) / 1e9:.1f} s" if found.seq else "none"
    yield "inputs", spans
    if found.dropped_until:
        yield (
            "kept in full",
            f"from input {found.dropped_until + 1} on; the effect of those before is in the checkpoint",
        )
    yield "checkpoint", f"after input {found.checkpoint_seq}" if found.checkpoint_seq else "none"
    yield "size", f"{shown_bytes(found.file_bytes)}, and a log of {shown_bytes(found.log_bytes)}"
    yield "rows", ", ".join(f"{name} {count}" for name, count in found.rows.items())
    held = {name: size for name, size in found.payload_bytes.items() if size}
    yield "contents", ", ".join(f"{name} {shown_bytes(size)}" for name, size in held.items()) or "none"
    if "voxel_size_m" in octree:
        layers = [name for name in ("color", "last_seen") if octree.get(name)]
        with_layers = f" with {', '.join(layers)}" if layers else ""
        yield "voxels", f"{shown_length(octree['voxel_size_m'])}{with_layers}"
