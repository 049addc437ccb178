"""A memory file opened to be asked about objects, and objects by the names that people give them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from spatialmem.cli import console, options
from spatialmem.cli.compiling import prepare_kernels
from spatialmem.cli.memory_files import file_settings
from spatialmem.config import Config
from spatialmem.errors import InputError
from spatialmem.memory import SpatialMemory
from spatialmem.shortterm import ObjectQuestions
from spatialmem.types import ObjectState, Unknown
from spatialmem.view import View

__all__ = ["id_of", "object_of", "opened_for_robot", "opened_memory", "opened_view", "refuse_other_label"]


def opened_memory(file: Path) -> SpatialMemory:
    """Return the memory of a file as it is now, to be asked; nothing is written. Raises as `SpatialMemory.open`."""
    return _opened(file, file_settings(file, None, None, {}))


def opened_for_robot(file: Path, memory: SpatialMemory, radius_m: float) -> SpatialMemory:
    """Return the memory of a file, its floor looked at anew for a robot of another size; itself for the same size.

    What rooms are called may be otherwise there. Raises InputError for a robot that it cannot be for.
    """
    settings = _for_robot(memory.config, radius_m)
    return memory if settings == memory.config else _opened(file, settings)


def _opened(file: Path, settings: Config) -> SpatialMemory:
    say = console.asides()
    prepare_kernels(say)
    with say.status(f"Reading {file.name} ..."):
        return SpatialMemory.open(file, settings, read_only=True)


def _for_robot(settings: Config, radius_m: float) -> Config:
    """Return settings for a robot of another size."""
    most_m = settings.graph.clearance_max_m
    if radius_m > most_m:
        raise InputError(
            f"--robot-radius-m is {radius_m:g}; this memory tells clearances up to {most_m:g} m, "
            f"graph.clearance_max_m, so that is the largest robot."
        )
    return options.settings(
        None, voxel_size_m=None, range_max_m=None, threads=None, robot_radius_m=radius_m, kept=settings
    )


def opened_view(file: Path) -> View:
    """Return what the memory of a file knows now, to be asked; nothing is written. Raises as `SpatialMemory.open`."""
    return opened_memory(file).view()


def id_of(name: str) -> int:
    """Return the number of "mug-3" or "3". Raises InputError for other texts."""
    number = name.rpartition("-")[2]
    if not number.isascii() or not number.isdigit() or len(number) > 18:
        raise InputError(
            f"{name!r} names no object; give its name, such as mug-3, or its number. `objects` lists them."
        )
    return int(number)


def object_of(memory: ObjectQuestions, name: str) -> ObjectState:
    """Return the object of a name. Raises InputError where it is not remembered, or is another thing."""
    one = memory.object(id_of(name))
    if isinstance(one, Unknown):
        raise InputError(f"{name!r} is not remembered; `objects` lists what is, --tentative also what is doubtful.")
    refuse_other_label(name, [one])
    return one


def refuse_other_label(name: str, known: Iterable[ObjectState]) -> None:
    """Raise InputError where a name has a label that its object, as it was known at some moments, never had.

    Any label that it may be, by its sightings, is one that it has: names change while it is seen.
    """
    label, dash, number = name.rpartition("-")
    states = list(known)
    if dash and not any(label in one.label_p for one in states):
        raise InputError(f"{name!r} is no object: object {number} is {states[-1].name}.")
