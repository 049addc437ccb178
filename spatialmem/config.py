"""Every setting, its unit, its default and its range. A setting that is not here is refused by name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta

from spatialmem.errors import ConfigError, did_you_mean

__all__ = [
    "BeliefConfig",
    "Config",
    "DepthConfig",
    "GateConfig",
    "GraphConfig",
    "LongTermConfig",
    "OctreeConfig",
    "ShortTermConfig",
    "StoreConfig",
    "checked",
    "load_config",
    "load_settings",
    "parse_config",
    "parse_settings",
]

Settings = TypeVar("Settings", bound=msgspec.Struct)
Metres = Annotated[float, Meta(ge=0, le=1e6)]
Range = Annotated[float, Meta(ge=0.01, le=1000)]
Seconds = Annotated[float, Meta(ge=0, le=1e6)]
Speed = Annotated[float, Meta(gt=0, le=1e6)]
Coordinate = Annotated[float, Meta(ge=-1e6, le=1e6)]
Point = tuple[Coordinate, Coordinate, Coordinate]


class OctreeConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The long-term metric memory."""

    voxel_size_m: Annotated[float, Meta(ge=0.001, le=1.0)] = 0.05
    budget_mib: Annotated[int, Meta(ge=1, le=262144)] = 1024
    """Address space for leaves and roots, reserved at once; memory is taken only as it is written."""
    threads: Annotated[int, Meta(ge=1, le=64)] = 2
    color: bool = False
    """Keep the colour of every voxel that was hit: 4 bytes a voxel more in leaves, five times the memory."""
    last_seen: bool = False
    """Keep which input saw each voxel last: 4 bytes a voxel more in leaves, and every leaf in view is written anew."""


class DepthConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How far a depth source is believed. Ranges are along the optical axis for images, along the ray for scans."""

    range_max_m: Range = 5.0
    """Returns from farther away clear the space up to here and mark nothing."""
    range_min_m: Range = 0.1
    """Returns from nearer than this are ignored."""
    no_return_is_free_to_m: Range | None = None
    """Treat pixels without a return as free up to here. Off: glass and black things return nothing either."""


class StoreConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The memory file."""

    journal_budget_mib: Annotated[int, Meta(ge=0, le=1 << 24)] = 4096
    """Inputs beyond it go, the oldest first, once a checkpoint has what they did to the memory; 0 keeps none."""
    evidence_budget_mib: Annotated[int, Meta(ge=1, le=1 << 24)] = 256
    """For pictures of what was seen."""


class ShortTermConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The buffer of recent objects: how much it holds, and when it believes what."""

    objects_max: Annotated[int, Meta(ge=1, le=1_000_000)] = 10_000
    """So many confirmed objects at most; `policy` says which one is dropped for the next."""
    budget_mib: Annotated[int, Meta(ge=1, le=65536)] = 256
    """The same by the bytes that they take, embeddings included."""
    tentative_max: Annotated[int, Meta(ge=1, le=1_000_000)] = 1000
    """So many things that are not confirmed yet; the one that was not seen for longest is dropped for the next."""
    policy: Annotated[str, Meta(min_length=1, max_length=60)] = "fifo"
    """Which replacement policy, by its name."""
    confirm_sightings: Annotated[int, Meta(ge=1, le=1000)] = 3
    """So many sightings confirm a thing, once one label has half as many votes; a vote counts as much as its score."""
    confirm_viewpoints: Annotated[int, Meta(ge=1, le=1000)] = 2
    """They must be from so many viewpoints."""
    viewpoint_m: Annotated[float, Meta(gt=0, le=100)] = 0.1
    """It is another viewpoint when the camera has moved so far, or turned by `viewpoint_rad`."""
    viewpoint_rad: Annotated[float, Meta(gt=0, le=3.14)] = 0.17
    tentative_s: Seconds = 10.0
    """What was not seen again for so long before it was confirmed was nothing."""
    score_min: Annotated[float, Meta(ge=0, le=1)] = 0.0
    """Detections with a lower score are ignored."""
    pose_sigma_m: Metres = 0.01
    """Standard deviation of a frame's position along each axis where the frame has no `pose_cov`."""
    pose_sigma_rad: Annotated[float, Meta(ge=0, le=1)] = 0.005
    """The same for its rotation about each axis."""
    depth_noise: Annotated[float, Meta(ge=0, le=100)] = 1.0
    """Scales the depth's noise; 1 is that of Nguyen, Izadi and Lovell (2012), eq. 1."""
    acceleration_m_s2: Annotated[float, Meta(gt=0, le=1000)] = 0.15
    """How strongly things change their velocity: by so many m/s (one standard deviation) in one second."""
    frames_s: Seconds = 1.0
    """A frame waits for its detections until its camera has gone on by so much; later ones are rejected."""
    frames_max: Annotated[int, Meta(ge=1, le=1000)] = 64
    """So many frames of each camera wait at most; they are a part of the memory's state."""
    frames_mib: Annotated[int, Meta(ge=1, le=65536)] = 256
    """The same by the bytes of all cameras together."""
    coast_s: Seconds = 2.0
    """A moving thing that is out of sight is carried on with its velocity for so long, then it counts as at rest."""


class BeliefConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether things are still where they were seen: what is assumed before anything was learned, and what is enough.

    A kind of thing that is moved once in `dwell_s` on average is still there after t seconds with the probability
    (b / (b + t))^a, with a moves in b seconds.
    """

    prior_moves: Annotated[float, Meta(ge=0.01, le=1e6)] = 1.0
    """What is assumed of every kind counts as much as so many observed moves."""
    prior_dwell_s: Annotated[float, Meta(ge=1e-3, le=1e10)] = 7 * 86400.0
    """How long things stay, on average, as far as nothing was observed."""
    dwell_s: dict[str, Annotated[float, Meta(ge=1e-3, le=1e10)]] = msgspec.field(
        default_factory=lambda: {"cat": 60.0, "dog": 60.0, "person": 30.0}
    )
    """The same for single labels."""
    place_moves_min: Annotated[int, Meta(ge=1, le=1_000_000)] = 5
    """What stands on or in a kind of thing has a rate of its own there after so many moves."""
    miss_rate: Annotated[float, Meta(gt=0, lt=1)] = 0.2
    """How often a detector overlooks what is in plain view, as far as nothing was observed."""
    missing_p: Annotated[float, Meta(gt=0, lt=1)] = 0.1
    """What was looked for is missing if it is there with a lower probability than this."""
    answer_p_min: Annotated[float, Meta(ge=0, lt=1)] = 0.05
    """Places that are less probable are no answer to `where`."""
    same_p: Annotated[float, Meta(gt=0.5, le=1)] = 0.75
    """What turned up is what is gone if that is more probable than this; below, both are kept."""
    action_p: Annotated[float, Meta(gt=0, le=1)] = 0.9
    """So surely a thing is where the robot's own action left it."""
    moved_m: Annotated[float, Meta(gt=0, le=100)] = 0.05
    """What was displaced by less was not moved."""
    changes_max: Annotated[int, Meta(ge=1, le=10_000_000)] = 10_000
    """So many changes of all objects are kept in the memory; its file keeps all."""


class GraphConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The floor as a graph: for which robot, and what counts as a passage. These belong to the memory."""

    robot_radius_m: Annotated[float, Meta(ge=0.02, le=2)] = 0.3
    """Of the robot's footprint. Routes may be asked for a wider robot, not for a narrower one."""
    robot_height_m: Annotated[float, Meta(ge=0.05, le=5)] = 1.5
    """Up to here over the floor nothing may be in the way."""
    step_m: Annotated[float, Meta(ge=0, le=0.5)] = 0.1
    """What is no higher than this over the floor is driven over: a floor that is seen from afar is as rough as that."""
    known_share: Annotated[float, Meta(ge=0, le=1)] = 0.5
    """Over floor that counts as free, this share of the space up to robot_height_m was seen to be free."""
    gap_m: Annotated[float, Meta(ge=0, le=1)] = 0.1
    """Holes in the floor that was seen, up to twice as wide as this, count as floor."""
    clearance_max_m: Annotated[float, Meta(ge=0.1, le=5)] = 1.0
    """Clearances are told up to here."""
    wall_low_m: Annotated[float, Meta(ge=0, le=5)] = 1.1
    """What is higher than this over the floor, and lower than wall_high_m, divides rooms; what is lower does not."""
    wall_high_m: Annotated[float, Meta(ge=0, le=10)] = 1.5
    doorway_m: Annotated[float, Meta(ge=0.3, le=5)] = 1.2
    """What is no wider than this between walls divides rooms."""


class LongTermConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What becomes of confirmed objects that are not about the robot any more."""

    budget_mib: Annotated[int, Meta(ge=1, le=65536)] = 256
    """For the objects that are kept; what is worth least is forgotten for the next, and that is logged."""
    leave_m: Annotated[float, Meta(gt=0, le=1e6)] = 8.0
    """What is so far from every camera, for leave_s, has been left behind; and farther than the camera sees."""
    leave_s: Seconds = 10.0
    return_m: Annotated[float, Meta(gt=0, le=1e6)] = 7.0
    """What is so near to a camera again is recent again, before the camera's picture is looked at. How far the camera
    sees, and 1 m, count as this where they are more, and leave_m as so much more."""


class GateConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the door lets in. Every limit that rejects is counted by reason and source."""

    world_min_m: Point = (-1000.0, -1000.0, -100.0)
    world_max_m: Point = (1000.0, 1000.0, 100.0)
    late_window_s: Seconds = 1.0
    """An input may be this much older than the newest of its source."""
    future_max_s: Seconds = 2.0
    """A stamp may be this much ahead of `received_ns`."""
    speed_max_m_s: Speed = 10.0
    turn_max_rad_s: Speed = 15.0
    jump_slack_m: Metres = 0.25
    """Pose noise that never counts as motion; the same for turns, in radians."""
    epoch_after_frames: Annotated[int, Meta(ge=2, le=1_000_000)] = 30
    """The so-manyth rejected input in a row that agrees with the others is believed: a new epoch begins with it."""
    depth_typical_min_m: Metres = 0.05
    depth_typical_max_m: Metres = 60.0
    """A frame whose median depth lies outside is in the wrong unit."""
    scan_typical_max_m: Metres = 500.0
    """A scan whose median range lies outside depth_typical_min_m to here is in the wrong unit."""


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All settings of a memory."""

    world: str = "world"
    """The name of the world frame. An input from another world is rejected, never mixed in."""
    octree: OctreeConfig = OctreeConfig()
    depth: DepthConfig = DepthConfig()
    """For depth images."""
    scan: DepthConfig = DepthConfig(range_max_m=30.0)
    """For point scans."""
    sensors: dict[str, DepthConfig] = {}
    """For single sources, by name, in place of `depth` and `scan`."""
    gate: GateConfig = GateConfig()
    shortterm: ShortTermConfig = ShortTermConfig()
    """For objects."""
    belief: BeliefConfig = BeliefConfig()
    """For whether they are still there."""
    longterm: LongTermConfig = LongTermConfig()
    """For objects that were left behind."""
    graph: GraphConfig = GraphConfig()
    """For places, rooms and routes."""
    store: StoreConfig = StoreConfig()
    """For a memory that has a file."""


def load_config(path: str | Path) -> Config:
    """Read a YAML file of settings; what it leaves out keeps its default.

    Raises ConfigError with the setting's path, the value and what is allowed.
    """
    return load_settings(path, Config)


def load_settings(path: str | Path, kind: type[Settings]) -> Settings:
    """Read a YAML file of the settings of a kind. Raises as `load_config`."""
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
    return parse_settings({} if settings is None else settings, kind, str(path))


def parse_config(settings: Any, *, origin: str = "the configuration") -> Config:
    """Check a mapping of settings. Raises ConfigError."""
    return parse_settings(settings, Config, origin)


def parse_settings(settings: Any, kind: type[Settings], origin: str) -> Settings:
    """Check a mapping of the settings of a kind; origin: where they are from, for errors. Raises ConfigError."""
    if not isinstance(settings, dict):
        raise ConfigError(f"{origin} must be a mapping of settings, it is {type(settings).__name__}.")
    _refuse_unknown(settings, kind, "", origin)
    return _converted(settings, kind, origin)


def checked(config: Settings, kind: type[Settings]) -> Settings:
    """Return a configuration that was built in Python, with every value held to its range as if read from a file.

    Raises ConfigError, also where it is of another kind.
    """
    if type(config) is not kind:
        raise ConfigError(
            f"a spatialmem.{kind.__name__} is needed, this is {type(config).__name__}; "
            f"load_config(path) reads a Config from a YAML file."
        )
    return _converted(msgspec.to_builtins(config), kind, f"the {kind.__name__}")


def _converted(settings: Any, kind: type[Settings], origin: str) -> Settings:
    """Convert plain values, each held to its type and range, and those that must agree to each other."""
    try:
        config = msgspec.convert(settings, kind)
    except msgspec.ValidationError as error:
        problem, _, path = str(error).partition(" - at `")
        path = _named(path.rstrip("`").removeprefix("$").removeprefix("."), settings, kind)
        value = _value_at(settings, path)
        if words := _words_at(kind, path):
            problem += f"; allowed are {', '.join(map(str, words))}"
        raise ConfigError(f"{origin}: {path or 'it'} is {value!r}; {problem[0].lower()}{problem[1:]}.") from error
    for path, low, high in _ordered(config):
        if not low < high:
            raise ConfigError(f"{origin}: {path} must rise, it goes from {low:g} to {high:g}.")
    return config


def _named(path: str, settings: Any, kind: type) -> str:
    """Return a path with the name of the sensor in it, where msgspec says `[...]`."""
    if kind is Config and path.startswith("sensors[...]"):
        for name, sensor in settings["sensors"].items():
            try:
                msgspec.convert(sensor, DepthConfig)
            except msgspec.ValidationError:
                return path.replace("[...]", f".{name}", 1)
    return path


def _value_at(settings: Any, path: str) -> Any:
    """Return the value at a dotted path, or as near to it as one can follow."""
    for name in path.split("."):
        if isinstance(settings, dict) and name in settings:
            settings = settings[name]
    return settings


def _words_at(kind: type, path: str) -> tuple[Any, ...]:
    """Return the words that a setting may be; none where it is no choice of words."""
    info: Any = msgspec.inspect.type_info(kind)
    for name in path.replace("[...]", "[]").split("."):
        fields = {field.encode_name: field.type for field in getattr(info, "fields", ())}
        info = fields.get(name.removesuffix("[]"))
        if name.endswith("[]"):
            info = getattr(info, "value_type", None)
    return info.values if isinstance(info, msgspec.inspect.LiteralType) else ()


def _ordered(config: Any) -> Iterator[tuple[str, float, float]]:
    """Yield every pair of limits that must be in order, NaN never is."""
    if isinstance(config, DepthConfig):
        yield "range_min_m, range_max_m", config.range_min_m, config.range_max_m
    if isinstance(config, GateConfig):
        for axis, low, high in zip("xyz", config.world_min_m, config.world_max_m, strict=True):
            yield f"gate.world_min_m, world_max_m along {axis}", low, high
        yield "gate.depth_typical_min_m, depth_typical_max_m", config.depth_typical_min_m, config.depth_typical_max_m
        yield "gate.depth_typical_min_m, scan_typical_max_m", config.depth_typical_min_m, config.scan_typical_max_m
    if isinstance(config, LongTermConfig):
        yield "longterm.return_m, leave_m", config.return_m, config.leave_m
    if isinstance(config, Config):
        yield from _ordered(config.gate)
        yield from _ordered(config.longterm)
        for name, depth in {"depth": config.depth, "scan": config.scan, **config.sensors}.items():
            yield from ((f"{name}.{path}", low, high) for path, low, high in _ordered(depth))


def _refuse_unknown(settings: dict[Any, Any], table: type[msgspec.Struct], prefix: str, origin: str) -> None:
    """Name the first setting that does not exist, with those that do: msgspec only names it."""
    fields = {f.name: f.type for f in msgspec.structs.fields(table)}
    for name, value in settings.items():
        if name not in fields:
            elsewhere = {path.rpartition(".")[2]: path for path in _paths(Config, "")}
            hint = f" Did you mean '{elsewhere[name]}'?" if name in elsewhere else did_you_mean(str(name), fields)
            allowed = ", ".join(sorted(fields))
            raise ConfigError(f"{origin}: unknown setting '{prefix}{name}'; allowed here: {allowed}.{hint}")
        nested = fields[name]
        if isinstance(value, dict) and isinstance(nested, type) and issubclass(nested, msgspec.Struct):
            _refuse_unknown(value, nested, f"{prefix}{name}.", origin)
        elif isinstance(value, dict) and name == "sensors":
            for source, depth in value.items():
                if isinstance(depth, dict):
                    _refuse_unknown(depth, DepthConfig, f"{prefix}{name}.{source}.", origin)


def _paths(table: type[msgspec.Struct], prefix: str) -> Iterator[str]:
    """Yield the dotted path of every setting."""
    for field in msgspec.structs.fields(table):
        if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
            yield from _paths(field.type, f"{prefix}{field.name}.")
        else:
            yield f"{prefix}{field.name}"
