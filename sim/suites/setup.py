"""What every home of a suite is set up with: the robot, its camera and detector, and the memory's settings."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float64

from planners.navigation.config import NavigationConfig
from sim.drivers import sizes_of
from sim.people import Schedule
from sim.robots import ROBOTS, SimRobot
from sim.sensors import CameraSettings, DetectorSettings
from sim.simulation import Simulation
from sim.worlds import Home, World
from spatialmem import Config, ConfigError, GraphConfig, OctreeConfig, SpatialMemory

__all__ = ["Setup"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """One robot for all homes, with the camera of `spatialmem sim`.

    Raises ConfigError for a robot that there is none of.
    """

    robot: str = "husky-panda"
    width: int = 320
    height: int = 240
    rate_hz: float = 5.0
    """Of frames; the robot decides 20 times a second."""
    min_pixels: int = 30
    """What shows fewer pixels is not reported."""
    voxel_size_m: float = 0.05
    budget_mib: int = 256

    def __post_init__(self) -> None:
        if self.robot not in ROBOTS:
            raise ConfigError(f"there is no robot '{self.robot}'; there are {', '.join(ROBOTS)}.")

    @property
    def kind(self) -> type[SimRobot]:
        """The robot's class."""
        return ROBOTS[self.robot]

    @property
    def camera(self) -> CameraSettings:
        """The camera, with the noise that it has by default."""
        return CameraSettings(width=self.width, height=self.height, rate_hz=self.rate_hz)

    @property
    def detector(self) -> DetectorSettings:
        """A detector that makes no mistake but to overlook what is small in the picture."""
        return DetectorSettings(min_pixels=self.min_pixels)

    @property
    def navigation(self) -> NavigationConfig:
        """What planners know of the robot."""
        return NavigationConfig(**sizes_of(self.kind, self.camera))

    def memory(self, home: Home) -> SpatialMemory:
        """Return an empty memory for a home."""
        return SpatialMemory(self._config(home))

    def loaded(self, data: bytes, home: Home) -> SpatialMemory:
        """Return the memory that `dump` wrote."""
        return SpatialMemory.load(data, self._config(home))

    def _config(self, home: Home) -> Config:
        return Config(
            world=home.name,
            octree=OctreeConfig(voxel_size_m=self.voxel_size_m, budget_mib=self.budget_mib, threads=1),
            graph=GraphConfig(robot_radius_m=min(GraphConfig().robot_radius_m, self.navigation.pass_m)),
        )

    def simulation(
        self,
        home: Home,
        X_WB: Float64[np.ndarray, "4 4"],
        *,
        seed: int,
        start_ns: int,
        schedule: Schedule | Callable[[World], Schedule] | None = None,
        kind: type[Simulation] = Simulation,
    ) -> Simulation:
        """Return a simulation in the fast mode, with the robot at X_WB."""
        return kind(
            home,
            robot=self.robot,
            mode="fast",
            seed=seed,
            camera=self.camera,
            detector=self.detector,
            schedule=schedule,
            X_WB=X_WB,
            start_ns=start_ns,
        )

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as plain values, also what follows from the robot."""
        navigation = dataclasses.asdict(self.navigation)
        return {
            **dataclasses.asdict(self),
            "fov_deg": round(math.degrees(self.camera.fov_rad), 1),
            "navigation": {name: list(v) if isinstance(v, tuple) else v for name, v in navigation.items()},
        }
