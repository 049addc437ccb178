"""From a scene graph's file to what it holds: what `import FILE.json` says."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spatialmem.cli import console
from spatialmem.cli.interrupt import interrupt_asked
from spatialmem.errors import FormatError
from spatialmem.formats import read_scene_graph, read_spark_dsg

if TYPE_CHECKING:
    import networkx

__all__ = ["SUFFIX", "import_scene_graph"]

SUFFIX = ".json"


def import_scene_graph(file: str, *, as_json: bool) -> int:
    """Read a scene graph, ours or Spark-DSG's, answer on stdout, and return the exit code."""
    path = Path(file)
    with console.asides().status(f"Reading {path.name} ..."):
        graph = _read(path)
    nodes = Counter(kind for _, kind in graph.nodes(data="kind"))
    edges = Counter(kind for *_, kind in graph.edges(data="kind"))
    with interrupt_asked():  # a whole answer, then
        if as_json:
            console.print_json({"source": path.name, "format": graph.graph["kind"], "nodes": nodes, "edges": edges})
        else:
            console.answers().print()
            console.print_facts(console.answers(), path.name, [("nodes", _told(nodes)), ("edges", _told(edges))])
    return console.GOOD


def _read(path: Path) -> networkx.Graph:
    """Read a file as what it says it is. Raises FormatError where it is neither."""
    try:
        return read_scene_graph(path)
    except FormatError as ours:
        try:
            return read_spark_dsg(path)
        except FormatError as theirs:
            raise _likelier(path, ours, theirs) from theirs


def _likelier(path: Path, ours: FormatError, theirs: FormatError) -> FormatError:
    """Return the error of the format that a file is more likely meant to be of: ours names itself at the beginning."""
    try:
        with path.open("rb") as file:
            head = file.read(64)
    except OSError:
        return ours
    return ours if b'"format"' in head else theirs


def _told(counts: Counter[Any]) -> str:
    """Return counts in words: 185 place, 7 object."""
    return ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items())) or "none"
