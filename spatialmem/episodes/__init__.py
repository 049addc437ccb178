"""Recorded episodes: other people's folders opened as one kind of Source, a built-in room, and their checks.

One file a layout; which one a folder has is decided here, once. Beside the readers: `prefetch` decodes ahead of the
consumer, `check` says whether an episode is any good.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from spatialmem.episodes.bags import is_bag, open_bag, record_mcap
from spatialmem.episodes.rgbd_folder import is_rgbd_folder, open_rgbd_folder
from spatialmem.episodes.slambook import is_slambook, open_slambook
from spatialmem.episodes.synthetic import SyntheticRoom
from spatialmem.episodes.tum import is_tum, open_tum
from spatialmem.errors import EpisodeError
from spatialmem.protocols import Source

__all__ = ["open_episode", "record_mcap"]


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
_BAG = _Layout("bag", "an MCAP file, a ROS 1 bag, a ROS 2 bag: .mcap, .bag, .db3, metadata.yaml", is_bag, open_bag)
_BUILT_IN = {"synthetic": SyntheticRoom}


def open_episode(path: str | Path, *, world: str | None = None, topics: Sequence[str] | None = None) -> Source:
    """Open a recording: its folder, an MCAP file, a ROS bag, or the built-in `"synthetic"` room (`"./synthetic"` is a
    folder).

    Every input it yields carries the name `world`; where none is given, "world", or the one that `record_mcap` wrote.
    topics: what to play of an MCAP file or a ROS bag, where it holds more than one depth camera or scanner.
    Raises EpisodeError: nothing there, no layout that is known, or what the layout's reader finds wrong.
    """
    if isinstance(path, str) and path in _BUILT_IN:
        _refuse_topics(path, topics)
        return _BUILT_IN[path](world=world or "world")
    folder = Path(path)
    try:
        layout = _layout_of(folder)
    except OSError as error:
        raise EpisodeError(f"cannot look into {str(folder)[:200]}: {error.strerror}.") from error
    if layout is _BAG:
        return open_bag(folder, world=world, topics=topics)
    _refuse_topics(path, topics)
    return layout.open(folder, world=world or "world")


def _refuse_topics(path: str | Path, topics: Sequence[str] | None) -> None:
    if topics is not None:
        raise EpisodeError(f"{path} has no topics to choose from; only MCAP files and ROS bags have.")


def _layout_of(path: Path) -> _Layout:
    known = "; ".join(f"{layout.name} ({layout.looks_like})" for layout in (*_LAYOUTS, _BAG))
    for layout in _LAYOUTS if path.is_dir() else ():
        if layout.fits(path):
            return layout
    if _BAG.fits(path):
        return _BAG
    if not path.is_dir():
        what = "is a file of another kind" if path.exists() else "does not exist"
        raise EpisodeError(
            f"{path} {what}; an episode is in one of the layouts {known}, or the built-in {', '.join(_BUILT_IN)}."
        )
    names = sorted(entry.name + "/" * entry.is_dir() for entry in path.iterdir())
    found = ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
    raise EpisodeError(f"{path} has none of the layouts {known}; found there: {found or 'nothing, it is empty'}.")
