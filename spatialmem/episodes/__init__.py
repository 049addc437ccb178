"""Recorded episodes: other people's folders opened as one kind of Source, a built-in room, and their checks.

One file a layout; which one a folder has is decided here, once. Beside the readers: `prefetch` decodes ahead of the
consumer, `check` says whether an episode is any good.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from spatialmem.episodes.rgbd_folder import is_rgbd_folder, open_rgbd_folder
from spatialmem.episodes.slambook import is_slambook, open_slambook
from spatialmem.episodes.synthetic import SyntheticRoom
from spatialmem.episodes.tum import is_tum, open_tum
from spatialmem.errors import EpisodeError
from spatialmem.protocols import Source

__all__ = ["open_episode"]


class _Layout(NamedTuple):
    name: str
    looks_like: str
    fits: Callable[[Path], bool]
    open: Callable[..., Source]


_LAYOUTS = (
    _Layout("rgbd_folder", "frames.csv, intrinsics.json", is_rgbd_folder, open_rgbd_folder),
    _Layout("tum", "depth.txt, groundtruth.txt, and rgb.txt for colour", is_tum, open_tum),
    _Layout("slambook", "pose.txt, color/, depth/", is_slambook, open_slambook),
)
_BUILT_IN = {"synthetic": SyntheticRoom}


def open_episode(path: str | Path, *, world: str = "world") -> Source:
    """Open a recording by its folder, or the built-in `"synthetic"` room (`"./synthetic"` is a folder).

    Every input it yields carries the name `world`. Raises EpisodeError: no such folder, no layout that is known, or
    what the layout's reader finds wrong.
    """
    if isinstance(path, str) and path in _BUILT_IN:
        return _BUILT_IN[path](world=world)
    folder = Path(path)
    try:
        layout = _layout_of(folder)
    except OSError as error:
        raise EpisodeError(f"cannot look into {str(folder)[:200]}: {error.strerror}.") from error
    return layout.open(folder, world=world)


def _layout_of(folder: Path) -> _Layout:
    known = "; ".join(f"{layout.name} ({layout.looks_like})" for layout in _LAYOUTS)
    if not folder.is_dir():
        what = "is a file" if folder.exists() else "does not exist"
        raise EpisodeError(
            f"{folder} {what}; an episode is a folder in one of the layouts {known}, "
            f"or the built-in {', '.join(_BUILT_IN)}."
        )
    for layout in _LAYOUTS:
        if layout.fits(folder):
            return layout
    names = sorted(entry.name + "/" * entry.is_dir() for entry in folder.iterdir())
    found = ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
    raise EpisodeError(f"{folder} has none of the layouts {known}; found there: {found or 'nothing, it is empty'}.")
