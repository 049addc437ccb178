"""Every setting, its unit, its default and its range. A setting that is not here is refused by name."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from spatialmem.errors import ConfigError, did_you_mean

__all__ = ["Config", "DepthConfig", "GateConfig", "OctreeConfig", "load_config"]

Positive = Annotated[float, Meta(gt=0)]
NotNegative = Annotated[float, Meta(ge=0)]


class OctreeConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The long-term metric memory."""

    voxel_size_m: Annotated[float, Meta(ge=0.001, le=1.0)] = 0.05
    budget_mib: Annotated[int, Meta(ge=1, le=262144)] = 1024
    """Address space for leaves and roots, reserved at once; memory is taken only as it is written."""
    threads: Annotated[int, Meta(ge=1, le=64)] = 2


class DepthConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How far a depth source is believed. Ranges are along the optical axis for images, along the ray for scans."""

    range_max_m: Positive = 5.0
    """Returns from farther away clear the space up to here and mark nothing."""
    range_min_m: NotNegative = 0.1
    no_return_is_free_to_m: Positive | None = None
    """Treat pixels without a return as free up to here. Off: glass and black things return nothing either."""


class GateConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the door lets in. Every limit that rejects is counted by reason and source."""

    world_min_m: tuple[float, float, float] = (-1000.0, -1000.0, -100.0)
    world_max_m: tuple[float, float, float] = (1000.0, 1000.0, 100.0)
    late_window_s: NotNegative = 1.0
    """An input may be this much older than the newest of its source."""
    future_max_s: NotNegative = 2.0
    """A stamp may be this much ahead of `received_ns`."""
    speed_max_m_s: Positive = 10.0
    turn_max_rad_s: Positive = 15.0
    jump_slack_m: NotNegative = 0.25
    """Pose noise that never counts as motion; the same for turns, in radians."""
    epoch_after_frames: Annotated[int, Meta(ge=2)] = 30
    """So many rejected inputs in a row that agree with each other are believed: a new epoch begins."""
    depth_typical_min_m: NotNegative = 0.05
    depth_typical_max_m: Positive = 60.0
    """A frame whose median depth lies outside is in the wrong unit."""


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All settings of a memory."""

    world: str = "world"
    """The name of the world frame. An input from another world is rejected, never mixed in."""
    octree: OctreeConfig = OctreeConfig()
    depth: DepthConfig = DepthConfig()
    sensors: dict[str, DepthConfig] = {}
    """Settings for single sources, by name, in place of `depth`."""
    gate: GateConfig = GateConfig()

    def depth_of(self, source: str) -> DepthConfig:
        """Return the depth settings that hold for a source."""
        return self.sensors.get(source, self.depth)


def load_config(path: str | Path) -> Config:
    """Read a YAML file of settings; what it leaves out keeps its default.

    Raises ConfigError with the setting's path, the value and what is allowed.
    """
    import yaml

    try:
        settings = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"cannot read the configuration {path}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not YAML: {error}.") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise ConfigError(
            f"{path} is not YAML: {getattr(error, 'problem', None) or 'it cannot be read'}{where}."
        ) from error
    return parse_config({} if settings is None else settings, origin=str(path))


def parse_config(settings: Any, *, origin: str = "the configuration") -> Config:
    """Check a mapping of settings. Raises ConfigError."""
    if not isinstance(settings, dict):
        raise ConfigError(f"{origin} must be a mapping of settings, it is {type(settings).__name__}.")
    _refuse_unknown(settings, Config, "", origin)
    try:
        return msgspec.convert(settings, Config)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{origin}: {str(error).replace('$.', '')}.") from error


def _refuse_unknown(settings: dict[Any, Any], table: type[msgspec.Struct], prefix: str, origin: str) -> None:
    """Name the first setting that does not exist, with those that do: msgspec only names it."""
    fields = {f.name: f.type for f in msgspec.structs.fields(table)}
    for name, value in settings.items():
        if name not in fields:
            raise ConfigError(
                f"{origin}: unknown setting '{prefix}{name}'; allowed here: {', '.join(sorted(fields))}."
                + did_you_mean(str(name), fields)
            )
        nested = fields[name]
        if isinstance(value, dict) and isinstance(nested, type) and issubclass(nested, msgspec.Struct):
            _refuse_unknown(value, nested, f"{prefix}{name}.", origin)
