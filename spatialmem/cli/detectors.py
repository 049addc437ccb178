"""Detectors that other packages announce by the entry point `spatialmem.detectors`, found by their word."""

from __future__ import annotations

from importlib.metadata import entry_points

from spatialmem.errors import InputError, SpatialMemError, did_you_mean
from spatialmem.protocols import Detector

__all__ = ["open_detector"]

GROUP = "spatialmem.detectors"


def open_detector(spec: str) -> Detector:
    """Open the detector of WORD or WORD:TEXT, such as `onnx:FastestDet.onnx` or `tabletop`.

    The entry point of that word is a function that takes the text after the colon ("" without one) and returns a
    `Detector`. Raises InputError where no package announces the word, where the package that does cannot be loaded,
    and where what it returns is no detector; errors of the package's own that are SpatialMemErrors go through.
    """
    word, _, text = spec.partition(":")
    announced = {entry.name: entry for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.value)}
    if word not in announced:
        known = f"there are {', '.join(sorted(announced))}." if announced else "no installed package has any."
        raise InputError(
            f"there is no detector {word!r}: {known}{did_you_mean(word, announced)} "
            f"A detector is given as WORD or WORD:TEXT, such as onnx:PATH."
        )
    entry = announced[word]
    try:
        detector = entry.load()(text)
    except SpatialMemError:
        raise
    except Exception as error:  # whatever a foreign package does on import, or when it is called
        raise InputError(
            f"the detector {word!r} could not be opened by {entry.value}: {type(error).__name__}: "
            f"{' '.join(str(error).split()).rstrip('.')}."
        ) from error
    if not isinstance(detector, Detector):
        raise InputError(
            f"what {entry.value} returns for {spec!r} is a {type(detector).__name__}, which lacks labels or detect of "
            f"Detector."
        )
    return detector
