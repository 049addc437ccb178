"""Sources by their word, as a file of settings names them: `episode`, `python`, `ros2`, and what others announce.

The entry point of a word, in the group `spatialmem.sources`, is a function that takes the source's settings, a mapping,
and the name of the memory's world. It returns an iterable of inputs or a callable that returns them, as `attach` takes
them.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import entry_points
from typing import Any

from spatialmem.clock import Pace
from spatialmem.episodes import open_episode
from spatialmem.episodes.prefetch import prefetch
from spatialmem.errors import ConfigError, InputError, SpatialMemError, did_you_mean, told
from spatialmem.types import Input

__all__ = ["episode", "open_source", "paced", "python"]

GROUP = "spatialmem.sources"


def open_source(name: str, settings: Any, world: str) -> Any:
    """Open the source of a name by its settings: one of them is the word, such as {"episode": "walk.mcap"}.

    Raises ConfigError where that is not so, and for what the word's own function refuses.
    """
    if not isinstance(settings, Mapping):
        raise ConfigError(f"sources.{name} is {settings!r}; it must be a mapping, such as {{episode: walk.mcap}}.")
    announced = {entry.name: entry for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.value)}
    words = [word for word in settings if word in announced]
    if len(words) != 1:
        known = ", ".join(sorted(announced)) or "none"
        near = next((hint for word in settings if (hint := did_you_mean(str(word), announced))), "")
        raise ConfigError(
            f"sources.{name} must have one of {known}, it has {', '.join(map(str, settings)) or 'nothing'}.{near}"
        )
    entry = announced[words[0]]
    try:
        return entry.load()(dict(settings), world)
    except SpatialMemError as error:
        raise ConfigError(f"sources.{name}: {error}") from error
    except Exception as error:  # whatever a foreign package does on import, or when it is called
        raise ConfigError(f"sources.{name}: {entry.value} could not open it: {told(error)}") from error


def only(settings: Mapping[str, Any], **allowed: type | tuple[type, ...]) -> dict[str, Any]:
    """Return a source's settings. Raises InputError for a name that is not allowed, or a value of another type."""
    for name, value in settings.items():
        if name not in allowed:
            hint = did_you_mean(str(name), allowed)
            raise InputError(f"unknown setting '{name}'; allowed here: {', '.join(allowed)}.{hint}")
        if not isinstance(value, allowed[name]) or isinstance(value, bool) is not (allowed[name] is bool):
            raise InputError(f"{name} is {value!r}; it must be {_shown(allowed[name])}.")
    return dict(settings)


def _shown(kinds: type | tuple[type, ...]) -> str:
    names = {str: "a text", int: "a whole number", float: "a number", bool: "true or false", dict: "a mapping"}
    kind = kinds[-1] if isinstance(kinds, tuple) else kinds
    return names.get(kind, kind.__name__)


def episode(settings: Mapping[str, Any], world: str) -> Iterator[Input]:
    """Play a recorded episode at the speed that it was recorded at. `episode`: its path; `speed`: times as fast."""
    given = only(settings, episode=str, speed=(int, float))
    speed = float(given.get("speed", 1.0))
    if not 0.01 <= speed <= 100.0:
        raise InputError(f"speed is {speed:g}; it must be 0.01 to 100.")
    return paced(open_episode(given["episode"], world=world), speed=speed)


def paced(source: Iterable[Input], *, speed: float = 1.0) -> Iterator[Input]:
    """Yield what a source yields, each at its time: as long after the first as its `received_ns` says.

    What comes late, because whoever takes them is slow, is yielded at once.
    """
    pace, first_ns = Pace(), None
    for x in prefetch(source):
        if first_ns is None:
            pace, first_ns = Pace(), x.received_ns
        pace.wait((x.received_ns - first_ns) / 1e9 / speed)
        yield x


def python(settings: Mapping[str, Any], world: str) -> Any:
    """Take a callable or an iterable of your own. `python`: `module:name` of it; `call`: call it, to get it.

    `spatialmem attach` finds modules beside its file of settings, too.
    """
    given = only(settings, python=str, call=bool)
    module, colon, name = given["python"].partition(":")
    if not colon:
        raise InputError(f"python is {given['python']!r}; it must be `module:name`, such as mycameras:left.")
    if "" not in sys.path:
        sys.path.insert(0, "")  # one's own module is mostly in the current folder
    found: Any = importlib.import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    return found() if given.get("call") else found
