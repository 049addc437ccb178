"""How a task is gone about: every setting, its unit and range."""

from __future__ import annotations

from dataclasses import dataclass

from spatialmem import ConfigError

__all__ = ["TaskConfig"]

_LIMITS = {"sure_p": (0.0, 1.0), "aside_max": (1, 8), "calls_max": (1, 1000), "containers_max": (0, 32)}


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskConfig:
    """Settings of a `TaskPlanner`. Raises ConfigError for a bad value."""

    sure_p: float = 0.5
    """What is less probably still there is looked for before it is gone to."""
    hinged: tuple[str, ...] = (
        "cabinet", "cupboard", "dishwasher", "drawer", "fridge", "microwave", "oven", "wardrobe", "washing-machine",
    )  # fmt: skip
    """Labels of what has a door, or a drawer: taken to be closed as long as nobody saw or did otherwise. Whatever is
    known to be open or closed has one, too."""
    surfaces: tuple[str, ...] = (
        "table", "desk", "counter", "coffee-table", "sideboard", "nightstand", "tv_stand", "dresser", "bench", "shelf",
    )  # fmt: skip
    """Labels of what something may be put aside on."""
    aside_max: int = 2
    """So many of these are thought of."""
    calls_max: int = 40
    """A goal takes no more calls."""
    containers_max: int = 4
    """Where a thing is found nowhere, so many closed things are opened to look into them."""
    leaves_closed: bool = False
    """What was opened to take something out or put it in is closed again."""
    goes_on: bool = False
    """A goal that fails does not end the task."""

    def __post_init__(self) -> None:
        for name, (low, high) in _LIMITS.items():
            value = getattr(self, name)
            kinds = (int, float) if name == "sure_p" else (int,)
            if isinstance(value, bool) or not isinstance(value, kinds) or not low <= value <= high:
                kind = "a number" if name == "sure_p" else "a whole number"
                raise ConfigError(f"tasks: {name} is {value!r}; {kind} from {low:g} to {high:g} is needed.")
        for name in ("hinged", "surfaces"):
            value = getattr(self, name)
            if not isinstance(value, tuple) or not all(isinstance(one, str) and one for one in value):
                raise ConfigError(f"tasks: {name} is {value!r}; a tuple of labels is needed.")
        for name in ("leaves_closed", "goes_on"):
            if not isinstance(getattr(self, name), bool):
                raise ConfigError(f"tasks: {name} is {getattr(self, name)!r}; True or False is needed.")
