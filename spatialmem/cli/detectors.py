"""Detectors and embedders that other packages announce by entry points, found by their word."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import Any

from spatialmem.errors import InputError, SpatialMemError, did_you_mean
from spatialmem.protocols import Detector, Embedder

__all__ = ["open_detector", "open_embedder"]


def open_detector(spec: str) -> Detector:
    """Open the detector of WORD or WORD:TEXT, such as `onnx:FastestDet.onnx` or `tabletop`.

    The entry point of that word, in the group `spatialmem.detectors`, is a function that takes the text after the
    colon ("" without one) and returns a `Detector`. Raises InputError where no package announces the word, where the
    package that does cannot be loaded, and where what it returns is no detector; errors of the package's own that are
    SpatialMemErrors go through.
    """
    return _opened(spec, "detector", Detector, such_as="onnx:PATH", lacks="labels or detect of Detector")


def open_embedder(spec: str) -> Embedder:
    """Open the embedder of WORD or WORD:TEXT, such as `appearance`; the group is `spatialmem.embedders`.

    Raises as `open_detector`.
    """
    return _opened(spec, "embedder", Embedder, such_as="appearance", lacks="dimension or embed of Embedder")


def _opened(spec: str, what: str, protocol: type, *, such_as: str, lacks: str) -> Any:
    word, _, text = spec.partition(":")
    entries = entry_points(group=f"spatialmem.{what}s")
    announced = {entry.name: entry for entry in sorted(entries, key=lambda entry: entry.value)}
    if word not in announced:
        known = f"there are {', '.join(sorted(announced))}." if announced else "no installed package has any."
        raise InputError(
            f"there is no {what} {word!r}: {known}{did_you_mean(word, announced)} "
            f"One is given as WORD or WORD:TEXT, such as {such_as}."
        )
    entry = announced[word]
    try:
        opened = entry.load()(text)
    except SpatialMemError:
        raise
    except Exception as error:  # whatever a foreign package does on import, or when it is called
        raise InputError(
            f"the {what} {word!r} could not be opened by {entry.value}: {type(error).__name__}: "
            f"{' '.join(str(error).split()).rstrip('.')}."
        ) from error
    if not isinstance(opened, protocol):
        raise InputError(f"what {entry.value} returns for {spec!r} is a {type(opened).__name__}, which lacks {lacks}.")
    return opened
