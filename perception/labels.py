"""Which labels the classes of a network have."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from perception.onnx_file import OnnxHeader
from spatialmem import InputError

__all__ = ["labels_for"]


def labels_for(path: Path, header: OnnxHeader, given: Sequence[str] | None, class_count: int | None) -> tuple[str, ...]:
    """Return one label for each class: those given, or found by the model, in this order.

    MODEL.names beside it; `names` in its metadata; the only .names file in its folder. `class_count` is None where
    the network does not say how many there are. Raises InputError where none are found, or they do not fit.
    """
    labels, origin = _found(path, header, given)
    counted = class_count is None or len(labels) == class_count
    if not counted:
        raise InputError(
            f"{origin} has {len(labels)} labels, but the model {path} has {class_count} classes; "
            f"one label for each class is needed, in their order."
        )
    blank = [i for i, label in enumerate(labels) if not isinstance(label, str) or not label.strip()]
    if blank or not labels:
        what = f"label {blank[0]} is {labels[blank[0]]!r}" if blank else "there are none"
        raise InputError(f"{origin}: {what}; every class needs a label that is not empty.")
    return labels


def _found(path: Path, header: OnnxHeader, given: Sequence[str] | None) -> tuple[tuple[str, ...], str]:
    """Return labels, and where they come from."""
    if given is not None:
        return (given,) if isinstance(given, str) else tuple(given), "labels"
    own = path.with_suffix(".names")
    if own.is_file():
        return _read(own), str(own)
    names = header.class_names()
    if names is not None:
        return names, f"the metadata of {path}"
    beside = sorted(path.parent.glob("*.names"))
    if len(beside) == 1:
        return _read(beside[0]), str(beside[0])
    raise InputError(
        f"the model {path} comes without labels: its metadata has none, and its folder has {len(beside)} .names files. "
        f"Give labels=(...), or put {own.name} beside it, one label a line."
    )


def _read(path: Path) -> tuple[str, ...]:
    """Return the lines of a file of labels; empty lines at its end are left out."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"the labels {path} cannot be read: {error}. One label a line in UTF-8 is needed.") from error
    return tuple(line.strip() for line in text.rstrip().splitlines())
