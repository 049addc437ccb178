"""`spatialmem record`: an episode as one MCAP file, for us and for everything that plays ROS 2 messages."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spatialmem.cli import options

__all__ = ["record"]


def record(
    episode: options.Episode,
    out: Annotated[Path, typer.Argument(metavar="OUT", help="File to write, .mcap.")],
    topic: Annotated[
        list[str] | None,
        typer.Option("--topic", help="Of an MCAP file or a ROS bag, play this topic. May be given several times."),
    ] = None,
    limit: options.Limit = None,
    as_json: options.AsJson = False,
) -> None:
    """Write an episode to an MCAP file with ROS 2 messages; `replay` of it makes the same map to the last bit."""
    from spatialmem.cli.recording import record_episode

    raise typer.Exit(record_episode(episode, out, topics=topic or None, limit=limit, as_json=as_json))
