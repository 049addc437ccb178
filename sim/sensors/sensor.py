"""The camera of a simulated robot: where it is, what it measures, when, and where it believes it is."""

from __future__ import annotations

import dataclasses
from typing import Literal, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool, Float64

from sim.sensors.cameras import Camera, Shot
from sim.sensors.noise import measured, within
from sim.sensors.pose_noise import PoseNoise
from sim.sensors.randomness import DEPTH, generator
from sim.sensors.segmentation import SegmentationDetector
from sim.sensors.settings import CameraSettings, DetectorSettings
from sim.worlds.built.world import World
from spatialmem import Clock, ConfigError, RgbdFrame, RobotState, inverse, transform

__all__ = ["CameraCarrier", "CameraSensor", "camera_of"]

Pose = Float64[np.ndarray, "4 4"]
HELD_M = 0.2
"""So far about a hand that holds something the robot leaves out of its pictures what may be that, as what it sees of
itself: it would stand in the map, beside the base that carries it."""


@runtime_checkable
class CameraCarrier(Protocol):
    """What a robot must tell for a camera to be on it."""

    name: str
    """Of its body in the world."""
    X_BC: Pose

    def X_WB(self) -> Pose:
        """Return where its base truly is."""
        ...

    def X_WC(self) -> Pose:
        """Return where its camera truly is."""
        ...

    def holding_W(self) -> Float64[np.ndarray, "3"] | None:
        """Return where its fingers are held apart by something [m]; None where they are not."""
        ...


def camera_of(world: World, settings: CameraSettings, mode: Literal["physical", "fast"]) -> Camera:
    """Return the camera of a mode: rendered for "physical", ray-cast for "fast". Raises ConfigError for another."""
    if mode == "physical":
        from sim.sensors.rendered import RenderedCamera

        return RenderedCamera(world, settings)
    if mode == "fast":
        from sim.sensors.raycast import RayCastCamera

        return RayCastCamera(world, settings)
    raise ConfigError(f"the camera's mode is {mode!r}; it is physical or fast.")


class CameraSensor:
    """An RGB-D camera on a robot. Frame number n is the same for the same seed, world and way."""

    def __init__(
        self,
        world: World,
        robot: CameraCarrier,
        settings: CameraSettings,
        *,
        mode: Literal["physical", "fast"],
        seed: int,
        clock: Clock,
        world_name: str,
        source: str = "camera",
        detector: DetectorSettings | None = None,
    ):
        """source: the name on its frames; that of its detections is "detector". Raises ConfigError for a bad mode."""
        self.settings, self.source = settings, source
        self.camera = camera_of(world, settings, mode)
        self.pose_noise = PoseNoise(settings, seed)
        detector = detector or DetectorSettings()
        self.detector, self.min_pixels = SegmentationDetector(world, detector, seed=seed), detector.min_pixels
        self._robot, self._clock, self._world_name, self._seed = robot, clock, world_name, seed
        self._count = 0
        self._shot: tuple[Shot, Pose] | None = None

    @property
    def shot(self) -> Shot:
        """What was truly seen in the last frame. Raises RuntimeError before the first."""
        return self._last()[0]

    def in_view(self) -> frozenset[str]:
        """Return the names of the bodies that the last frame shows: as many pixels as a detector needs."""
        shot = self._last()[0]
        pixels = np.bincount(shot.body[shot.body >= 0], minlength=len(shot.names))
        return frozenset(name for name, count in zip(shot.names, pixels, strict=True) if count >= self.min_pixels)

    @property
    def X_WC(self) -> Pose:
        """Where the camera truly was in the last frame."""
        return self._last()[1]

    def frame(self) -> RgbdFrame:
        """Return what the camera measures now, and take it down for the detector."""
        X_WC = self._robot.X_WC()
        shot, stamp_ns, number = self.camera.look(X_WC), self._clock.now_ns(), self._count
        self._count += 1
        self._shot = shot, X_WC.copy()
        self.detector.keep(stamp_ns, shot, self.source)
        self.pose_noise.follow(self._robot.X_WB())
        rng = generator(self._seed, DEPTH, number)
        return RgbdFrame(
            source=self.source,
            stamp_ns=stamp_ns,
            received_ns=stamp_ns,
            world=self._world_name,
            depth=measured(shot, self.settings, rng, own=(self._robot.name,), hidden=self._in_hand(shot, X_WC)),
            camera=self.camera.pinhole,
            X_WC=self.pose_noise.camera(X_WC, number),
            depth_unit_m=self.settings.depth_unit_m,
            color=shot.color,
            X_BC=np.array(self._robot.X_BC),
            pose_cov=self.pose_noise.covariance(X_WC),
        )

    def _in_hand(self, shot: Shot, X_WC: Pose) -> Bool[np.ndarray, "h w"] | None:
        """Return which pixels may show what is in the hand; None where it holds nothing."""
        p_W = self._robot.holding_W()
        return None if p_W is None else within(shot, self.camera.pinhole, transform(inverse(X_WC), p_W), HELD_M)

    def reported(self, state: RobotState) -> RobotState:
        """Return a true state as the robot reports it: base and gripper carry the drift that the frames carry, too."""
        self.pose_noise.follow(state.X_WB)
        gripper = None if state.X_WG is None else self.pose_noise.base(state.X_WG)
        return dataclasses.replace(state, X_WB=self.pose_noise.base(state.X_WB), X_WG=gripper)

    def close(self) -> None:
        """Let go of the camera."""
        self.camera.close()

    def _last(self) -> tuple[Shot, Pose]:
        """Return the last shot with its true pose."""
        if self._shot is None:
            raise RuntimeError("no frame was taken yet; call frame() first.")
        return self._shot
