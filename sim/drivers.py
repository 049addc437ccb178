"""Who drives: the scripted tour, or a planner that a package announces by the entry point `spatialmem.planners`."""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Callable, Iterable
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from sim.robots import SimRobot
from sim.robots.command import ArmJoint
from sim.run import Tour
from sim.sensors import CameraSettings
from sim.simulation import Simulation
from sim.worlds.shapes import Shape
from spatialmem import InputError, Planner

__all__ = ["TOUR", "load_planner", "maker_of", "manipulation_of", "sizes_of"]

TOUR, GROUP = "tour", "spatialmem.planners"
SIDE_M = 0.015
"""So much room to both sides a robot needs at least, in a map of 5 cm cells."""
Entries = Callable[..., Iterable[EntryPoint]]
Kind = Callable[..., Planner]


def maker_of(spec: str, *, entries: Entries = entry_points) -> Callable[[Simulation], Planner]:
    """Return what makes the planner of WORD or WORD:TEXT for a simulation: "tour", "explore", "find:mug".

    What a package announces is called with the text after the colon, where there is one, and as `load_planner` says.
    Raises InputError where nobody announces the word, or the package that does cannot be loaded.
    """
    word, colon, text = spec.partition(":")
    if colon and not text.strip():
        raise InputError(f"the planner {spec!r} has nothing after its colon; write {word}:TEXT, such as go:mug.")
    if word == TOUR and not text:
        return Tour
    make = load_planner(word, entries=entries)
    return lambda simulation: make(simulation, *([text] if text else []))


def load_planner(word: str, *, entries: Entries = entry_points) -> Callable[..., Planner]:
    """Return a function of a simulation, and of whatever its planner takes, that makes the planner of a word.

    Where the module that is announced has a `NavigationConfig`, a dataclass, the planner is made with one, `config=`,
    that says what is known of the robot: those of its fields that `sizes_of` tells. Where it has a `ManipulationConfig`
    it is made with what `ManipulationConfig.of` makes of what `manipulation_of` tells, `arm=`. Raises InputError as
    `maker_of`.
    """
    announced = {one.name: one for one in sorted(entries(group=GROUP), key=lambda one: one.value)}
    if word not in announced:
        raise InputError(f"there is no planner {word!r}; there are {', '.join(sorted({TOUR, *announced}))}.")
    entry = announced[word]
    try:
        kind: Kind = entry.load()
        module = importlib.import_module(entry.value.partition(":")[0])
        settings, arms = (getattr(module, name, None) for name in ("NavigationConfig", "ManipulationConfig"))
    except Exception as error:  # whatever a foreign package does on import
        told = " ".join(str(error).split()).rstrip(".")
        raise InputError(
            f"the planner {word!r} could not be loaded from {entry.value}: {type(error).__name__}: {told}."
        ) from error

    def make(simulation: Simulation, *arguments: Any, **options: Any) -> Planner:
        if settings is not None:
            own = {field.name for field in dataclasses.fields(settings)}
            known = sizes_of(simulation.robot, simulation.sensor.settings)
            sizes = {name: value for name, value in known.items() if name in own}
            options["config"] = settings(**sizes)
        if arms is not None:
            options["arm"] = arms.of(manipulation_of(simulation.robot))
        try:
            planner = kind(*arguments, **options)
        except TypeError as error:
            raise InputError(f"the planner {word!r} cannot be made so: {error}; see --help for its text.") from error
        if not isinstance(planner, Planner):
            raise InputError(f"what {entry.value} makes is a {type(planner).__name__}, which lacks step of Planner.")
        return planner

    return make


def sizes_of(robot: SimRobot | type[SimRobot], camera: CameraSettings) -> dict[str, Any]:
    """Return what a planner needs to know of a robot and its camera, by the names of `NavigationConfig`."""
    return {
        "footprint_m": robot.footprint_m,
        "pass_m": robot.footprint_m[1] / 2 + SIDE_M,
        "turn_m": robot.turn_m,
        "camera_height_m": float(robot.X_BC[2, 3]),
        "camera_fov_rad": camera.fov_rad,
    }


def manipulation_of(robot: SimRobot | type[SimRobot]) -> dict[str, Any]:
    """Return what a planner needs to know of a robot's arm, hand and camera head, by the names of
    `ManipulationConfig`; its joints and parts are dicts by the names of `ArmJointLimits` and
    `OwnPart`.

    Raises InputError for a robot that has no arm.
    """
    if not robot.arm or robot.gripper is None:
        raise InputError("this robot has no arm and gripper; take husky-panda.")
    return {
        "urdf": robot.urdf_text(),
        "root_p_B": tuple(robot.X_BR[:3, 3].tolist()),
        "arm": [_limits(joint) for joint in robot.arm],
        "gripper_link": robot.gripper.link,
        "finger_joints": robot.gripper.fingers,
        "width_max_m": robot.gripper.width_max_m,
        "gripper_speed_m_s": robot.gripper.speed_max_m_s,
        "head": [_limits(joint) for joint in robot.head],
        "head_p_B": tuple(robot.head_p_B),
        "own": [_part(name, shape) for name, shape in robot.own_boxes],
    }


def _part(name: str, shape: Shape) -> dict[str, Any]:
    return {"name": name, "center_B": shape.center_m, "size_m": shape.size_m, "yaw_rad": shape.rpy_rad[2]}


def _limits(joint: ArmJoint) -> dict[str, Any]:
    return {
        "name": joint.name,
        "low_rad": joint.low_rad,
        "high_rad": joint.high_rad,
        "speed_max_rad_s": joint.speed_max_rad_s,
        "stowed_rad": joint.stowed_rad,
    }
