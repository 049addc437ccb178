"""The rooms of a memory that keep something, and what each kind of input does to them."""

from __future__ import annotations

from dataclasses import dataclass

from spatialmem.config import Config, DepthConfig
from spatialmem.octree import Octree
from spatialmem.shortterm import Pictured, ShortTerm
from spatialmem.types import Action, Detections, EncodedImage, Input, PointScan, Recall, RgbdFrame, RobotState

__all__ = ["Rooms", "sensor_of"]


@dataclass(frozen=True, slots=True)
class Rooms:
    """What a memory is made of. One thread tells them; what they publish may be read by any."""

    octree: Octree
    objects: ShortTerm

    @classmethod
    def empty(cls, config: Config) -> Rooms:
        """Return the rooms of a memory that knows nothing yet."""
        return cls(Octree(config.octree), ShortTerm(config.shortterm))

    def take_in(self, x: Input, sensor: DepthConfig | None, seq: int) -> tuple[Pictured, ...]:
        """Update the rooms that an input concerns; return the objects that it shows well enough for a picture.

        sensor: as `sensor_of` gives it. Raises MapFull, with nothing written.
        """
        if isinstance(x, RgbdFrame):
            self._integrate(x, sensor, seq)
            self.objects.keep(x)
        elif isinstance(x, PointScan):
            self.octree.integrate_scan(x.points_S, x.X_WS, sensor, seq=seq)
        elif isinstance(x, Detections) and self.objects.awaits(x):  # files of format 1 have others
            return self.objects.detect(x, range_max_m=(sensor or DepthConfig()).range_max_m)
        elif isinstance(x, RobotState):
            self.objects.move(x)
        elif isinstance(x, Action):
            self.objects.act(x)
        elif isinstance(x, Recall):
            self.objects.recall(x.object_ids, x.stamp_ns)
        return ()

    def _integrate(self, frame: RgbdFrame, sensor: DepthConfig | None, seq: int) -> None:
        color = None
        if self.octree.config.color:
            color = frame.color.pixels if isinstance(frame.color, EncodedImage) else frame.color
        self.octree.integrate_image(
            frame.depth, frame.depth_unit_m, frame.camera, frame.X_WC, sensor, color=color, seq=seq
        )


def sensor_of(x: Input, config: Config) -> DepthConfig | None:
    """Return the settings of the sensor whose depth an input is about; None for inputs without."""
    if isinstance(x, RgbdFrame):
        return config.sensors.get(x.source, config.depth)
    if isinstance(x, Detections):
        return config.sensors.get(x.camera_source, config.depth)
    return config.sensors.get(x.source, config.scan) if isinstance(x, PointScan) else None
