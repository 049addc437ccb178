"""What memories of objects share: they hear inputs, and detections of a frame that they have become places."""

from __future__ import annotations

from spatialmem import Detections, Input, RgbdFrame, RobotState
from spatialmem.config import ShortTermConfig
from spatialmem.shortterm import Lifted, lift

__all__ = ["Hearing"]


class Hearing:
    """Keeps the last frame of each camera and the robot's last state; what its kinds do with a sighting is theirs.

    All lift detections as the short-term memory does, so that they differ in what they remember only.
    """

    def __init__(self) -> None:
        self.settings = ShortTermConfig()
        self.robot: RobotState | None = None
        self._frames: dict[str, RgbdFrame] = {}

    def observe(self, x: Input) -> None:
        """Take in an input. Detections whose frame is not the last of their camera are left out."""
        if isinstance(x, RgbdFrame):
            self._frames[x.source] = x
        elif isinstance(x, RobotState):
            self.robot = x
            self.moved(x)
        elif isinstance(x, Detections):
            frame = self._frames.get(x.camera_source)
            if frame is not None and frame.stamp_ns == x.stamp_ns:
                lifted = [lift(item, frame, settings=self.settings) for item in x.items]
                self.saw([one for one in lifted if one is not None], frame, x.source)

    def moved(self, state: RobotState) -> None:
        """Learn where the robot is."""

    def saw(self, lifted: list[Lifted], frame: RgbdFrame, source: str) -> None:
        """Take in what a detector found in one frame, in its order."""
        raise NotImplementedError
