"""`spatialmem attach`: a memory beside a control loop, by one file of settings."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from spatialmem.cli import options

__all__ = ["attach"]


def attach(
    config: Annotated[Path, typer.Argument(metavar="CONFIG", help="A YAML file of settings: launch/attach.yaml.")],
    seconds: Annotated[
        float | None, typer.Option("--seconds", metavar="S", min=0.1, help="End after so long. Default: never.")
    ] = None,
    as_json: options.AsJson = False,
) -> None:
    """Take in what sources bring while a control loop asks, and say how it goes, until all have ended or Ctrl-C."""
    from spatialmem.cli.attaching import attach_session
    from spatialmem.config import load_settings
    from spatialmem.live.setup import AttachConfig

    settings = load_settings(config, AttachConfig)
    sys.path.append(str(config.resolve().parent))  # one's own sources are mostly beside it
    raise typer.Exit(attach_session(settings, seconds=seconds, as_json=as_json))
